"""``python -m fer_core quantise``: a variant in int8, and what that costs and gains."""

from __future__ import annotations

import argparse

from fer_core.cli.columns import id_width


def add_command(subparsers: argparse._SubParsersAction) -> None:
    """Add ``quantise`` to the command line."""
    command = subparsers.add_parser("quantise", help="make a smaller and faster variant with int8 weights")
    command.add_argument("id", help="a variant that answers")
    command.add_argument(
        "--name", metavar="ID", help="id of the new variant (default: the old one's and _int8)"
    )
    command.set_defaults(command=quantise_variant)


def quantise_variant(options: argparse.Namespace) -> None:
    """Quantise a variant, and print both side by side."""
    from fer_core.curation.quantising import quantise
    from fer_core.data.split import Measured
    from fer_core.variants.registry import get_variant

    before = get_variant(options.id)
    after_id = options.name or f"{before.id}_int8"
    folder = quantise(before, after_id)
    after = get_variant(after_id)
    made = after.card.faceoff["quantised"]
    wide = id_width([before.id, after.id])
    print(f"{'':{wide}}{'MB':>8}{'ms a face':>11}{'accuracy':>10}{'clean':>8}{'log loss':>10}")
    for variant, milliseconds in (
        (before, made["from_latency_ms"]),
        (after, after.card.faceoff["latency_ms"]),
    ):
        full, clean = variant.metrics(Measured.ALL), variant.metrics(Measured.CLEAN)
        print(
            f"{variant.id:{wide}}{variant.size_bytes / 1e6:8.2f}{milliseconds:11.2f}{full['accuracy']:10.4f}"
            f"{clean['accuracy']:8.4f}{full['log_loss']:10.4f}"
        )
    print(
        f"Both name the same emotion for {100 * made['same_answers']:.1f} of 100 test faces. Wrote {folder}"
    )
