"""How models do on your own faces: answered once, kept with the set, and never mixed with FER2013's figures."""

import shutil

import cv2
import numpy as np
import onnx
import pytest

from fer_core.__main__ import main
from fer_core.comparison.leaderboard import leaderboard_frame
from fer_core.comparison.standings import read_outcomes, standings_frame
from fer_core.data.schematic import schematic_dataset
from fer_core.data.store import build_dataset, store_dataset
from fer_core.errors import CardError, NotAllowedError, RunStoppedError, TaskError
from fer_core.evaluation.predictions import read_predictions
from fer_core.evaluation.significance import faces_needed, smallest_difference
from fer_core.handout.page import make_handout
from fer_core.roles.permissions import Identity
from fer_core.test_sets.adding import ReadingOptions, add_set
from fer_core.test_sets.answering import ask_variants, unanswered
from fer_core.test_sets.answering_task import start_asking
from fer_core.test_sets.measured import measured_on
from fer_core.test_sets.store import read_faces, read_pictures
from fer_core.variants.classifier import load_classifier
from fer_core.variants.registry import get_variant, list_variants
from tests.app_driver import open_app, texts
from tests.fixtures_variants import coloured_model, make_model, make_variant, use_empty_folders
from tests.labelled_pictures import CK, class_folders, encoded, tinted
from tests.written_files import write_folder


@pytest.fixture
def cards(tmp_path, monkeypatch):
    """Two models, one kept without its file, and a recipe."""
    folder = use_empty_folders(monkeypatch, tmp_path)[1]
    for seed, name in enumerate(("demo.good", "demo.fair"), 1):
        make_variant(folder, name, seed=seed, skill=3.0, latency_ms=1.0)
    make_variant(folder, "demo.kept", seed=3, with_model=False, model_kept=False)
    make_variant(folder, "demo.recipe", seed=4, status="recipe-only")
    return folder


@pytest.fixture
def office(cards, tmp_path):
    return add_set(write_folder(class_folders(each=4), tmp_path / "office"), "office")


def ids(variants):
    return [each.id for each in variants]


def test_each_model_answers_once_and_its_figures_are_of_the_set(office):
    able, unable = unanswered(office, list_variants())
    assert (ids(able), ids(unable)) == (["demo.fair", "demo.good"], ["demo.kept"])
    reported = []
    assert ask_variants(office, able, lambda done, total: reported.append((done, total))) == {}
    assert reported[-1] == (56, 56)
    assert unanswered(office, list_variants())[0] == []
    fair, good = measured_on(office, list_variants())
    faces = read_faces(office)
    right = load_classifier("demo.good").predict_proba(faces.faces).argmax(axis=1) == faces.labels
    assert good.metrics()["accuracy"] == right.mean()
    assert good.metrics()["n"] == 28
    assert get_variant("demo.good").metrics()["n"] == 140
    assert good.own_predictions_path != good.predictions_path
    frame = leaderboard_frame([fair, good], "demo.fair")
    assert set(frame["protocol"]) == {"measured on office"}
    reading = read_outcomes([fair, good])
    assert not reading.contradictions
    assert len(standings_frame(reading, "demo.fair")) == 2


def test_the_command_line_compares_on_the_set_and_names_who_has_not_answered(office, tmp_path, capsys):
    ask_variants(office, unanswered(office, list_variants())[0])
    page = tmp_path / "handout.html"
    assert main(["compare", "--on", "office", "demo.good", "demo.fair", "demo.kept"]) == 0
    assert main(["handout", "--on", "office", "--out", str(page), "demo.good", "demo.fair"]) == 0
    said = capsys.readouterr().out
    assert "demo.kept has not answered office." in said
    assert "28 faces of office" in said
    assert "office: 28 faces of its owner&#39;s, not FER2013" in page.read_text()
    assert main(["compare", "--on", "ofice", "demo.good", "demo.fair"]) == 1
    assert "There is no test set 'ofice'; did you mean office?" in capsys.readouterr().err


