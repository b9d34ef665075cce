"""On which faces a variant's figures were measured, in words: figures of different faces can't be set side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from fer_core.data.protocols import OFFICIAL, ROLES
from fer_core.data.split import FER2013
from fer_core.errors import RecipeError
from fer_core.formats import counted, listed
from fer_core.recipes.recipe import read_recipe
from fer_core.recipes.sections import DataSpec
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


def curves_on(data: DataSpec, name: str = "") -> str:
    """On which faces the two learning curves of a training are measured, in two sentences.

    ``data`` is the recipe's; ``name`` that of the data set, where it is not FER2013.
    """
    roles = ROLES[data.protocol]
    left_out = f", {100 * data.hold_out:g} % of them held out" if data.hold_out else ""
    share = f"{100 * data.share:g} % of " if data.share < 1 else ""
    kind = (
        " (drawn faces)" if name.startswith(DRAWN) else f" (of {name})" if name not in ("", FER2013) else ""
    )
    learnt = listed([f"{share}{roles.learnt}{kind}{left_out}", *data.extra])
    return (
        f"Dotted, training: measured on {learnt}, while the model learns from these faces. "
        f"Solid, validation: on {roles.chosen}{kind}, from which it learns nothing."
    )


def curves_of(variant: Variant) -> str:
    """The same of a trained variant's curves; "" where its recipe is not known."""
    if variant.recipe_path is None or variant.card is None:
        return ""
    try:
        return curves_on(
            read_recipe(variant.recipe_path).data, str(variant.card.faceoff.get("dataset") or "")
        )
    except RecipeError:
        return ""


def grouped(sentences: Mapping[str, str]) -> list[str]:
    """Each of the variants' sentences, given by id, once (Markdown).

    Where they are not the same for all, each begins with the ids that it is of; "" is left out.
    """
    by_text: dict[str, list[str]] = {}
    for name, text in sentences.items():
        if text:
            by_text.setdefault(text, []).append(name)
    alike = len(by_text) == 1 and len(next(iter(by_text.values()))) == len(sentences)
    return [text if alike else f"**{listed(names)}**: {text}" for text, names in by_text.items()]


def is_of_fer2013(variant: Variant) -> bool:
    """Whether its figures are of FER2013's own test faces; a card that names no data set is taken to be."""
    facts = variant.card.faceoff if variant.card else {}
    return facts.get("dataset", FER2013) == FER2013 and str(facts.get("protocol") or OFFICIAL).startswith(
        OFFICIAL
    )


def apart(variant: Variant) -> str:
    """``" (measured on 140 drawn faces)"`` behind a figure of it, where these are not FER2013's."""
    return "" if is_of_fer2013(variant) else f" (measured on {faces_of(variant)})"


def warning(variants: Sequence[Variant]) -> str:
    """One sentence (Markdown) where figures of these can't be set side by side, or say nothing of FER2013; else ""."""
    by_faces: dict[str, list[Variant]] = {}
    for variant in variants:
        if faces := faces_of(variant):
            by_faces.setdefault(faces, []).append(variant)
    others = [variant for variant in variants if faces_of(variant) and not is_of_fer2013(variant)]
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
