"""What the first page needs, loaded while the server waits for its first visitor.

Streamlit runs nothing of an app until a browser has fetched the front end and opened its connection. In that time the
server visits itself: the libraries, figures and charts of the first page are there when somebody comes.
"""

from __future__ import annotations

import asyncio
import importlib
import logging
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import streamlit as st
from streamlit import runtime
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.session_manager import SessionClient

from dashboard.shell import link
from fer_core import paths
from fer_core.errors import FerError
from fer_core.machine import memory
from fer_core.roles import permissions

TASK = "warming up"
FAILED = "Warming up failed."

#: OpenCV swaps its own module while it is imported: a page that imports it in another thread at that moment would
#: keep the half of it, without its cascades, for as long as the server runs. So it is whole before anyone comes.
UNSHARED = "cv2"

_LOG = logging.getLogger(__name__)


@asynccontextmanager
async def lifespan(_app: st.App) -> AsyncIterator[None]:
    """Around the server's life: warm up beside it, and hold up nothing, whatever goes wrong.

    From here on the requester of a change must be named, and the link for those who may is offered.
    """
    memory.share_arenas()
    importlib.import_module(UNSHARED)
    permissions.serve_strangers()
    warming = asyncio.create_task(warm_up(), name=TASK)
    threading.Thread(target=fetch_detector, name="fetching the detector", daemon=True).start()
    try:
        with link.offered():
            yield
    finally:
        warming.cancel()


def fetch_detector() -> None:
    """Fetch the better face detector where it is wanted and missing; an error is logged in one line, never raised."""
    from fer_core.faces.detector_file import fetch, is_wanted

    try:
        if is_wanted():
            fetch()
    except (FerError, OSError) as error:
        _LOG.warning("%s", error)


def continue_queue() -> None:
    """Let what was ordered before the server's restart go on; the queue is loaded only where there is one."""
    if paths.has_jobs():
        importlib.import_module("fer_core.jobs.starting").continue_queue()


async def warm_up() -> None:
    """Visit the first page, then let waiting jobs go on; errors are logged, and never raised."""
    try:
        await visit()
        await asyncio.to_thread(continue_queue)
    except Exception:  # the page itself meets the same error, and shows it where it can be read
        _LOG.exception(FAILED)


async def visit() -> None:
    """Have the first page drawn for nobody, and wait until it is."""
    server, visitor = runtime.get_instance(), _Nobody()
    session = server.connect_session(visitor, user_info={})
    try:
        request = BackMsg()
        request.rerun_script.SetInParent()
        server.handle_backmsg(session, request)
        await visitor.served.wait()
    finally:
        server.close_session(session)


class _Nobody(SessionClient):
    """A visitor who looks at nothing, and leaves when the page is drawn."""

    def __init__(self) -> None:
        self.served = asyncio.Event()

    def write_forward_msg(self, msg: ForwardMsg) -> None:
        if msg.WhichOneof("type") == "script_finished":
            self.served.set()
