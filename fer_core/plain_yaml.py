"""YAML as people write it by hand: plain values only, and a key that is written twice is an error."""

from __future__ import annotations

from typing import Any

import yaml
from yaml.constructor import ConstructorError

_Fast = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # ten times as fast as the one in Python


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


def load_yaml(text: str) -> Any:
    """The value of a YAML text; yaml.YAMLError where it is none, or where a mapping has a key twice."""
    return yaml.load(text, Loader=_Loader)


def reason_of(error: Exception) -> str:
    """What is wrong with a YAML text, in one line without a full stop."""
    return " ".join(str(error).split()).rstrip(".")
