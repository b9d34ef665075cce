"""Which variant stands up best is said with those that can't be told apart from it."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binomtest

from fer_core.comparison.firmest import firmest, firmest_on
from fer_core.data.distortions import NONE, SEVERITIES, SUITE
from fer_core.evaluation.significance import signed_rank_p

LEVEL = 0.5
EVERY = len(SUITE)


def table(lead, ahead=EVERY, clean=0.7):
    """Right on LEVEL of the faces under every distortion; by ``lead`` more under the first ``ahead``, by as much less
    under the others."""
    signs = np.where(np.arange(EVERY) < ahead, lead, -lead)
    rows = [
        (name, severity, LEVEL + sign)
        for name, sign in zip(SUITE, signs, strict=True)
        for severity in SEVERITIES
    ]
    return pd.DataFrame([(NONE, 0, clean), *rows], columns=["distortion", "severity", "accuracy"])


def test_one_alone_is_told_with_what_it_keeps():
    assert firmest({"a.one": table(0)}) == (
        "Over all distortions **a.one** is right on **50 of 100 faces**, 71 % of the 70 that it names rightly when "
        "nothing is in the way."
    )


def test_one_that_names_no_face_rightly_keeps_nothing_that_could_be_told():
    assert firmest({"a.one": table(-0.4, clean=0.0)}).endswith("is right on **10 of 100 faces**.")


@pytest.mark.parametrize("ahead", range(7, EVERY))
def test_a_lead_is_real_where_an_exact_signed_rank_test_says_so(ahead):
    said = firmest({"a.two": table(0), "a.one": table(0.01, ahead)})
    assert said.startswith("**a.one** stands up best")
    assert f"under {ahead} of the 13 distortions" in said
    leads = np.where(np.arange(EVERY) < ahead, 0.01, -0.01)
    real = binomtest(ahead, EVERY).pvalue < 0.05  # of leads that are all alike, ranks say what signs say
    assert signed_rank_p(leads) == pytest.approx(binomtest(ahead, EVERY).pvalue)
    assert ("**the difference is real**" in said) == real
    assert ("It **can't be told apart** from a.two (50): it is ahead of it" in said) != real


def test_large_leads_outweigh_small_lags():
    lags = table(0)
    few = lags["distortion"].isin(list(SUITE)[:2])
    lags.loc[~few & (lags["severity"] > 0), "accuracy"] -= 0.1
    lags.loc[few, "accuracy"] += 0.001
    others = {f"b.{place}": table(-0.2) for place in range(3)}
    assert "under 11–13 of the 13 distortions: **the difference is real**" in firmest(
        {"a.one": table(0), "a.two": lags} | others
    )


def test_distortions_under_which_two_are_alike_speak_for_neither():
    alike = table(0)
    alike.loc[alike["distortion"].isin(list(SUITE)[:5]), "accuracy"] += 0.01
    said = firmest({"a.two": table(0), "a.one": alike})
    assert "under 5 of the 13 distortions, and such leads could be chance" in said


def test_among_several_those_far_behind_are_not_called_alike():
    said = firmest({"a.near": table(-0.001, 7), "a.one": table(0), "a.far": table(-0.2)})
    assert "**can't be told apart** from a.near (50)" in said
    assert "a.far" not in said


def test_many_rivals_are_counted_and_corrected_for_being_many():
    lead = {"a.one": table(0.01, 12)}
    assert "the difference is real" in firmest(lead | {"a.two": table(0)})
    many = {f"b.{place}": table(0) for place in range(20)}
    said = firmest(lead | many)
    assert "and 17 more" in said
    assert "ahead of them under 12 of the 13" in said


def test_more_than_one_left_behind_are_told_together():
    said = firmest({"a.one": table(0), "a.two": table(-0.1), "a.three": table(-0.2)})
    assert said.endswith(
        "It is ahead of each of the others under all 13 distortions: **the difference is real**."
    )


@pytest.fixture
def on_a_set():
    figures = {"clean": 0.6, "kept": 0.75, "mean_lo": 0.4, "mean_hi": 0.5, "faces": 1400}
    return pd.DataFrame(
        [
            {"variant": "a.one", "mean": 0.45, "behind_hi": 0.0, **figures},
            {"variant": "a.near", "mean": 0.44, "behind_hi": 0.01, **figures},
            {"variant": "a.far", "mean": 0.3, "behind_hi": -0.1, **figures},
        ]
    )


def test_on_a_test_set_it_is_told_how_sure_the_first_is_and_who_is_alike(on_a_set):
    assert firmest_on(on_a_set) == (
        "**a.one** stands up best: over all distortions right on **45 of 100 faces**, give or take 5.0, 75 % of the 60 "
        "that it names rightly when nothing is in the way. 1,400 faces can't tell it from a.near."
    )


def test_on_a_test_set_nobody_is_called_alike_who_is_behind(on_a_set):
    assert "can't tell" not in firmest_on(on_a_set.iloc[[0, 2]].reset_index(drop=True))
