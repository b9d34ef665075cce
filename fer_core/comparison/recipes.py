"""Where the recipes of variants differ, as a table."""

from __future__ import annotations

from typing import Any

import pandas as pd
import yaml

from fer_core.machine.plain_yaml import load_yaml, read_text
from fer_core.recipes.changes import NAMING_KEYS
from fer_core.variants.registry import Variant


def recipe_table(variants: list[Variant]) -> pd.DataFrame:
    """The recipe keys that differ: rows by dotted key (``optimizer.learning_rate``), one column per variant.

    Cells are texts; a key that a recipe lacks, or leaves empty, is ``"–"``. Variants without a readable
    recipe are left out; with fewer than two, the table is empty.
    """
    recipes = {variant.id: _read_recipe(variant) for variant in variants}
    flat = {name: recipe for name, recipe in recipes.items() if recipe is not None}
    keys = list(dict.fromkeys(key for recipe in flat.values() for key in recipe))
    rows = {key: [recipe.get(key, "–") for recipe in flat.values()] for key in keys}
    differing = {key: cells for key, cells in rows.items() if len(set(cells)) > 1}
    frame = pd.DataFrame.from_dict(differing, orient="index", columns=list(flat))
    return frame.rename_axis("key")


def _read_recipe(variant: Variant) -> dict[str, str] | None:
    """The folder's recipe as dotted keys and texts, or None where it has none that can be read."""
    if variant.recipe_path is None:
        return None
    try:
        recipe = load_yaml(read_text(variant.recipe_path))
    except (OSError, UnicodeDecodeError, yaml.YAMLError):
        return None
    if not isinstance(recipe, dict):
        return None
    return _flatten({key: value for key, value in recipe.items() if key not in NAMING_KEYS})


def _flatten(values: dict[str, Any], prefix: str = "") -> dict[str, str]:
    flat: dict[str, str] = {}
    for key, value in values.items():
        if isinstance(value, dict):
            flat |= _flatten(value, f"{prefix}{key}.")
        elif value is not None:
            flat[f"{prefix}{key}"] = _text(value)
    return flat


def _text(value: Any) -> str:
    """One text per value: 0.0001, 1.0e-4 and 1e-4 (which YAML reads as a text) are the same number."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return ", ".join(map(_text, value))
    try:
        return f"{float(value):.12g}"
    except (TypeError, ValueError):
        return str(value)
