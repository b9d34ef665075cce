"""What converters of other frameworks need alike: silence, and their errors in a line."""

from __future__ import annotations

import contextlib
import logging
import os
import warnings
from collections.abc import Iterator

#: The operator set that networks are converted to.
OPSET = 18


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Without what converters print and warn of."""
    before = logging.root.manager.disable
    logging.disable(logging.ERROR)
    try:
        with open(os.devnull, "w") as silence, contextlib.redirect_stdout(silence), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)


def first_line(error: Exception) -> str:
    """An error's message, short enough for a sentence."""
    lines = str(error).strip().splitlines()
    return (lines[0] if lines else type(error).__name__)[:200].rstrip(".:")
