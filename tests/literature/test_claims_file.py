"""``experiments/claims.yaml``: what is claimed, of whom, and what would decide it."""

from __future__ import annotations

import math
from collections import Counter

import pytest
import yaml

from fer_core import paths
from fer_core.__main__ import main
from fer_core.cli import claims
from fer_core.errors import RecipeError
from fer_core.literature.claims import (
    FIGURES,
    NEEDS_WEIGHTS,
    UNKNOWN,
    VERDICTS,
    claim,
    claims_frame,
    comparisons_frame,
    core_hours,
    list_claims,
    needed_for,
    needs_weights,
    weigh_all,
)
from fer_core.literature.claims.claim import LOWER_IS_BETTER
from fer_core.literature.claims.tables import UNITS, label_of
from fer_core.literature.claims.weighing import ALIKE_WITHIN
from fer_core.literature.distorted import ENTRIES
from fer_core.literature.lines import reported_entries
from fer_core.literature.reported_values import is_number
from fer_core.literature.reports import list_reports
from fer_core.recipes.library import list_recipes
from fer_core.recipes.minutes import MINUTES
from fer_core.variants.registry import list_variants
from tests.fixtures_variants import make_variant, use_empty_folders

CLAIMS = {each.id: each for each in list_claims()}
each_claim = pytest.mark.parametrize("each", list_claims(), ids=lambda each: each.id)


@pytest.fixture(scope="module")
def weighed():
    return {each.claim.id: each for each in weigh_all(list_variants())}


@each_claim
def test_a_claim_compares_variants_of_its_report_that_have_recipes(each):
    assert set(each.variants) <= set(list_recipes())
    families = {name.partition(".")[0] for name in each.variants}
    assert families in ([{"faceoff"}, {"faceoff", each.family}] if each.network else [{each.family}])
    assert each.family in list_reports()


@each_claim
def test_a_claim_names_the_section_that_it_stands_in_and_what_was_reported(each):
    assert each.section
    assert each.reported
    assert each.claim.endswith(".")


@each_claim
def test_no_two_comparisons_of_a_claim_look_alike(each):
    labels = Counter((UNITS[one.figure], label_of(one)) for one in each.comparisons)
    assert max(labels.values()) == 1


@each_claim
def test_a_claim_says_what_it_waits_for_until_it_holds_or_fails(each, weighed):
    found = weighed[each.id]
    whole = found.verdict in ("holds", "does not hold", "undecided")
    assert whole or found.to_decide
    if found.verdict == NEEDS_WEIGHTS:
        assert found.needed.weights
    if found.verdict == UNKNOWN:
        assert not any(needs_weights(name) for one in found.evidence for name in one.missing)
        assert not math.isnan(found.needed.core_hours)


def test_a_verdict_from_another_network_than_the_reports_says_so(weighed):
    others = [each for each in weighed.values() if each.claim.network]
    assert others
    assert all(each.words.startswith("on another network: ") for each in others)
    assert not any(each.words.startswith("on another") for each in weighed.values() if each not in others)


def test_there_are_claims_of_every_report_and_none_twice():
    assert len(CLAIMS) == len(list_claims()) >= 48
    assert {each.family for each in list_claims()} == set(list_reports())
    assert len({each.claim for each in list_claims()}) == len(CLAIMS)


def test_every_figure_has_a_unit():
    assert set(UNITS) == set(FIGURES)


def test_pisa_is_not_said_to_have_found_balancing_better():
    (one,) = CLAIMS["balancing_comes_close"].comparisons
    assert one.relation == "alike"
    (gap,) = CLAIMS["balancing_overfits"].comparisons
    assert (gap.figure, gap.worse) == ("gap", "pisa.cnn5_balanced")


def printed(name, comparison, side):
    """What the report prints of one side of a comparison; None where it prints nothing of that kind."""
    figure = comparison.figure
    entries = {
        "recall": [f"recall_{each}" for each in side],
        "precision": [f"precision_{each}" for each in side],
        "f1": [f"f1_{each}" for each in side],
        "auc": [f"auc_{each}" for each in side],
        "f1_spread": [f"f1_{each}_sd" for each in side],
        "spread": ["accuracy_sd"],
        "distorted_accuracy": [f"accuracy_{ENTRIES[each]}" for each in side if each in ENTRIES],
        "distorted_log_loss": [f"loss_{ENTRIES[each]}" for each in side if each in ENTRIES],
        "log_loss": ["loss"],
    }.get(figure, [figure])
    printed = {
        entry["metric"]: entry["value"] for entry in reversed(reported_entries(name)) if is_number(entry)
    }
    if figure == "gap":
        printed["gap"] = printed.get("train_accuracy", math.nan) - printed.get("val_accuracy", math.nan)
    values = [printed.get(metric, math.nan) for metric in entries]
    mean = sum(values) / len(values) if values else math.nan
    return None if math.isnan(mean) else mean


