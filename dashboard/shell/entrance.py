"""How a page is run: always by way of ``app.py``."""

from __future__ import annotations

import runpy
from collections.abc import Callable
from pathlib import Path

from dashboard.shell import choices

_APP = Path(__file__).resolve().parents[2] / "app.py"


def show(page: Callable[[], None]) -> None:
    """Run ``page`` if ``app.py`` is running it, else run ``app.py``, which runs the page.

    A folder named ``pages`` beside the app is Streamlit's older way of making pages: until ``app.py`` has
    called ``st.navigation`` once, a server takes its files for pages of their own. Someone who follows a
    link to a page right after the server's start would see it without its sidebar.
    """
    if choices.are_kept():
        page()
    else:
        runpy.run_path(str(_APP), run_name="__main__")
