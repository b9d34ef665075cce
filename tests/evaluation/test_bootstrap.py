"""Intervals by drawing faces anew: against SciPy's bootstrap, scikit-learn and plain repetition."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats
from sklearn.metrics import f1_score

from fer_core.evaluation.bootstrap import (
    FIGURES,
    draw_counts,
    inflation,
    measured,
    percentile_interval,
    resampled,
)
from fer_core.evaluation.metrics import compute_metrics
from fer_core.evaluation.outcomes import outcomes_of, panels
from tests.fixtures_variants import make_predictions

FACES = 280


@pytest.fixture(scope="module")
def predictions():
    return {f"v{seed}": make_predictions(FACES, seed, skill=1 + seed / 2) for seed in range(3)}


@pytest.fixture(scope="module")
def panel(predictions):
    return panels({name: outcomes_of(drawn) for name, drawn in predictions.items()})[0]


def all_counts(faces: int, draws: int, seed: int) -> np.ndarray:
    return np.concatenate(list(draw_counts(faces, draws, seed)))


def test_every_draw_holds_as_many_faces_as_there_are_and_the_seed_decides_which():
    counts, same, other = (all_counts(50, 630, seed) for seed in (3, 3, 4))
    assert counts.shape == (630, 50)
    assert (counts.sum(axis=1) == 50).all()
    assert np.array_equal(counts, same)
    assert not np.array_equal(counts, other)
    # A face is drawn once on average, with the variance of a binomial count.
    assert counts.mean() == 1
    assert counts.var() == pytest.approx(1 - 1 / 50, abs=0.03)


@pytest.mark.parametrize("figure", FIGURES)
def test_the_measured_figure_is_the_cards(panel, predictions, figure):
    for row, (name, drawn) in enumerate(predictions.items()):
        private = drawn.of("PrivateTest")
        expected = compute_metrics(private.label, private.probs)[figure]
        assert measured(panel, figure)[row] == pytest.approx(expected, abs=1e-6), name


def test_each_draw_gives_the_figure_of_the_faces_drawn(panel):
    samples = resampled(panel, draws=8, seed=1)
    for draw, counts in enumerate(all_counts(FACES, 8, seed=1)):
        rows = np.repeat(np.arange(FACES), counts.astype(int))
        for variant in range(3):
            predicted = panel.predicted[variant, rows]
            f1 = f1_score(panel.label[rows], predicted, labels=range(7), average="macro", zero_division=0)
            assert samples["macro_f1"][draw, variant] == pytest.approx(f1, abs=1e-6)
            assert samples["accuracy"][draw, variant] == pytest.approx(
                (predicted == panel.label[rows]).mean()
            )
            assert samples["log_loss"][draw, variant] == pytest.approx(panel.loss[variant, rows].mean())


def test_the_interval_of_a_paired_difference_is_scipys(panel):
    losses = panel.loss.astype(float)
    expected = stats.bootstrap(
        (losses[1], losses[0]),
        lambda first, second, axis: first.mean(axis) - second.mean(axis),
        paired=True, vectorized=True, n_resamples=20_000, method="percentile", rng=np.random.default_rng(1),
    ).confidence_interval  # fmt: skip
    samples = resampled(panel, ("log_loss",), draws=20_000)["log_loss"]
    lo, hi = percentile_interval(samples[:, 1] - samples[:, 0])
    width = expected.high - expected.low
    assert lo == pytest.approx(expected.low, abs=0.02 * width)
    assert hi == pytest.approx(expected.high, abs=0.02 * width)


def test_an_interval_is_bounded_by_the_percentiles():
    lo, hi = percentile_interval(np.arange(101.0)[:, None], level=0.9)
    assert (lo[0], hi[0]) == (pytest.approx(5), pytest.approx(95))


def test_a_variant_that_knows_the_leaked_faces_is_inflated_and_one_that_does_not_is_not(panel):
    cheat = np.where(panel.leaked, panel.label, panel.predicted[0])
    both = replace(panel, predicted=np.stack([cheat, *panel.predicted[1:]]).astype(np.uint8))
    share, lo, hi = inflation(both)
    right = both.right
    assert share[0] == pytest.approx(right[0].mean() - right[0][~panel.leaked].mean())
    assert lo[0] > 0
    assert lo[1] < share[1] < hi[1]
    assert lo[1] < 0 < hi[1]


def test_without_a_leaked_face_nothing_is_inflated_and_without_a_clean_one_nothing_is_known(panel):
    share, lo, hi = inflation(replace(panel, leaked=np.zeros(FACES, bool)))
    assert np.abs([share, lo, hi]).max() == pytest.approx(0, abs=1e-6)
    assert np.isnan(inflation(replace(panel, leaked=np.ones(FACES, bool)))).all()


def test_of_few_clean_faces_the_interval_is_known_though_a_draw_may_hold_none(panel):
    share, lo, hi = inflation(replace(panel, leaked=np.arange(FACES) > 0))
    assert np.isfinite([share, lo, hi]).all() and (lo <= share).all() and (share <= hi).all()