def test_no_claim_is_denied_by_the_figures_that_its_report_prints():
    weighed = 0
    for each in list_claims():
        for one in each.comparisons:
            first, second = (
                printed(name, one, side)
                for name, side in zip((one.better, one.worse), one.sides, strict=True)
            )
            if first is not None and second is not None:
                ahead = (first - second) * (-1 if one.figure in LOWER_IS_BETTER else 1)
                least = 0 if one.relation == "ahead" else -ALIKE_WITHIN
                most = ALIKE_WITHIN if one.relation == "alike" else math.inf
                assert least < ahead < most, (each.id, one)
                weighed += 1
    assert weighed > 130


def test_the_text_that_hust_s_own_recall_denies_is_no_claim():
    (said,) = (each for each in list_claims() if each.id == "similar_emotions_are_harder_than_disgust")
    assert {one.figure for one in said.comparisons} == {"precision", "f1"}
    assert "recall" in said.reported and "denies" in said.reported


def test_the_focal_claim_is_about_the_four_hard_emotions_of_its_report():
    for one in CLAIMS["focal_loss_does_not_help"].comparisons:
        assert set(one.emotions) == {"angry", "fear", "sad", "neutral"}
        assert one.relation == "not_behind"


@pytest.mark.parametrize("name", [each.id for each in list_claims() if each.only_whole])
def test_claims_about_length_are_never_told_from_short_runs(name, weighed):
    assert weighed[name].verdict in ("holds", "does not hold", "undecided", UNKNOWN)


def test_a_training_that_makes_several_variants_is_counted_once():
    needed = needed_for(CLAIMS["longer_training_helps"], [])
    assert needed.runs == ("moodmirror.advanced_adam",)
    assert needed.core_hours == pytest.approx(150 * 7.4 / 60)
    assert needed.text == "1 training to its end; about 18 core-hours"


def test_a_stopping_rule_makes_the_hours_a_bound():
    needed = needed_for(CLAIMS["balancing_comes_close"], [])
    assert needed.text == "2 trainings to their end; at most 48 core-hours"


def test_a_claim_about_spread_needs_every_repeat():
    needed = needed_for(CLAIMS["normalisation_steadies"], [])
    assert needed.trainings == 10
    assert needed.text.startswith("10 trainings to their end, from ImageNet weights; at most 600 core-hours")


def test_of_repeats_only_those_that_are_missing_are_needed(monkeypatch, tmp_path):
    shipped = use_empty_folders(monkeypatch, tmp_path)[0]
    make_variant(shipped, "hust.vgg19", seed=1)
    assert needed_for(CLAIMS["disgust_varies_most"], list_variants()).trainings == 4
    make_variant(shipped, "hust.vgg19_seed2", seed=2)
    assert needed_for(CLAIMS["disgust_varies_most"], list_variants()).trainings == 3
    assert not needed_for(CLAIMS["happy_is_named_best"], list_variants())


def test_what_is_not_measured_yet_on_distorted_faces_is_named(monkeypatch, tmp_path):
    shipped = use_empty_folders(monkeypatch, tmp_path)[0]
    make_variant(shipped, "cos429.baseline", seed=1)
    needed = needed_for(CLAIMS["noise_harms_least"], list_variants())
    assert needed.text == "robustness of baseline"


def test_a_pace_is_known_for_recipes_only_and_once():
    entries = yaml.safe_load(MINUTES.read_text())
    names = [name for entry in entries for name in entry["variants"]]
    assert len(names) == len(set(names))
    assert set(names) <= set(list_recipes())
    assert {entry["how"] for entry in entries} == {"measured", "scaled"}
    assert math.isnan(core_hours("pisa.vgg16_features"))


def test_tables_have_a_row_a_claim_and_a_row_a_comparison(weighed):
    assert claims_frame(weighed.values())["id"].tolist() == list(CLAIMS)
    assert len(comparisons_frame(weighed.values())) == sum(len(each.comparisons) for each in list_claims())


