"""Milliseconds: measured on the real model, remembered for that model file alone."""

from __future__ import annotations

import json

import onnx
import pytest

from fer_core import paths
from fer_core.errors import ModelError
from fer_core.variants.latency import measure_latency_ms, read_latencies
from fer_core.variants.registry import get_variant, list_variants
from tests.fixtures_variants import make_model, make_variant, use_empty_folders


@pytest.fixture
def shipped(monkeypatch, tmp_path):
    return use_empty_folders(monkeypatch, tmp_path)[0]


def test_a_measure_is_positive_and_remembered(shipped):
    make_variant(shipped, "a.one")
    measured = measure_latency_ms(get_variant("a.one"), repeats=5)
    assert measured > 0
    assert read_latencies(list_variants()) == {"a.one": measured}


def test_measures_of_other_variants_and_batch_sizes_stand_side_by_side(shipped):
    make_variant(shipped, "a.one")
    make_variant(shipped, "a.two")
    one = measure_latency_ms(get_variant("a.one"), repeats=3)
    two = measure_latency_ms(get_variant("a.two"), repeats=3)
    batch = measure_latency_ms(get_variant("a.one"), faces=32, repeats=3)
    assert read_latencies(list_variants()) == {"a.one": one, "a.two": two}
    assert read_latencies(list_variants(), faces=32) == {"a.one": batch}


def test_the_measure_made_here_wins_over_the_card_until_the_model_changes(shipped):
    folder = make_variant(shipped, "a.one", latency_ms=123.0)
    assert read_latencies(list_variants()) == {"a.one": 123.0}
    measured = measure_latency_ms(get_variant("a.one"), repeats=3)
    assert read_latencies(list_variants()) == {"a.one": measured}
    model = make_model(seed=1)
    model.doc_string = "another file"
    onnx.save(model, folder / "model.onnx")
    assert read_latencies(list_variants()) == {"a.one": 123.0}


def test_a_variant_without_a_model_has_no_latency(shipped):
    make_variant(shipped, "a.later", status="recipe-only", latency_ms=1.0)
    assert read_latencies(list_variants()) == {}
    with pytest.raises(ModelError, match="a.later has no model to measure"):
        measure_latency_ms(get_variant("a.later"))


@pytest.mark.parametrize(
    "content", ["", "[]", "{", '{"a.one": 3}', '{"a.one": {"model": null, "milliseconds": 4}}']
)
def test_a_damaged_memory_is_forgotten_and_written_anew(shipped, content):
    make_variant(shipped, "a.one")
    paths.latencies().write_text(content)
    assert read_latencies(list_variants()) == {}
    measured = measure_latency_ms(get_variant("a.one"), repeats=3)
    assert read_latencies(list_variants()) == {"a.one": measured}
    assert set(json.loads(paths.latencies().read_text())) == {"a.one"}
