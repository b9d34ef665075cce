"""Every page runs on whatever variants there are, and says errors in a sentence."""

from __future__ import annotations

import os
import subprocess
import sys
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image
from skimage.data import astronaut

from dashboard.shell import choices
from fer_core import paths
from fer_core.__main__ import main
from fer_core.emotions import EMOTIONS
from fer_core.literature.reports import list_reports
from fer_core.variants.card import read_card, write_card
from tests.app_driver import APP, PAGES, TIMEOUT_S, go, in_link, make_five, models, open_app, texts
from tests.fixtures_variants import make_variant, use_empty_folders

pytestmark = pytest.mark.usefixtures("no_browser")


@pytest.fixture
def cards(tmp_path, monkeypatch) -> Path:
    """An empty folder that is the only source of variants."""
    return use_empty_folders(monkeypatch, tmp_path)[1]


@pytest.fixture
def five(cards) -> Path:
    """The variants of ``make_five``."""
    return make_five(cards)


def run_alone(code: str) -> None:
    """Run Python code in a process of its own; it must not fail."""
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | {"PYTHONPATH": str(paths.REPOSITORY)},
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("page", PAGES)
def test_every_page_opens_with_its_name_and_without_an_error(five, page):
    app = open_app(page)
    assert [title.value for title in app.title] == [page]
    assert not app.exception
    assert not app.error


@pytest.mark.parametrize("page", [page for page in PAGES if page != "Train"])
def test_every_page_says_what_to_do_when_there_is_no_variant(cards, page):
    app = open_app(page)
    assert not app.exception
    assert "No trained model is here yet" in texts(app)


@pytest.mark.parametrize("page", PAGES)
def test_every_page_runs_when_nothing_has_been_trained(cards, page):
    make_variant(cards, "only.recipe", status="recipe-only")
    app = open_app(page)
    assert not app.exception
    assert not app.error


@pytest.mark.parametrize("page", ["Compare", "Try a picture", "Live"])
def test_a_page_without_a_chosen_model_offers_the_best(five, page):
    app = open_app(page, models="")
    assert "No model is chosen" in texts(app)
    next(button for button in app.button if button.label.startswith("Choose the best")).click().run()
    assert models(app).value[0] == "first.good"
    assert "No model is chosen" not in texts(app)


def test_the_leaderboard_answers_in_one_sentence(five):
    said = texts(open_app())
    assert "**first.good** is the best: right on" in said
    assert "of 100 faces**, give or take" in said


def test_the_baseline_is_pinned_on_top_of_the_leaderboard(five):
    app = open_app(baseline="second.poor")
    assert app.dataframe[0].value["id"].iloc[0] == "second.poor"
    assert "Pinned on top" in texts(app)


def test_the_leaderboard_names_groups_places_and_what_copies_add(five):
    rows = open_app().dataframe[0].value.set_index("id")
    assert rows.loc[["first.good", "first.fair", "second.poor"], "group"].tolist() == [1, 2, 3]
    assert rows["place"]["first.good"] == "1"
    assert -0.1 < rows["inflation"]["first.good"] < 0.1
    assert "difference" not in rows and "p_accuracy" not in rows


def test_with_a_baseline_the_leaderboard_tests_every_difference_to_it(five):
    rows = open_app(baseline="second.poor").dataframe[0].value.set_index("id")
    assert rows["p_accuracy"]["first.good"] < 0.001
    assert rows["difference"]["first.good"].startswith("+")
    assert rows["difference"]["second.poor"] == "–"


def test_models_that_are_equally_good_are_not_called_different(five):
    make_variant(five, "first.twin", seed=1, skill=3.0)
    said = texts(open_app())
    assert "It **can't be told apart** from first.twin" in said
    app = open_app("Compare", models="first.good,first.twin", section="All of it")
    assert "They are right equally often" in texts(app)


def test_compare_says_how_many_faces_would_tell_two_models_apart(five):
    make_variant(five, "first.near", seed=8, skill=2.9)
    app = open_app("Compare", models="first.good,first.near,second.poor", section="All of it")
    assert "2 of 3 pairs really differ" in texts(app)
    assert "can't be told apart: on" in texts(app)
    assert "faces** would show it 80 times in 100" in texts(app)


