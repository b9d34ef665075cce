"""Real or chance: against SciPy, statsmodels and examples worked by hand."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.multitest import multipletests

from fer_core.evaluation.outcomes import outcomes_of, panels
from fer_core.evaluation.significance import (
    ALPHA,
    POWER,
    against,
    faces_needed,
    groups,
    holm,
    mcnemar_p,
    pairwise,
    places,
    signed_rank_p,
)
from tests.fixtures_variants import make_predictions


def panel_of(*skills: float, faces: int = 700):
    """Variants of these skills on the same faces, named v0, v1, …"""
    drawn = {
        f"v{index}": outcomes_of(make_predictions(faces, seed=index, skill=skill))
        for index, skill in enumerate(skills)
    }
    return panels(drawn)[0]


@pytest.mark.parametrize(
    ("first", "second"), [(0, 0), (1, 0), (5, 5), (9, 2), (2, 9), (59, 6), (410, 402), (1500, 1210)]
)
def test_mcnemar_agrees_with_statsmodels_and_with_scipys_binomial_test(first, second):
    p = float(mcnemar_p(first, second))
    if first + second:
        assert p == pytest.approx(mcnemar([[0, first], [second, 0]], exact=True).pvalue, rel=1e-9)
        assert p == pytest.approx(stats.binomtest(first, first + second).pvalue, rel=1e-9)
    else:
        assert p == 1


def test_mcnemar_of_an_example_worked_by_hand():
    # Of 5 differing faces one goes to the first: 2 * (1 + 5) / 2^5.
    assert float(mcnemar_p(1, 4)) == pytest.approx(12 / 32)


def test_many_mcnemar_tests_at_once_are_the_same_as_one_by_one():
    counts = np.random.default_rng(0).integers(0, 40, (2, 6, 7))
    together = mcnemar_p(*counts)
    assert together.shape == (6, 7)
    alone = [float(mcnemar_p(first, second)) for first, second in zip(*counts.reshape(2, -1), strict=True)]
    assert np.allclose(together.ravel(), alone, rtol=1e-12)
    assert mcnemar_p(np.zeros(0), np.zeros(0)).shape == (0,)


@pytest.mark.parametrize("count", [1, 2, 21, 300])
def test_holms_correction_agrees_with_statsmodels(count):
    p = np.random.default_rng(count).random(count) ** 3
    assert np.allclose(holm(p), multipletests(p, method="holm")[1], rtol=1e-12)
    assert holm(np.zeros(0)).shape == (0,)


def test_every_pair_is_tested_as_statsmodels_would_one_by_one():
    panel = panel_of(2.0, 2.0, 1.0, 2.6)
    pairs = pairwise(panel)
    plain = []
    for first in range(4):
        for second in range(first + 1, 4):
            one, other = panel.right[first], panel.right[second]
            table = [
                [(one & other).sum(), (one & ~other).sum()],
                [(~one & other).sum(), (~one & ~other).sum()],
            ]
            plain.append(mcnemar(table, exact=True).pvalue)
            assert pairs.only_row[first, second] == table[0][1]
            assert pairs.difference[first, second] == pytest.approx(one.mean() - other.mean())
    upper = np.triu_indices(4, 1)
    assert np.allclose(pairs.p[upper], plain, rtol=1e-9)
    assert np.allclose(pairs.p_holm[upper], multipletests(plain, method="holm")[1], rtol=1e-9)
    assert np.array_equal(pairs.p, pairs.p.T)
    assert not pairs.really_better.diagonal().any()


def test_tests_against_a_baseline_are_corrected_for_the_others_alone():
    panel = panel_of(2.0, 2.1, 1.0, 2.6)
    plain, corrected = against(panel, "v1")
    pairs = pairwise(panel)
    assert np.allclose(plain, pairs.p[1])
    others = [0, 2, 3]
    assert np.allclose(corrected[others], multipletests(pairs.p[1, others], method="holm")[1])
    assert plain[1] == corrected[1] == 1


def test_groups_begin_with_the_best_of_the_rest_and_hold_what_cannot_be_told_from_it():
    panel = panel_of(1.0, 3.0, 2.9, 1.1, 0.0)
    pairs = pairwise(panel)
    assert groups(pairs, panel.accuracy).tolist() == [2, 1, 1, 2, 3]
    assert places(pairs).tolist() == [[3, 4], [1, 2], [1, 2], [3, 4], [5, 5]]


@pytest.mark.parametrize("seed", range(5))
def test_a_lower_group_is_really_worse_than_the_first_of_each_group_above(seed):
    panel = panel_of(*np.random.default_rng(seed).uniform(0.5, 3, 12))
    pairs, accuracy = pairwise(panel), panel.accuracy
    group = groups(pairs, accuracy)
    assert set(group) == set(range(1, group.max() + 1))
    for above in range(1, group.max()):
        first = max(np.flatnonzero(group == above), key=lambda row: accuracy[row])
        assert pairs.really_better[first][group > above].all()
        assert not pairs.really_better[first][group == above].any()


def test_one_variant_alone_is_first_and_a_twin_cannot_be_told_from_it():
    alone = pairwise(panel_of(2.0))
    assert groups(alone, np.array([0.7])).tolist() == [1]
    assert places(alone).tolist() == [[1, 1]]
    panel = panel_of(2.0)
    twins = pairwise(panel.of(["v0", "v0"]))
    assert twins.p[0, 1] == 1
    assert places(twins).tolist() == [[1, 2], [1, 2]]


def test_chance_alone_is_rarely_called_real():
    """With Holm's correction a false alarm among ten equal variants comes at most 5 times in 100."""
    rng = np.random.default_rng(0)
    alarms = 0
    for _ in range(200):
        right = rng.random((10, 400)) < 0.6
        only = right.astype(int) @ (~right).T.astype(int)
        upper = np.triu_indices(10, 1)
        alarms += holm(mcnemar_p(only[upper], only.T[upper])).min() < ALPHA
    assert stats.binomtest(int(alarms), 200, ALPHA, alternative="greater").pvalue > 0.01


