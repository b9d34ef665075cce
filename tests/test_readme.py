"""What the README tells people to type, typed."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from fer_core import paths
from fer_core.variants.card import read_card

README = (paths.REPOSITORY / "README.md").read_text(encoding="utf-8")
ADDING = README.partition("## Add a variant")[2].partition("\n## ")[0]

#: Runs the command line after the README's builder was added to the end of torch_nets.py, as it says.
WITH_THE_BUILDER = """
import sys
from pathlib import Path
import fer_core.architectures.torch_nets as torch_nets
exec(Path(sys.argv[1]).read_text(), vars(torch_nets))
from fer_core.__main__ import main
sys.exit(main(sys.argv[2:]))
"""


def block(language: str) -> str:
    """The one code block of that language in the section on adding a variant."""
    (found,) = re.findall(rf"```{language}\n(.*?)```", ADDING, re.DOTALL)
    lines = found.splitlines()
    indent = min(len(line) - len(line.lstrip()) for line in lines if line.strip())
    return "\n".join(line[indent:] for line in lines) + "\n"


def run(*command: str | Path, home: Path) -> None:
    done = subprocess.run(
        [sys.executable, *map(str, command)],
        cwd=paths.REPOSITORY,
        env=os.environ | {"FER_HOME": str(home)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr


def test_adding_a_network_takes_fewer_than_twenty_lines():
    lines = (block("python") + block("yaml")).splitlines()
    assert len([line for line in lines if line.strip()]) < 20


@pytest.mark.training
def test_a_network_added_as_the_readme_says_trains_and_gets_its_card(tmp_path):
    builder, recipe = tmp_path / "builder.py", tmp_path / "two_layers.yaml"
    builder.write_text(block("python"))
    recipe.write_text(block("yaml"))
    run("-m", "fer_core", "data", "schematic", "--training", "140", "--testing", "35", home=tmp_path)
    run("-c", WITH_THE_BUILDER, builder, "train", recipe, "--epochs", "1", home=tmp_path)
    card = read_card(tmp_path / "model_cards" / "mine.two_layers")
    assert card.status == "trained"
    assert card.metrics("private_test")["n"] == 35


def test_every_file_of_the_tree_is_there():
    tree = README.partition("## The tree")[2].partition("```")[2].partition("```")[0]
    indented = False
    for line in tree.strip().splitlines():
        names = re.match(r"\s*((?:\S+\.py|\S+/|\S+\.csv)(?: (?:\S+\.py|\S+/))*)", line)
        assert names, line
        indented = line.startswith("  ")
        parent = paths.REPOSITORY / ("fer_core" if indented else "")
        for name in names.group(1).split():
            assert (parent / name).exists(), name
