"""YAML as people write it by hand, for cards, recipes and orders: plain values, within bounds, each key once."""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Any, NoReturn

import yaml
from yaml.constructor import ConstructorError

from fer_core.errors import quoted

#: The largest text that is read, in characters, and how deep lists and mappings may lie in one another.
LARGEST_TEXT, DEEPEST = 1_000_000, 32

_Fast = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # ten times as fast as the one in Python


class _Dumper(getattr(yaml, "CSafeDumper", yaml.SafeDumper)):
    """YAML's own dumpers write a list that stands in two places once, with an anchor and an alias."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


_Dumper.add_multi_representer(
    str, lambda dumper, text: dumper.represent_str(str(text))
)  # named choices are texts


_WORDS = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **{word: True for text in ("true", "yes", "on") for word in (text, text.title(), text.upper())},
    **{word: False for text in ("false", "no", "off") for word in (text, text.title(), text.upper())},
}
_WHOLE = re.compile(r"[-+]?(?:0|[1-9][0-9]*)")
_TOO_LARGE = re.compile(r"[-+]?[0-9]{19,}")
# Only with a point, as in YAML 1.1: hashes such as 1e400 are texts.
_DECIMAL = re.compile(r"[-+]?(?:[0-9]+\.[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?")
_BEYOND = re.compile(r"[-+]?(\.inf|\.Inf|\.INF)|\.nan|\.NaN|\.NAN")


def load_yaml(text: str) -> Any:
    """The value of a YAML text: numbers, texts (dates too), switches, lists and mappings, whose keys are texts.

    Dates, times, and numbers that are not written in tens (``0x1F``, ``1:30``, ``017``, ``1_000``) stay the texts
    that stand there. Values are built from the parser's events, without YAML's own constructors, which follow
    aliases, recurse, and raise a dozen errors of Python's own.

    Raises:
        yaml.YAMLError: it is no YAML; a mapping has a key twice; it is longer than ``LARGEST_TEXT`` or deeper than
            ``DEEPEST``; it has anchors, aliases or tags; or a number that is too large.
    """
    if len(text) > LARGEST_TEXT:
        raise yaml.YAMLError(f"it has more than {LARGEST_TEXT:,} characters")
    builder = _Builder()
    try:
        for event in yaml.parse(text, Loader=_Fast):
            builder.take(event)
    except ValueError as error:  # half a character
        raise yaml.YAMLError(f"it holds a value that can't be read ({reason_of(error)})") from error
    return builder.result


def dump_yaml(value: Any) -> str:
    """A text that :func:`load_yaml` reads as ``value``; yaml.YAMLError where it holds more than plain values."""
    return yaml.dump(value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100)


def read_text(path: Path, largest: int = LARGEST_TEXT) -> str:
    """A UTF-8 file of at most ``largest`` characters; one that has more is not read whole.

    Raises:
        OSError, UnicodeDecodeError: it can't be read.
        yaml.YAMLError: it is too long.
    """
    with path.open(encoding="utf-8") as file:
        text = file.read(largest + 1)
    if len(text) > largest:
        raise yaml.YAMLError(f"it has more than {largest:,} characters")
    return text


class _Builder:
    """Values from events, with a stack of its own in place of recursion."""

    def __init__(self) -> None:
        self.result: Any = None
        self._documents = 0
        # The collections that are open; for each the lines of its keys (None for a list), and the key that waits.
        self._open: list[tuple[Any, dict[str, int] | None]] = []
        self._keys: list[str | None] = []

    def take(self, event: yaml.Event) -> None:
        """The next event of the text."""
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) is not None:
            _refuse(event, "anchors (&) and aliases (*) are not read: write the value out")
        if isinstance(event, yaml.NodeEvent) and event.tag is not None:
            _refuse(event, "tags (!) are not read: leave it out")
        if isinstance(event, yaml.ScalarEvent):
            if self._wants_key():
                self._begin_key(event)
            else:
                self._put(_scalar(event))
        elif isinstance(event, yaml.CollectionStartEvent):
            self._begin(event)
        elif isinstance(event, yaml.CollectionEndEvent):
            collection, _ = self._open.pop()
            self._keys.pop()
            self._put(collection)
        elif isinstance(event, yaml.DocumentStartEvent):
            self._documents += 1
            if self._documents > 1:
                _refuse(event, "a second document begins: keep one of them")

    def _wants_key(self) -> bool:
        return bool(self._open) and self._open[-1][1] is not None and self._keys[-1] is None

    def _begin_key(self, event: yaml.ScalarEvent) -> None:
        line, lines = event.start_mark.line + 1, self._open[-1][1]
        if event.value in lines:
            both = f"in lines {lines[event.value]} and {line}"
            raise ConstructorError(
                problem=f"the key {quoted(event.value)} is written twice, {both}: keep one of them"
            )
        lines[event.value] = line
        self._keys[-1] = event.value

    def _begin(self, event: yaml.CollectionStartEvent) -> None:
        if self._wants_key():
            _refuse(event, "a key is a list or a mapping: it must be a text")
        if len(self._open) == DEEPEST:
            _refuse(event, f"lists or mappings lie more than {DEEPEST} deep")
        self._open.append(({}, {}) if isinstance(event, yaml.MappingStartEvent) else ([], None))
        self._keys.append(None)

    def _put(self, value: Any) -> None:
        if not self._open:
            self.result = value
        elif isinstance(self._open[-1][0], list):
            self._open[-1][0].append(value)
        else:
            self._open[-1][0][self._keys[-1]] = value
            self._keys[-1] = None


def _scalar(event: yaml.ScalarEvent) -> Any:
    text = event.value
    if not event.implicit[0]:  # in quotes, or a block of text
        return text
    if text in _WORDS:
        return _WORDS[text]
    if _TOO_LARGE.fullmatch(text):
        _refuse(event, "a number has more than 18 digits")
    if _WHOLE.fullmatch(text):
        return int(text)
    if _DECIMAL.fullmatch(text):
        number = float(text)
        if math.isinf(number):
            _refuse(event, f"the number {quoted(text)[1:-1]} is too large")
        return number
    return float(text.replace(".", "")) if _BEYOND.fullmatch(text) else text


def _refuse(event: yaml.Event, problem: str) -> NoReturn:
    raise ConstructorError(problem=problem, problem_mark=event.start_mark)


def reason_of(error: Exception) -> str:
    """What is wrong with a YAML text, in one line without a full stop."""
    problem, mark = getattr(error, "problem", None), getattr(error, "problem_mark", None)
    where = f", in line {mark.line + 1}" if mark and problem else ""
    return " ".join(str(problem or error).split()).rstrip(".") + where
