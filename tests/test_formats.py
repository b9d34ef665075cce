"""Numbers are printed one way everywhere."""

from __future__ import annotations

import math
from datetime import date

import pytest

from fer_core import formats


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "< 0.001"),
        (0.00099, "< 0.001"),
        (0.0123, "0.012"),
        (0.434, "0.43"),
        (1.0, "1"),
        (None, "–"),
        (math.nan, "–"),
    ],
)
def test_p_values_have_two_figures_or_say_that_they_are_tiny(value, text):
    assert formats.p_value(value) == text


def test_a_p_value_in_a_sentence_is_not_parted_from_its_letter():
    assert [formats.p_in_text(value) for value in (0.0001, 0.43)] == [
        "p\u00a0<\u00a00.001",
        "p\u00a0=\u00a00.43",
    ]
    assert formats.p_in_text(None) == formats.NOTHING


@pytest.mark.parametrize(
    ("first", "last", "text"), [(1.0, 3.0, "1–3"), (4.0, 4.0, "4"), (math.nan, 2.0, "–"), (None, None, "–")]
)
def test_a_span_of_places_is_one_number_where_both_ends_agree(first, last, text):
    assert formats.span(first, last) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.0005, "0.5 ms"), (0.00818, "8.2 ms"), (0.0627, "62.7 ms"), (0.285, "285 ms"), (0.9996, "1 s"),
        (1.358, "1.4 s"), (9.96, "10 s"), (62, "62 s"), (99.6, "2 min"), (3599, "1 h"), (3600, "1 h"),
        (3900, "1 h 5 min"),        (0, "0 s"), (None, "–"),
    ],
)  # fmt: skip
def test_times_have_one_style_from_milliseconds_to_hours(seconds, text):
    assert formats.duration(seconds) == text
    assert formats.timed(None if seconds is None else 1000 * seconds) == text


def test_millions_have_three_figures():
    assert [formats.millions(count) for count in (17_196_120, 2_775_751, 90_015, 123_456_789, None)] == [
        "17.2", "2.78", "0.0900", "123", "–",
    ]  # fmt: skip


def test_one_thing_is_no_plural():
    assert formats.counted(1, "epoch") == "1 epoch"
    assert formats.counted(1200, "batch", "batches") == "1,200 batches"


def test_a_list_names_the_first_and_counts_the_others():
    assert formats.listed(["a", "b", "c"]) == "a, b and c"
    assert formats.listed(["a", "b", "c"], most=3) == "a, b and c"
    assert formats.listed(["a", "b", "c", "d"], most=2) == "a, b and 2 more"
    assert formats.listed([], most=2) == ""


def test_a_difference_carries_the_signs_of_both_ends():
    assert formats.difference(-0.004, 0.0191) == "−0.4 to +1.9"
    assert formats.difference(0.0, 0.01) == "±0.0 to +1.0"
    assert formats.difference(math.nan, 0.01) == "–"


def test_a_file_is_named_by_what_it_holds_its_models_and_the_day():
    day = date(2026, 2, 3)
    assert formats.file_stem([], day, "leaderboard") == "faceoff_leaderboard_2026-02-03"
    assert formats.file_stem(["a.one", "a.two"], day, "roc") == "faceoff_roc_a.one_a.two_2026-02-03"
    assert formats.file_stem(["a", "b", "c", "d", "e"], day) == "faceoff_a_b_c_2_more_2026-02-03"


def test_times_are_told_in_tenths_only_where_they_tell():
    assert [formats.times(ratio) for ratio in (1.44, 2.96, 3.4, 14.2)] == [
        "1.4 times",
        "3.0 times",
        "3 times",
        "14 times",
    ]
