"""What is still to be trained, and the command that trains all of it."""

import os
import subprocess
import sys

from fer_core import paths
from fer_core.recipes.library import list_recipes
from fer_core.training.ledger import pending

TABLE = """# Ledger
| variant | epochs | state |
|---|---:|---|
| a.done | 10 | done |
| a.first (four rows) | stopping rule | pending |
| a.second, a.third | 20 | pending: stopped after 3 |
"""


def test_pending_rows_are_read_in_the_ledgers_order_with_how_far_they_are_to_go():
    assert list(pending(TABLE).items()) == [("a.first", None), ("a.second", 20), ("a.third", 20)]


def test_the_ledger_names_recipes_that_exist():
    assert set(pending()) <= set(list_recipes())


def test_training_all_that_is_pending_skips_what_is_done_and_says_what_stands_in_its_way(tmp_path):
    done, *missing = pending()
    (tmp_path / "rows" / done).mkdir(parents=True)
    command = subprocess.run(
        [sys.executable, "-m", "fer_core", "train", "--pending"],
        cwd=paths.REPOSITORY, env=os.environ | {"FER_HOME": str(tmp_path)}, capture_output=True, text=True,
    )  # fmt: skip
    assert command.returncode == 1
    assert f"`python -m fer_core ship {done}` puts it in its place" in command.stdout
    assert command.stdout.count("No data set has been imported") == len(missing)
