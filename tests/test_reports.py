"""The five reports: their figures against each other, against ours, and their findings tested again."""

from __future__ import annotations

import math

import numpy as np
import pytest

from fer_core.emotions import EMOTIONS
from fer_core.evaluation.predictions import PRIVATE_TEST, PUBLIC_TEST, read_predictions
from fer_core.experiments import list_recipes, list_rows
from fer_core.recipes import parse_recipe, read_recipe
from fer_core.registry import get_variant, list_variants
from fer_core.reports import claims as claims_module
from fer_core.reports.claims import (
    ALIKE,
    AT_EQUAL_LENGTH,
    FAILS,
    HOLDS,
    NOT_COMPARABLE,
    UNDECIDED,
    UNKNOWN,
    Claim,
    Comparison,
    in_words,
    list_claims,
    weigh,
)
from fer_core.reports.contradictions import check_recipe
from fer_core.reports.reproduced import reported_figures, reproduced_frame
from fer_core.reports.sources import list_reports
from tests.fixtures_variants import make_variant, use_empty_folders

ROWS = {row["id"] for row in list_rows()}
PROTOCOL = "a test set"


def reported(*entries):
    """A recipe of which a report printed these (metric, value) pairs."""
    told = [{"metric": metric, "value": value, "protocol": PROTOCOL} for metric, value in entries]
    architecture = {"name": "pisa_cnn", "convolutions": [1, 1]}
    return parse_recipe(
        {
            "id": "pisa.cnn1",
            "framework": "keras",
            "architecture": architecture,
            "repeats": 5,
            "reported": told,
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
    assert failed_in_experiments(variant_id) == ["matrix against accuracy", "matrix against test set"]


def test_the_diagonal_of_cos429_final_is_counted_as_printed():
    checks = check_recipe(read_recipe(list_recipes()["cos429.final"]))
    assert "66 + 1 + 35 + 262 + 62 + 51 + 157 = 634; 634 / 3589 = 0.1767" in checks[0].arithmetic


def test_the_mean_of_hust_lies_above_its_maximum_and_its_spread_is_impossible():
    assert failed_in_experiments("hust.vgg19") == ["mean within its extremes", "spread within its extremes"]


@pytest.mark.parametrize(
    ("variant_id", "times"),
    [("moodmirror.basic", 1), ("moodmirror.advanced_reduced6", 1), ("moodmirror.efficientnetb5_finetune", 3)],
)
def test_moodmirror_gives_two_values_for_one_thing(variant_id, times):
    assert failed_in_experiments(variant_id) == ["two values for one thing"] * times


@pytest.mark.parametrize("variant_id", [name for name in sorted(ROWS) if name.startswith("pisa.")])
def test_the_figures_of_pisa_agree_with_each_other(variant_id):
    assert failed_in_experiments(variant_id) == []


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
    told = [{"metric": "accuracy", "value": 0.6, "protocol": PROTOCOL}]
    make_variant(shipped, "pisa.cnn1", seed=1, reported=told)
    make_variant(shipped, "pisa.cnn2", status="recipe-only", reported=told)
    make_variant(shipped, "mine.other", seed=2)
    frame = reproduced_frame(list_variants(), "pisa").set_index("id")
    assert frame.index.tolist() == ["pisa.cnn1", "pisa.cnn2"]
    everything = read_predictions(get_variant("pisa.cnn1").predictions_path)
    both = np.concatenate([everything.of(split).predicted == everything.of(split).label
                           for split in (PUBLIC_TEST, PRIVATE_TEST)])  # fmt: skip
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
    told = [{"metric": "accuracy", "value": 0.6, "protocol": PROTOCOL}]
    make_variant(shipped, "hust.vgg19", seed=1, reported=told)
    row = reproduced_frame(list_variants(), "hust").iloc[0]
    assert math.isnan(row["both_accuracy"])
    assert row["difference"] == pytest.approx(row["accuracy"] - 0.6)


def test_every_printed_figure_has_ours_beside_it_where_it_is_the_same_thing(shipped):
    told = [
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
    make_variant(shipped, "pisa.cnn1", seed=1, reported=told)
    figures = reported_figures(get_variant("pisa.cnn1")).set_index("metric")["ours"]
    card = get_variant("pisa.cnn1").metrics()
    assert figures["accuracy"] == pytest.approx(card["accuracy"])
    assert figures["loss"] == pytest.approx(card["log_loss"])
    assert figures["macro_f1"] == pytest.approx(card["macro_f1"])
    assert 0 <= figures["recall_fear"] <= 1
    assert 0 <= figures["auc_disgust"] <= 1
    assert figures[["accuracy_sd", "train_accuracy"]].isna().all()


@pytest.mark.parametrize("claim", list_claims(), ids=lambda claim: claim.id)
def test_a_claim_compares_variants_that_have_recipes(claim):
    named = {name for one in claim.comparisons for name in (one.better, one.worse)}
    assert named <= set(list_recipes())
    assert {name.partition(".")[0] for name in named} == {claim.family}


def claim_that(better, worse, figure="accuracy", **more):
    return Claim("one", "a", "One is better.", "", (Comparison(better, worse, figure, **more),))


@pytest.mark.parametrize("figure", ["accuracy", "macro_f1", "log_loss", "recall"])
def test_a_claim_holds_where_the_better_is_really_ahead_and_fails_the_other_way(shipped, figure):
    make_variant(shipped, "a.good", seed=1, skill=3, faces_per_split=700)
    make_variant(shipped, "a.poor", seed=1, skill=0.5, faces_per_split=700)
    emotions = {"emotions": ("happy", "fear")} if figure == "recall" else {}
    variants = list_variants()
    verdict, (evidence,) = weigh(claim_that("a.good", "a.poor", figure, **emotions), variants)
    assert verdict == HOLDS
    assert 0 < evidence.lo < evidence.advantage < evidence.hi
    verdict, (reverse,) = weigh(claim_that("a.poor", "a.good", figure, **emotions), variants)
    assert verdict == FAILS
    assert reverse.advantage == pytest.approx(-evidence.advantage)


def test_the_advantage_is_the_difference_of_the_cards_figures(shipped):
    make_variant(shipped, "a.good", seed=1, skill=3)
    make_variant(shipped, "a.poor", seed=1, skill=1)
    good, poor = (get_variant(name).metrics() for name in ("a.good", "a.poor"))
    for figure, sign in (("accuracy", 1), ("macro_f1", 1), ("log_loss", -1)):
        evidence = weigh(claim_that("a.good", "a.poor", figure), list_variants())[1][0]
        assert evidence.advantage == pytest.approx(sign * (good[figure] - poor[figure]), abs=1e-6)


def test_equal_variants_leave_a_claim_undecided_and_confirm_that_they_are_alike(shipped):
    make_variant(shipped, "a.one", seed=1)
    make_variant(shipped, "a.two", seed=1)
    assert weigh(claim_that("a.one", "a.two"), list_variants())[0] == UNDECIDED
    assert weigh(claim_that("a.one", "a.two", relation=ALIKE), list_variants())[0] == HOLDS


def test_short_runs_of_unequal_lengths_are_not_comparable_yet(shipped):
    make_variant(shipped, "a.long", seed=1, skill=3, faces_per_split=700, epochs_run=12, epochs_planned=200)
    make_variant(shipped, "a.short", seed=1, skill=0.5, faces_per_split=700, epochs_run=8, epochs_planned=200)
    verdict, (evidence,) = weigh(claim_that("a.long", "a.short"), list_variants())
    assert verdict == NOT_COMPARABLE == in_words(verdict, [evidence])
    assert evidence.unequal == ("a.long 12 of 200 epochs", "a.short 8 of 200 epochs")
    assert evidence.lo > 0


@pytest.mark.parametrize(
    "ends",
    [
        {"epochs_run": 30, "epochs_planned": 30},
        {"epochs_run": 9, "deviations": ["Early stopping ended the training after epoch 9."]},
        {"epochs_run": 10, "epochs_planned": 10},
    ],
    ids=["its last epoch", "its own rule", "as long as the other"],
)
def test_whole_runs_are_always_tested_however_long_each_is(shipped, ends):
    make_variant(shipped, "a.good", seed=1, skill=3, faces_per_split=700, epochs_planned=10, epochs_run=10)
    make_variant(shipped, "a.poor", seed=1, skill=0.5, faces_per_split=700, **{"epochs_planned": 200} | ends)
    verdict, (evidence,) = weigh(claim_that("a.good", "a.poor"), list_variants())
    assert (verdict, evidence.unequal, evidence.seen) == (HOLDS, (), "")
    assert weigh(claim_that("a.poor", "a.good"), list_variants())[0] == FAILS


THREE_OF_100 = {"faces_per_split": 700, "epochs_run": 3, "epochs_planned": 100}


def test_equally_short_runs_get_no_verdict_but_what_they_show_at_their_length(shipped):
    make_variant(shipped, "a.good", seed=1, skill=3, **THREE_OF_100)
    make_variant(shipped, "a.poor", seed=1, skill=0.5, **THREE_OF_100)
    make_variant(shipped, "a.copy", seed=1, skill=0.5, **THREE_OF_100)

    def told(claim):
        verdict, evidence = weigh(claim, list_variants())
        assert verdict == AT_EQUAL_LENGTH
        return in_words(verdict, evidence)

    begin = "at equal length, 3 of 100 epochs: "
    assert told(claim_that("a.good", "a.poor")) == begin + "as the report says"
    assert told(claim_that("a.poor", "a.good")) == begin + "the other way round"
    assert told(claim_that("a.poor", "a.copy")) == begin + "no difference beyond chance"
    assert told(claim_that("a.poor", "a.copy", relation=ALIKE)) == begin + "as the report says"
    assert told(claim_that("a.good", "a.poor", relation=ALIKE)).startswith(begin + "a difference")
    both = (Comparison("a.good", "a.poor", "accuracy"), Comparison("a.poor", "a.good", "log_loss"))
    assert told(Claim("x", "a", "", "", both)) == (
        begin + "as the report says in 1 of 2 and the other way round in 1 of 2"
    )


def test_only_runs_to_the_end_make_a_finding_fail(shipped):
    make_variant(shipped, "a.good", seed=1, skill=3, **THREE_OF_100)
    make_variant(shipped, "a.poor", seed=1, skill=0.5, **THREE_OF_100)
    make_variant(shipped, "a.whole", seed=1, skill=3, faces_per_split=700)
    make_variant(shipped, "a.worse", seed=1, skill=0.5, faces_per_split=700)
    short, whole = Comparison("a.poor", "a.good", "accuracy"), Comparison("a.worse", "a.whole", "accuracy")
    assert weigh(Claim("x", "a", "", "", (short,)), list_variants())[0] == AT_EQUAL_LENGTH
    assert weigh(Claim("x", "a", "", "", (short, whole)), list_variants())[0] == FAILS
    assert weigh(claim_that("a.worse", "a.good"), list_variants())[0] == NOT_COMPARABLE


def test_a_run_that_began_with_other_weights_is_never_as_long_as_another(shipped):
    for name, skill in (("a.good", 3), ("a.poor", 0.5)):
        make_variant(
            shipped, name, seed=1, skill=skill, faces_per_split=700,
            deviations=["It began with the weights of a.other."] if name == "a.good" else [],
        )  # fmt: skip
    assert weigh(claim_that("a.good", "a.poor"), list_variants())[0] == NOT_COMPARABLE


def test_variants_are_called_alike_only_where_there_are_faces_enough_to_say_so(shipped):
    make_variant(shipped, "a.good", seed=1, skill=3, faces_per_split=700)
    make_variant(shipped, "a.poor", seed=1, skill=0.5, faces_per_split=700)
    make_variant(shipped, "b.one", seed=1, skill=2.0, faces_per_split=42)
    make_variant(shipped, "b.two", seed=1, skill=2.1, faces_per_split=42)
    assert weigh(claim_that("a.good", "a.poor", relation=ALIKE), list_variants())[0] == FAILS
    verdict, (evidence,) = weigh(claim_that("b.one", "b.two", relation=ALIKE), list_variants())
    assert evidence.lo < -0.02 < evidence.hi
    assert verdict == UNDECIDED


def test_a_claim_waits_for_what_is_not_trained_unless_another_comparison_fails(shipped):
    make_variant(shipped, "a.good", seed=1, skill=3, faces_per_split=700)
    make_variant(shipped, "a.poor", seed=1, skill=0.5, faces_per_split=700)
    make_variant(shipped, "a.later", status="recipe-only")
    waiting, failing = Comparison("a.good", "a.later", "accuracy"), Comparison("a.poor", "a.good", "accuracy")
    verdict, (evidence,) = weigh(Claim("x", "a", "", "", (waiting,)), list_variants())
    assert verdict == UNKNOWN
    assert evidence.missing == ("a.later",)
    assert weigh(Claim("x", "a", "", "", (waiting, failing)), list_variants())[0] == FAILS


def test_resistance_to_distortion_is_read_from_the_reports_own_distortions(shipped):
    for name, loss in (("a.firm", 1.5), ("a.weak", 2.5)):
        folder = make_variant(shipped, name, seed=1)
        text = f"distortion,severity,n,accuracy,loss\nreport_blur,1,28,0.4,{loss}\nrotation,1,140,0.2,9\n"
        (folder / "robustness.csv").write_text(text)
    verdict, (evidence,) = weigh(claim_that("a.firm", "a.weak", "distorted_log_loss"), list_variants())
    assert verdict == HOLDS
    assert evidence.advantage == pytest.approx(1.0)


def test_a_claim_that_is_written_wrongly_is_named(monkeypatch, tmp_path):
    file = tmp_path / "claims.yaml"
    file.write_text(
        "- {id: odd, family: a, claim: x, reported: y, comparisons: [{better: a, worse: b, figure: luck}]}"
    )
    monkeypatch.setattr(claims_module, "CLAIMS", file)
    with pytest.raises(claims_module.RecipeError, match=r"'odd' is wrong.*luck"):
        list_claims.__wrapped__()
