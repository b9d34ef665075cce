"""The Train page: its form, what it refuses, and who may use it."""

import shutil

import pytest

from dashboard.shell import choices, identity
from fer_core import paths
from fer_core.data.schematic import schematic_dataset
from fer_core.data.store import build_dataset, store_dataset
from fer_core.jobs import service
from fer_core.jobs.service import State
from fer_core.jobs.store import open_store
from fer_core.recipes.minutes import minutes_an_epoch
from fer_core.roles.permissions import TOKEN_HOLDER, Identity
from tests.app_driver import in_link, texts
from tests.train_page import SOURCE, button, buttons, changed, field, made_job, open_page, trainable_home

#: A recipe of a network that nobody has timed anywhere.
UNTIMED = "pisa.vgg16_features"


@pytest.fixture
def cards(tmp_path, monkeypatch):
    with trainable_home(tmp_path, monkeypatch) as local:
        yield local


def costs_of(app):
    return next(table.value for table in app.dataframe if "epoch_s" in table.value).set_index("recipe")


def test_the_page_opens_with_what_it_answers_and_what_recipes_cost(cards):
    app = open_page()
    assert not app.exception and not app.error
    said = texts(app)
    assert "Can I make a better one?" in said
    assert "No job yet" in said
    assert "A guess, as it was not timed on this machine" in said
    assert costs_of(app).loc[SOURCE, "worth"] == "a guess: timed on one AVX2 core"
    assert costs_of(app).loc[UNTIMED, "worth"] == "not timed yet"
    assert "Nothing is changed" in said
    assert "How long it takes is not known yet" in texts(open_page(recipe=UNTIMED))


def test_without_data_a_recipe_costs_what_it_would_on_fer2013(cards):
    with_few_faces = costs_of(open_page()).loc[SOURCE, "epoch_s"]
    shutil.rmtree(paths.data())
    app = open_page()
    assert not app.exception
    assert costs_of(app).loc[SOURCE, "epoch_s"] == 60 * minutes_an_epoch()[SOURCE].minutes > with_few_faces
    assert "For the 28,709 training faces of FER2013, as no data is imported yet." in texts(app)


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


def test_copies_are_told_how_many_and_how_strong_once_a_preparation_makes_some(cards):
    app = open_page()
    with pytest.raises(StopIteration):
        field(app, "data.strength")
    field(app, "data.preparation").set_value("balanced").run()
    field(app, "data.target_count").set_value(500)
    field(app, "data.strength").set_value(2.0).run()
    assert changed(app) == {
        "data.preparation": ("raw", "balanced"),
        "data.target_count": ("0", "500"),
        "data.strength": ("1", "2"),
    }
    assert changed(open_page(changes=in_link(app, "changes"))) == changed(app)
    field(app, "data.preparation").set_value("raw").run()
    assert "Nothing is changed" in texts(app)


def test_only_fields_that_the_network_knows_are_offered(cards):
    app = open_page(recipe="hust.vgg19")
    assert field(app, "architecture.frozen_blocks", "hust.vgg19").value == 0
    with pytest.raises(StopIteration):
        field(open_page(), "architecture.frozen_blocks")


def test_changes_stay_when_another_recipe_is_chosen_and_can_be_taken_back(cards):
    app = open_page()
    field(app, "epochs").set_value(8)
    field(app, "loss.name").set_value("focal")
    field(app, "architecture.dropout").set_value(0.5).run()
    source = app.selectbox(key=choices.widget_key("recipe"))
    source.set_value("hust.vgg19").run()
    assert changed(app)["epochs"][1] == "8" and changed(app)["loss.name"][1] == "focal"
    assert (
        "2 of your 3 changes stay: epochs and loss.name. architecture.dropout can't be set in this recipe; "
        f"{SOURCE} keeps your changes." in texts(app)
    )
    button(app, "train.own").click().run()
    assert changed(app) == {} and "changes stay" not in texts(app)
    app.selectbox(key=choices.widget_key("recipe")).set_value(SOURCE).run()
    assert set(changed(app)) == {"epochs", "loss.name", "architecture.dropout"}
    assert "changes stay" not in texts(app)


