"""Who looks at the page, as far as Streamlit knows; what they may do is decided by ``fer_core.roles``."""

from __future__ import annotations

from typing import Any

import streamlit as st

from fer_core.roles import tokens
from fer_core.roles.permissions import Identity, why_not


def visitor() -> Identity:
    """The visitor of this session.

    Streamlit's user knows ``is_logged_in`` only where signing in is configured (``[auth]`` in its secrets).
    Headers and cookies are those of the request that opened the session.
    """
    user = st.user.to_dict()
    signed_in = bool(user.get("is_logged_in"))
    return Identity(
        email=str(user.get("email") or "") if signed_in else "",
        email_verified=user.get("email_verified", True) is not False,
        sign_in="is_logged_in" in user,
        has_token=tokens.is_held(st.context.cookies, st.context.headers),
    )


def show_role(identity: Identity) -> bool:
    """Say who may act, where that is not everybody who sees the page; returns whether this visitor may."""
    reason = why_not(identity)
    if reason:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.info(reason, icon=":material/visibility:")
            if identity.sign_in and not identity.email:
                st.button("Sign in", on_click=st.login, icon=":material/login:")
    if identity.email:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption(f"Signed in as {identity.email}.")
            st.button("Sign out", on_click=st.logout, type="tertiary", icon=":material/logout:")
    return not reason


def trainers_button(
    label: str, identity: Identity, *, help: str = "", disabled: bool = False, **button: Any
) -> bool:
    """A button for those who may act; for others it is disabled, and its help says why."""
    reason = why_not(identity)
    return st.button(label, disabled=disabled or bool(reason), help=reason or help or None, **button)
