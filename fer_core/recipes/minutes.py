"""Minutes an epoch of a recipe takes one core, its validation included: the table ``experiments/paces.yaml``."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from fer_core import paths
from fer_core.machine.plain_yaml import load_yaml

MINUTES = paths.EXPERIMENTS / "paces.yaml"
#: On what the table was measured, in float32.
CORE = "one AVX2 core"
_HOW = {"measured": CORE, "scaled": f"{CORE}, scaled from another network"}


@dataclass(frozen=True)
class Minutes:
    """Minutes an epoch over FER2013's Training, prepared as the recipe says; ``on``: what that was told from."""

    minutes: float
    on: str


@cache
def minutes_an_epoch() -> dict[str, Minutes]:
    """What is known, by the recipe's id; none of it says how long another machine takes."""
    return {
        name: Minutes(float(entry["minutes"]), _HOW[entry["how"]])
        for entry in load_yaml(MINUTES.read_text(encoding="utf-8"))
        for name in entry["variants"]
    }
