"""Findings tested again: the table of all claims on Reported, and one of them with its evidence."""

from __future__ import annotations

import pytest

from dashboard.shell import choices
from fer_core.literature.claims import UNKNOWN, list_claims, weigh_all
from fer_core.variants.registry import list_variants
from tests.app_driver import go, open_app

PAGE, PART = "Reported / reproduced", "Findings tested again"


def table_of(app):
    return app.dataframe[0].value


def texts(app):
    return " ".join(str(each.value) for each in [*app.markdown, *app.caption])


@pytest.mark.parametrize("family", ["pisa", "hust"])
def test_a_report_shows_its_own_findings(family):
    app = open_app(PAGE, report=family, part=PART)
    assert not app.exception
    own = {each.claim for each in list_claims() if each.family == family}
    assert set(table_of(app)["Finding"]) == own
    assert f"Of {len(own)} findings" in texts(app)


def test_all_reports_show_all_findings_and_which_report_each_is_of():
    app = open_app(PAGE, report="All reports", part=PART)
    assert not app.exception
    assert len(table_of(app)) == len(list_claims())
    assert set(table_of(app)["Report"]) == {each.family for each in list_claims()}


def test_a_link_may_name_a_verdict_and_a_finding():
    link = {"verdict": "does not hold", "finding": "customnet_peaks_early"}
    app = open_app(PAGE, report="All reports", part=PART, **link)
    assert not app.exception
    shown = set(table_of(app)["Verdict"])
    assert "does not hold" in shown and all(verdict.endswith("does not hold") for verdict in shown)
    assert "CustomNet is at its best within ten epochs" in texts(app)
    assert "two independent shares" in texts(app)


def test_a_finding_that_waits_says_for_which_trainings_and_how_long():
    waiting = next(each for each in weigh_all(list_variants()) if each.verdict == UNKNOWN)
    app = open_app(PAGE, report="All reports", part=PART, finding=waiting.claim.id)
    assert "waits for a training" in texts(app)
    assert f"Would decide it: {waiting.needed.text}" in texts(app)


def test_the_other_parts_have_no_choice_of_all_reports():
    app = open_app(PAGE, report="All reports", part=PART)
    app = go(app, PAGE, report="All reports", part="Contradictions")
    assert not app.exception
    assert app.session_state[choices.widget_key("report")] != "All reports"
