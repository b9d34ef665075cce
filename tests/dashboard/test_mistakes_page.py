"""The page that shows which faces fool the models, with the data set and without."""

from __future__ import annotations

import shutil

import numpy as np
import pytest

from dashboard.shell import choices
from fer_core import paths
from fer_core.data.schematic import schematic_dataset
from fer_core.data.split import Split
from fer_core.data.store import build_dataset, store_dataset
from fer_core.emotions import EMOTIONS
from fer_core.evaluation.mistakes import KINDS, cell, one_right_one_wrong, surest_wrong
from fer_core.evaluation.predictions import Predictions, read_predictions, write_predictions
from fer_core.evaluation.sheet import answer_sheet
from fer_core.variants.registry import get_variant
from tests.app_driver import go, in_link, open_app, texts
from tests.fixtures_variants import make_predictions, make_variant

pytestmark = pytest.mark.usefixtures("no_browser")

TESTING = 70
#: PrivateTest pictures put into Training too, and what they are labelled there.
IN_DOUBT, LEAKED = 3, 8
#: A model file with layers to explain; taken before the tests hide what ships.
CONVOLUTIONAL = paths.SHIPPED_CARDS / "ece176.customnet_10" / paths.MODEL


@pytest.fixture
def pair(cards):
    """Two variants of known answers, without their pictures."""
    for seed, (name, skill) in enumerate({"a.good": 2.5, "a.poor": 1.0}.items(), start=1):
        make_variant(cards, name, seed=seed, skill=skill)
    return cards


@pytest.fixture
def pictured(pair):
    """The same, measured on an imported data set of drawn faces, in which two test pictures stand in Training."""
    dataset = with_copies(schematic_dataset(70, TESTING).splits)
    store_dataset(dataset)
    for seed, (name, skill) in enumerate({"a.good": 2.5, "a.poor": 1.0}.items(), start=1):
        write_predictions(pair / name / paths.PREDICTIONS, answers_for(dataset, seed, skill))
    return dataset


def with_copies(splits):
    private, training = splits["PrivateTest"], splits["Training"]
    copied = private.take(np.array([IN_DOUBT, LEAKED]))
    copied.labels[0] = EMOTIONS.index("surprise")
    parts = [np.concatenate([getattr(each, kind) for each in (training, copied)]) for kind in vars(copied)]
    return build_dataset(splits | {"Training": Split(*parts)}, "drawn faces")


def answers_for(dataset, seed, skill) -> Predictions:
    """Random answers of that skill about the pictures of ``dataset``."""
    drawn = make_predictions(TESTING, seed, skill)
    tests = [dataset.split("PublicTest"), dataset.split("PrivateTest")]
    image = np.concatenate([split.names for split in tests])
    label = np.concatenate([split.labels for split in tests])
    leaked = np.zeros(2 * TESTING, bool)
    leaked[[TESTING + IN_DOUBT, TESTING + LEAKED]] = True
    assert np.array_equal(label, drawn.label)
    return Predictions(drawn.split, image, label, leaked, drawn.probs)


def sheet(split="PrivateTest"):
    names = ("a.good", "a.poor")
    return answer_sheet({name: read_predictions(get_variant(name).predictions_path) for name in names}).of(
        split
    )


def cards_of(app) -> list[str]:
    """The HTML of each face's card."""
    return [
        element.proto.body for element in app.get("html") if '<div class="fo-face">' in element.proto.body
    ]


def names_of(app) -> list[str]:
    return [body.split('class="fo-name">')[1].split(",")[0] for body in cards_of(app)]


def test_the_surest_wrong_answers_of_the_first_model_are_shown_at_once(pictured):
    app = open_app("Mistakes")
    assert not app.exception and not app.error
    answers = sheet()
    expected = answers.image[surest_wrong(answers, "a.good")]
    assert f"**a.good** is wrong on **{len(expected)} of {TESTING} faces**" in texts(app)
    assert names_of(app) == expected[:12].tolist()
    assert all("data:image/png;base64," in body for body in cards_of(app))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("split", ["PrivateTest", "PublicTest"])
def test_every_search_can_be_followed_by_a_link(pictured, kind, split):
    app = open_app("Mistakes", kind=kind, split=split, first="a.poor")
    assert not app.exception and not app.error
    assert in_link(app, "kind") == (None if kind == "surest_wrong" else kind)
    assert in_link(app, "first") == "a.poor"
    assert "faces**" in texts(app)


def test_a_cell_is_chosen_by_name_and_stands_in_the_link(pictured):
    app = open_app("Mistakes")
    assert [app.selectbox(key=choices.widget_key(side)).value for side in ("true", "answered")] == [None] * 2
    app.selectbox(key=choices.widget_key("true")).set_value("sad").run()
    assert app.selectbox(key=choices.widget_key("answered")).value is not None
    app.selectbox(key=choices.widget_key("answered")).set_value("sad").run()
    answers = sheet()
    expected = answers.image[cell(answers, "a.good", "sad", "sad")]
    assert app.selectbox(key=choices.widget_key("kind")).value == "cell"
    assert [in_link(app, name) for name in ("kind", "true", "answered")] == ["cell", "sad", "sad"]
    assert names_of(app) == expected[:12].tolist()
    app.selectbox(key=choices.widget_key("kind")).set_value("surest_wrong").run()
    assert [app.selectbox(key=choices.widget_key(side)).value for side in ("true", "answered")] == [None] * 2
    assert in_link(app, "true") is None


