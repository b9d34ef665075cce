"""One training from recipe to variant folder: what ``python -m fer_core train`` and jobs call.

Only this process imports the recipe's framework, and only when it starts to train.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from fer_core import paths
from fer_core.data.copies import leak_warning
from fer_core.data.protocols import learnt_from, under_protocol
from fer_core.data.split import Dataset, SplitName
from fer_core.data.store import load_dataset
from fer_core.errors import ModelError
from fer_core.recipes.recipe import Recipe, without_pretrained
from fer_core.test_sets.learnt import EXTRA, INHERITED, inherited_sentences, learnt_by
from fer_core.training.checkpoint import PROGRESS, checkpoint_epoch
from fer_core.training.extra import Joined, check_same, with_extra
from fer_core.training.frameworks import load_trainer
from fer_core.training.loop import run_training, step_or_stop
from fer_core.training.options import Run, Watch
from fer_core.training.pace import remember_run
from fer_core.training.precision import kept_precision
from fer_core.training.run_folder import (
    ProgressFile,
    alone_in,
    begin_run,
    keep_format,
    note,
    other_recipes,
    resume_run,
    write_run,
)
from fer_core.training.shared_runs import check_shares_run, shortened
from fer_core.training.stall import stall_watch
from fer_core.training.trainer import Trainer
from fer_core.variants.registry import get_variant


def train(run: Run, watch: Watch | None = None) -> list[Path]:
    """Train on the imported data set, and write the variant folder of the run's recipe and those of its others.

    Returns:
        The variants' folders, the recipe's own first.

    Raises:
        DataMissingError: no data set has been imported.
        TrainingInterrupted: stopped, to be resumed.
        TrainingError, RecipeError: it can't be trained, or is being trained; the message says why.
    """
    watch, began_at = watch or Watch(), time.monotonic()
    others = other_recipes(run.place) if run.resume else run.others
    for other in others:
        check_shares_run(run.recipe, other)
    dataset, joined = _data_of(run.recipe, watch)
    recipes = shortened([run.recipe, *others], run.epochs)
    weights = _first_weights(run.start_from) if run.start_from else None
    with alone_in(run.place, run.id, run.lock_s), stall_watch(watch.stalled) as stepped:
        facts = _begin(run, recipes[0], others, dataset, joined)
        trainer = _trainer(run, recipes[0], facts, weights)
        for sentence in _learnt_beside(run, facts, joined):
            note(run.place, facts, sentence, watch.warn)
        done = checkpoint_epoch(run.place) if run.resume else 0
        written = ProgressFile(run.place / PROGRESS, watch.on_progress, stepped)
        state = run_training(
            recipes[0], dataset, trainer, run.place, others=recipes[1:], resume=run.resume,
            on_progress=written.progress, stepped=stepped,
            warn=lambda sentence: note(run.place, facts, sentence, watch.warn),
            should_stop=watch.should_stop,
        )  # fmt: skip
        written.phase("finishing")
        from fer_core.training.finish import finish_run

        planned = {each.id: each.epochs for each in (run.recipe, *others)}
        folders = finish_run(
            recipes, planned, facts, dataset, trainer, state, run.place, run.cards or paths.local_cards(),
            stepped=step_or_stop(stepped, watch.should_stop, _AT_THE_END), warn=watch.warn,
        )  # fmt: skip
        outside_s = time.monotonic() - began_at - sum(row["seconds"] for row in state.history[done:])
        write_run(run.place, facts | {"finished": True, "outside_s": round(outside_s, 1)})
        remember_run(run.place)
        return folders


def _data_of(recipe: Recipe, watch: Watch) -> tuple[Dataset, Sequence[Joined]]:
    """The imported data set under the recipe's protocol, and what joins it; copies of test pictures are warned of."""
    dataset = under_protocol(load_dataset(), recipe.data.protocol, recipe.seed)
    dataset, joined = with_extra(dataset, recipe.data.extra)
    learnt = learnt_from(
        dataset.split(SplitName.TRAINING), recipe.data.hold_out, recipe.seed, recipe.data.share
    )
    if warning := leak_warning(learnt, dataset.splits):
        watch.warn(warning)
    return dataset, joined


def _begin(
    run: Run, short: Recipe, others: Sequence[Recipe], dataset: Dataset, joined: Sequence[Joined]
) -> dict[str, Any]:
    """The run's folder, new or found, with its facts, which are returned."""
    if run.resume:
        found = resume_run(run.place, short, run.recipe.epochs, dataset)
        check_same(found.get(EXTRA) or {}, joined)
        return found
    start_from = run.start_from or ""
    facts = {"parent": start_from, "start_from": start_from, **run.facts}
    facts |= {EXTRA: {each.name: each.sha256 for each in joined}} if joined else {}
    if inherited := learnt_by(get_variant(start_from)) if start_from else {}:
        facts[INHERITED] = inherited
    return begin_run(run.place, short, others, run.recipe.epochs, dataset, facts)


def _learnt_beside(run: Run, facts: dict[str, Any], joined: Sequence[Joined]) -> list[str]:
    """Which test sets of their owner this training learns from, and which its first weights had learnt from."""
    inherited = [name for name in facts.get(INHERITED) or {} if name not in run.recipe.data.extra]
    return [
        *(each.sentence for each in joined),
        *inherited_sentences(inherited, f"{facts.get('start_from')}, whose weights it began with,"),
    ]


def _trainer(run: Run, short: Recipe, facts: dict[str, Any], weights: Path | None) -> Trainer:
    """A trainer with the first weights of the run."""
    with kept_precision(facts.get("precision")):
        trainer = load_trainer(without_pretrained(short) if run.resume or weights else short)
    keep_format(run.place, facts, trainer)
    if weights and not run.resume:
        trainer.load_weights(weights)
    return trainer


_AT_THE_END = "Stopped before the variant was complete; resume to finish it."


def _first_weights(variant_id: str) -> Path:
    file = get_variant(variant_id).folder / paths.WEIGHTS
    if not file.is_file():
        raise ModelError(f"{variant_id} can't be continued: its folder has no {paths.WEIGHTS}.")
    return file