def test_the_command_prints_the_claims_of_one_report_and_one_verdict(capsys, weighed):
    assert main(["claims", "--report", "ece176", "--verdict", "waits"]) == 0
    printed = capsys.readouterr().out
    expected = [
        each for each in weighed.values() if each.claim.family == "ece176" and each.verdict == UNKNOWN
    ]
    assert f"{len([each for each in CLAIMS.values() if each.family == 'ece176'])} claims" in printed
    assert printed.count("  verdict:  ") == len(expected)
    for each in expected:
        assert each.claim.claim in printed
        assert each.needed.text in printed


def test_the_command_spells_every_verdict():
    assert tuple(claims.VERDICTS.values()) == VERDICTS


def test_the_command_names_reports_near_one_that_is_not_there(capsys):
    assert main(["claims", "--report", "piza"]) == 1
    assert "pisa" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("comparison", "said"),
    [
        ("{better: a, worse: b, figure: luck}", "luck"),
        ("{better: a, worse: b, figure: recall}", "emotions"),
        ("{better: a, worse: b, figure: accuracy, emotions: [happy]}", "emotions"),
        ("{better: a, worse: b, figure: recall, emotions: [glad]}", "glad"),
        ("{better: a, worse: b, figure: distorted_accuracy, distortions: [rain]}", "rain"),
        ("{better: a, worse: b, figure: mixed_up, emotions: [sad, fear]}", "one variant"),
        ("{variant: a, figure: early_peak}", "until epoch"),
        ("{variant: a, figure: accuracy}", "with itself"),
        ("{better: a, worse: b, figure: accuracy, relation: above}", "above"),
        ("{better: a, figure: accuracy}", "worse"),
        ("{variant: a, figure: heat, emotions: [happy], regions: [ear]}", "ear"),
        ("{better: a, worse: b, figure: heat, emotions: [happy], regions: [nose]}", "one variant"),
        ("{variant: a, figure: block_alike, blocks: [5]}", "blocks"),
    ],
)
def test_a_claim_that_is_written_wrongly_is_named(monkeypatch, tmp_path, comparison, said):
    file = tmp_path / "claims.yaml"
    file.write_text(f"- {{id: odd, family: a, claim: x, reported: y, comparisons: [{comparison}]}}")
    monkeypatch.setattr(claim, "CLAIMS", file)
    with pytest.raises(RecipeError, match=rf"'odd' is wrong.*{said}"):
        list_claims.__wrapped__()


def test_one_entry_may_be_several_comparisons(monkeypatch, tmp_path):
    file = tmp_path / "claims.yaml"
    entry = "{better: a, worse: [b, c], figure: f1, each_emotion: [sad, fear], over_each: [happy, angry]}"
    file.write_text(f"- {{id: many, family: a, claim: x, reported: y, comparisons: [{entry}]}}")
    monkeypatch.setattr(claim, "CLAIMS", file)
    (many,) = list_claims.__wrapped__()
    assert len(many.comparisons) == 8
    assert many.comparisons[-1].worse == "c"
    assert many.comparisons[-1].sides == (("fear",), ("angry",))


UNDECIDED = (paths.REPOSITORY / "docs" / "undecided.md").read_text(encoding="utf-8")
#: So many hours of one core, and an accelerator is wanted.
MOST_CORE_HOURS = 48


def listed_under(heading, table):
    """``report.name`` of every name in a table of docs/undecided.md, by its place below a heading."""
    section = UNDECIDED.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    rows = [rows for rows in section.split("\n\n") if rows.startswith("| report |")][table].splitlines()[2:]
    cells = [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]
    return {f"{report}.{name.strip(' `')}" for report, names in cells for name in names.split(",")}


def test_the_page_of_undecided_findings_lists_what_waits_for_weights_and_what_for_an_accelerator():
    weights = {name for name in list_recipes() if needs_weights(name)}
    assert listed_under("ImageNet weights", 0) == weights
    assert f"these {len(weights)} rows" in UNDECIDED
    resting = {f"{each.family}.{each.id}" for each in list_claims() if set(each.variants) & weights}
    assert listed_under("ImageNet weights", 1) == resting
    long = {name for name in set(list_recipes()) - weights if core_hours(name) > MOST_CORE_HOURS}
    assert listed_under("An accelerator", 0) == long
    costly = {
        f"{each.family}.{each.id}"
        for each in list_claims()
        if not set(each.variants) & weights and needed_for(each, []).core_hours > MOST_CORE_HOURS
    }
    assert listed_under("An accelerator", 1) == costly
    assert f"more than {MOST_CORE_HOURS} hours of one core" in UNDECIDED
