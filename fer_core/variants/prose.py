"""The prose of a model card, composed from its facts alone."""

from __future__ import annotations

from typing import Any

from fer_core.data.sources import FACE_SIZE
from fer_core.data.split import FER2013, Measured
from fer_core.variants.adapted_prose import adapted_section, doubts_section
from fer_core.variants.ensemble_prose import ensemble_section
from fer_core.variants.facts import BROUGHT, Status
from fer_core.variants.figures_prose import figures_section, reported_section
from fer_core.variants.quantised_prose import quantised_section
from fer_core.variants.texts import (
    DATA,
    ENLARGED,
    INTENDED_USE,
    LIMITS,
    OTHER_DATA,
    OTHER_LIMITS,
)
from fer_core.variants.training_prose import in_cell, training_section

_MADE = {
    "keras": "written in Keras",
    "torch": "written in PyTorch",
    "timm": "written in timm (PyTorch)",
    "ensemble": "made of other variants",
    "quantised": "made of another variant",
    "onnx": "brought from elsewhere",
    "answers": "known by its answers alone",
}

#: The family of models of others that ours are held against.
PEERS = "peer"

_OF_OTHERS = "**It is not one of Faceoff's own**: others made it, and it stands here to be compared with."

_READS = " It reads {faces} and answers with seven probabilities: angry, disgust, fear, happy, neutral, sad, surprise."

_ANSWERS_ALONE = (
    "**Only its answers to the test faces are here**, not the model: it can be compared, and its mistakes looked at, "
    "but it can't answer a picture."
)

_NO_MODEL = (
    "**Its model file is not kept here**, to save room: the variant can be compared, and answers again once its "
    "recipe is trained."
)

_NO_MODEL_OF_OTHERS = (
    "**Its model file is not kept here**: it can be compared, and answers once its file is brought."
)

_HEADLINE = (
    "On the {n:,} faces of PrivateTest it is right on {share:.1f} of 100, give or take {reach:.1f} "
    "({clean:.1f} without the exact copies of training faces)."
)


def compose_body(facts: dict[str, Any], recipe: dict[str, Any] | None) -> str:
    """The Markdown after the front matter; ``facts`` is a checked ``faceoff:`` block."""
    sections = [
        _what_it_is(facts),
        _note(facts),
        INTENDED_USE,
        DATA if facts.get("dataset", FER2013) == FER2013 else OTHER_DATA.format(dataset=facts["dataset"]),
        _own_faces(facts),
        doubts_section(facts),
        ensemble_section(facts) or quantised_section(facts) or training_section(facts, recipe or {}),
        adapted_section(facts),
        figures_section(facts),
        reported_section(facts),
        _limits(facts),
        _deviations(facts),
    ]
    return "\n".join(section for section in sections if section)


def _what_it_is(facts: dict[str, Any]) -> str:
    size = f" with {facts['parameters']:,} parameters" if facts.get("parameters") else ""
    lines = [f"# {facts['id']}", ""]
    if facts.get("summary"):
        lines += [facts["summary"].strip(), ""]
    lines.append(
        f"A facial-expression classifier of the family *{facts['family']}*: architecture "
        f"`{facts['architecture']}`{size}, {_MADE[facts['framework']]}."
        + ("" if facts["framework"] == "answers" else _READS.format(faces=faces_read(facts)))
    )
    if facts["family"] == PEERS:
        lines += ["", _OF_OTHERS]
    if facts["framework"] == "answers":
        lines += ["", _ANSWERS_ALONE]
    elif facts.get("model_kept") is False:
        lines += ["", _NO_MODEL_OF_OTHERS if facts["framework"] in BROUGHT else _NO_MODEL]
    if facts["status"] == Status.RECIPE_ONLY:
        lines += [
            "",
            "**This is a recipe only**: it has not been trained here, so there is no model and no figure.",
        ]
    else:
        private, clean = facts["metrics"][Measured.ALL], facts["metrics"][Measured.CLEAN]
        low, high = private["accuracy_ci95"]
        lines += [
            "",
            _HEADLINE.format(
                n=private["n"],
                share=100 * private["accuracy"],
                reach=100 * (high - low) / 2,
                clean=100 * clean["accuracy"],
            ),
        ]
    return "\n".join(lines) + "\n"


def faces_read(facts: dict[str, Any]) -> str:
    """What faces the model takes, in words; ``faces`` among the facts holds ``size`` and ``colour`` where they differ
    from those of FER2013."""
    faces = facts.get("faces") or {}
    size, colour = faces.get("size", FACE_SIZE), faces.get("colour", "grey")
    return f"{'grey faces' if colour == 'grey' else 'faces in colour'} of {size} x {size} pixels"


def _limits(facts: dict[str, Any]) -> str:
    text = LIMITS if facts.get("dataset", FER2013) == FER2013 else OTHER_LIMITS
    if not facts.get("faces"):
        return text
    return text.replace("Grey 48 x 48 crops in", "A crop of one face in") + ENLARGED.format(
        faces=faces_read(facts)
    )


def _own_faces(facts: dict[str, Any]) -> str:
    """Which faces of its owner it has learnt from, itself or by what it was made of."""
    if not facts.get("extra"):
        return ""
    return (
        f"It has learnt from faces of its owner's too, the test sets {', '.join(facts['extra'])}: figures on these "
        "mean nothing, and none are given.\n"
    )


def _note(facts: dict[str, Any]) -> str:
    """What the variant's owner has written about it."""
    return f"## Note\n\n{facts['note'].strip()}\n" if facts.get("note") else ""


def _deviations(facts: dict[str, Any]) -> str:
    deviations = facts.get("deviations") or []
    if not deviations:
        return ""
    return "\n".join(
        ["## Deviations from the source", "", *(f"- {in_cell(text)}" for text in deviations), ""]
    )
