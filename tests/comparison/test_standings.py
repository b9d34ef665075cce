"""The leaderboard's statistics and the table of pairs, from variants on disk."""

from __future__ import annotations

import numpy as np
import pytest

from fer_core import paths
from fer_core.comparison.card_checks import without_contradictions
from fer_core.comparison.leaderboard import leaderboard_frame
from fer_core.comparison.standings import (
    TESTED,
    pair_frame,
    read_outcomes,
    standings_frame,
)
from fer_core.errors import UnknownVariantError
from fer_core.evaluation.metrics import compute_metrics
from fer_core.evaluation.predictions import read_predictions, write_predictions
from fer_core.evaluation.significance import faces_needed
from fer_core.variants.card import write_card
from fer_core.variants.registry import get_variant, list_variants
from tests.fixtures_variants import make_predictions, make_variant, use_empty_folders

SKILLS = {"a.best": 3.0, "a.second": 2.9, "b.middle": 1.5, "b.poor": 0.3}


@pytest.fixture
def cards(monkeypatch, tmp_path):
    """Four trained variants and a recipe."""
    folder = use_empty_folders(monkeypatch, tmp_path)[1]
    for seed, (name, skill) in enumerate(SKILLS.items()):
        make_variant(
            folder, name, seed=seed, skill=skill, faces_per_split=420, with_model=False, parameters=10**8
        )
    make_variant(folder, "c.recipe", status="recipe-only")
    return folder


@pytest.fixture
def empty(monkeypatch, tmp_path):
    """No variants yet."""
    return use_empty_folders(monkeypatch, tmp_path)[1]


def test_groups_and_places_follow_from_the_pairs_and_a_recipe_has_none(cards):
    frame = standings_frame(read_outcomes(list_variants()))
    assert frame["group"].to_dict() == {"a.best": 1, "a.second": 1, "b.middle": 2, "b.poor": 3}
    assert frame["place_from"].tolist() == [1, 1, 3, 4]
    assert frame["place_to"].tolist() == [2, 2, 3, 4]
    assert frame["ties"].tolist() == [1, 1, 0, 0]


def test_inflation_is_the_full_figure_minus_the_clean_one(cards):
    variants = [variant for variant in list_variants() if variant.status == "trained"]
    frame = standings_frame(read_outcomes(variants))
    for variant in variants:
        full, clean = variant.metrics("private_test"), variant.metrics("private_test_clean")
        row = frame.loc[variant.id]
        assert row["inflation"] == pytest.approx(full["accuracy"] - clean["accuracy"])
        assert row["inflation_lo"] <= row["inflation"] <= row["inflation_hi"]


def test_differences_to_a_baseline_carry_intervals_and_a_verdict(cards):
    variants = list_variants()
    figures = {variant.id: variant for variant in variants}
    frame = standings_frame(read_outcomes(variants), "a.second")
    splits = {"clean_accuracy": ("private_test_clean", "accuracy")}
    for name in TESTED:
        split, figure = splits.get(name, ("private_test", name))
        ours = figures["b.poor"].metrics(split)[figure] - figures["a.second"].metrics(split)[figure]
        row = frame.loc["b.poor"]
        assert row[f"from_{name}"] < ours < row[f"to_{name}"]
        assert row[f"real_{name}"]
        assert not frame.loc["a.best", f"real_{name}"]
        assert np.isnan(frame.loc["a.second", f"real_{name}"])
    assert frame.loc["b.poor", "p_accuracy"] < 1e-6


def test_a_pair_holds_its_difference_its_test_and_the_faces_it_would_need(cards):
    panel = read_outcomes(list_variants()).panels[0]
    table = pair_frame(panel)
    assert len(table) == 6
    assert (table["difference"] >= 0).all()
    pair = table[(table["first"] == "a.best") & (table["second"] == "b.middle")].iloc[0]
    right = dict(zip(panel.ids, panel.right, strict=True))
    assert pair["only_first"] == (right["a.best"] & ~right["b.middle"]).sum()
    assert pair["difference"] == pytest.approx(right["a.best"].mean() - right["b.middle"].mean())
    assert pair["lo"] < pair["difference"] < pair["hi"]
    assert pair["real"] and pair["faces_needed"] < 420
    assert pair["faces_needed"] == faces_needed(pair["only_first"], pair["only_second"], 420)
    private = {name: read_predictions(cards / name / paths.PREDICTIONS).of("PrivateTest") for name in SKILLS}
    figures = {name: compute_metrics(rows.label, rows.probs) for name, rows in private.items()}
    for name in ("macro_f1", "log_loss"):
        assert pair[name] == pytest.approx(figures["a.best"][name] - figures["b.middle"][name], abs=1e-6)
        assert pair[f"{name}_lo"] < pair[name] < pair[f"{name}_hi"]
    close = table[(table["first"] == "a.best") & (table["second"] == "a.second")].iloc[0]
    assert not close["real"] and close["faces_needed"] > 420


