"""How far a variant was trained, in words, in the verdict, in the list and over the API."""

from __future__ import annotations

import pandas as pd
import pytest

from fer_core.__main__ import main
from fer_core.api.describe import summarise
from fer_core.comparison.leaderboard import leaderboard_frame
from fer_core.comparison.verdict import verdict
from fer_core.variants.length import Ended, length_of, trained_to_end
from fer_core.variants.registry import get_variant, list_variants
from tests.fixtures_variants import make_variant, use_empty_folders

STOPPED = "Early stopping ended the training after epoch 61."
CONTINUED = "It began with the weights of a.parent."


@pytest.fixture
def shipped(monkeypatch, tmp_path):
    return use_empty_folders(monkeypatch, tmp_path)[0]


def ran(run, planned=None, *deviations):
    return {"epochs_run": run, "epochs_planned": planned, "deviations": list(deviations)}


def ensemble(*members):
    return {"ensemble": {"members": [{"id": name, "weight": 1} for name in members]}}


@pytest.mark.parametrize(
    ("facts", "text", "ended", "whole"),
    [
        (ran(4, 150), "4 of 150 epochs, cut short", Ended.CUT, False),
        (ran(150, 150), "150 of 150 epochs", Ended.PLANNED, True),
        (ran(1, 1), "1 of 1 epoch", Ended.PLANNED, True),
        (ran(200, 150), "200 epochs", Ended.PLANNED, True),
        (ran(61, 200, STOPPED), "61 of at most 200 epochs, stopped by its rule", Ended.EARLY_STOPPING, True),
        (
            ran(61, 200, "At most 100 epochs were run instead of the recipe's 200.", STOPPED),
            "61 of at most 200 epochs, stopped by its rule",
            Ended.EARLY_STOPPING,
            True,
        ),
        (ran(5, 5, CONTINUED), "5 of 5 epochs, begun with another model's weights", Ended.PLANNED, False),
        (
            ran(3, 5, CONTINUED),
            "3 of 5 epochs, cut short, begun with another model's weights",
            Ended.CUT,
            False,
        ),
        (ran(7), "7 epochs", Ended.UNKNOWN, None),
        (ran(2, 2) | {"training_share": 0.1}, "2 of 2 epochs on 10 % of the faces", Ended.PLANNED, False),
    ],
)
def test_a_length_says_how_far_and_how_it_ended(facts, text, ended, whole):
    length = length_of(facts)
    assert (length.long_text, length.ended, length.whole) == (text, ended, whole)


def test_what_has_no_epochs_has_no_length():
    assert length_of({"epochs_planned": 5}) is None
    assert length_of({}) is None


def test_an_ensemble_is_trained_to_its_end_where_all_its_members_are():
    cards = {
        "whole": ran(5, 5), "cut": ran(4, 5), "unknown": {},
        "of_whole": ensemble("whole"), "of_both": ensemble("whole", "cut"), "nested": ensemble("of_whole", "whole"),
        "of_unknown": ensemble("whole", "unknown"), "of_missing": ensemble("whole", "gone"),
        "of_itself": ensemble("of_itself"),
    }  # fmt: skip
    assert trained_to_end(cards) == {
        "whole": True, "cut": False, "unknown": None, "of_whole": True, "of_both": False, "nested": True,
        "of_unknown": None, "of_missing": None, "of_itself": None,
    }  # fmt: skip


@pytest.mark.parametrize("made", ["yes", 3, [], {"members": "a.b"}, {"members": [1, {"weight": 1}]}])
def test_a_damaged_list_of_members_is_as_good_as_unknown(made):
    assert trained_to_end({"a.b": {"ensemble": made}}) == {"a.b": None}


def board(*rows):
    columns = ["id", "accuracy", "ended", "whole", "group"]
    frame = pd.DataFrame(rows, columns=columns).assign(lo=0.4, hi=0.5)
    return frame.astype({"whole": object})


CUT, PLANNED = str(Ended.CUT), str(Ended.PLANNED)


