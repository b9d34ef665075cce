"""``python -m fer_core test-set``: your own labelled pictures, and how all models do on them."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from fer_core.cli.columns import id_width
from fer_core.data.split import SplitName
from fer_core.formats import counted
from fer_core.test_sets.adding import PART_CHOICES
from fer_core.test_sets.crops import AUTO, CROPS
from fer_core.test_sets.labels import NUMBERS
from fer_core.test_sets.learnt import has_learnt_from

if TYPE_CHECKING:
    from fer_core.test_sets.measured import MeasuredVariant
    from fer_core.test_sets.store import TestSet


def add_command(subparsers: argparse._SubParsersAction) -> None:
    """Add ``test-set`` to the command line."""
    group = subparsers.add_parser("test-set", help="labelled pictures of your own, to measure models on")
    commands = group.add_subparsers(required=True, metavar="ACTION")
    _add_add(commands)
    command = commands.add_parser("list", help="every test set, and how many models have answered it")
    command.set_defaults(command=list_all)
    command = commands.add_parser("show", help="what is in a test set, and each model's figures on it")
    command.add_argument("name")
    command.set_defaults(command=show)
    command = commands.add_parser("ask", help="let models answer it that have not yet")
    command.add_argument("name")
    command.add_argument("ids", nargs="*", metavar="ID", help="variants (default: all)")
    command.set_defaults(command=ask)
    command = commands.add_parser("remove", help="remove it whole: pictures, labels and all answers")
    command.add_argument("name")
    command.set_defaults(command=remove)


def _add_add(commands: argparse._SubParsersAction) -> None:
    command = commands.add_parser("add", help="add a folder, an archive or a csv of labelled pictures")
    command.add_argument("path", type=Path)
    command.add_argument("--name", required=True, help="small letters, digits, - and _")
    command.add_argument(
        "--labels",
        nargs="+",
        default=[],
        metavar="CLASS=EMOTION",
        help="which emotion a class is: calm=neutral",
    )
    command.add_argument("--ignore", nargs="+", default=[], metavar="CLASS", help="classes that are left out")
    command.add_argument(
        "--numbers", choices=list(NUMBERS), default="", help="whose numbers the classes have"
    )
    command.add_argument(
        "--part", choices=PART_CHOICES, default=PART_CHOICES[0], help="of what has such parts"
    )
    command.add_argument(
        "--crop", choices=list(CROPS), default=AUTO,
        help="; ".join(f"{name}: {words}" for name, words in CROPS.items()),
    )  # fmt: skip
    command.add_argument(
        "--faces-of",
        choices=(SplitName.PRIVATE_TEST, SplitName.PUBLIC_TEST),
        default="",
        help="PATH is a csv of other labels, or raters' votes as FER+ has them, for these pictures of FER2013",
    )
    command.set_defaults(command=add)


def add(options: argparse.Namespace) -> None:
    """Add a test set, and say what was made of it."""
    from fer_core.test_sets.adding import ReadingOptions, add_set, described

    reading = ReadingOptions(options.labels, options.ignore, options.numbers, options.part, options.crop)
    if options.faces_of:
        from fer_core.test_sets.relabelling import add_labels

        added = add_labels(options.path, options.name, options.faces_of, reading)
    else:
        added = add_set(options.path, options.name, reading, _counted("pictures"))
    print()
    for sentence in described(added):
        print(sentence)
    print(f"`python -m fer_core test-set ask {added.name}` asks every model about it.")


def list_all(options: argparse.Namespace) -> None:
    """Every set with its size."""
    from fer_core.test_sets.measured import measured_on
    from fer_core.test_sets.store import DAMAGED, damaged_sets, list_sets
    from fer_core.variants.registry import list_variants

    found, damaged = list_sets(), damaged_sets()
    for name in damaged:
        print(DAMAGED.format(name))
    if not found and not damaged:
        print("There is no test set: `python -m fer_core test-set add PATH --name NAME` adds one.")
    for test_set in found:
        models = len(measured_on(test_set, list_variants()))
        print(f"{test_set.name:24}{test_set.count:>8,} faces{models:>6} models have answered")


def show(options: argparse.Namespace) -> None:
    """What is in a set, and each model's figures."""
    from fer_core.test_sets.adding import described
    from fer_core.test_sets.measured import measured_on
    from fer_core.test_sets.store import get_set
    from fer_core.variants.registry import list_variants

    test_set = get_set(options.name)
    for sentence in described(test_set):
        print(sentence)
    measured = sorted(measured_on(test_set, list_variants()), key=lambda each: -each.metrics()["accuracy"])
    wide = id_width(variant.id for variant in measured)
    for variant in measured:
        figures = variant.metrics()
        low, high = figures["accuracy_ci95"]
        print(f"{variant.id:{wide}}{figures['accuracy']:>8.4f}  [{low:.4f}, {high:.4f}]")
    if test_set.faces_of:
        _print_sides(test_set, measured)


