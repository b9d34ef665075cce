"""What a viewer has chosen: remembered across pages, and kept in the link.

Streamlit forgets a widget's value when its page is left, and empties the link when pages are switched. So
every choice goes through here: it is taken from the link when a session starts, when a page is reached by a
link with choices, and when the browser goes back; from memory otherwise; and the link is written at the end
of every run. (Streamlit's own ``bind="query-params"`` would do within one page, but refuses
``st.switch_page`` and mixes up links between pages.)
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

import streamlit as st

_MEMORY = "choices"
_SEPARATOR = ","

#: So long after a link was written, a run with the link before it was requested by a browser that had not seen
#: the new one yet (by a component, or a second click); after that, by a viewer who went back.
BEHIND_S = 1.0

# Of the run at hand, not of the session: a page that is left while it is drawn may still be ending in its own
# thread when the next one has begun.
_running: ContextVar[bool] = ContextVar("running", default=False)


@dataclass
class _Memory:
    """One session's choices: widget values by name, and the link as it was last written."""

    page: str | None = None
    kept: dict[str, Any] = field(default_factory=dict)
    written: dict[str, str] = field(default_factory=dict)
    # The link before that, and when it was replaced, on a steady clock.
    before: dict[str, str] = field(default_factory=dict)
    written_s: float = 0.0
    # What callbacks have chosen since a run ended, with the widgets' values before that: who clicks does not go back,
    # however old the browser's link is, and another request may bring a widget's old value once more.
    chosen: dict[str, Any] = field(default_factory=dict)
    # What the lists that have pages were of.
    lists: dict[str, object] = field(default_factory=dict)
    # What a followed link says of widgets that have not been drawn since (some come only after an upload).
    pending: dict[str, str] = field(default_factory=dict)
    # During one run: the link just followed, whether what it lacks falls back to its default, what to write.
    link: dict[str, str] = field(default_factory=dict)
    link_is_all: bool = False
    writing: dict[str, str] = field(default_factory=dict)


@contextmanager
def kept_in_link(page: str) -> Iterator[None]:
    """Around a whole run of ``page``: choices made inside are read from the link and written to it.

    A run that Streamlit breaks off, to begin anew, has not drawn all its choices: it leaves the link alone.
    Else the browser, a moment behind, could send the half link with the next run, as if its viewer had gone
    back to it.
    """
    memory = _memory()
    _read_link(memory, page)
    chosen = list(memory.chosen)
    running = _running.set(True)
    broken_off = True
    try:
        yield
        broken_off = False
    except Exception:
        broken_off = False
        raise
    finally:
        _running.reset(running)
        if not broken_off:
            for name in chosen:  # a click may have chosen more meanwhile
                memory.chosen.pop(name, None)
            _write_link(memory)


def are_kept() -> bool:
    """Whether the script runs inside :func:`kept_in_link`."""
    return _running.get()


def one(
    widget: Callable[..., Any],
    label: str,
    name: str,
    options: Sequence[str],
    default: str | None,
    always_in_link: bool = False,
    **arguments: Any,
) -> Any:
    """One of ``options`` from a Streamlit choice widget such as ``st.selectbox``; in the link unless default.

    An option in the link that is not there is passed over.
    """
    _prepare(name, default, lambda text: text if text in options else default, set(options) | {default})
    value = widget(label, options, key=widget_key(name), **arguments)
    return _keep(name, value, value if value and (always_in_link or value != default) else "")


def many(
    widget: Callable[..., Any],
    label: str,
    name: str,
    options: Sequence[str],
    default: Sequence[str],
    always_in_link: bool = False,
    **arguments: Any,
) -> list[str]:
    """Several of ``options``, joined by commas in the link; unknown ones, and more than the widget takes, are
    passed over."""
    known, most = set(options), arguments.get("max_selections")

    def parse(text: str) -> list[str]:
        return [part for part in dict.fromkeys(text.split(_SEPARATOR)) if part in known]

    _prepare(name, list(default), parse)
    key = widget_key(name)
    st.session_state[key] = [part for part in st.session_state[key] or [] if part in known][:most]
    value = list(widget(label, options, key=key, **arguments))
    shown = always_in_link or value != list(default)
    text = _SEPARATOR.join(value)
    return _keep(name, value, text if shown else "", empty=shown and not value)