def test_models_measured_on_other_faces_stand_in_no_pair_with_these(five):
    make_variant(five, "third.other", seed=8, skill=2.9, faces_per_split=70)
    app = open_app(baseline="first.good")
    assert "1 model was measured on other faces" in texts(app)
    assert "so not ranked, and not in the pictures: third.other" in texts(app)
    rows = app.dataframe[0].value.set_index("id")
    measured = rows.index[rows["accuracy"].notna()]
    assert measured[-1] == "third.other", "it stands below all that can be ranked"
    assert not app.exception
    app = open_app("Compare", models="first.good,first.fair,third.other", section="All of it")
    assert "Measured on other faces, so not in any pair: third.other" in texts(app)
    assert not app.exception


def test_a_damaged_file_is_named_on_the_leaderboard_and_the_others_keep_their_places(five):
    (five / "first.good" / paths.PREDICTIONS).write_bytes(b"damaged")
    app = open_app(baseline="first.good")
    assert not app.exception
    assert "is not a readable Parquet file" in app.error[0].value
    assert app.dataframe[0].value.set_index("id")["group"]["first.fair"] == 1


def test_a_broken_folder_is_listed_with_its_reason_and_hides_nothing(five):
    app = open_app()
    assert "third.broken" in texts(app)
    assert "there is no README.md" in texts(app)
    assert set(app.dataframe[0].value["id"]) == {"first.good", "first.fair", "second.poor"}


def test_figures_that_the_predictions_do_not_give_are_told_and_never_crowned(five):
    facts = read_card(five / "second.poor").faceoff
    better = {"accuracy": 0.99, "accuracy_ci95": [0.98, 1.0]}
    metrics = {split: block | better for split, block in facts["metrics"].items()}
    write_card(five / "second.poor", facts | {"metrics": metrics})
    app = open_app()
    assert "second.poor: its card says accuracy 0.99 on PrivateTest" in texts(app)
    assert "first.good" in texts(app) and "**second.poor** is the best" not in texts(app)
    assert "second.poor" not in app.dataframe[0].value["id"].tolist()
    assert "its predictions give" in texts(go(app, "Model card", variant="second.poor"))
    assert "its predictions give" not in texts(go(app, "Model card", variant="first.good"))


def test_recipes_stand_behind_one_switch_with_their_count_which_the_link_keeps(five):
    app = open_app()
    switch = next(toggle for toggle in app.toggle if "not trained" in toggle.label)
    assert switch.label == "Also show 1 recipe not trained yet"
    switch.set_value(True).run()
    assert "second.recipe" in set(app.dataframe[0].value["id"])
    assert in_link(app, "recipes") == "yes"


def test_a_recipe_is_listed_without_figures(five):
    rows = open_app(recipes="yes").dataframe[0].value.set_index("id")
    assert rows["training"]["second.recipe"].strip("\u2007") == "–"
    assert rows.loc["second.recipe", ["accuracy", "macro_f1", "log_loss"]].isna().all()
    assert rows.loc["second.recipe", "reported_accuracy"] == pytest.approx(0.6)


@pytest.fixture
def lengths(five):
    """Beside the five: models cut short, stopped by their rule, continued, of members, and trained elsewhere."""
    make_variant(five, "third.cut", seed=5, skill=4.0, epochs_run=4, epochs_planned=150)
    make_variant(five, "third.ruled", seed=6, epochs_run=61, epochs_planned=200,
                 deviations=["Early stopping ended the training after epoch 61."])  # fmt: skip
    make_variant(five, "third.continued", seed=7, deviations=["It began with the weights of first.good."])
    for name, members in (("whole", ("first.good", "first.fair")), ("cut", ("first.good", "third.cut"))):
        made = {"members": [{"id": member, "weight": 0.5} for member in members], "chosen": "equal weights"}
        make_variant(five, f"together.{name}", framework="ensemble", epochs_run=None, ensemble=made)
    make_variant(five, "elsewhere.net", framework="onnx", epochs_run=None, epochs_planned=None)
    return five


