"""Your own models and recipes: what is listed, what the card says, and what is refused."""

import subprocess
import sys

import numpy as np
import onnx
import pytest
import yaml
from onnx import TensorProto, helper, numpy_helper

from fer_core import paths
from fer_core.curation.recheck import largest_difference, recompute_metrics
from fer_core.curation.registration import ModelDescription, ModelFile, register_recipe, start_registration
from fer_core.errors import CardError, DataMissingError, FerError, ModelError, RecipeError, TaskError
from fer_core.evaluation.predictions import read_predictions
from fer_core.machine.tasks import Task
from fer_core.variants.card import compose_card
from fer_core.variants.classifier import OnnxClassifier
from fer_core.variants.registry import get_variant, list_variants
from tests.curation.registering import register
from tests.fixtures_variants import make_graph, make_model, make_variant, use_empty_folders

RECIPE = {"id": "mine.net", "framework": "torch", "architecture": {"name": "customnet", "dropout": 0.1}}


def test_a_registered_model_is_a_variant_like_any_other(home, tmp_path):
    said = ModelDescription("mine.net", "A net\nof mine.", "me | you, on AffectNet", "LinearNet")
    folder = register(make_model(3), said, tmp_path)
    variant = get_variant("mine.net")
    assert (variant.folder, variant.status, variant.framework) == (folder, "trained", "onnx")
    assert variant.can_predict and variant.parameters == 36 * 7
    assert len(read_predictions(variant.predictions_path).label) == 56
    assert largest_difference(variant.card, recompute_metrics(variant)) < 1e-6
    assert (variant.history_path, variant.recipe_path) == (None, None)


def test_its_card_says_what_is_known_and_what_is_not(home, tmp_path):
    said = ModelDescription("mine.net", "A net\nof mine.", "me | you, on AffectNet", "LinearNet")
    register(make_model(3), said, tmp_path)
    card = get_variant("mine.net").card
    assert "A net of mine." in card.body and "| comes from | me / you, on AffectNet |" in card.body
    assert "brought from elsewhere" in card.body
    assert "these figures flatter it" in card.body and "Choices\nwere made on PublicTest" not in card.body
    assert card.faceoff["protocol"] == "fer2013-official, trained elsewhere, on other pictures"
    assert compose_card(card.faceoff).startswith("---")


def loud():
    """A network that answers by chance."""
    nodes = [
        helper.make_node("Shape", ["faces"], ["shape"]),
        helper.make_node("Slice", ["shape", "zero", "one"], ["count"]),
        helper.make_node("Concat", ["count", "seven"], ["answers"], axis=0),
        helper.make_node(
            "ConstantOfShape", ["answers"], ["zeros"], value=numpy_helper.from_array(np.zeros(1, np.float32))
        ),
        helper.make_node("RandomNormalLike", ["zeros"], ["noise"]),
        helper.make_node("Softmax", ["noise"], ["probs"], axis=1),
    ]
    constants = {"zero": [0], "one": [1], "seven": [7]}
    return make_graph(nodes, {name: np.array(value, np.int64) for name, value in constants.items()})


def wrong_contract():
    return make_graph([helper.make_node("Identity", ["x"], ["probs"])], {}, input_name="x",
                      input_type=TensorProto.FLOAT, input_shape=("N", 7))  # fmt: skip


@pytest.mark.parametrize(
    ("model", "reason"),
    [
        (wrong_contract, r"its input `x` has the shape \(\?, 7\), which is no batch of square pictures"),
        (loud, "differently when"),
    ],
)
def test_a_network_that_breaks_the_contract_is_refused_and_leaves_nothing(home, tmp_path, model, reason):
    with pytest.raises(ModelError, match=reason):
        register(model(), ModelDescription("mine.net"), tmp_path)
    assert list_variants() == []


def of_version(model, ir_version=9, opset=18):
    model.ir_version, model.opset_import[0].version = ir_version, opset
    return model


