"""The prose of a model card, composed from its facts alone."""

from __future__ import annotations

from typing import Any

from fer_core.data.sources import FACE_SIZE
from fer_core.data.split import FER2013, Measured
from fer_core.variants.adapted_prose import adapted_section, doubts_section
from fer_core.variants.ensemble_prose import ensemble_section, measured_with
from fer_core.variants.facts import BROUGHT, Status
from fer_core.variants.quantised_prose import quantised_section
from fer_core.variants.texts import (
    BROUGHT_NOTE,
    DATA,
    ENLARGED,
    FIGURES_NOTE,
    INTENDED_USE,
    LIMITS,
    OTHER_DATA,
    OTHER_LIMITS,
)

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
        ensemble_section(facts) or quantised_section(facts) or _how_trained(facts, recipe or {}),
        adapted_section(facts),
        _figures(facts),
        _reported(facts),
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


def _how_trained(facts: dict[str, Any], recipe: dict[str, Any]) -> str:
    rows = [
        (key.replace("_", " "), _inline(recipe[key]))
        for key in _RECIPE_KEYS
        if recipe.get(key) not in (None, {})
    ]
    rows += [
        (label, text.format(facts[key])) for key, label, text in _RUN_ROWS if facts.get(key) not in _UNKNOWN
    ]
    if not rows:
        return ""
    heading = "## How it was trained" if facts["status"] == Status.TRAINED else "## The recipe"
    if facts["framework"] in BROUGHT:
        heading = "## Where it comes from"
    return "\n".join(
        [heading, "", "| | |", "|---|---|", *(f"| {left} | {right} |" for left, right in rows), ""]
    )


_RECIPE_KEYS = (
    "architecture", "data", "loss", "optimizer", "schedule", "batch_size", "early_stopping", "checkpoint_on", "repeats",
)  # fmt: skip

_RUN_ROWS = (
    ("protocol", "protocol", "`{}`"),
    ("epochs_planned", "epochs planned", "{}"),
    ("epochs_run", "epochs run", "{}"),
    ("training_share", "learnt from a share of Training of", "{}"),
    ("seed", "seed", "{}"),
    ("device", "device", "{}"),
    ("duration_s", "duration", "{:,.0f} s"),
    ("trained_at", "trained at", "{}"),
    ("git_commit", "code", "`{}`"),
    ("parent", "made from", "`{}`"),
    ("source", "comes from", "{}"),
    ("licence", "licence", "{}"),
    ("trained_on", "trained on, as far as is said", "{}"),
)


_UNKNOWN = (None, "unknown")

# Settings that a complete recipe states though they do nothing under that name.
_IDLE: dict[str | None, tuple[str, ...]] = {
    "cross_entropy": ("gamma",),
    "constant": ("decay", "warmup", "factor", "patience", "floor"),
    "inverse_time": ("warmup", "factor", "patience", "floor"),
    "one_cycle": ("decay", "factor", "patience", "floor"),
    "plateau": ("decay", "warmup"),
}


def _inline(value: Any) -> str:
    """A value in one cell: ``name: adam, learning_rate: 0.001``; what is empty, zero or idle is left out."""
    if isinstance(value, dict):
        idle = _IDLE.get(value.get("name"), ())
        cells = {key: inner for key, inner in value.items() if inner and key not in idle}
        if cells.keys() <= {"probability", "fill"}:  # an augmentation that changes nothing
            return "none"
        return ", ".join(
            f"{key} ({_inline(inner)})" if isinstance(inner, dict) else f"{key}: {_inline(inner)}"
            for key, inner in cells.items()
        )
    if isinstance(value, list):
        return "[" + ", ".join(map(_inline, value)) + "]"
    return str(value).replace("|", "\\|")


def _figures(facts: dict[str, Any]) -> str:
    if facts["status"] != Status.TRAINED:
        return ""
    private, clean = facts["metrics"][Measured.ALL], facts["metrics"][Measured.CLEAN]
    rows = [("faces", f"{private['n']:,}", f"{clean['n']:,}")]
    for key, label in _FIGURE_ROWS:
        rows.append((label, *(_figure(block, key) for block in (private, clean))))
    return "\n".join(
        [
            "## Figures",
            "",
            (BROUGHT_NOTE if facts["framework"] in BROUGHT else FIGURES_NOTE).format(
                source=measured_with(facts)
            ),
            "",
            "| | PrivateTest | without exact copies |",
            "|---|---:|---:|",
            *("| " + " | ".join(row) + " |" for row in rows),
            "",
        ]
    )


_FIGURE_ROWS = (
    ("accuracy", "accuracy"),
    ("macro_f1", "macro F1"),
    ("weighted_f1", "weighted F1"),
    ("log_loss", "log loss"),
    ("ece", "expected calibration error"),
    ("auc_macro", "macro AUC"),
    ("auc_micro", "micro AUC"),
)


def _figure(block: dict[str, Any], key: str) -> str:
    if block[key] is None:
        return "–"
    text = f"{block[key]:.4f}"
    if key == "accuracy":
        low, high = block["accuracy_ci95"]
        text += f" [{low:.4f}, {high:.4f}]"
    return text


_OUR_NAMES = {"loss": "log_loss"}


def _reported(facts: dict[str, Any]) -> str:
    entries = facts.get("reported") or []
    if not entries:
        return ""
    measured = (facts.get("metrics") or {}).get(Measured.ALL, {}) | (facts.get("reproduced") or {})
    lines = [
        "## Reported against reproduced",
        "",
        "The reported figures keep their own protocol and are not ranked against ours.",
        "",
    ]
    protocols: dict[str, list[dict[str, Any]]] = {}
    for entry in entries:
        protocols.setdefault(entry.get("protocol") or "", []).append(entry)
    for protocol, under in protocols.items():
        if protocol:
            lines += [f"Protocol: {_inline(protocol)}", ""]
        lines += [*_beside(under, measured), ""]
    return "\n".join(lines)


_RULE = ("---", "---:", "---:", "---")


def _beside(entries: list[dict[str, Any]], measured: dict[str, Any]) -> list[str]:
    """The table of what was reported under one protocol; with a column for notes if there are any."""
    noted = any(entry.get("note") for entry in entries)
    rows = [("metric", "reported", "reproduced", "note"), _RULE]
    for entry in entries:
        name, value = entry["metric"], entry.get("value")
        ours = measured.get(_OUR_NAMES.get(name, name))
        rows.append(
            (
                _inline(name.replace("_", " ")),
                "–" if value is None else f"{value:.4g}",
                "–" if ours is None else f"{ours:.4f}",
                _inline(entry.get("note") or ""),
            )
        )
    return ["| " + " | ".join(row if noted else row[:3]) + " |" for row in rows]


def _deviations(facts: dict[str, Any]) -> str:
    deviations = facts.get("deviations") or []
    if not deviations:
        return ""
    return "\n".join(
        ["## Deviations from the source", "", *(f"- {_inline(text)}" for text in deviations), ""]
    )
