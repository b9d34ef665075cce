"""Variants for the pages, and no others."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.app_driver import make_five
from tests.fixtures_variants import use_empty_folders


@pytest.fixture
def cards(tmp_path, monkeypatch) -> Path:
    """An empty folder that is the only source of variants."""
    return use_empty_folders(monkeypatch, tmp_path)[1]


@pytest.fixture
def five(cards) -> Path:
    """The variants of ``make_five``."""
    return make_five(cards)
