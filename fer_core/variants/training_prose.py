"""What a model card says of the recipe and the run behind a variant."""

from __future__ import annotations

from typing import Any

from fer_core.variants.facts import BROUGHT, Status


def training_section(facts: dict[str, Any], recipe: dict[str, Any]) -> str:
    """Recipe and run in a table; "" where neither says anything."""
    rows = [
        (key.replace("_", " "), in_cell(recipe[key]))
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

#: Settings that a complete recipe states though they do nothing under that name.
_IDLE: dict[str | None, tuple[str, ...]] = {
    "cross_entropy": ("gamma",),
    "constant": ("decay", "warmup", "factor", "patience", "floor"),
    "inverse_time": ("warmup", "factor", "patience", "floor"),
    "one_cycle": ("decay", "factor", "patience", "floor"),
    "plateau": ("decay", "warmup"),
}


def in_cell(value: Any) -> str:
    """A value in one cell: ``name: adam, learning_rate: 0.001``; what is empty, zero or idle is left out."""
    if isinstance(value, dict):
        idle = _IDLE.get(value.get("name"), ())
        cells = {key: inner for key, inner in value.items() if inner and key not in idle}
        if cells.keys() <= {"probability", "fill"}:  # an augmentation that changes nothing
            return "none"
        return ", ".join(
            f"{key} ({in_cell(inner)})" if isinstance(inner, dict) else f"{key}: {in_cell(inner)}"
            for key, inner in cells.items()
        )
    if isinstance(value, list):
        return "[" + ", ".join(map(in_cell, value)) + "]"
    return str(value).replace("|", "\\|")
