"""From a recipe to a queued job: the variant it will make, its run folder, its row."""

from __future__ import annotations

import secrets
import shutil
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from fer_core import paths
from fer_core.data.store import read_manifest
from fer_core.errors import JobError
from fer_core.jobs.job import Job
from fer_core.jobs.order import Order, write_order
from fer_core.jobs.store import JobStore
from fer_core.recipes.changes import Change, changed_recipe, recipe_differences
from fer_core.recipes.library import get_recipe_path, list_recipes
from fer_core.recipes.recipe import Recipe, read_recipe, recipe_mapping
from fer_core.training.naming import free_ids, trained_ids, with_free_ids
from fer_core.training.pace import Trace, find_pace, list_traces
from fer_core.training.provenance import code_sha256, git_commit, versions
from fer_core.training.shared_runs import recipes_of_run
from fer_core.variants.registry import get_variant, list_variants


@dataclass(frozen=True)
class Wish:
    """What is requested beside the recipe.

    Attributes:
        changes: dotted recipe keys and their new values.
        variant_id: name of the new variant; by default the recipe's own where it is free, else derived.
        epochs: at most this many instead of the recipe's; the card says so.
        parent: variant to compare with afterwards; by default the trained variant it was made from.
        start_from: begin with this variant's native weights; it is then the parent.
        priority: the higher, the sooner.
        cpus, memory_mb, gpus: what it needs of the machine, as :class:`fer_core.jobs.job.Job` has them.
        submitted_by: the requester.
    """

    changes: Mapping[str, Any] = field(default_factory=dict)
    variant_id: str = ""
    epochs: int | None = None
    parent: str = ""
    start_from: str = ""
    priority: int = 0
    cpus: int = 0
    memory_mb: int = 0
    gpus: int = -1
    submitted_by: str = ""


def find_recipe(name: str) -> Recipe:
    """A recipe by its file, by its id in ``experiments/``, or by the variant that was trained with it.

    Raises:
        RecipeError, UnknownVariantError: there is none; the message lists near names.
        JobError: the variant's folder holds no recipe.
    """
    if Path(name).is_file():
        return read_recipe(Path(name))
    if name in list_recipes() or not paths.VARIANT_ID.fullmatch(name):
        return read_recipe(get_recipe_path(name))
    variant = get_variant(name)
    if variant.recipe_path is None:
        raise JobError(f"{name} can't be trained again: its folder has no {paths.RECIPE}.")
    return read_recipe(variant.recipe_path)


def submit_job(store: JobStore, recipe: Recipe, wish: Wish, traces: Sequence[Trace] | None = None) -> Job:
    """Queue a training; its run folder is complete before the job can be seen.

    ``traces`` are what earlier trainings took, read here where they are not given.

    Raises:
        RecipeError: a change is wrong.
        DataMissingError: nothing has been imported.
        UnknownVariantError: there is no such parent.
        JobError: the wanted variant id is taken or no valid one, or a number is out of range.
    """
    _check(wish)
    change = Change(recipe, changed_recipe(recipe, wish.changes))
    trained = trained_ids()
    taken = trained | {job.variant_id for job in store.list_jobs()}
    others = with_free_ids(_others(change, wish), wish.epochs, taken)
    wanted = wish.variant_id or (change.recipe.id if change.recipe.id != recipe.id else "")
    if wanted in taken:
        raise JobError(f"There is a variant or a job named {wanted} already: choose another name.")
    parent = wish.parent or wish.start_from or (recipe.id if recipe.id in trained else "")
    for variant_id in [wanted] if wanted else free_ids(change, wish.epochs, taken):
        job, order = _prepared(change, variant_id, parent, wish)
        thought_s = _thought_s(change.recipe, traces)
        order = replace(order, others=[recipe_mapping(other) for other in others], epoch_s=thought_s)
        write_order(job.folder, order)
        if store.add(job):
            return job
        shutil.rmtree(job.folder)  # somebody else was quicker with that name
    raise JobError(f"There is a job named {wanted} already: choose another name.")


def _others(change: Change, wish: Wish) -> list[Recipe]:
    """The recipes of ``experiments/`` that come out of this training as well: of a library's recipe, unchanged."""
    recipe = change.original
    path = list_recipes().get(recipe.id)
    differs = change.differences or wish.start_from
    if path is None or differs or recipe_differences(recipe, read_recipe(path)):
        return []
    return recipes_of_run(recipe, path.parent)


def _prepared(change: Change, variant_id: str, parent: str, wish: Wish) -> tuple[Job, Order]:
    """The row and the order of a job that is to make ``variant_id``."""
    recipe, made = change.original, change.under(variant_id)
    now = time.time()
    job = Job(
        id=f"{variant_id}-{secrets.token_hex(3)}",
        variant_id=variant_id,
        recipe_id=recipe.id,
        parent=parent,
        framework=made.framework,
        epochs=min(wish.epochs or made.epochs, made.epochs),
        priority=wish.priority,
        cpus=wish.cpus,
        memory_mb=wish.memory_mb,
        gpus=wish.gpus,
        submitted_by=wish.submitted_by,
        submitted_at=now,
        queued_at=now,
    )
    order = Order(
        job=job.id,
        recipe=recipe_mapping(made),
        recipe_id=recipe.id,
        parent=parent,
        start_from=wish.start_from,
        epochs=wish.epochs,
        recipe_sha256=made.sha256,
        data_sha256=read_manifest()["sha256"],
        code_sha256=code_sha256(),
        git_commit=git_commit(),
        seed=made.seed,
        versions=versions(made.framework),
        submitted_at=datetime.fromtimestamp(now, UTC).isoformat(timespec="seconds"),
    )
    return job, order


def _thought_s(recipe: Recipe, traces: Sequence[Trace] | None) -> float:
    """Seconds that an epoch is thought to take; 0 where nothing is known."""
    known = find_pace(recipe, list_traces(list_variants()) if traces is None else traces, read_manifest())
    return round(known.epoch_s, 3) if known else 0.0


def _check(wish: Wish) -> None:
    if wish.variant_id and not paths.VARIANT_ID.fullmatch(wish.variant_id):
        raise JobError(f"{wish.variant_id!r} is no variant id: write family.variant in a-z, 0-9 and _.")
    if wish.epochs is not None and wish.epochs < 1:
        raise JobError(f"The number of epochs is {wish.epochs}; it must be 1 or more.")
    for name, least in (("cpus", 0), ("memory_mb", 0), ("gpus", -1)):
        if getattr(wish, name) < least:
            raise JobError(f"{name} is {getattr(wish, name)}; it must be {least} or more.")
    for variant_id in filter(None, (wish.parent, wish.start_from)):
        get_variant(variant_id)
    if wish.start_from and not (get_variant(wish.start_from).folder / paths.WEIGHTS).is_file():
        raise JobError(f"{wish.start_from} can't be continued: its folder has no {paths.WEIGHTS}.")
