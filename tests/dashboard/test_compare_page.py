"""The page Compare: pairs, recipes, confusions, temperatures and slices."""

from __future__ import annotations

import pytest

from tests.app_driver import open_app, texts
from tests.fixtures_variants import make_variant

pytestmark = pytest.mark.usefixtures("no_browser")


def test_compare_says_how_many_faces_would_tell_two_models_apart(five):
    make_variant(five, "first.near", seed=8, skill=2.9)
    app = open_app("Compare", models="first.good,first.near,second.poor", section="All of it")
    assert "2 of 3 pairs really differ" in texts(app)
    assert "can't be told apart: on" in texts(app)
    assert "faces** would show it 80 times in 100" in texts(app)


def test_compare_shows_only_the_recipe_keys_that_differ(five):
    app = open_app("Compare", models="first.good,first.fair", section="All of it")
    differing = next(frame.value for frame in app.dataframe if "key" in frame.value).set_index("key")
    assert {"framework", "seed"} <= set(differing.index)
    assert "batch_size" not in differing.index


@pytest.mark.parametrize("cells", ["Rows", "Columns", "Counts"])
def test_confusion_differences_need_another_model_than_the_baseline(five, cells):
    app = open_app("Compare", models="first.good", baseline="first.good", difference="yes", cells=cells)
    assert not app.exception
    assert "is the baseline itself" in texts(app)


def test_compare_tells_what_a_temperature_does_to_each_model(five):
    app = open_app("Compare", models="first.good,first.fair", section="All of it")
    table = next(frame.value for frame in app.dataframe if "Temperature" in frame.value)
    assert list(table.index) == ["first.good", "first.fair"]
    assert table["ECE"].str.contains("→").all()


@pytest.mark.parametrize("kind", ["Emotion", "Copies", "Sharpness", "My own list"])
def test_compare_slices_the_faces_or_says_what_it_needs(five, kind):
    app = open_app("Compare", models="first.good,first.fair", section="All of it", slice=kind)
    assert not app.exception and not app.error
    needs = {"Sharpness": "the pictures themselves are needed", "My own list": "Give a list"}
    assert needs.get(kind, "Faces: all faces 140") in texts(app)


def test_a_viewers_own_list_slices_the_faces(five):
    app = open_app("Compare", models="first.good", section="All of it", slice="My own list")
    app.file_uploader[0].set_value(
        ("hats.csv", b"image\nPrivateTest_141\nPrivateTest_142\n", "text/csv")
    ).run()
    assert "Faces: all faces 140, hats 2, not listed 138." in texts(app)
    app.file_uploader[0].set_value(("hats.csv", b"nothing", "text/csv")).run()
    assert "no column `image`" in app.error[0].value


def test_a_difference_that_is_printed_as_none_has_no_arrow(cards):
    make_variant(cards, "a.one", seed=1, latency_ms=2.0)
    make_variant(cards, "a.two", seed=2, latency_ms=2.01)
    app = open_app("Compare", models="a.one,a.two", baseline="a.one")
    cells = app.dataframe[0].value.set_index("id")
    shown = app.dataframe[0]
    assert not app.exception and cells.loc["a.two", "latency_ms"] == 2.01
    assert "▼ ±" not in str(shown.proto) and "▲ ±" not in str(shown.proto)
