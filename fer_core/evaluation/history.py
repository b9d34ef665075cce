"""``history.csv``: what one training came to, epoch by epoch."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from fer_core.errors import CardError

#: The columns that are drawn; a file may have others.
CURVES = ("epoch", "train_loss", "train_accuracy", "val_loss", "val_accuracy")


def read_history(path: Path) -> pd.DataFrame:
    """One row an epoch, with the columns CURVES as numbers; CardError where the file holds something else."""
    name = f"{path.parent.name}/{path.name}"
    try:
        table = pd.read_csv(path)
    except (OSError, ValueError) as error:
        raise CardError(f"{name} can't be read as a table.") from error
    if table.empty:
        raise CardError(f"{name} has no epochs.")
    missing = [column for column in CURVES if column not in table]
    if missing:
        raise CardError(f"{name} lacks the column{'s' * (len(missing) > 1)} {', '.join(missing)}.")
    words = [column for column in CURVES if not pd.api.types.is_numeric_dtype(table[column])]
    if words:
        raise CardError(f"{name} has words instead of numbers in {', '.join(words)}.")
    return table
