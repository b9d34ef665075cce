"""docs/architecture.md says what the contracts and the folders say."""

import re
import tomllib

import pytest

from fer_core import paths
from fer_core.variants.texts import NOT_FOR
from tests.entries import read_sources

PAGE = (paths.REPOSITORY / "docs" / "architecture.md").read_text(encoding="utf-8")
CONTRACTS = tomllib.loads((paths.REPOSITORY / "pyproject.toml").read_text())["tool"]["importlinter"][
    "contracts"
]
LAYERS = [
    [name.strip().removeprefix("fer_core.") for name in re.split("[|:]", layer)]
    for contract in CONTRACTS
    if contract["type"] == "layers" and "fer_core.cli" in contract["layers"][0]
    for layer in contract["layers"]
]
HEIGHT = {room: -index for index, layer in enumerate(LAYERS) for room in layer}
ARROWS = re.findall(r"^ +(\w+) --> (\w+)$", PAGE, re.M)


def test_the_table_lists_the_layers_as_the_contract_does():
    listed = {}
    for layer, rooms in re.findall(r"^\| (\d+) \| (.+?) \|", PAGE, re.M):
        listed.setdefault(int(layer), []).extend(re.findall(r"`(\w+)`", rooms))
    assert [sorted(listed[layer]) for layer in sorted(listed)] == [sorted(layer) for layer in LAYERS]


def test_every_room_of_the_core_stands_in_a_layer():
    core = paths.REPOSITORY / "fer_core"
    names = {path.stem for path in core.glob("*.py")} | {
        path.parent.name for path in core.glob("*/__init__.py")
    }
    assert names - {"__init__"} == set(HEIGHT)


@pytest.mark.parametrize(("source", "target"), ARROWS)
def test_data_goes_up_where_imports_point_down(source, target):
    assert HEIGHT[source] < HEIGHT[target]


@pytest.mark.parametrize("file", re.findall(r"`(fer_core/[\w/]+\.py)`", PAGE))
def test_a_file_that_the_page_names_is_there(file):
    assert (paths.REPOSITORY / file).is_file()


@pytest.mark.parametrize("page", ["README.md", "docs/api.md"])
def test_what_no_model_is_for_is_said_in_one_wording(page):
    assert NOT_FOR in " ".join((paths.REPOSITORY / page).read_text().split())
    sources = read_sources(paths.REPOSITORY, "fer_core", "dashboard", "pages")
    assert [module for module, text in sources.items() if "policing" in text] == ["fer_core.variants.texts"]
