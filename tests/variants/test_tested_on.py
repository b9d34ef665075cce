"""On which faces figures were measured is said wherever they could be set side by side."""

from __future__ import annotations

import pytest

from fer_core.recipes.sections import DataSpec
from fer_core.variants.registry import get_variant
from fer_core.variants.tested_on import curves_of, curves_on, faces_of, grouped, warning
from tests.app_driver import open_app, texts
from tests.fixtures_variants import make_variant, use_empty_folders

DRAWN = {"dataset": "schematic faces, seed 0"}


@pytest.fixture
def cards(tmp_path, monkeypatch):
    _, local = use_empty_folders(monkeypatch, tmp_path)
    make_variant(local, "a.real", dataset="FER2013", latency_ms=1.0)
    make_variant(local, "a.drawn", **DRAWN)
    make_variant(local, "a.dealt", dataset="FER2013", protocol="pisa-80-20")
    make_variant(local, "a.other", dataset="holiday pictures")
    return local


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("a.real", "140 FER2013 faces"),
        ("a.drawn", "140 drawn faces"),
        ("a.dealt", "140 FER2013 faces under pisa-80-20"),
        ("a.other", "140 faces of holiday pictures"),
    ],
)
def test_faces_are_counted_and_named(cards, name, said):
    assert faces_of(get_variant(name)) == said


OFFICIAL_CURVES = (
    "Dotted, training: measured on Training, while the model learns from these faces. "
    "Solid, validation: on PublicTest, from which it learns nothing."
)


@pytest.mark.parametrize(
    ("data", "name", "learnt", "chosen"),
    [
        (DataSpec(), "", "Training", "PublicTest"),
        (DataSpec(), DRAWN["dataset"], "Training (drawn faces)", "PublicTest (drawn faces)"),
        (DataSpec(share=0.1, extra=["office"]), "", "10 % of Training and office", "PublicTest"),
        (DataSpec(hold_out=0.2), "", "Training, 20 % of them held out", "PublicTest"),
        (DataSpec(protocol="cos429-85-15"), "", "85 % of Training", "the other 15 %"),
    ],
)
def test_learning_curves_say_on_which_faces_they_were_measured(data, name, learnt, chosen):
    said = curves_on(data, name)
    assert f"measured on {learnt}, while" in said and f"validation: on {chosen}, from" in said


def test_what_is_told_of_all_stands_once_and_else_with_whom_it_is_told_of(cards):
    shipped = get_variant("a.real")
    assert curves_of(shipped) in ("", OFFICIAL_CURVES)
    assert grouped({"a": "same.", "b": "same."}) == ["same."]
    assert grouped({"a": "same.", "b": "other.", "c": "same."}) == ["**a and c**: same.", "**b**: other."]
    assert grouped({"a": "known.", "b": ""}) == ["**a**: known."]
    assert grouped({"a": ""}) == []


def test_figures_of_different_faces_are_warned_of_and_so_are_drawn_ones_alone(cards):
    real, drawn = get_variant("a.real"), get_variant("a.drawn")
    assert warning([real]) == ""
    assert warning([drawn]) == "Measured on 140 drawn faces: no figure here is about real faces."
    assert warning([real, drawn]) == (
        "Measured on different faces, **a.real** on 140 FER2013 faces and **a.drawn** on 140 drawn faces: figures of "
        "one can't be set beside those of another."
    )


def test_compare_and_the_sidebar_say_it_before_any_figure(cards):
    app = open_app(models="a.real,a.drawn")
    assert "a.drawn: its own figures are on 140 drawn faces." in [
        caption.value for caption in app.sidebar.caption
    ]
    app.switch_page("pages/compare.py").run()
    assert not app.exception
    assert "Measured on different faces" in texts(app)


def test_a_recipe_has_no_faces_to_be_warned_of(cards):
    make_variant(cards, "a.recipe", status="recipe-only", protocol="cos429-85-15")
    assert warning([get_variant("a.recipe")]) == ""
    assert warning([get_variant("a.recipe"), get_variant("a.real")]) == ""
