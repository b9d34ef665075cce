"""A variant's ``README.md``: a model-hub card whose ``faceoff:`` block holds every fact about it."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from fer_core import paths
from fer_core.data.split import FER2013, Measured, SplitName
from fer_core.errors import CardError, quoted
from fer_core.machine.files import replacing
from fer_core.machine.plain_yaml import dump_yaml, load_yaml, read_text, reason_of
from fer_core.variants.facts import BROUGHT, Status, check_facts
from fer_core.variants.prose import compose_body

_HUB_LIBRARY = {
    "keras": "keras",
    "torch": "pytorch",
    "timm": "timm",
    "ensemble": "onnx",
    "quantised": "onnx",
    "onnx": "onnx",
    "answers": "other",
}
_HUB_LICENSE = "mit"
_BROUGHT_LICENSE = "other"  # its owner's
_HUB_SPLITS = {
    Measured.ALL: (SplitName.PRIVATE_TEST, SplitName.PRIVATE_TEST),
    Measured.CLEAN: ("PrivateTest without exact copies of training faces", "PrivateTest-clean"),
}
_HUB_METRICS = {
    "accuracy": ("accuracy", "Accuracy"),
    "macro_f1": ("f1", "Macro F1"),
    "weighted_f1": ("f1", "Weighted F1"),
    "log_loss": ("log_loss", "Log loss"),
    "ece": ("expected_calibration_error", "Expected calibration error, 15 bins"),
    "auc_macro": ("roc_auc", "Macro ROC AUC, one against the rest"),
    "auc_micro": ("roc_auc", "Micro ROC AUC, one against the rest"),
}

#: Characters of a card with its prose.
LARGEST_CARD = 2_000_000


@dataclass(frozen=True, eq=False)
class Card:
    """A parsed and checked card. ``metadata`` is the whole front matter, ``body`` the Markdown after it."""

    folder: Path
    metadata: dict[str, Any] = field(repr=False)
    body: str = field(repr=False)

    @property
    def faceoff(self) -> dict[str, Any]:
        """The ``faceoff:`` block: id, family, framework, protocol, metrics, reported and so on."""
        return self.metadata["faceoff"]

    @property
    def id(self) -> str:
        return self.faceoff["id"]

    @property
    def status(self) -> Status:
        """Trained or recipe-only."""
        return Status(self.faceoff["status"])

    @property
    def reported(self) -> list[dict[str, Any]]:
        """What the source report printed: entries of metric, value (or None), protocol and note."""
        return self.faceoff.get("reported") or []

    def metrics(self, split: Measured) -> dict[str, Any] | None:
        """The measured figures of these test faces, NaN where the card leaves one empty; None if not trained."""
        figures = (self.faceoff.get("metrics") or {}).get(split)
        return figures and {key: math.nan if value is None else value for key, value in figures.items()}


def read_card(folder: Path) -> Card:
    """Parse and check ``folder/README.md``; CardError names the folder and the key that is wrong."""
    path = folder / paths.CARD
    try:
        text = read_text(path, LARGEST_CARD)
    except FileNotFoundError as error:
        raise CardError(f"{folder.name}: there is no {paths.CARD} in the folder.") from error
    except (OSError, UnicodeDecodeError) as error:
        raise CardError(f"{folder.name}: {paths.CARD} is not a readable UTF-8 text file.") from error
    except yaml.YAMLError as error:
        raise CardError(f"{folder.name}: {paths.CARD} can't be read: {reason_of(error)}.") from error
    front_matter, body = _split(text, folder.name)
    try:
        metadata = load_yaml(front_matter)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f" at line {mark.line + 2}" if mark else ""
        reason = f"{line}: {getattr(error, 'problem', None) or reason_of(error)}"
        raise CardError(
            f"{folder.name}: the front matter of {paths.CARD} is not valid YAML{reason}."
        ) from error
    if not isinstance(metadata, dict) or not isinstance(metadata.get("faceoff"), dict):
        raise CardError(f"{folder.name}: {paths.CARD} lacks the block `faceoff:` in its front matter.")
    check_facts(metadata["faceoff"], folder.name)
    if metadata["faceoff"]["id"] != folder.name:
        raise CardError(
            f"{folder.name}: the card's `id` is {quoted(metadata['faceoff']['id'])}, not the folder's name."
        )
    return Card(folder, metadata, body)


def write_card(folder: Path, facts: dict[str, Any]) -> Card:
    """Write ``folder/README.md`` from the facts, whole or not at all, and return it as read back.

    ``facts`` is the ``faceoff:`` block itself, so that a read card's ``faceoff`` with new metrics can be
    written again. The training summary is taken from ``recipe.yaml`` where the folder has one.
    """
    text = compose_card(facts, _read_recipe(folder))
    with replacing(folder / paths.CARD) as unfinished:
        unfinished.write_text(text, encoding="utf-8")
    return read_card(folder)


def compose_card(facts: dict[str, Any], recipe: dict[str, Any] | None = None) -> str:
    """The whole card as text: hub keys, the ``faceoff:`` block, then prose. CardError for wrong facts."""
    name = str(facts.get("id", "This card"))
    check_facts(facts, name)
    metadata = {
        "license": _license(facts),
        "library_name": _HUB_LIBRARY[facts["framework"]],
        "pipeline_tag": "image-classification",
        "tags": ["facial-expression-recognition", "onnx", facts["family"]],
        "datasets": [_hub_dataset(facts)],
        "metrics": ["accuracy", "f1"],
    }
    if facts["status"] == Status.TRAINED:
        metadata["model-index"] = [{"name": facts["id"], "results": _hub_results(facts)}]
    metadata["faceoff"] = facts
    try:
        front_matter = dump_yaml(metadata)
    except yaml.YAMLError as error:  # such as a NumPy number
        raise CardError(
            f"{name}: the facts hold a value that is no text, number, list or mapping."
        ) from error
    return f"---\n{front_matter}---\n\n{compose_body(facts, recipe)}"


def _read_recipe(folder: Path) -> dict[str, Any] | None:
    """The folder's recipe as it stands in its file, or None where there is none."""
    try:
        recipe = load_yaml(read_text(folder / paths.RECIPE))
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise CardError(f"{folder.name}: {paths.RECIPE} is not a readable YAML file.") from error
    if not isinstance(recipe, dict):
        raise CardError(f"{folder.name}: {paths.RECIPE} is not a mapping of keys to values.")
    return recipe


