"""The panel that imports the data set: from an upload, or from a path on the server's machine."""

from __future__ import annotations

import streamlit as st

from dashboard.reads import dataset
from dashboard.shell import identity, missing, tasks
from dashboard.shell.identity import show_role
from fer_core.data.import_task import (
    ARCHIVE_SUFFIXES,
    LARGEST_ARCHIVE_BYTES,
    start_import,
    start_import_of,
)
from fer_core.data.split import FER2013_URL

IMPORTING = "importing"
_UPLOAD, _PATH = "Upload its archive", "Name its place on the server"
_WHERE = (
    f"FER2013 is to be had free of charge from [Kaggle]({FER2013_URL}) after signing in there: one archive of 63 MB. "
    "The folders out of it and the challenge's fer2013.csv are read as well. It is checked on the way, kept on the "
    "server's disk, and nothing of it leaves this server."
)


def show() -> None:
    """Where the data is to be had, and two ways to bring it; drawn faces for who hasn't got it."""
    st.subheader("Import the data", anchor=False)
    _show_ways()


def show_replacing() -> None:
    """The same behind a fold, where a data set is imported already."""
    with st.expander(
        "Import another data set in the place of this one", expanded=tasks.is_in_view(IMPORTING)
    ):
        st.caption("What is imported now stays until the new pictures are read completely.")
        _show_ways()


def _show_ways() -> None:
    st.markdown(_WHERE)
    by = identity.visitor()
    may = show_role(by)
    if tasks.is_out(IMPORTING):
        tasks.show(IMPORTING, "", lambda: start_import("", by))
        return
    way = st.segmented_control("How", [_UPLOAD, _PATH], default=_UPLOAD, key="import.way", disabled=not may)
    if way == _PATH:
        path = st.text_input(
            "Folder, archive or fer2013.csv",
            key="import.path",
            placeholder="/data/fer2013.zip",
            disabled=not may,
        )
        tasks.show(
            IMPORTING, "Import", lambda: start_import(path.strip(), by), type="primary",
            disabled=not (may and path.strip()),
        )  # fmt: skip
    else:
        given = st.file_uploader(
            "The archive", ARCHIVE_SUFFIXES, max_upload_size=LARGEST_ARCHIVE_BYTES // 1_000_000,
            key="import.archive", disabled=not may,
        )  # fmt: skip
        tasks.show(
            IMPORTING, "Import", lambda: start_import_of(given.getvalue(), given.name, by), type="primary",
            disabled=not (may and given),
        )  # fmt: skip
    if dataset.stamp() is None:
        st.caption("Only looking around? Drawn faces let every part run, and say nothing about real ones.")
        missing.draw_faces()
