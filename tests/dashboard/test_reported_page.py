"""What the reports print, beside ours: on Reported / reproduced, and faint on other pages."""

from __future__ import annotations

import pytest

from fer_core.literature.reports import list_reports
from tests.app_driver import in_link, open_app, texts
from tests.fixtures_variants import make_variant

pytestmark = pytest.mark.usefixtures("no_browser")


@pytest.mark.parametrize("part", ["Reported beside reproduced", "Contradictions", "Findings tested again"])
@pytest.mark.parametrize("family", list_reports())
def test_every_part_of_every_report_is_drawn(five, family, part):
    app = open_app("Reported / reproduced", report=family, part=part)
    assert not app.exception
    assert not app.error
    assert in_link(app, "part") == (None if part == "Reported beside reproduced" else part)


def test_a_contradiction_is_shown_with_its_arithmetic(five):
    app = open_app("Reported / reproduced", report="cos429", part="Contradictions")
    assert "66 + 1 + 35 + 262 + 62 + 51 + 157 = 634; 634 / 3589 = 0.1767, not 0.596" in [
        block.value for block in app.code
    ]
    assert "**14** of 24 checks" in texts(app)


def test_epochs_that_a_report_prints_are_drawn_faint_beside_ours(cards):
    name = "pisa.cnn5_balanced"
    make_variant(cards, name, reported=[{"metric": "accuracy", "value": 0.65, "protocol": "a test set"}])
    faint = "as its report prints it"
    for page, link in (
        ("Reported / reproduced", {"report": "pisa", "figures": name}),
        ("Model card", {"variant": name}),
        ("Compare", {"models": name, "section": "Training", "printed": "yes"}),
    ):
        app = open_app(page, **link)
        assert not app.exception
        assert any(faint in chart.proto.spec for chart in app.get("vega_lite_chart")), page
    app = open_app("Compare", models=name, section="Training")
    assert not any(faint in chart.proto.spec for chart in app.get("vega_lite_chart"))


def test_a_printed_matrix_is_drawn_and_chance_told(five):
    app = open_app("Reported / reproduced", report="cos429", part="Contradictions", matrix="cos429.final")
    assert "put 645 ± 22 there" in texts(app)
    assert "cos429.final, as the report prints it" in app.get("vega_lite_chart")[0].proto.spec
    assert "cos429.final has not been trained here yet" in texts(app)


def test_rows_whose_accuracy_the_report_does_not_print_are_not_counted_as_printed(cards):
    printed = [{"metric": "accuracy", "value": 0.5, "protocol": "Kaggle's test"}]
    make_variant(cards, "pisa.first", seed=1, reported=printed)
    make_variant(cards, "pisa.second", seed=2, reported=[])
    make_variant(cards, "pisa.third", seed=3, status="recipe-only", reported=printed)
    said = texts(open_app("Reported / reproduced", report="pisa"))
    assert "1 of the 2 variants whose accuracy it prints has been trained here, **1** to the end" in said
