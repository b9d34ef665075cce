"""The Train page as AppTest drives it: the form, what it refuses, jobs, own models."""

import pytest
import yaml

from dashboard import choices, identity
from fer_core import paths
from fer_core.data.schematic import schematic_dataset
from fer_core.data.store import store_dataset
from fer_core.jobs import service, starting
from fer_core.jobs.job import Job
from fer_core.jobs.service import State
from fer_core.jobs.store import open_store
from fer_core.registry import get_variant
from fer_core.roles import Identity
from fer_core.training.checkpoint import RUN
from tests.app_driver import go, in_link, models, open_app, texts
from tests.fixtures_variants import make_variant, use_empty_folders

SOURCE = "cos429.final"
LOCAL = Identity(local=True)


@pytest.fixture
def cards(tmp_path, monkeypatch):
    """Two trained variants of one's own, drawn faces, a visitor who may train, and a runner that sleeps."""
    _, local = use_empty_folders(monkeypatch, tmp_path)
    monkeypatch.setattr(identity, "visitor", lambda: LOCAL)
    store_dataset(schematic_dataset(28, 14))
    architecture = {"architecture": {"name": "customnet", "dropout": 0.1}}
    make_variant(local, "mine.good", seed=1, skill=3.0, recipe=architecture)
    make_variant(
        local, "mine.child", seed=2, parent="mine.good", job="mine.child-abc123", recipe=architecture
    )
    with starting.runner_lock():
        yield local
    open_store().close()


def open_page(**link):
    return go(open_app(), "Train", **({"recipe": SOURCE} | link))


def field(app, key, source=SOURCE):
    """The widget of a recipe's key."""
    wanted = f"train.{source}:{key}"
    kinds = (app.number_input, app.selectbox, app.checkbox, app.text_area)
    return next(widget for kind in kinds for widget in kind if widget.key == wanted)


def button(app, key):
    return next(widget for widget in app.button if widget.key == key)


def buttons(app):
    return {widget.key or widget.label for widget in app.button}


def changed(app):
    """The table of differences as {key: (from, to)}."""
    for table in app.dataframe:
        if "What is changed" in table.value:
            return {row[0]: (row[1], row[2]) for row in table.value.itertuples(index=False)}
    return {}


def made_job(**facts):
    """A job in the store as it would stand."""
    job = Job(
        "mine.child-abc123", "mine.child", "mine.good", "mine.good", "torch", 5, submitted_at=1.0, **facts
    )
    assert open_store().add(job)
    return job


def test_the_page_opens_with_what_it_answers_and_what_recipes_cost(cards):
    app = open_page()
    assert not app.exception and not app.error
    said = texts(app)
    assert "Can I make a better one?" in said
    assert "No job yet" in said
    assert "How long it takes is not known yet" in said
    costs = next(table.value for table in app.dataframe if "epoch_s" in table.value)
    assert costs.set_index("recipe").loc[SOURCE, "worth"] == "not timed yet"
    assert "Nothing is changed" in said


def test_changes_are_shown_as_from_and_to_and_stand_in_the_link(cards):
    app = open_page()
    field(app, "epochs").set_value(8)
    field(app, "loss.name").set_value("focal")
    field(app, "data.augmentation.horizontal_flip").set_value(False)
    app.run()
    assert changed(app) == {
        "loss.name": ("cross_entropy", "focal"),
        "epochs": ("55", "8"),
        "data.augmentation.horizontal_flip": ("true", "false"),
    }
    field(app, "loss.gamma").set_value(5.0).run()
    assert changed(app)["loss.gamma"] == ("2", "5")
    again = open_page(changes=in_link(app, "changes"))
    assert changed(again) == changed(app)
    assert field(again, "epochs").value == 8


def test_only_fields_that_the_network_knows_are_offered(cards):
    app = open_page(recipe="hust.vgg19")
    assert field(app, "architecture.frozen_blocks", "hust.vgg19").value == 0
    with pytest.raises(StopIteration):
        field(open_page(), "architecture.frozen_blocks")


def test_changes_are_remembered_for_each_recipe_and_can_be_taken_back(cards):
    app = open_page()
    field(app, "epochs").set_value(8).run()
    source = app.selectbox(key=choices.widget_key("recipe"))
    source.set_value("hust.vgg19").run()
    assert changed(app) == {}
    app.selectbox(key=choices.widget_key("recipe")).set_value(SOURCE).run()
    assert changed(app) == {"epochs": ("55", "8")}
    next(each for each in app.button if each.label == "Take all changes back").click().run()
    assert changed(app) == {}
    assert field(app, "epochs").value == 55


