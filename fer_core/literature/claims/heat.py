"""The same for heat maps over many faces: where they lie, how alike they are. No statement rests on fewer than 30."""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np

from fer_core.emotions import EMOTIONS
from fer_core.evaluation.bootstrap import LEVEL
from fer_core.evaluation.heat import LEAST, BlockHeat, Heat
from fer_core.evaluation.regions import contrast
from fer_core.literature.claims.claim import Comparison
from fer_core.literature.claims.figures import Found
from fer_core.literature.claims.our_runs import Runs

_REACH = NormalDist().inv_cdf(0.5 + LEVEL / 2)
_RIGHT = 0


def heat(comparison: Comparison, runs: Runs) -> Found:
    """How much more of the last block's heat lies in the regions than as much of the rest of the face gets.

    Of faces that the variant named rightly, the mean over the emotions; the interval is that of a mean of these faces.
    """
    name, maps = comparison.better, runs.heat(comparison.better)
    if maps is None:
        return Found(missing=(f"heat maps of {name}",))
    last, columns = maps.blocks[-1], [EMOTIONS.index(each) for each in comparison.emotions]
    few = [EMOTIONS[each] for each in columns if last.n[_RIGHT, each] < LEAST]
    if few:
        return Found(
            missing=tuple(f"heat maps of {name} for {LEAST} faces named {each} rightly" for each in few)
        )
    weights = contrast(comparison.regions)
    ahead = [float(last.shares[_RIGHT, each] @ weights) for each in columns]
    errors = [weights @ last.covariance[_RIGHT, each] @ weights / last.n[_RIGHT, each] for each in columns]
    count = int(last.n[_RIGHT, columns].sum())
    return _found(
        float(np.mean(ahead)), sum(errors) / len(columns) ** 2, f"normal interval of a mean of {count} faces"
    )


def block_heat(comparison: Comparison, runs: Runs) -> Found:
    """The same of all faces looked at, at one block minus at another."""
    return _between(comparison, runs, lambda block: _pooled(block, contrast(comparison.regions)))


def block_alike(comparison: Comparison, runs: Runs) -> Found:
    """How alike the maps of different faces are, as a correlation, at one block minus at another."""
    return _between(comparison, runs, lambda block: (block.alike, block.alike_error**2))


def _between(comparison: Comparison, runs: Runs, measure) -> Found:
    name, maps = comparison.better, runs.heat(comparison.better)
    missing = _missing_blocks(name, maps, comparison.blocks)
    if missing:
        return Found(missing=missing)
    (first, first_error), (second, second_error) = (measure(maps.blocks[at - 1]) for at in comparison.blocks)
    return _found(
        first - second, first_error + second_error, "normal interval of a difference of two independent means"
    )


def _missing_blocks(name: str, maps: Heat | None, blocks: tuple[int, ...]) -> tuple[str, ...]:
    if maps is None:
        return (f"heat maps of {name}",)
    if max(blocks) > len(maps.blocks):
        return (f"heat maps of {name} with {max(blocks)} blocks",)
    few = [at for at in blocks if maps.blocks[at - 1].n.sum() < LEAST]
    return tuple(f"heat maps of {name} for {LEAST} faces at block {at}" for at in few)


def _pooled(block: BlockHeat, weights: np.ndarray) -> tuple[float, float]:
    """Mean and its variance over all faces, whatever was named."""
    some = block.n > 1
    n = block.n[some]
    spread = np.einsum("i,gij,j->g", weights, block.covariance[some], weights)
    return float(n @ (block.shares[some] @ weights) / n.sum()), float(n @ spread / n.sum() ** 2)


def _found(ahead: float, variance: float, test: str) -> Found:
    reach = _REACH * math.sqrt(variance)
    return Found(ahead, ahead - reach, ahead + reach, test)
