"""The colour, shape and dash of every variant, the same wherever it is drawn."""

from __future__ import annotations

from collections.abc import Iterable

from fer_core.charts.palette import ModelStyle, model_styles
from fer_core.variants.facts import Status
from fer_core.variants.registry import Origin, Variant


def styles_of(variants: Iterable[Variant]) -> dict[str, ModelStyle]:
    """By id, of all variants whose card can be read; pass all that there are.

    Shipped variants come first, the most accurate before the others, so that the best differ in colour; then a viewer's
    own by the time each was trained: a newly trained one never changes the colours of those before it.
    """
    known = [variant for variant in variants if variant.card is not None]
    known.sort(key=_place)
    return model_styles(dict.fromkeys(variant.id for variant in known), parents_of(known))


def parents_of(variants: Iterable[Variant]) -> dict[str, str]:
    """Id -> the id of the model it was made from, where it was made from one."""
    return {
        variant.id: variant.card.faceoff["parent"]
        for variant in variants
        if variant.card is not None and variant.card.faceoff.get("parent")
    }


def _place(variant: Variant) -> tuple[bool, bool, float, str, str]:
    trained, own = variant.status == Status.TRAINED, variant.origin == Origin.LOCAL
    accuracy = variant.metrics()["accuracy"] if trained and not own else 0.0
    facts = variant.card.faceoff if own else {}
    since = str(facts.get("trained_at") or facts.get("registered_at") or "")
    return not trained, own, -accuracy, since, variant.id
