"""What a training costs here: seconds an epoch and around them, from what has been trained or tried before.

How long an epoch takes depends on the network, the pictures' size, how many faces are learnt from, the batch
size and the machine; not on rates, losses or seeds. So a recipe's pace is that of any earlier training with
the same workload, and where only faces or batch size differ, it is scaled by faces and called an estimate. Faces that
an epoch only answers, for its validation, count a third of those that it learns from: there is no way back.
What another machine took, of the same make too, is a guess and no more, and so is what the table of
:mod:`fer_core.recipes.minutes` says of networks that nobody has trained here.
"""

from __future__ import annotations

import csv
import json
import re
import statistics
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock

from fer_core import paths
from fer_core.data.preparations import Copying, prepared_size
from fer_core.data.protocols import shared_counts
from fer_core.data.split import FER2013, FER2013_SIZES, FER2013_TRAINING, SplitName
from fer_core.errors import RecipeError
from fer_core.machine.files import replacing
from fer_core.machine.stamped import Stamped
from fer_core.recipes.library import list_recipes
from fer_core.recipes.minutes import minutes_an_epoch
from fer_core.recipes.recipe import Recipe, read_recipe
from fer_core.training.checkpoint import RUN
from fer_core.training.provenance import BESIDE, device_name, machine_id
from fer_core.variants.card import Card
from fer_core.variants.registry import Variant

#: Settings of a network that cost no noticeable time.
_FREE = ("dropout", "block_dropout", "head_dropout", "drop_rate", "weights")


#: What a face costs that is only answered, of what one costs that is learnt from.
_ANSWERING = 1 / 3

#: Faces of a split, by emotion and "all", as a manifest has them.
_Counts = Mapping[str, Mapping[str, int]]
_OF_FER2013: _Counts = {
    SplitName.TRAINING: FER2013_TRAINING,
    SplitName.PUBLIC_TEST: {"all": FER2013_SIZES[SplitName.PUBLIC_TEST]},
}


@dataclass(frozen=True)
class Trace:
    """What one training or trial took.

    Attributes:
        name: of the variant or run, for its reader.
        workload: equal for recipes that cost the same per face.
        batch_size, preparation, target_count: as its recipe has them.
        data_sha256: of the data it learnt from; ``dataset`` its name, where a card says so.
        device: the kind of machine, as cards quote it.
        epoch_s: mean seconds of an epoch, validation included.
        epochs: how many that rests on; 0 for a trial of a few steps, and where that is not known.
        machine: which one it was, :func:`fer_core.training.provenance.machine_id`; "" where that is not known.
        share: of the training faces, what was learnt from.
        outside_s: seconds before, between and after the epochs: imports, loading, export; None where not known.
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
    machine: str = ""
    outside_s: float | None = None
    share: float = 1.0
    target_count: int = 0


@dataclass(frozen=True)
class Pace:
    """Seconds an epoch, and what that is worth: ``measured`` here, ``estimated`` from here, or ``elsewhere``.

    ``outside_s``: seconds around the epochs, from trainings of the same framework here; None where none is known.
    """

    epoch_s: float
    worth: str
    trace: Trace
    outside_s: float | None = None

    def total_s(self, epochs: int) -> float:
        """Seconds of a training of so many epochs, what lies around them included."""
        return epochs * self.epoch_s + (self.outside_s or 0.0)


MEASURED, ESTIMATED, ELSEWHERE = "measured", "estimated", "elsewhere"
#: What a pace is worth, and whether the trace had as many faces, prepared and batched alike.
_BEST_FIRST = ((MEASURED, True), (ESTIMATED, False), (ELSEWHERE, True), (ELSEWHERE, False))


def find_pace(recipe: Recipe, traces: Iterable[Trace], manifest: Mapping[str, Any] | None) -> Pace | None:
    """The best that is known of the recipe's seconds an epoch on the imported data, or None.

    Args:
        recipe: what would be trained.
        traces: what was trained before; of several that say the same, the last one counts.
        manifest: of the imported data, :func:`fer_core.data.store.read_manifest`; None for FER2013, unimported.
    """
    wanted = (recipe.batch_size, recipe.data.preparation)
    counts, sha256 = (manifest["counts"], manifest["sha256"]) if manifest else (_OF_FER2013, None)
    faces = _work(counts, recipe.data.preparation, recipe.data.share, recipe.data.target_count)
    traces = list(traces)
    own, cost = _own(traces), workload(recipe)
    found: dict[tuple[str, bool], Pace] = {}
    for trace in traces:
        learnt = _faces(trace, counts, sha256) if trace.workload == cost else None
        if learnt is None or (BESIDE in trace.device and trace not in own):
            continue  # what a GPU took somewhere else says nothing of here
        same = (trace.batch_size, trace.preparation) == wanted and learnt == faces
        worth = ELSEWHERE if trace not in own else MEASURED if same else ESTIMATED
        found[worth, same] = Pace(trace.epoch_s * faces / learnt, worth, trace, _outside_s(trace, own))
    return next((found[kind] for kind in _BEST_FIRST if kind in found), None)


def _own(traces: Iterable[Trace]) -> list[Trace]:
    """Those of this machine with as many cores as it has now."""
    here, machine = device_name(), machine_id()
    mine = [trace for trace in traces if machine and trace.machine == machine]
    return [trace for trace in mine if trace.device == here or trace.device.endswith(f"{BESIDE}{here}")]


def _outside_s(trace: Trace, own: Iterable[Trace]) -> float | None:
    """Seconds around the epochs: the trace's if it is local, else those of the last with its framework."""
    with_keras = json.loads(trace.workload)[0]
    known = [
        each.outside_s
        for each in own
        if each.outside_s is not None and (each == trace or json.loads(each.workload)[0] == with_keras)
    ]
    return trace.outside_s if trace in own and trace.outside_s is not None else known[-1] if known else None


