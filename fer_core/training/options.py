"""What a training is to do, and who watches it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fer_core import paths
from fer_core.errors import TrainingError
from fer_core.recipes.recipe import Recipe

if TYPE_CHECKING:
    from fer_core.training.trainer import Progress


@dataclass(frozen=True)
class Run:
    """One training, begun or gone on with.

    Attributes:
        recipe: what to train; its id is the variant's.
        others: recipes that keep other epochs of the same run, each a variant of its own; a resumed run has those
            with which it began.
        epochs: at most this many instead of the recipe's; the card says so.
        resume: go on from the run's checkpoint.
        start_from: id of a variant of the same architecture whose native weights are the first ones.
        folder: the run's; default ``FER_HOME/runs/<id>``.
        facts: what ``run.json`` and the card are to say beside the run's own facts, such as ``parent``.
        cards: where the variants' folders go; default ``FER_HOME/model_cards``.
        lock_s: how long to wait for another training of this run to end.

    TrainingError where ``epochs`` is less than 1.
    """

    recipe: Recipe
    others: Sequence[Recipe] = ()
    epochs: int | None = None
    resume: bool = False
    start_from: str | None = None
    folder: Path | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    cards: Path | None = None
    lock_s: float = 0.0

    def __post_init__(self) -> None:
        if self.epochs is not None and self.epochs < 1:
            raise TrainingError(f"--epochs is {self.epochs}; it must be 1 or more.")

    @property
    def id(self) -> str:
        """The id of the variant that it makes."""
        return self.recipe.id

    @property
    def place(self) -> Path:
        """The run's folder, given or not."""
        return self.folder or paths.runs() / self.id


@dataclass(frozen=True)
class Watch:
    """Who follows a training.

    Attributes:
        on_progress: called with every batch and epoch.
        warn: called with a sentence if training pictures are copies of test ones, a checkpoint was damaged, or a
            variant that was there has been put in the bin.
        should_stop: called after every batch, and between the steps of the export.
        stalled: called, from another thread, if no step is made for too long; see :mod:`fer_core.training.stall`.
    """

    on_progress: Callable[[Progress], None] = lambda progress: None
    warn: Callable[[str], None] = lambda sentence: None
    should_stop: Callable[[], bool] = lambda: False
    stalled: Callable[[str], None] | None = None
