"""How the models were trained: their runs, where these departed from recipes, and where recipes differ."""

from __future__ import annotations

import pandas as pd

from fer_core.comparison.recipes import recipe_table
from fer_core.formats import duration
from fer_core.handout.cells import text
from fer_core.handout.material import Material
from fer_core.handout.parts import Part, Pen, Section, Table
from fer_core.variants.registry import Variant

#: Facts of a card that stand as they are.
_FACTS = (
    "framework", "architecture", "parameters", "protocol", "data_sha256", "recipe_sha256", "epochs_run",
    "epochs_planned", "seed", "device", "duration_s", "trained_at", "git_commit",
)  # fmt: skip


def make(material: Material, pen: Pen) -> Part:
    """The section, and the frames ``runs``, ``deviations`` and ``recipes``."""
    runs, deviations = runs_of(material.variants), deviations_of(material.variants)
    recipes = recipe_table(material.variants).reset_index()
    points = [f"**{row.variant}**: {row.deviation}" for row in deviations.itertuples()]
    words = ["How each run departed from the recipe it follows, and from its source:"] if points else []
    tables = [run_table(runs)] + ([] if recipes.empty else [differing_keys(recipes)])
    section = Section("training", "How they were trained", words, points, tables=tables)
    return Part(section, {"runs": runs, "deviations": deviations, "recipes": recipes})


def runs_of(variants: list[Variant]) -> pd.DataFrame:
    """One row a variant."""
    rows = [
        {
            "variant": variant.id,
            "training": variant.training_length and variant.training_length.long_text,
            **{name: variant.card.faceoff.get(name) for name in _FACTS},
        }
        for variant in variants
    ]
    return pd.DataFrame(rows, columns=["variant", "training", *_FACTS])


def deviations_of(variants: list[Variant]) -> pd.DataFrame:
    """One row for each deviation on a card."""
    rows = [
        (variant.id, deviation)
        for variant in variants
        for deviation in variant.card.faceoff.get("deviations") or []
    ]
    return pd.DataFrame(rows, columns=["variant", "deviation"])


def run_table(frame: pd.DataFrame) -> Table:
    """How long each model was trained, on what, and from which code."""
    rows = []
    for row in frame.to_dict("records"):
        took = row["duration_s"]
        rows.append(
            [
                row["variant"], text(row["training"]), text(row["seed"]),
                duration(None if took is None else float(took)), text(row["framework"]),
                text(row["architecture"]), text(row["device"]), text(row["trained_at"]),
                text(row["git_commit"]), text(row["recipe_sha256"])[:12],
            ]
        )  # fmt: skip
    headings = [
        "Model", "Trained", "Seed", "Took", "Framework", "Network", "Device", "Trained at", "Code", "Recipe hash",
    ]  # fmt: skip
    return Table("runs", "How they were trained", headings, rows, texts=6)


def differing_keys(frame: pd.DataFrame) -> Table:
    """Only the keys in which the recipes differ."""
    rows = [[text(cell) for cell in row] for row in frame.itertuples(index=False)]
    return Table(
        "recipes", "Where their recipes differ", [str(name) for name in frame], rows, len(frame.columns) - 1
    )
