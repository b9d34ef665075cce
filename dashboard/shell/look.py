"""The few rules of style that Streamlit's theme can't say."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

_STYLE = """
<style>
[data-testid="stMainBlockContainer"] { padding-top: 3.2rem; padding-bottom: 3rem; max-width: 1500px; }
@media (min-width: 641px) and (max-width: 1500px) {
  [data-testid="stMainBlockContainer"] { padding-left: 2.5rem; padding-right: 2.5rem; }
}
[class*="st-key-answer"] p { font-size: 1.2rem; line-height: 1.5; }
span[data-tag] { max-width: 100%; background: rgba(47, 111, 222, .15); color: inherit; font-size: .82rem; }
span[data-tag] button { color: inherit; }
[data-testid="stCaptionContainer"], [data-testid="stCaptionContainer"] p { color: inherit; }
[data-testid="stCaptionContainer"] { opacity: .8; }
[data-testid="stMarkdownContainer"] table { display: block; overflow-x: auto; max-width: 100%; }
button[data-variant][data-selected=true]:not([data-disabled]) { color: inherit; }
[data-testid="stTab"][data-selected=true] { color: inherit; }
/* Room for a choice and its label while the browser still fetches its widget: what stands below must not jump. */
[class*="st-key-choice"]:not([width="fit-content"]):has(> [data-testid="stSkeleton"]) { min-height: 4.25rem; }
.st-key-script { display: none; }
.st-key-drawn-box canvas, .st-key-drawn-box svg { touch-action: none; }
[data-testid="stMetricValue"] { font-variant-numeric: tabular-nums; }
</style>
"""


# On a telephone the menu covers the page, and Streamlit leaves it open when a page is chosen from it.
_CLOSE_MENU = """
<script>
if (!window.menuCloses) {
  window.menuCloses = true;
  document.addEventListener("click", (event) => {
    if (window.innerWidth < 768 && event.target.closest("[data-testid=stSidebarNavLink]")) {
      setTimeout(() => document.querySelector("[data-testid=stSidebarCollapseButton] button")?.click(), 50);
    }
  });
}
</script>
"""


def apply() -> None:
    """Once a run, before the page."""
    st.html(_STYLE)
    with st.container(key="script"):  # takes no room
        st.html(
            _CLOSE_MENU, unsafe_allow_javascript=True
        )  # a text of our own, and nothing of anybody's in it


def opening(title: str, question: str) -> None:
    """The top of every page: its name, and the question it answers."""
    st.title(title, anchor=False)
    st.caption(question)


@contextmanager
def answer(name: str = "") -> Iterator[None]:
    """Around a sentence that answers the page's question: set larger. ``name`` distinguishes several."""
    with st.container(key=f"answer {name}"):
        yield
