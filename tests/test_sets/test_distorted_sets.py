"""How models stand up to distortions of a test set's own pictures, kept with the set and apart from FER2013's."""

import numpy as np
import onnx
import pytest

from dashboard.shell import choices
from fer_core.__main__ import main
from fer_core.data.distortions import distort_each
from fer_core.errors import NotAllowedError, RunStoppedError, TaskError
from fer_core.evaluation.distorted_predictions import STEPS
from fer_core.roles.permissions import Identity
from fer_core.test_sets.adding import ReadingOptions, add_set
from fer_core.test_sets.answering_task import start_asking
from fer_core.test_sets.distorted import measure_distorted, read_measured, robustness_frame, unmeasured
from fer_core.test_sets.store import read_pictures, remove_set
from fer_core.variants.card import read_card, write_card
from fer_core.variants.classifier import load_classifier
from fer_core.variants.registry import get_variant, list_variants
from tests.app_driver import go, open_app, texts
from tests.fixtures_variants import coloured_model, make_model, make_variant, use_empty_folders
from tests.labelled_pictures import class_folders, encoded, tinted
from tests.written_files import write_folder

PICTURES = 14


@pytest.fixture
def cards(tmp_path, monkeypatch):
    """Two models, and one kept without its file."""
    folder = use_empty_folders(monkeypatch, tmp_path)[1]
    for seed, name in enumerate(("demo.good", "demo.fair"), 1):
        make_variant(folder, name, seed=seed, skill=3.0, latency_ms=1.0)
    make_variant(folder, "demo.kept", seed=3, with_model=False, model_kept=False)
    return folder


