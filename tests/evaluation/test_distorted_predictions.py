"""Answers to distorted faces, kept face by face: their tables, intervals and files."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from fer_core.data.distortions import NONE
from fer_core.data.schematic import schematic_dataset
from fer_core.errors import CardError, RunStoppedError
from fer_core.evaluation.distorted import COLUMNS, measure_robustness, summary
from fer_core.evaluation.distorted_predictions import (
    STEPS,
    DistortedPredictions,
    difference_interval,
    predict_distorted,
    read_distorted_predictions,
    share_interval,
    write_distorted_predictions,
)
from fer_core.evaluation.metrics import wilson_interval
from fer_core.evaluation.predictions import read_facts
from fer_core.variants.classifier import FixedClassifier
from tests.fixtures_variants import KnowsTheFace

FACES = 35


@pytest.fixture(scope="module")
def drawn():
    return schematic_dataset(14, FACES).split("PrivateTest")


def measured(drawn, classifier, at_once=10, **more):
    parts = (drawn.faces[start : start + at_once] for start in range(0, len(drawn), at_once))
    return predict_distorted(classifier, parts, drawn.names, drawn.labels, **more)


def test_every_step_is_asked_about_in_parts_and_told(drawn):
    reported = []
    predictions = measured(drawn, KnowsTheFace(drawn), on_progress=reported.append)
    table = predictions.table()
    assert list(table.columns) == [*COLUMNS, "lo", "hi"]
    assert list(zip(table["distortion"], table["severity"], strict=True)) == list(STEPS)
    assert table.iloc[0][:5].tolist() == [NONE, 0, FACES, 1.0, pytest.approx(0, abs=1e-6)]
    assert reported == sorted(reported) and reported[-1] == len(STEPS) * FACES
    assert np.array_equal(
        predictions.predicted, measured(drawn, KnowsTheFace(drawn), at_once=FACES).predicted
    )


def test_its_figures_are_those_of_the_whole_measurement_where_nothing_is_drawn(drawn):
    certain = FixedClassifier(np.eye(7)[3] * 0.9 + 1 / 70)
    table, whole = measured(drawn, certain).table(), measure_robustness(certain, drawn)
    pd.testing.assert_frame_equal(table[list(COLUMNS)], whole.iloc[: len(STEPS)], rtol=1e-6)
    assert summary(table)["mean"] == pytest.approx(summary(whole)["mean"])
    assert np.isnan(summary(table)["report"])


def test_it_can_be_stopped(drawn):
    stops = iter([False, False, True])
    with pytest.raises(RunStoppedError, match="models that were finished are kept"):
        measured(drawn, FixedClassifier(np.eye(7)[3]), should_stop=lambda: next(stops))


def test_a_face_counts_by_the_share_of_distortions_that_it_is_named_rightly_under(drawn):
    predictions = measured(drawn, KnowsTheFace(drawn))
    assert predictions.shares.shape == (FACES,)
    suite = predictions.table().query("distortion != @NONE")
    assert predictions.shares.mean() == pytest.approx(suite["accuracy"].mean())


@pytest.mark.parametrize("count", [2, 3, 4, 5, 9, 30, 140])
def test_intervals_are_students_and_never_leave_what_can_be(count):
    values = np.random.default_rng(count).uniform(0, 1, count)
    expected = stats.t.interval(0.95, count - 1, values.mean(), stats.sem(values))
    assert difference_interval(values) == pytest.approx(np.clip(expected, -1, 1), abs=2e-3)
    low, high = share_interval(values)
    assert 0 <= low <= values.mean() <= high <= 1


def test_few_faces_that_are_all_alike_prove_little():
    for share in np.arange(66) / 65:
        assert share_interval(np.full(7, share)) == wilson_interval(round(7 * share), 7)
    assert share_interval(np.ones(5)) == wilson_interval(5, 5)
    assert share_interval(np.ones(1))[0] < 0.3
    assert difference_interval(np.zeros(1)) == (-1, 1)
    assert difference_interval(np.zeros(20)) == (0, 0)


def test_what_is_written_is_read_again_with_what_is_kept_beside(drawn, tmp_path):
    predictions = measured(drawn, KnowsTheFace(drawn))
    path = tmp_path / "robustness" / "a.one.parquet"
    write_distorted_predictions(path, predictions, {"of": "this"})
    again = read_distorted_predictions(path)
    for name in ("image", "label", "predicted", "given"):
        assert np.array_equal(getattr(again, name), getattr(predictions, name))
    assert read_facts(path)["of"] == "this"
    columns = pd.read_parquet(path)
    assert list(columns) == ["distortion", "severity", "image", "label", "predicted", "given"]


def test_a_damaged_file_is_refused_in_a_sentence(drawn, tmp_path):
    path = tmp_path / "robustness" / "a.one.parquet"
    few = DistortedPredictions(
        drawn.names[:3], drawn.labels[:3], np.zeros((len(STEPS), 3), np.uint8), np.ones((len(STEPS), 3))
    )
    write_distorted_predictions(path, few, {})
    whole = pd.read_parquet(path)
    for damaged in (
        whole.drop(columns="given"),
        whole.iloc[:-1],
        whole.assign(predicted=9),
        whole.assign(distortion="rain"),
        whole.assign(given=np.nan),
        whole.iloc[:0],
    ):
        damaged.to_parquet(path)
        with pytest.raises(CardError, match="measure it again"):
            read_distorted_predictions(path)
    path.write_bytes(b"nothing")
    with pytest.raises(CardError, match="robustness/a.one.parquet is damaged"):
        read_distorted_predictions(path)
