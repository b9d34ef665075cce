"""YAML as people write it by hand: plain values only, in bounds, and one sentence for whatever is not.

The one reader of cards, recipes and orders. It builds values from the parser's events instead of with YAML's
own constructors: those follow aliases (a few lines of them hold a billion values), recurse without end, make
dates of texts, and raise a dozen errors of Python's own.
"""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Any

import yaml

from fer_core.errors import PlainYamlError

#: The longest text, in characters: twenty times the longest card of a variant.
LONGEST_TEXT = 400_000
#: How deeply lists and mappings may lie in each other; a card needs six.
DEEPEST = 30
#: Digits of a whole number.
MOST_DIGITS = 18
_SHOWN = 40

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # ten times as fast as the one in Python
_WORDS = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **{word: True for text in ("true", "yes", "on") for word in (text, text.title(), text.upper())},
    **{word: False for text in ("false", "no", "off") for word in (text, text.title(), text.upper())},
}
_WHOLE = re.compile(r"[-+]?(0|[1-9][0-9]*)")
# Only with a point, as in YAML 1.1: hashes such as 1e400 are texts.
_DECIMAL = re.compile(r"[-+]?([0-9]+\.[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?")
_BEYOND = {
    sign + word: float(sign + word[1:])
    for word in (".inf", ".Inf", ".INF", ".nan", ".NaN", ".NAN")
    for sign in (("", "+", "-") if word[1] in "iI" else ("",))
}


def load_yaml(text: str, first_line: int = 1) -> Any:
    """The value of a YAML text: mappings, lists, texts, numbers, true and false, null.

    Keys are texts. Dates, times, and numbers that are not written in tens (``0x1F``, ``1:30``, ``017``,
    ``1_000``) stay the texts that stand there.

    Args:
        text: one document.
        first_line: the number of its first line in the file, for the sentences.

    Raises:
        PlainYamlError: it is no YAML, or not plain: an alias, a tag, a key written twice, a number out of
            bounds, too deep or too long. A phrase without a full stop that names the line.
    """
    if len(text) > LONGEST_TEXT:
        raise PlainYamlError(f"it has {len(text):,} characters, at most {LONGEST_TEXT:,} are read")
    loader = None
    try:
        loader = _Loader(text)
        return _Builder(first_line).document(loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"line {mark.line + first_line}: " if mark else ""
        raise PlainYamlError(f"{where}{_phrase(error.problem or error.context)}") from error
    except (yaml.YAMLError, ValueError) as error:
        raise PlainYamlError(_phrase(error)) from error
    finally:
        if loader is not None:
            loader.dispose()


def read_yaml(path: Path) -> Any:
    """What :func:`load_yaml` makes of a file.

    Raises:
        OSError: the file can't be read.
        PlainYamlError: it is no UTF-8 text, or not plain YAML.
    """
    return load_yaml(read_text(path))


def read_text(path: Path, longest: int = LONGEST_TEXT) -> str:
    """A UTF-8 file of at most ``longest`` characters; PlainYamlError for another, which is not read whole."""
    with path.open(encoding="utf-8") as file:
        try:
            text = file.read(longest + 1)
        except UnicodeDecodeError as error:
            raise PlainYamlError("it is no UTF-8 text") from error
    if len(text) > longest:
        raise PlainYamlError(f"it has more than {longest:,} characters")
    return text


class _Builder:
    """Values from events, with a stack of its own in place of recursion."""

    def __init__(self, first_line: int) -> None:
        self._first_line = first_line
        self._open: list[Any] = []
        # For each open collection: of a mapping its keys' lines, of a list None; and the key that waits.
        self._lines: list[dict[str, int] | None] = []
        self._keys: list[str | None] = []
        self._result: Any = None
        self._documents = 0

    def document(self, loader: Any) -> Any:
        while not isinstance(event := loader.get_event(), yaml.StreamEndEvent):
            self._take(event)
        return self._result

    def _take(self, event: Any) -> None:
        if isinstance(event, yaml.ScalarEvent):
            self._refuse_marks(event)
            if self._lines and self._lines[-1] is not None and self._keys[-1] is None:
                self._begin_value(event)
            else:
                self._put(self._scalar(event))
        elif isinstance(event, (yaml.MappingStartEvent, yaml.SequenceStartEvent)):
            self._refuse_marks(event)
            self._begin(event, {} if isinstance(event, yaml.MappingStartEvent) else [])
        elif isinstance(event, (yaml.MappingEndEvent, yaml.SequenceEndEvent)):
            done = self._open.pop()
            self._lines.pop(), self._keys.pop()
            self._put(done)
        elif isinstance(event, yaml.AliasEvent):
            raise self._error(event, f"the alias *{_short(event.anchor)} is not read: write the value out")
        elif isinstance(event, yaml.DocumentStartEvent):
            self._documents += 1
            if self._documents > 1:
                raise self._error(event, "a second document begins: keep one of them")

    def _begin(self, event: Any, collection: Any) -> None:
        if self._lines and self._lines[-1] is not None and self._keys[-1] is None:
            raise self._error(event, "a key is a list or a mapping: it must be a text")
        if len(self._open) == DEEPEST:
            raise self._error(event, f"lists and mappings lie more than {DEEPEST} deep in each other")
        self._open.append(collection)
        self._lines.append({} if isinstance(collection, dict) else None)
        self._keys.append(None)

    def _begin_value(self, event: Any) -> None:
        key, line = event.value, event.start_mark.line + self._first_line
        lines = self._lines[-1]
        if key in lines:
            both = f"in lines {lines[key]} and {line}"
            raise PlainYamlError(f"the key {_short(key)!r} is written twice, {both}: keep one of them")
        lines[key] = line
        self._keys[-1] = key

    def _put(self, value: Any) -> None:
        if not self._open:
            self._result = value
        elif self._lines[-1] is None:
            self._open[-1].append(value)
        else:
            self._open[-1][self._keys[-1]] = value
            self._keys[-1] = None

    def _scalar(self, event: Any) -> Any:
        text = event.value
        if not event.implicit[0]:  # in quotes, or a block of text
            return text
        if text in _WORDS:
            return _WORDS[text]
        if _WHOLE.fullmatch(text):
            if len(text.lstrip("+-")) > MOST_DIGITS:
                raise self._error(
                    event,
                    f"the number {_short(text)} has more than {MOST_DIGITS} digits: a text needs quotes",
                )
            return int(text)
        if _DECIMAL.fullmatch(text):
            number = float(text)
            if not math.isfinite(number):
                raise self._error(event, f"the number {_short(text)} is too large")
            return number
        return _BEYOND.get(text, text)

    def _refuse_marks(self, event: Any) -> None:
        if event.anchor is not None:
            raise self._error(event, f"the anchor &{_short(event.anchor)} is not read: leave it out")
        if event.tag is not None:
            raise self._error(event, f"the tag {_short(event.tag)} is not read: write the value plainly")

    def _error(self, event: Any, phrase: str) -> PlainYamlError:
        return PlainYamlError(f"line {event.start_mark.line + self._first_line}: {phrase}")


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"


def _phrase(error: object) -> str:
    return " ".join(str(error).split()).rstrip(".") or "it is no YAML"