@pytest.fixture
def office(cards, tmp_path):
    return add_set(write_folder(class_folders(each=PICTURES // 7), tmp_path / "office"), "office")


def ids(variants):
    return [each.id for each in variants]


def measure(office, *names, **more):
    return measure_distorted(office, [get_variant(name) for name in names], **more)


def test_each_model_is_measured_once_and_its_answers_are_kept_with_the_set(office):
    able, unable = unmeasured(office, list_variants())
    assert (ids(able), ids(unable)) == (["demo.fair", "demo.good"], ["demo.kept"])
    reported, at = [], []
    assert (
        measure_distorted(office, able, lambda done, total: reported.append((done, total)), at.append) == {}
    )
    assert reported[-1] == (2 * PICTURES * len(STEPS),) * 2
    assert at == ["demo.fair", "demo.good"]
    assert unmeasured(office, list_variants())[0] == []
    measured, errors = read_measured(office, list_variants())
    assert list(measured) == ["demo.fair", "demo.good"] and errors == {}
    assert {each.name for each in (office.folder / "robustness").iterdir()} == {
        "demo.fair.parquet", "demo.good.parquet",
    }  # fmt: skip
    assert get_variant("demo.good").robustness_path is None


def test_the_untouched_faces_are_answered_as_the_set_itself_is(office):
    measure(office, "demo.good")
    table = read_measured(office, list_variants())[0]["demo.good"].table()
    probs = load_classifier("demo.good").predict_proba(np.stack(read_pictures(office)))
    assert table["accuracy"][0] == (probs.argmax(axis=1) == np.repeat(range(7), 2)).mean()


def test_a_model_that_takes_larger_faces_in_colour_is_given_them_distorted(cards, tmp_path):
    onnx.save(coloured_model(), make_variant(cards, "demo.colour") / "model.onnx")
    files = {f"happy/{number}.png": encoded(tinted("happy", number, 64)) for number in range(3)}
    office = add_set(write_folder(files, tmp_path / "a"), "office", ReadingOptions(crop="whole"))
    assert measure(office, "demo.colour") == {}
    predictions = read_measured(office, [get_variant("demo.colour")])[0]["demo.colour"]
    pictures = np.stack(read_pictures(office))
    for step in (1, 17, 40):
        probs = load_classifier("demo.colour").predict_proba(distort_each(pictures, *STEPS[step]))
        assert np.array_equal(predictions.predicted[step], probs.argmax(axis=1))
        assert np.allclose(predictions.given[step], probs[:, 3], atol=1e-6)


def test_who_was_trained_anew_or_has_learnt_from_the_set_is_not_told(office, cards):
    measure(office, "demo.good", "demo.fair")
    onnx.save(make_model(7), cards / "demo.good" / "model.onnx")
    write_card(cards / "demo.fair", read_card(cards / "demo.fair").faceoff | {"extra": ["office"]})
    assert read_measured(office, list_variants()) == ({}, {})
    assert ids(unmeasured(office, list_variants())[0]) == ["demo.good"]


def test_measuring_goes_on_where_it_was_stopped_and_one_that_fails_stops_no_other(office, cards):
    stops = iter([False] * len(STEPS) + [True])
    with pytest.raises(RunStoppedError):
        measure(office, "demo.good", "demo.fair", should_stop=lambda: next(stops))
    assert ids(unmeasured(office, list_variants())[0]) == ["demo.fair"]
    task = start_asking("office", ["demo.fair"], Identity(has_token=True), distorted=True)
    task.cancel()
    with pytest.raises(TaskError, match="was cancelled; those that were finished are kept"):
        task.result()
    start_asking("office", ["demo.good", "demo.fair"], Identity(has_token=True), distorted=True).result()
    assert unmeasured(office, list_variants())[0] == []
    (cards / "demo.fair" / "model.onnx").write_bytes(b"no model")
    assert list(measure(office, "demo.fair", "demo.good")) == ["demo.fair"]


def test_only_trainers_measure_and_a_set_that_is_gone_does_not_come_back(office):
    with pytest.raises(NotAllowedError):
        measure(office, by=Identity())
    with pytest.raises(NotAllowedError):
        start_asking("office", [], Identity(), distorted=True)
    measure(office, "demo.good", at=lambda name: remove_set("office"))
    assert not office.folder.exists()


def test_how_firmly_models_stand_is_told_with_intervals_and_paired_differences(office):
    measure(office, "demo.good", "demo.fair")
    measured = read_measured(office, list_variants())[0]
    frame = robustness_frame(measured, measured["demo.fair"]).set_index("variant")
    first, last = frame.index
    assert frame.loc[first, "behind"] == 0 >= frame.loc[last, "behind"]
    assert frame.loc["demo.fair", "mce"] == pytest.approx(1)
    for row in frame.itertuples():
        assert row.mean_lo <= row.mean <= row.mean_hi
        assert row.clean_lo <= row.clean <= row.clean_hi
        assert row.behind_lo <= row.behind <= row.behind_hi
    assert set(frame["faces"]) == {PICTURES}
    assert len(robustness_frame({})) == 0


def test_the_command_line_measures_on_a_set_and_says_who_can_t_be(office, capsys):
    assert main(["robustness", "demo.good", "demo.fair", "--on", "office"]) == 0
    said = capsys.readouterr().out
    assert "14 faces of office, in brackets the 95 % interval" in said
    assert {line.split()[0] for line in said.splitlines()[-2:]} == {"demo.good", "demo.fair"}
    assert main(["robustness", "demo.kept", "--on", "office"]) == 1
    assert "demo.kept: kept without the model file" in capsys.readouterr().out
    assert main(["robustness", "demo.good", "--on", "ofice"]) == 1
    assert "did you mean office?" in capsys.readouterr().err


def test_the_page_follows_the_set_and_keeps_fer2013_apart(office, cards):
    link = {"models": "demo.good,demo.fair,demo.kept", "on": "office"}
    app = go(open_app(), "Robustness", **link)
    assert not app.exception
    assert "Measured on **office**: 14 faces of your own" in texts(app)
    (button,) = [each for each in app.button if each.label == "Measure 2 models on office"]
    assert button.disabled  # for a stranger
    measure(office, "demo.good", "demo.fair")
    app = go(open_app(), "Robustness", **link, baseline="demo.fair")
    assert not app.exception
    said = texts(app)
    assert "stands up best: over all distortions right on" in said and "give or take" in said
    assert "Kept here without a model file, so without answers to office: demo.kept." in said
    assert "measured on FER2013 alone" in said
    table = app.dataframe[0].value
    assert set(table["Model"]) == {"demo.good", "demo.fair"}
    assert "The report's five" not in table
    assert app.selectbox(key=choices.widget_key("on")).value == "office"
    assert "demo.good" not in texts(go(open_app(), "Robustness", models="demo.fair"))