def test_changes_are_remembered_for_each_recipe_and_can_be_taken_back(cards):
    app = open_page()
    field(app, "epochs").set_value(8).run()
    source = app.selectbox(key=choices.widget_key("recipe"))
    source.set_value("hust.vgg19").run()
    assert "Your change stays: epochs." in texts(app)
    field(app, "epochs", "hust.vgg19").set_value(3).run()
    app.selectbox(key=choices.widget_key("recipe")).set_value(SOURCE).run()
    assert changed(app) == {"epochs": ("55", "8")}
    next(each for each in app.button if each.label == "Undo all changes").click().run()
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
        TOKEN_HOLDER,
    )
    assert service.get_recipe(job).optimizer.ema_decay == 0.9
    assert "Queued: mine.new" in " ".join(each.value for each in app.success)
    assert "**mine.new**" in texts(app)
    assert not app.error and app.text_input(key="train.name").value == ""
    assert {key for key in buttons(app) if job.id in key} == {f"cancel {job.id}"}


def test_who_orders_a_training_is_told_that_its_faces_touch_test_faces(cards):
    drawn = schematic_dataset(28, 14)
    assert "have an exact copy" not in texts(open_page())
    store_dataset(build_dataset(drawn.splits | {"PublicTest": drawn.split("Training")}, "drawn"))
    assert "28 faces of PublicTest and 0 of PrivateTest have an exact copy among the training" in texts(
        open_page()
    )


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


def test_several_values_make_a_job_of_each_combination_whose_number_and_cost_are_said_before(cards):
    app = open_page(recipe="mine.good")
    field(app, "epochs", "mine.good").set_value(4)
    app.number_input(key="train.repeats").set_value(2)
    app.text_area(key="train.grid").set_value(
        "learning rate: 0.01, 1e-3\nloss.name: focal, cross_entropy"
    ).run()
    assert "**8 jobs: " in texts(app)
    assert app.text_input(key="train.name").disabled
    button(app, "start").click().run()
    made = [service.get_recipe(job) for job in service.list_jobs()]
    tried = {(each.optimizer.learning_rate, each.loss.name, each.seed) for each in made}
    assert len(made) == len(tried) == 8 and {each.epochs for each in made} == {4}
    assert {rate for rate, _, _ in tried} == {0.01, 0.001}
    assert "and 7 more" in " ".join(each.value for each in app.success)
    assert app.text_area(key="train.grid").value == ""


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("learning rte: 1, 2", "did you mean Learning rate"),
        ("learning rate 0.1", "names no values"),
        ("learning rate: 0.1, 20", "optimizer.learning_rate is 20"),
        ("learning rate: 0.1\noptimizer.learning_rate=0.2", "stands there twice"),
        (f"seed: {', '.join(map(str, range(501)))}", "The sweep has 501 jobs; it must have 1 to 500"),
    ],
)
def test_values_that_can_t_be_tried_are_refused_with_their_reason(cards, text, reason):
    app = open_page()
    app.text_area(key="train.grid").set_value(text).run()
    assert reason in " ".join(error.value for error in app.error)
    assert button(app, "start").disabled and not app.exception


def test_a_smoke_run_is_ordered_by_a_switch_and_stands_in_the_link(cards):
    app = open_page()
    app.toggle(key=choices.widget_key("smoke")).set_value(True).run()
    assert changed(app) == {"data.share": ("1", "0.1")}
    assert in_link(app, "smoke")
    button(app, "start").click().run()
    (job,) = service.list_jobs()
    assert service.get_recipe(job).data.share == 0.1
    assert job.variant_id == f"{SOURCE}_share_0_1"


def test_a_trained_variant_can_be_continued_from_its_weights(cards):
    (cards / "mine.good" / paths.WEIGHTS).write_bytes(b"weights")
    app = open_page(recipe="mine.good", start="Go on from its weights")
    assert "Goes on from the weights of **mine.good**" in texts(app)
    button(app, "start").click().run()
    (job,) = service.list_jobs()
    assert job.parent == "mine.good"


def test_who_may_only_look_sees_everything_and_can_change_nothing(cards, monkeypatch):
    monkeypatch.setattr(identity, "visitor", lambda: Identity())
    made_job(state=State.DONE)
    app = open_page()
    assert not app.exception
    assert "for whoever opens Faceoff with the link that its server prints" in texts(app)
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
