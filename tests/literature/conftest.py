"""Two variants to hold claims against."""

from __future__ import annotations

import pytest

from tests.fixtures_variants import make_variant, use_empty_folders
from tests.literature.one_comparison import FACES


@pytest.fixture
def shipped(monkeypatch, tmp_path):
    folder = use_empty_folders(monkeypatch, tmp_path)[0]
    make_variant(folder, "a.good", seed=1, skill=3, faces_per_split=FACES)
    make_variant(folder, "a.poor", seed=1, skill=0.5, faces_per_split=FACES)
    return folder
