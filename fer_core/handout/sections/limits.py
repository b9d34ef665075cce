"""Uses, data and limits, as the models' cards state them."""

from __future__ import annotations

from fer_core.data.split import FER2013
from fer_core.handout.material import Material
from fer_core.handout.parts import Section, prose
from fer_core.variants.texts import DATA, INTENDED_USE, LIMITS, OTHER_DATA, OTHER_LIMITS


def sections_of(material: Material) -> list[Section]:
    """One section a heading of the cards' standard texts."""
    names = sorted({variant.card.faceoff.get("dataset", FER2013) for variant in material.variants})
    texts = [INTENDED_USE]
    for name in names:
        texts += [DATA, LIMITS] if name == FER2013 else [OTHER_DATA.format(dataset=name), OTHER_LIMITS]
    return [section for text in texts for section in prose("limits", text)]