def test_a_pair_is_asked_in_its_direction(pictured):
    app = open_app("Mistakes", kind="one_right_one_wrong", first="a.poor", second="a.good")
    answers = sheet()
    assert names_of(app) == answers.image[one_right_one_wrong(answers, "a.poor", "a.good")][:12].tolist()
    assert "**a.poor** is right and **a.good** is wrong" in texts(app)


def test_a_second_page_shows_the_next_faces_and_another_search_begins_at_the_first(pictured):
    app = open_app("Mistakes", first="a.poor", faces="2")
    answers = sheet()
    expected = answers.image[surest_wrong(answers, "a.poor")]
    assert names_of(app) == expected[12:24].tolist()
    assert in_link(app, "faces") == "2"
    app.selectbox(key=choices.widget_key("kind")).set_value("all_wrong").run()
    assert in_link(app, "faces") is None
    assert "Faces 1 to" in texts(app)


def test_doubtful_labels_and_leaked_pictures_are_marked(pictured):
    link = {"kind": "cell", "first": "a.good"}
    split = pictured.split("PrivateTest")
    found = {}
    for row in (IN_DOUBT, LEAKED):
        answers = sheet()
        emotions = EMOTIONS[split.labels[row]], EMOTIONS[answers.predicted[0, row]]
        app = open_app("Mistakes", true=emotions[0], answered=emotions[1], **link)
        found[row] = next(body for body in cards_of(app) if split.names[row] in body)
    assert "copies of this picture carry other labels (surprise)" in found[IN_DOUBT]
    assert "A copy stands in Training." in found[IN_DOUBT]
    assert "other labels" not in found[LEAKED]
    assert "A copy stands in Training." in found[LEAKED]


def test_leaked_faces_can_be_left_out(pictured):
    app = open_app("Mistakes", clean="yes")
    assert f"of {TESTING - 2} faces**" in texts(app)
    assert "A copy stands" not in "".join(cards_of(app))


def test_without_the_data_set_the_list_stands_and_the_import_is_told(pair):
    app = open_app("Mistakes")
    assert not app.exception
    assert "Each row is a test face by its name in FER2013" in texts(app)
    answers = sheet()
    table = next(frame.value for frame in app.dataframe if "Labelled" in frame.value)
    assert table["Picture"].tolist() == answers.image[surest_wrong(answers, "a.good")][:12].tolist()
    assert {"a.good", "a.poor"} <= set(table.columns)
    assert [button.label for button in app.get("download_button")]


def test_pictures_of_another_data_set_are_not_shown_for_these(pair):
    dataset = schematic_dataset(70, TESTING)
    store_dataset(build_dataset(dataset.splits, "other faces"))
    app = open_app("Mistakes")
    assert "These models were measured on other faces than are imported here" in texts(app)
    assert cards_of(app) == []


def test_one_model_alone_is_not_asked_about_pairs(pair):
    app = open_app("Mistakes", models="a.good")
    offered = app.selectbox(key=choices.widget_key("kind")).options
    assert offered == [kind.title for kind in KINDS.values() if kind.models < 2]


def test_a_model_of_other_faces_is_named_and_left_out(pair):
    make_variant(pair, "b.other", seed=8, faces_per_split=70)
    app = open_app("Mistakes", models="a.good,b.other,a.poor")
    assert [error.value for error in app.error] == [
        "b.other was measured on other faces than a.good: they can't answer together."
    ]
    assert app.selectbox(key=choices.widget_key("first")).options == ["a.good", "a.poor"]


def test_a_search_that_finds_nothing_says_so(pictured):
    answers = sheet()
    counts = [
        (t, p)
        for t in range(7)
        for p in range(7)
        if not len(cell(answers, "a.good", EMOTIONS[t], EMOTIONS[p]))
    ]
    true, predicted = counts[0]
    app = open_app("Mistakes", kind="cell", true=EMOTIONS[true], answered=EMOTIONS[predicted])
    assert "No face is like that." in texts(app)


def test_heat_maps_stand_on_every_card_on_demand_and_a_model_without_any_is_named(pictured):
    shutil.copy(CONVOLUTIONAL, get_variant("a.good").model_path)
    app = open_app("Mistakes")
    assert "Heat map" not in "".join(cards_of(app))
    app = go(app, "Mistakes", heat="yes")
    assert not app.exception and not app.error
    assert [body.count('alt="Heat map: a.good on') for body in cards_of(app)] == [1] * len(cards_of(app))
    assert "Heat map: a.poor" not in "".join(cards_of(app))
    assert any("a.poor" in info.value for info in app.info)
