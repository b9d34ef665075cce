"""What the first page needs, loaded while the server waits for its first visitor.

Streamlit runs nothing of an app until a browser has fetched the front end and opened its connection. The
libraries and figures that every page needs are loaded in that time instead, in a thread of their own.
"""

from __future__ import annotations

import importlib
import inspect
import logging
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import streamlit as st

from dashboard.shell import link
from fer_core.errors import FerError
from fer_core.machine import memory
from fer_core.roles import permissions

THREAD = "warming up"
FAILED = "Warming up failed."

#: OpenCV swaps its own module while it is imported: a page that imports it in another thread at that moment would
#: keep the half of it, without its cascades, for as long as the server runs. So it is whole before anyone comes.
UNSHARED = "cv2"

_LOG = logging.getLogger(__name__)

# Some of these are loaded by others only when a table or a chart is first written down.
_MODULES = (
    "dashboard.reads.paired_tests",
    "dashboard.compare.table",
    "dashboard.shell.sidebar",
    "dashboard.shell.downloads",
    "fer_core.charts.scores",
    "fer_core.comparison.verdict",
    "pandas.io.formats.style",
    "pyarrow.pandas_compat",
    "narwhals._pandas_like.dataframe",
    "PIL.Image",
)


@asynccontextmanager
async def lifespan(_app: st.App) -> AsyncIterator[None]:
    """Around the server's life: warm up beside it, and hold up nothing, whatever goes wrong.

    From here on the requester of a change must be named, and the link for those who may is offered.
    """
    memory.share_arenas()
    importlib.import_module(UNSHARED)
    permissions.serve_strangers()
    threading.Thread(target=warm_up, name=THREAD, daemon=True).start()
    threading.Thread(target=fetch_detector, name="fetching the detector", daemon=True).start()
    with link.offered():
        yield


def fetch_detector() -> None:
    """Fetch the better face detector where it is wanted and missing; an error is logged in one line, never raised."""
    from fer_core.faces.detector_file import fetch, is_wanted

    try:
        if is_wanted():
            fetch()
    except (FerError, OSError) as error:
        _LOG.warning("%s", error)


def warm_up() -> None:
    """Load the modules and read the variants; errors are logged, and never raised."""
    try:
        for name in _MODULES:
            importlib.import_module(name)
        inspect.stack()  # Streamlit looks at it once, for a warning; the first look costs a tenth of a second
        registry, standings = map(
            importlib.import_module, ("fer_core.variants.registry", "fer_core.comparison.standings")
        )
        standings.standings_frame(standings.read_outcomes(registry.list_variants()))
        importlib.import_module("fer_core.jobs.starting").continue_queue()
    except Exception:  # the page itself meets the same error, and shows it where it can be read
        _LOG.exception(FAILED)
