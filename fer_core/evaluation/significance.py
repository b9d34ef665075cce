"""Is a difference between two variants real, or could chance have made it?

Variants are tested on the same faces, so only the faces on which one is right and the other wrong count
(McNemar 1947). NumPy alone: SciPy's distributions would add tens of megabytes to the web process; the tests
hold the results against SciPy and statsmodels.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from fer_core.evaluation.outcomes import Panel
from fer_core.machine.threads import product

#: A difference is called real where its corrected p-value lies below this.
ALPHA = 0.05
#: The chance with which a test set of the advised size shows the difference.
POWER = 0.8


@dataclass(frozen=True, eq=False)
class Pairwise:
    """Every variant of a panel against every other; all matrices are (V, V), in the panel's order.

    ``only_row`` int64: faces that the row's variant gets right and the column's wrong. ``p``: two-sided
    p-values of the exact McNemar test, 1 on the diagonal. ``p_holm``: the same after Holm's correction for
    all pairs of the panel. ``n``: how many faces there are.
    """

    ids: tuple[str, ...]
    n: int
    only_row: np.ndarray
    p: np.ndarray
    p_holm: np.ndarray

    @property
    def difference(self) -> np.ndarray:
        """The row's accuracy minus the column's: float64 (V, V)."""
        return (self.only_row - self.only_row.T) / self.n

    @property
    def really_better(self) -> np.ndarray:
        """Where the row's variant is better and the difference is real: bool (V, V)."""
        return (self.only_row > self.only_row.T) & (self.p_holm < ALPHA)


def mcnemar_p(only_first: np.ndarray, only_second: np.ndarray) -> np.ndarray:
    """Two-sided p-values of the exact McNemar test, of any shape.

    ``only_first`` and ``only_second`` count the faces that only the one and only the other gets right. If the
    two are equally good, each such face falls to either with probability 1/2; p is twice the smaller tail of
    that binomial distribution, at most 1.
    """
    first, second = np.broadcast_arrays(np.asarray(only_first, np.int64), np.asarray(only_second, np.int64))
    fewer, total = np.minimum(first, second).ravel(), (first + second).ravel()
    p = np.empty(len(total))
    log_factorial = np.concatenate([[0.0], np.cumsum(np.log(np.arange(1, total.max(initial=0) + 1)))])
    order = np.argsort(total, kind="stable")
    bounds = np.flatnonzero(np.diff(total[order])) + 1
    for rows in np.split(order, bounds) if len(order) else ():
        count, most = int(total[rows[0]]), int(fewer[rows].max())
        tail = _half_binomial_cdf(count, most, log_factorial)
        p[rows] = np.minimum(1.0, 2 * tail[fewer[rows]])
    return p.reshape(first.shape)


def signed_rank_p(differences: np.ndarray) -> float:
    """Two-sided p-value of the exact signed-rank test (Wilcoxon 1945); ``differences`` float (D,), some dozens at most.

    Differences of 0 are left out, equal ones share their ranks; were both alike, each rank would have either sign with
    probability 1/2. 1 where none is left.
    """
    left = np.asarray(differences, np.float64)
    left = left[left != 0]
    size = np.abs(left)
    doubled = np.array([(size < each).sum() + (size <= each).sum() + 1 for each in size], np.int64)
    ways = np.ones(1)  # of each sum of doubled ranks that have a plus
    for rank in doubled:
        ways = np.convolve(ways, np.concatenate([[1], np.zeros(rank - 1), [1]]))
    plus = doubled[left > 0].sum()
    fewer = min(plus, doubled.sum() - plus)
    return min(1.0, float(2 * ways[: fewer + 1].sum() / ways.sum()))


def holm(p: np.ndarray) -> np.ndarray:
    """p-values (K,) corrected for being K, so that a false alarm among all is as rare as in one (Holm 1979)."""
    p = np.asarray(p, np.float64)
    order = np.argsort(p, kind="stable")
    steps = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1))
    corrected = np.empty(len(p))
    corrected[order] = np.minimum(1.0, steps)
    return corrected


def pairwise(panel: Panel) -> Pairwise:
    """Test every pair of the panel; with one variant there is no pair, and nothing is real."""
    right = panel.right.astype(np.float32)  # counts up to 2^24 are exact
    only_row = np.rint(product(right, (1 - right).T)).astype(np.int64)
    upper = np.triu_indices(len(panel), 1)
    p = mcnemar_p(only_row[upper], only_row.T[upper])
    return Pairwise(
        panel.ids,
        right.shape[1],
        only_row,
        _symmetric(p, upper, len(panel)),
        _symmetric(holm(p), upper, len(panel)),
    )


