"""Faces whose heat maps are made."""

from __future__ import annotations

import numpy as np
import pytest

from fer_core.data.schematic import draw_face


@pytest.fixture(scope="session")
def faces():
    return np.stack([draw_face(name, np.random.default_rng(1)) for name in ("happy", "sad", "surprise")])
