"""Model cards: written, read by the hub's own library, checked key by key."""

from __future__ import annotations

import math
from copy import deepcopy

import pytest
import yaml
from huggingface_hub import ModelCard

from fer_core.errors import CardError
from fer_core.evaluation.metrics import card_metrics
from fer_core.variants.card import compose_card, read_card, write_card
from fer_core.variants.facts import METRIC_NAMES
from tests.fixtures_variants import make_facts, make_predictions, make_variant


@pytest.fixture
def facts():
    facts = make_facts("family.one", "torch", "linear", seed=0, status="trained")
    return facts | {"metrics": card_metrics(make_predictions())}


@pytest.fixture
def recipe_only_facts():
    return make_facts("family.later", "keras", "vgg19", seed=0, status="recipe-only")


def test_a_written_card_gives_its_facts_back(tmp_path, facts):
    card = write_card(tmp_path / "family.one", facts)
    assert card.faceoff == facts
    assert read_card(tmp_path / "family.one").metrics("private_test") == facts["metrics"]["private_test"]
    assert card.id == "family.one"
    assert card.status == "trained"


def test_rewriting_a_read_card_changes_only_what_was_changed(tmp_path, facts):
    card = write_card(tmp_path / "family.one", facts)
    before = (card.folder / "README.md").read_text()
    write_card(card.folder, card.faceoff)
    assert (card.folder / "README.md").read_text() == before
    again = write_card(card.folder, card.faceoff | {"device": "another"})
    assert again.faceoff == facts | {"device": "another"}


def test_the_hub_reads_every_figure_of_both_splits(tmp_path, facts):
    folder = write_card(tmp_path / "family.one", facts).folder
    data = ModelCard.load(folder / "README.md").data
    assert data.license == "mit"
    assert data.pipeline_tag == "image-classification"
    assert data.model_name == "family.one"
    accuracies = {
        result.dataset_split: result.metric_value
        for result in data.eval_results
        if result.metric_type == "accuracy"
    }
    assert accuracies == {
        "PrivateTest": facts["metrics"]["private_test"]["accuracy"],
        "PrivateTest-clean": facts["metrics"]["private_test_clean"]["accuracy"],
    }
    assert len(data.eval_results) == 2 * (len(METRIC_NAMES) - 2)  # all but n and the interval


def test_the_hub_reads_a_recipe_only_card_without_results(tmp_path, recipe_only_facts):
    card = write_card(tmp_path / "family.later", recipe_only_facts)
    assert ModelCard.load(card.folder / "README.md").data.eval_results is None
    assert card.metrics("private_test") is None
    assert "recipe only" in card.body


def test_the_prose_says_what_for_and_what_not_and_puts_reported_beside_reproduced(tmp_path):
    card = read_card(make_variant(tmp_path, "family.one", reported=[
        {"metric": "accuracy", "value": 0.64, "protocol": "n = 7,178", "note": "test | folder"},
        {"metric": "auc_micro", "value": None, "protocol": "curves only", "note": None},
    ]))  # fmt: skip
    for heading in ("Intended use", "Out of scope", "Data", "How it was trained", "Figures", "Limits"):
        assert f"## {heading}" in card.body
    for refused in ("hiring", "policing", "diagnosis", "workplaces", "classrooms"):
        assert refused in card.body
    figures = card.metrics("private_test")
    first, second = card.body.split("Protocol: ")[1:]
    assert first.startswith("n = 7,178\n") and second.startswith("curves only\n")
    assert f"| accuracy | 0.64 | {figures['accuracy']:.4f} | test \\| folder |" in first
    assert f"| auc micro | – | {figures['auc_micro']:.4f} |\n" in second
    assert "optimizer | name: adam, learning_rate: 0.001" in card.body


def test_the_prose_puts_what_was_reproduced_of_other_figures_beside_them_too(tmp_path):
    card = read_card(make_variant(tmp_path, "family.one", reproduced={"recall_fear": 0.3883}, reported=[
        {"metric": "recall_fear", "value": 0.32, "protocol": "n = 7,178"},
        {"metric": "recall_sad", "value": 0.46, "protocol": "n = 7,178"},
    ]))  # fmt: skip
    assert "| recall fear | 0.32 | 0.3883 |" in card.body
    assert "| recall sad | 0.46 | – |" in card.body
    assert card.body.count("Protocol: n = 7,178") == 1