def workload(recipe: Recipe) -> str:
    """Equal for recipes that cost the same per face."""
    architecture = {key: value for key, value in recipe.architecture.items() if key not in _FREE}
    pictures = [recipe.data.input.channels, recipe.data.input.size]
    return json.dumps([recipe.framework == "keras", architecture, pictures], sort_keys=True)


def pace_key(recipe: Recipe) -> tuple[str, int, str, float, int]:
    """Equal for recipes that cost the same an epoch on the same faces: ``workload, batch_size, preparation, share,
    target_count``."""
    data = recipe.data
    return workload(recipe), recipe.batch_size, data.preparation, data.share, data.target_count


def list_traces(variants: Iterable[Variant]) -> list[Trace]:
    """What is known of earlier trainings: the table of minutes, cards, what is remembered, runs, each the oldest first.

    Files are read again only when they have changed; damaged ones are passed over.
    """
    return [*_of_recipes(), *_of_cards(variants), *list_remembered(), *_of_runs()]


def remember(trace: Trace) -> None:
    """Add it to ``FER_HOME/pace.json``, in the place of an earlier one of the same kind."""
    same = (
        "workload",
        "batch_size",
        "preparation",
        "share",
        "target_count",
        "data_sha256",
        "device",
        "machine",
    )
    file = paths.paces()
    file.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{file}.lock", timeout=30):
        kept = [
            each for each in list_remembered() if any(getattr(each, k) != getattr(trace, k) for k in same)
        ]
        with replacing(file) as unfinished:
            unfinished.write_text(json.dumps([asdict(each) for each in [*kept, trace]], indent=1) + "\n")


def remember_run(run: Path) -> None:
    """Remember what the finished training in the folder ``run`` took, for when the folder is gone."""
    with suppress(OSError):  # a training is not to fail over this; the lock's timeout is one as well
        for trace in _of_run(run / RUN):
            remember(trace)


def _faces(trace: Trace, counts: _Counts, sha256: str | None) -> float | None:
    """What its epochs had to do, as :func:`_work` counts it; None where that can't be known."""
    of = counts if trace.data_sha256 == sha256 else _OF_FER2013 if trace.dataset == FER2013 else None
    return None if of is None else _work(of, trace.preparation, trace.share, trace.target_count)


def _work(counts: _Counts, preparation: str, share: float, target_count: int) -> float:
    """The faces that an epoch learns from, and those that it answers by what they cost beside."""
    learnt = prepared_size(
        shared_counts(counts[SplitName.TRAINING], share), preparation, Copying(target_count)
    )
    return learnt + counts[SplitName.PUBLIC_TEST]["all"] * _ANSWERING


def _of_recipes() -> Iterator[Trace]:
    """What the table of minutes says, of networks alike the first named one at the end, as the last one counts."""
    files = list_recipes()
    for name, known in reversed(minutes_an_epoch().items()):
        with suppress(OSError, RecipeError, KeyError):
            *needs, share, target_count = _needs(files[name])
            facts = {"device": known.on, "share": share, "target_count": target_count}
            yield Trace(name, *needs, "", FER2013, epoch_s=60 * known.minutes, epochs=0, **facts)


def _of_cards(variants: Iterable[Variant]) -> Iterator[Trace]:
    trained = [each for each in variants if each.card and each.recipe_path and each.history_path]
    for variant in sorted(trained, key=lambda each: str(each.card.faceoff.get("trained_at", ""))):
        yield from _trace(variant.id, variant.recipe_path, variant.history_path, _facts_of(variant.card))


def _of_runs() -> Iterator[Trace]:
    for run in sorted(paths.runs().glob(f"*/{RUN}"), key=lambda file: file.stat().st_mtime):
        yield from _of_run(run)


def _of_run(run: Path) -> Iterator[Trace]:
    try:
        facts = json.loads(run.read_text())
        origin = {"data_sha256": facts["data_sha256"], "dataset": "", "device": facts["device"]}
        origin |= {"machine": facts.get("machine", ""), "outside_s": facts.get("outside_s")}
        name = facts["id"]
    except (OSError, ValueError, KeyError, TypeError):
        return
    yield from _trace(name, run.with_name(paths.RECIPE), run.with_name(paths.HISTORY), origin)


def list_remembered() -> list[Trace]:
    """The trainings and trials that are remembered; none where their file is gone or damaged."""
    try:
        return [Trace(**entry) for entry in json.loads(paths.paces().read_text())]
    except (OSError, ValueError, TypeError):
        return []


def _facts_of(card: Card) -> dict[str, Any]:
    return {key: str(card.faceoff.get(key, "")) for key in ("data_sha256", "dataset", "device")}


def _trace(name: str, recipe: Path, history: Path, facts: dict[str, Any]) -> Iterator[Trace]:
    try:
        needs, seconds = _needs(recipe), _seconds(history)
    except (OSError, RecipeError, ValueError, KeyError):
        return
    # cards of before say "1 cores"
    facts |= {"device": re.sub(r"\b1 cores\b", "1 core", facts["device"])}
    if seconds:
        *needs, facts["share"], facts["target_count"] = needs
        yield Trace(name, *needs, epoch_s=statistics.fmean(seconds), epochs=len(seconds), **facts)


@Stamped
def _needs(recipe: Path) -> tuple[str, int, str, float, int]:
    return pace_key(read_recipe(recipe))


@Stamped
def _seconds(history: Path) -> list[float]:
    """Of each epoch."""
    with history.open(encoding="utf-8", newline="") as file:
        return [float(row["seconds"]) for row in csv.DictReader(file)]