def test_a_model_that_was_trained_anew_is_asked_anew(office, cards):
    ask_variants(office, unanswered(office, list_variants())[0])
    onnx.save(make_model(7), cards / "demo.good" / "model.onnx")
    assert ids(unanswered(office, list_variants())[0]) == ["demo.good"]
    assert ids(measured_on(office, list_variants())) == ["demo.fair"]


def test_asking_goes_on_where_it_was_stopped(office):
    able = unanswered(office, list_variants())[0]
    stops = iter([False, True])
    with pytest.raises(RunStoppedError):
        ask_variants(office, able, should_stop=lambda: next(stops))
    left = unanswered(office, list_variants())[0]
    assert ids(left) == ["demo.good"]
    task = start_asking("office", ids(able), Identity(has_token=True))
    task.cancel()
    with pytest.raises(TaskError, match="was cancelled; those that were finished have answered"):
        task.result()
    start_asking("office", ids(able), Identity(has_token=True)).result()
    assert unanswered(office, list_variants())[0] == []


def test_a_model_that_fails_keeps_no_other_from_answering(office, cards):
    (cards / "demo.fair" / "model.onnx").write_bytes(b"no model")
    errors = ask_variants(office, unanswered(office, list_variants())[0])
    assert list(errors) == ["demo.fair"]
    assert ids(measured_on(office, list_variants())) == ["demo.good"]


def test_a_model_that_takes_larger_faces_in_colour_is_given_them(cards, tmp_path):
    onnx.save(coloured_model(), make_variant(cards, "demo.colour") / "model.onnx")
    files = {f"happy/{number}.png": encoded(tinted("happy", number, 100)) for number in range(3)}
    office = add_set(write_folder(files, tmp_path / "a"), "office", ReadingOptions(crop="whole"))
    assert ask_variants(office, [get_variant("demo.colour")]) == {}
    answers = read_predictions(office.answers_path("demo.colour"))
    taken = np.stack(
        [cv2.resize(each, (64, 64), interpolation=cv2.INTER_AREA) for each in read_pictures(office)]
    )
    assert np.allclose(answers.probs, load_classifier("demo.colour").predict_proba(taken), atol=1e-6)
    assert not np.allclose(
        answers.probs, load_classifier("demo.colour").predict_proba(read_faces(office).faces), atol=1e-3
    )


def test_only_trainers_ask(office):
    with pytest.raises(NotAllowedError):
        ask_variants(office, [], by=Identity())
    with pytest.raises(NotAllowedError):
        start_asking("office", [], Identity())


def test_copies_of_training_pictures_are_no_clean_faces(cards, tmp_path):
    dataset = build_dataset(schematic_dataset(70, 35, seed=9).splits, "drawn")
    store_dataset(dataset)
    copied = dataset.split("Training").faces[0]
    files = class_folders() | {"happy/copy.png": encoded(copied), "happy/own.png": encoded(copied.T)}
    office = add_set(write_folder(files, tmp_path / "a"), "office")
    ask_variants(office, [get_variant("demo.good")])
    (good,) = measured_on(office, [get_variant("demo.good")])
    assert (good.metrics()["n"], good.metrics("private_test_clean")["n"]) == (16, 15)


def test_a_set_that_training_knows_whole_has_no_clean_figure(cards, tmp_path):
    dataset = build_dataset(schematic_dataset(70, 35, seed=9).splits, "drawn")
    store_dataset(dataset)
    split = dataset.split("Training")
    files = {f"happy/{row}.png": encoded(split.faces[row]) for row in range(3)}
    office = add_set(write_folder(files, tmp_path / "a"), "office")
    ask_variants(office, [get_variant("demo.good")])
    measured = measured_on(office, [get_variant("demo.good")])
    frame = leaderboard_frame(list(measured))
    assert np.isnan(frame["clean_accuracy"]).all()
    assert not read_outcomes(list(measured)).contradictions