def test_variants_measured_on_other_faces_are_not_compared_with_these(cards):
    make_variant(cards, "d.other", seed=9, skill=3, faces_per_split=70)
    reading = read_outcomes(list_variants())
    assert [len(panel) for panel in reading.panels] == [4, 1]
    frame = standings_frame(reading, "a.best")
    assert np.isnan(frame.loc["d.other", "group"])
    assert np.isnan(frame.loc["d.other", "real_accuracy"])
    assert not np.isnan(frame.loc["d.other", "inflation"])


def test_a_damaged_file_is_named_and_hides_no_other_and_a_new_one_is_read_again(cards):
    path = cards / "a.best" / paths.PREDICTIONS
    good = read_outcomes(list_variants())
    path.write_bytes(b"damaged")
    reading = read_outcomes(list_variants())
    assert list(reading.errors) == ["a.best"]
    assert "not a readable Parquet file" in reading.errors["a.best"]
    assert set(standings_frame(reading).index) == set(SKILLS) - {"a.best"}
    with pytest.raises(UnknownVariantError):
        standings_frame(reading, "a.best")
    write_predictions(path, make_predictions(420, seed=0, skill=0.0))
    again = read_outcomes(list_variants())
    assert not again.errors
    assert again.panels[0].accuracy[0] < good.panels[0].accuracy[0]


def test_without_a_trained_variant_there_are_no_standings(cards):
    frame = standings_frame(read_outcomes([]))
    assert frame.empty
    assert {"group", "inflation"} <= set(frame.columns)


def test_a_card_that_says_other_figures_than_its_predictions_is_named_and_stands_in_no_panel(empty):
    local = empty
    make_variant(local, "a.honest", seed=1)
    boastful = make_variant(local, "a.boastful", seed=2)
    facts = get_variant("a.boastful").card.faceoff
    better = {"accuracy": 0.99, "accuracy_ci95": [0.98, 1.0]}
    metrics = {split: block | better for split, block in facts["metrics"].items()}
    write_card(boastful, facts | {"metrics": metrics})
    variants = list_variants()
    reading = read_outcomes(variants)
    assert reading.panels[0].ids == ("a.honest",)
    assert (
        "a.boastful: its card says accuracy 0.99 on PrivateTest, its predictions give 0."
        in (reading.contradictions["a.boastful"])
    )
    marked = without_contradictions(variants, reading.contradictions)
    frame = leaderboard_frame(marked)
    assert frame.set_index("id").loc["a.boastful", "status"] == "broken"
    assert frame.iloc[0]["id"] == "a.honest"
    write_card(boastful, facts)
    assert read_outcomes(list_variants()).contradictions == {}


@pytest.mark.parametrize(
    ("name", "value"),
    [("n", 139), ("macro_f1", 0.1), ("weighted_f1", 0.1), ("log_loss", 0.2), ("accuracy_ci95", [0, 1])],
)
def test_every_figure_that_follows_from_outcomes_is_held_against_the_card(empty, name, value):
    folder = make_variant(empty, "a.one", seed=1)
    facts = get_variant("a.one").card.faceoff
    clean = facts["metrics"]["private_test_clean"] | {name: value}
    write_card(folder, facts | {"metrics": facts["metrics"] | {"private_test_clean": clean}})
    sentence = read_outcomes(list_variants()).contradictions["a.one"]
    assert f"its card says {name} " in sentence and "on PrivateTest without copies" in sentence


def test_no_shipped_card_contradicts_its_predictions():
    shipped = [variant for variant in list_variants() if variant.origin == "shipped"]
    reading = read_outcomes(shipped)
    assert (reading.contradictions, reading.errors) == ({}, {})


def test_a_variant_without_answers_to_private_test_stands_in_no_panel(cards):
    path = cards / "a.second" / paths.PREDICTIONS
    write_predictions(path, read_predictions(path).of("PublicTest"))
    reading = read_outcomes(list_variants())
    assert reading.errors == {"a.second": "a.second has no answers to faces of PrivateTest."}
    assert [set(panel.ids) for panel in reading.panels] == [{"a.best", "b.middle", "b.poor"}]