def flag(label: str, name: str, **arguments: Any) -> bool:
    """A switch that is off by default; ``name=yes`` in the link when on."""
    _prepare(name, False, lambda text: text == "yes")
    value = st.toggle(label, key=widget_key(name), **arguments)
    return _keep(name, value, "yes" if value else "")


def page(name: str, pages: int, of: object) -> int:
    """Which page of a long list, from 1; in the link unless the first. Only drawn where there are several.

    ``of`` says what the list is of: of another one, the first page is shown.
    """
    memory = _memory()
    if memory.lists.get(name, of) != of:
        set_choice(name, 1)
    memory.lists[name] = of
    valid = set(range(1, pages + 1))
    _prepare(name, 1, lambda text: int(text) if text.isdecimal() else 1, valid)
    value = st.pagination(pages, key=widget_key(name)) if pages > 1 else 1
    return _keep(name, value, str(value) if value > 1 else "")


def in_link(name: str) -> str | None:
    """What the link that was just followed says about ``name``, as it stands there; None if nothing."""
    return _memory().link.get(name)


def taken(name: str) -> str | None:
    """What a link just followed says about ``name``, given once; "" where it lacks a text that was kept.

    For what is no single widget; :func:`keep_text` writes it. None if no link was followed.
    """
    memory = _memory()
    if name in memory.pending:
        return memory.pending.pop(name)
    return "" if memory.link_is_all and name in memory.kept else None


def keep_text(name: str, text: str) -> None:
    """Write ``text`` into the link under ``name``, or nothing if it is empty."""
    _keep(name, text, text)


def to_link() -> dict[str, str]:
    """What the link will say of the choices drawn so far in this run."""
    memory = _memory()
    return memory.writing | memory.pending


def widget_key(name: str) -> str:
    """The session-state key of the widget of ``name``, for callbacks that set it."""
    return f"choice.{name}"


def as_text(value: str | Sequence[str] | None) -> str:
    """A choice as a link says it; an empty one is none."""
    return value if isinstance(value, str) else _SEPARATOR.join(value or [])


def recall(name: str) -> Any:
    """The last value of ``name``, or None if it was never drawn."""
    return _memory().kept.get(name)


def set_choice(name: str, value: Any) -> None:
    """Choose for the viewer; call it in a callback, before the widget of ``name`` is drawn."""
    memory = _memory()
    if not are_kept():
        memory.chosen[name] = st.session_state.get(widget_key(name))
    st.session_state[widget_key(name)] = memory.kept[name] = value


def _memory() -> _Memory:
    return st.session_state.setdefault(_MEMORY, _Memory())


def _read_link(memory: _Memory, page: str) -> None:
    link = st.query_params.to_dict()
    touched = bool(memory.chosen) or any(
        st.session_state.get(widget_key(name), old) != old for name, old in memory.kept.items()
    )
    same_page = memory.page == page
    is_behind = link == memory.before and time.monotonic() - memory.written_s < BEHIND_S
    went_back = same_page and not touched and bool(link) and link != memory.written and not is_behind
    memory.link_is_all = memory.page is None or went_back
    memory.link = link if memory.link_is_all or not same_page else {}
    if memory.link or not same_page:
        memory.pending = dict(memory.link)
    memory.page, memory.writing = page, {}


def _write_link(memory: _Memory) -> None:
    now = to_link()
    if now != memory.written:
        memory.before, memory.written, memory.written_s = memory.written, now, time.monotonic()
    if st.query_params.to_dict() != memory.written:
        st.query_params.from_dict(memory.written)


def _prepare(name: str, default: Any, parse: Callable[[str], Any], valid: set | None = None) -> None:
    """Give the widget its value before it is drawn, unless the viewer has just given it one."""
    memory, key = _memory(), widget_key(name)
    if name in memory.pending:
        st.session_state[key] = parse(memory.pending.pop(name))
    elif memory.link_is_all and name in memory.kept:
        st.session_state[key] = default
    elif key not in st.session_state or _is_stale(memory, name):
        st.session_state[key] = memory.kept.get(name, default)
    if valid is not None and st.session_state[key] not in valid:
        st.session_state[key] = default


def _is_stale(memory: _Memory, name: str) -> bool:
    """Whether the widget has the value from before a callback chose another, which a timer's request brought again."""
    return name in memory.chosen and st.session_state[widget_key(name)] == memory.chosen[name]


def _keep(name: str, value: Any, text: str, empty: bool = False) -> Any:
    memory = _memory()
    memory.kept[name] = value
    if text or empty:
        memory.writing[name] = text
    return value
