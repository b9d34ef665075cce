"""The Train page as AppTest drives it: a home to train in, and its widgets by what they are for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from dashboard.shell import identity
from fer_core.data.schematic import schematic_dataset
from fer_core.data.store import store_dataset
from fer_core.jobs import starting
from fer_core.jobs.job import Job
from fer_core.jobs.store import open_store
from fer_core.roles.permissions import Identity
from tests.app_driver import open_app
from tests.fixtures_variants import make_variant, use_empty_folders

SOURCE = "cos429.final"
OWNER = Identity(has_token=True)


@contextmanager
def trainable_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Two trained local variants, drawn faces, a visitor who may train, and a runner that sleeps.

    Yields the folder of the variants.
    """
    _, local = use_empty_folders(monkeypatch, tmp_path)
    monkeypatch.setattr(identity, "visitor", lambda: OWNER)
    store_dataset(schematic_dataset(28, 14))
    architecture = {"architecture": {"name": "customnet", "dropout": 0.1}}
    make_variant(local, "mine.good", seed=1, skill=3.0, recipe=architecture)
    make_variant(
        local, "mine.child", seed=2, parent="mine.good", job="mine.child-abc123", recipe=architecture
    )
    with starting.runner_lock():
        yield local
    open_store().close()


def open_page(**link):
    return open_app("Train", **({"recipe": SOURCE} | link))


def field(app, key, source=SOURCE):
    """The widget of a recipe's key."""
    wanted = f"train.{source}:{key}"
    kinds = (app.number_input, app.selectbox, app.checkbox, app.text_area)
    return next(widget for kind in kinds for widget in kind if widget.key == wanted)


def button(app, key):
    return next(widget for widget in app.button if widget.key == key)


def buttons(app):
    return {widget.key or widget.label for widget in app.button}


def changed(app):
    """The table of differences as {key: (from, to)}."""
    for table in app.dataframe:
        if "What is changed" in table.value:
            return {row[0]: (row[1], row[2]) for row in table.value.itertuples(index=False)}
    return {}


def made_job(**facts):
    """A job in the store as it would stand."""
    job = Job(
        "mine.child-abc123", "mine.child", "mine.good", "mine.good", "torch", 5, submitted_at=1.0, **facts
    )
    assert open_store().add(job)
    return job