def _license(facts: dict[str, Any]) -> str:
    if facts["framework"] not in BROUGHT:
        return _HUB_LICENSE
    return str(facts.get("licence", _BROUGHT_LICENSE)).lower()


def _hub_dataset(facts: dict[str, Any]) -> str:
    """The data set's name as a hub writes names: ``fer2013``, ``schematic-faces-seed-0``."""
    return re.sub(r"[^a-z0-9.]+", "-", facts.get("dataset", FER2013).lower()).strip("-")


def _hub_results(facts: dict[str, Any]) -> list[dict[str, Any]]:
    """The two splits as ``model-index`` results, in the form that a hub shows."""
    metrics, name = facts["metrics"], facts.get("dataset", FER2013)
    return [
        {
            "task": {"type": "image-classification", "name": "Facial expression recognition"},
            "dataset": {
                "type": _hub_dataset(facts),
                "name": f"{name} {_HUB_SPLITS[split][0]}",
                "split": _HUB_SPLITS[split][1],
            },
            "metrics": [
                {"type": kind, "value": metrics[split][key], "name": label}
                for key, (kind, label) in _HUB_METRICS.items()
                if metrics[split][key] is not None
            ],
        }
        for split in Measured
    ]


def _split(text: str, name: str) -> tuple[str, str]:
    """The text between the first two ``---`` lines, and what follows them."""
    lines = text.lstrip("\ufeff").splitlines(keepends=True)
    marks = [index for index, line in enumerate(lines) if line.rstrip() == "---"][:2]
    if len(marks) < 2 or marks[0] != 0:
        raise CardError(f"{name}: {paths.CARD} does not begin with front matter between two `---` lines.")
    return "".join(lines[1 : marks[1]]), "".join(lines[marks[1] + 1 :]).lstrip("\n")
