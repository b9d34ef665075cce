"""Every decimal of the five reports: where it stands, held against their texts where these are at hand."""

from __future__ import annotations

import os
import re
from collections import Counter
from pathlib import Path

import pytest

from fer_core.__main__ import main
from fer_core.errors import RecipeError
from fer_core.literature import lines, references
from fer_core.literature.lines import known_values, list_lines, printed_entries, printed_history
from fer_core.literature.report_texts import ASIDE, MISSING, PLACED, WRONG, find_texts, placed_decimals
from fer_core.literature.reports import list_reports
from fer_core.recipes.library import list_recipes
from fer_core.recipes.recipe import read_recipe

TEXTS = os.environ.get("FER_TEST_REPORTS")
HEADER = "line,where,variant,metric,against,epoch,value,note,aside\n"


@pytest.mark.skipif(not TEXTS, reason="FER_TEST_REPORTS names no folder with the reports' texts")
def test_every_decimal_of_the_five_texts_stands_in_faceoff_or_has_its_reason(capsys):
    assert main(["printed", "--check", TEXTS]) == 0
    last = capsys.readouterr().out.splitlines()[-1]
    assert last.endswith("0 differ from Faceoff's, 0 missing")
    assert int(last.split()[0]) > 1100


def test_every_figure_that_names_a_variant_names_a_recipe_and_has_a_value():
    for family in list_reports():
        for line in list_lines(family):
            assert line.aside or known_values(line), line
            for name in filter(None, (line.variant, line.against)):
                assert name in list_recipes() and name.startswith(f"{family}."), line


def test_a_value_that_a_recipe_gives_is_not_given_again():
    for family in list_reports():
        for line in list_lines(family):
            if line.value is not None and not line.against and line.epoch is None:
                given = [
                    e["value"] for e in lines.reported_entries(line.variant) if e["metric"] == line.metric
                ]
                assert line.value not in given, line


def test_lines_go_up_and_where_is_told():
    for family in list_reports():
        numbers = [line.line for line in list_lines(family)]
        assert numbers == sorted(numbers)
        assert all(line.where for line in list_lines(family))


@pytest.fixture
def small_report(monkeypatch, tmp_path):
    """ece176 with three decimals: an accuracy that its recipe gives, a setting, and one of a table."""
    folder = tmp_path / "ece176"
    folder.mkdir()
    (folder / "printed.csv").write_text(
        HEADER
        + "1,4,ece176.mobilenet_10,accuracy,,,,,\n2,4,,,,,0.01,,a setting\n"
        + "2,4,ece176.customnet_10,train_loss,,,1.5,,\n"
    )
    monkeypatch.setattr(lines.paths, "EXPERIMENTS", tmp_path)
    list_lines.cache_clear()
    yield folder / "printed.csv"
    list_lines.cache_clear()


@pytest.mark.parametrize(
    ("text", "states"),
    [
        ("Got (24.76)\nrate 0.01, loss 1.50", [PLACED, ASIDE, PLACED]),
        ("Got 24.8 %\nrate 0.01, loss 1 . 5", [PLACED, ASIDE, PLACED]),
        ("Got 24.7 %\nrate 0.02, loss 1.5", [WRONG, WRONG, PLACED]),
        ("Got 24.76\nrate 0.01, loss 1.5, more 0.3\n80%", [PLACED, ASIDE, PLACED, MISSING, MISSING]),
        ("Got 24.76\nrate 0.01", [PLACED, ASIDE, MISSING]),
    ],
)
def test_a_text_is_held_against_the_list_decimal_by_decimal(small_report, text, states):
    assert [each.state for each in placed_decimals("ece176", text)] == states


def test_texts_are_known_by_content_and_the_missing_ones_named(tmp_path):
    (tmp_path / "any.txt").write_text("not a report")
    with pytest.raises(RecipeError, match="is the text of moodmirror, cos429"):
        find_texts(tmp_path)
    with pytest.raises(RecipeError, match="There is no folder"):
        find_texts(tmp_path / "nowhere")


def test_a_list_that_can_not_be_read_is_named(small_report):
    small_report.write_text(HEADER + "first,4,,,,,,,\n")
    with pytest.raises(RecipeError, match=r"ece176/printed\.csv can't be read"):
        list_lines("ece176")


def test_an_epoch_log_is_read_as_curves_and_gives_the_epoch_of_lowest_validation_loss():
    log = printed_history("pisa.cnn5_balanced")
    assert log["epoch"].tolist() == list(range(45, 57)) and log.notna().all(axis=None)
    entries = {e["metric"]: e for e in printed_entries("pisa.cnn5_balanced", ())}
    assert (entries["val_loss"]["value"], entries["train_accuracy"]["value"]) == (0.9527, 0.8161)
    assert entries["val_accuracy"]["note"].startswith("epoch 46 ")
    assert printed_history("pisa.cnn1").empty and printed_history("mine.own").empty


def test_spreads_of_hust_are_values_and_carry_the_protocol_of_their_mean():
    recipe = read_recipe(list_recipes()["hust.vgg19"])
    entries = printed_entries(recipe.id, recipe.reported)
    kinds = Counter(re.sub(r".*_", "", e["metric"]) for e in entries)
    # Of disgust's precision the greatest value is cut off down to its point.
    assert kinds == {"max": 20, "min": 21, "sd": 21, "var": 22, "se": 1}
    assert {e["protocol"] for e in entries} == {recipe.reported[0]["protocol"]}


def test_a_card_that_quotes_nothing_still_gets_what_its_report_prints():
    entries = printed_entries("hust.vgg19", ()) + printed_entries("cos429.baseline", ())
    assert all(entry["protocol"] for entry in entries)


def test_the_command_lists_what_stands_here_and_refuses_an_unknown_report(capsys):
    assert main(["printed", "--report", "ece176"]) == 0
    assert "ece176:33       0.2476  placed   ece176.mobilenet_10: accuracy" in capsys.readouterr().out
    assert main(["printed", "--report", "psia"]) == 1
    assert "did you mean pisa" in capsys.readouterr().err


def test_references_are_read_with_source_and_protocol_and_odd_ones_refused(monkeypatch, tmp_path):
    known = {each.id: each for each in references.list_references()}
    assert (known["human_pisa"].accuracy, known["human_pisa"].margin) == (0.65, 0.05)
    assert {each.kind for each in known.values()} == {references.HUMAN, references.BEST}
    assert all(each.source and each.protocol and each.quoted_in for each in known.values())
    with pytest.raises(RecipeError, match="no reference 'best_nobody'"):
        references.reference_value("best_nobody")
    file = tmp_path / "references.yaml"
    monkeypatch.setattr(references, "REFERENCES", file)
    for text in (
        "a: {kind: human, name: A, accuracy: 65, quoted_in: b, source: c, protocol: d}",
        "a: {kind: human}",
        "a: [",
    ):
        file.write_text(text)
        with pytest.raises(RecipeError, match=r"references\.yaml"):
            references.list_references.__wrapped__()


def test_the_texts_are_nowhere_in_the_repository():
    assert not list(Path(lines.paths.EXPERIMENTS).rglob("*.txt"))
