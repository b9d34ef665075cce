"""`evaluate`: cards recomputed from their predictions, and timed where there is a model."""

import pytest

from fer_core.__main__ import main
from fer_core.variants.registry import get_variant
from tests.fixtures_variants import make_variant, use_empty_folders


@pytest.fixture
def cards(monkeypatch, tmp_path):
    _, local = use_empty_folders(monkeypatch, tmp_path)
    return local


def test_all_cards_are_written_again_and_those_without_a_model_keep_their_milliseconds(cards, capsys):
    make_variant(cards, "demo.here", latency_ms=1e6)
    make_variant(cards, "demo.kept", with_model=False, model_kept=False, latency_ms=2.5)
    assert main(["evaluate", "all", "--write", "--latency"]) == 0
    assert get_variant("demo.here").card.faceoff["latency_ms"] < 1e6
    assert get_variant("demo.kept").card.faceoff["latency_ms"] == 2.5
    said = capsys.readouterr().out
    assert "demo.kept has no model to measure" in said
    assert "Its milliseconds stay as they are." in said
