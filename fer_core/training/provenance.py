"""Under what a training ran: machine, code, packages. Cards quote it."""

from __future__ import annotations

import contextlib
import hashlib
import platform
import secrets
import subprocess
from importlib import metadata
from pathlib import Path

from fer_core import paths
from fer_core.formats import counted
from fer_core.machine.files import replacing
from fer_core.machine.threads import own_cores

#: Packages that decide what a training computes, those of each framework added.
PACKAGES = ("numpy", "opencv-python-headless", "onnx", "onnxruntime")
FRAMEWORK_PACKAGES = {
    "keras": ("keras", "tensorflow", "jax", "tf2onnx"),
    "torch": ("torch", "torchvision", "onnxscript"),
    "timm": ("torch", "torchvision", "timm", "onnxscript"),
}


#: Where a system keeps the id that it was given when it was installed.
MACHINE_ID = Path("/etc/machine-id")
#: Between a GPU and the processor that fed it, as cards quote them.
BESIDE = ", beside "


def device_name() -> str:
    """The processor and how many cores this process may use, as cards quote it."""
    model = platform.processor() or platform.machine()
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        model = next(
            (line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), model
        )
    except OSError:
        model = platform.machine()
    return f"CPU, {counted(own_cores(), 'core')} ({model})"


def machine_id() -> str:
    """16 hex digits that stay the same on this machine and differ from those of others, of the same make too.

    A hash of the id of its system, which itself is not to be given away (``machine-id(5)``), else of one that was
    drawn and kept in FER_HOME. Empty where there is neither.
    """
    for file in (MACHINE_ID, paths.machine()):
        try:
            if known := file.read_text(encoding="utf-8").strip():
                return hashlib.sha256(f"faceoff {known}".encode()).hexdigest()[:16]
        except (OSError, UnicodeDecodeError):
            continue
    return ""


def lasting_machine_id() -> str:
    """The same, drawn here where there is none yet: for who trains. Empty where it can't be kept."""
    if not machine_id():
        with contextlib.suppress(OSError), replacing(paths.machine()) as unfinished:
            unfinished.write_text(secrets.token_hex(16) + "\n", encoding="utf-8")
    return machine_id()


def git_commit() -> str:
    """The commit of this code, ``+changes`` where files differ from it, or ``unknown`` outside git."""

    def git(*arguments: str) -> str:
        return subprocess.run(
            ["git", "-C", str(paths.REPOSITORY), *arguments],
            capture_output=True,
            text=True,
            check=True,
            timeout=10,
        ).stdout.strip()

    try:
        commit = git("rev-parse", "--short=12", "HEAD")
        changed = git("status", "--porcelain", "--", "fer_core")
    except (OSError, subprocess.SubprocessError):
        return "unknown"
    return commit + ("+changes" if changed else "")


def code_sha256() -> str:
    """Hash over the names and contents of fer_core's files: equal where the same code runs, git or not."""
    digest = hashlib.sha256()
    root = paths.REPOSITORY / "fer_core"
    for file in sorted(root.rglob("*.py")):
        digest.update(f"{file.relative_to(root)}\0".encode())
        digest.update(file.read_bytes() + b"\0")
    return digest.hexdigest()


def versions(framework: str) -> dict[str, str]:
    """Versions of Python and of the packages behind ``framework``; what is not installed is left out."""
    found = {"python": platform.python_version()}
    for name in (*PACKAGES, *FRAMEWORK_PACKAGES.get(framework, ())):
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found
