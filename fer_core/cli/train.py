"""``python -m fer_core train``: a training in the foreground, which never takes the place of another unasked."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import tempfile
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from fer_core.errors import FerError, TrainingError, TrainingInterrupted
from fer_core.recipes.recipe import Recipe
from fer_core.roles.permissions import for_trainers

if TYPE_CHECKING:
    from fer_core.recipes.changes import Change
    from fer_core.training.options import Run, Watch


def add_command(subparsers: argparse._SubParsersAction) -> None:
    """Add ``train`` to the command line."""
    command = subparsers.add_parser("train", help="train a recipe and register the variant")
    what = command.add_mutually_exclusive_group(required=True)
    what.add_argument("recipe", nargs="?", help="a recipe file, the id of one in experiments/, or a variant")
    what.add_argument(
        "--pending",
        action="store_true",
        help="every row that experiments/LEDGER.md has pending, one after the other; what is done is skipped",
    )
    command.add_argument("--name", default="", metavar="ID", help="id of the new variant")
    command.add_argument(
        "--set", action="append", default=[], metavar="KEY=VALUE", help="change a key, as loss.name=focal"
    )
    command.add_argument("--epochs", type=int, help="at most this many epochs")
    command.add_argument("--start-from", metavar="ID", help="begin with the native weights of this variant")
    command.add_argument("--resume", action="store_true", help="go on from the last finished epoch")
    command.add_argument(
        "--replace",
        action="store_true",
        help="keep the recipe's id: a variant of yours that has it goes to the bin",
    )
    command.add_argument(
        "--for-row", action="store_true", help="train a shipped row again; `ship` then puts it in its place"
    )
    command.add_argument(
        "--weights",
        type=Path,
        metavar="PATH",
        help="a file of ImageNet weights, or a folder of them, instead of FER_HOME/weights",
    )
    command.add_argument(
        "--cards", type=Path, help="folder that receives the variant (default: FER_HOME/model_cards)"
    )
    command.set_defaults(command=train)


def train(options: argparse.Namespace) -> int:
    """Train a recipe, or all that are pending; Ctrl-C leaves a run that resumes. 1 where a pending one failed."""
    if options.pending:
        return _train_pending(options)
    _train_one(options)
    return 0


def _train_pending(options: argparse.Namespace) -> int:
    from fer_core import paths
    from fer_core.training.ledger import pending
    from fer_core.training.target_ids import unfinished_runs

    failed = 0
    for name, epochs in pending().items():
        if (paths.rows() / name).is_dir():
            print(f"{name} has been trained: `python -m fer_core ship {name}` puts it in its place.")
            continue
        own = {"recipe": name, "pending": False, "for_row": True, "resume": name in unfinished_runs()}
        if options.epochs is None:
            own["epochs"] = epochs
        print(f"{name}:", flush=True)
        try:
            _train_one(argparse.Namespace(**vars(options) | own))
        except TrainingInterrupted:
            raise
        except FerError as error:
            print(error, flush=True)
            failed = 1
    return failed


def _train_one(options: argparse.Namespace) -> None:
    from fer_core.jobs.causes import known_cause

    try:
        _train(options)
    except FerError:
        raise
    except Exception as error:
        sentence = known_cause(error)
        if sentence is None:
            raise
        raise TrainingError(sentence) from error


def _train(options: argparse.Namespace) -> None:
    from fer_core import paths
    from fer_core.architectures import weights
    from fer_core.training.options import Run, Watch
    from fer_core.training.stall import end_process
    from fer_core.training.target_ids import ordered_training, resumed_training

    if options.weights:
        if not options.weights.exists():
            raise TrainingError(f"There is no file or folder of weights {options.weights}.")
        os.environ[weights.VARIABLE] = str(options.weights.absolute())
    change, others = _recipes(options)
    if options.resume:
        recipe = resumed_training(change, options.name)
    else:
        recipe, others, notes = ordered_training(
            change, others, name=options.name, epochs=options.epochs, replace=options.replace,
            for_row=options.for_row, cards=options.cards, busy=_ids_of_jobs(),
        )  # fmt: skip
        for sentence in notes:
            print(sentence, flush=True)
    if options.cards:
        _demand_writable(options.cards)
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: _stop(stop))
    run = Run(
        recipe,
        others=others,
        epochs=options.epochs,
        resume=options.resume,
        start_from=options.start_from,
        facts={"recipe_id": change.original.id},
        cards=paths.rows() if options.for_row else options.cards,
    )
    folders = _run(
        run, Watch(print_progress, lambda sentence: print(sentence, flush=True), stop.is_set, end_process)
    )
    for folder in folders:
        print(f"Wrote {folder}")
        if options.for_row:
            print(f"`python -m fer_core ship {folder.name}` puts it in the place of the shipped one.")


def _stop(stop: threading.Event) -> None:
    """Let the step at hand end; whoever asks again need not wait for that."""
    if stop.is_set():
        raise KeyboardInterrupt
    stop.set()


def _demand_writable(folder: Path) -> None:
    """TrainingError, before hours of training, where a folder can't receive a variant."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise TrainingError(f"--cards: {folder} can't be written: {error.strerror}.") from error


@for_trainers("trained", "run")
def _run(run: Run, watch: Watch, by: None = None) -> list[Path]:
    from fer_core.training.session import train as train_run

    return train_run(run, watch)


def _recipes(options: argparse.Namespace) -> tuple[Change, Sequence[Recipe]]:
    """The recipe and what is to be changed in it, and those that come out of the same run while nothing is."""
    from fer_core.jobs.submission import find_recipe
    from fer_core.recipes.changes import Change, changed_recipe, parse_change
    from fer_core.recipes.library import list_recipes
    from fer_core.training.shared_runs import recipes_of_run

    original = find_recipe(options.recipe)
    change = Change(original, changed_recipe(original, dict(map(parse_change, options.set))))
    file = Path(options.recipe) if Path(options.recipe).is_file() else list_recipes().get(options.recipe)
    if file is None or options.start_from or change.differences:
        return change, ()
    return change, recipes_of_run(original, file.parent)


def _ids_of_jobs() -> set[str]:
    from fer_core.jobs.store import open_store

    return {job.variant_id for job in open_store().list_jobs()}


def print_progress(progress) -> None:
    """One line that grows with each batch on a terminal, and one that stays for each epoch."""
    line = (
        f"\repoch {progress.epoch}/{progress.epochs}  batch {progress.step}/{progress.steps}  "
        f"loss {progress.train_loss:.4f}  accuracy {progress.train_accuracy:.4f}"
    )
    if progress.val_loss is not None:
        print(
            f"{line}  validation loss {progress.val_loss:.4f}  accuracy {progress.val_accuracy:.4f}  "
            f"{progress.seconds:.0f} s",
            flush=True,
        )
    elif sys.stdout.isatty():
        print(line, end="", flush=True)