def _print_sides(test_set: TestSet, measured: list[MeasuredVariant]) -> None:
    from fer_core.test_sets.relabelling import sides

    for row in sides(test_set, measured).itertuples():
        print(
            f"{row.variant}: of {row.wrong:,} mistakes by the labels before, the new ones side with {row.sided:,}; of "
            f"{row.right:,} right answers, {row.lost:,} are wrong by them."
        )


def ask(options: argparse.Namespace) -> int:
    """Ask those who have not answered; 1 where one could not."""
    from fer_core.test_sets.answering import ask_variants, unanswered
    from fer_core.test_sets.store import get_set
    from fer_core.variants.registry import get_variant, list_variants

    test_set = get_set(options.name)
    variants = [get_variant(name) for name in dict.fromkeys(options.ids)] if options.ids else list_variants()
    able, unable = unanswered(test_set, variants)
    errors = ask_variants(test_set, able, _counted("answers"))
    count = len(able) - len(errors)
    print(f"\n{counted(count, 'model')} {'has' if count == 1 else 'have'} answered.")
    if taught := [each.id for each in variants if has_learnt_from(test_set, each)]:
        print(f"Learnt from {test_set.name} itself, so not measured on it: {', '.join(taught)}.")
    if unable:
        print(f"Kept without their model file, so they can't answer: {len(unable)}.")
    for sentence in errors.values():
        print(sentence)
    return 1 if errors else 0


def robustness_on(name: str, ids: Sequence[str]) -> int:
    """Measure variants on a set's distorted pictures, print how firmly they stand; 1 where one could not be."""
    from fer_core.test_sets.distorted import measure_distorted, read_measured, robustness_frame, unmeasured
    from fer_core.test_sets.store import get_set
    from fer_core.variants.registry import get_variant

    test_set, variants = get_set(name), [get_variant(each) for each in ids]
    able, unable = unmeasured(test_set, variants)
    errors = measure_distorted(test_set, able, _counted("answers"))
    measured, damaged = read_measured(test_set, variants)
    print(f"\n{test_set.count:,} faces of {name}, in brackets the 95 % interval")
    wide = id_width(measured)
    print(f"{'':{wide}}{'untouched':>26}{'distorted':>26}{'worst':>8}{'to the firmest':>30}")
    for row in robustness_frame(measured).itertuples():
        clean = f"{row.clean:.4f} [{row.clean_lo:.4f}, {row.clean_hi:.4f}]"
        mean = f"{row.mean:.4f} [{row.mean_lo:.4f}, {row.mean_hi:.4f}]"
        behind = f"{row.behind:+.4f} [{row.behind_lo:+.4f}, {row.behind_hi:+.4f}]" if row.Index else ""
        print(f"{row.variant:{wide}}{clean:>26}{mean:>26}{row.worst:8.4f}{behind:>30}")
    taught = [each.id for each in variants if has_learnt_from(test_set, each)]
    sentences = [f"Learnt from {name} itself, so not measured on it: {', '.join(taught)}."] if taught else []
    sentences += [f"{', '.join(each.id for each in unable)}: kept without the model file."] if unable else []
    for sentence in [*sentences, *errors.values(), *damaged.values()]:
        print(sentence)
    return 1 if errors or damaged or unable or taught else 0


def remove(options: argparse.Namespace) -> None:
    """Remove a set whole."""
    from fer_core.test_sets.store import remove_set

    remove_set(options.name)
    print(f"{options.name} is removed: its pictures, its labels and all answers.")


def _counted(what: str):
    def print_count(done: int, total: int | None) -> None:
        print(f"\r{done:,}{f' of {total:,}' if total else ''} {what}", end="", flush=True)

    return print_count
