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
    _add_variants(commands)
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
    command.add_argument("--start-from", metavar="ID", help="begin with the native weights of this variant")
    command.add_argument("--resume", action="store_true", help="go on from the last finished epoch")
    command.add_argument(
        "--cards", type=Path, help="folder that receives the variant (default: FER_HOME/model_cards)"
    )
    command.set_defaults(command=_train)


def _add_variants(commands: argparse._SubParsersAction) -> None:
    command = commands.add_parser("list", help="every registered variant with its figures")
    command.set_defaults(command=_list)
    command = commands.add_parser("predict", help="what models say about the faces in a picture")
    command.add_argument("picture", type=Path)
    command.add_argument(
        "--models", nargs="+", metavar="ID", help="variants to ask (default: all that can answer)"
    )
    command.add_argument("--runtime", choices=("onnx", "native"), default="onnx")
    command.add_argument("--whole", action="store_true", help="take the whole picture for one face")
    command.set_defaults(command=_predict)
    command = commands.add_parser("evaluate", help="recompute a card's figures from its predictions")
    command.add_argument("ids", nargs="+", metavar="ID", help="variants, or `all`")
    command.add_argument(
        "--repeat", action="store_true", help="also run the model over the imported data again"
    )
    command.add_argument("--write", action="store_true", help="write the card again from what was recomputed")
    command.add_argument(
        "--latency", action="store_true", help="with --write, also measure milliseconds per face"
    )
    command.set_defaults(command=_evaluate)
    command = commands.add_parser(
        "ship", help="move a local variant to the set that ships with the repository"
    )
    command.add_argument("id")
    command.set_defaults(command=_ship)


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
        start_from=options.start_from,
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


def _list(options: argparse.Namespace) -> None:
    from fer_core.registry import list_variants

    print(f"{'id':34}{'status':13}{'framework':11}{'parameters':>11}{'accuracy':>10}{'  95 % interval':17}"
          f"{'clean':>7}{'reported':>10}")  # fmt: skip
    for variant in list_variants():
        full, clean = variant.metrics("private_test"), variant.metrics("private_test_clean")
        parameters = f"{variant.parameters:,}" if variant.parameters else "-"
        figures = f"{'-':>10}{'':17}{'-':>7}"
        if full and clean:
            low, high = full["accuracy_ci95"]
            figures = f"{full['accuracy']:>10.4f}  [{low:.4f}, {high:.4f}] {clean['accuracy']:>7.4f}"
        reported = variant.reported_accuracy
        told = f"{reported['value']:.4f}" if reported else "-"
        print(
            f"{variant.id:34}{variant.status:13}{variant.framework or '-':11}{parameters:>11}{figures}{told:>10}"
        )
        if variant.reason:
            print(f"    {variant.reason}")


def _predict(options: argparse.Namespace) -> None:
    from fer_core.answers import answer_picture, load_classifiers
    from fer_core.emotions import EMOTIONS

    answers = answer_picture(
        _read_bytes(options.picture),
        options.picture.name,
        load_classifiers(options.models, options.runtime),
        whole=options.whole,
    )
    for note in answers.notes:
        print(note)
    for number, face in enumerate(answers.faces, start=1):
        x, y, width, height = face.box
        print(f"\nFace {number} at x {x}, y {y}, {width} x {height} pixels")
        print(f"{'':34}" + "".join(f"{name:>10}" for name in EMOTIONS) + f"{'ms':>10}  says")
        for name, probs in answers.probs.items():
            row = probs[number - 1]
            print(
                f"{name:34}" + "".join(f"{value:10.3f}" for value in row)
                + f"{answers.milliseconds[name]:10.1f}  {EMOTIONS[row.argmax()]}"
            )  # fmt: skip


def _read_bytes(path: Path) -> bytes:
    from fer_core.errors import PictureError

    try:
        return path.read_bytes()
    except OSError as error:
        raise PictureError(f"{path} can't be read: {error.strerror}.") from error


def _evaluate(options: argparse.Namespace) -> int:
    from fer_core.data import load_dataset
    from fer_core.latency import measure_latency_ms
    from fer_core.registry import get_variant, list_variants
    from fer_core.training import recheck

    if options.ids == ["all"]:
        variants = [variant for variant in list_variants() if variant.status == "trained"]
    else:
        variants = [get_variant(name) for name in options.ids]
    dataset = load_dataset() if options.repeat else None
    different = 0
    for variant in variants:
        metrics = recheck.recompute_metrics(variant)
        largest = recheck.largest_difference(variant.card, metrics)
        different += largest > recheck.CARD_TOLERANCE
        print(f"{variant.id}: card and predictions differ by at most {largest:.1e}")
        for split, figures in metrics.items():
            print(f"  {split}: " + "  ".join(f"{key} {_figure(value)}" for key, value in figures.items()))
        if dataset:
            print(
                f"  model run again: probabilities differ by at most {recheck.repeat_predictions(variant, dataset):.1e}"
            )
        if options.write:
            timed = {"latency_ms": round(measure_latency_ms(variant), 3)} if options.latency else {}
            recheck.rewrite_card(variant, **timed)
    return 1 if different and not options.write else 0


def _figure(value: float | list[float]) -> str:
    return "[" + ", ".join(map(_figure, value)) + "]" if isinstance(value, list) else f"{value:.6g}"


def _ship(options: argparse.Namespace) -> None:
    from fer_core.registry import get_variant
    from fer_core.training.shipping import ship_variant

    print(f"Wrote {ship_variant(get_variant(options.id))}")


if __name__ == "__main__":
    sys.exit(main())
