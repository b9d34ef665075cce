"""The link that shows somebody else what one sees."""

from __future__ import annotations

from urllib.parse import urlencode, urlsplit, urlunsplit

import streamlit as st

from dashboard.shell import choices


def show_link(key: str = "link") -> None:
    """A button that unfolds the view's address with a way to copy it; drawn last, when all choices are known."""
    with st.popover("Link to this view", icon=":material/link:", key=f"share.{key}"):
        st.caption("Whoever opens it here sees the same models, faces and choices.")
        st.code(address(), language=None, wrap_lines=True)


def address() -> str:
    """Of this page with all choices made on it."""
    here = urlsplit(st.context.url or "")
    return urlunsplit((here.scheme, here.netloc, here.path, urlencode(choices.to_link(), safe=","), ""))
