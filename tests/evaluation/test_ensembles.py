"""Variants answering as one: weights against SciPy, greedy choice and diversity against examples by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.stats import gmean

from fer_core.errors import CardError
from fer_core.evaluation.blends import CHOSEN, EQUAL, FITTED, GREEDY, blend_frame, make_blend
from fer_core.evaluation.ensembles import LOG_MEAN, MEAN, diversity, fit_weights, pooled, select_greedily
from fer_core.evaluation.metrics import compute_metrics, log_loss
from fer_core.evaluation.sheet import AnswerSheet, answer_sheet
from tests.fixtures_variants import make_predictions

SKILLS = {"a.good": 2.5, "a.fair": 2.0, "b.fair": 1.9, "b.poor": 0.0}


@pytest.fixture(scope="module")
def members() -> AnswerSheet:
    """Four independent variants of these skills; the last answers by chance."""
    return answer_sheet(
        {name: make_predictions(700, seed, skill) for seed, (name, skill) in enumerate(SKILLS.items())}
    )


def public_loss(members: AnswerSheet, weights: np.ndarray, how: str) -> float:
    public = members.of("PublicTest", clean=True)
    label, probs = public.label, public.probs
    return log_loss(label, pooled(probs, weights, how))


@pytest.mark.parametrize("how", [MEAN, LOG_MEAN])
def test_the_weights_are_where_scipy_finds_the_smallest_loss(members, how):
    weights = fit_weights(members, how)
    found = minimize(
        lambda tried: public_loss(members, tried / tried.sum(), how),
        np.full(4, 0.25), method="SLSQP", bounds=[(0, 1)] * 4,
        constraints={"type": "eq", "fun": lambda tried: tried.sum() - 1}, options={"ftol": 1e-12, "eps": 1e-6},
    )  # fmt: skip
    assert weights.sum() == pytest.approx(1)
    assert (weights >= 0).all()
    assert public_loss(members, weights, how) == pytest.approx(found.fun, abs=2e-5)
    assert np.allclose(weights, found.x, atol=0.02)


@pytest.mark.parametrize("how", [MEAN, LOG_MEAN])
def test_better_members_weigh_more_and_chance_weighs_least(members, how):
    weights = fit_weights(members, how)
    assert weights[0] > weights[3]
    assert weights[3] == weights.min()


def test_a_member_that_adds_nothing_is_left_out():
    good, poor = make_predictions(700, 0, 4.0), make_predictions(700, 1, -2.0)
    assert fit_weights(answer_sheet({"a.good": good, "a.wrong": poor})).tolist() == [1, 0]


def test_private_faces_and_leaked_ones_have_no_say_in_the_weights(members):
    probs = members.probs.copy()
    silent = (members.split == "PrivateTest") | members.leaked
    probs[:, silent] = probs[::-1, silent]
    other = replace(members, probs=probs)
    for how in (MEAN, LOG_MEAN):
        assert np.array_equal(fit_weights(members, how), fit_weights(other, how))
        assert np.array_equal(select_greedily(members, 6, how), select_greedily(other, 6, how))


def test_pooling_is_the_weighted_mean_or_the_weighted_geometric_mean(members):
    weights = np.array([0.4, 0.3, 0.2, 0.1])
    probs = members.probs[:, :50].astype(float)
    assert np.allclose(pooled(probs, weights), np.average(probs, axis=0, weights=weights), atol=1e-6)
    expected = gmean(probs, axis=0, weights=weights[:, None, None] * np.ones_like(probs))
    assert np.allclose(
        pooled(probs, weights, LOG_MEAN), expected / expected.sum(axis=1, keepdims=True), atol=1e-6
    )


@pytest.mark.parametrize("how", [MEAN, LOG_MEAN])
def test_each_greedy_round_adds_the_member_that_helps_most(members, how):
    public = members.of("PublicTest", clean=True)
    label, probs = public.label, public.probs
    picks: list[int] = []
    losses = []
    for _ in range(5):
        tried = [
            log_loss(label, pooled(probs[[*picks, each]], np.full(len(picks) + 1, 1 / (len(picks) + 1)), how))
            for each in range(4)
        ]
        picks.append(int(np.argmin(tried)))
        losses.append(min(tried))
    best = int(np.argmin(losses)) + 1
    expected = np.bincount(picks[:best], minlength=4) / best
    assert np.allclose(select_greedily(members, 5, how), expected)
    assert select_greedily(members, 1, how).tolist() == [1, 0, 0, 0]


def test_diversity_of_an_example_worked_by_hand():
    # Right on: both on 5 faces, only the first on 2, only the second on 1, neither on 2.
    label = np.zeros(10, int)
    first, second = np.eye(7)[[0] * 7 + [3] * 3], np.eye(7)[[0] * 5 + [4, 4, 0, 3, 4]]
    one, other = (
        replace(
            make_predictions(10), label=np.tile(label, 2), probs=np.tile(probs, (2, 1)).astype(np.float32)
        )
        for probs in (first, second)
    )
    row = diversity(answer_sheet({"a.one": one, "a.other": other}), "PrivateTest").iloc[0]
    assert row["disagreement"] == pytest.approx(0.3)
    assert row["double_fault"] == pytest.approx(0.2)
    assert row["q_statistic"] == pytest.approx((5 * 2 - 2 * 1) / (5 * 2 + 2 * 1))
    assert row["same_answer"] == pytest.approx(0.6)


def test_a_variant_and_its_twin_fail_together():
    drawn = make_predictions(140, 0)
    row = diversity(answer_sheet({"a.one": drawn, "a.twin": drawn}), "PrivateTest").iloc[0]
    assert row["disagreement"] == 0 and row["q_statistic"] == 1 and row["same_answer"] == 1


def test_members_of_different_faces_are_refused():
    with pytest.raises(CardError, match=r"b\.other was measured on other faces than a\.one"):
        answer_sheet({"a.one": make_predictions(70), "b.other": make_predictions(77)})


@pytest.mark.parametrize("chosen", CHOSEN)
def test_a_blend_is_judged_by_the_figures_of_a_card_and_tested_against_its_best_member(members, chosen):
    blend = make_blend(members, chosen, rounds=5)
    assert sum(blend.weights.values()) == pytest.approx(1)
    table = blend_frame(members, {"together": blend}).set_index("id")
    private = blend.answers(members).of("PrivateTest")
    figures = compute_metrics(private.label, private.probs)
    for name in ("accuracy", "macro_f1", "log_loss", "ece"):
        assert table[name]["together"] == figures[name]
    assert table["accuracy"].is_monotonic_decreasing
    assert table["gain"]["together"] == pytest.approx(figures["accuracy"] - table["accuracy"]["a.good"])
    assert table["p"]["a.good"] == 1


def test_independent_members_are_better_together(members):
    table = blend_frame(members, {"together": make_blend(members, FITTED)}).set_index("id")
    assert table["gain"]["together"] > 0.01 and table["p"]["together"] < 0.05
    assert table["log_loss"].idxmin() == "together"
    assert set(make_blend(members, EQUAL).weights.values()) == {0.25}
    assert "b.poor" not in make_blend(members, GREEDY, rounds=3).weights


def test_without_a_clean_public_face_all_weigh_the_same(members):
    leaked = replace(members, leaked=np.ones(len(members), bool))
    assert fit_weights(leaked).tolist() == select_greedily(leaked, 3).tolist() == [0.25] * 4


def test_of_very_many_equal_members_each_keeps_its_weight():
    weights = fit_weights(answer_sheet({f"a.m{place}": make_predictions(70, 0, 2.5) for place in range(201)}))
    assert weights.sum() == pytest.approx(1)
