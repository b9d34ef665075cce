"""What each command of ``python -m fer_core`` does and prints."""

from __future__ import annotations

import argparse
from pathlib import Path

from fer_core.errors import PictureError


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
        split = prepare(dataset.split("Training"), name, seed=1)
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


def _list_missing() -> None:
    from fer_core.literature.rows import missing_rows

    for name, lacks in missing_rows().items():
        print(f"{name:34}no {' and no '.join(lacks)}")


def list_models(options: argparse.Namespace) -> None:
    """Every registered variant with its figures, or the reports' rows that still lack something."""
    from fer_core.comparison.standings import checked
    from fer_core.variants.corrections import recipe_corrections
    from fer_core.variants.registry import list_rows_to_ship, list_variants

    if options.missing:
        return _list_missing()
    print(f"{'id':34}{'status':13}{'framework':11}{'parameters':>11}{'accuracy':>10}{'  95 % interval':17}"
          f"{'clean':>7}{'reported':>10}  trained")  # fmt: skip
    corrected = 0
    for variant in checked(list_variants()):
        full, clean = variant.metrics("private_test"), variant.metrics("private_test_clean")
        parameters = f"{variant.parameters:,}" if variant.parameters else "-"
        figures = f"{'-':>10}{'':17}{'-':>7}"
        if full and clean:
            low, high = full["accuracy_ci95"]
            figures = f"{full['accuracy']:>10.4f}  [{low:.4f}, {high:.4f}] {clean['accuracy']:>7.4f}"
        reported = variant.reported_accuracy
        told = f"{reported['value']:.4f}" if reported else "-"
        length = variant.training_length.long_text if variant.training_length else "-"
        changed = bool(recipe_corrections(variant))
        corrected += changed
        print(f"{variant.id:34}{variant.status:13}{variant.framework or '-':11}{parameters:>11}{figures}{told:>10}"
              f"  {length}{' *' * changed}")  # fmt: skip
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
    for number, face in enumerate(answers.faces, start=1):
        x, y, width, height = face.box
        doubt = "" if face.sure else "Doubtful: "
        print(f"\n{doubt}Face {number} at x {x}, y {y}, {width} x {height} pixels")
        print(f"{'':34}" + "".join(f"{name:>10}" for name in EMOTIONS) + f"{'ms':>10}  says")
        for name, probs in answers.probs.items():
            row = probs[number - 1]
            print(
                f"{name:34}" + "".join(f"{value:10.3f}" for value in row)
                + f"{answers.milliseconds[name]:10.1f}  {EMOTIONS[row.argmax()]}"
            )  # fmt: skip


def _read_bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise PictureError(f"{path} can't be read: {error.strerror}.") from error


def evaluate(options: argparse.Namespace) -> int:
    """Recompute cards from their predictions; 1 where one differs."""
    from fer_core.curation import recheck
    from fer_core.data import load_dataset
    from fer_core.variants.latency import measure_latency_ms
    from fer_core.variants.registry import get_variant, list_variants

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


def ship(options: argparse.Namespace) -> None:
    """Move a local variant to the shipped set."""
    from fer_core.curation.shipping import ship_variant
    from fer_core.variants.registry import get_local_variant, get_variant, list_rows_to_ship

    rows = {variant.id: variant for variant in list_rows_to_ship()}
    find = get_local_variant if options.replace else get_variant
    variant = rows[options.id] if options.id in rows else find(options.id)
    print(f"Wrote {ship_variant(variant, leave_out=options.leave_out)}")


def serve(options: argparse.Namespace) -> None:
    """Answer requests over HTTP until stopped."""
    from fer_core.api.serving import serve_as_asked

    serve_as_asked(options)