@pytest.mark.parametrize(
    ("rows", "ending"),
    [
        (
            [("a.cut", 0.6, CUT, False, 1), ("a.whole", 0.5, PLANNED, True, 2), ("a.next", 0.4, PLANNED, True, 2)],
            "Of the 2 trained to their end the best is **a.whole** (50); 1 was cut short and may improve.",
        ),
        (
            [("a.cut", 0.6, CUT, False, 1), ("a.whole", 0.5, PLANNED, True, 2), ("b.cut", 0.4, CUT, False, 2)],
            "Only **a.whole** (50) was trained to its end; 2 were cut short and may improve, a.cut among them.",
        ),
        (
            [("a.whole", 0.6, PLANNED, True, 1), ("b.whole", 0.5, PLANNED, True, 2), ("a.cut", 0.4, CUT, False, 2)],
            "It is also the best of the 2 trained to their end; 1 was cut short and may improve.",
        ),
        (
            [("a.whole", 0.6, PLANNED, True, 1), ("a.cut", 0.4, CUT, False, 2)],
            "It is the only one trained to its end; 1 was cut short and may improve.",
        ),
        (
            [("a.cut", 0.6, CUT, False, 1), ("b.cut", 0.4, CUT, False, 2)],
            "None of these was trained to its end; 2 were cut short and may improve, a.cut among them.",
        ),
        (
            [("a.both", 0.6, None, False, 1), ("a.whole", 0.4, PLANNED, True, 2)],
            "Only **a.whole** (40) was trained to its end.",
        ),
    ],
    ids=["best cut", "one whole", "best whole", "best the only whole", "all cut", "ensemble of short ones"],
)  # fmt: skip
def test_the_verdict_names_the_best_of_those_trained_to_their_end(rows, ending):
    assert verdict(board(*rows)).endswith(ending)


@pytest.mark.parametrize("whole", [True, None])
def test_the_verdict_is_silent_about_lengths_where_nothing_is_known_to_be_short(whole):
    said = verdict(board(("a.one", 0.6, None, whole, 1), ("a.two", 0.5, PLANNED, True, 2)))
    assert said.endswith("**the difference is real**.")


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([("a.cut", 0.6, CUT, False, 1), ("a.brought", 0.4, None, None, 2)], "None of these is known to have been"),
        ([("a.whole", 0.6, PLANNED, True, 1), ("a.brought", 0.5, None, None, 2), ("a.cut", 0.4, CUT, False, 3)],
         "It is the only one known to be trained to its end"),
        ([("a.brought", 0.6, None, None, 1), ("a.whole", 0.5, PLANNED, True, 2), ("a.cut", 0.4, CUT, False, 3)],
         "Only **a.whole** (50) is known to have been trained to its end"),
    ],
)  # fmt: skip
def test_the_verdict_does_not_claim_to_know_how_long_a_brought_model_was_trained(rows, said):
    assert said in verdict(board(*rows))


def test_models_of_other_faces_are_not_the_best_of_those_trained_to_their_end():
    rows = [
        ("a.cut", 0.6, CUT, False, 1),
        ("b.cut", 0.5, CUT, False, 2),
        ("a.other", 0.9, PLANNED, True, None),
    ]
    assert "None of these was trained to its end" in verdict(board(*rows))


def test_the_leaderboards_rows_have_their_length(shipped):
    make_variant(shipped, "a.cut", epochs_run=4, epochs_planned=150)
    make_variant(shipped, "a.whole")
    make_variant(shipped, "a.recipe", status="recipe-only")
    frame = leaderboard_frame(list_variants()).set_index("id")
    assert frame.loc["a.cut", ["training", "ended", "epochs_planned"]].tolist() == [
        "4 of 150 epochs",
        CUT,
        150,
    ]
    assert frame["whole"].to_dict() == {"a.cut": False, "a.whole": True, "a.recipe": None}


def test_the_list_says_how_far_each_was_trained(shipped, capsys):
    make_variant(shipped, "a.cut", epochs_run=4, epochs_planned=150)
    make_variant(shipped, "a.recipe", status="recipe-only")
    assert main(["list"]) == 0
    heading, *lines = capsys.readouterr().out.splitlines()
    assert heading.endswith("trained")
    assert [line.rpartition("0.6000  ")[2] for line in lines] == ["4 of 150 epochs, cut short", "-"]


def test_the_api_describes_the_training_of_a_model(shipped):
    make_variant(shipped, "a.ruled", epochs_run=61, epochs_planned=200, deviations=[STOPPED])
    make_variant(shipped, "a.recipe", status="recipe-only")
    assert summarise(get_variant("a.ruled")).training.model_dump() == {
        "epochs_run": 61, "epochs_planned": 200, "whole": True, "ended": "early_stopping",
    }  # fmt: skip
    assert summarise(get_variant("a.recipe")).training is None


def test_one_model_alone_is_not_called_the_best():
    assert verdict(board(("a.one", 0.6, PLANNED, True, 1))) == (
        "**a.one** is right on **60 of 100 faces**, give or take 5.0. "
        "No other model here was measured on the same faces."
    )
    said = verdict(board(("a.one", 0.6, PLANNED, True, 1), ("a.other", 0.9, PLANNED, True, None)))
    assert "the best" not in said and said.endswith("1 model was measured on other faces and stands apart.")