@pytest.mark.parametrize(
    ("key", "value", "reason"),
    [
        ("optimizer.learning_rate", 0.0, "optimizer.learning_rate is 0; nothing would be learnt"),
        ("epochs", 0, "epochs is 0; it must lie between 1 and"),
        ("epochs", None, "epochs is None; it must be a whole number"),
        ("architecture.dropout", 1.5, "architecture.dropout is 1.5; it must lie between 0 and 0.95"),
        ("more keys", "optimizer.momentumm=0.9", "did you mean momentum"),
        ("more keys", "a sentence", "is no change of a recipe: write KEY=VALUE"),
    ],
)
def test_nonsense_is_refused_with_its_reason_and_can_t_be_started(cards, key, value, reason):
    app = open_page()
    field(app, key).set_value(value).run()
    assert not app.exception
    assert reason in " ".join(error.value for error in app.error)
    assert button(app, "start").disabled


def test_starting_queues_a_job_with_the_changes_and_the_page_shows_it(cards):
    app = open_page()
    field(app, "epochs").set_value(8)
    field(app, "more keys").set_value("optimizer.ema_decay=0.9")
    app.text_input(key="train.name").set_value("mine.new")
    app.run()
    button(app, "start").click().run()
    (job,) = service.list_jobs()
    assert (job.variant_id, job.recipe_id, job.epochs, job.submitted_by) == (
        "mine.new",
        SOURCE,
        8,
        "localhost",
    )
    assert service.get_recipe(job).optimizer.ema_decay == 0.9
    assert "Queued: mine.new" in " ".join(each.value for each in app.success)
    assert "**mine.new**" in texts(app)
    assert not app.error and app.text_input(key="train.name").value == ""
    assert {key for key in buttons(app) if job.id in key} == {f"cancel {job.id}"}


def test_an_unnamed_variant_is_named_after_its_changes(cards):
    app = open_page()
    field(app, "epochs").set_value(8).run()
    assert app.text_input(key="train.name").placeholder == f"{SOURCE}_epochs_8"
    button(app, "start").click().run()
    assert service.list_jobs()[0].variant_id == f"{SOURCE}_epochs_8"


@pytest.mark.parametrize("name", ["mine.good", "No Name", "report.", "../../etc.x"])
def test_a_taken_or_wrong_name_is_refused(cards, name):
    app = open_page()
    app.text_input(key="train.name").set_value(name).run()
    assert button(app, "start").disabled
    assert name in app.error[0].value


def test_repeats_make_as_many_jobs_with_other_seeds(cards):
    app = open_page()
    app.number_input(key="train.repeats").set_value(3).run()
    button(app, "start").click().run()
    jobs = service.list_jobs()
    assert sorted(service.get_recipe(job).seed for job in jobs) == [1, 2, 3]


def test_a_trained_variant_can_be_continued_from_its_weights(cards):
    (cards / "mine.good" / paths.WEIGHTS).write_bytes(b"weights")
    app = open_page(recipe="mine.good", start="Go on from its weights")
    assert "Goes on from the weights of **mine.good**" in texts(app)
    button(app, "start").click().run()
    (job,) = service.list_jobs()
    assert job.parent == "mine.good"


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
    job = made_job(state=State.DONE)
    app = open_page()
    assert "**mine.child** is right on **" in texts(app)
    assert "against its parent mine.good" in texts(app)
    button(app, f"compare {job.id}").click().run()
    assert [title.value for title in app.title] == ["Compare"]
    assert models(app).value == ["mine.child", "mine.good"]
    assert app.selectbox(key=choices.widget_key("baseline")).value == "mine.good"


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


def test_own_variants_are_annotated_deleted_and_restored(cards):
    app = open_page()
    app.selectbox(key="own.chosen").set_value("mine.good").run()
    app.text_area(key="own.note.mine.good").set_value("Trained on a Friday.").run()
    button(app, "own.annotate").click().run()
    assert "Trained on a Friday." in get_variant("mine.good").card.body
    button(app, "own.delete").click().run()
    assert "mine.good lies in the bin" in " ".join(each.value for each in app.success)
    assert not (cards / "mine.good").exists()
    button(app, "own.restore").click().run()
    assert get_variant("mine.good").status == "trained"


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
    button(app, "errand.registering.start").click().run()
    assert "net.pth is refused unopened" in app.error[0].value


def test_who_may_only_look_sees_everything_and_can_change_nothing(cards, monkeypatch):
    monkeypatch.setattr(identity, "visitor", lambda: Identity())
    made_job(state=State.DONE)
    app = open_page()
    assert not app.exception
    assert "Only who opens Faceoff on its own machine" in texts(app)
    assert "**mine.child** is right on **" in texts(app)
    for key in ("start", "own.rename", "own.delete", "own.promote", "own.annotate"):
        assert button(app, key).disabled
    assert not any(key.startswith(("delete ", "retry ", "cancel ")) for key in buttons(app))


def test_without_data_the_page_says_how_to_get_some(cards):
    (paths.data() / "manifest.json").unlink()
    app = open_page()
    assert not app.exception
    assert button(app, "start").disabled
    assert "There is nothing to learn from yet" in texts(app)


def test_a_jobs_database_that_can_t_be_read_is_told_in_a_sentence(cards):
    open_store().close()
    paths.jobs_database().write_bytes(b"no database" * 1000)
    app = open_page()
    assert not app.exception
    assert "database" in app.error[0].value
