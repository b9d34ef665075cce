"""Recipes made from others: keys changed by their dotted names, and what then differs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import yaml

from fer_core.errors import RecipeError
from fer_core.machine.plain_yaml import load_yaml
from fer_core.recipes.recipe import (
    DESCRIPTIVE,
    Recipe,
    parse_recipe,
    recipe_mapping,
)

#: Keys that name a recipe or quote its source: they differ always and train nothing.
NAMING_KEYS = ("id", *DESCRIPTIVE)


def changed_recipe(recipe: Recipe, changes: Mapping[str, Any]) -> Recipe:
    """``recipe`` with keys such as ``optimizer.learning_rate`` set to other values, checked as a whole.

    A section that the recipe leaves empty (``early_stopping``) is begun with its defaults; None empties it.

    Raises:
        RecipeError: an unknown key (the near one is named) or a value out of its range.
    """
    content = recipe_mapping(recipe)
    for key, value in changes.items():
        *sections, last = key.split(".")
        inner = content
        for depth, section in enumerate(sections):
            if inner.get(section) is None:
                inner[section] = {}
            inner = inner[section]
            if not isinstance(inner, dict):
                raise RecipeError(f"{'.'.join(sections[: depth + 1])} has no keys to set: {key} is unknown.")
        inner[last] = value
    return parse_recipe(content)


@dataclass(frozen=True)
class Change:
    """A recipe as it is to be trained, beside the ``original`` that it was made from."""

    original: Recipe
    recipe: Recipe

    @cached_property
    def differences(self) -> dict[str, tuple[Any, Any]]:
        """The dotted keys whose values differ, with both values; looked for once."""
        return recipe_differences(self.original, self.recipe)

    def under(self, variant_id: str) -> Recipe:
        """The recipe of ``variant_id``: as it stands where id and values are the original's, else derived from it."""
        if variant_id == self.original.id and not self.differences:
            return self.recipe
        return derived_recipe(self, variant_id)


def recipe_differences(recipe: Recipe, other: Recipe) -> dict[str, tuple[Any, Any]]:
    """The dotted keys whose values differ, with both values; None for a key that one lacks."""
    first, second = (flat_values(recipe_mapping(each, later=True)) for each in (recipe, other))
    keys = [key for key in dict.fromkeys((*first, *second)) if key.split(".")[0] not in NAMING_KEYS]
    return {key: (first.get(key), second.get(key)) for key in keys if first.get(key) != second.get(key)}


def derived_recipe(change: Change, variant_id: str) -> Recipe:
    """The changed recipe under a new id, distinct from the original.

    What a report printed of the original is not said of the new one; its deviations name the changes.
    """
    changes = [
        f"{key} is {text_of(new)} instead of {text_of(old)}."
        for key, (old, new) in change.differences.items()
    ]
    summary = f"Made from {change.original.id}" + (": " + " ".join(changes) if changes else ", unchanged.")
    return replace(
        change.recipe,
        id=variant_id,
        reported=(),
        deviations=(*change.original.deviations, *changes),
        summary=summary,
        from_run="",
        grid=None,
    )


def parse_change(text: str) -> tuple[str, Any]:
    """``optimizer.learning_rate=1e-2`` as a key and its value; RecipeError if it is neither."""
    key, value = _split(text)
    return key, _number(_yaml(value))


def parse_choices(text: str) -> tuple[str, list[Any]]:
    """``optimizer.learning_rate=1e-2,1e-3`` as a key and its values; RecipeError if it is neither."""
    key, values = _split(text)
    return key, [_number(value) for value in _yaml(f"[{values}]")]


def _split(text: str) -> tuple[str, str]:
    key, sign, value = text.partition("=")
    if not sign or not re.fullmatch(r"\w+(\.\w+)*", key):
        raise RecipeError(
            f"{text!r} is no change of a recipe: write KEY=VALUE, such as optimizer.momentum=0.9."
        )
    return key, value


def _yaml(text: str) -> Any:
    try:
        return load_yaml(text)
    except yaml.YAMLError as error:
        raise RecipeError(f"{text!r} can't be read as a value: {' '.join(str(error).split())}.") from error


def _number(value: Any) -> Any:
    """``1e-4``, which is a text to YAML, as the number it is."""
    try:
        return float(value) if isinstance(value, str) else value
    except ValueError:
        return value


def text_of(value: Any) -> str:
    """A value as people write it: ``none``, ``true``, ``0.001``."""
    if value is None or isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, float) else str(value)


def flat_values(values: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested mappings by dotted keys."""
    flat: dict[str, Any] = {}
    for key, value in values.items():
        if isinstance(value, dict) and value:
            flat |= flat_values(value, f"{prefix}{key}.")
        else:
            flat[f"{prefix}{key}"] = value
    return flat
