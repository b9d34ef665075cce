"""``python -m fer_core data``: bring the data set, draw one, and look at it."""

from __future__ import annotations

import argparse
from pathlib import Path

from fer_core.data.split import SplitName


def add_command(subparsers: argparse._SubParsersAction) -> None:
    """``data``."""
    data = subparsers.add_parser("data", help="import and audit a data set").add_subparsers(required=True)
    command = data.add_parser(
        "import", help="import FER2013 from a folder, .zip, .tar(.xz|.gz) or fer2013.csv"
    )
    command.add_argument("path", type=Path)
    command.set_defaults(command=import_data)
    command = data.add_parser("schematic", help="import a small set of drawn faces instead")
    command.add_argument("--training", type=int, default=1400, help="pictures to train on")
    command.add_argument("--testing", type=int, default=350, help="pictures in each test split")
    command.add_argument("--seed", type=int, default=0)
    command.set_defaults(command=draw_data)
    command = data.add_parser("show", help="counts and audit of what is imported")
    command.add_argument(
        "--preparations", action="store_true", help="also what each preparation makes of Training"
    )
    command.set_defaults(command=show_data)


def import_data(options: argparse.Namespace) -> None:
    """Import and audit a data set."""
    from fer_core.data import import_dataset

    dataset = import_dataset(options.path, _counted)
    print("\r", end="")
    _print_manifest(dataset.manifest)


def draw_data(options: argparse.Namespace) -> None:
    """Draw and store a schematic data set."""
    from fer_core.data.schematic import schematic_dataset
    from fer_core.data.store import store_dataset

    dataset = schematic_dataset(options.training, options.testing, options.seed)
    store_dataset(dataset)
    _print_manifest(dataset.manifest)


def show_data(options: argparse.Namespace) -> None:
    """Counts and audit of what is imported."""
    from fer_core.data.store import read_manifest

    _print_manifest(read_manifest())
    if options.preparations:
        _print_preparations()


def _print_preparations() -> None:
    from fer_core.data import load_dataset
    from fer_core.data.copies import leak_warning
    from fer_core.data.preparations import PREPARATIONS, prepare

    dataset = load_dataset()
    for name, sentence in PREPARATIONS.items():
        split = prepare(dataset.split(SplitName.TRAINING), name, seed=1)
        print(f"{name:12}{len(split):>8,}" + "".join(f"{count:>10,}" for count in split.counts().values()))
        print(f"{'':12}{sentence}")
        warning = leak_warning(split, dataset.splits)
        if warning:
            print(f"{'':12}{warning}")


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
    if left_out := manifest.get("left_out"):
        print(f"Left out: {', '.join(f'{count:,} {suffix}' for suffix, count in left_out.items())}.")
    for split, found in audit["splits"].items():
        print(f"{split}: {found['near_blank']} near-blank pictures, {found['blank']} of them blank.")
