"""The reports' findings: whether they hold on runs to their end, and what shorter ones show."""

from __future__ import annotations

import pytest

from fer_core.literature.claims import (
    ALIKE,
    AT_EQUAL_LENGTH,
    FAILS,
    HOLDS,
    NEEDS_WEIGHTS,
    NOT_BEHIND,
    NOT_COMPARABLE,
    UNDECIDED,
    UNKNOWN,
    Claim,
    Comparison,
    in_words,
    weigh,
)
from fer_core.variants.registry import get_variant, list_variants
from tests.fixtures_variants import make_variant, use_empty_folders


@pytest.fixture
def shipped(monkeypatch, tmp_path):
    return use_empty_folders(monkeypatch, tmp_path)[0]


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

    def said(claim):
        verdict, evidence = weigh(claim, list_variants())
        assert verdict == AT_EQUAL_LENGTH
        return in_words(verdict, evidence)

    begin = "at equal length, 3 of 100 epochs: "
    assert said(claim_that("a.good", "a.poor")) == begin + "as the report says"
    assert said(claim_that("a.poor", "a.good")) == begin + "the other way round"
    assert said(claim_that("a.poor", "a.copy")) == begin + "no difference beyond chance"
    assert said(claim_that("a.poor", "a.copy", relation=ALIKE)) == begin + "as the report says"
    assert said(claim_that("a.good", "a.poor", relation=ALIKE)).startswith(begin + "a difference")
    both = (Comparison("a.good", "a.poor", "accuracy"), Comparison("a.poor", "a.good", "log_loss"))
    assert said(Claim("x", "a", "", "", both)) == (
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


def test_what_differs_in_more_than_the_finding_is_not_comparable_though_both_ran_to_their_end(shipped):
    make_variant(shipped, "a.whole", seed=1, skill=3, faces_per_split=700)
    make_variant(shipped, "a.worse", seed=1, skill=0.5, faces_per_split=700)
    comparison = Comparison("a.worse", "a.whole", "accuracy")
    verdict, (evidence,) = weigh(
        Claim("x", "a", "", "", (comparison,), unlike="the rates differ"), list_variants()
    )
    assert verdict == NOT_COMPARABLE and evidence.advantage < 0


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


def test_what_is_not_behind_may_be_a_little_behind_but_not_really(shipped):
    make_variant(shipped, "a.one", seed=1, faces_per_split=700)
    make_variant(shipped, "a.two", seed=1, faces_per_split=700)
    make_variant(shipped, "a.poor", seed=1, skill=0.5, faces_per_split=700)
    for better, worse, verdict in (
        ("a.one", "a.two", HOLDS),
        ("a.poor", "a.one", FAILS),
        ("a.one", "a.poor", HOLDS),
    ):
        assert weigh(claim_that(better, worse, relation=NOT_BEHIND), list_variants())[0] == verdict


def test_a_claim_about_how_long_is_trained_waits_for_runs_to_their_end(shipped):
    make_variant(shipped, "a.long", seed=1, skill=3, **THREE_OF_100)
    make_variant(shipped, "a.short", seed=1, skill=0.5, faces_per_split=700)
    comparison = Comparison("a.long", "a.short", "accuracy")
    claim = Claim("x", "a", "", "", (comparison,), only_whole=True)
    verdict, (evidence,) = weigh(claim, list_variants())
    assert (verdict, evidence.missing) == (UNKNOWN, ("a.long to its end",))


def test_a_variant_held_against_itself_is_as_long_as_itself(shipped):
    make_variant(shipped, "a.one", seed=1, **THREE_OF_100)
    claim = claim_that("a.one", "a.one", "recall", emotions=("happy",), against=("fear",))
    verdict, evidence = weigh(claim, list_variants())
    assert verdict == AT_EQUAL_LENGTH
    assert in_words(verdict, evidence).startswith("in a short run, 3 of 100 epochs: ")


def test_what_begins_with_imagenet_weights_and_is_not_trained_cant_be_decided_here(shipped):
    make_variant(shipped, "hust.random_init", seed=1, faces_per_split=700)
    make_variant(shipped, "hust.vgg19", status="recipe-only")
    claim = claim_that("hust.vgg19", "hust.random_init")
    verdict, (evidence,) = weigh(claim, list_variants())
    assert (verdict, evidence.missing) == (NEEDS_WEIGHTS, ("hust.vgg19",))


def test_once_it_is_trained_it_is_weighed_like_any_other(shipped):
    make_variant(shipped, "hust.random_init", seed=1, skill=0.5, faces_per_split=700)
    make_variant(shipped, "hust.vgg19", seed=1, skill=3, faces_per_split=700)
    assert weigh(claim_that("hust.vgg19", "hust.random_init"), list_variants())[0] == HOLDS


def test_answers_to_other_faces_are_not_paired(shipped):
    make_variant(shipped, "a.one", faces_per_split=140)
    make_variant(shipped, "a.two", faces_per_split=147)
    verdict, (evidence,) = weigh(claim_that("a.one", "a.two"), list_variants())
    assert (verdict, evidence.missing) == (UNKNOWN, ("a.one", "a.two"))