def test_the_leaderboard_says_how_far_each_model_was_trained(lengths):
    app = open_app()
    rows = app.dataframe[0].value.set_index("id")
    told = rows["training"].str.strip("\u2007")
    assert told["third.cut"] == "4 of 150 epochs" and told["third.ruled"] == "61 of at most 200 epochs"
    assert told["together.whole"] == "–" and told["elsewhere.net"] == "elsewhere"
    said = texts(app)
    assert "**third.cut** is the best" in said
    assert "Of the 5 trained to their end the best is **first.good**" in said
    assert "1 was cut short and may improve" in said
    assert "Not trained to its end: longer training may improve it." in said


def test_the_filter_keeps_what_was_trained_to_the_end(lengths):
    app = open_app(to_end="yes", recipes="yes")
    assert set(app.dataframe[0].value["id"]) == {
        "first.good", "first.fair", "second.poor", "third.ruled", "together.whole", "elsewhere.net",
    }  # fmt: skip
    assert "Not trained to its end" not in texts(app)
    app = go(app, "Try a picture", source="Upload")
    assert not app.toggle(key=choices.widget_key("whole")).value, "a choice of that name is another page's"


def test_a_chip_says_how_far_its_model_was_trained(lengths):
    app = open_app("Compare", models="third.cut,first.good", baseline="first.good")
    chips = next(element.proto.body for element in app.get("html") if "fo-chips" in element.proto.body)
    assert "<small>4 of 150 epochs</small>" in chips
    assert "<small>baseline · 5 of 5 epochs</small>" in chips
    assert chips.count('class="fo-chip fo-short"') == 1
    assert "third.cut ◌" in models(app).options and "first.good" in models(app).options


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("third.cut", "Trained for **4 of 150 epochs**, cut short; longer training may improve it."),
        ("third.ruled", "Trained for **61 of at most 200 epochs**, stopped by its rule."),
        ("third.continued", "Trained for **5 of 5 epochs**, begun with another model's weights; longer"),
        ("first.good", "Trained for **5 of 5 epochs**."),
    ],
)
def test_the_head_of_a_card_says_how_far_the_model_was_trained(lengths, name, told):
    assert told in texts(open_app("Model card", variant=name))


@pytest.mark.parametrize("name", ["together.whole", "elsewhere.net"])
def test_a_model_without_epochs_says_nothing_of_its_length(lengths, name):
    app = open_app("Model card", variant=name)
    assert not app.exception
    assert "Trained for" not in texts(app)


def test_filters_that_keep_nothing_say_so(five):
    app = open_app(family="second", framework="keras")
    assert "No model passes these filters" in texts(app)


def test_repeats_of_a_recipe_can_be_left_out_of_the_leaderboard(five):
    for seed in (1, 2, 3):
        make_variant(five, f"fourth.net_{seed}", seed=seed, recipe={"seed": seed, "epochs": 9})
    shown = {once: set(open_app(once=once, recipes="yes").dataframe[0].value["id"]) for once in ("no", "yes")}
    assert {"fourth.net_2", "fourth.net_3"} <= shown["no"] - shown["yes"]
    assert {"fourth.net_1", "first.good", "second.recipe"} <= shown["yes"]


def test_compare_shows_only_the_recipe_keys_that_differ(five):
    app = open_app("Compare", models="first.good,first.fair", section="All of it")
    differing = next(frame.value for frame in app.dataframe if "key" in frame.value).set_index("key")
    assert {"framework", "seed"} <= set(differing.index)
    assert "batch_size" not in differing.index


@pytest.mark.parametrize("cells", ["Rows", "Columns", "Counts"])
def test_confusion_differences_need_another_model_than_the_baseline(five, cells):
    app = open_app("Compare", models="first.good", baseline="first.good", difference="yes", cells=cells)
    assert not app.exception
    assert "is the baseline itself" in texts(app)


