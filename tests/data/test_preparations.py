"""What preparations make of the training split."""

import numpy as np
import pytest

from fer_core.data.augmentation import zoomed_in
from fer_core.data.preparations import (
    PREPARATIONS,
    Copying,
    adds_copies,
    example_copies,
    prepare,
    prepared_classes,
    prepared_counts,
)
from fer_core.data.schematic import draw_faces
from fer_core.data.split import Split
from fer_core.emotions import EMOTIONS
from fer_core.errors import RecipeError
from fer_core.training.classes import AnsweredClasses

DISGUST = EMOTIONS.index("disgust")
COUNTS = (9, 2, 12, 20, 7, 11, 5)


@pytest.fixture(scope="module")
def training():
    """Drawn faces with the unequal classes of COUNTS."""
    drawn = draw_faces(7 * max(COUNTS), 4)
    rows = [np.flatnonzero(drawn.labels == label)[:count] for label, count in enumerate(COUNTS)]
    return drawn.take(np.sort(np.concatenate(rows)))


@pytest.mark.parametrize("name", PREPARATIONS)
def test_the_same_seed_prepares_the_same_pictures_and_leaves_the_split_alone(training, name):
    before = training.faces.copy()
    first, second = prepare(training, name, 3), prepare(training, name, 3)
    assert np.array_equal(first.faces, second.faces)
    assert np.array_equal(first.labels, second.labels)
    assert np.array_equal(training.faces, before)
    assert len(first.faces) == len(first.labels) == len(first.names)


@pytest.mark.parametrize("name", ["raw", "class_weight"])
def test_raw_and_class_weight_keep_the_pictures_as_they_are(training, name):
    assert prepare(training, name, 1) is training


@pytest.mark.parametrize("name", ["expanded", "balanced"])
def test_classes_are_raised_to_the_largest_by_changed_copies_after_all_originals(training, name):
    prepared = prepare(training, name, 1)
    assert set(prepared.counts().values()) == {max(COUNTS)}
    assert np.array_equal(prepared.faces[: len(training)], training.faces)
    copies = prepared.take(np.arange(len(training), len(prepared)))
    sources = {str(key): row for row, key in enumerate(training.names)}
    rows = np.array([sources[str(key).removesuffix("+")] for key in copies.names])
    assert np.array_equal(training.labels[rows], copies.labels)
    changed = (copies.faces != training.faces[rows]).any(axis=(1, 2))
    assert changed.mean() > 0.9
    assert not np.array_equal(copies.faces, prepare(training, name, 2).faces[len(training) :])


@pytest.mark.parametrize("name", ["expanded", "balanced"])
def test_copies_are_spread_evenly_over_the_pictures_of_their_class(training, name):
    copies = prepare(training, name, 1).names[len(training) :]
    labels = dict(zip(training.names.tolist(), training.labels.tolist(), strict=True))
    used = {key: 0 for key in labels}
    for key in copies.tolist():
        used[key.removesuffix("+")] += 1
    for label in range(len(EMOTIONS)):
        numbers = [count for key, count in used.items() if labels[key] == label]
        assert max(numbers) - min(numbers) <= 1


@pytest.mark.parametrize("name", list(filter(adds_copies, PREPARATIONS)))
@pytest.mark.parametrize("target", [1, 10, 20, 33])
def test_copies_raise_each_class_to_the_target_and_larger_classes_keep_theirs(training, name, target):
    prepared = prepare(training, name, 1, Copying(target_count=target))
    raised = {emotion: max(count, target) for emotion, count in zip(EMOTIONS, COUNTS, strict=True)}
    assert (
        prepared.counts() == raised == prepared_counts(training.counts(), name, Copying(target_count=target))
    )
    assert np.array_equal(prepared.faces[: len(training)], training.faces)


