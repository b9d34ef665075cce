"""The small marks that say which model is which, as HTML that takes the theme's text colour."""

from __future__ import annotations

import base64
import html
from collections.abc import Collection

from fer_core.charts import ModelStyle

_CHIPS = (
    "<style>.fo-chips{display:flex;flex-wrap:wrap;gap:.35rem .5rem;margin:0 0 .25rem}"
    ".fo-chip{display:inline-flex;align-items:center;gap:.4rem;padding:.12rem .6rem .12rem .45rem;"
    "border:1px solid rgba(135,145,160,.45);border-radius:1rem;font-size:.86rem;max-width:100%;box-sizing:border-box}"
    ".fo-short{border-style:dashed;border-color:currentColor}"
    ".fo-chip small{opacity:.72;font-size:.78rem}</style>"
)
_SHORT_TITLE = ' title="Not trained to its end: longer training may improve it."'
_PATHS = {
    "circle": "M7 2.2a4.8 4.8 0 1 0 .01 0z",
    "square": "M2.8 2.8h8.4v8.4h-8.4z",
    "triangle-up": "M7 2l5.4 9.6h-10.8z",
    "triangle-down": "M7 12l5.4-9.6h-10.8z",
    "triangle-right": "M12 7l-9.6 5.4v-10.8z",
    "triangle-left": "M2 7l9.6-5.4v10.8z",
    "diamond": "M7 1.2l4.6 5.8-4.6 5.8-4.6-5.8z",
    "cross": "M5 1.8h4v3.2h3.2v4h-3.2v3.2h-4v-3.2h-3.2v-4h3.2z",
}


def mark(style: ModelStyle, hollow: bool = False) -> str:
    """The model's shape in its colour, as an HTML image of 14 pixels; its outline alone where ``hollow``."""
    fill, line = ("none", style.colour) if hollow else (style.colour, "none")
    drawing = (
        '<svg xmlns="http://www.w3.org/2000/svg" width="14" height="14" viewBox="0 0 14 14">'
        f'<path d="{_PATHS[style.shape]}" fill="{fill}" stroke="{line}" stroke-width="1.8"/></svg>'
    )
    data = base64.b64encode(drawing.encode()).decode()
    return f'<img width="14" height="14" alt="" src="data:image/svg+xml;base64,{data}">'


def chips(styles: dict[str, ModelStyle], notes: dict[str, str], short: Collection[str] = ()) -> str:
    """One pill a model, wrapped over lines: its mark, its id, and a small note such as "baseline".

    Those in ``short``, which were not trained to their end, have a dashed edge and a hollow mark.
    """
    pills = [
        f'<span class="fo-chip{" fo-short" * (name in short)}"{_SHORT_TITLE * (name in short)}>'
        f"{mark(styles[name], hollow=name in short)}<span>{html.escape(name)}</span>"
        f"{f'<small>{html.escape(note)}</small>' if note else ''}</span>"
        for name, note in notes.items()
    ]
    return f'{_CHIPS}<div class="fo-chips">{"".join(pills)}</div>'
