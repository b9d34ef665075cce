"""``python -m fer_core plan``: the cards of recipes that have not been trained."""

from __future__ import annotations

import argparse
from pathlib import Path

from fer_core import paths


def add_command(subparsers: argparse._SubParsersAction) -> None:
    """``plan``."""
    command = subparsers.add_parser("plan", help="write the cards of recipes that have not been trained")
    command.add_argument("ids", nargs="+", metavar="ID", help="recipes of experiments/, or `all`")
    command.add_argument(
        "--cards",
        type=Path,
        default=paths.SHIPPED_CARDS,
        help="folder that receives them (default: model_cards)",
    )
    command.set_defaults(command=plan)


def plan(options: argparse.Namespace) -> None:
    """Write recipe-only cards; trained ones are left as they are."""
    from fer_core.curation.planning import plan_variant
    from fer_core.recipes.library import get_recipe_path, list_recipes
    from fer_core.recipes.recipe import read_recipe
    from fer_core.training.counting import count_parameters

    files = list_recipes()
    if options.ids != ["all"]:
        files = {name: get_recipe_path(name) for name in options.ids}
    counts = count_parameters(files)
    for name, path in files.items():
        folder = plan_variant(read_recipe(path), options.cards, counts[name])
        print(f"Wrote {folder}" if folder else f"{name} is trained: left as it is")
