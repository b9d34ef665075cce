"""Other labels for the same test faces: votes as FER+ has them, a csv of labels, and whom they side with."""

from dataclasses import replace

import numpy as np
import pytest

from fer_core.data.schematic import schematic_dataset
from fer_core.data.split import SplitName
from fer_core.data.store import build_dataset, store_dataset
from fer_core.emotions import EMOTIONS
from fer_core.errors import DataError, DataMissingError
from fer_core.evaluation.predictions import read_predictions
from fer_core.evaluation.slices import by_agreement
from fer_core.test_sets.adding import ReadingOptions, add_set, described
from fer_core.test_sets.answering import ask_variants, unanswered
from fer_core.test_sets.measured import measured_on
from fer_core.test_sets.relabelling import add_labels, sides
from fer_core.test_sets.store import read_agreement, read_faces
from fer_core.variants.registry import list_variants
from tests.app_driver import open_app, texts
from tests.fixtures_variants import make_variant, use_empty_folders

FERPLUS = "Usage,Image name,neutral,happiness,surprise,sadness,anger,disgust,fear,contempt,unknown,NF"


@pytest.fixture
def private(tmp_path, monkeypatch):
    """140 imported test faces, named as two models' predictions name them; one keeps no model file."""
    folder = use_empty_folders(monkeypatch, tmp_path)[1]
    make_variant(folder, "demo.good", seed=1, skill=3.0)
    make_variant(folder, "demo.kept", seed=2, with_model=False, model_kept=False)
    make_variant(folder, "demo.few", seed=3, faces_per_split=70)
    splits = schematic_dataset(70, 140, seed=9).splits
    names = np.array([f"PrivateTest_{row}" for row in range(140, 280)])
    splits["PrivateTest"] = replace(splits["PrivateTest"], names=names)
    store_dataset(build_dataset(splits, "drawn"))
    return splits["PrivateTest"]


def labels_csv(split, path, changed=()):
    rows = [
        f"{name}.jpg,{'joy' if row in changed else EMOTIONS[label]}"
        for row, (name, label) in enumerate(zip(split.names, split.labels, strict=True))
    ]
    path.write_text("\n".join(["image,label", *rows]))
    return path


def test_new_labels_side_with_some_mistakes_and_against_some_right_answers(private, tmp_path):
    predicted = read_predictions(list_variants()[1].own_predictions_path).of(SplitName.PRIVATE_TEST).predicted
    happy = EMOTIONS.index("happy")
    wrong_but_happy = np.flatnonzero((predicted == happy) & (private.labels != happy))[:2]
    right = np.flatnonzero((predicted == private.labels) & (predicted != happy))[:3]
    made = add_labels(labels_csv(private, tmp_path / "new.csv", {*wrong_but_happy, *right}), "anew")
    assert made.manifest["changed"] == len(wrong_but_happy) + 3
    able, _ = unanswered(made, list_variants())
    assert [each.id for each in able] == ["demo.few", "demo.good", "demo.kept"]
    assert list(ask_variants(made, able)) == ["demo.few"]  # which was evaluated on other faces
    measured = measured_on(made, list_variants())
    table = sides(made, measured).set_index("variant")
    assert table.loc["demo.good", "sided"] == len(wrong_but_happy) > 0
    assert table.loc["demo.good", "lost"] == 3
    assert table.loc["demo.good", "wrong"] + table.loc["demo.good", "right"] == 140
    assert f"{len(wrong_but_happy) + 3} of 140 have another label" in " ".join(described(made))


def test_votes_make_labels_with_their_agreement_and_ties_are_left_out(private, tmp_path):
    rows = [
        "PrivateTest,PrivateTest_140.png,0,10,0,0,0,0,0,0,0,0",  # all agree
        "PrivateTest,PrivateTest_141.png,0,0,0,7,3,0,0,0,0,0",  # 7 of 10
        "PrivateTest,PrivateTest_142.png,5,0,0,5,0,0,0,0,0,0",  # a tie
        "PrivateTest,PrivateTest_143.png,2,0,0,0,0,0,0,8,0,0",  # contempt
        "PrivateTest,,0,0,0,0,0,0,0,0,0,10",  # no face
        "Training,Training_5.png,10,0,0,0,0,0,0,0,0,0",
    ]
    (tmp_path / "fer2013new.csv").write_text("\n".join([FERPLUS, *rows]))
    made = add_labels(tmp_path / "fer2013new.csv", "ferplus")
    faces = read_faces(made)
    assert [EMOTIONS[label] for label in faces.labels] == ["happy", "sad"]
    assert read_agreement(made).tolist() == [1.0, 0.7]
    assert by_agreement(read_agreement(made)).masks.tolist() == [
        [False, False], [False, True], [False, False], [True, False],
    ]  # fmt: skip
    assert sorted(made.manifest["left_out"].values()) == [1, 1, 1]


