"""The command line: ``python -m fer_core data | train | evaluate | predict | list``."""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from pathlib import Path

from fer_core import __version__
from fer_core.errors import FerError, TrainingInterrupted


def main(arguments: list[str] | None = None) -> int:
    """Run one command; 0 on success, 1 after an error, 130 after Ctrl-C."""
    options = _parser().parse_args(arguments)
    try:
        return options.command(options) or 0
    except TrainingInterrupted as stopped:
        print(f"\n{stopped}", file=sys.stderr)
        return 130
    except FerError as error:
        print(f"\nfer_core: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped.", file=sys.stderr)
        return 130
    except BrokenPipeError:
        return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m fer_core", description="Facial-expression models, side by side."
    )
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_data(commands)
    _add_train(commands)
    return parser


def _add_data(commands: argparse._SubParsersAction) -> None:
    data = commands.add_parser("data", help="import and audit a data set").add_subparsers(required=True)
    command = data.add_parser("import", help="import FER2013 from a folder, .zip, .tar(.xz) or fer2013.csv")
    command.add_argument("path", type=Path)
    command.set_defaults(command=_import)
    command = data.add_parser("schematic", help="import a small set of drawn faces instead")
    command.add_argument("--training", type=int, default=1400, help="pictures to train on")
    command.add_argument("--testing", type=int, default=350, help="pictures in each test split")
    command.add_argument("--seed", type=int, default=0)
    command.set_defaults(command=_schematic)
    command = data.add_parser("show", help="counts and audit of what is imported")
    command.set_defaults(command=_show_data)


def _add_train(commands: argparse._SubParsersAction) -> None:
    command = commands.add_parser("train", help="train a recipe and register the variant")
    command.add_argument("recipe", type=Path)
    command.add_argument("--epochs", type=int, help="at most this many epochs")
    command.add_argument("--resume", action="store_true", help="go on from the last finished epoch")
    command.add_argument(
        "--cards", type=Path, help="folder that receives the variant (default: FER_HOME/model_cards)"
    )
    command.set_defaults(command=_train)


def _import(options: argparse.Namespace) -> None:
    from fer_core.data import import_dataset

    dataset = import_dataset(options.path, _counted)
    print("\r", end="")
    _print_manifest(dataset.manifest)


def _schematic(options: argparse.Namespace) -> None:
    from fer_core.data.schematic import schematic_dataset
    from fer_core.data.store import store_dataset

    dataset = schematic_dataset(options.training, options.testing, options.seed)
    store_dataset(dataset)
    _print_manifest(dataset.manifest)


def _show_data(options: argparse.Namespace) -> None:
    from fer_core.data.store import read_manifest

    _print_manifest(read_manifest())


def _counted(done: int, total: int | None) -> None:
    print(f"\r{done:,}{f' of {total:,}' if total else ''} pictures read", end="", flush=True)


def _print_manifest(manifest: dict) -> None:
    from fer_core.emotions import EMOTIONS

    print(f"{manifest['source']}  sha256 {manifest['sha256'][:12]}")
    print(f"{'':12}{'all':>8}" + "".join(f"{name:>10}" for name in EMOTIONS))
    for split, counts in manifest["counts"].items():
        print(f"{split:12}{counts['all']:>8,}" + "".join(f"{counts[name]:>10,}" for name in EMOTIONS))
    audit = manifest["audit"]
    print(
        f"{audit['duplicate_groups']:,} groups of exact copies ({audit['duplicate_images']:,} pictures), "
        f"{audit['conflicting_groups']:,} of them labelled in conflict.\n"
        f"PrivateTest: {audit['private_in_training']:,} pictures stand in Training, "
        f"{audit['private_in_training_or_public']:,} in Training or PublicTest. "
        f"PublicTest: {audit['public_in_training']:,} stand in Training."
    )
    for split, found in audit["splits"].items():
        print(f"{split}: {found['near_blank']} near-blank pictures, {found['blank']} of them blank.")


def _train(options: argparse.Namespace) -> None:
    from fer_core.recipes import read_recipe
    from fer_core.training.session import train

    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    folder = train(
        read_recipe(options.recipe),
        epochs=options.epochs,
        resume=options.resume,
        cards=options.cards,
        report=_print_progress,
        should_stop=stop.is_set,
    )
    print(f"Wrote {folder}")


def _print_progress(progress) -> None:
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


if __name__ == "__main__":
    sys.exit(main())
