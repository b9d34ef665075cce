"""The five reports: their figures against each other, against ours, and their findings tested again."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from fer_core.data.split import SplitName
from fer_core.emotions import EMOTIONS
from fer_core.evaluation.distorted import list_steps, write_robustness
from fer_core.evaluation.history import read_history
from fer_core.evaluation.predictions import read_predictions
from fer_core.literature.contradictions import check_recipe, check_report
from fer_core.literature.matrices import chance, printed_matrices
from fer_core.literature.our_figures import own_figures
from fer_core.literature.reports import list_reports
from fer_core.literature.reproduced import reported_figures, reproduced_frame
from fer_core.literature.rows import list_rows
from fer_core.literature.statements import of_report
from fer_core.recipes.library import list_recipes
from fer_core.recipes.recipe import parse_recipe, read_recipe
from fer_core.variants.registry import get_variant, list_variants
from tests.fixtures_variants import make_variant, use_empty_folders

ROWS = {row["id"] for row in list_rows()}
PROTOCOL = "a test set"


def reported(*entries):
    """A recipe of which a report printed these (metric, value) pairs."""
    listed = [{"metric": metric, "value": value, "protocol": PROTOCOL} for metric, value in entries]
    architecture = {"name": "pisa_cnn", "convolutions": [1, 1]}
    return parse_recipe(
        {
            "id": "pisa.cnn1",
            "framework": "keras",
            "architecture": architecture,
            "repeats": 5,
            "reported": listed,
        }
    )


def failed(recipe):
    return [check.kind for check in check_recipe(recipe) if not check.holds]


def failed_in_experiments(variant_id):
    return failed(read_recipe(list_recipes()[variant_id]))


@pytest.fixture
def shipped(monkeypatch, tmp_path):
    return use_empty_folders(monkeypatch, tmp_path)[0]


def test_every_row_of_the_reports_belongs_to_one_of_them():
    assert {name.partition(".")[0] for name in ROWS} == set(list_reports())


@pytest.mark.parametrize("variant_id", ["cos429.baseline", "cos429.baseline_testval", "cos429.final"])
def test_the_matrices_of_cos429_contradict_its_accuracies_and_the_test_sets(variant_id):
    wrong = failed_in_experiments(variant_id)
    assert wrong[:3] == ["matrix against accuracy", "matrix against chance", "matrix against test set"]
    totals = [] if variant_id == "cos429.final" else ["overall against its parts"] * 2
    assert wrong[3:] == totals


def test_chance_is_what_shuffled_answers_give():
    matrix = printed_matrices(read_recipe(list_recipes()["cos429.final"]))[0]
    expected, sd = chance(matrix)
    labels, answers = (np.repeat(np.arange(7), matrix.sum(axis=axis)) for axis in (1, 0))
    rng = np.random.default_rng(1)
    hits = [(labels == rng.permutation(answers)).sum() for _ in range(2000)]
    assert np.mean(hits) == pytest.approx(expected, abs=2) and np.std(hits) == pytest.approx(sd, rel=0.06)
    assert matrix[EMOTIONS.index("surprise"), EMOTIONS.index("neutral")] == 70  # reordered, rows true


def test_the_diagonal_of_cos429_final_is_counted_as_printed():
    checks = check_recipe(read_recipe(list_recipes()["cos429.final"]))
    assert "66 + 1 + 35 + 262 + 62 + 51 + 157 = 634; 634 / 3589 = 0.1767" in checks[0].arithmetic


def test_the_cut_off_column_of_hust_is_no_contradiction_but_a_fall_that_its_text_understates_is():
    checks = check_recipe(read_recipe(list_recipes()["hust.vgg19"]))
    assert sum(check.kind == "variance against deviation" for check in checks) == 22
    assert [check.kind for check in checks if not check.holds] == ["difference in words"]
    whole = [("accuracy", 0.6932), ("accuracy_min", 0.685), ("accuracy_max", 0.69), ("accuracy_sd", 0.00512)]
    assert failed(reported(*whole)) == ["mean within its extremes", "spread within its extremes"]


@pytest.mark.parametrize(
    ("family", "wrong"),
    [
        ("moodmirror", ["numbers for things", "faces of one emotion"]),
        ("cos429", []),
        ("pisa", ["conclusion against figures"]),
        ("hust", ["share of the data set", *["conclusion against figures"] * 3]),
        ("ece176", []),
    ],
)
def test_what_a_report_says_of_several_variants_is_held_against_its_figures(family, wrong):
    assert [check.kind for check in of_report(family) if not check.holds] == wrong


def test_the_log_that_is_announced_as_vgg16_is_of_another_training():
    wrong = [check for check in check_report("pisa") if check.kind == "log against table" and not check.holds]
    assert [check.variant for check in wrong] == ["pisa.vgg16_features_balanced"]
    assert "is what the table gives for pisa.vgg19_features_balanced" in wrong[0].sentence


def test_differences_in_words_are_held_against_the_figures():
    wrong = [c for c in check_report("cos429") if c.kind == "difference in words" and not c.holds]
    assert [(c.variant, c.arithmetic) for c in wrong] == [("cos429.dropout65", "0.387 − 0.348 = 0.0390")]


@pytest.mark.parametrize(
    ("variant_id", "times"),
    [
        ("moodmirror.advanced_adam", 1),
        ("moodmirror.advanced_rmsprop", 0),
        ("moodmirror.basic", 1),
        ("moodmirror.advanced_reduced6", 1),
        ("moodmirror.efficientnetb5_finetune", 3),
    ],
)
def test_moodmirror_gives_two_values_for_one_thing(variant_id, times):
    assert failed_in_experiments(variant_id) == ["two values for one thing"] * times


@pytest.mark.parametrize("variant_id", [name for name in sorted(ROWS) if name.startswith("pisa.")])
def test_the_figures_of_pisa_agree_with_each_other_but_for_one_log(variant_id):
    other = ["log against table"] if variant_id == "pisa.vgg16_features_balanced" else []
    assert failed_in_experiments(variant_id) == other


def test_the_greatest_spread_of_repeats_is_that_of_values_at_both_ends():
    ends = np.array([0.6, 0.6, 0.7, 0.7, 0.7])
    extremes = [("accuracy", 0.65), ("accuracy_min", 0.6), ("accuracy_max", 0.7)]
    assert failed(reported(*extremes, ("accuracy_sd", round(float(ends.std(ddof=1)), 4)))) == []
    assert failed(reported(*extremes, ("accuracy_sd", 0.09))) == ["spread within its extremes"]


def test_an_f1_that_is_not_the_harmonic_mean_is_found_and_rounding_is_forgiven():
    perfect = [
        (f"{measure}_{emotion}", 0.5) for measure in ("precision", "recall", "f1") for emotion in EMOTIONS
    ]
    assert failed(reported(*perfect)) == []
    wrong = [(metric, 0.52 if metric == "f1_fear" else value) for metric, value in perfect]
    assert failed(reported(*wrong)) == ["F1 from precision and recall"]
    near = [(metric, 0.505 if metric == "f1_fear" else value) for metric, value in perfect]
    assert failed(reported(*near)) == []


def test_averages_and_accuracy_are_held_against_the_emotions():
    each = [
        (f"{measure}_{emotion}", 0.5) for measure in ("precision", "recall", "f1") for emotion in EMOTIONS
    ]
    right = [("macro_f1", 0.5), ("weighted_recall", 0.5), ("accuracy", 0.5)]
    assert failed(reported(*each, *right)) == []
    wrong = [("macro_f1", 0.6), ("weighted_recall", 0.45), ("accuracy", 0.57)]
    assert sorted(failed(reported(*each, *wrong))) == [
        "averages of the emotions",
        "averages of the emotions",
        "recall against accuracy",
    ]


def test_reported_stands_beside_reproduced_on_the_faces_nearest_to_the_reports(shipped):
    entries = [{"metric": "accuracy", "value": 0.6, "protocol": PROTOCOL}]
    make_variant(shipped, "pisa.cnn1", seed=1, reported=entries)
    make_variant(shipped, "pisa.cnn2", status="recipe-only", reported=entries)
    make_variant(shipped, "mine.other", seed=2)
    frame = reproduced_frame(list_variants(), "pisa").set_index("id")
    assert frame.index.tolist() == ["pisa.cnn1", "pisa.cnn2"]
    everything = read_predictions(get_variant("pisa.cnn1").predictions_path)
    both = np.concatenate([everything.of(split).predicted == everything.of(split).label
                           for split in (SplitName.PUBLIC_TEST, SplitName.PRIVATE_TEST)])  # fmt: skip
    first = frame.loc["pisa.cnn1"]
    assert first["both_accuracy"] == pytest.approx(both.mean())
    assert first["difference"] == pytest.approx(both.mean() - 0.6)
    assert first["accuracy"] == get_variant("pisa.cnn1").metrics()["accuracy"]
    assert math.isnan(frame.loc["pisa.cnn2", "difference"])


def test_a_reproduced_figure_says_how_far_its_model_was_trained(shipped):
    make_variant(shipped, "hust.vgg19", epochs_run=4, epochs_planned=100)
    make_variant(shipped, "hust.focal2", status="recipe-only")
    frame = reproduced_frame(list_variants(), "hust").set_index("id")
    assert frame["training"].dropna().to_dict() == {"hust.vgg19": "4 of 100 epochs"}
    assert frame["whole"].dropna().to_dict() == {"hust.vgg19": False}


def test_a_report_with_a_test_split_of_its_own_is_held_against_private_test(shipped):
    entries = [{"metric": "accuracy", "value": 0.6, "protocol": PROTOCOL}]
    make_variant(shipped, "hust.vgg19", seed=1, reported=entries)
    row = reproduced_frame(list_variants(), "hust").iloc[0]
    assert math.isnan(row["both_accuracy"])
    assert row["difference"] == pytest.approx(row["accuracy"] - 0.6)


def test_every_printed_figure_has_ours_beside_it_where_it_is_the_same_thing(shipped):
    entries = [
        {"metric": name, "value": 0.5, "protocol": PROTOCOL}
        for name in (
            "accuracy",
            "loss",
            "macro_f1",
            "recall_fear",
            "auc_disgust",
            "accuracy_sd",
            "train_accuracy",
        )
    ]
    make_variant(shipped, "pisa.cnn1", seed=1, reported=entries)
    figures = reported_figures(get_variant("pisa.cnn1")).set_index("metric")["ours"]
    card = get_variant("pisa.cnn1").metrics()
    assert figures["accuracy"] == pytest.approx(card["accuracy"])
    assert figures["loss"] == pytest.approx(card["log_loss"])
    assert figures["macro_f1"] == pytest.approx(card["macro_f1"])
    assert 0 <= figures["recall_fear"] <= 1
    assert 0 <= figures["auc_disgust"] <= 1
    history = read_history(get_variant("pisa.cnn1").history_path)
    assert figures["train_accuracy"] == history["train_accuracy"].iloc[-1]
    assert math.isnan(figures["accuracy_sd"])  # of one run


def test_distorted_faces_and_spreads_over_repeats_have_ours_beside_them(shipped, tmp_path):
    names = ("accuracy_occlusion", "loss_distorted", "accuracy_sd", "accuracy_max", "f1_happy")
    entries = [{"metric": name, "value": 0.5, "protocol": "five repeats"} for name in names]
    runs = [f"hust.run_{seed}" for seed in (1, 2, 3)]
    for seed, name in enumerate(runs, start=1):
        folder = make_variant(shipped, name, seed=seed, reported=entries, recipe={"seed": seed})
        rows = pd.DataFrame(list_steps(), columns=["distortion", "severity"]).assign(
            n=9, accuracy=0.4, loss=2.0
        )
        write_robustness(folder / "robustness.csv", rows)
    figures = reported_figures(get_variant(runs[0]), list_variants()).set_index("metric")["ours"]
    accuracies = [get_variant(name).metrics()["accuracy"] for name in runs]
    assert figures["accuracy_occlusion"] == pytest.approx(0.4)
    assert figures["loss_distorted"] == pytest.approx(2.0)
    assert figures["accuracy_sd"] == pytest.approx(np.std(accuracies, ddof=1))
    assert figures["accuracy_max"] == max(accuracies)
    happy = [own_figures(get_variant(name))["f1_happy"] for name in runs]
    assert figures["f1_happy"] == pytest.approx(np.mean(happy))
