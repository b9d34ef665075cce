"""Runs that differ only in their seed are found, and their spread is reported."""

from __future__ import annotations

import numpy as np
import pytest

from fer_core.variants.registry import get_variant, list_variants
from fer_core.variants.repeats import (
    FIGURES,
    further_runs,
    list_repeats,
    made_of_others,
    repeats_of,
    spread,
)
from tests.fixtures_variants import make_variant, use_empty_folders

RECIPE = {"architecture": {"name": "customnet"}, "epochs": 3}


@pytest.fixture
def shipped(monkeypatch, tmp_path):
    return use_empty_folders(monkeypatch, tmp_path)[0]


def make_run(folder, variant_id, seed, **recipe):
    make_variant(folder, variant_id, seed=seed, recipe=RECIPE | {"seed": seed} | recipe)


def test_runs_with_other_seeds_are_repeats_and_others_are_not(shipped):
    for seed in (3, 1, 2):
        make_run(shipped, f"a.net_seed_{seed}", seed)
    make_run(shipped, "a.longer", 1, epochs=5)
    make_run(shipped, "b.other", 1, architecture={"name": "customnet", "dropout": 0.5})
    make_variant(shipped, "c.later", status="recipe-only", recipe=RECIPE | {"seed": 9})
    (repeats,) = list_repeats(list_variants())
    assert repeats.ids == ("a.net_seed_1", "a.net_seed_2", "a.net_seed_3")
    assert repeats.seeds == (1, 2, 3)
    assert repeats_of("a.net_seed_2", list_variants()) == repeats
    assert repeats_of("a.longer", list_variants()) is None
    assert further_runs(list_variants()) == {"a.net_seed_2", "a.net_seed_3"}


def test_what_is_made_of_others_is_known_by_those_that_are_there(shipped):
    facts = {"calibration_faces": 9, "same_answers": 0.9, "from_bytes": 9, "from_latency_ms": 1.0}
    make_variant(shipped, "a.net")
    for name, origin in (("a.net_int8", "a.net"), ("b.net_int8", "b.gone")):
        make_variant(shipped, name, framework="quantised", latency_ms=0.5, quantised={"from": origin} | facts)
    for name, members in (("a.both", ["a.net", "b.gone"]), ("b.both", ["b.gone"])):
        parts = [{"id": member, "weight": 1 / len(members)} for member in members]
        make_variant(shipped, name, framework="ensemble", ensemble={"chosen": "by hand", "members": parts})
    assert made_of_others(list_variants()) == {"a.net_int8", "a.both"}


def test_what_a_report_says_of_a_run_makes_no_other_recipe_of_it(shipped):
    make_run(shipped, "a.net", 1, reported=[{"metric": "accuracy", "value": 0.5, "protocol": "its own"}])
    make_run(shipped, "a.net_seed_2", 2)
    assert len(list_repeats(list_variants())[0]) == 2


def test_the_spread_is_that_of_the_cards_figures(shipped):
    for seed in (1, 2, 3, 4, 5):
        make_run(shipped, f"a.net_seed_{seed}", seed)
    (repeats,) = list_repeats(list_variants())
    table = spread(repeats, list_variants())
    assert table.index.tolist() == list(FIGURES)
    accuracies = [get_variant(name).metrics()["accuracy"] for name in repeats.ids]
    row = table.loc["accuracy"]
    assert row["mean"] == pytest.approx(np.mean(accuracies))
    assert row["sd"] == pytest.approx(np.std(accuracies, ddof=1))
    assert (row["least"], row["most"], row["runs"]) == (min(accuracies), max(accuracies), 5)


def test_a_run_trained_on_other_data_is_no_repeat(shipped):
    make_run(shipped, "a.one", 1)
    make_variant(shipped, "a.two", seed=2, recipe=RECIPE | {"seed": 2}, data_sha256="0" * 64)
    assert list_repeats(list_variants()) == []
