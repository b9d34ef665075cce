"""Tasks of one visitor: started by a button, looked after while they stay, reported when they are over."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from fer_core.errors import FerError, without_pictures
from fer_core.formats import duration, whole
from fer_core.machine.tasks import Task

LOOK_S = 0.5


def show(
    name: str,
    label: str,
    start: Callable[[], Task],
    done: Callable[[Any], str] | None = None,
    **button: object,
) -> None:
    """A button that starts the task, or how long it has been out; its outcome is shown once.

    ``done`` is given the result, and returns the sentence to show; "" for none. By default it says that it is done.
    """
    key = f"task.{name}"
    if key in st.session_state:
        st.fragment(_wait, run_every=LOOK_S)(key, done)
        return
    if message := st.session_state.pop(f"{key}.message", None):
        kind, sentence = message
        (st.success if kind == "done" else st.error)(sentence)
    if st.button(label, key=f"{key}.start", **button):
        try:
            st.session_state[key] = start()
        except FerError as error:
            st.error(str(error), icon=":material/error:")
            return
        st.rerun()


def begin(name: str, start: Callable[[], Task]) -> None:
    """Send the task as its button does; FerError where it can't be sent."""
    st.session_state[f"task.{name}"] = start()


def is_out(name: str) -> bool:
    """Whether the task is on its way."""
    return f"task.{name}" in st.session_state


def is_in_view(name: str) -> bool:
    """Whether there is something to see of it: that it is on its way, or what it has brought."""
    return is_out(name) or f"task.{name}.message" in st.session_state


def _wait(key: str, done: Callable[[Any], str] | None) -> None:
    task: Task | None = st.session_state.get(key)
    if task is not None and not task.is_over():
        _show_progress(task)
        if st.button("Cancel", key=f"{key}.cancel", icon=":material/cancel:"):
            task.cancel()
        else:
            return
    if task is not None:
        del st.session_state[key]
        try:
            brought = task.result()
            message = done(brought) if done else f"{task.name}: done in {duration(task.took_s)}."
            if message:
                st.session_state[f"{key}.message"] = ("done", message)
        except FerError as error:
            st.session_state[f"{key}.message"] = ("failed", str(error))
    st.rerun()


def _show_progress(task: Task) -> None:
    words = f"{task.name}: {duration(task.took_s)}"
    done, total = task.progress or (0, None)
    if total:
        st.progress(min(1.0, done / total), f"{words}, {whole(done)} of {whole(total)}")
    else:
        st.caption(f":material/hourglass: {words}" + (f", {whole(done)} so far" if done else ""))
    if step := task.step:
        st.caption(without_pictures(step))