def test_a_report_is_of_the_set_only_where_that_is_asked_and_holds_no_picture_of_it(office):
    able = unanswered(office, list_variants())[0]
    ask_variants(office, able)
    plain, on_set = make_handout(able), make_handout(able, on="office")
    assert "office" not in plain.html
    assert "28 of office" in on_set.html
    assert "28 faces of its owner&#39;s, not FER2013" in on_set.html
    assert "PrivateTest</h" not in on_set.html
    assert "data:image/png" not in on_set.html
    with pytest.raises(CardError, match="has not answered office"):
        make_handout([get_variant("demo.kept")], on="office")


def test_the_smallest_difference_is_the_one_that_so_many_faces_show():
    difference = smallest_difference(0.3, 140)
    needed = faces_needed(np.array([(0.3 + difference) / 2]), np.array([(0.3 - difference) / 2]), 1)
    assert 130 < needed[0] <= 140
    assert smallest_difference(0.3, 1_400) < difference
    assert smallest_difference(0.05, 10) is None
    assert smallest_difference(0.0, 100) is None


def test_a_stranger_sees_the_figures_that_there_are_and_asks_nobody(office):
    ask_variants(office, [get_variant("demo.good")])
    app = open_app(on="office", models="demo.good,demo.fair")
    assert not app.exception
    assert "Measured on **office**: 28 faces of your own" in texts(app)
    (button,) = [each for each in app.button if each.label == "Ask demo.fair about office"]
    assert button.disabled
    app.switch_page("pages/compare.py").run()
    assert not app.exception
    assert ids(measured_on(office, list_variants())) == ["demo.good"]


def test_missing_emotions_and_unknown_sets_are_said(cards, tmp_path):
    ck = add_set(write_folder(class_folders(names=CK), tmp_path / "ck"), "ck")
    ask_variants(ck, unanswered(ck, list_variants())[0])
    assert "No face of neutral." in texts(open_app(on="ck"))
    assert "There is no test set 'kc'; did you mean ck?" in texts(open_app(on="kc"))


@pytest.mark.parametrize("section", ["All of it"])
def test_every_part_of_compare_and_mistakes_stands_on_a_set(section, office):
    ask_variants(office, unanswered(office, list_variants())[0])
    app = open_app(on="office", models="demo.good,demo.fair", baseline="demo.fair")
    app.switch_page("pages/compare.py")
    app.query_params["section"] = section
    app.query_params["slice"] = "Sharpness"
    app.query_params["on"] = "office"
    app.run()
    assert not app.exception
    assert not app.error
    app.switch_page("pages/mistakes.py").run()
    assert not app.exception
    assert "of 28 faces" in texts(app)
    app.switch_page("pages/ensembles.py").run()
    assert not app.exception
    assert not app.error
    assert "Measured on **office**" in texts(app)
    assert "Together they are right on" in texts(app)
    app.switch_page("pages/live.py").run()
    assert "The figures of this page are of FER2013 all the same." in texts(app)


def test_a_model_that_is_replaced_while_it_answers_has_not_answered(office, cards):
    def replace_model(done, total):
        onnx.save(make_model(9), cards / "demo.good" / "model.onnx")

    assert ask_variants(office, [get_variant("demo.good")], replace_model) == {}
    assert ids(unanswered(office, [get_variant("demo.good")])[0]) == ["demo.good"]


def test_a_model_that_is_deleted_before_its_turn_keeps_no_other_from_answering(office, cards):
    able = unanswered(office, list_variants())[0]
    assert ids(able) == ["demo.fair", "demo.good"]
    shutil.rmtree(cards / "demo.fair")
    assert ask_variants(office, able) == {"demo.fair": "Its file has been moved or deleted meanwhile."}
    assert ids(measured_on(office, list_variants())) == ["demo.good"]
