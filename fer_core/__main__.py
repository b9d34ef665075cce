"""The command line: ``python -m fer_core --help`` lists its commands."""

from __future__ import annotations

import argparse
import sys

from fer_core import __version__
from fer_core.cli import (
    audit_log,
    claims,
    compare,
    data,
    detector,
    jobs,
    peers,
    plan,
    printed,
    quantise,
    register,
    serve,
    test_sets,
    train,
    variants,
    weights,
)
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
        from fer_core.jobs.causes import plain_cause

        sentence = plain_cause(error)
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
    data.add_command(subparsers)
    test_sets.add_command(subparsers)
    train.add_command(subparsers)
    weights.add_command(subparsers)
    plan.add_command(subparsers)
    jobs.add_commands(subparsers)
    variants.add_commands(subparsers)
    register.add_command(subparsers)
    quantise.add_command(subparsers)
    peers.add_command(subparsers)
    serve.add_command(subparsers)
    compare.add_commands(subparsers)
    claims.add_command(subparsers)
    printed.add_command(subparsers)
    audit_log.add_command(subparsers)
    detector.add_command(subparsers)
    return parser


if __name__ == "__main__":
    sys.exit(main())
