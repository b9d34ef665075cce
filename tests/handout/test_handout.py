"""A comparison as one file: the same figures as everywhere, nothing fetched, nothing unescaped."""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest

from fer_core import __version__, formats, paths
from fer_core.__main__ import main
from fer_core.comparison.standings import pair_frame, read_outcomes
from fer_core.emotions import EMOTIONS
from fer_core.errors import CardError, TaskError
from fer_core.evaluation import metrics
from fer_core.evaluation.calibration import calibration_frame, temperature_of
from fer_core.evaluation.predictions import read_predictions, write_predictions
from fer_core.handout.page import make_handout
from fer_core.handout.task import write_handout
from fer_core.variants.card import read_card, write_card
from fer_core.variants.registry import get_variant
from tests.app_driver import make_five, open_app
from tests.fixtures_variants import make_variant, use_empty_folders

THREE = ("first.good", "first.fair", "second.poor")
NOON = datetime(2025, 1, 31, 12, tzinfo=UTC)
NASTY = '<script>alert("1")</script> & <b>bold</b>'


class Page(HTMLParser):
    """The tables of a page by their ids, as lists of rows of texts; all attributes; all visible text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tables: dict[str, list[list[str]]] = {}
        self.attributes: list[tuple[str, str, str]] = []
        self.tags: set[str] = set()
        self.text = ""
        self._table: list[list[str]] | None = None
        self._in_cell = self._in_style = False
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        self._in_style = tag == "style"
        if tag == "table":
            self._table = self.tables[dict(attrs)["id"].removeprefix("table-")] = []
        elif tag == "tr":
            self._table.append([])
        elif tag in ("td", "th"):
            self._table[-1].append("")
            self._in_cell = True

    def handle_endtag(self, tag):
        self._in_cell = self._in_cell and tag not in ("td", "th")

    def handle_data(self, data):
        if self._in_cell:
            self._table[-1][-1] += data
        if not self._in_style:
            self.text += data

    def frame(self, name: str) -> pd.DataFrame:
        heading, *rows = self.tables[name]
        return pd.DataFrame([row[1:] for row in rows], index=[row[0] for row in rows], columns=heading[1:])


@pytest.fixture
def five(tmp_path, monkeypatch):
    return make_five(use_empty_folders(monkeypatch, tmp_path)[1])


def chosen(*ids):
    return [get_variant(name) for name in ids or THREE]


def private(name, clean=False):
    return read_predictions(get_variant(name).predictions_path).of("PrivateTest", clean)


@pytest.mark.parametrize("clean", [False, True])
def test_every_table_has_the_figures_of_the_evaluation(five, clean):
    page = Page(make_handout(chosen(), clean=clean).html)
    standings = page.frame("standings")
    assert standings.index.tolist() == list(THREE)
    for name in THREE:
        full, without = (
            metrics.compute_metrics(each.label, each.probs) for each in (private(name), private(name, True))
        )
        expected = [
            formats.of_100(full["accuracy"]), "5 of 5 epochs", formats.interval(*full["accuracy_ci95"]),
            formats.of_100(without["accuracy"]), formats.interval(*without["accuracy_ci95"]),
        ]  # fmt: skip
        assert standings.loc[name].tolist()[:5] == expected
        assert standings.loc[name, "Log loss"] == formats.nats(full["log_loss"])
        answers = private(name, clean)
        table = metrics.per_class(answers.label, answers.probs)
        for measure in ("precision", "recall", "f1"):
            assert page.frame(measure).loc[name].tolist() == [
                formats.of_100(value) for value in table[measure]
            ]
        counts = metrics.confusion(answers.label, answers.predicted).astype(str)
        assert (page.frame(f"confusion-{name}").to_numpy() == counts).all()
        temperature = temperature_of(read_predictions(get_variant(name).predictions_path))
        after = calibration_frame(
            read_predictions(get_variant(name).predictions_path), temperature, clean
        ).iloc[1]
        row = page.frame("calibration").loc[f"{name}, calibrated, T = {temperature:.2f}"]
        assert row.tolist()[0] == formats.of_100(after["ece"]) and row.tolist()[-1] == formats.nats(
            after["log_loss"]
        )


def test_a_handout_says_how_far_each_model_was_trained(five):
    make_variant(five, "third.cut", seed=5, skill=0.2, epochs_run=4, epochs_planned=150)
    page = Page(make_handout(chosen("third.cut", "first.good", "first.fair")).html)
    assert page.frame("standings")["Trained"]["third.cut"] == "4 of 150 epochs"
    assert page.frame("runs")["Trained"]["third.cut"] == "4 of 150 epochs, cut short"
    assert "It is also the best of the 2 trained to their end; 1 was cut short and may improve." in page.text
    assert "Hollow: not trained to its end, may improve" in page.text


def test_pairs_are_those_of_the_page(five):
    page = Page(make_handout(chosen()).html)
    app = open_app("Compare", models=",".join(THREE), section="Pairs and faces")
    shown = next(table.value for table in app.dataframe if "p (Holm)" in table.value)
    pairs = page.frame("pairs")
    assert pairs.index.tolist() == [f"{row.Better} over {row.Other}" for row in shown.itertuples()]
    for mine, theirs in (
        ("Points", "Points"),
        ("95 %", "95 % interval"),
        ("p (Holm)", "p (Holm)"),
        ("Real", "Real"),
    ):
        assert pairs[mine].tolist() == shown[theirs].tolist()
    assert pairs["Faces needed"].tolist() == shown["Faces needed"].tolist()


def test_a_baseline_joins_and_every_other_model_is_held_against_it(five):
    page = Page(make_handout(chosen("first.good", "first.fair"), get_variant("second.poor")).html)
    differences = page.frame("baseline")
    assert differences.index.tolist() == ["first.good", "first.fair"]
    panel = read_outcomes(chosen()).panels[0]
    pair = pair_frame(panel).set_index(["first", "second"]).loc[("first.good", "second.poor")]
    assert differences.loc["first.good", "Points"] == formats.signed(100 * pair["difference"])
    assert differences.loc["first.good"].iloc[1] == formats.difference(pair["lo"], pair["hi"])
    assert differences.loc["first.good", "Real"] == "yes"
    assert "baseline" not in Page(make_handout(chosen()).html).tables


def test_the_top_says_when_by_what_and_under_which_protocol(five):
    text = Page(make_handout(chosen(), written_at=NOON).html).text
    assert f"2025-01-31 12:00 UTC, by Faceoff {__version__}" in text
    assert "first.good is the best: right on" in text
    assert "140 of PrivateTest, 126 of them clean" in text
    assert "fer2013-official" in text and "1" * 64 in text
    for words in (
        "not for hiring, policing, diagnosis",
        "Disgust is rare",
        "A synthetic variant, made for tests.",
    ):
        assert words in text
    assert "5 of 5" in text


def test_reported_figures_stand_beside_ours(five):
    reported = Page(make_handout(chosen()).html).frame("reported")
    accuracy = get_variant("first.good").metrics()["accuracy"]
    assert reported.loc["first.good"].tolist()[:3] == [
        "60.0", formats.of_100(accuracy), formats.signed(100 * (accuracy - 0.6)),
    ]  # fmt: skip
    assert "test n = 7,178" in reported.loc["first.good"].tolist()


def test_the_page_fetches_nothing_and_runs_nothing(five):
    html = make_handout(chosen(), get_variant("second.poor")).html
    page = Page(html)
    assert not page.tags & {
        "script",
        "link",
        "img",
        "iframe",
        "object",
        "embed",
        "base",
        "form",
        "image",
        "use",
    }
    fetching = [
        value
        for _, name, value in page.attributes
        if name in ("src", "href", "xlink:href", "srcset", "action")
    ]
    assert all(value.startswith("#") for value in fetching)
    assert not [name for _, name, _ in page.attributes if name.startswith("on")]
    assert all(target.startswith("#") for target in re.findall(r"url\(['\"]?([^)]*)", html))
    assert "@import" not in html


def test_names_inside_the_charts_are_of_one_chart_each(five):
    page = Page(make_handout(chosen()).html)
    ids = [value for _, name, value in page.attributes if name == "id"]
    assert len(ids) == len(set(ids))
    assert sum(tag == "svg" and name == "viewbox" for tag, name, _ in page.attributes) >= 9


def test_what_people_wrote_is_escaped(five):
    note = [{"metric": "accuracy", "value": 0.5, "protocol": NASTY, "note": NASTY}]
    make_variant(
        five, "nasty.words", seed=6, deviations=[NASTY], reported=note, architecture=NASTY, device=NASTY
    )
    html = make_handout(chosen("nasty.words", "first.good")).html
    page = Page(html)
    assert "<script" not in html and "<b>" not in html
    assert page.text.count('alert("1")') >= 5
    assert NASTY in page.frame("reported").loc["nasty.words"].tolist()


def test_models_without_figures_are_left_out_with_their_reason(five):
    (five / "first.fair" / paths.PREDICTIONS).write_bytes(b"damaged")
    page = Page(make_handout(chosen("first.good", "first.fair", "second.recipe")).html)
    assert page.frame("standings").index.tolist() == ["first.good"]
    assert "first.fair" in page.text and "is not a readable Parquet file" in page.text
    assert "second.recipe is a recipe only" in page.text
    assert "pairs" not in page.tables
    with pytest.raises(CardError, match="nothing to report"):
        make_handout(chosen("second.recipe"))


def test_models_measured_on_other_faces_stand_in_no_pair(five):
    make_variant(five, "third.other", seed=8, faces_per_split=70)
    page = Page(make_handout(chosen("first.good", "first.fair", "third.other")).html)
    assert page.frame("pairs").index.tolist() == ["first.good over first.fair"]
    assert "Measured on other faces, so not ranked: third.other" in page.text
    assert page.frame("standings").loc["third.other", "Group"] == formats.NOTHING


def test_the_archive_has_every_table_with_all_its_digits(five):
    handout = make_handout(chosen())
    with zipfile.ZipFile(io.BytesIO(handout.archive())) as archive:
        assert archive.read("handout.html").decode() == handout.html
        names = set(archive.namelist())
        assert {"standings.csv", "pairs.csv", "per_class.csv", "confusion.csv", "calibration.csv", "reported.csv",
                "runs.csv", "deviations.csv", "recipes.csv", "reliability.csv"} <= names  # fmt: skip
        table = pd.read_csv(archive.open("per_class.csv"))
    assert table["f1"].to_numpy() == pytest.approx(handout.frames["per_class"]["f1"].to_numpy(), abs=1e-12)
    assert set(table["emotion"]) == set(EMOTIONS) and np.isfinite(table["support"]).all()


def test_the_command_line_writes_a_page_or_an_archive(five, tmp_path, capsys):
    page, archive = tmp_path / "out" / "report.html", tmp_path / "report.zip"
    assert main(["handout", *THREE, "--baseline", "second.poor", "--out", str(page)]) == 0
    assert set(Page(page.read_text()).frame("standings").index) == set(THREE)
    assert main(["handout", *THREE, "--clean", "--out", str(archive)]) == 0
    assert "handout.html" in zipfile.ZipFile(archive).namelist()
    assert f"Wrote {archive}" in capsys.readouterr().out
    assert main(["handout", "first.gud", "--out", str(page)]) == 1
    assert "did you mean first.good" in capsys.readouterr().err


def test_pages_have_it_written_in_a_process_of_its_own(tmp_path, monkeypatch):
    monkeypatch.setenv("FER_HOME", str(tmp_path))
    make_variant(paths.local_cards(), "only.recipe", status="recipe-only")
    best = [get_variant(name) for name in ("ece176.customnet_10", "pisa.cnn5_class_weight")]
    page = Page(write_handout(best, best[0], False, as_archive=False).decode())
    assert set(page.frame("standings").index) == {variant.id for variant in best}
    assert page.frame("standings").loc[best[0].id, "Right of 100"] == formats.of_100(
        best[0].metrics()["accuracy"]
    )
    waiting = [get_variant("only.recipe")]
    with pytest.raises(TaskError, match=r"only\.recipe is a recipe only"):
        write_handout(waiting, None, False, as_archive=True)


def contradicted(folder):
    """A variant whose card claims more than its predictions give."""
    make_variant(folder, "third.boast", seed=6, skill=0.2)
    facts = read_card(folder / "third.boast").faceoff
    facts["metrics"]["private_test"] |= {"accuracy": 0.91, "accuracy_ci95": [0.9, 0.92]}
    write_card(folder / "third.boast", facts)
    return get_variant("third.boast")


def test_a_card_that_its_predictions_contradict_is_left_out_and_said_to_be(five):
    boast = contradicted(five)
    for handout in (
        make_handout([boast, *chosen("first.good", "first.fair")]),
        make_handout(chosen("first.good", "first.fair"), baseline=boast),
    ):
        page = Page(handout.html)
        assert page.frame("standings").index.tolist() == ["first.good", "first.fair"]
        assert "third.boast: its card says accuracy 0.91" in page.text
    with pytest.raises(CardError, match=r"There is nothing to report: third\.boast: its card says"):
        make_handout([boast])


def test_the_page_compare_names_it_too(five):
    contradicted(five)
    app = open_app("Compare", models="third.boast")
    assert not app.exception
    assert "third.boast: its card says accuracy 0.91" in app.error[0].value


def test_models_that_said_labels_alone_have_no_certainty_to_judge(five):
    answers = read_predictions(get_variant("first.fair").predictions_path)
    labels = replace(answers, probs=np.eye(7, dtype=np.float32)[answers.predicted])
    make_variant(five, "third.labels")
    write_predictions(five / "third.labels" / paths.PREDICTIONS, labels)
    facts = read_card(five / "third.labels").faceoff
    for split, figures in metrics.card_metrics(labels).items():
        facts["metrics"][split] = {
            key: None if key in metrics.OF_CERTAINTY else value for key, value in figures.items()
        }
    write_card(five / "third.labels", facts)
    page = Page(make_handout(chosen("third.labels", "first.good")).html)
    assert set(page.frame("standings").index) == {"third.labels", "first.good"}
    assert all(row.startswith("first.good") for row in page.frame("calibration").index)
