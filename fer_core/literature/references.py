"""Human level and the best known networks, as the reports quote them: ``experiments/references.yaml``."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import cache

import pandas as pd
import yaml

from fer_core import paths
from fer_core.errors import RecipeError

REFERENCES = paths.EXPERIMENTS / "references.yaml"
HUMAN, BEST = "human", "best"


@dataclass(frozen=True)
class Reference:
    """One line to see by: ``kind`` HUMAN or BEST, its ``accuracy`` (fraction) with a ``margin`` (0 without one),
    the report that it is ``quoted_in``, that report's ``source`` and the ``protocol``, both in words."""

    id: str
    kind: str
    name: str
    accuracy: float
    quoted_in: str
    source: str
    protocol: str
    margin: float = 0.0


@cache
def list_references() -> tuple[Reference, ...]:
    """All of them in the file's order; RecipeError where the file is wrong."""
    try:
        facts = yaml.safe_load(REFERENCES.read_text(encoding="utf-8"))
        known = tuple(Reference(name, **each) for name, each in facts.items())
    except (OSError, TypeError, AttributeError, yaml.YAMLError) as error:
        raise RecipeError(f"{REFERENCES.name} can't be read: {error}.") from error
    odd = [each.id for each in known if each.kind not in (HUMAN, BEST) or not 0 < each.accuracy < 1]
    if odd:
        raise RecipeError(
            f"{REFERENCES.name}: {', '.join(odd)} needs a kind and an accuracy between 0 and 1."
        )
    return known


def references_frame() -> pd.DataFrame:
    """One row a reference, with the fields of :class:`Reference` as columns."""
    return pd.DataFrame([asdict(each) for each in list_references()])


def reference_value(name: str) -> float:
    """A reference's accuracy, or with ``_margin`` behind its id its margin, as a fraction."""
    known = {each.id: each for each in list_references()}
    base = name.removesuffix("_margin")
    if base not in known:
        raise RecipeError(f"{REFERENCES.name} has no reference {name!r}.")
    return known[base].accuracy if base == name else known[base].margin
