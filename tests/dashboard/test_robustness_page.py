"""Variants measured on distorted faces, and the page that shows it."""

from __future__ import annotations

import shutil

import pytest

from dashboard.shell import choices
from fer_core import paths
from fer_core.__main__ import main
from fer_core.comparison.robustness import (
    Stage,
    distortion_frame,
    measure_variants,
    read_tables,
    severity_frame,
    summary_frame,
    titles,
)
from fer_core.curation.measuring import current_measurement
from fer_core.curation.recheck import rewrite_card
from fer_core.data.schematic import schematic_dataset
from fer_core.data.store import build_dataset, store_dataset
from fer_core.errors import CardError, DataMissingError, RunStoppedError
from fer_core.evaluation.distorted import list_steps, read_robustness
from fer_core.evaluation.predictions import read_predictions, write_predictions
from fer_core.formats import of_100, signed
from fer_core.literature.distorted import both_sentence, distorted_frame
from fer_core.variants.registry import get_variant, list_variants
from fer_core.variants.test_splits import predict_splits
from tests.app_driver import go, open_app, texts
from tests.fixtures_variants import make_variant

END_S = 60


@pytest.fixture
def measurable(cards):
    """Two variants whose stored answers are those of their models on the imported, drawn faces."""
    from fer_core.variants.classifier import load_classifier

    drawn = schematic_dataset(14, 35)
    dataset = build_dataset(drawn.splits, "drawn faces")
    store_dataset(dataset)
    for seed, name in enumerate(("a.one", "a.two"), start=1):
        folder = make_variant(cards, name, seed=seed)
        write_predictions(folder / paths.PREDICTIONS, predict_splits(load_classifier(name), dataset))
    return [variant for variant in list_variants() if variant.family == "a"]


def test_measuring_writes_a_table_for_each_variant_and_tells_how_far_it_is(measurable):
    stages: list[Stage] = []
    assert measure_variants(measurable, stages.append) == ["a.one", "a.two"]
    for variant in measurable:
        stored = read_predictions(variant.predictions_path).of("PrivateTest")
        clean = read_robustness(get_variant(variant.id).robustness_path).iloc[0]
        assert clean["accuracy"] == pytest.approx((stored.predicted == stored.label).mean())
    assert [stage.fraction for stage in stages] == sorted(stage.fraction for stage in stages)
    assert stages[-1] == Stage(1.0, "a.two")


def test_the_command_line_measures_and_prints_how_firmly_variants_stand(measurable, capsys):
    assert main(["robustness", "a.two", "a.one"]) == 0
    lines = capsys.readouterr().out.splitlines()
    order = summary_frame(read_tables(list_variants())[0])["variant"].tolist()
    assert [line.split()[0] for line in lines[-2:]] == order


def test_measuring_again_gives_the_same_table(measurable):
    measure_variants(measurable[:1])
    first = get_variant("a.one").robustness_path.read_bytes()
    measure_variants(measurable[:1])
    assert get_variant("a.one").robustness_path.read_bytes() == first


def test_a_stopped_measurement_keeps_what_was_finished(measurable):
    stages: list[Stage] = []
    with pytest.raises(RunStoppedError):
        measure_variants(measurable, stages.append, lambda: bool(stages) and stages[-1].fraction > 0.6)
    assert get_variant("a.one").robustness_path is not None
    assert get_variant("a.two").robustness_path is None


def stopped_after(steps, variant):
    """Measure until so many distortions are done; the fractions that were told."""
    stages: list[Stage] = []
    with pytest.raises(RunStoppedError, match=rf"{variant.id}: Stopped .* goes on from there"):
        measure_variants([variant], stages.append, lambda: len(stages) == steps)
    return [stage.fraction for stage in stages]


def test_a_stopped_measurement_goes_on_from_where_it_was_and_gives_the_same_table(measurable):
    measure_variants(measurable[:1])
    whole = get_variant("a.one").robustness_path.read_bytes()
    get_variant("a.one").robustness_path.unlink()
    before = stopped_after(5, measurable[0])
    stages: list[Stage] = []
    measure_variants(measurable[:1], stages.append)
    after = [stage.fraction for stage in stages]
    assert before + after == pytest.approx(
        [done / len(list_steps()) for done in range(1, len(list_steps()) + 1)]
    )
    assert get_variant("a.one").robustness_path.read_bytes() == whole
    assert list(paths.unfinished_robustness().iterdir()) == []