def test_pictures_named_by_their_row_in_the_csv_are_found_by_number(private, tmp_path):
    splits = schematic_dataset(70, 35, seed=9).splits
    splits["PrivateTest"] = replace(
        splits["PrivateTest"], names=np.array([str(32_298 + row) for row in range(35)])
    )
    store_dataset(build_dataset(splits, "fer2013.csv"))
    (tmp_path / "a.csv").write_text(f"{FERPLUS}\nPrivateTest,fer0032299.png,0,10,0,0,0,0,0,0,0,0")
    made = add_labels(tmp_path / "a.csv", "plus")
    assert read_faces(made).names.tolist() == ["32299"]
    assert "happiness → happy (10 votes)" in next(described(made))


FAULTS = {
    "no picture": ("image,label\ngone,happy", "labels no picture of PrivateTest"),
    "no labels": ("image,size\nPrivateTest_140,3", "neither a column of labels"),
    "no names": ("label,size\nhappy,3", "no column of pictures"),
    "no number": (f"{FERPLUS}\nPrivateTest,PrivateTest_140,x,0,0,0,0,0,0,0,0,0", "line 2: 'x' is no number of votes"),
    "a slip": ("image,label\nPrivateTest_140,hapy", "may be emotions that are misspelt"),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_a_faulty_list_is_refused_in_a_sentence(fault, private, tmp_path):
    text, sentence = FAULTS[fault]
    (tmp_path / "a.csv").write_text(text)
    with pytest.raises(DataError, match=sentence):
        add_labels(tmp_path / "a.csv", "anew")


def test_votes_that_come_without_these_pictures_chosen_are_refused_with_what_to_choose(private, tmp_path):
    (tmp_path / "a.csv").write_text(f"{FERPLUS}\nPrivateTest,PrivateTest_140,0,10,0,0,0,0,0,0,0,0")
    with pytest.raises(DataError, match="choose these pictures as well"):
        add_set(tmp_path / "a.csv", "plus")


def test_without_the_pictures_it_is_said_what_to_import(tmp_path, monkeypatch):
    use_empty_folders(monkeypatch, tmp_path)
    (tmp_path / "a.csv").write_text("image,label\nPrivateTest_140,happy")
    with pytest.raises(DataMissingError, match="data import"):
        add_labels(tmp_path / "a.csv", "anew", reading=ReadingOptions())


def test_compare_shows_accuracy_by_agreement_and_mistakes_whom_the_labels_side_with(private, tmp_path):
    rows = [f"PrivateTest,{name},0,{7 + row % 4},0,{3 - row % 4 if row % 4 < 3 else 0},0,0,0,0,0,0"
            for row, name in enumerate(private.names)]  # fmt: skip
    (tmp_path / "votes.csv").write_text("\n".join([FERPLUS, *rows]))
    made = add_labels(tmp_path / "votes.csv", "plus")
    ask_variants(made, [each for each in list_variants() if each.id != "demo.few"])
    app = open_app(on="plus", models="demo.good,demo.kept")
    app.switch_page("pages/compare.py")
    app.query_params.update({"section": "Pairs and faces", "slice": "Agreement of raters", "on": "plus"})
    app.run()
    assert not app.exception
    assert "Faces: all faces 140, under 60 0, 60 to 80 35, 80 to 99 70, all agree 35." in texts(app)
    app.switch_page("pages/mistakes.py").run()
    assert not app.exception
    assert "140 faces have both labels" in texts(app)
    assert "140 faces of PrivateTest, by other labels than FER2013's" in texts(app)


def test_a_picture_without_a_name_is_one_that_is_not_there(private, tmp_path):
    path = labels_csv(private, tmp_path / "new.csv")
    path.write_text(path.read_text() + "\n.,happy\n..,sad\n/,sad\n")
    assert add_labels(path, "anew").manifest["count"] == 140


def test_more_votes_than_there_are_people_are_refused(private, tmp_path):
    path = tmp_path / "votes.csv"
    path.write_text(f"image,happy,sad\n{private.names[0]},1e308,1e308\n")
    with pytest.raises(DataError, match="line 2: '1e308' is no number of votes"):
        add_labels(path, "anew")


def test_a_heading_alone_has_no_rows(private, tmp_path):
    path = tmp_path / "new.csv"
    path.write_text("image,label\n")
    with pytest.raises(DataError, match=r"new\.csv has no rows below its heading"):
        add_labels(path, "anew")
