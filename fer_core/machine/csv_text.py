"""Tables as CSV for people who open them in a spreadsheet: what looks like a formula is text there.

A spreadsheet computes a cell that begins with ``=``, ``+``, ``-`` or ``@``; names in our tables may come from anybody
(a card, a list, a video's file name). Such a cell gets an apostrophe before it; numbers stay numbers.
"""

from __future__ import annotations

import csv
import io
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

#: How a formula begins, in halfwidth and fullwidth; spreadsheets skip spaces, tabs and returns before it.
_FORMULA = re.compile(r"[\t\r\n]|\s*[=+\-@＝＋－＠]")
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?%?|[+-]?(?:inf|nan)")


def csv_text(frame: pd.DataFrame, index: bool = False, **options: Any) -> str:
    """``frame`` as CSV text, its formulas made harmless; ``options`` are those of ``DataFrame.to_csv``."""
    import pandas as pd

    safe = pd.DataFrame(
        {place: _safe_column(frame.iloc[:, place]) for place in range(frame.shape[1])}, index=frame.index
    )
    safe.columns = frame.columns.map(harmless) if frame.shape[1] else frame.columns
    if index:
        safe.index = frame.index.map(harmless)
    return safe.to_csv(index=index, **options)


def harmless(value: Any) -> Any:
    """``value`` as it may stand in a cell: a text that a spreadsheet would compute begins with an apostrophe."""
    if not isinstance(value, str):
        return value
    if _FORMULA.match(value) and not _NUMBER.fullmatch(value):
        value = "'" + value
    return value.replace("\r\n", "\n").replace("\r", "\n")  # a return is not quoted: its rest would be a row


def harmless_csv(content: bytes) -> bytes:
    """A CSV file (UTF-8; other bytes are replaced) with its formulas made harmless; other cells stay as written.

    A file that is no CSV gives its lines, each as one cell.
    """
    lines = content.decode("utf-8-sig", "replace").replace("\0", "")
    try:
        rows = list(csv.reader(io.StringIO(lines, newline="")))
    except csv.Error:
        rows = [[line] for line in lines.splitlines()]
    written = io.StringIO()
    csv.writer(written, lineterminator="\n").writerows([harmless(cell) for cell in row] for row in rows)
    return written.getvalue().encode()


def _safe_column(column: pd.Series) -> pd.Series:
    import pandas as pd

    if column.dtype.kind in "biufcmM":
        return column
    return pd.Series([harmless(value) for value in column], column.index, dtype=object)
