"""Numbers as a reader expects them; one format a quantity, on every page and in every report."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date

NOTHING = "–"
_MINUS = "−"
_NAMED_IN_FILES = 3


def of_100(fraction: float | None, digits: int = 1) -> str:
    """0.7068 -> ``"70.7"``: how many of a hundred."""
    return NOTHING if _unknown(fraction) else f"{100 * fraction:.{digits}f}"


def give_or_take(lo: float | None, hi: float | None) -> str:
    """Half the width of an interval of fractions, per hundred: ``"1.5"``."""
    return NOTHING if _unknown(lo) or _unknown(hi) else f"{50 * (hi - lo):.1f}"


def interval(lo: float | None, hi: float | None) -> str:
    """``"69.2–72.2"``, per hundred."""
    return NOTHING if _unknown(lo) or _unknown(hi) else f"{100 * lo:.1f}–{100 * hi:.1f}"


def milliseconds(value: float | None) -> str:
    """``"0.5"``, ``"12.4"``, ``"135"``: one decimal below 100, for columns that say the unit."""
    return NOTHING if _unknown(value) else f"{value:.{1 if value < 99.95 else 0}f}"


def megabytes(value: float | None) -> str:
    """Megabytes with one decimal, two below 0.1."""
    return NOTHING if _unknown(value) else f"{value:.2f}" if value < 0.1 else f"{value:.1f}"


def nats(value: float | None) -> str:
    """A log loss: three decimals."""
    return NOTHING if _unknown(value) else f"{value:.3f}"


def whole(value: float | None) -> str:
    """1029223 -> ``"1,029,223"``."""
    return NOTHING if _unknown(value) else f"{value:,.0f}"


def millions(value: float | None) -> str:
    """17196120 -> ``"17.2"``, 90015 -> ``"0.0900"``: three figures."""
    return NOTHING if _unknown(value) else f"{value / 1e6:#.3g}".rstrip(".")


def signed(value: float | None, digits: int = 1) -> str:
    """``"+1.2"``, ``"−0.4"``, ``"±0.0"``, with a true minus sign."""
    if _unknown(value):
        return NOTHING
    text = f"{abs(value):.{digits}f}"
    sign = "±" if float(text) == 0 else "+" if value > 0 else _MINUS
    return sign + text


def p_value(value: float | None) -> str:
    """``"< 0.001"``, ``"0.012"``, ``"0.43"``, ``"1"``."""
    if _unknown(value):
        return NOTHING
    if value < 0.001:
        return "< 0.001"
    return f"{value:.3f}" if value < 0.1 else f"{value:.2f}".removesuffix(".00")


def p_in_text(value: float | None) -> str:
    """``"p = 0.43"`` or ``"p < 0.001"``, which no line break parts; NOTHING where it is unknown."""
    said = p_value(value)
    if said == NOTHING:
        return NOTHING
    return f"p {said if said.startswith('<') else f'= {said}'}".replace(" ", "\u00a0")


def span(first: float | None, last: float | None) -> str:
    """``"2–4"``, or ``"3"`` where both ends are the same whole number."""
    if _unknown(first) or _unknown(last):
        return NOTHING
    return f"{first:.0f}" if first == last else f"{first:.0f}–{last:.0f}"


def difference(lo: float | None, hi: float | None) -> str:
    """An interval of differences of fractions, per hundred: ``"−0.4 to +1.9"``."""
    return NOTHING if _unknown(lo) or _unknown(hi) else f"{signed(100 * lo)} to {signed(100 * hi)}"


def times(ratio: float) -> str:
    """``"14 times"``, ``"1.4 times"``: tenths only where they matter."""
    return f"{ratio:.1f} times" if ratio < 3 else f"{ratio:.0f} times"


def duration(seconds: float | None) -> str:
    """``"0.5 ms"``, ``"285 ms"``, ``"1.4 s"``, ``"62 s"``, ``"12 min"``, ``"1 h"``, ``"1 h 5 min"``."""
    if _unknown(seconds):
        return NOTHING
    if 0 < seconds < 0.9995:
        return f"{milliseconds(1000 * seconds)} ms"
    if seconds < 99.5:
        return f"{seconds:.{1 if seconds < 9.95 else 0}f}".removesuffix(".0") + " s"
    hours, minutes = divmod(round(seconds / 60), 60)
    return " ".join([f"{hours} h"] * (hours > 0) + [f"{minutes} min"] * (minutes > 0))


def timed(value_ms: float | None) -> str:
    """A time in milliseconds with its unit: ``"0.5 ms"``, ``"285 ms"``, ``"1.4 s"``."""
    return NOTHING if _unknown(value_ms) else duration(value_ms / 1000)


def counted(count: int, thing: str, things: str = "") -> str:
    """``"1 epoch"``, ``"4 epochs"``, ``"1,200 batches"``; ``things`` where a plural is not made with an s."""
    return f"{count:,} {thing if count == 1 else things or f'{thing}s'}"


def listed(words: list[str], joint: str = "and", most: int | None = None) -> str:
    """``"a, b and c"``; of more than ``most`` the first, and how many more: ``"a, b and 7 more"``."""
    if most is not None and len(words) > most:
        words = [*words[:most], f"{len(words) - most} more"]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {joint} {words[-1]}" if words else ""


def file_stem(ids: Sequence[str], day: date, what: str = "") -> str:
    """A file's name without its ending: what it holds, the first models' ids, how many more there are, and the day."""
    more = len(ids) - _NAMED_IN_FILES
    named = [*ids[:_NAMED_IN_FILES], *([f"{more}_more"] if more > 0 else [])]
    return "_".join(filter(None, ["faceoff", what, *named, f"{day:%Y-%m-%d}"]))


def _unknown(value: float | None) -> bool:
    return value is None or math.isnan(value)
