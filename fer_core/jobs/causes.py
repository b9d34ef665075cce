"""Why a training failed, in one sentence: from what its process raised, or from how it died."""

from __future__ import annotations

import errno
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

from fer_core import paths
from fer_core.errors import FerError, printable, without_passwords

OUT_OF_MEMORY = (
    "The training ran out of {memory}: lower batch_size or data.input.size, or let fewer jobs run at once."
)
#: What packages are called where their import names differ.
PACKAGE_NAMES = {"torch": "PyTorch", "tensorflow": "TensorFlow", "keras": "Keras", "timm": "timm"}
LONGEST_QUOTE = 300

#: What frameworks say in errors of their own kinds.
_NO_MEMORY = re.compile(r"can't allocate memory|OOM when allocating|std::bad_alloc|not enough memory", re.I)
_NO_GPU_MEMORY = re.compile(r"CUDA out of memory|CUDA_ERROR_OUT_OF_MEMORY|CUBLAS_STATUS_ALLOC_FAILED", re.I)
_NO_SPACE = re.compile(
    r"No space left on device|database or disk is full|Disk quota exceeded|PytorchStreamWriter failed writing",
    re.I,
)


def cause_of(error: BaseException) -> str:
    """The sentence for what a training raised."""
    sentence = known_cause(error)
    if sentence:
        return sentence
    quote = without_passwords(printable(" ".join(str(error).split())))[:LONGEST_QUOTE].rstrip(".")
    return (
        f"The training stopped on an error of its code, {type(error).__name__}: {quote}; its log says more."
    )


def known_cause(error: BaseException) -> str | None:
    """The sentence for what a training raised; None where it is an error of its code."""
    for raised in chain(error):
        sentence = _known_cause(raised)
        if sentence:
            return sentence
    if isinstance(error, FerError):
        return " ".join(str(error).split())
    if isinstance(error, OSError) and error.filename:
        return f"{error.filename} can't be read or written: {error.strerror}."
    return None


def plain_cause(error: BaseException) -> str | None:
    """The same for whatever else a command does, in words that speak of no training."""
    for raised in chain(error):
        if _is_no_space(raised):
            where = getattr(raised, "filename", None)
            return f"No space is left on the disk{f' for {where}' if where else ''}: free some and try again."
        if isinstance(raised, MemoryError) or _NO_MEMORY.search(str(raised)):
            return "There is too little memory for this: end other programs, or give it less at once."
    return known_cause(error)


def is_disk_full(error: BaseException) -> bool:
    """Whether the error, or what it was raised from, says so."""
    return any(map(_is_no_space, chain(error)))


def out_of_memory_kills() -> int:
    """How many processes this machine has killed for want of memory since it was started; 0 if unknown."""
    try:
        found = re.search(r"^oom_kill (\d+)$", Path("/proc/vmstat").read_text(), re.M)
    except OSError:
        return 0
    return int(found[1]) if found else 0


def died_repeatedly(attempts: int, log: str) -> str:
    """The sentence for a training whose processes die without saying why."""
    lines = [line for line in log.splitlines() if line.strip()]
    ending = (
        f"; its log ends with: {without_passwords(printable(lines[-1]).strip())[:LONGEST_QUOTE]}"
        if lines
        else ""
    )
    return f"The training died {attempts} times without finishing another epoch{ending.rstrip('.')}."


def chain(error: BaseException | None) -> Iterator[BaseException]:
    """The error and what it was raised from."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _is_no_space(error: BaseException) -> bool:
    return getattr(error, "errno", None) in (errno.ENOSPC, errno.EDQUOT) or bool(_NO_SPACE.search(str(error)))


def _known_cause(error: BaseException) -> str | None:
    text = str(error)
    if _is_no_space(error):
        return disk_full()
    if _NO_GPU_MEMORY.search(text):
        return OUT_OF_MEMORY.format(memory="the GPU's memory")
    if isinstance(error, MemoryError) or _NO_MEMORY.search(text):
        return OUT_OF_MEMORY.format(memory="memory")
    if isinstance(error, ModuleNotFoundError) and error.name:
        package = error.name.split(".")[0]
        name = PACKAGE_NAMES.get(package, package)
        return f"{name} is not installed here: run `pip install -r requirements.txt`."
    return None


def disk_full() -> str:
    """The sentence for a full disk."""
    home = paths.home()
    try:
        left = f" ({shutil.disk_usage(home).free / 1e6:,.0f} MB left)"
    except OSError:
        left = ""
    return f"The disk of FER_HOME, {home}, is full{left}: free some space, then resume the training."
