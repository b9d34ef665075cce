"""The pictures that a visitor gives, several at once, of which one is looked at. They are forgotten with the page."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import streamlit as st

from dashboard.shell import page_state
from dashboard.shell.messages import show_errors
from fer_core.errors import PictureError, without_pictures
from fer_core.faces.pictures import KINDS, LARGEST_MEGABYTES, Picture, read_picture, shown_name

if TYPE_CHECKING:
    from streamlit.runtime.uploaded_file_manager import UploadedFile

#: Pictures that are looked into; of more, the last ones.
MOST = 20
_LOOKED_AT = "picture looked at"


@dataclass
class _Given:
    """``errors`` says of each file why it can't be read, "" where it can; ``batch`` are the ids of the last ones;
    ``good`` are those that can be read; ``shown`` is the picture that is looked at, read, with its file's id."""

    pasted: list[UploadedFile] = field(default_factory=list)
    errors: dict[str, str] = field(default_factory=dict)
    batch: set[str] = field(default_factory=set)
    good: list[UploadedFile] = field(default_factory=list)
    shown: tuple[str, Picture] | None = None


@dataclass(frozen=True, eq=False)
class GivenPicture:
    """``id`` is unique among those that the visitor gave."""

    id: str
    name: str
    picture: Picture


def choose() -> GivenPicture | None:
    """Uploaded or pasted pictures, and which of them is looked at; a sentence for each new one that can't be read."""
    given = _given()
    files = _files(given)
    _take_new(given, files)
    for file in files:
        if file.file_id in given.batch and given.errors[file.file_id]:
            st.error(without_pictures(given.errors[file.file_id]), icon=":material/error:")
    given.good = [file for file in files if not given.errors[file.file_id]]
    if not given.good:
        given.shown = None
        return None
    file = _looked_at(given.good)
    if given.shown is None or given.shown[0] != file.file_id:
        given.shown = (file.file_id, read_picture(file.getvalue(), file.name))
    return GivenPicture(file.file_id, file.name, given.shown[1])


def readable() -> list[UploadedFile]:
    """All the pictures that were chosen from, as they were when :func:`choose` was last called."""
    return list(_given().good)


def from_camera() -> GivenPicture | None:
    """A picture that the visitor takes."""
    shot = st.camera_input("Take a picture")
    if shot is not None:
        with show_errors():
            return GivenPicture(shot.file_id, shot.name, read_picture(shot.getvalue(), shot.name))
    return None


def _given() -> _Given:
    return page_state.kept("given pictures", _Given)


def _files(given: _Given) -> list[UploadedFile]:
    """Uploaded and pasted. Of any kind: what can't be read gets a sentence, which Streamlit would not give."""
    words = f"Pictures with one face or more ({KINDS})"
    uploaded = st.file_uploader(words, accept_multiple_files=True, max_upload_size=LARGEST_MEGABYTES)
    sent = st.chat_input(
        "Or paste a picture here, and press Enter",
        accept_file="multiple",
        max_upload_size=LARGEST_MEGABYTES,
        key="pasted pictures",
    )
    if sent is not None and sent.files:
        given.pasted = sent.files
    files = [*uploaded, *given.pasted]
    if len(files) > MOST:
        st.info(f"The last {MOST} of {len(files)} pictures are looked into.")
    return files[-MOST:]


def _take_new(given: _Given, files: list[UploadedFile]) -> None:
    """Read what has just come, and look at the first of it that can be read; forget what was removed."""
    ids = {file.file_id for file in files}
    given.errors = {key: words for key, words in given.errors.items() if key in ids}
    new = [file for file in files if file.file_id not in given.errors]
    if not new:
        return
    given.batch = {file.file_id for file in new}
    for file in reversed(new):
        try:
            given.shown = (file.file_id, read_picture(file.getvalue(), file.name))
            given.errors[file.file_id] = ""
            st.session_state[_LOOKED_AT] = file.file_id
        except PictureError as error:
            given.errors[file.file_id] = str(error)


def _looked_at(good: list[UploadedFile]) -> UploadedFile:
    by_id = {file.file_id: file for file in good}
    if len(good) == 1:
        return good[0]
    if st.session_state.get(_LOOKED_AT) not in by_id:
        st.session_state[_LOOKED_AT] = good[0].file_id
    chosen = st.pills(
        "Picture",
        list(by_id),
        format_func=lambda key: shown_name(by_id[key].name),
        key=_LOOKED_AT,
        required=True,
        wrap=True,
    )
    return by_id.get(chosen, good[0])
