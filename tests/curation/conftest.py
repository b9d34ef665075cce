"""Drawn faces to measure on, and no variants."""

import pytest

from fer_core.data.schematic import schematic_dataset
from fer_core.data.store import store_dataset
from tests.fixtures_variants import use_empty_folders


@pytest.fixture
def home(tmp_path, monkeypatch):
    """No variants, and drawn faces to measure on."""
    use_empty_folders(monkeypatch, tmp_path)
    store_dataset(schematic_dataset(28, 28))
    return tmp_path / "home"
