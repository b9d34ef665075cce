"""Which number format trains fastest here."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fer_core.errors import TrainingError

#: Processor flags that mean bfloat16 products are done in hardware. Without them it is emulated and
#: slower than float32 (0.37 of its speed for the pisa network in Keras, measured on AVX-512 without BF16).
BFLOAT16_FLAGS = {"avx512_bf16", "amx_bf16", "bf16"}


#: Overrides the choice: ``bfloat16`` or ``float32``.
PRECISION_VARIABLE = "FER_PRECISION"


@contextmanager
def kept_precision(precision: str | None) -> Iterator[None]:
    """Inside, trainers are built with the number format that a run began with; None leaves the choice free.

    What FER_PRECISION says by hand goes before it.
    """
    if precision is None or os.environ.get(PRECISION_VARIABLE):
        yield
        return
    os.environ[PRECISION_VARIABLE] = precision
    try:
        yield
    finally:
        del os.environ[PRECISION_VARIABLE]


def training_precision(gpu: bool = False, *, depthwise: bool = False) -> str:
    """``"bfloat16"`` where this processor or the GPU computes with it, else ``"float32"``.

    A PyTorch network with ``depthwise`` convolutions learns in float32 on a processor: oneDNN's weight gradients of
    such layers take up to ten times as long in bfloat16, more than all other layers gain (PyTorch 2.13, AVX-512: an
    epoch of MobileNetV1 took 1.5, of EfficientNet-Lite0 1.6 and of MobileNetV3-Small 2.3 times as long).
    FER_PRECISION overrides all of it.

    Raises:
        TrainingError: FER_PRECISION is neither.
    """
    chosen = os.environ.get(PRECISION_VARIABLE)
    if chosen:
        if chosen not in ("bfloat16", "float32"):
            raise TrainingError(f"{PRECISION_VARIABLE} is {chosen!r}; it must be bfloat16 or float32.")
        return chosen
    if gpu:
        return "bfloat16"
    if depthwise:
        return "float32"
    return "bfloat16" if BFLOAT16_FLAGS & processor_flags() else "float32"


def processor_flags() -> set[str]:
    """What Linux says that this processor can do; nothing on other systems."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return set()
    return next((set(line.split()[2:]) for line in lines if line.startswith(("flags", "Features"))), set())
