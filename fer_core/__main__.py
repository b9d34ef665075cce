"""The command line: ``python -m fer_core --help`` lists its commands."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from fer_core import __version__, paths
from fer_core.api import settings
from fer_core.cli import (
    audit,
    claims,
    compare,
    detector,
    peers,
    printed,
    register,
    test_sets,
    train,
    variants,
    weights,
)
from fer_core.cli.jobs import add_commands
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
    except Exception as error:  # a full disk, a folder that can't be written: no bug of ours
        from fer_core.jobs.causes import known_cause

        sentence = known_cause(error)
        if sentence is None:
            raise
        print(f"\nfer_core: {sentence}", file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m fer_core", description="Facial-expression models, side by side."
    )
    parser.add_argument("--version", action="version", version=__version__)
    subparsers = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_data(subparsers)
    test_sets.add_command(subparsers)
    train.add_command(subparsers)
    weights.add_command(subparsers)
    _add_plan(subparsers)
    add_commands(subparsers)
    _add_variants(subparsers)
    register.add_command(subparsers)
    peers.add_command(subparsers)
    _add_serve(subparsers)
    _add_comparisons(subparsers)
    claims.add_command(subparsers)
    printed.add_command(subparsers)
    audit.add_command(subparsers)
    detector.add_command(subparsers)
    return parser


def _add_data(subparsers: argparse._SubParsersAction) -> None:
    data = subparsers.add_parser("data", help="import and audit a data set").add_subparsers(required=True)
    command = data.add_parser("import", help="import FER2013 from a folder, .zip, .tar(.xz) or fer2013.csv")
    command.add_argument("path", type=Path)
    command.set_defaults(command=variants.import_data)
    command = data.add_parser("schematic", help="import a small set of drawn faces instead")
    command.add_argument("--training", type=int, default=1400, help="pictures to train on")
    command.add_argument("--testing", type=int, default=350, help="pictures in each test split")
    command.add_argument("--seed", type=int, default=0)
    command.set_defaults(command=variants.draw_data)
    command = data.add_parser("show", help="counts and audit of what is imported")
    command.add_argument(
        "--preparations", action="store_true", help="also what each preparation makes of Training"
    )
    command.set_defaults(command=variants.show_data)


def _add_plan(subparsers: argparse._SubParsersAction) -> None:
    command = subparsers.add_parser("plan", help="write the cards of recipes that have not been trained")
    command.add_argument("ids", nargs="+", metavar="ID", help="recipes of experiments/, or `all`")
    command.add_argument(
        "--cards",
        type=Path,
        default=paths.SHIPPED_CARDS,
        help="folder that receives them (default: model_cards)",
    )
    command.set_defaults(command=variants.plan)


def _add_variants(subparsers: argparse._SubParsersAction) -> None:
    command = subparsers.add_parser("list", help="every registered variant with its figures")
    command.add_argument(
        "--missing", action="store_true", help="instead, the reports' rows without recipe or card"
    )
    command.set_defaults(command=variants.list_models)
    command = subparsers.add_parser("predict", help="what models say about the faces in a picture")
    command.add_argument("picture", type=Path)
    command.add_argument(
        "--models", nargs="+", metavar="ID", help="variants to ask (default: all that can answer)"
    )
    command.add_argument("--runtime", choices=("onnx", "native"), default="onnx")
    command.add_argument("--whole", action="store_true", help="take the whole picture for one face")
    command.add_argument("--doubtful", action="store_true", help="answer faces too that may be none")
    command.add_argument(
        "--turn",
        type=int,
        choices=(0, 90, 180, 270),
        default=0,
        help="degrees to turn the picture, clockwise",
    )
    command.add_argument("--json", action="store_true", help="print what the HTTP API would answer")
    command.set_defaults(command=variants.predict)
    command = subparsers.add_parser("evaluate", help="recompute a card's figures from its predictions")
    command.add_argument("ids", nargs="+", metavar="ID", help="variants, or `all`")
    command.add_argument(
        "--repeat", action="store_true", help="also run the model over the imported data again"
    )
    command.add_argument("--write", action="store_true", help="write the card again from what was recomputed")
    command.add_argument(
        "--latency", action="store_true", help="with --write, also measure milliseconds per face"
    )
    command.set_defaults(command=variants.evaluate)
    command = subparsers.add_parser(
        "ship", help="move a local variant to the set that ships with the repository"
    )
    command.add_argument("id")
    command.add_argument(
        "--replace", action="store_true", help="put it in the place of a shipped one of its id"
    )
    command.add_argument(
        "--leave-out", choices=["weights", "models"],
        help="to save room: native weights, or these and the ONNX file, so that the variant can only be compared",
    )  # fmt: skip
    command.set_defaults(command=variants.ship)


def _add_serve(subparsers: argparse._SubParsersAction) -> None:
    command = subparsers.add_parser("serve", help="answer other programs over HTTP")
    command.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    command.add_argument("--port", type=int, default=8600, help="0 takes a free one (default: %(default)s)")
    command.add_argument(
        "--token",
        help=f"that requests have to carry; better set in {settings.TOKEN_VARIABLE}, where no list of "
        "processes shows it",
    )
    command.add_argument(
        "--allow-anonymous", action="store_true", help="let other machines ask without a token"
    )
    command.add_argument(
        "--allow-host", action="append", default=[], metavar="NAME",
        help="also answer under this name where no token is asked for",
    )  # fmt: skip
    command.add_argument(
        "--allow-origin", action="append", default=[], metavar="ORIGIN",
        help="let browser pages of this origin, such as https://example.org, read the answers",
    )  # fmt: skip
    settings.add_limits(command)
    command.set_defaults(command=variants.serve)


def _add_comparisons(subparsers: argparse._SubParsersAction) -> None:
    command = subparsers.add_parser("compare", help="test every pair of variants on the same faces")
    command.add_argument("ids", nargs="+", metavar="ID")
    command.add_argument(
        "--clean", action="store_true", help="leave out faces that also stand in training data"
    )
    command.set_defaults(command=compare.compare)
    command = subparsers.add_parser("report", help="write a comparison down as one HTML file")
    command.add_argument("ids", nargs="+", metavar="ID")
    command.add_argument("--baseline", metavar="ID", help="hold the others against this one")
    command.add_argument(
        "--clean", action="store_true", help="details without faces that stand in training data"
    )
    command.add_argument(
        "--out", type=Path, default=Path("report.html"), metavar="FILE",
        help="a .zip holds the tables as CSV as well (default: %(default)s)",
    )  # fmt: skip
    command.set_defaults(command=compare.report)
    command = subparsers.add_parser("robustness", help="measure variants on distorted faces")
    command.add_argument("ids", nargs="+", metavar="ID")
    command.set_defaults(command=compare.robustness)
    command = subparsers.add_parser(
        "heatmaps", help="where variants look on many test faces, by emotion, right or wrong"
    )
    command.add_argument("ids", nargs="+", metavar="ID")
    command.set_defaults(command=compare.heat_maps)
    command = subparsers.add_parser("ensemble", help="put variants together as one, weighted on PublicTest")
    command.add_argument("ids", nargs="+", metavar="ID")
    command.add_argument("--name", default="ensemble.best", metavar="ID", help="the new variant's id")
    weights = command.add_mutually_exclusive_group()
    weights.add_argument("--greedy", type=int, metavar="N", help="choose members one by one in N rounds")
    weights.add_argument("--equal", action="store_true", help="the same weight for every member")
    command.add_argument("--log", action="store_true", help="average logarithms of probabilities")
    command.set_defaults(command=compare.ensemble)


if __name__ == "__main__":
    sys.exit(main())