@pytest.mark.parametrize("emotion", EMOTIONS)
def test_a_drawn_sample_is_answered_at_once(five, emotion):
    app = open_app("Try a picture", sample=emotion)
    assert not app.exception
    assert "When this model says" in texts(app)


def test_a_picture_is_answered_without_being_stored(five, tmp_path):
    file = BytesIO()
    Image.fromarray(astronaut()).save(file, "JPEG")
    before = {path for path in tmp_path.rglob("*") if path.is_file()}
    app = open_app("Try a picture", source="Upload")
    app.file_uploader[0].set_value(("astronaut.jpg", file.getvalue(), "image/jpeg")).run()
    assert not app.error
    assert "1 face found" in texts(app)
    assert {path for path in tmp_path.rglob("*") if path.is_file()} == before


def test_a_doubtful_face_is_answered_on_request_and_without_evidence(five):
    upside_down = Image.fromarray(astronaut()[::-1, ::-1])  # the cascade takes a rocket for a face
    file = BytesIO()
    upside_down.save(file, "PNG")
    app = open_app("Try a picture", source="Upload")
    app.file_uploader[0].set_value(("turned.png", file.getvalue(), "image/png")).run()
    assert len(app.error) == 1 and "for sure, but 1 place that may be one" in app.error[0].value
    app.toggle(key=choices.widget_key("doubtful")).set_value(True).run()
    assert not app.error
    assert "This may be no face at all" in texts(app)
    assert "When this model says" not in texts(app)


def test_a_picture_that_lies_on_its_head_is_answered_once_it_is_turned(five):
    file = BytesIO()
    Image.fromarray(astronaut()[::-1, ::-1]).save(file, "PNG")
    app = open_app("Try a picture", source="Upload", turn="180°")
    app.file_uploader[0].set_value(("turned.png", file.getvalue(), "image/png")).run()
    assert not app.error
    assert "1 face found" in texts(app)
    assert "When this model says" in texts(app)


def test_a_bad_picture_gets_one_sentence_and_the_page_stays_usable(five):
    app = open_app("Try a picture", source="Upload")
    app.file_uploader[0].set_value(("note.png", b"not a picture at all", "image/png")).run()
    assert [error.value for error in app.error] == [
        "note.png is not a picture; choose a JPEG, PNG, WebP, HEIC or AVIF file."
    ]
    app.button_group(key=choices.widget_key("source")).set_value("Sample").run()
    assert not app.error
    assert "When this model says" in texts(app)


def test_a_model_without_its_file_is_named_and_the_others_answer(five):
    make_variant(five, "third.large", seed=9, with_model=False, parameters=50_000_000)
    app = open_app("Try a picture", models="third.large,first.good")
    assert not app.exception
    assert "can't answer here: third.large" in texts(app)
    assert "**first.good**: When this model says" in texts(app)


@pytest.mark.parametrize(
    ("variant", "said"),
    [("first.good", "Intended use"), ("second.recipe", "A recipe only"), ("third.broken", "no README.md")],
)
def test_the_model_card_shows_trained_recipe_and_broken_variants(five, variant, said):
    app = open_app("Model card")
    app.selectbox(key=choices.widget_key("variant")).set_value(variant).run()
    assert not app.exception
    assert said in texts(app)
    assert in_link(app, "variant") == variant


def test_walking_all_pages_imports_no_training_framework(five):
    walk = f"""
import sys
from streamlit.testing.v1 import AppTest
from fer_core import paths
from fer_core.__main__ import main
paths.SHIPPED_CARDS = paths.home() / "shipped"
app = AppTest.from_file({APP!r}, default_timeout={TIMEOUT_S}).run()
for page in {list(PAGES.values())!r}:
    app.switch_page(page)
    app.run()
    assert not app.exception, page
    assert app.title, page
assert not {{"tensorflow", "keras", "torch"}} & set(sys.modules), sorted(sys.modules)
"""
    run_alone(walk)


