"""After training: export, predict the test splits, and write the variant's folder with its card."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from fer_core import paths
from fer_core.card_texts import EARLY_STOPPING_ENDED
from fer_core.cards import write_card
from fer_core.classifier import Classifier, OnnxClassifier
from fer_core.data.audit import leaked
from fer_core.data.store import FER2013, Dataset
from fer_core.evaluation.metrics import card_metrics
from fer_core.evaluation.predictions import Predictions, write_predictions
from fer_core.files import recover_folder, replacing_folder
from fer_core.recipes import Recipe
from fer_core.training.checkpoint import LoopState
from fer_core.training.export import export_variant
from fer_core.training.loop import Trainer

TEST_SPLITS = ("PublicTest", "PrivateTest")
#: Faces of PublicTest on which export and framework are compared.
PARITY_FACES = 1000


def finish_variant(
    recipe: Recipe,
    run_facts: dict,
    dataset: Dataset,
    trainer: Trainer,
    state: LoopState,
    run: Path,
    cards: Path,
) -> Path:
    """Write ``cards/<id>/`` from a finished training; the old folder stays until the new one is complete.

    Args:
        recipe: as it was run.
        run_facts: ``run.json`` of the run.
        dataset: what it was trained on.
        trainer: holds the weights of the kept epoch.
        state: where the loop ended.
        run: the run's folder, with ``history.csv`` and ``recipe.yaml``.
        cards: parent of the variant's folder.

    Raises:
        ModelError: the exported graph does not answer like its framework.
    """
    target = cards / recipe.id
    recover_folder(target)
    with replacing_folder(target) as temporary:
        folder = temporary / recipe.id  # the card checks that its folder bears its id
        folder.mkdir()
        parity = export_variant(
            trainer, dataset.split("PublicTest").faces[:PARITY_FACES], folder / paths.MODEL, recipe.id
        )
        trainer.save_weights(folder / paths.WEIGHTS, half=True)
        (folder / paths.WEIGHTS).chmod(0o644)
        for name in (paths.HISTORY, paths.RECIPE):
            shutil.copyfile(run / name, folder / name)
        predictions = predict_splits(OnnxClassifier(folder / paths.MODEL, threads=2), dataset)
        write_predictions(folder / paths.PREDICTIONS, predictions)
        facts = _facts(recipe, run_facts, dataset, trainer, state)
        facts["export_parity"] = {key: float(f"{value:.3g}") for key, value in vars(parity).items()}
        facts["metrics"] = card_metrics(predictions)
        write_card(folder, facts)
        for file in folder.iterdir():
            file.rename(temporary / file.name)
        folder.rmdir()
    return target


def predict_splits(classifier: Classifier, dataset: Dataset) -> Predictions:
    """Answers of ``classifier`` for every picture of PublicTest and PrivateTest, leaks marked."""
    marks = leaked(dataset.splits)
    splits = {name: dataset.split(name) for name in TEST_SPLITS}
    return Predictions(
        split=np.concatenate([np.full(len(split), name) for name, split in splits.items()]),
        image=np.concatenate([split.names for split in splits.values()]),
        label=np.concatenate([split.labels for split in splits.values()]),
        leaked=np.concatenate([marks[name] for name in splits]),
        probs=np.concatenate([classifier.predict_proba(split.faces) for split in splits.values()]),
    )


def protocol_facts(protocol: str, dataset: Dataset, remark: str = "") -> str:
    """What a card says of the protocol it was measured under: the protocol's name first."""
    where = "" if dataset.name == FER2013 else "on other pictures"
    return ", ".join(filter(None, (protocol, remark, where)))


def recipe_facts(recipe: Recipe) -> dict:
    """What a card says of its recipe, trained or not; the keys stand where trained cards have them."""
    return {
        "id": recipe.id,
        "status": "",
        "summary": recipe.summary,
        "family": recipe.family,
        "framework": recipe.framework,
        "architecture": recipe.architecture.get("model", recipe.architecture["name"]),
        "seed": recipe.seed,
        "deviations": list(recipe.deviations),
        "reported": [dict(entry) for entry in recipe.reported],
    }


def _facts(recipe: Recipe, run_facts: dict, dataset: Dataset, trainer: Trainer, state: LoopState) -> dict:
    """The card's ``faceoff:`` block without its metrics."""
    deviations = list(recipe.deviations)
    planned = run_facts["epochs_planned"]
    if recipe.epochs < planned:
        deviations.append(f"At most {recipe.epochs} epochs were run instead of the recipe's {planned}.")
    if state.epoch < recipe.epochs:
        deviations.append(f"{EARLY_STOPPING_ENDED} the training after epoch {state.epoch}.")
    deviations += run_facts.get("deviations", [])
    if run_facts.get("start_from"):
        deviations.append(f"It began with the weights of {run_facts['start_from']}.")
    facts = recipe_facts(recipe) | {
        "status": "trained",
        "parameters": int(trainer.parameters),
        "parent": run_facts.get("parent", ""),
        "recipe_sha256": run_facts["recipe_sha256"],
        "data_sha256": run_facts["data_sha256"],
        "dataset": dataset.name,
        "protocol": protocol_facts(recipe.data.protocol, dataset),
        "epochs_planned": planned,
        "epochs_run": state.epoch,
        "epoch_kept": state.best_epoch,
        "device": run_facts["device"],
        "duration_s": round(run_facts["duration_s"], 1),
        "trained_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "git_commit": run_facts["git_commit"],
        "code_sha256": run_facts.get("code_sha256", ""),
        "environment": run_facts.get("environment", ""),
        "job": run_facts.get("job", ""),
        "deviations": deviations,
    }
    return {key: value for key, value in facts.items() if value != ""}