@pytest.mark.parametrize("name", list(filter(adds_copies, PREPARATIONS)))
def test_stronger_copies_are_of_the_same_pictures_and_changed_more(training, name):
    plain = prepare(training, name, 1)
    original = {key: face for key, face in zip(training.names.tolist(), training.faces, strict=True)}
    sources = np.stack([original[key.rstrip("+")] for key in plain.names.tolist()]).astype(float)
    changes = []
    for strength in (0.3, 1.0, 2.5):
        prepared = prepare(training, name, 1, Copying(strength=strength))
        assert np.array_equal(prepared.names, plain.names)
        changes.append(np.abs(prepared.faces - sources).mean())
    assert changes == sorted(changes)
    assert np.array_equal(prepare(training, name, 1, Copying(0, 1.0)).faces, plain.faces)


def test_reduced6_leaves_disgust_out_and_keeps_what_a_class_has(training):
    prepared = prepare(training, "reduced6", 1)
    assert prepared.counts() == dict(zip(EMOTIONS, COUNTS, strict=True)) | {"disgust": 0}
    assert set(prepared.names.tolist()) <= set(training.names.tolist())


def test_reduced6_keeps_at_most_4002_pictures_a_class_drawn_by_the_seed():
    labels = np.repeat(np.arange(7), [5000, 10, 4100, 3000, 4002, 1, 4003])
    names = np.arange(len(labels)).astype(str)
    split = Split(np.zeros((len(labels), 48, 48), np.uint8), labels, names)
    first, second = prepare(split, "reduced6", 1), prepare(split, "reduced6", 2)
    assert list(first.counts().values()) == [4002, 0, 4002, 3000, 4002, 1, 4002]
    assert not np.array_equal(first.names, second.names)


def test_an_unknown_preparation_is_refused(training):
    with pytest.raises(RecipeError, match="no preparation 'mirrored'"):
        prepare(training, "mirrored", 1)


def test_real_training_pictures_get_the_counts_of_the_reports(fer2013):
    training = fer2013.split("Training")
    assert list(prepare(training, "reduced6", 1).counts().values()) == [3995, 0, 4002, 4002, 4002, 4002, 3171]
    assert set(prepare(training, "balanced", 1).counts().values()) == {7215}


def test_enlarging_by_one_changes_nothing_and_by_two_shows_the_middle():
    faces = draw_faces(2, 0).faces
    assert np.array_equal(zoomed_in(faces, np.ones(2)), faces)
    picture = np.zeros((1, 48, 48), np.uint8)
    picture[:, 18:30, 18:30] = 200
    enlarged = zoomed_in(picture, np.array([2.0]))
    assert (enlarged > 100).sum() == pytest.approx(24 * 24, abs=60)


def test_six_answers_become_seven_with_nothing_for_disgust():
    answered = AnsweredClasses("reduced6")
    assert answered.count == 6 and answered.setting == {"classes": 6}
    assert DISGUST not in prepared_classes("reduced6")
    probs = np.array([[0.5, 0.1, 0.1, 0.1, 0.1, 0.1]], np.float32) @ answered.placement
    assert probs[0, DISGUST] == 0
    assert probs[0, 0] == np.float32(0.5)
    assert answered.positions(answered.labels).tolist() == list(range(6))
    assert AnsweredClasses("expanded").setting == {}


@pytest.mark.parametrize("name", PREPARATIONS)
def test_counts_are_known_before_a_split_is_prepared(training, name):
    assert prepared_counts(training.counts(), name) == prepare(training, name, 1).counts()


@pytest.mark.parametrize("name", PREPARATIONS)
def test_examples_of_copies_are_changed_where_the_preparation_makes_copies(training, name):
    before = training.faces[:6].copy()
    shown = example_copies(training.faces[:6], name, 3)
    assert np.array_equal(training.faces[:6], before)
    assert np.array_equal(shown, example_copies(training.faces[:6], name, 3))
    assert (shown != before).any() == (name in ("expanded", "balanced"))
