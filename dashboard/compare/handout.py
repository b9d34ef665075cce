"""The comparison as a file, for people who were not there."""

from __future__ import annotations

from datetime import date
from functools import partial

from dashboard.shell import choices, downloads
from fer_core.data.split import FER2013
from fer_core.formats import file_stem
from fer_core.handout.task import write_handout
from fer_core.test_sets.store import TestSet
from fer_core.variants.registry import Variant

_HELP = (
    "One file that needs no server and no network: figures with their intervals, tests, protocol, deviations and "
    "limits. Writing it takes some seconds."
)


def show(
    models: list[Variant], baseline: Variant | None, clean: bool, test_set: TestSet | None = None
) -> None:
    """Buttons that write the handout of ``models`` when pressed; of a ``test_set`` only where that is wanted."""
    name = file_stem([model.id for model in models], date.today())
    on = ""
    if test_set is not None and choices.flag(
        f"Handout of {test_set.name}",
        "handout_on",
        help=f"Put the figures on your own faces into the handout, instead of those on {FER2013}. Pictures are in no "
        "handout.",
    ):
        on = test_set.name
    with downloads.measured_on(on):
        _show_buttons(name, partial(write_handout, list(models), baseline, clean, on=on))


def _show_buttons(name: str, write: partial[bytes]) -> None:
    downloads.comparison(
        "Handout as HTML", partial(write, as_archive=False), f"{name}.html", "text/html", help=_HELP
    )
    downloads.comparison(
        "With its tables as CSV (zip)",
        partial(write, as_archive=True),
        f"{name}.zip",
        "application/zip",
        help=_HELP,
    )
