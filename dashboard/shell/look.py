"""The few rules of style that Streamlit's theme can't say."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

#: Goes into the head of the front end's HTML, so that nothing moves when the first page is drawn. ``html`` before each
#: selector has it count for more than Streamlit's own rules, which come later.
HEAD = """
<style>
html [data-testid="stMainBlockContainer"] { padding-top: 3.2rem; padding-bottom: 3rem; max-width: 1500px; }
@media (min-width: 641px) and (max-width: 1500px) {
  html [data-testid="stMainBlockContainer"] { padding-left: 2.5rem; padding-right: 2.5rem; }
}
/* The room of the menu, before it is there: 18.75rem of the 15 pixels of the theme. A narrower window has it above. */
@media (min-width: 768px) {
  html [data-testid="stAppViewContainer"]:not(:has([data-testid="stSidebar"])) { padding-left: 281.25px; }
}
/* Room for a choice and its label while the browser still fetches its widget: what stands below must not jump. */
html [class*="st-key-choice"]:not([width="fit-content"]):has(> [data-testid="stSkeleton"]) { min-height: 4.25rem; }
html [class*="st-key-answer"] p { font-size: 1.2rem; line-height: 1.5; }
/* A telephone's screen is for the page's answer: its name takes less of it. */
@media (max-width: 640px) {
  html [data-testid="stHeading"] h1 { padding: .5rem 0 .3rem; }
  html [class*="st-key-answer"] p { font-size: 1.1rem; line-height: 1.35; }
  /* A table's tools always stand above it there, and may not lie over what precedes it. */
  html [data-testid="stElementContainer"]:has([data-testid="stDataFrame"]) { margin-top: 1.8rem; }
}
html span[data-tag] { max-width: 100%; background: rgba(47, 111, 222, .15); color: inherit; font-size: .82rem; }
html span[data-tag] button { color: inherit; }
html [data-testid="stCaptionContainer"], html [data-testid="stCaptionContainer"] p { color: inherit; }
html [data-testid="stCaptionContainer"] { opacity: .8; }
html [data-testid="stMarkdownContainer"] table { display: block; overflow-x: auto; max-width: 100%; }
html button[data-variant][data-selected=true]:not([data-disabled]) { color: inherit; }
html [data-testid="stTab"][data-selected=true] { color: inherit; }
/* A link to another page stands among buttons, and looks like one. */
html [data-testid="stMain"] [data-testid="stPageLink-NavLink"] {
  border: 1px solid rgba(128, 140, 155, .45); border-radius: .5rem; padding: .25rem .75rem; min-height: 2.5rem;
  margin: 0;
}
html [data-testid="stMain"] [data-testid="stElementContainer"]:has([data-testid="stPageLink"]) { margin-block: 0; }
html [class*="st-key-way-main"] a[href]:not([disabled]) { background: #2a63c4; border-color: #2a63c4; }
html [class*="st-key-way-main"] a[href]:not([disabled]):hover { background: #20509f; }
html [class*="st-key-way-main"] a[href]:not([disabled]) * { color: #fff; }
html .st-key-drawn-box canvas, html .st-key-drawn-box svg { touch-action: none; }
html [data-testid="stMetricValue"] { font-variant-numeric: tabular-nums; }
</style>
<script>
// On a telephone the menu covers the page, and Streamlit leaves it open when a page is chosen from it.
document.addEventListener("click", (event) => {
  if (window.innerWidth < 768 && event.target.closest("[data-testid=stSidebarNavLink]")) {
    setTimeout(() => document.querySelector("[data-testid=stSidebarCollapseButton] button")?.click(), 50);
  }
});
// The second click of a double click on what opens a dialog falls beside that dialog, and would close it.
window.addEventListener("click", (event) => {
  const beside = event.target.closest("[data-testid=stDialog]") && !event.target.closest("[role=dialog]");
  if (beside && event.detail > 1) event.stopImmediatePropagation();
}, true);
// A link to a page that is greyed is one that screen readers would call open.
new MutationObserver(() => {
  for (const link of document.querySelectorAll("[data-testid=stPageLink-NavLink]")) {
    link.ariaDisabled = link.hasAttribute("disabled") ? "true" : null;
  }
}).observe(document.documentElement, {subtree: true, childList: true, attributeFilter: ["disabled"]});
</script>
"""


def opening(title: str, question: str) -> None:
    """The top of every page: its name, and the question it answers."""
    st.title(title, anchor=False)
    st.caption(question)


#: Beside a switch that leaves out test faces with a copy among those that were learnt or chosen from.
CLEAN_HELP = (
    "Exact pixel copies of pictures in Training, or in PublicTest, by which choices are made, let a model look better "
    "than it is."
)


@contextmanager
def answer(name: str = "") -> Iterator[None]:
    """Around a sentence that answers the page's question: set larger. ``name`` distinguishes several."""
    with st.container(key=f"answer {name}"):
        yield
