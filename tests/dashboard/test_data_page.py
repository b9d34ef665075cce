"""The page that shows what models were trained on, with the data set and without."""

from __future__ import annotations

import numpy as np
import pytest

from dashboard.faces.preparations import settings_words
from dashboard.shell import choices
from fer_core import paths
from fer_core.data.preparations import PREPARATIONS
from fer_core.data.protocols import PROTOCOLS
from fer_core.data.schematic import schematic_dataset
from fer_core.data.split import Split
from fer_core.data.store import build_dataset, store_dataset
from fer_core.emotions import EMOTIONS
from fer_core.evaluation.metrics import card_metrics
from fer_core.recipes.library import list_recipes
from fer_core.recipes.recipe import read_recipe
from tests.app_driver import in_link, open_app, texts
from tests.fixtures_variants import make_predictions, make_variant

pytestmark = pytest.mark.usefixtures("no_browser")

TRAINING, TESTING = 70, 35


def joined(*splits: Split) -> Split:
    return Split(*(np.concatenate([getattr(each, kind) for each in splits]) for kind in vars(splits[0])))


@pytest.fixture
def imported(five):
    """Drawn faces, two of PrivateTest and one of PublicTest in Training too, one of them under another label."""
    splits = dict(schematic_dataset(TRAINING, TESTING).splits)
    private, public = splits["PrivateTest"].take(np.array([0, 1])), splits["PublicTest"].take(np.array([4]))
    private.labels[0] = EMOTIONS.index("surprise")
    splits["Training"] = joined(splits["Training"], private, public)
    dataset = build_dataset(splits, "drawn faces")
    store_dataset(dataset)
    return dataset


def data_page(**link: str):
    app = open_app("Data", **link)
    assert not app.exception
    return app


def strips(app) -> list[str]:
    """The HTML of each row of faces."""
    return [
        element.proto.body for element in app.get("html") if '<div class="fo-strip">' in element.proto.body
    ]


def pictures(app) -> int:
    return sum(body.count("<img") for body in strips(app))


def test_counts_leaks_and_samples_are_shown_at_once(imported):
    app = data_page()
    assert not app.error
    assert f"**drawn faces**: {TRAINING + 3 + 2 * TESTING} grey faces of 48 × 48 pixels" in texts(app)
    table = next(frame.value for frame in app.dataframe if "disgust" in frame.value)
    assert table.loc["PrivateTest", "all"] == TESTING
    assert table.loc["Training", "surprise"] == TRAINING // 7 + 1
    audit = imported.manifest["audit"]
    assert [metric.value for metric in app.metric] == [
        str(audit[name])
        for name in ("private_in_training", "private_in_training_or_public", "conflicting_groups")
    ] + [str(audit["splits"]["Training"]["near_blank"])]
    assert [metric.value for metric in app.metric][:3] == ["2", "2", "1"]
    assert pictures(app) == 6 * 7


def test_what_copies_add_is_the_difference_of_the_cards_figures(five):
    app = data_page()
    table = next(frame.value for frame in app.dataframe if "Copies add" in frame.value)
    assert table["Model"].tolist()[0] == "first.good"
    difference = table["All test faces"].astype(float) - table["Without copies"].astype(float)
    shown = table["Copies add"].str.replace("−", "-").str.replace("±", "").astype(float)
    assert shown.tolist() == pytest.approx(difference.tolist(), abs=0.11)


def test_a_card_that_its_predictions_contradict_is_left_out_with_the_reason(imported):
    figures = card_metrics(make_predictions(seed=9, skill=0.1))
    make_variant(paths.local_cards(), "a.boastful", seed=8, skill=1.0, metrics=figures)
    app = data_page()
    assert any("a.boastful: its card says" in error.value for error in app.error)
    shown = next(table.value for table in app.dataframe if "Copies add" in table.value)
    assert len(shown) and "a.boastful" not in set(shown["Model"])


def test_without_the_data_set_what_is_known_stands_and_the_import_is_told(five):
    app = data_page()
    assert not app.error
    said = texts(app)
    assert "FER2013 is to be had free of charge from [Kaggle]" in said
    assert "measured on **140 test faces**, of which **14** are also in Training or PublicTest" in said
    table = next(frame.value for frame in app.dataframe if "disgust" in frame.value)
    assert table.loc["PublicTest"].tolist() == [20] * 7 + [140]
    assert strips(app) == []


