"""ImageNet weights lie in one place, and are used only where they are what Keras publishes."""

import hashlib

import pytest

from fer_core import paths
from fer_core.__main__ import main
from fer_core.architectures import weights
from fer_core.architectures.packages import PACKAGES
from fer_core.architectures.weights import FILES, MISSING, RIGHT, WRONG, find_weights, state_of
from fer_core.errors import TrainingError
from fer_core.recipes.library import list_recipes
from fer_core.recipes.recipe import read_recipe

WANTING = sorted(
    name
    for name, path in list_recipes().items()
    if read_recipe(path).architecture.get("weights") == "imagenet"
)


@pytest.fixture
def home(monkeypatch, tmp_path):
    monkeypatch.setenv("FER_HOME", str(tmp_path / "home"))
    monkeypatch.delenv(weights.VARIABLE, raising=False)
    paths.weights().mkdir(parents=True)
    return paths.weights()


@pytest.fixture
def published(monkeypatch):
    """What the test takes for the published file of VGG16."""
    content = b"weights of vgg16"
    file = weights.WeightFile("vgg16", FILES["vgg16"].address, hashlib.md5(content).hexdigest())
    monkeypatch.setitem(FILES, "vgg16", file)
    return file, content


def test_names_addresses_and_hashes_are_those_that_keras_fetches(keras_process):
    wanted = keras_process.call("tests.keras_networks:wanted_files")
    assert wanted == {name: [file.name, file.address, file.md5] for name, file in FILES.items()}


def test_every_row_that_wants_weights_wants_a_listed_file():
    models = [read_recipe(list_recipes()[name]).architecture["model"] for name in WANTING]
    assert set(models) == set(FILES) | set(PACKAGES)
    assert len([model for model in models if model in FILES]) == 28


def test_a_file_is_missing_right_or_wrong(home, published):
    file, content = published
    path = home / file.name
    assert state_of(path, file) == MISSING and find_weights("vgg16") is None
    path.write_bytes(content)
    assert state_of(path, file) == RIGHT and find_weights("vgg16") == path
    path.write_bytes(content[:-1])
    assert state_of(path, file) == WRONG


def test_a_wrong_file_is_refused_in_one_sentence_that_says_where_to_get_it(home, published):
    file, _ = published
    (home / file.name).write_bytes(b"cut off")
    with pytest.raises(TrainingError, match="another file or damaged") as refused:
        find_weights("vgg16")
    assert file.address in str(refused.value) and str(home) in str(refused.value)


@pytest.mark.parametrize("as_folder", [True, False])
def test_a_file_or_a_folder_that_is_named_comes_before_the_home(
    home, published, monkeypatch, tmp_path, as_folder
):
    file, content = published
    (home / file.name).write_bytes(content)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / file.name).write_bytes(content)
    monkeypatch.setenv(weights.VARIABLE, str(elsewhere if as_folder else elsewhere / file.name))
    assert find_weights("vgg16") == elsewhere / file.name


def test_what_is_named_and_is_not_there_is_told(home, monkeypatch, tmp_path):
    monkeypatch.setenv(weights.VARIABLE, str(tmp_path / "nowhere"))
    with pytest.raises(TrainingError, match="There is no file or folder of weights"):
        find_weights("vgg16")


def test_keras_loads_the_file_of_the_home_and_refuses_another(home, keras_process):
    wrong, same = keras_process.call("tests.keras_networks:loaded_from", str(home))
    assert f"is not {FILES['vgg16'].name} as Keras publishes it" in wrong
    assert same


def test_the_list_says_of_each_file_whether_it_is_there_and_who_wants_it(home, published, capsys):
    file, content = published
    (home / file.name).write_bytes(content)
    (home / FILES["vgg19"].name).write_bytes(b"cut off")
    assert main(["weights"]) == 0
    printed = capsys.readouterr().out
    states = {
        line.split()[1]: line.split()[0]
        for line in printed.splitlines()
        if line.split()[0] in (MISSING, RIGHT, WRONG) and line.split()[1] not in PACKAGES
    }
    assert states == {known.name: MISSING for known in FILES.values()} | {
        file.name: RIGHT, FILES["vgg19"].name: WRONG,
    }  # fmt: skip
    assert all(name in printed for name in WANTING)
    assert f"right   {next(iter(PACKAGES))}" in printed
    assert "4 of 6 are not there or not right" in printed


def test_train_says_at_once_that_the_weights_that_it_was_given_are_not_there(home, tmp_path, keras_process):
    assert main(["data", "schematic", "--training", "70", "--testing", "14"]) == 0
    nowhere = str(tmp_path / "nowhere")
    command = ("train", "pisa.vgg16_features", "--weights", nowhere)
    printed = keras_process.run(*command, home=home.parent, expect=1)
    assert printed.strip().endswith(f"There is no file or folder of weights {nowhere}.")
