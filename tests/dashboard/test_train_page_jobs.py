"""The Train page: jobs and what can be done with them, and your own models."""

import re
import time

import pytest
import yaml

from dashboard.shell import choices
from fer_core import paths
from fer_core.adapting.adaptation import read_settings
from fer_core.emotions import ORDERS
from fer_core.jobs import service
from fer_core.jobs.service import Job, State
from fer_core.jobs.store import open_store
from fer_core.training.checkpoint import RUN
from fer_core.variants.registry import get_variant
from tests.adapting.elsewhere import elsewhere
from tests.app_driver import follow, models, texts
from tests.fixtures_variants import make_model, make_variant
from tests.train_page import button, buttons, made_job, open_page, trainable_home

#: A model's process has so long to check and measure it; only a broken one needs it.
PATIENCE_S = 60


@pytest.fixture
def cards(tmp_path, monkeypatch):
    with trainable_home(tmp_path, monkeypatch) as local:
        yield local


def test_an_action_is_offered_only_where_it_is_legal(cards):
    app = open_page()
    button(app, "start").click().run()
    (job,) = service.list_jobs()
    button(app, f"cancel {job.id}").click().run()
    assert service.get_job(job.id).state is State.CANCELLED
    app.run()
    assert {key for key in buttons(app) if job.id in key} == {f"retry {job.id}", f"delete {job.id}"}
    button(app, f"retry {job.id}").click().run()
    assert service.get_job(job.id).state is State.QUEUED


def test_an_action_that_has_become_illegal_is_told_in_a_sentence(cards):
    app = open_page()
    button(app, "start").click().run()
    (job,) = service.list_jobs()
    app.run()
    service.cancel(job.id)
    service.delete(job.id)
    button(app, f"cancel {job.id}").click().run()
    assert not app.exception


def test_a_failed_job_says_why(cards):
    job = made_job(state=State.FAILED, reason="The loss is not a number: lower optimizer.learning_rate.")
    app = open_page()
    assert [error.value for error in app.error] == [job.reason]
    assert f"retry {job.id}" in buttons(app)


def test_a_finished_job_opens_compare_with_its_parent_as_the_baseline(cards):
    made_job(state=State.DONE)
    app = open_page()
    assert "**mine.child** is right on **" in texts(app)
    assert "against its parent mine.good" in texts(app)
    app = follow(app, "Compare with its parent")
    assert [title.value for title in app.title] == ["Compare"]
    assert models(app).value == ["mine.child", "mine.good"]
    assert app.selectbox(key=choices.widget_key("baseline")).value == "mine.good"


def test_a_smoke_run_is_not_held_against_a_whole_training(cards):
    make_variant(
        cards, "mine.smoke", parent="mine.good", job="mine.smoke-abc123", training_share=0.1, epochs_run=2
    )
    open_store().add(Job("mine.smoke-abc123", "mine.smoke", "mine.good", "mine.good", state=State.DONE))
    said = texts(open_page())
    assert "**mine.smoke** is right on **" in said and "on 10 % of the faces" in said
    assert "against its parent" not in said


def test_a_finished_job_finds_its_variant_after_it_was_renamed(cards):
    made_job(state=State.DONE)
    app = open_page()
    app.selectbox(key="own.chosen").set_value("mine.child").run()
    app.text_input(key="own.name.mine.child").set_value("mine.renamed").run()
    button(app, "own.rename").click().run()
    assert "**mine.renamed** is right on **" in texts(app)
    assert "mine.renamed was mine.child" in " ".join(each.value for each in app.success)


def test_curves_and_log_appear_on_demand(cards):
    job = made_job(state=State.DONE)
    job.folder.mkdir(parents=True)
    (job.folder / RUN).write_text('{"first_attempt": 1}')
    (job.folder / paths.HISTORY).write_text((cards / "mine.child" / paths.HISTORY).read_text())
    app = open_page()
    before = len(app.get("vega_lite_chart"))
    next(each for each in app.toggle if each.key == f"curves {job.id}").set_value(True)
    next(each for each in app.toggle if each.key == f"log {job.id}").set_value(True)
    app.run()
    assert len(app.get("vega_lite_chart")) == before + 2
    assert "Nothing has been printed yet." in [code.value for code in app.code]
    assert "Dotted, training: measured on" in texts(app)