def test_every_table_of_the_prose_has_rows_of_one_width(tmp_path):
    body = read_card(make_variant(tmp_path, "family.one")).body.replace("\\|", "")
    tables = [block for block in body.split("\n\n") if block.startswith("|")]
    assert len(tables) == 3
    for table in tables:
        assert len({line.count("|") for line in table.strip().splitlines()}) == 1, table


def test_the_training_table_leaves_out_what_did_nothing(tmp_path):
    recipe = {
        "data": {
            "preparation": "raw",
            "augmentation": {"rotation": 0.0, "probability": 1.0, "fill": "nearest"},
        },
        "schedule": {"name": "one_cycle", "warmup": 0.25, "factor": 0.5, "patience": 5},
    }
    body = read_card(make_variant(tmp_path, "family.one", recipe=recipe, git_commit="unknown")).body
    assert "| data | preparation: raw, augmentation (none) |" in body
    assert "| schedule | name: one_cycle, warmup: 0.25 |" in body
    assert "unknown" not in body


def test_a_summary_stands_in_the_prose_and_survives_a_rewrite(tmp_path, facts):
    card = write_card(tmp_path / "family.one", facts | {"summary": "The smallest of all."})
    assert "The smallest of all." in write_card(card.folder, card.faceoff).body


def test_numbers_survive_the_file_to_the_last_bit(tmp_path, facts):
    facts["metrics"]["private_test"]["ece"] = 0.1 + 0.2
    facts["metrics"]["private_test"]["log_loss"] = 1e-7
    read = write_card(tmp_path / "family.one", facts).metrics("private_test")
    assert (read["ece"], read["log_loss"]) == (0.1 + 0.2, 1e-7)


@pytest.mark.parametrize(
    ("key", "value", "sentence"),
    [
        ("id", None, "faceoff.id"),
        ("id", "No Grammar", "family.variant"),
        ("framework", "caffe", "faceoff.framework"),
        ("status", "half-trained", "faceoff.status"),
        ("parameters", "many", "faceoff.parameters"),
        ("parameters", True, "faceoff.parameters"),
        ("epochs_run", 2.5, "faceoff.epochs_run"),
        ("deviations", "one", "faceoff.deviations"),
        ("reported", [{"value": 0.5}], r"faceoff.reported\[0\]"),
        ("reported", [{"metric": "accuracy", "value": "high"}], r"faceoff.reported\[0\].*value"),
        ("metrics", None, "faceoff.metrics.private_test"),
    ],
)
def test_a_wrong_fact_is_named(facts, key, value, sentence):
    with pytest.raises(CardError, match=sentence):
        compose_card(facts | {key: value})


@pytest.mark.parametrize("name", METRIC_NAMES)
@pytest.mark.parametrize("split", ["private_test", "private_test_clean"])
def test_a_missing_figure_is_named(facts, split, name):
    facts = deepcopy(facts)
    del facts["metrics"][split][name]
    with pytest.raises(CardError, match=f"faceoff.metrics.{split}.{name}"):
        compose_card(facts)


def test_a_recipe_only_card_can_carry_no_invented_figures(facts, recipe_only_facts):
    with pytest.raises(CardError, match="must be absent"):
        compose_card(recipe_only_facts | {"metrics": facts["metrics"]})


def test_facts_that_yaml_cannot_store_are_refused_and_leave_the_old_card(tmp_path, facts):
    folder = write_card(tmp_path / "family.one", facts).folder
    before = (folder / "README.md").read_text()
    with pytest.raises(CardError, match="no text, number, list or mapping"):
        write_card(folder, facts | {"trained_by": object()})
    assert (folder / "README.md").read_text() == before
    assert [entry.name for entry in folder.iterdir()] == ["README.md"]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "does not begin with front matter"),
        ("# A title\n", "does not begin with front matter"),
        ("---\nlicense: mit\n", "does not begin with front matter"),
        ("---\na: [1\nb: 2\n---\n", "not valid YAML at line"),
        ("---\nlicense: mit\n---\n", "lacks the block `faceoff:`"),
        ("---\n- a\n---\n", "lacks the block `faceoff:`"),
        ("---\nfaceoff: !!python/object/apply:os.getcwd []\n---\n", "not valid YAML"),
    ],
)
def test_a_card_that_is_no_card_names_its_folder_and_fault(tmp_path, text, sentence):
    folder = tmp_path / "family.one"
    folder.mkdir()
    (folder / "README.md").write_text(text)
    with pytest.raises(CardError, match=sentence) as raised:
        read_card(folder)
    assert str(raised.value).startswith("family.one: ")


