"""What the command line measures beyond a card: pairs tested, ensembles made, distorted faces
answered, comparisons written down."""

from __future__ import annotations

import argparse
from pathlib import Path

from fer_core.cli.columns import id_width
from fer_core.errors import CardError


def add_commands(subparsers: argparse._SubParsersAction) -> None:
    """``compare``, ``handout``, ``robustness``, ``heatmaps`` and ``ensemble``."""
    command = subparsers.add_parser("compare", help="test every pair of variants on the same faces")
    _add_ids_on(command)
    command.add_argument(
        "--clean", action="store_true", help="leave out faces that also stand in training data"
    )
    command.set_defaults(command=compare)
    command = subparsers.add_parser("handout", help="write a comparison down as one HTML file")
    _add_ids_on(command)
    command.add_argument("--baseline", metavar="ID", help="hold the others against this one")
    command.add_argument(
        "--clean", action="store_true", help="details without faces that stand in training data"
    )
    command.add_argument(
        "--out", type=Path, default=Path("handout.html"), metavar="FILE",
        help="a .zip holds the tables as CSV as well (default: %(default)s)",
    )  # fmt: skip
    command.set_defaults(command=handout)
    command = subparsers.add_parser(
        "robustness", help="measure variants on distorted faces; what was ended goes on"
    )
    _add_ids_on(command)
    command.set_defaults(command=robustness)
    command = subparsers.add_parser(
        "heatmaps", help="where variants look on many test faces, by emotion, right or wrong"
    )
    _add_ids_on(command)
    command.set_defaults(command=heat_maps)
    command = subparsers.add_parser("ensemble", help="put variants together as one, weighted on PublicTest")
    command.add_argument("ids", nargs="+", metavar="ID")
    command.add_argument("--name", default="ensemble.mine", metavar="ID", help="the new variant's id")
    weights = command.add_mutually_exclusive_group()
    weights.add_argument("--greedy", type=int, metavar="N", help="choose members one by one in N rounds")
    weights.add_argument("--equal", action="store_true", help="the same weight for every member")
    command.add_argument("--log", action="store_true", help="average logarithms of probabilities")
    command.add_argument("--int8", action="store_true", help="members in int8: half as large, and faster")
    command.set_defaults(command=ensemble)


def _add_ids_on(command: argparse.ArgumentParser) -> None:
    command.add_argument("ids", nargs="+", metavar="ID")
    command.add_argument(
        "--on",
        default="",
        metavar="NAME",
        help="on the pictures of that test set (default: FER2013's PrivateTest)",
    )


def compare(options: argparse.Namespace) -> None:
    """Test every pair of variants on the same faces."""
    from fer_core.comparison.standings import pair_frame, read_outcomes
    from fer_core.test_sets.measured import measured_or_why
    from fer_core.variants.registry import get_variant

    measured, left_out = measured_or_why(options.on, {name: get_variant(name) for name in options.ids})
    reading = read_outcomes(list(measured.values()))
    for sentence in (*left_out.values(), *reading.errors.values(), *reading.contradictions.values()):
        print(sentence)
    if not reading.panels or len(reading.panels[0]) < 2:
        raise CardError(
            "Fewer than two of these variants were measured on the same faces: there is no pair to test."
        )
    for panel in reading.panels[1:]:
        print(f"Measured on other faces: {', '.join(panel.ids)}.")
    panel = reading.panels[0].clean() if options.clean else reading.panels[0]
    print(
        f"{len(panel.label):,} faces of {options.on or 'PrivateTest'}{', copies left out' if options.clean else ''}"
    )
    wide = id_width(panel.ids)
    print(f"{'better':{wide}}{'other':{wide}}{'points':>7}{'95 % interval':>17}{'one alone right':>17}{'p':>10}"
          f"{'Holm':>10}{'faces needed':>14}")  # fmt: skip
    for row in pair_frame(panel).itertuples():
        interval = f"[{100 * row.lo:.1f}, {100 * row.hi:.1f}]"
        alone = f"{row.only_first} : {row.only_second}"
        print(f"{row.first:{wide}}{row.second:{wide}}{100 * row.difference:7.1f}{interval:>17}{alone:>17}{row.p:10.2g}"
              f"{row.p_holm:10.2g}{row.faces_needed:14,.0f}")  # fmt: skip