def test_own_variants_are_annotated_deleted_and_restored(cards):
    app = open_page()
    app.selectbox(key="own.chosen").set_value("mine.good").run()
    app.text_area(key="own.note.mine.good").set_value("Trained on a Friday.").run()
    button(app, "own.annotate").click().run()
    assert "Trained on a Friday." in get_variant("mine.good").card.body
    button(app, "own.delete").click().run()
    assert "Delete **mine.good**? It can be restored from the bin." in texts(app)
    button(app, "own.keep").click().run()
    assert (cards / "mine.good").exists() and "own.confirm" not in buttons(app)
    button(app, "own.delete").click().run()
    button(app, "own.confirm").click().run()
    assert "own.confirm" not in buttons(app)
    assert "mine.good is in the bin" in " ".join(each.value for each in app.success)
    assert not (cards / "mine.good").exists()
    button(app, "own.restore").click().run()
    assert get_variant("mine.good").status == "trained"
    app.selectbox(key="own.chosen").set_value("mine.child").run()
    button(app, "own.delete").click().run()
    button(app, "own.confirm").click().run()
    button(app, "own.destroy").click().run()
    assert "Delete **mine.child** for good? Nothing brings it back." in texts(app)
    button(app, "own.confirm").click().run()
    assert "mine.child is gone." in [each.value for each in app.success]


def test_a_recipe_of_ones_own_is_registered_and_can_be_chosen(cards):
    recipe = {"id": "mine.recipe", "framework": "torch", "architecture": {"name": "resnet_small"}}
    app = open_page()
    app.file_uploader(key="bring.file").set_value(
        ("r.yaml", yaml.safe_dump(recipe).encode(), "text/yaml")
    ).run()
    button(app, "bring.recipe").click().run()
    assert not app.exception
    offered = app.selectbox(key=choices.widget_key("recipe")).options
    assert "mine.recipe – recipe, not trained here" in offered


def test_a_pickle_is_refused_in_a_sentence(cards):
    app = open_page()
    app.file_uploader(key="bring.file").set_value(("net.pth", b"\x80\x04", "application/octet-stream")).run()
    app.text_input(key="bring.id").set_value("mine.net").run()
    button(app, "task.registering.start").click().run()
    assert "net.pth is refused unopened" in app.error[0].value


def test_a_model_of_ones_own_is_checked_and_measured_and_ends_with_its_figure_and_ways_on(cards):
    make_variant(
        cards, "mine.rival", seed=5, skill=9.0, dataset="schematic faces, seed 0", faces_per_split=14
    )
    app = open_page()
    model = make_model(4).SerializeToString()
    app.file_uploader(key="bring.file").set_value(("net.onnx", model, "application/octet-stream")).run()
    app.text_input(key="bring.id").set_value("mine.net").run()
    button(app, "task.registering.start").click().run()
    deadline = time.monotonic() + PATIENCE_S
    while not app.success and not app.error and time.monotonic() < deadline:
        app.run()
    message = app.success[-1].value
    assert re.fullmatch(
        r"Registered: \*\*mine.net\*\* is right on \*\*[\d.]+ of 100 faces\*\* \(measured on 14 drawn faces\)\.",
        message,
    )
    assert "It answers disgust to 14 of 14 faces of PrivateTest" in app.info[-1].value
    assert get_variant("mine.net").can_predict
    assert button(app, "task.registering.start").disabled
    app.text_input(key="bring.id").set_value("mine.other").run()
    assert not button(app, "task.registering.start").disabled
    app = follow(app, "Compare with mine.rival")
    assert [title.value for title in app.title] == ["Compare"]
    assert models(app).value == ["mine.net", "mine.rival"]


def test_what_a_model_of_elsewhere_wants_is_shown_and_can_be_corrected(cards):
    model = elsewhere().SerializeToString()
    app = open_page()
    app.file_uploader(key="bring.file").set_value(("net.onnx", model, "application/octet-stream")).run()
    button(app, "task.looking.start").click().run()
    deadline = time.monotonic() + PATIENCE_S
    while not any(each.value.startswith("**Right on ") for each in app.markdown):
        assert not app.error and not app.exception and time.monotonic() < deadline
        app.run()
    assert app.selectbox(key="bring.settings.range").value == "-1..1"
    assert app.selectbox(key="bring.settings.order").value == "fer2013.csv"
    app.selectbox(key="bring.settings.order").set_value("RAF-DB").run()
    app.multiselect(key="bring.settings.ignore").set_value(["fear"]).run()
    assert not app.exception
    (text,) = [each.value for each in app.code if "labels:" in each.value]
    assert read_settings(text)["labels"] == ORDERS["RAF-DB"] and read_settings(text)["ignore"] == ("fear",)
