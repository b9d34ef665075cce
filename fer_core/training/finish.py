"""After training: export, predict the test splits, and write the variant's folder with its card."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from fer_core import paths
from fer_core.data.split import Dataset, SplitName
from fer_core.errors import CardError
from fer_core.evaluation.metrics import card_metrics
from fer_core.evaluation.predictions import write_predictions
from fer_core.formats import counted
from fer_core.machine.bin import put_in_bin
from fer_core.machine.files import building_folder
from fer_core.machine.threads import own_cores
from fer_core.recipes.recipe import Recipe, write_recipe
from fer_core.test_sets.learnt import EXTRA, INHERITED, card_facts
from fer_core.training.checkpoint import CHECKPOINT, LoopState, history_text, kept_weights
from fer_core.training.export import export_variant
from fer_core.training.features import discard_features
from fer_core.training.trainer import Trainer
from fer_core.variants.card import read_card, write_card
from fer_core.variants.classifier import OnnxClassifier
from fer_core.variants.facts import Status
from fer_core.variants.test_splits import predict_splits, protocol_facts
from fer_core.variants.texts import BEGAN_WITH_WEIGHTS, EARLY_STOPPING_ENDED

#: Faces of PublicTest on which export and framework are compared.
PARITY_FACES = 1000


def finish_run(
    recipes: Sequence[Recipe],
    planned: Mapping[str, int],
    run_facts: dict,
    dataset: Dataset,
    trainer: Trainer,
    state: LoopState,
    run: Path,
    cards: Path,
    *,
    stepped: Callable[[], None] = lambda: None,
    warn: Callable[[str], None] = lambda sentence: None,
) -> list[Path]:
    """Write the folder of every variant of a finished run; returns them in the order of ``recipes``.

    Args:
        recipes: as they were run, the run's own first; the others keep epochs of it.
        planned: by id, how many epochs each recipe plans.
        run_facts: ``run.json`` of the run.
        dataset: what it was trained on.
        trainer: holds the weights of the first recipe's kept epoch.
        state: where the loop ended.
        run: the run's folder.
        cards: parent of the variants' folders. What lies there under the same id goes to the bin.
        stepped: called between the steps, each of which may take a minute; what it raises ends the work.
        warn: called with what has been put in the bin.

    Raises:
        ModelError: an exported graph does not answer like its framework.
    """
    folders = []
    for number, recipe in enumerate(recipes):
        facts, own = run_facts | {"epochs_planned": planned[recipe.id]}, state
        if number:
            facts |= {"recipe_sha256": recipe.sha256, "from_run": recipes[0].id}
            trainer.load_weights(run / CHECKPOINT / kept_weights(recipe.id))
            epochs = min(state.epoch, recipe.epochs)
            kept = state.kept[recipe.id][1]
            own = replace(state, epoch=epochs, best_epoch=kept, history=state.history[:epochs])
        folders.append(_finish_variant(recipe, facts, dataset, trainer, own, cards, stepped, warn))
    discard_features(run)
    return folders


def _finish_variant(
    recipe: Recipe,
    run_facts: dict,
    dataset: Dataset,
    trainer: Trainer,
    state: LoopState,
    cards: Path,
    stepped: Callable[[], None],
    warn: Callable[[str], None],
) -> Path:
    """Write ``cards/<id>/`` of one variant; what was there stays until the new one is complete."""
    target = cards / recipe.id
    with building_folder(target) as folder:
        parity = export_variant(
            trainer,
            dataset.split(SplitName.PUBLIC_TEST).faces[:PARITY_FACES],
            folder / paths.MODEL,
            recipe.id,
        )
        stepped()
        trainer.save_weights(folder / paths.WEIGHTS, half=True)
        (folder / paths.WEIGHTS).chmod(0o644)
        (folder / paths.HISTORY).write_text(history_text(state.history))
        write_recipe(recipe, folder / paths.RECIPE)
        predictions = predict_splits(OnnxClassifier(folder / paths.MODEL, threads=own_cores()), dataset)
        stepped()
        write_predictions(folder / paths.PREDICTIONS, predictions)
        facts = _facts(recipe, run_facts, dataset, trainer, state)
        facts["export_parity"] = {key: float(f"{value:.3g}") for key, value in vars(parity).items()}
        facts["metrics"] = card_metrics(predictions)
        write_card(folder, facts)
        if target.is_dir() and not _is_own(target, facts):
            put_in_bin(target)
            warn(f"The {recipe.id} that was there is in the bin now.")
    return target


def _is_own(folder: Path, facts: dict) -> bool:
    """Whether the same job wrote it, before it got a signal to end, and finishes it once more."""
    try:
        return bool(facts.get("job")) and read_card(folder).faceoff.get("job") == facts["job"]
    except CardError:
        return False


def _part_of_training(recipe: Recipe) -> str:
    held_out = f"{100 * recipe.data.hold_out:g} % of Training held out" if recipe.data.hold_out else ""
    shared = f"learnt from {100 * recipe.data.share:g} % of it" if recipe.data.share < 1 else ""
    return ", ".join(filter(None, (held_out, shared)))


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


def _deviations(recipe: Recipe, run_facts: dict, state: LoopState) -> list[str]:
    """Sentences on how the training departed from its recipe, and the recipe from its report."""
    deviations = list(recipe.deviations)
    planned = run_facts["epochs_planned"]
    if recipe.epochs < planned:
        deviations.append(
            f"At most {counted(recipe.epochs, 'epoch')} {'was' if recipe.epochs == 1 else 'were'} run instead of the "
            f"recipe's {planned}."
        )
    if state.epoch < recipe.epochs:
        deviations.append(f"{EARLY_STOPPING_ENDED} the training after epoch {state.epoch}.")
    if recipe.data.share < 1:
        deviations.append(
            f"A smoke run: it learnt from {100 * recipe.data.share:g} % of the training faces, of each emotion alike, "
            "so its figures are not those of its recipe."
        )
    deviations += run_facts.get("deviations", [])
    if run_facts.get("start_from"):
        deviations.append(f"{BEGAN_WITH_WEIGHTS} {run_facts['start_from']}.")
    return deviations


def _facts(recipe: Recipe, run_facts: dict, dataset: Dataset, trainer: Trainer, state: LoopState) -> dict:
    """The card's ``faceoff:`` block without its metrics."""
    facts = recipe_facts(recipe) | {
        "status": Status.TRAINED,
        "parameters": int(trainer.parameters),
        "parent": run_facts.get("parent", ""),
        "recipe_sha256": run_facts["recipe_sha256"],
        "data_sha256": run_facts["data_sha256"],
        "dataset": dataset.name,
        "protocol": protocol_facts(recipe.data.protocol, dataset, _part_of_training(recipe)),
        "epochs_planned": run_facts["epochs_planned"],
        "epochs_run": state.epoch,
        "epoch_kept": state.best_epoch,
        "training_share": recipe.data.share if recipe.data.share < 1 else "",
        "device": run_facts["device"],
        "duration_s": round(sum(row["seconds"] for row in state.history), 1),
        "trained_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "git_commit": run_facts["git_commit"],
        "code_sha256": run_facts.get("code_sha256", ""),
        "environment": run_facts.get("environment", ""),
        "job": run_facts.get("job", ""),
        "from_run": run_facts.get("from_run", ""),
        "precision": run_facts.get("precision", ""),
        "deviations": _deviations(recipe, run_facts, state),
    }
    learnt = card_facts((run_facts.get(INHERITED) or {}) | (run_facts.get(EXTRA) or {}))
    return {key: value for key, value in facts.items() if value != ""} | learnt