def test_only_the_page_live_brings_the_libraries_of_streams(five):
    code = f"""
import sys
from streamlit.testing.v1 import AppTest
from fer_core import paths
paths.SHIPPED_CARDS = paths.home() / "shipped"
app = AppTest.from_file({APP!r}, default_timeout={TIMEOUT_S}).run()
for page in {[page for page in PAGES.values() if "live" not in page]!r}:
    app.switch_page(page)
    app.run()
assert not {{"av", "aiortc", "streamlit_webrtc"}} & set(sys.modules)
"""
    run_alone(code)


@pytest.mark.parametrize("page", ["Compare", "Try a picture"])
def test_a_calibrated_model_is_less_sure_and_the_choice_goes_along_in_the_link(five, page):
    link = {"models": "first.good,first.fair", "calibrated": "first.good", "section": "Certainty"}
    app = open_app(page, **link)
    assert not app.exception
    assert in_link(app, "calibrated") == "first.good"
    plain = open_app(page, models=link["models"], section="Certainty")
    shown, before = ([chart.proto.spec for chart in run.get("vega_lite_chart")] for run in (app, plain))
    assert len(shown) == len(before) and shown != before


def test_compare_tells_what_a_temperature_does_to_each_model(five):
    app = open_app("Compare", models="first.good,first.fair", section="All of it")
    table = next(frame.value for frame in app.dataframe if "Temperature" in frame.value)
    assert list(table.index) == ["first.good", "first.fair"]
    assert table["ECE"].str.contains("→").all()


@pytest.mark.parametrize("kind", ["Emotion", "Copies", "Sharpness", "My own list"])
def test_compare_slices_the_faces_or_says_what_it_needs(five, kind):
    app = open_app("Compare", models="first.good,first.fair", section="All of it", slice=kind)
    assert not app.exception and not app.error
    needs = {"Sharpness": "the pictures themselves are needed", "My own list": "Give a list"}
    assert needs.get(kind, "Faces: all faces 140") in texts(app)


def test_a_viewers_own_list_slices_the_faces(five):
    app = open_app("Compare", models="first.good", section="All of it", slice="My own list")
    app.file_uploader[0].set_value(
        ("hats.csv", b"image\nPrivateTest_141\nPrivateTest_142\n", "text/csv")
    ).run()
    assert "Faces: all faces 140, hats 2, not listed 138." in texts(app)
    app.file_uploader[0].set_value(("hats.csv", b"nothing", "text/csv")).run()
    assert "no column `image`" in app.error[0].value


def test_the_ensembles_page_says_what_the_models_are_worth_together(five):
    app = open_app("Ensembles", models="first.good,first.fair")
    said = texts(app)
    assert "Together they are right on **" in said and "first.good alone" in said
    rows = app.dataframe[0].value.set_index("Model")
    assert set(rows.index) == {
        "first.good",
        "first.fair",
        "together.fitted",
        "together.greedy",
        "together.equal",
    }
    assert rows["To the best member"]["first.good"] == "±0.0"


@pytest.mark.parametrize("weights", ["Fitted", "Greedy", "Equal"])
@pytest.mark.parametrize("average", ["Probabilities", "Logarithms"])
def test_every_way_to_weigh_and_average_can_be_followed_by_a_link(five, weights, average):
    app = open_app("Ensembles", models="first.good,second.poor", weights=weights, average=average)
    assert not app.exception and not app.error
    assert "Together they are right on" in texts(app)


def test_one_model_alone_or_models_of_other_faces_make_no_ensemble(five):
    assert "Choose a second model" in texts(open_app("Ensembles", models="first.good"))
    make_variant(five, "third.other", seed=8, faces_per_split=70)
    app = open_app("Ensembles", models="first.good,third.other")
    assert "third.other was measured on other faces than first.good" in app.error[0].value


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("mine.best", "**mine.best** is a model like any other now"),
        ("first.good", "a variant first.good already"),
    ],
)
def test_an_ensemble_is_saved_under_its_name_or_the_reason_is_told(five, trainer, name, said):
    app = open_app("Ensembles", models="first.good,first.fair")
    app.text_input[0].set_value(name)
    next(button for button in app.button if button.label == "Save as a model").click().run()
    app.session_state["saving"].error()  # waited for
    app.run()
    assert said in "\n".join([element.value for element in (*app.success, *app.error)])
    app = go(app, "Leaderboard")
    assert ("mine.best" in set(app.dataframe[0].value["id"])) == (name == "mine.best")


