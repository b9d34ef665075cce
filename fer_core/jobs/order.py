"""``job.json``: the instructions of a job's process, written once before the job is queued."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from fer_core.errors import JobError, RecipeError
from fer_core.machine.files import replacing
from fer_core.recipes.recipe import Recipe, parse_recipe

ORDER = "job.json"


@dataclass(frozen=True)
class Order:
    """``job.json``: everything that a job's process needs, written once before the job is queued.

    Attributes:
        job: the job's id.
        recipe: the complete recipe as plain mappings; its id is the variant's.
        others: recipes that keep other epochs of the same run, complete, each under its variant's id.
        recipe_id: id of the recipe or variant it was made from.
        parent: variant to compare with, or "".
        start_from: variant whose native weights are the first ones, or "".
        epochs: at most so many instead of the recipe's, or None.
        data_sha256: the imported data set it was submitted for.
        code_sha256, git_commit: the code it was submitted under.
        versions: of Python and the packages that decide a training.
        submitted_at: ISO 8601, UTC.
        epoch_s: seconds that an epoch was thought to take when it was submitted; 0 where nobody knew.
    """

    job: str
    recipe: dict[str, Any]
    recipe_id: str = ""
    parent: str = ""
    start_from: str = ""
    epochs: int | None = None
    recipe_sha256: str = ""
    data_sha256: str = ""
    code_sha256: str = ""
    git_commit: str = ""
    seed: int = 0
    versions: dict[str, str] = field(default_factory=dict)
    submitted_at: str = ""
    others: list[dict[str, Any]] = field(default_factory=list)
    epoch_s: float = 0.0


def write_order(run: Path, order: Order) -> None:
    """Write ``job.json``, whole or not at all."""
    with replacing(run / ORDER) as file:
        file.write_text(json.dumps(asdict(order), indent=1) + "\n", encoding="utf-8")


def other_recipes(order: Order) -> list[Recipe]:
    """The checked recipes of the run's other variants; RecipeError where this version does not take one."""
    return [parse_recipe(content) for content in order.others]


def read_order(run: Path) -> tuple[Order, Recipe]:
    """The order and its checked recipe.

    Raises:
        JobError: the file is gone or damaged.
        RecipeError: its recipe is not one that this version takes.
    """
    try:
        order = Order(**json.loads((run / ORDER).read_text(encoding="utf-8")))
    except FileNotFoundError as error:
        raise JobError(
            f"The recipe of this job is gone: there is no {ORDER} in {run.name}; submit it again."
        ) from error
    except (OSError, ValueError, TypeError) as error:
        raise JobError(f"{run.name}/{ORDER} can't be read: submit the job again.") from error
    try:
        return order, parse_recipe(order.recipe)
    except RecipeError as error:
        raise RecipeError(f"{run.name}/{ORDER}: {error}") from error
