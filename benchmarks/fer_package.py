"""The package ``fer`` from PyPI, in an environment of its own, on given frames.

Of what it asks for, only what it needs with its Haar detector is installed: PyTorch and 5 GB of libraries for
graphics cards belong to its other detector, and moviepy to its own reading of videos.
"""

from __future__ import annotations

import subprocess
import tempfile
import venv
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from fer_core import paths

PACKAGE = "fer==25.10.*"
NEEDED = (
    "tensorflow",
    "opencv-contrib-python-headless<5",
    "pandas",
    "pillow",
    "requests",
    "tqdm",
    "setuptools<81",
)

# Runs in that environment: milliseconds of each frame, after a warm-up on the first five.
_CHILD = """
import sys, time
import numpy as np
from fer.fer import FER

frames = np.load(sys.argv[1], mmap_mode="r")
detector = FER(mtcnn=False)
took, faces = [], 0
for index, frame in enumerate([*frames[:5], *frames]):
    frame = np.ascontiguousarray(frame)
    began = time.perf_counter()
    faces += bool(detector.detect_emotions(frame))
    if index >= 5:
        took.append((time.perf_counter() - began) * 1000)
np.save(sys.argv[2], np.array([*took, faces / (len(frames) + 5)]))
"""


def measure_fer(frames: Sequence[np.ndarray]) -> tuple[np.ndarray, float] | str:
    """Milliseconds of ``FER(mtcnn=False).detect_emotions`` on each frame (uint8 RGB), and the part of frames
    in which it found a face; or one sentence why it could not be measured."""
    home = paths.home() / "benchmarks" / "fer"
    python = home / "bin" / "python"
    try:
        if not (home / "complete").exists():
            print("  installing it, which takes minutes ...", flush=True)
            venv.create(home, with_pip=True, clear=True)
            install = [str(python), "-m", "pip", "install", "-q", "--no-input"]
            _run([*install, *NEEDED])
            _run([*install, "--no-deps", PACKAGE])
            (home / "complete").touch()
        with tempfile.TemporaryDirectory() as folder:
            given, answer = Path(folder) / "frames.npy", Path(folder) / "took.npy"
            np.save(given, np.stack(frames)[..., ::-1])  # it takes BGR
            _run([str(python), "-c", _CHILD, str(given), str(answer)])
            *took_ms, seen = np.load(answer)
            return np.array(took_ms), seen
    except (OSError, subprocess.SubprocessError) as error:
        said = (getattr(error, "stderr", "") or str(error)).strip().splitlines()
        return f"It could not be installed or run here ({said[-1] if said else error})."


def _run(command: list[str]) -> None:
    subprocess.run(command, check=True, capture_output=True, text=True, timeout=1800)