def test_the_faces_needed_are_those_of_connors_formula():
    # Discordant rates of .45 and .05 ask for 23 pairs at a power of 80 %.
    assert math.ceil(faces_needed(45, 5, 100)) == 23
    assert faces_needed(7, 7, 100) == math.inf
    assert faces_needed(5, 45, 100) == faces_needed(45, 5, 100)
    both = faces_needed(np.array([45, 7]), np.array([5, 7]), 100)
    assert both[0] == faces_needed(45, 5, 100) and both[1] == math.inf


@pytest.mark.parametrize(("first", "second"), [(0.12, 0.10), (0.15, 0.10)])
def test_with_the_faces_needed_the_exact_test_finds_the_difference_four_times_in_five(first, second):
    """The exact power, summed over the number of differing faces and how many fall to the first."""
    n = math.ceil(faces_needed(first, second, 1))
    differing = np.arange(n + 1)
    chance = stats.binom.pmf(differing, n, first + second)
    power = 0.0
    for count in differing[chance > 1e-9]:
        wins = np.arange(count + 1)
        found = mcnemar_p(wins, count - wins) < ALPHA
        power += chance[count] * stats.binom.pmf(wins[found], count, first / (first + second)).sum()
    assert power == pytest.approx(POWER, abs=0.02)


@pytest.mark.parametrize("seed", range(30))
def test_the_signed_rank_test_is_scipys(seed):
    rng = np.random.default_rng(seed)
    differences = rng.normal(0.3, 1, rng.integers(1, 14))
    assert signed_rank_p(differences) == pytest.approx(stats.wilcoxon(differences, method="exact").pvalue)


@pytest.mark.parametrize("seed", range(10))
def test_equal_ranks_and_zeros_are_counted_as_by_trying_all_signs(seed):
    differences = np.random.default_rng(seed).integers(-3, 4, 9)
    left = differences[differences != 0]
    ranks = stats.rankdata(np.abs(left))
    sums = np.array(
        [ranks[np.array(signs)].sum() for signs in itertools.product((False, True), repeat=len(left))]
    )
    plus = min(ranks[left > 0].sum(), ranks[left < 0].sum())
    assert signed_rank_p(differences) == pytest.approx(min(1, 2 * (sums <= plus).mean()))


def test_without_a_difference_nothing_is_shown():
    assert signed_rank_p(np.zeros(5)) == signed_rank_p(np.array([])) == 1
