"""Tables that put variants side by side."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from fer_core.answers import agreement, answer_table
from fer_core.comparison.leaderboard import HIGHER_IS_BETTER, leaderboard_frame, pareto_front
from fer_core.comparison.recipes import recipe_table
from fer_core.emotions import EMOTIONS
from fer_core.errors import UnknownVariantError
from fer_core.variants.registry import get_variant, list_variants
from fer_core.variants.repeats import parts_of
from tests.fixtures_variants import make_variant, use_empty_folders


@pytest.fixture
def shipped(monkeypatch, tmp_path):
    return use_empty_folders(monkeypatch, tmp_path)[0]


@pytest.fixture
def four_kinds(shipped):
    """A good variant, a weak one, a recipe without figures and a broken folder."""
    make_variant(shipped, "a.weak", seed=1, skill=0.5)
    make_variant(shipped, "b.good", seed=2, skill=3, latency_ms=0.75)
    make_variant(shipped, "c.later", status="recipe-only")
    (make_variant(shipped, "d.broken") / "README.md").write_text("broken")
    return list_variants()


def test_the_leaderboard_ranks_by_accuracy_and_keeps_those_without_figures_below(four_kinds):
    frame = leaderboard_frame(four_kinds)
    assert frame["id"].tolist() == ["b.good", "a.weak", "c.later", "d.broken"]
    assert frame["status"].tolist() == ["trained", "trained", "recipe-only", "broken"]
    assert frame["accuracy"].isna().tolist() == [False, False, True, True]
    assert "front matter" in frame.loc[3, "reason"]


def test_the_leaderboard_shows_the_figures_of_the_card(four_kinds):
    row = leaderboard_frame(four_kinds).iloc[0]
    private = get_variant("b.good").metrics("private_test")
    clean = get_variant("b.good").metrics("private_test_clean")
    for name in ("accuracy", "macro_f1", "weighted_f1", "log_loss", "ece", "auc_macro"):
        assert row[name] == private[name], name
    assert [row["lo"], row["hi"]] == private["accuracy_ci95"]
    assert [row["clean_accuracy"], row["clean_lo"], row["clean_hi"]] == [
        clean["accuracy"],
        *clean["accuracy_ci95"],
    ]
    assert row["size_mb"] == get_variant("b.good").size_bytes / 1e6
    assert row["latency_ms"] == 0.75
    assert row["reported_accuracy"] == 0.6
    assert row["reported_protocol"] == "test n = 7,178"
    assert row["reported_difference"] == pytest.approx(private["accuracy"] - 0.6)
    assert row["parameters"] == 252 and row["epochs_run"] == 5


def test_what_is_made_of_others_says_so_where_others_have_epochs(shipped):
    made = {"from": "a.net", "calibration_faces": 9, "same_answers": 0.9, "from_latency_ms": 1.0}
    members = [{"id": "a.net", "weight": 0.5}, {"id": "a.net_int8", "weight": 0.5}]
    make_variant(shipped, "a.net", epochs_run=4, epochs_planned=9)
    without = {"epochs_run": None, "epochs_planned": None}
    make_variant(shipped, "a.net_int8", framework="quantised", latency_ms=0.5, quantised=made, **without)
    parts = {"chosen": "by hand", "members": members}
    make_variant(shipped, "a.both", framework="ensemble", ensemble=parts, **without)
    make_variant(shipped, "a.other", framework="onnx", **without)
    training = leaderboard_frame(list_variants()).set_index("id")["training"]
    assert training.drop("a.other").to_dict() == {
        "a.net": "4 of 9 epochs", "a.net_int8": "as a.net", "a.both": "2 models as one",
    }  # fmt: skip
    assert training.isna()["a.other"]


def test_deltas_are_the_variant_minus_the_baseline(four_kinds):
    frame = leaderboard_frame(four_kinds, baseline_id="a.weak").set_index("id")
    for name in HIGHER_IS_BETTER:
        delta = frame.loc["b.good", f"delta_{name}"]
        expected = frame.loc["b.good", name] - frame.loc["a.weak", name]
        assert delta == expected or (np.isnan(delta) and np.isnan(expected)), name
    assert frame.loc["a.weak", "delta_accuracy"] == 0
    assert frame.loc["b.good", "delta_accuracy"] > 0
    assert frame.loc["b.good", "delta_log_loss"] < 0
    assert np.isnan(frame.loc["c.later", "delta_accuracy"])


def test_an_unknown_baseline_names_the_near_ids(four_kinds):
    with pytest.raises(UnknownVariantError, match=r"did you mean b\.good"):
        leaderboard_frame(four_kinds, baseline_id="b.god")


def test_an_empty_leaderboard_has_its_columns():
    frame = leaderboard_frame([])
    assert frame.empty
    assert {"id", "accuracy", "latency_ms"} <= set(frame.columns)


def test_only_recipe_keys_that_differ_are_listed(shipped):
    make_variant(
        shipped, "a.one", recipe={"optimizer": {"name": "adam", "learning_rate": 1e-4}, "schedule": None}
    )
    make_variant(
        shipped, "a.two", recipe={"optimizer": {"name": "sgd", "learning_rate": "1e-4", "momentum": 0.9}}
    )
    table = recipe_table(list_variants())
    assert table.index.tolist() == ["optimizer.name", "optimizer.momentum"]
    assert table.loc["optimizer.name"].tolist() == ["adam", "sgd"]
    assert table.loc["optimizer.momentum"].tolist() == ["–", "0.9"]


def test_one_recipe_alone_or_an_unreadable_one_differs_from_nothing(shipped):
    make_variant(shipped, "a.one")
    assert recipe_table(list_variants()).empty
    (make_variant(shipped, "a.two") / "recipe.yaml").write_text("a: [")
    assert recipe_table(list_variants()).empty
    assert recipe_table([]).empty


def test_the_front_holds_what_nothing_else_beats():
    frame = pd.DataFrame(
        {
            "accuracy": [0.70, 0.65, 0.60, 0.65, np.nan, 0.80],
            "latency_ms": [5.0, 1.0, 2.0, 1.5, 0.1, np.nan],
        },
        index=list("abcdef"),
    )
    front = pareto_front(frame, "latency_ms")
    assert front[front].index.tolist() == ["a", "b"]


def test_equals_stand_on_the_front_together():
    frame = pd.DataFrame({"accuracy": [0.6, 0.6], "size_mb": [2.0, 2.0]})
    assert pareto_front(frame, "size_mb").tolist() == [True, True]
    assert pareto_front(frame.iloc[:0], "size_mb").tolist() == []


def test_answers_are_a_table_by_variant_face_and_emotion():
    probs = {
        name: np.random.default_rng(seed).dirichlet(np.ones(7), 3)
        for seed, name in enumerate(["a.one", "a.two"])
    }
    table = answer_table(probs, {"a.one": 1.5, "a.two": 2.5})
    assert len(table) == 2 * 3 * 7
    for name, milliseconds in {"a.one": 1.5, "a.two": 2.5}.items():
        rows = table[table["variant"] == name]
        assert np.array_equal(rows["prob"].to_numpy().reshape(3, 7), probs[name])
        assert tuple(rows["emotion"][:7]) == EMOTIONS
        assert rows["face"].tolist() == [0] * 7 + [1] * 7 + [2] * 7
        assert set(rows["milliseconds"]) == {milliseconds}


def test_no_variants_or_no_faces_are_an_empty_table():
    assert answer_table({}, {}).empty
    assert answer_table({"a": np.zeros((0, 7))}, {"a": 1.0}).empty


def test_agreement_counts_the_variants_that_name_the_favourite():
    happy, sad = np.eye(7)[3], np.eye(7)[5]
    table = agreement_of(a=[happy, happy], b=[happy, sad], c=[sad, 0.9 * sad + 0.1 * happy])
    assert table.to_dict("records") == [
        {"face": 0, "emotion": "happy", "votes": 2, "variants": 3},
        {"face": 1, "emotion": "sad", "votes": 2, "variants": 3},
    ]


def test_of_equal_votes_the_surer_emotion_is_the_favourite():
    sure, unsure = 0.9 * np.eye(7)[3] + 0.1 * np.eye(7)[5], 0.6 * np.eye(7)[5] + 0.4 * np.eye(7)[3]
    table = agreement_of(a=[unsure], b=[sure])
    assert table.loc[0, ["emotion", "votes"]].tolist() == ["happy", 1]


def agreement_of(**answers):
    """The agreement of models that give these probabilities, one list of faces each."""
    return agreement(
        answer_table({name: np.array(probs) for name, probs in answers.items()}, dict.fromkeys(answers, 1.0))
    )


def test_what_is_made_of_whole_models_is_whole_though_these_are_not_among_the_rows(shipped):
    whole = {"epochs_run": 5, "epochs_planned": 5}
    make_variant(shipped, "a.net", seed=1, **whole)
    make_variant(shipped, "a.other", seed=2, **whole)
    int8 = {"from": "a.net", "from_latency_ms": 1.0, "same_answers": 1.0, "calibration_faces": 9}
    none = dict.fromkeys(whole)
    make_variant(shipped, "a.int8", framework="quantised", quantised=int8, latency_ms=1.0, **none)
    members = [{"id": "a.int8", "weight": 0.5}, {"id": "a.other", "weight": 0.5}]
    make_variant(
        shipped, "a.both", framework="ensemble", ensemble={"members": members, "chosen": "equally"}, **none
    )
    chosen = [get_variant("a.both"), get_variant("a.int8")]
    assert leaderboard_frame(chosen)["whole"].tolist() == [None, None]
    parts = parts_of(chosen, list_variants())
    assert {each.id for each in parts} == {"a.net", "a.other"}
    assert leaderboard_frame(chosen, parts=parts)["whole"].tolist() == [True, True]
