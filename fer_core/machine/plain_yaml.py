"""YAML as people write it by hand, for cards, recipes and orders: plain values, within bounds, each key once."""

from __future__ import annotations

import re
from typing import Any

import yaml
from yaml.constructor import ConstructorError

#: The largest text that is read, in characters, and how deep lists and mappings may lie in one another.
LARGEST_TEXT, DEEPEST = 1_000_000, 32

_Fast = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # ten times as fast as the one in Python
_INTEGER = re.compile(r"[-+]?(?:0|[1-9][0-9]{0,17})")
_TOO_LARGE = re.compile(r"[-+]?[0-9]{19,}")


class _Loader(_Fast):
    """YAML's own loaders let the second of two equal keys win, unsaid."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict:
        lines: dict[str, int] = {}
        for key in (key for key, _ in node.value if isinstance(key, yaml.ScalarNode)):
            line = key.start_mark.line + 1
            if key.value in lines:
                both = f"in lines {lines[key.value]} and {line}"
                raise ConstructorError(
                    problem=f"the key {key.value!r} is written twice, {both}: keep one of them"
                )
            lines[key.value] = line
        return super().construct_mapping(node, deep)


def _plain_resolvers() -> dict[str | None, list[tuple[str, re.Pattern[str]]]]:
    """Those of YAML 1.1 without dates, numbers to the bases 2, 8, 16 and 60, and integers of 19 digits and more."""
    kept = ("tag:yaml.org,2002:bool", "tag:yaml.org,2002:null", "tag:yaml.org,2002:float")
    plain: dict[str | None, list[tuple[str, re.Pattern[str]]]] = {}
    for first, resolvers in _Fast.yaml_implicit_resolvers.items():
        plain[first] = [(tag, pattern) for tag, pattern in resolvers if tag in kept]
    for first in "-+0123456789":
        plain.setdefault(first, []).insert(0, ("tag:yaml.org,2002:int", re.compile(_INTEGER.pattern + r"\Z")))
    return plain


_Loader.yaml_implicit_resolvers = _plain_resolvers()


def load_yaml(text: str) -> Any:
    """The value of a YAML text: numbers, texts (dates too), switches, lists and mappings.

    Raises:
        yaml.YAMLError: it is no YAML; a mapping has a key twice; it is longer than ``LARGEST_TEXT`` or deeper than
            ``DEEPEST``; it has anchors, aliases or tags; or a value that Python can't hold.
    """
    if len(text) > LARGEST_TEXT:
        raise yaml.YAMLError(f"it has more than {LARGEST_TEXT:,} characters")
    depth = 0
    try:
        for event in yaml.parse(text, Loader=_Loader):
            if isinstance(event, yaml.CollectionStartEvent):
                depth += 1
            elif isinstance(event, yaml.CollectionEndEvent):
                depth -= 1
            if depth > DEEPEST:
                _refuse(event, f"lists or mappings lie more than {DEEPEST} deep")
            if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
                _refuse(event, "anchors (&) and aliases (*) are not read: write the value out")
            if (
                isinstance(event, yaml.ScalarEvent)
                and event.implicit[0]
                and _TOO_LARGE.fullmatch(event.value)
            ):
                _refuse(event, "a number has more than 18 digits")
            if getattr(event, "tag", None):
                _refuse(event, "tags (!) are not read: leave it out")
        return yaml.load(text, Loader=_Loader)
    except (ValueError, TypeError, OverflowError, RecursionError) as error:
        raise yaml.YAMLError(f"it holds a value that can't be read ({reason_of(error)})") from error


def _refuse(event: yaml.Event, problem: str) -> None:
    raise ConstructorError(problem=problem, problem_mark=event.start_mark)


def reason_of(error: Exception) -> str:
    """What is wrong with a YAML text, in one line without a full stop."""
    return " ".join(str(error).split()).rstrip(".")