def test_a_card_in_another_encoding_or_absent_names_its_folder(tmp_path):
    folder = tmp_path / "family.one"
    folder.mkdir()
    with pytest.raises(CardError, match=r"family.one: there is no README.md"):
        read_card(folder)
    (folder / "README.md").write_bytes("---\nname: é\n".encode("latin-1"))
    with pytest.raises(CardError, match="not a readable UTF-8"):
        read_card(folder)


def test_a_card_in_a_folder_of_another_name_is_refused(tmp_path, facts):
    (tmp_path / "family.two").mkdir()
    (tmp_path / "family.two" / "README.md").write_text(compose_card(facts))
    with pytest.raises(CardError, match="'family.one', not the folder's name"):
        read_card(tmp_path / "family.two")


def test_a_card_with_windows_line_ends_and_a_byte_order_mark_is_read(tmp_path, facts):
    folder = tmp_path / "family.one"
    folder.mkdir()
    text = "\ufeff" + compose_card(facts).replace("\n", "\r\n")
    (folder / "README.md").write_bytes(text.encode())
    assert read_card(folder).faceoff == facts


def test_a_rule_in_the_prose_does_not_end_the_front_matter_early(tmp_path, facts):
    folder = tmp_path / "family.one"
    folder.mkdir()
    (folder / "README.md").write_text(compose_card(facts) + "\n---\n\nAfter the rule.\n")
    assert "After the rule." in read_card(folder).body


def test_a_broken_recipe_beside_the_card_is_named(tmp_path, facts):
    folder = tmp_path / "family.one"
    folder.mkdir()
    (folder / "recipe.yaml").write_text("optimizer: [")
    with pytest.raises(CardError, match=r"family.one: recipe.yaml is not a readable YAML"):
        write_card(folder, facts)


def test_the_front_matter_is_plain_yaml_without_anchors(facts):
    front_matter = compose_card(facts).split("---\n")[1]
    assert "&id" not in front_matter
    assert yaml.safe_load(front_matter)["faceoff"] == facts


@pytest.mark.parametrize(
    ("key", "value", "sentence"),
    [
        ("deviations", ["one", 7], r"`faceoff.deviations\[1\]` is 7; it should be a text."),
        ("ensemble", {"members": [{"id": "a.b"}]}, r"`faceoff.ensemble.members\[0\].weight` is missing"),
        (
            "ensemble",
            {"members": [{"id": "a.b", "weight": 7}]},
            r"weight` is 7; it should be between 0 and 1",
        ),
        ("extra", [{"a": "b"}], r"`faceoff.extra\[0\]` is .* it should be a text."),
        (
            "reported",
            [{"metric": "accuracy", "value": 0.6}],
            r"reported\[0\]`.protocol should say",
        ),
        ("ensemble", {"members": []}, "`faceoff.ensemble.chosen` should say in words"),
        ("adapted", {"input": {"size": 48}}, "`faceoff.adapted.input` lacks colour, range."),
        (
            "quantised",
            {"from": "a.b", "from_latency_ms": 1.0, "same_answers": 1.0, "calibration_faces": 9},
            "`faceoff.latency_ms` is missing",
        ),
        ("ensemble", {"members": 7}, "`faceoff.ensemble.members` is 7; it should be a list."),
        ("ensemble", {"int8": "yes"}, "`faceoff.ensemble.int8` is 'yes'; it should be a block."),
        ("ensemble", {"int8": {"same_answers": 2}}, "int8.same_answers` is 2; it should be between 0 and 1"),
        ("reported", [{"metric": "val_accuracy", "value": 64.2}], "is 64.2; it should be between 0 and 1."),
        ("reported", [{"metric": "loss", "value": math.nan}], "is nan; it should be a number."),
        ("trained_at", {"day": 1}, "faceoff.trained_at` has the wrong type"),
        ("reproduced", {"recall_fear": "much"}, "faceoff.reproduced.recall_fear` is missing or not a number"),
    ],
)
def test_what_a_page_could_not_show_is_named_with_its_value(facts, key, value, sentence):
    with pytest.raises(CardError, match=sentence):
        compose_card(facts | {key: value})


def test_a_list_that_stands_in_two_places_is_written_out_twice(tmp_path, facts):
    interval = facts["metrics"]["private_test"]["accuracy_ci95"]
    facts["metrics"]["private_test_clean"] |= facts["metrics"]["private_test"]
    assert facts["metrics"]["private_test_clean"]["accuracy_ci95"] is interval
    assert write_card(tmp_path / "family.one", facts).faceoff == facts
