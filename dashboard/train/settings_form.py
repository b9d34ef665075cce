"""What a model of elsewhere wants and answers, as fields that can be corrected."""

from __future__ import annotations

from typing import Any

import streamlit as st

from fer_core.adapting.adaptation import COLOURS, KINDS, RANGES
from fer_core.adapting.label_order import orders_of
from fer_core.machine.plain_yaml import dump_yaml, load_yaml

_PREFIX = "bring.settings."
_AS_FOUND, _OWN = "as found", "another"
_KIND_WORDS = {
    "probs": "probabilities",
    "logits": "logits",
    "log_probs": "logarithms of probabilities",
    "sigmoid": "each class for itself (sigmoid)",
}


def show(found: str) -> str:
    """Fields around ``found``, a YAML of settings; returns the YAML of what they say now."""
    settings = load_yaml(found)
    given, answer = settings["input"], settings["output"]
    with st.container(border=True):
        st.markdown("**What it wants and answers**")
        left, middle, right = st.columns(3)
        given["colour"] = _choice(left, "Shown in", "colour", COLOURS, given["colour"])
        given["range"] = _range(middle, given["range"])
        answer["kind"] = _choice(
            right, "It answers", "kind", KINDS, answer["kind"], format_func=_KIND_WORDS.__getitem__
        )
        answer["labels"] = _labels(answer["labels"])
        kept = [name for name in answer.get("ignore", []) if name in answer["labels"]]
        answer["ignore"] = st.multiselect(
            "Leave out (the others are made to sum to 1 again)",
            list(dict.fromkeys(answer["labels"])),
            kept,
            key=f"{_PREFIX}ignore",
        )
        st.caption(f"It takes faces of {given['size']} × {given['size']} pixels ({given['layout']}).")
    text = dump_yaml(settings)
    with st.expander("The same as YAML, for `register --adapt`"):
        st.code(text, language="yaml")
    return text


def forget() -> None:
    """Begin with what is found next."""
    for key in [key for key in st.session_state if str(key).startswith(_PREFIX)]:
        del st.session_state[key]


def _choice(place: Any, label: str, key: str, options: tuple[str, ...], value: str, **more: Any) -> str:
    return place.selectbox(label, options, options.index(value), key=f"{_PREFIX}{key}", **more)


def _range(place: Any, found: Any) -> Any:
    names = list(RANGES)
    options = names if found in names else [_AS_FOUND, *names]
    chosen = place.selectbox(
        "Pixels", options, options.index(found) if found in names else 0, key=f"{_PREFIX}range"
    )
    return found if chosen == _AS_FOUND else chosen


def _labels(found: list[str]) -> list[str]:
    """A known order, or names in another order."""
    orders = orders_of(len(found))
    known = next((name for name, order in orders.items() if list(order) == found), _AS_FOUND)
    options = [*dict.fromkeys([known, *orders]), _OWN]
    chosen = st.selectbox("Order of its labels", options, key=f"{_PREFIX}order", format_func=lambda name: (
        f"{name}: {', '.join(orders[name])}" if name in orders else name
    ))  # fmt: skip
    if chosen != _OWN:
        return list(orders[chosen]) if chosen in orders else found
    text = st.text_input("Its labels, in its order", ", ".join(found), key=f"{_PREFIX}labels")
    return [name.strip() for name in text.split(",") if name.strip()]