def against(panel: Panel, baseline_id: str) -> tuple[np.ndarray, np.ndarray]:
    """p-values (V,) of each variant against the baseline: plain, and after Holm's correction for V - 1.

    The baseline itself has 1. ValueError where it is not of the panel.
    """
    row = panel.ids.index(baseline_id)
    right = panel.right
    p = mcnemar_p((right & ~right[row]).sum(axis=1), (right[row] & ~right).sum(axis=1))
    others = np.arange(len(panel)) != row
    corrected = np.ones(len(panel))
    corrected[others] = holm(p[others])
    return p, corrected


def groups(pairs: Pairwise, accuracy: np.ndarray) -> np.ndarray:
    """The group of each variant, int64 (V,), counted from 1.

    Group 1 is the most accurate variant with all that are indistinguishable from it; group 2 the most accurate
    of the rest with all of the rest that are indistinguishable from that one; and so on. So whoever stands in a
    lower group is really worse than the first of each group above.
    """
    order = np.argsort(-accuracy, kind="stable")
    group = np.zeros(len(order), np.int64)
    for first in order:
        if group[first] == 0:
            group[(group == 0) & ~pairs.really_better[first]] = group.max() + 1
    return group


def places(pairs: Pairwise) -> np.ndarray:
    """The best and the worst place that each variant may deserve: int64 (V, 2), counted from 1.

    Only real differences count: the best place comes after all that are really better, the worst before all
    that are really worse.
    """
    better = pairs.really_better
    return np.stack([1 + better.sum(axis=0), len(better) - better.sum(axis=1)], axis=1)


def faces_needed(only_first: np.ndarray, only_second: np.ndarray, n: int) -> np.ndarray:
    """How many faces a test set needs to show a difference as large as that between two variants.

    Of ``n`` faces, ``only_first`` were answered rightly by one variant alone and ``only_second`` by the other
    alone (arrays of one shape). The result is the number of such faces with which McNemar's two-sided test at
    level ALPHA finds the difference with probability POWER (Connor 1987, Biometrics 43:207–211); infinity
    where there is no difference.
    """
    first, second = np.asarray(only_first, np.float64) / n, np.asarray(only_second, np.float64) / n
    differing, difference = first + second, np.abs(first - second)
    normal = NormalDist()
    reach = normal.inv_cdf(1 - ALPHA / 2) * np.sqrt(differing)
    reach += normal.inv_cdf(POWER) * np.sqrt(differing - difference**2)
    return np.divide(reach, difference, out=np.full(reach.shape, np.inf), where=difference > 0) ** 2


def median_differing(panel: Panel) -> float:
    """The share of faces on which one of two variants of the panel is right and the other wrong: of a usual pair."""
    right = panel.right.astype(np.float32)
    only_row = product(right, (1 - right).T)
    upper = np.triu_indices(len(panel), 1)
    return float(np.median((only_row + only_row.T)[upper]) / right.shape[1])


def smallest_difference(differing: float, n: int) -> float | None:
    """The smallest true difference in accuracy that ``n`` faces show with probability POWER.

    The inverse of :func:`faces_needed` for two variants of which one alone is right on a share ``differing`` of faces.
    None where not even the largest, ``differing`` itself, is shown.
    """
    shares = np.linspace(0, differing, 2001)[1:]
    needed = faces_needed((differing + shares) / 2, (differing - shares) / 2, 1)
    shown = shares[needed <= n] if differing > 0 else shares[:0]
    return float(shown[0]) if len(shown) else None


def _half_binomial_cdf(count: int, most: int, log_factorial: np.ndarray) -> np.ndarray:
    """P(X <= k) for k = 0…``most``, X binomial with ``count`` draws of probability 1/2."""
    hits = np.arange(most + 1)
    log_ways = log_factorial[count] - log_factorial[hits] - log_factorial[count - hits]
    return np.cumsum(np.exp(log_ways - count * math.log(2)))


def _symmetric(values: np.ndarray, upper: tuple[np.ndarray, np.ndarray], size: int) -> np.ndarray:
    """A matrix of ``size`` with these values above and below its diagonal, and 1 on it."""
    matrix = np.ones((size, size))
    matrix[upper] = values
    matrix.T[upper] = values
    return matrix
