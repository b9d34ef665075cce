"""The command that trains, run as people run it, and the variants that it made."""

import os
import subprocess
import sys

from fer_core import paths
from fer_core.variants.facts import Status
from fer_core.variants.registry import get_variant, list_variants

SHIPPED = "ece176.customnet_10"


def command(*arguments, **environment):
    return subprocess.Popen(
        [sys.executable, "-u", "-m", "fer_core", *map(str, arguments)],
        cwd=paths.REPOSITORY,
        env=os.environ | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def train(*arguments, expect=0, **environment):
    """Run the command as a user does; returns what it printed."""
    process = command("train", *arguments, **environment)
    text, _ = process.communicate(timeout=120)
    assert process.returncode == expect, text
    assert "Traceback" not in text
    return text


def trained():
    """The local variants by id, of which none may be broken."""
    local = [variant for variant in list_variants() if variant.origin == "local"]
    assert [variant.reason for variant in local if variant.status == Status.BROKEN] == []
    return {variant.id: variant for variant in local}


def kept(variant_id):
    facts = get_variant(variant_id).card.faceoff
    return facts["epochs_run"], facts["epochs_planned"], facts["epoch_kept"]
