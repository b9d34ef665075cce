"""What ``python -m fer_core register`` does and prints."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import Any

from fer_core.errors import ModelError
from fer_core.machine.tasks import Task

_LOOK_S = 0.5


def add_command(subparsers: argparse._SubParsersAction) -> None:
    """``register``."""
    command = subparsers.add_parser("register", help="bring a model or a recipe (YAML) of your own")
    command.add_argument(
        "file",
        type=Path,
        help="a model (.onnx, .h5, .hdf5, .keras, .tflite, .json, .safetensors), a recipe, or answers (.csv, .parquet)",
    )
    command.add_argument(
        "--id", default="", metavar="FAMILY.NAME", help="of the new variant; a recipe may keep its own"
    )
    command.add_argument("--summary", default="", help="one sentence of what it is")
    command.add_argument("--source", default="", help="where it comes from: who trained it, on what")
    command.add_argument("--architecture", default="", help="the network's name, where known")
    command.add_argument(
        "--adapt",
        type=Path,
        metavar="FILE.yaml",
        help="what the model wants and answers; the rest is guessed",
    )
    command.add_argument(
        "--look", action="store_true", help="only find out what it wants, and print that as YAML for --adapt"
    )
    command.set_defaults(command=register)


def register(options: argparse.Namespace) -> None:
    """Register your own model or recipe."""
    from fer_core.curation.answers_alone import is_answers, register_answers
    from fer_core.curation.registration import (
        ModelDescription,
        ModelFile,
        is_recipe,
        register_recipe,
        start_look,
        start_registration,
    )

    if (is_recipe(options.file.name) or is_answers(options.file.name)) and (options.look or options.adapt):
        raise ModelError(f"--look and --adapt are for model files; {options.file.name} is none.")
    _refuse_large(options.file)
    data = _read(options.file)
    if is_recipe(options.file.name):
        print(f"{register_recipe(data, options.file.name, options.id)} can be trained now")
        return
    description = ModelDescription(options.id, options.summary, options.source, options.architecture)
    if is_answers(options.file.name):
        return _print_registered(*register_answers(data, options.file.name, description))
    settings = _read(options.adapt).decode("utf-8", "replace") if options.adapt else ""
    file = ModelFile(data, options.file.name, settings, _beside(options.file))
    if options.look:
        return _print_look(waited(start_look(file, options.architecture)))
    done = waited(start_registration(file, description))
    _print_registered(done["id"], done["findings"])


def _print_registered(variant_id: str, findings: list[str]) -> None:
    for sentence in findings:
        print(sentence)
    print(f"{variant_id} is registered")


def _print_look(found: dict[str, Any]) -> None:
    for sentence in (found["found"], *found["notes"]):
        print(f"# {sentence}")
    for face in found["preview"]:
        print(
            f"# {face['image']:28}labelled {face['label']:10}says {face['says']:10}{face['confidence']:.2f}"
        )
    print(found["settings"], end="")


def waited(task: Task) -> Any:
    """The task's result; what it is at is shown meanwhile, where somebody looks."""
    try:
        _show_steps(task)
        return task.result()
    except BaseException:  # Ctrl-C: what is not waited for must not go on
        task.cancel()
        raise


def _show_steps(task: Task) -> None:
    shown = ""
    while sys.stderr.isatty() and not task.is_over():
        if task.step != shown:
            shown = task.step
            print(f"\r\033[K{shown}", end="", file=sys.stderr, flush=True)
        time.sleep(_LOOK_S)
    if shown:
        print("\r\033[K", end="", file=sys.stderr, flush=True)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ModelError(f"{path} can't be read: {error.strerror}.") from error


def _refuse_large(path: Path) -> None:
    """ModelError for a file that would fill the memory before it is looked at."""
    from fer_core.adapting.kinds import refuse_large

    if path.is_file():
        refuse_large(path.name, path.stat().st_size)


def _beside(path: Path) -> dict[str, bytes]:
    """Files of a model hub in the same folder."""
    from fer_core.adapting.hub_files import NAMES

    names = [*NAMES, *_weights_of(path)]
    return {name: (path.parent / name).read_bytes() for name in names if (path.parent / name).is_file()}


def _weights_of(path: Path) -> list[str]:
    """Files that hold the weights of a graph of TensorFlow.js."""
    from fer_core.adapting.kinds import TFJS, suffix_of
    from fer_core.adapting.tfjs_weights import read_manifest, wanted_files

    return wanted_files(read_manifest(_read(path), path.name)) if suffix_of(path.name) in TFJS else []
