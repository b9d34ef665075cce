"""Before the first epoch: under which id a training writes its variant, so that nothing is lost to it."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import replace as replaced
from pathlib import Path
from typing import Any

from fer_core import paths
from fer_core.errors import TrainingError
from fer_core.recipes.changes import Change, changed_recipe, recipe_differences
from fer_core.recipes.library import list_recipes
from fer_core.recipes.recipe import Recipe, read_recipe
from fer_core.training.checkpoint import RUN, checkpoint_epoch
from fer_core.training.naming import free_ids, trained_ids, with_free_ids
from fer_core.training.run_folder import ALREADY, is_being_trained
from fer_core.variants.facts import Status
from fer_core.variants.registry import Origin, list_variants


def ordered_training(
    change: Change,
    others: Sequence[Recipe] = (),
    *,
    name: str = "",
    epochs: int | None = None,
    replace: bool = False,
    for_row: bool = False,
    cards: Path | None = None,
    busy: Collection[str] = (),
) -> tuple[Recipe, list[Recipe], list[str]]:
    """The recipes that a new training is to run under ids of their own, and what is to be said of that.

    Args:
        change: the recipe as it was found, and as it is to be trained.
        others: recipes that keep other epochs of the same run.
        name: the wanted id; by default the recipe's own where it is free, else one that names the changes.
        epochs: at most so many.
        replace: keep the recipe's id; the local variant that has it goes to the bin when the new one is complete.
        for_row: keep the id of a shipped row, whose new training waits in ``FER_HOME/rows`` to be shipped.
        cards: another folder than ``FER_HOME/model_cards`` that receives the variant.
        busy: the ids of the variants that jobs make.

    Raises:
        TrainingError: the wanted id is no free one, or is being trained; the message says what to do.
    """
    original = change.original
    if is_being_trained(paths.runs() / (name or original.id)):
        raise TrainingError(ALREADY.format(name or original.id))
    if for_row:
        return _row(change, others, name)
    taken = _folders(cards) if cards else trained_ids()
    taken |= set(busy) | unfinished_runs().keys()
    if replace:
        taken -= _replaceable(name or original.id, busy)
    if name:
        if not paths.VARIANT_ID.fullmatch(name):
            raise TrainingError(f"{name!r} is no variant id: write family.variant in a-z, 0-9 and _.")
        if name in taken:
            raise TrainingError(f"{_why_taken(name, busy)}: choose another name.")
    chosen = name or next(free_ids(change, epochs, taken))
    notes = []
    if chosen != original.id and not name and not change.differences:
        notes.append(f"{_why_taken(original.id, busy)}: this one will be {chosen}.")
    own = with_free_ids(others, epochs, taken | {chosen})
    notes += [f"It also makes {each.id}, another epoch of the same run." for each in own]
    return change.under(chosen), own, notes


def resumed_training(change: Change, name: str = "") -> Recipe:
    """The recipe of the unfinished run that the change's original was trained in, under whatever id.

    Raises:
        TrainingError: there is no such run, or there are several.
    """
    original, changed = change.original, change.recipe
    made = {run: facts for run, facts in _runs().items() if facts.get("recipe_id", run) == original.id}
    unfinished = [run for run, facts in made.items() if not facts.get("finished")]
    found = [name] if name else unfinished or [run for run in made if run == original.id] or list(made)
    if len(found) > 1:
        raise TrainingError(f"{', '.join(found)} are runs of {original.id}: say which with --name.")
    run = found[0] if found else original.id
    if run not in made or run == original.id:
        return changed if run == original.id else replaced(changed, id=run)
    recipe = read_recipe(paths.runs() / run / paths.RECIPE)
    recipe = replaced(recipe, epochs=made[run].get("epochs_planned", recipe.epochs))
    wanted = {key: new for key, (_, new) in change.differences.items()}
    return changed_recipe(recipe, wanted)


def unfinished_runs() -> dict[str, int]:
    """Runs that have been stopped and not gone on with, by id, with their finished epochs."""
    epochs = {
        run: checkpoint_epoch(paths.runs() / run) for run, facts in _runs().items() if "job" not in facts
    }
    trained = trained_ids()
    return {
        run: count
        for run, count in epochs.items()
        if count and not _runs_facts(run).get("finished", run in trained)
    }


def _row(change: Change, others: Sequence[Recipe], name: str) -> tuple[Recipe, list[Recipe], list[str]]:
    original = change.original
    path = list_recipes().get(original.id)
    if path is None or name or change.differences:
        raise TrainingError(
            f"--for-row trains a recipe of experiments/ as it stands: {original.id} is none, or changed."
        )
    if recipe_differences(original, read_recipe(path)):
        raise TrainingError(
            f"--for-row: {original.id} differs from its recipe in experiments/; give its id instead."
        )
    return original, list(others), []


def _replaceable(variant_id: str, busy: Collection[str]) -> set[str]:
    """The id, where what has it may go to the bin; else TrainingError."""
    if variant_id in busy:
        raise TrainingError(
            f"{_why_taken(variant_id, busy)}, which --replace does not touch: choose another name."
        )
    if any(
        each.id == variant_id and each.origin == Origin.SHIPPED and each.status == Status.TRAINED
        for each in list_variants()
    ):
        raise TrainingError(
            f"{variant_id} ships with Faceoff: --replace is for your own, --for-row for shipped ones."
        )
    return {variant_id}


def _why_taken(variant_id: str, busy: Collection[str]) -> str:
    epochs = unfinished_runs().get(variant_id)
    if epochs:
        return f"{variant_id} has a run of {epochs} epochs that is not finished, and --resume goes on with"
    if variant_id in busy:
        return f"There is a job that makes {variant_id}"
    origin = next((each.origin for each in list_variants() if each.id == variant_id), Origin.LOCAL)
    return (
        f"{variant_id} ships with Faceoff"
        if origin == Origin.SHIPPED
        else f"There is a variant {variant_id} already"
    )


def _folders(parent: Path) -> set[str]:
    return {folder.name for folder in parent.iterdir() if folder.is_dir()} if parent.is_dir() else set()


def _runs() -> dict[str, dict[str, Any]]:
    """The facts of every run in FER_HOME, the latest first; what can't be read is left out."""
    found = {run: _runs_facts(run) for run in sorted(_folders(paths.runs()))}
    known = {run: facts for run, facts in found.items() if facts}
    return dict(sorted(known.items(), key=lambda pair: str(pair[1].get("started_at", "")), reverse=True))


def _runs_facts(run: str) -> dict[str, Any]:
    try:
        facts = json.loads((paths.runs() / run / RUN).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return facts if isinstance(facts, dict) else {}