def ensemble(options: argparse.Namespace) -> None:
    """Weigh members on PublicTest, print what they are worth together, and save them as a variant."""
    from fer_core.curation.ensemble import save_ensemble, stored_answers
    from fer_core.evaluation.blends import EQUAL, FITTED, GREEDY, blend_frame, make_blend
    from fer_core.evaluation.ensembles import LOG_MEAN, MEAN
    from fer_core.variants.registry import get_variant, list_variants

    variants = [get_variant(name) for name in dict.fromkeys(options.ids)]
    members = stored_answers(variants)
    if options.greedy is not None and options.greedy < 1:
        raise CardError(f"--greedy is {options.greedy}; it must be 1 or more rounds.")
    chosen = EQUAL if options.equal else GREEDY if options.greedy else FITTED
    blend = make_blend(members, chosen, LOG_MEAN if options.log else MEAN, options.greedy or 1)
    wide = id_width([*members.ids, options.name])
    print(f"{'':{wide}}{'weight':>8}{'accuracy':>10}{'clean':>8}{'log loss':>10}")
    for row in blend_frame(members, {options.name: blend}).itertuples():
        weight = f"{blend.weights.get(row.id, 0):.3f}" if row.id in members.ids else ""
        print(f"{row.id:{wide}}{weight:>8}{row.accuracy:10.4f}{row.clean_accuracy:8.4f}{row.log_loss:10.4f}")
        if row.id == options.name:
            print(
                f"{'':{wide}}{100 * row.gain:+.1f} points to the best member, p {row.p:.2g} (exact McNemar)"
            )
    older = any(each.id == options.name for each in list_variants())
    folder = save_ensemble(options.name, blend, members, variants, int8=options.int8)
    saved = get_variant(options.name)
    if options.int8:
        made = saved.card.faceoff["ensemble"]["int8"]
        print(
            f"In int8 it is right on {100 * saved.metrics()['accuracy']:.2f} of 100 faces, and names the same emotion "
            f"for {100 * made['same_answers']:.1f}"
        )
    if older:
        print(f"The older {options.name} lies in the bin of FER_HOME; the page Train brings it back.")
    print(
        f"Wrote {folder}: {saved.size_bytes / 1e6:.1f} MB in one file, {len(blend.weights)} networks run for each face"
    )


def robustness(options: argparse.Namespace) -> int | None:
    """Measure variants on distorted faces, and print how firmly they stand; 1 where one could not be."""
    if options.on:
        from fer_core.cli.test_sets import robustness_on

        return robustness_on(options.on, list(dict.fromkeys(options.ids)))
    from fer_core.comparison.robustness import measure_variants, read_tables, summary_frame
    from fer_core.variants.registry import get_variant

    ids = list(dict.fromkeys(options.ids))
    measure_variants([get_variant(name) for name in ids], _print_stage)
    print("\r", end="")
    tables, _ = read_tables([get_variant(name) for name in ids])
    wide = id_width(tables)
    print(f"{'':{wide}}{'untouched':>10}{'distorted':>10}{'worst':>8}{'report':>8}")
    for row in summary_frame(tables).itertuples():
        print(f"{row.variant:{wide}}{row.clean:10.4f}{row.mean:10.4f}{row.worst:8.4f}{row.report:8.4f}")


def heat_maps(options: argparse.Namespace) -> None:
    """Make variants' heat maps of many test faces, and print where their heat lies."""
    from fer_core.comparison.heat import alike_frame, measure_heat, read_heats, region_frame
    from fer_core.evaluation.regions import NAMES
    from fer_core.formats import of_100
    from fer_core.test_sets.store import get_set
    from fer_core.variants.registry import get_variant

    ids = list(dict.fromkeys(options.ids))
    test_set = get_set(options.on) if options.on else None
    measure_heat([get_variant(name) for name in ids], _print_stage, test_set=test_set)
    print("\r", end="")
    for name, heat in read_heats([get_variant(name) for name in ids], test_set)[0].items():
        for row in alike_frame(heat).itertuples():
            print(f"{name}: block {row.block}, {row.layer}, {row.places} places: maps of two faces correlate by "
                  f"{row.alike:.2f}")  # fmt: skip
        print(f"{'named':10}{'it was':8}{'faces':>6}" + "".join(f"{part:>16}" for part in NAMES))
        last = region_frame(heat).query("block == block.max()")
        for (emotion, answer, n), rows in last.groupby(["emotion", "answer", "n"], sort=False):
            print(f"{emotion:10}{answer:8}{n:6}" + "".join(f"{of_100(share):>16}" for share in rows["share"]))


def handout(options: argparse.Namespace) -> None:
    """Write a comparison down for people who were not there: HTML, or a zip with its tables as CSV."""
    from fer_core.handout.page import make_handout
    from fer_core.machine.files import replacing
    from fer_core.variants.registry import get_variant

    if options.out.suffix.lower() not in (".html", ".htm", ".zip"):
        raise CardError(f"{options.out}: a handout is written as .html, or with its tables as .zip.")
    variants = [get_variant(name) for name in dict.fromkeys(options.ids)]
    baseline = get_variant(options.baseline) if options.baseline else None
    made = make_handout(variants, baseline, options.clean, on=options.on)
    data = made.archive() if options.out.suffix.lower() == ".zip" else made.html.encode()
    try:
        with replacing(options.out) as temporary:
            temporary.write_bytes(data)
    except OSError as error:
        raise CardError(f"{options.out} can't be written: {error.strerror}.") from error
    print(f"Wrote {options.out}: {len(data) / 1e3:,.0f} kB")


def _print_stage(stage) -> None:
    print(f"\r{100 * stage.fraction:4.0f} %  {stage.variant:34}", end="", flush=True)