def test_another_model_under_the_same_id_is_measured_from_the_beginning(cards, measurable):
    stopped_after(5, measurable[0])
    shutil.copy(measurable[1].model_path, measurable[0].model_path)
    assert stopped_after(2, get_variant("a.one"))[0] == pytest.approx(1 / len(list_steps()))


def test_what_was_kept_of_a_measurement_and_is_damaged_is_measured_again(measurable):
    stopped_after(5, measurable[0])
    kept = paths.unfinished_robustness() / "a.one.json"
    kept.write_text(kept.read_text()[:-20])
    assert stopped_after(2, measurable[0])[0] == pytest.approx(1 / len(list_steps()))


def test_measuring_needs_the_faces_that_a_variant_was_evaluated_on(cards, measurable):
    make_variant(cards, "b.elsewhere", seed=5)
    with pytest.raises(CardError, match=r"b\.elsewhere was evaluated on other faces"):
        measure_variants([get_variant("b.elsewhere")])


def test_measuring_without_a_data_set_says_what_to_import(cards):
    make_variant(cards, "a.one", seed=1)
    with pytest.raises(DataMissingError, match="data import"):
        measure_variants([get_variant("a.one")])


def test_tables_of_several_stand_side_by_side(measurable):
    measure_variants(measurable)
    tables, errors = read_tables(list_variants())
    assert errors == {}
    means = distortion_frame(tables)
    assert means["distortion"].tolist()[: len(titles())] == list(titles().values())
    curve = severity_frame(tables, "rotation")
    assert curve[curve["variant"] == "a.two"]["severity"].tolist() == [0, 1, 2, 3, 4, 5]
    assert curve["level"].iloc[0] == "untouched"
    summary = summary_frame(tables, tables["a.two"]).set_index("variant")
    assert summary.loc["a.two", "mce"] == pytest.approx(1)
    assert summary["mean"].is_monotonic_decreasing


def test_the_reports_table_stands_beside_ours(cards, measurable):
    measure_variants(measurable[:1])
    entries = [{"metric": "accuracy_speckle", "value": 0.2, "protocol": "a fifth of the test set"}]
    make_variant(cards, "c.reported", status="recipe-only", reported=entries)
    frame = distorted_frame(list_variants())
    reported = frame[frame["variant"] == "c.reported"]
    assert reported[["distortion", "reported"]].to_numpy().tolist() == [["Speckle", 0.2]]
    assert reported["accuracy"].isna().all()
    assert len(frame[frame["variant"] == "a.one"]) == 5
    assert both_sentence(frame) == ""


def test_what_the_report_and_we_have_measured_stands_first_and_open_on_the_page(cards, measurable):
    entries = [{"metric": "accuracy_speckle", "value": 0.2, "protocol": "a fifth of the test set"}]
    make_variant(cards, "a.before", status="recipe-only", reported=entries)
    rewrite_card(measurable[1], reported=entries)
    measure_variants(measurable)
    frame = distorted_frame(list_variants())
    assert frame["variant"].unique().tolist() == ["a.two", "a.before", "a.one"]
    speckle = frame.set_index(["variant", "distortion"]).loc[("a.two", "Speckle")]
    apart = signed(100 * (speckle["accuracy"] - 0.2))
    app = open_app("Robustness")
    said = f"**a.two**: the figures here lie between {apart} (Speckle) and {apart} (Speckle) of 100 faces"
    assert said in texts(app)
    report = next(each for each in app.expander if "cos429" in each.label)
    assert report.proto.expanded
    both, every = (each.value for each in app.dataframe[-2:])
    assert both[["Model", "Distortion", "Ours − reported"]].to_numpy().tolist() == [
        ["a.two", "Speckle", apart]
    ]
    assert every[["Model", "Figures"]].to_numpy().tolist() == [
        ["a.two", "reported"], ["a.two", "ours"], ["a.before", "reported"], ["a.one", "ours"],
    ]  # fmt: skip
    assert every["Speckle"].tolist()[:2] == ["20.0", of_100(speckle["accuracy"])]


