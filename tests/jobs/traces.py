"""What a job's training left: its epochs, its history, and the trace of those that it began."""

import pandas as pd

from fer_core import paths
from fer_core.jobs import service
from fer_core.variants.registry import get_variant

#: Long enough to act in, epochs of 0.35 s.
SLOW = {"epochs": 8, "batch_s": 0.05}


def trained_epochs(job):
    return len(service.read_history(job))


def history(variant_id):
    return pd.read_csv(get_variant(variant_id).history_path).drop(columns="seconds")


def trace(job):
    """The epochs that were begun, in their order."""
    text = (paths.home() / "traces" / job.variant_id).read_text()
    return [int(line) for line in text.split()]
