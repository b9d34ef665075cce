"""On which faces a variant's figures were measured, in words: figures of different faces can't be set side by side."""

from __future__ import annotations

from collections.abc import Sequence

from fer_core.data.protocols import OFFICIAL
from fer_core.data.split import FER2013
from fer_core.formats import counted, listed
from fer_core.variants.registry import Variant

#: How the names of data sets begin that Faceoff draws itself.
DRAWN = "schematic"


def faces_of(variant: Variant) -> str:
    """``"3,589 FER2013 faces"``, ``"350 drawn faces"``; "" for what has no figures."""
    figures = variant.metrics()
    if not figures:
        return ""
    facts = variant.card.faceoff
    name = str(facts.get("dataset") or "")
    kind = "drawn " if name.startswith(DRAWN) else f"{FER2013} " if name == FER2013 else ""
    other = f" of {name}" if name and not kind else ""
    protocol = str(facts.get("protocol") or OFFICIAL).partition(",")[0]
    return f"{counted(figures['n'], f'{kind}face')}{other}" + (
        f" under {protocol}" if protocol != OFFICIAL else ""
    )


def is_of_fer2013(variant: Variant) -> bool:
    """Whether its figures are of FER2013's own test faces; a card that names no data set is taken to be."""
    facts = variant.card.faceoff if variant.card else {}
    return facts.get("dataset", FER2013) == FER2013 and str(facts.get("protocol") or OFFICIAL).startswith(
        OFFICIAL
    )


def warning(variants: Sequence[Variant]) -> str:
    """One sentence (Markdown) where figures of these can't be set side by side, or say nothing of FER2013; else ""."""
    by_faces: dict[str, list[Variant]] = {}
    for variant in variants:
        if faces := faces_of(variant):
            by_faces.setdefault(faces, []).append(variant)
    others = [variant for variant in variants if not is_of_fer2013(variant)]
    if not others:
        return ""
    if len(by_faces) == 1:
        faces = next(iter(by_faces))
        drawn = "no figure here is about real faces" if "drawn" in faces else f"not on those of {FER2013}"
        return f"Measured on {faces}: {drawn}."
    parts = [f"**{listed([each.id for each in group])}** on {faces}" for faces, group in by_faces.items()]
    return (
        f"Measured on different faces, {listed(parts)}: figures of one can't be set beside those of another."
    )