@pytest.mark.parametrize(
    ("versions", "reason"),
    [
        ({"ir_version": 14}, "can load: Unsupported model IR version: 14, max supported IR version: 13."),
        ({"opset": 99}, "Opset 99 is under development"),
        ({"opset": 6}, "can load: Could not find an implementation for "),
    ],
)
def test_the_runtime_s_reason_is_told_where_it_can_t_load_a_model(home, tmp_path, versions, reason):
    (tmp_path / "mine.net").mkdir()
    onnx.save(of_version(make_model(0), **versions), tmp_path / "mine.net" / "model.onnx")
    with pytest.raises(
        ModelError, match="^mine.net/model.onnx is not a model that ONNX Runtime can load: "
    ) as raised:
        OnnxClassifier(tmp_path / "mine.net" / "model.onnx")
    assert reason in str(raised.value)
    assert str(tmp_path) not in str(raised.value) and "onnxruntime_src" not in str(raised.value)


def test_without_data_a_model_can_t_be_measured_so_it_is_not_listed(tmp_path, monkeypatch):
    use_empty_folders(monkeypatch, tmp_path)
    with pytest.raises(DataMissingError, match="data import"):
        start_registration(
            ModelFile(make_model(0).SerializeToString(), "mine.onnx"), ModelDescription("mine.net")
        )


def test_a_taken_id_is_refused(home):
    make_variant(paths.local_cards(), "mine.net")
    with pytest.raises(CardError, match=r"named mine\.net already"):
        start_registration(
            ModelFile(make_model(0).SerializeToString(), "mine.onnx"), ModelDescription("mine.net")
        )
    with pytest.raises(CardError, match=r"named mine\.net already"):
        register_recipe(yaml.safe_dump(RECIPE).encode(), "mine.yaml")


def test_the_command_line_registers_in_a_process_and_tells_what_is_wrong_in_a_sentence(home, tmp_path):
    def run(*arguments):
        command = [sys.executable, "-m", "fer_core", "register", *map(str, arguments)]
        return subprocess.run(command, cwd=paths.REPOSITORY, capture_output=True, text=True)

    onnx.save(make_model(1), tmp_path / "good.onnx")
    onnx.save(loud(), tmp_path / "loud.onnx")
    good = run(tmp_path / "good.onnx", "--id", "mine.good", "--summary", "Linear.")
    assert good.stdout.endswith("mine.good is registered\n"), good.stderr
    assert get_variant("mine.good").can_predict
    bad = run(tmp_path / "loud.onnx", "--id", "mine.loud")
    assert bad.returncode == 1
    assert bad.stderr.strip().startswith("fer_core: Registering mine.loud failed: mine.loud/model.onnx")
    assert list((home / "registering").iterdir()) == []


def test_a_recipe_of_ones_own_is_listed_and_can_be_trained(home):
    assert register_recipe(yaml.safe_dump(RECIPE).encode(), "mine.yaml") == "mine.net"
    variant = get_variant("mine.net")
    assert (variant.status, variant.recipe_path.is_file()) == ("recipe-only", True)
    assert register_recipe(yaml.safe_dump(RECIPE).encode(), "mine.yaml", "mine.second") == "mine.second"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("id: mine.net\nframework: torch\narchitecture: {name: customnett}", "did you mean customnet"),
        ("id: mine.net\nframework: torch\narchitecture: {name: customnet}\nepoch: 3", "did you mean epochs"),
        ("just a sentence", "a recipe must be a mapping"),
        ("a: [", "can't be read as YAML"),
        ("a: &x [1]\nb: *x", "anchors .* and aliases .* are not read"),
        ("!!python/object/apply:os.system ['true']", "can't be read as YAML"),
        ("\udcff", "can't be read as YAML"),
        ("#" * 100_001, "has 100,001 bytes"),
    ],
)
def test_a_recipe_that_is_none_is_refused_with_its_reason(home, text, reason):
    with pytest.raises(RecipeError, match=reason):
        register_recipe(text.encode("utf-8", "surrogateescape"), "mine.yaml")
    assert list_variants() == []


def test_an_task_that_takes_too_long_is_ended_and_one_that_fails_tells_its_sentence(home):
    late = Task("fer_core.curation.registration_task", {}, name="Waiting", limit_s=0)
    with pytest.raises(TaskError, match="Waiting took longer than 0 s"):
        late.result()
    lost = Task("fer_core.no_such_module", {}, name="Looking", limit_s=60)
    with pytest.raises(FerError, match=r"Looking failed: .*No module named"):
        lost.result()
    assert lost.is_over()
