"""Every model answers a test set once; what it answered is kept with the set, in the format of ``predictions.parquet``.

Their split is called PrivateTest, because that is what every figure is computed of. Beside them stands which model file
and which pictures they are of, so that a model that was trained anew answers anew.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from fer_core.data.split import Split, SplitName
from fer_core.errors import CardError, FerError, RunStoppedError
from fer_core.evaluation.predictions import Predictions, read_facts, read_predictions, write_predictions
from fer_core.faces.cuts import as_taken
from fer_core.faces.intake import FER_FACE, Intake, intake_of
from fer_core.machine.stamped import Stamped
from fer_core.roles.permissions import Identity, for_trainers
from fer_core.test_sets.learnt import has_learnt_from
from fer_core.test_sets.store import READ_AT_ONCE, TestSet, read_copies, read_faces, read_pictures
from fer_core.variants.classifier import Classifier, load_classifier
from fer_core.variants.facts import Status
from fer_core.variants.registry import Variant

MODEL, PICTURES = "faceoff_model_sha256", "faceoff_pictures_sha256"
_THREADS = 2

Progress = Callable[[int, int | None], None]


def answered(test_set: TestSet, variant: Variant) -> bool:
    """Whether the variant, as it is now, has answered the set as it is now."""
    return is_of(test_set.answers_path(variant.id), test_set, _source(test_set, variant))


def is_of(path: Path, test_set: TestSet, source: Path | None) -> bool:
    """Whether what is kept at ``path`` is of the set as it is now, and of that file of a variant as it is now."""
    if source is None or not path.is_file():
        return False
    return _facts(path) == (_file_hash(source), test_set.sha256)


def facts_of(test_set: TestSet, source: Path | None) -> dict[str, str]:
    """What is kept beside answers, so that :func:`is_of` knows whose they are; CardError where the file is gone.

    Taken before anything is answered: a model may be replaced while it answers.
    """
    try:
        if source is None:
            raise FileNotFoundError
        return {MODEL: _file_hash(source), PICTURES: test_set.sha256}
    except OSError as error:
        raise CardError("Its file has been moved or deleted meanwhile.") from error


def unanswered(test_set: TestSet, variants: Sequence[Variant]) -> tuple[list[Variant], list[Variant]]:
    """Those of the trained ``variants`` that have not answered it yet: who can, and who keeps no model file to ask.

    Those that have learnt from it are in neither.
    """
    return still_to_ask(
        test_set,
        variants,
        lambda each: answered(test_set, each),
        lambda each: _source(test_set, each) is not None,
    )


def still_to_ask(
    test_set: TestSet,
    variants: Sequence[Variant],
    is_done: Callable[[Variant], bool],
    can_be_asked: Callable[[Variant], bool],
) -> tuple[list[Variant], list[Variant]]:
    """Those of the trained ``variants`` that have not learnt from the set and are not done: who can be asked, and who
    can't."""
    left = [
        each
        for each in variants
        if each.status == Status.TRAINED and not has_learnt_from(test_set, each) and not is_done(each)
    ]
    able = [each for each in left if can_be_asked(each)]
    return able, [each for each in left if each not in able]


@for_trainers("let models answer a test set", "variants")
def ask_variants(
    test_set: TestSet,
    variants: Sequence[Variant],
    progress: Progress = lambda done, total: None,
    should_stop: Callable[[], bool] = lambda: False,
    *,
    by: Identity | None = None,
) -> dict[str, str]:
    """Ask each variant about every picture, and keep its answers once they are complete.

    Args:
        test_set: whose pictures.
        variants: run one after the other; those that have answered already are run again.
        progress: called with (answers, of how many) now and then.
        should_stop: called between some hundred pictures.
        by: the requester.

    Returns:
        id -> the sentence why, for those that could not answer.

    Raises:
        NotAllowedError: ``by`` may only look.
        DataError: the set is damaged.
        RunStoppedError: it was stopped; whoever was finished has answered.
    """
    split, copies = read_faces(test_set), read_copies(test_set)
    leaked = np.isin(copies, (SplitName.TRAINING, SplitName.PUBLIC_TEST))
    errors, total = {}, len(split) * len(variants)
    for place, variant in enumerate(variants):
        begun = place * len(split)
        try:
            facts = facts_of(test_set, _source(test_set, variant))
            if test_set.faces_of:
                probs = _stored(test_set, variant, split)
            else:
                classifier = load_classifier(variant.id, _THREADS)
                faces = taken(test_set, split, intake_of(classifier))
                probs = _probs(classifier, faces, begun, total, progress, should_stop)
            if test_set.folder.is_dir():  # removed meanwhile: it must not come back
                path = test_set.answers_path(variant.id)
                write_predictions(path, _predictions(split, leaked, probs), facts)
        except RunStoppedError:
            raise
        except FerError as error:
            errors[variant.id] = str(error)
    progress(total, total)
    return errors


def _probs(
    classifier: Classifier,
    faces: Sequence[np.ndarray],
    begun: int,
    total: int,
    progress: Progress,
    should_stop: Callable[[], bool],
) -> np.ndarray:
    parts = []
    for start in range(0, len(faces), READ_AT_ONCE):
        if should_stop():
            raise RunStoppedError("Asking the models was stopped; those that were finished have answered.")
        progress(begun + start, total)
        parts.append(classifier.predict_proba(np.stack(faces[start : start + READ_AT_ONCE])))
    return np.concatenate(parts)


def _stored(test_set: TestSet, variant: Variant, split: Split) -> np.ndarray:
    """What the variant answered to these pictures when it was evaluated: float32 (N, 7); CardError where it was not."""
    answers = read_predictions(variant.own_predictions_path).of(test_set.faces_of)
    known = {name: row for row, name in enumerate(answers.image.tolist())}
    rows = [known.get(name, -1) for name in split.names.tolist()]
    if -1 in rows:
        raise CardError(f"{variant.id} was evaluated on other faces than those that {test_set.name} labels.")
    return answers.probs[rows]


def _source(test_set: TestSet, variant: Variant) -> Path | None:
    """What its answers come from: its model, or for another labelling of faces that it has answered, these answers."""
    return variant.own_predictions_path if test_set.faces_of else variant.model_path


def taken(test_set: TestSet, split: Split, intake: Intake) -> Sequence[np.ndarray]:
    """The pictures in the size and colour that a model takes, from as large as they were kept."""
    return split.faces if intake == FER_FACE else _Taken(test_set, len(split), intake)


class _Taken(Sequence):
    """Pictures that are read, and made what a model takes, when they are needed: many would fill the memory."""

    def __init__(self, test_set: TestSet, count: int, intake: Intake) -> None:
        self._set, self._count, self._intake = test_set, count, intake

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, rows: slice) -> list[np.ndarray]:
        pictures = read_pictures(self._set, range(*rows.indices(self._count)))
        return [as_taken(pixels, self._intake) for pixels in pictures]


def _predictions(split: Split, leaked: np.ndarray, probs: np.ndarray) -> Predictions:
    return Predictions(np.full(len(split), SplitName.PRIVATE_TEST), split.names, split.labels, leaked, probs)


@Stamped
def _file_hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@Stamped
def _facts(path: Path) -> tuple[str | None, str | None]:
    facts = read_facts(path)
    return facts.get(MODEL), facts.get(PICTURES)
