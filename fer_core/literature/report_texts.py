"""A report's own text held against Faceoff: every decimal, where it stands here, or why it does not."""

from __future__ import annotations

import hashlib
import math
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from fer_core.errors import RecipeError
from fer_core.literature.lines import Line, known_values, list_lines
from fer_core.literature.reports import list_reports

#: A number with a decimal point ("0 . 337" as well), or a whole one in percent. Section numbers are among them.
DECIMAL = re.compile(
    r"(?<![\w.])(?:\d+ \. \d+|\d+(?:\.\d+)+(?:e-?\d+)?|\.\d+)(?:\s?\\?%)?|(?<![\w.])\d+\s?\\?%"
)
PLACED, ASIDE, WRONG, MISSING = "placed", "aside", "wrong", "missing"
STATES = {
    PLACED: "stand in Faceoff",
    ASIDE: "are left aside with a reason",
    WRONG: "differ from Faceoff's",
    MISSING: "missing",
}
#: By how many units of its last digit a figure that is printed as "about" may differ.
_ABOUT = 2.0


@dataclass(frozen=True)
class Placed:
    """One decimal of a text: its ``line`` (from 1), as ``printed``, its ``state`` (PLACED, ASIDE, WRONG where Faceoff
    has another value, MISSING) and in words where it ``stands``."""

    line: int
    printed: str
    state: str
    stands: str


def find_texts(folder: Path) -> dict[str, Path]:
    """The reports' texts in a folder by family, known by their content; RecipeError if one is not there."""
    folder = Path(folder)
    if not folder.is_dir():
        raise RecipeError(f"There is no folder {folder}: give the one that holds the reports' texts.")
    by_hash = {_sha256(path): path for path in sorted(folder.glob("*.txt"))}
    wanted = {family: report.text_sha256 for family, report in list_reports().items()}
    missing = [family for family, sha256 in wanted.items() if sha256 not in by_hash]
    if missing:
        raise RecipeError(
            f"No file *.txt in {folder} is the text of {', '.join(missing)} that Faceoff's lines are of: "
            "texts made in another way have other lines."
        )
    return {family: by_hash[sha256] for family, sha256 in wanted.items()}


def listed_decimals(family: str) -> list[Placed]:
    """The decimals that Faceoff lists of a report, for want of its text with the values that stand here."""
    return [
        Placed(
            line.line,
            line.text or _known(line),
            ASIDE if line.aside else PLACED,
            _stands(line),
        )
        for line in list_lines(family)
    ]


def placed_decimals(family: str, text: str) -> Iterator[Placed]:
    """Every decimal of a report's text, in its order; lines that the text has no decimal for come as MISSING too."""
    expected: dict[int, list[Line]] = defaultdict(list)
    for line in list_lines(family):
        expected[line.line].append(line)
    for number, content in enumerate(text.split("\n"), start=1):
        printed = DECIMAL.findall(content)
        known = expected.pop(number, [])
        for index, decimal in enumerate(printed):
            yield _placed(number, decimal, known[index] if index < len(known) else None)
        for line in known[len(printed) :]:
            yield Placed(number, "–", MISSING, f"{_stands(line)}, of which the text prints nothing here")
    for number, lines in expected.items():
        yield from (Placed(number, "–", MISSING, f"{_stands(line)}, beyond the text") for line in lines)


def _placed(number: int, decimal: str, line: Line | None) -> Placed:
    if line is None:
        return Placed(number, decimal, MISSING, "nowhere in Faceoff")
    if line.aside:
        same = _plain(decimal) == line.text
        return Placed(number, decimal, ASIDE if same else WRONG, line.aside)
    value, unit = _value(decimal)
    # ece176 prints percents without their sign.
    reach = unit * (_ABOUT if line.note.startswith("about") else 0.5)
    for scale in (1.0, 0.01):
        if any(abs(value * scale - known) <= reach * scale + 1e-9 for known in known_values(line)):
            return Placed(number, decimal, PLACED, _stands(line))
    return Placed(number, decimal, WRONG, f"{_stands(line)}, where Faceoff has another value")


def _known(line: Line) -> str:
    values = known_values(line) if line.value is None else [line.value]
    return " or ".join(f"{value:g}" for value in dict.fromkeys(values))


def _value(decimal: str) -> tuple[float, float]:
    """The number and the unit of its last digit, percents as fractions; NaN for what is no number (3.1.2)."""
    plain = _plain(decimal)
    scale = 0.01 if plain.endswith("%") else 1.0
    digits, _, exponent = plain.rstrip("%").partition("e")
    if digits.count(".") > 1:
        return math.nan, math.nan
    unit = 10.0 ** -len(digits.partition(".")[2]) * 10.0 ** int(exponent or 0)
    return float(plain.rstrip("%")) * scale, unit * scale


def _plain(decimal: str) -> str:
    return decimal.replace(" ", "").replace("\\", "")


def _stands(line: Line) -> str:
    if line.aside:
        return line.aside
    words = f"{line.variant}: {line.metric}" if line.variant else line.metric
    words += f" minus that of {line.against}" if line.against else ""
    words += f", epoch {line.epoch}" if line.epoch else ""
    return f"{words} ({line.note})" if line.note else words


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
