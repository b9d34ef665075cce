"""What a training costs here: seconds an epoch, from what has been trained or tried before.

How long an epoch takes hangs on the network, the pictures' size, how many faces are learnt from, the batch
size and the machine; not on rates, losses or seeds. So a recipe's pace is that of any earlier training with
the same workload, and where only faces or batch size differ, it is scaled by faces and called an estimate.
"""

from __future__ import annotations

import csv
import json
import statistics
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from fer_core import paths
from fer_core.data.preparations import prepared_size
from fer_core.data.store import FER2013, FER2013_SIZES
from fer_core.errors import RecipeError
from fer_core.machine.files import stamp_of
from fer_core.recipes.recipe import Recipe, read_recipe
from fer_core.training.checkpoint import RUN
from fer_core.training.provenance import BESIDE, device_name
from fer_core.variants.card import Card
from fer_core.variants.registry import Variant

#: Settings of a network that cost no time worth telling.
_FREE = ("dropout", "block_dropout", "head_dropout", "drop_rate", "weights")


@dataclass(frozen=True)
class Trace:
    """What one training or trial took.

    Attributes:
        name: of the variant or run, for its reader.
        workload: equal for recipes that cost the same per face.
        batch_size, preparation: as its recipe has them.
        data_sha256: of the data it learnt from; ``dataset`` its name, where a card says so.
        device: the machine, as cards quote it.
        epoch_s: median seconds of an epoch, validation included.
        epochs: how many that rests on; 0 for a trial of a few steps.
    """

    name: str
    workload: str
    batch_size: int
    preparation: str
    data_sha256: str
    dataset: str
    device: str
    epoch_s: float
    epochs: int


@dataclass(frozen=True)
class Pace:
    """Seconds an epoch, and what that is worth: ``measured`` here, ``estimated`` from here, or ``elsewhere``."""

    epoch_s: float
    worth: str
    trace: Trace


MEASURED, ESTIMATED, ELSEWHERE = "measured", "estimated", "elsewhere"


def find_pace(recipe: Recipe, traces: Iterable[Trace], manifest: Mapping[str, Any]) -> Pace | None:
    """The best that is known of the recipe's seconds an epoch on the imported data, or None.

    Args:
        recipe: what would be trained.
        traces: what was trained before; of several that tell the same, the last one counts.
        manifest: of the imported data, :func:`fer_core.data.store.read_manifest`.
    """
    wanted = (recipe.batch_size, recipe.data.preparation)
    here, faces = device_name(), prepared_size(manifest["counts"]["Training"], recipe.data.preparation)
    found: dict[str, Pace] = {}
    for trace in traces:
        learnt = _faces(trace, manifest)
        own = trace.device == here or trace.device.endswith(f"{BESIDE}{here}")
        if trace.workload != workload(recipe) or learnt is None or (BESIDE in trace.device and not own):
            continue  # what a GPU took somewhere else says nothing of here
        same = (trace.batch_size, trace.preparation) == wanted and learnt == faces
        worth = ELSEWHERE if not own else MEASURED if same else ESTIMATED
        found[worth] = Pace(trace.epoch_s * faces / learnt, worth, trace)
    return next((found[worth] for worth in (MEASURED, ESTIMATED, ELSEWHERE) if worth in found), None)


def workload(recipe: Recipe) -> str:
    """Equal for recipes that cost the same per face."""
    architecture = {key: value for key, value in recipe.architecture.items() if key not in _FREE}
    pictures = [recipe.data.input.channels, recipe.data.input.size]
    return json.dumps([recipe.framework == "keras", architecture, pictures], sort_keys=True)


def list_traces(variants: Iterable[Variant]) -> list[Trace]:
    """What is known of earlier trainings: cards, then runs, then trials, each the oldest first.

    Files are read again only when they have changed; damaged ones are passed over.
    """
    return [*_of_cards(variants), *_of_runs(), *list_trials()]


def _faces(trace: Trace, manifest: Mapping[str, Any]) -> int | None:
    """How many faces its epochs had; None where that can't be known."""
    if trace.data_sha256 == manifest["sha256"]:
        return prepared_size(manifest["counts"]["Training"], trace.preparation)
    if trace.dataset == FER2013 and trace.preparation in ("raw", "class_weight"):
        return FER2013_SIZES["Training"]
    return None


def _of_cards(variants: Iterable[Variant]) -> Iterator[Trace]:
    trained = [each for each in variants if each.card and each.recipe_path and each.history_path]
    for variant in sorted(trained, key=lambda each: str(each.card.faceoff.get("trained_at", ""))):
        yield from _trace(variant.id, variant.recipe_path, variant.history_path, _told_by(variant.card))


def _of_runs() -> Iterator[Trace]:
    for run in sorted(paths.runs().glob(f"*/{RUN}"), key=lambda file: file.stat().st_mtime):
        try:
            facts = json.loads(run.read_text())
            told = (facts["data_sha256"], "", facts["device"])
        except (OSError, ValueError, KeyError, TypeError):
            continue
        yield from _trace(run.parent.name, run.with_name(paths.RECIPE), run.with_name(paths.HISTORY), told)


def list_trials() -> list[Trace]:
    """The trials of a few steps that were made here; none where their file is gone or damaged."""
    try:
        return [Trace(**entry) for entry in json.loads(paths.paces().read_text())]
    except (OSError, ValueError, TypeError):
        return []


def _told_by(card: Card) -> tuple[str, str, str]:
    return tuple(str(card.faceoff.get(key, "")) for key in ("data_sha256", "dataset", "device"))


def _trace(name: str, recipe: Path, history: Path, told: tuple[str, str, str]) -> Iterator[Trace]:
    try:
        key = (stamp_of(recipe), stamp_of(history))
        needs, seconds = _read_cached(recipe, history, key)
    except (OSError, RecipeError, ValueError, KeyError):
        return
    if seconds:
        yield Trace(name, *needs, *told, statistics.median(seconds), len(seconds))


@lru_cache(maxsize=2000)
def _read_cached(
    recipe: Path, history: Path, stamp: tuple[tuple[int, ...], ...]
) -> tuple[tuple[str, int, str], list[float]]:
    """What the recipe needs, and the seconds of each epoch; ``stamp`` differs once a file has changed."""
    read = read_recipe(recipe)
    with history.open(encoding="utf-8", newline="") as file:
        seconds = [float(row["seconds"]) for row in csv.DictReader(file)]
    return (workload(read), read.batch_size, read.data.preparation), seconds
