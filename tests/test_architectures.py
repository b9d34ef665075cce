"""The networks are those of the reports."""

import json
import subprocess
import sys

import pytest

from fer_core import paths
from fer_core.registry import list_variants

#: Counts that the reports print.
REPORTED = {"pisa.cnn5_class_weight": 1_029_223}


@pytest.fixture(scope="module", params=[("keras",), ("torch", "timm")], ids="+".join)
def counts(request):
    """Parameters by recipe id, counted where the framework may be imported."""
    command = [sys.executable, "-m", "tests.parameter_counts", *request.param]
    done = subprocess.run(command, cwd=paths.REPOSITORY, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_every_shipped_recipe_builds_the_network_that_its_card_counts(counts):
    cards = {variant.id: variant.parameters for variant in list_variants() if variant.origin == "shipped"}
    assert counts
    assert {name: cards.get(name, count) for name, count in counts.items()} == counts


def test_networks_whose_size_a_report_prints_have_that_size(counts):
    printed = {name: count for name, count in REPORTED.items() if name in counts}
    assert {name: counts[name] for name in printed} == printed