def test_other_samples_can_be_leafed_to_and_are_the_same_for_everybody(imported):
    first, again, other = (strips(data_page(samples="PublicTest", drawn=page)) for page in ("1", "1", "2"))
    assert first == again != other


@pytest.mark.parametrize(
    ("wish", "groups"), [("All", 3), ("Across splits", 3), ("Labels in conflict", 1), ("Within one split", 0)]
)
def test_groups_of_copies_stand_side_by_side(imported, wish, groups):
    app = data_page(part_of_data="Copies", copies=wish)
    assert len(strips(app)) == groups
    assert ("There is no such group." in texts(app)) == (groups == 0)
    marked = "".join(strips(app)).count('class="fo-marked"')
    assert marked == (2 if wish != "Within one split" else 0)  # of two labels, each is in doubt


def test_a_data_set_without_copies_is_praised(five):
    store_dataset(build_dataset(schematic_dataset(28, 14).splits, "drawn faces"))
    app = data_page(part_of_data="Copies")
    assert [element.value for element in app.success] == [
        "No picture of this data set is an exact copy of another."
    ]


@pytest.mark.parametrize("name", PREPARATIONS)
def test_each_preparation_tells_its_counts_and_whether_it_touches_a_test_face(imported, name):
    app = data_page(part_of_data="Preparations", preparation=name, touch="yes")
    table = next(frame.value for frame in app.dataframe if "after" in frame.value)
    before = imported.split("Training").counts()
    assert table["before"].to_dict() == before
    assert (table["after"].nunique() == 1) == (name in ("expanded", "balanced"))
    assert "training pictures are exact copies of test pictures" in texts(app)
    assert bool(strips(app)) == (name in ("expanded", "balanced"))
    assert ("How much each picture counts" in texts(app)) == (name == "class_weight")


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_every_protocol_is_compared_with_its_own_test_faces(imported, protocol):
    app = data_page(part_of_data="Preparations", preparation="raw", protocol=protocol, touch="yes")
    assert app.selectbox(key=choices.widget_key("protocol")).value == protocol
    assert len(app.warning) + len(app.success) == 1


def test_nothing_is_prepared_before_it_is_asked_for(imported):
    app = data_page(part_of_data="Preparations", preparation="balanced")
    assert "1 faces of PublicTest and 2 of PrivateTest have an exact copy" in app.warning[0].value
    app.toggle(key=choices.widget_key("touch")).set_value(True).run()
    (warning,) = app.warning
    assert "training pictures are exact copies of test pictures" in warning.value
    assert in_link(app, "touch") == "yes"


def test_more_and_stronger_copies_are_counted_and_shown(imported):
    link = {"part_of_data": "Preparations", "preparation": "balanced"}
    plain = data_page(**link)
    more = data_page(**link, target="10,000", strength="Twice")
    assert not more.exception
    table = next(frame.value for frame in more.dataframe if "after" in frame.value)
    assert set(table["after"]) <= {0, 10_000}
    assert strips(more) != strips(plain)


@pytest.mark.parametrize(("recipe", "changes"), [("pisa.cnn6", True), ("hust.no_augmentation", False)])
def test_a_recipes_augmentation_is_shown_on_faces(imported, recipe, changes):
    assert recipe in list_recipes()
    app = data_page(part_of_data="Augmentation", augmented=recipe)
    assert not app.error
    assert bool(strips(app)) == changes
    assert ("changes no picture" in texts(app)) == (not changes)
    assert strips(app) == strips(data_page(part_of_data="Augmentation", augmented=recipe))


def test_a_damaged_data_set_is_told_in_a_sentence(imported):
    (paths.data() / "manifest.json").write_text("{")
    app = open_app("Data")
    assert not app.exception
    assert "is damaged: import the data set again" in app.error[0].value


def test_every_setting_of_every_recipes_augmentation_is_said_with_its_unit():
    for file in list_recipes().values():
        settings = read_recipe(file).data.augmentation
        for words in settings_words(settings) if settings else ():
            assert "**" in words and "True" not in words, words
            assert "0." not in words or "°" in words, "a share stands as percent"
