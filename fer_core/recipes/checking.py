"""What the values of a recipe's sections may be: their keys, types and ranges."""

from __future__ import annotations

import re
from collections.abc import Collection, Hashable
from dataclasses import MISSING, fields
from typing import Any

from fer_core.errors import RecipeError, near_names, quoted


def section_of(name: str, content: Any, section: type) -> Any:
    """A checked section from plain mappings; RecipeError names ``name`` and the key."""
    content = mapping_of(name, content)
    check_keys(name, content, section)
    check_types(name, content, section, [spec.name for spec in fields(section)])
    value = section(**content)
    value.check()
    return value


def check_types(name: str, content: dict[str, Any], section: type, keys: Collection[str]) -> None:
    """RecipeError for a value of one of ``keys`` that is not of its default's type."""
    for spec in fields(section):
        if spec.name in keys and spec.name in content:
            _check_type(f"{name}.{spec.name}", content[spec.name], spec)


def _check_type(name: str, value: Any, spec: Any) -> None:
    default = None if spec.default is MISSING else spec.default
    kind = (
        "text" if isinstance(default, str) else "true or false" if isinstance(default, bool) else "a number"
    )
    if isinstance(default, int) and not isinstance(default, bool):
        kind = "a whole number"
    if spec.default_factory in (list, dict):
        kind = {list: "a list", dict: "a mapping"}[spec.default_factory]
    right = {
        "text": isinstance(value, str),
        "true or false": isinstance(value, bool),
        "a list": isinstance(value, list),
        "a mapping": isinstance(value, dict),
        "a number": isinstance(value, int | float) and not isinstance(value, bool),
        "a whole number": isinstance(value, int) and not isinstance(value, bool),
    }[kind]
    if not right:
        hint = _hint(value) if kind == "a number" and isinstance(value, str) else ""
        raise RecipeError(f"{name} is {quoted(value)}; it must be {kind}{hint}.")


def _hint(text: str) -> str:
    """How a text that was meant as a number is written as one."""
    if re.fullmatch(r"[-+]?[0-9]{1,20}[eE][-+]?[0-9]{1,20}", text):
        number, letter, power = re.split(r"([eE])", text)
        return f" (YAML reads {text} as text: write {number}.0{letter}{power})"
    if re.fullmatch(r"[-+]?[0-9]{1,20},[0-9]{1,20}", text):
        return f" (write {text.replace(',', '.')})"
    return ""


def mapping_of(name: str, content: Any) -> dict[str, Any]:
    """``content`` if it is a mapping, else RecipeError."""
    if not isinstance(content, dict):
        raise RecipeError(f"{name} must be a mapping of keys to values, not {quoted(content)}.")
    return content


def check_keys(name: str, content: dict[str, Any], section: type) -> None:
    """RecipeError for a key that ``section`` lacks, with the near one."""
    known = [spec.name for spec in fields(section)]
    for key in content:
        if key not in known:
            raise RecipeError(f"{name} has no key {quoted(key)}{near_names(str(key)[:80], known)}")


def choose(name: str, value: Any, known: Any) -> None:
    """RecipeError unless ``value`` is one of ``known``."""
    if not isinstance(value, Hashable) or value not in known:
        raise RecipeError(f"{name} is {quoted(value)}; choose one of {', '.join(known)}.")


def between(name: str, value: float, least: float, most: float) -> None:
    """RecipeError unless ``value`` lies between the two, both allowed."""
    if not least <= value <= most:
        raise RecipeError(f"{name} is {quoted(value)}; it must lie between {least} and {most}.")
