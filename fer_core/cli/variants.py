"""``python -m fer_core list``, ``predict``, ``evaluate`` and ``ship``: variants and what they answer."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from fer_core.cli.columns import id_width
from fer_core.data.split import Measured
from fer_core.errors import ModelError, PictureError, UnknownVariantError
from fer_core.variants.facts import Status

if TYPE_CHECKING:
    from fer_core.variants.registry import Variant


def add_commands(subparsers: argparse._SubParsersAction) -> None:
    """``list``, ``predict``, ``evaluate`` and ``ship``."""
    _add_list(subparsers)
    _add_predict(subparsers)
    _add_evaluate(subparsers)
    _add_ship(subparsers)


def _add_list(subparsers: argparse._SubParsersAction) -> None:
    command = subparsers.add_parser("list", help="every registered variant with its figures")
    command.add_argument(
        "--missing", action="store_true", help="instead, the reports' rows without recipe or card"
    )
    command.set_defaults(command=list_models)


def _add_predict(subparsers: argparse._SubParsersAction) -> None:
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
    command.set_defaults(command=predict)


def _add_evaluate(subparsers: argparse._SubParsersAction) -> None:
    command = subparsers.add_parser("evaluate", help="recompute a card's figures from its predictions")
    command.add_argument("ids", nargs="+", metavar="ID", help="variants, or `all`")
    command.add_argument(
        "--repeat", action="store_true", help="also run the model over the imported data again"
    )
    command.add_argument("--write", action="store_true", help="write the card again from what was recomputed")
    command.add_argument(
        "--latency", action="store_true", help="with --write, also measure milliseconds per face"
    )
    command.set_defaults(command=evaluate)


def _add_ship(subparsers: argparse._SubParsersAction) -> None:
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
    command.set_defaults(command=ship)


def _list_missing() -> None:
    from fer_core.literature.rows import missing_rows

    missing = missing_rows()
    width = id_width(missing)
    for name, lacks in missing.items():
        print(f"{name:{width}}no {' and no '.join(lacks)}")


def list_models(options: argparse.Namespace) -> None:
    """Every registered variant with its figures, or the reports' rows that still lack something."""
    from fer_core.comparison.standings import checked
    from fer_core.variants.corrections import recipe_corrections
    from fer_core.variants.registry import list_rows_to_ship, list_variants

    if options.missing:
        return _list_missing()
    variants = checked(list_variants())
    width = id_width(variant.id for variant in variants)
    print(f"{'id':{width}}{'status':13}{'framework':11}{'parameters':>11}{'accuracy':>10}{'  95 % interval':17}"
          f"{'clean':>7}{'reported':>10}  trained")  # fmt: skip
    corrected = 0
    for variant in variants:
        full, clean = variant.metrics(Measured.ALL), variant.metrics(Measured.CLEAN)
        parameters = f"{variant.parameters:,}" if variant.parameters else "-"
        figures = f"{'-':>10}{'':17}{'-':>7}"
        if full and clean:
            low, high = full["accuracy_ci95"]
            figures = f"{full['accuracy']:>10.4f}  [{low:.4f}, {high:.4f}] {clean['accuracy']:>7.4f}"
        reported = variant.reported_accuracy
        printed = f"{reported['value']:.4f}" if reported else "-"
        length = variant.training_length.long_text if variant.training_length else "-"
        changed = bool(recipe_corrections(variant))
        corrected += changed
        print(f"{variant.id:{width}}{variant.status:13}{variant.framework or '-':11}{parameters:>11}{figures}"
              f"{printed:>10}  {length}{' *' * changed}")  # fmt: skip
        if variant.reason:
            print(f"    {variant.reason}")
    if corrected:
        print(f"* {corrected} were trained by a recipe that has been corrected since: their cards say how")
    for variant in list_rows_to_ship():
        print(
            f"{variant.id} has been trained again: `python -m fer_core ship {variant.id}` puts it in its place"
        )


def predict(options: argparse.Namespace) -> None:
    """What models say about the faces in a picture."""
    from fer_core.answers import answer_picture, load_classifiers
    from fer_core.emotions import EMOTIONS

    answers = answer_picture(
        _read_bytes(options.picture),
        options.picture.name,
        load_classifiers(options.models, options.runtime),
        whole=options.whole,
        doubtful=options.doubtful,
        quarter_turns=options.turn // 90,
    )
    if options.json:
        from fer_core.api.describe import describe_single

        return print(describe_single(answers).model_dump_json(indent=2))
    for note in answers.notes:
        print(note)
    wide = id_width(answers.probs)
    for number, face in enumerate(answers.faces, start=1):
        x, y, width, height = face.box
        doubt = "" if face.sure else "Doubtful: "
        print(f"\n{doubt}Face {number} at x {x}, y {y}, {width} x {height} pixels")
        print(f"{'':{wide}}" + "".join(f"{name:>10}" for name in EMOTIONS) + f"{'ms':>10}  says")
        for name, probs in answers.probs.items():
            row = probs[number - 1]
            print(
                f"{name:{wide}}" + "".join(f"{value:10.3f}" for value in row)
                + f"{answers.milliseconds[name]:10.1f}  {EMOTIONS[row.argmax()]}"
            )  # fmt: skip


def _read_bytes(path: Path) -> bytes:
    from fer_core.faces.pictures import LARGEST_MEGABYTES

    try:
        if path.stat().st_size > LARGEST_MEGABYTES * 1e6:  # before it fills the memory
            raise PictureError(f"{path} is larger than {LARGEST_MEGABYTES} MB: reduce it.")
        return path.read_bytes()
    except OSError as error:
        raise PictureError(f"{path} can't be read: {error.strerror}.") from error


def evaluate(options: argparse.Namespace) -> int:
    """Recompute cards from their predictions; 1 where one differs."""
    from fer_core.curation import recheck
    from fer_core.data import load_dataset
    from fer_core.variants.registry import get_variant, list_variants

    if options.latency and not options.write:
        raise ModelError("--latency measures for the card: give --write with it.")
    if options.ids == ["all"]:
        variants = [variant for variant in list_variants() if variant.status == Status.TRAINED]
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
            recheck.rewrite_card(variant, **(_time(variant) if options.latency else {}))
    return 1 if different and not options.write else 0


def _time(variant: Variant) -> dict[str, object]:
    """The card's milliseconds, measured now; nothing where there is no model to measure."""
    from fer_core.curation.recheck import measure_milliseconds

    try:
        return measure_milliseconds(variant)
    except (ModelError, UnknownVariantError) as error:
        print(f"  {error} Its milliseconds stay as they are.")
        return {}


def _figure(value: float | list[float]) -> str:
    return "[" + ", ".join(map(_figure, value)) + "]" if isinstance(value, list) else f"{value:.6g}"


def ship(options: argparse.Namespace) -> None:
    """Move a local variant to the shipped set."""
    from fer_core.curation.shipping import ship_variant
    from fer_core.variants.registry import get_local_variant, get_variant, list_rows_to_ship

    rows = {variant.id: variant for variant in list_rows_to_ship()}
    find = get_local_variant if options.replace else get_variant
    variant = rows[options.id] if options.id in rows else find(options.id)
    print(f"Wrote {ship_variant(variant, leave_out=options.leave_out)}")