def test_a_saved_ensemble_works_on_every_page(five):
    names = ["first.good", "first.fair"]
    assert main(["ensemble", *names, "--name", "mine.best"]) == 0
    app = open_app(models="mine.best,first.good", baseline="mine.best")
    for page in PAGES:
        app = go(app, page, models="mine.best,first.good", variant="mine.best")
        assert not app.exception and not app.error, page
        if page == "Model card":
            assert "How it was made" in texts(app)
        if page == "Try a picture":
            assert "**mine.best**: When this model says" in texts(app)


def test_unknown_speeds_can_be_measured_from_the_leaderboard(five, trainer):
    app = open_app()
    assert app.dataframe[0].value.set_index("id")["latency_ms"].isna()["second.poor"]
    button = next(button for button in app.button if button.label == "Measure the speed of 1 here")
    button.click().run()
    assert app.dataframe[0].value.set_index("id")["latency_ms"]["second.poor"] > 0
    assert "Measure the speed" not in [button.label for button in app.button]


@pytest.mark.parametrize(
    ("page", "damaged", "said"),
    [
        ("Compare", paths.PREDICTIONS, "is not a readable Parquet file"),
        ("Try a picture", paths.MODEL, "is not a model that ONNX Runtime can load"),
    ],
)
def test_a_damaged_file_takes_only_its_own_model_off_the_page(five, page, damaged, said):
    (five / "first.good" / damaged).write_bytes(b"damaged")
    app = open_app(page, models="first.good,first.fair")
    assert not app.exception
    assert len(app.error) == 1
    assert said in app.error[0].value
    assert app.get("vega_lite_chart")


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


def test_the_model_card_tells_what_other_seeds_made_of_the_recipe(cards):
    for seed in (1, 2, 3):
        recipe = {"architecture": {"name": "customnet"}, "seed": seed}
        make_variant(cards, f"a.net_seed_{seed}", seed=seed, recipe=recipe)
    app = open_app("Model card", variant="a.net_seed_2")
    assert not app.exception
    assert "One of **3 runs** of this recipe" in texts(app)


ODD_FILES = {
    "nothing": b"",
    "no text": b"\xff\xfe\x00damaged",
    "other columns": b"a,b\n1,2\n",
    "words for numbers": b"epoch,train_loss,train_accuracy,val_loss,val_accuracy,learning_rate,seconds\n"
    b"one,two,three,four,five,six,seven\n",
    "lists without end": b"a: " + b"[" * 5000,
}


@pytest.mark.parametrize("page", [page for page in PAGES if page not in ("Live", "Data")])
@pytest.mark.parametrize("kind", ODD_FILES)
def test_whatever_the_files_of_a_folder_hold_every_page_opens(five, page, kind):
    for name in (
        paths.PREDICTIONS,
        paths.MODEL,
        paths.HISTORY,
        paths.ROBUSTNESS,
        paths.HEAT_MAPS,
        paths.RECIPE,
        paths.WEIGHTS,
    ):
        (five / "first.good" / name).write_bytes(ODD_FILES[kind])
    app = open_app(page, models="first.good,first.fair", variant="first.good", section="All of it")
    assert not app.exception, app.exception


@pytest.mark.parametrize("page", ["Compare", "Model card", "Robustness", "Train"])
@pytest.mark.parametrize("kind", ODD_FILES)
def test_an_odd_history_recipe_or_table_leaves_the_figures_of_its_model(five, page, kind):
    for name in (paths.HISTORY, paths.ROBUSTNESS, paths.RECIPE):
        (five / "first.good" / name).write_bytes(ODD_FILES[kind])
    app = open_app(page, models="first.good,first.fair", variant="first.good", section="All of it")
    assert not app.exception, app.exception
    if page in ("Compare", "Model card"):
        assert app.error[0].value.startswith("first.good/history.csv ")
