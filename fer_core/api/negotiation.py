"""Which of two media types a request prefers."""

from __future__ import annotations


def prefers(accept: str, kind: str, default: str) -> bool:
    """Whether the header ``Accept`` prefers ``kind`` to ``default``, both such as ``"text/markdown"``."""
    return _quality(accept, kind) > _quality(accept, default)


def _quality(accept: str, kind: str) -> float:
    """0–1, of the entry that fits ``kind`` most closely; 0 where none fits."""
    ranges = (kind, f"{kind.partition('/')[0]}/*", "*/*")
    given = dict(map(_read_entry, accept.split(",")))
    return next((given[wanted] for wanted in ranges if wanted in given), 0.0)


def _read_entry(entry: str) -> tuple[str, float]:
    """``"text/*;q=0.5"`` -> ``("text/*", 0.5)``; an unreadable quality is 0."""
    kind, *parameters = (part.strip().lower() for part in entry.split(";"))
    quality = next((value[2:] for value in parameters if value.startswith("q=")), "1")
    try:
        return kind, min(1.0, max(0.0, float(quality)))
    except ValueError:
        return kind, 0.0
