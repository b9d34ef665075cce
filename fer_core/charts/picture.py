"""A picture in which a box can be drawn."""

from __future__ import annotations

import base64

import altair as alt
import cv2
import numpy as np
import pandas as pd

from fer_core.charts.palette import ACCENT

#: The selection that a box drawn in a :func:`box_picker` makes: ``x`` and ``y``, each from and to, in its pixels.
BOX = "box"
#: The longer side, in pixels, of the picture as it is drawn: telephones have room for it.
SIDE = 340


def box_picker(pixels: np.ndarray) -> alt.Chart:
    """``pixels`` uint8 (H, W, 3) as a chart of SIDE pixels, over which a box is drawn by pointer or finger."""
    height, width = pixels.shape[:2]
    scale = SIDE / max(height, width)
    frame = pd.DataFrame({"url": [_address(pixels, scale)], "x": 0, "y": 0, "x2": width, "y2": height})
    return (
        alt.Chart(frame, padding=0)
        .mark_image(aspect=False)
        .encode(
            x=alt.X("x:Q", axis=None, scale=alt.Scale(domain=[0, width], nice=False)),
            y=alt.Y("y:Q", axis=None, scale=alt.Scale(domain=[0, height], nice=False, reverse=True)),
            x2=alt.X2("x2:Q"),
            y2=alt.Y2("y2:Q"),
            url=alt.Url("url:N"),
        )
        .add_params(
            alt.selection_interval(
                name=BOX,
                encodings=["x", "y"],
                mark=alt.BrushConfig(stroke=ACCENT, strokeWidth=3, fill=ACCENT, fillOpacity=0.15),
            )
        )
        .properties(width=round(width * scale), height=round(height * scale))
        .configure_view(stroke=None)
    )


def _address(pixels: np.ndarray, scale: float) -> str:
    """The picture itself as an address, twice as fine as it is drawn."""
    fine = min(1.0, 2 * scale)
    size = (max(1, round(pixels.shape[1] * fine)), max(1, round(pixels.shape[0] * fine)))
    small = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    packed = cv2.imencode(".jpg", cv2.cvtColor(small, cv2.COLOR_RGB2BGR))[1].tobytes()
    return "data:image/jpeg;base64," + base64.b64encode(packed).decode()
