"""The comparison as a file, for people who were not there."""

from __future__ import annotations

from datetime import date
from functools import partial

from dashboard.shell import downloads
from fer_core.handout.task import file_stem, write_report
from fer_core.variants.registry import Variant

_HELP = (
    "One file that needs no server and no network: figures with their intervals, tests, protocol, deviations and "
    "limits. Writing it takes some seconds."
)


def show(models: list[Variant], baseline: Variant | None, clean: bool) -> None:
    """Buttons that write the report of ``models`` when they are pressed."""
    name = file_stem([model.id for model in models], date.today())
    write = partial(write_report, list(models), baseline, clean)
    downloads.data(
        "Report as HTML", partial(write, as_archive=False), f"{name}.html", "text/html", help=_HELP
    )
    downloads.data(
        "With its tables as CSV (zip)",
        partial(write, as_archive=True),
        f"{name}.zip",
        "application/zip",
        help=_HELP,
    )
