"""Which number format trains fastest here."""

from __future__ import annotations

import os
from pathlib import Path

from fer_core.errors import TrainingError

#: Processor flags that mean bfloat16 products are done in hardware. Without them it is emulated and
#: slower than float32 (0.37 of its speed for the pisa network in Keras, measured on AVX-512 without BF16).
BFLOAT16_FLAGS = {"avx512_bf16", "amx_bf16", "bf16"}


#: Overrides the choice: ``bfloat16`` or ``float32``.
PRECISION_VARIABLE = "FER_PRECISION"


def training_precision() -> str:
    """``"bfloat16"`` where this processor computes with it, else ``"float32"``; FER_PRECISION overrides."""
    asked = os.environ.get(PRECISION_VARIABLE)
    if asked:
        if asked not in ("bfloat16", "float32"):
            raise TrainingError(f"{PRECISION_VARIABLE} is {asked!r}; it must be bfloat16 or float32.")
        return asked
    try:
        text = Path("/proc/cpuinfo").read_text()
    except OSError:
        return "float32"
    for line in text.splitlines():
        if line.startswith(("flags", "Features")):
            return "bfloat16" if BFLOAT16_FLAGS & set(line.split()) else "float32"
    return "float32"
