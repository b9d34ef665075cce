"""Your own faces, learnt from beside Training."""

import numpy as np
import pytest

from fer_core.curation.ensemble import save_ensemble, stored_answers
from fer_core.curation.quantising import quantise
from fer_core.data.schematic import schematic_dataset
from fer_core.data.store import build_dataset, load_dataset, store_dataset
from fer_core.errors import DataError, RecipeError, TrainingError
from fer_core.evaluation.blends import EQUAL, make_blend
from fer_core.recipes.recipe import parse_recipe, recipe_mapping
from fer_core.test_sets.adding import add_set
from fer_core.test_sets.answering import unanswered
from fer_core.test_sets.learnt import has_learnt_from
from fer_core.test_sets.relabelling import add_labels
from fer_core.test_sets.store import remove_set
from fer_core.training.extra import with_extra
from fer_core.training.frameworks import TRAINER_VARIABLE
from fer_core.training.options import Run, Watch
from fer_core.training.session import train
from fer_core.variants.card import read_card
from fer_core.variants.registry import get_variant, list_variants
from tests.fixtures_variants import use_empty_folders
from tests.labelled_pictures import class_folders, encoded
from tests.written_files import write_folder

PLAIN = {
    "id": "tiny.extra", "framework": "torch", "architecture": {"name": "softmax"}, "epochs": 2, "seed": 5,
    "batch_size": 32,
}  # fmt: skip


@pytest.fixture
def office(tmp_path, monkeypatch):
    """14 own faces, two of them copies of test faces and one of a training face, beside 70 drawn ones."""
    use_empty_folders(monkeypatch, tmp_path)
    monkeypatch.setenv(TRAINER_VARIABLE, "torch=tests.jobs.softmax:SoftmaxTrainer")
    dataset = build_dataset(schematic_dataset(70, 35, seed=9).splits, "drawn")
    store_dataset(dataset)
    copies = {
        f"happy/{split}.png": encoded(dataset.split(split).faces[3])
        for split in ("Training", "PublicTest", "PrivateTest")
    }
    return add_set(write_folder(class_folders(each=2) | copies, tmp_path / "office"), "office")


def recipe(*extra):
    return parse_recipe(PLAIN | {"data": {"extra": list(extra)}})


def test_own_faces_join_training_and_copies_of_test_faces_are_left_out(office):
    plain = load_dataset()
    dataset, (joined,) = with_extra(plain, ["office"])
    assert (joined.count, joined.copies) == (15, 2)
    training = dataset.split("Training")
    assert len(training) == 85
    assert len(set(training.names)) == 85
    assert dataset.split("PrivateTest") is plain.split("PrivateTest")
    assert dataset.sha256 == plain.sha256
    assert np.array_equal(training.faces[:70], plain.split("Training").faces)


def test_a_training_says_what_it_learnt_from_and_is_not_measured_on_it(office):
    warned = []
    folder = train(Run(recipe("office")), Watch(warn=warned.append))[0]
    sentence = (
        "It learnt from 15 faces of its owner's test set office too; 2 copies of test faces were left out."
    )
    assert sentence in warned
    facts = read_card(folder).faceoff
    assert facts["extra"] == ["office"]
    assert sentence in facts["deviations"]
    assert unanswered(office, list_variants()) == ([], [])


def test_who_is_continued_from_it_has_learnt_from_it_too_whatever_the_set_is_called(office, tmp_path):
    train(Run(recipe("office")))
    for name, start in (("tiny.child", "tiny.extra"), ("tiny.grandchild", "tiny.child")):
        warned = []
        folder = train(Run(parse_recipe(PLAIN | {"id": name}), start_from=start), Watch(warn=warned.append))[
            0
        ]
        facts = read_card(folder).faceoff
        sentence = f"{start}, whose weights it began with, had learnt from its owner's test set office."
        assert sentence in warned and sentence in facts["deviations"]
        assert (facts["extra"], facts["extra_sha256"]) == (["office"], {"office": office.sha256})
    remove_set("office")
    again = add_set(tmp_path / "office", "again")
    assert again.sha256 == office.sha256
    assert {each.id for each in list_variants() if has_learnt_from(again, each)} == {
        "tiny.extra", "tiny.child", "tiny.grandchild",
    }  # fmt: skip
    assert unanswered(again, list_variants()) == ([], [])
    other = add_set(write_folder(class_folders(each=4), tmp_path / "other"), "other")
    assert not any(has_learnt_from(other, each) for each in list_variants())


def test_an_ensemble_has_learnt_from_what_its_members_have(office):
    train(Run(recipe("office")))
    train(Run(parse_recipe(PLAIN | {"id": "tiny.plain", "seed": 6})))
    members = [each for each in list_variants() if each.id in ("tiny.extra", "tiny.plain")]
    answers = stored_answers(members)
    folder = save_ensemble("ensemble.both", make_blend(answers, EQUAL), answers, members)
    assert read_card(folder).faceoff["extra"] == ["office"]
    assert has_learnt_from(office, get_variant("ensemble.both"))
    assert not has_learnt_from(office, get_variant("tiny.plain"))


def test_in_int8_it_has_learnt_what_it_had_before(office):
    train(Run(recipe("office")))
    folder = quantise(get_variant("tiny.extra"), "tiny.int8")
    assert has_learnt_from(office, get_variant("tiny.int8"))
    assert (
        "from faces of its owner's too, the test sets office: figures on these"
        in (folder / "README.md").read_text()
    )


def test_a_run_goes_on_only_with_the_pictures_it_began_with(office, tmp_path):
    train(Run(recipe("office")))
    remove_set("office")
    add_set(write_folder(class_folders(each=3), tmp_path / "b"), "office")
    with pytest.raises(TrainingError, match="office changed since the run began"):
        train(Run(recipe("office"), resume=True))


def test_a_recipe_without_own_faces_is_written_and_hashed_as_before(office):
    plain = parse_recipe(PLAIN)
    assert "extra" not in recipe_mapping(plain)["data"]
    assert recipe().sha256 == plain.sha256 != recipe("office").sha256
    for wrong in ("office", [1], ["office", "office"]):
        with pytest.raises(RecipeError, match="data.extra"):
            parse_recipe(PLAIN | {"data": {"extra": wrong}})


def test_what_can_not_be_learnt_from_is_refused(office, tmp_path):
    with pytest.raises(DataError, match="did you mean office"):
        train(Run(recipe("ofice")))
    name = load_dataset().split("PrivateTest").names[0]
    (tmp_path / "a.csv").write_text(f"image,label\n{name},happy")
    add_labels(tmp_path / "a.csv", "anew")
    with pytest.raises(TrainingError, match="anew labels the faces of PrivateTest"):
        train(Run(recipe("anew")))
