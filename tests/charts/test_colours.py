"""Colours stand out in both themes, and every model has a style of its own that it keeps."""

from __future__ import annotations

import numpy as np
import pytest

from fer_core import charts
from fer_core.charts.palette import ACCENT, BETTER, DEEP_TINT, INK, WORSE
from fer_core.emotions import EMOTIONS
from tests.charts.examples import IDS

LIGHT, DARK = "#ffffff", "#11161d"


def luminance(colour: str) -> float:
    """Relative luminance of ``#rrggbb`` as WCAG defines it."""
    channels = np.array([int(colour[start : start + 2], 16) for start in (1, 3, 5)]) / 255
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def blend(colour: str, background: str, opacity: float) -> str:
    """What is seen where ``colour`` lies over ``background``."""
    over, under = (np.array([int(hue[at : at + 2], 16) for at in (1, 3, 5)]) for hue in (colour, background))
    return "#" + "".join(f"{round(value):02x}" for value in opacity * over + (1 - opacity) * under)


def test_text_takes_the_colour_of_the_page():
    assert INK == "currentColor"


@pytest.mark.parametrize("background", [LIGHT, DARK])
@pytest.mark.parametrize("colour", [*charts.EMOTION_COLOURS.values(), ACCENT, BETTER, WORSE])
def test_every_fixed_colour_stands_out_in_both_themes(colour, background):
    assert contrast(colour, background) >= 2.9


@pytest.mark.parametrize("background", [LIGHT, DARK])
def test_every_model_colour_stands_out_in_both_themes(background):
    for style in charts.model_styles([f"family.model{number}" for number in range(16)]).values():
        assert contrast(style.colour, background) >= 2.9


@pytest.mark.parametrize(("background", "text"), [(LIGHT, "#1e2733"), (DARK, "#e4e9f0")])
@pytest.mark.parametrize("fill", [ACCENT, WORSE])
def test_numbers_can_be_read_on_cells_of_every_tint(fill, background, text):
    for tint in np.linspace(0, 1, 51):
        opacity = np.interp(tint, [0, 1], [0.03, 1])
        ink = "#ffffff" if tint > DEEP_TINT else text
        assert contrast(ink, blend(fill, background, opacity)) >= 3


def test_the_first_eight_models_differ_in_colour_shape_and_dash():
    styles = charts.model_styles([f"family.model{number}" for number in range(8)]).values()
    for kind in ("colour", "shape", "dash"):
        assert len({getattr(style, kind) for style in styles}) == 8


def test_sixty_models_all_look_different():
    styles = charts.model_styles([f"family.model{number}" for number in range(60)])
    assert len({(style.colour, style.shape, style.dash) for style in styles.values()}) == 60


@pytest.mark.parametrize("order", [1, -1], ids=["parents first", "children first"])
def test_a_child_never_has_its_parents_colour(order):
    ids = [f"family.model{number}" for number in range(40)]
    parents = {ids[number]: ids[number // 3] for number in range(1, 40)}
    styles = charts.model_styles(ids[::order], parents)
    assert all(styles[child].colour != styles[parent].colour for child, parent in parents.items())
    assert len({(style.colour, style.shape) for style in styles.values()}) == len(ids)


@pytest.mark.parametrize("order", [1, -1], ids=["parent first", "children first"])
def test_a_parent_of_more_children_than_there_are_colours_has_one_as_well(order):
    ids = [f"family.model{number}" for number in range(20)]
    styles = charts.model_styles(ids[::order], dict.fromkeys(ids[1:], ids[0]))
    assert len({(style.colour, style.shape) for style in styles.values()}) == len(ids)
    if order == 1:
        assert all(styles[child].colour != styles[ids[0]].colour for child in ids[1:])


def test_a_model_keeps_its_style_when_others_come_after_it():
    before = charts.model_styles(IDS)
    after = charts.model_styles([*IDS, "new.one", "new.two"])
    assert {name: after[name] for name in IDS} == before


def test_emotions_have_one_colour_each_in_the_one_order():
    assert tuple(charts.EMOTION_COLOURS) == EMOTIONS
    assert len(set(charts.EMOTION_COLOURS.values())) == len(EMOTIONS)