def test_the_page_measures_on_demand_and_shows_what_came_out(measurable, trainer):
    app = open_app("Robustness")
    assert not app.exception
    button = next(button for button in app.button if button.label == "Measure 2 models")
    button.click().run()
    assert current_measurement().wait(END_S), "the measurement did not end"
    app.run()
    assert not app.exception
    assert "stands up best: over all distortions" in texts(app)
    assert (
        app.dataframe[0].value["Model"].tolist()
        == summary_frame(read_tables(measurable)[0])["variant"].tolist()
    )


def test_errors_are_held_against_a_measured_baseline_that_need_not_be_among_the_chosen(measurable):
    measure_variants(measurable[1:])
    column = "Mean corruption error"
    app = open_app("Robustness", models="a.two")
    assert column not in app.dataframe[0].value and "A baseline, chosen in the sidebar, adds" in texts(app)
    app = open_app("Robustness", models="a.two", baseline="a.one")
    assert column not in app.dataframe[0].value and "a.one, the baseline, has not been measured" in texts(app)
    measure_variants(measurable[:1])
    app = open_app("Robustness", models="a.two", baseline="a.one")
    tables = read_tables(measurable)[0]
    expected = of_100(summary_frame({"a.two": tables["a.two"]}, tables["a.one"])["mce"][0])
    assert app.dataframe[0].value[column].tolist() == [expected]
    assert "errors as a share of those of a.one, the baseline" in texts(app)


def test_every_distortion_is_shown_on_the_drawing(measurable):
    app = open_app("Robustness", distortion="Mask over the mouth")
    assert not app.exception
    assert app.selectbox(key=choices.widget_key("distortion")).value == "Mask over the mouth"
    assert "Severity 5" in app.dataframe[0].value.columns


def test_where_a_model_looks_on_the_distorted_face_is_shown_when_asked_for(tmp_path, monkeypatch):
    monkeypatch.setenv("FER_HOME", str(tmp_path))
    link = {"models": "pisa.cnn5_class_weight", "distortion": "Mask over the mouth"}
    app = open_app("Robustness", **link)
    captions = [image.caption for element in app.get("image") for image in element.proto.imgs]
    app = go(app, "Robustness", **link, distorted_maps="yes")
    assert not app.exception
    more = [image.caption for element in app.get("image") for image in element.proto.imgs]
    assert more.count("Severity 5") == 2 * captions.count("Severity 5") == 2
    assert "the strongest place of this map" in texts(app)


def test_where_no_chosen_model_has_been_measured_the_best_of_the_others_is_shown(cards):
    make_variant(cards, "a.best", seed=1, skill=3.0)
    measured = make_variant(cards, "a.measured", seed=2, skill=1.0)
    shutil.copy(paths.REPOSITORY / "model_cards" / "faceoff.tiny" / paths.ROBUSTNESS, measured)
    app = go(open_app(models="a.best"), "Robustness", models="a.best")
    assert not app.exception and not app.error
    assert "None of the chosen models has been measured on distorted faces: here is a.measured." in texts(app)
    assert "Over all distortions **a.measured** is right on" in texts(app)
    assert "Not measured yet: a.best." in texts(app)


def test_a_chosen_model_that_can_neither_be_shown_nor_measured_is_named(cards):
    measured = make_variant(cards, "a.measured", seed=2)
    shutil.copy(paths.REPOSITORY / "model_cards" / "faceoff.tiny" / paths.ROBUSTNESS, measured)
    make_variant(cards, "a.kept", seed=3, with_model=False, model_kept=False)
    said = texts(open_app("Robustness", models="a.measured,a.kept"))
    assert "Kept without the model file and not measured, so not shown here: a.kept." in said


def test_without_the_data_the_page_says_how_to_measure(cards):
    make_variant(cards, "a.one", seed=1)
    assert "Measuring needs the test faces." in texts(open_app("Robustness"))


def test_a_damaged_table_is_named_and_hides_nothing(cards):
    folder = make_variant(cards, "a.one", seed=1)
    (folder / paths.ROBUSTNESS).write_text("nonsense\n")
    app = open_app("Robustness")
    assert "a.one/robustness.csv lacks columns" in app.error[0].value
    assert "What it looks like" in [heading.value for heading in app.subheader]


def test_a_variant_that_is_deleted_while_it_is_measured_does_not_come_back(measurable):
    first, _ = measurable

    def delete(stage):
        shutil.rmtree(first.folder, ignore_errors=True)

    measure_variants([first], delete)
    assert not first.folder.exists()
