"""Faceoff: facial-expression models side by side. Run with ``streamlit run app.py``.

Streamlit imports this file once, for the server, and runs it anew whenever a viewer's page is drawn.
"""

from pathlib import Path

import streamlit as st


def draw_page() -> None:
    """One run: the frame around all pages, and the requested page."""
    from dashboard.reads import catalogue
    from dashboard.shell import choices, measured, page_state, share, sidebar, turns
    from dashboard.shell.messages import show_errors
    from fer_core.machine import memory

    memory.share_arenas()
    pictures = Path(__file__).parent / "dashboard"
    # An icon of its own: one of Streamlit's by name would be fetched by the browser from another host.
    st.set_page_config(page_icon=str(pictures / "icon.svg"), layout="wide")
    st.logo(str(pictures / "logo.svg"), size="large")
    page = st.navigation(
        [
            st.Page("pages/leaderboard.py", title="Leaderboard", icon=":material/leaderboard:", default=True),
            st.Page("pages/compare.py", title="Compare", icon=":material/compare_arrows:"),
            st.Page("pages/ensembles.py", title="Ensembles", icon=":material/join:"),
            st.Page("pages/try_picture.py", title="Try a picture", icon=":material/add_a_photo:"),
            st.Page("pages/explain.py", title="Explain", icon=":material/center_focus_strong:"),
            st.Page("pages/live.py", title="Live", icon=":material/videocam:"),
            st.Page("pages/mistakes.py", title="Mistakes", icon=":material/sentiment_stressed:"),
            st.Page("pages/robustness.py", title="Robustness", icon=":material/blur_on:"),
            st.Page("pages/reported.py", title="Reported / reproduced", icon=":material/fact_check:"),
            st.Page("pages/train.py", title="Train", icon=":material/model_training:"),
            st.Page("pages/data.py", title="Data", icon=":material/database:"),
            st.Page("pages/model_card.py", title="Model card", icon=":material/description:"),
        ]
    )
    st.set_page_config(f"{page.title} · Faceoff")
    page_state.forget_when_left(page.title)
    with turns.PAGES.taken(), choices.kept_in_link(page.title), catalogue.listed_once(), show_errors():
        sidebar.draw()
        measured.draw(page.title)
        page.run()
        with st.sidebar:
            share.show_link()
    memory.give_back()


if __name__ == "__main__":
    draw_page()
else:
    from starlette.middleware import Middleware

    from dashboard.shell import front, link, uploads, warming

    app = st.App(
        __file__,
        lifespan=warming.lifespan,
        middleware=[
            Middleware(link.TokenLink),
            Middleware(front.FrontPage),
            Middleware(uploads.BoundedUploads),
        ],
    )
