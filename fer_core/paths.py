"""Every path of Faceoff. What users make lives under FER_HOME (default ``.faceoff/``)."""

from __future__ import annotations

import os
import re
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
SHIPPED_CARDS = REPOSITORY / "model_cards"
EXPERIMENTS = REPOSITORY / "experiments"
LEDGER = EXPERIMENTS / "LEDGER.md"
PEERS = EXPERIMENTS / "peers.yaml"

#: Names another database of jobs than :func:`jobs_database`, such as ``postgresql+psycopg://user@host/faceoff``.
JOBS_VARIABLE = "FER_JOBS_DATABASE"

# The files of a variant's folder.
CARD = "README.md"
MODEL = "model.onnx"
WEIGHTS = "weights.safetensors"
PREDICTIONS = "predictions.parquet"
HISTORY = "history.csv"
ROBUSTNESS = "robustness.csv"
HEAT_MAPS = "heat_maps.npz"
RECIPE = "recipe.yaml"

#: How long an id may be; ids are names of folders.
LONGEST_ID = 80
VARIANT_ID = re.compile(rf"(?=.{{1,{LONGEST_ID}}}\Z)[a-z0-9_]+\.[a-z0-9_]+")


def home() -> Path:
    """The folder of everything a user makes: ``$FER_HOME``, else ``.faceoff`` in the repository."""
    return Path(os.environ.get("FER_HOME") or REPOSITORY / ".faceoff").expanduser()


def data() -> Path:
    """The imported data set."""
    return home() / "data"


def test_sets() -> Path:
    """Your own labelled pictures, a folder each."""
    return home() / "test_sets"


def local_cards() -> Path:
    """Variants trained or registered by this user."""
    return home() / "model_cards"


def weights() -> Path:
    """Files of ImageNet weights, looked for here before they are downloaded."""
    return home() / "weights"


def rows() -> Path:
    """Shipped rows that were trained again and wait to be shipped."""
    return home() / "rows"


def detectors() -> Path:
    """Files of face detectors that were fetched."""
    return home() / "detectors"


def soft_labels() -> Path:
    """What teachers answered to training faces."""
    return home() / "soft_labels"


def runs() -> Path:
    """Trainings: logs, histories and checkpoints."""
    return home() / "runs"


def jobs_database() -> Path:
    """The truth about all jobs, where no other database is named."""
    return home() / "jobs.db"


def has_jobs() -> bool:
    """Whether jobs have ever been ordered here, or may have been elsewhere; cheap, and makes no database."""
    return jobs_database().is_file() or bool(os.environ.get(JOBS_VARIABLE))


def binned() -> Path:
    """Deleted variants, which can be restored."""
    return home() / "bin"


def machine() -> Path:
    """What identifies this machine, where its system keeps nothing of the kind."""
    return home() / "machine-id"


def paces() -> Path:
    """Seconds per epoch of networks: of finished trainings, and of a few steps that were tried."""
    return home() / "pace.json"


def latencies() -> Path:
    """Milliseconds per face, measured on this machine."""
    return home() / "latency.json"


def unfinished_robustness() -> Path:
    """Measurements on distorted faces that ended too early, to go on from."""
    return home() / "robustness"


def audit_log() -> Path:
    """Who changed what, and when."""
    return home() / "audit.jsonl"


def opening_page(port: int) -> Path:
    """The page with which a server's start opens a browser: it leads to the link that holds the token."""
    return home() / f"open-{port}.html"
