"""Put a local variant into the set that ships with the repository."""

from __future__ import annotations

import shutil
from pathlib import Path

from fer_core import paths
from fer_core.data.split import FER2013
from fer_core.errors import CardError
from fer_core.literature.our_figures import reproduced_facts
from fer_core.machine.files import building_folder
from fer_core.roles.permissions import Identity, for_trainers
from fer_core.variants.card import write_card
from fer_core.variants.facts import Status
from fer_core.variants.registry import Origin, Variant, size_limit_bytes

#: What ships of every variant. Native weights stay out where they and the ONNX file together exceed a variant's
#: limit, then the ONNX file too.
SHIPPED_FILES = (
    paths.CARD,
    paths.RECIPE,
    paths.HISTORY,
    paths.PREDICTIONS,
    paths.ROBUSTNESS,
    paths.HEAT_MAPS,
)
#: What can be left out to save room: native weights alone, or the ONNX file as well.
WEIGHTS, MODELS = "weights", "models"
#: What the model files of all shipped variants may weigh together.
ALL_MODELS_LIMIT_BYTES = 120_000_000


@for_trainers("shipped a variant", "variant")
def ship_variant(
    variant: Variant,
    shipped: Path = paths.SHIPPED_CARDS,
    leave_out: str | None = None,
    *,
    by: Identity | None = None,
) -> Path:
    """Move a local trained variant to ``shipped``, without model files that are too large to keep.

    Without :data:`WEIGHTS` the variant answers as before, but can't be continued or run natively; without
    :data:`MODELS` it can be compared, not run, and its card says so. The local folder, with all its files, goes
    to ``FER_HOME/shipped/<id>``.

    Raises:
        NotAllowedError: the requester ``by`` may only look.
        CardError: the variant is not a local, trained one, or was not trained on all of FER2013.
    """
    if variant.origin != Origin.LOCAL or variant.status != Status.TRAINED:
        raise CardError(
            f"{variant.id} is {variant.origin} and {variant.status}; only a local, trained one can ship."
        )
    demand_shippable(variant)
    models = _kept_models(variant, leave_out)
    with building_folder(shipped / variant.id) as folder:
        for name in (*SHIPPED_FILES, *models):
            if (variant.folder / name).is_file():
                shutil.copyfile(variant.folder / name, folder / name)
        facts = variant.card.faceoff | reproduced_facts(variant)
        if not models:
            facts |= {"model_kept": False} | (
                {"model_bytes": variant.size_bytes} if variant.size_bytes else {}
            )
        write_card(folder, facts)
    kept = paths.home() / "shipped" / variant.id
    shutil.rmtree(kept, ignore_errors=True)
    kept.parent.mkdir(exist_ok=True)
    shutil.move(variant.folder, kept)
    return shipped / variant.id


def demand_shippable(variant: Variant) -> None:
    """CardError unless its figures are FER2013's, of a training on all training faces."""
    facts = variant.card.faceoff
    if facts.get("dataset", FER2013) != FER2013:
        raise CardError(f"{variant.id} was measured on {facts.get('dataset')}: only FER2013 figures ship.")
    if facts.get("training_share"):
        raise CardError(
            f"{variant.id} was a smoke run on a part of the faces: only what learnt from all can ship."
        )


def _kept_models(variant: Variant, leave_out: str | None) -> tuple[str, ...]:
    def weight(*names: str) -> int:
        files = [variant.folder / name for name in names]
        return sum(file.stat().st_size for file in files if file.is_file())

    choices = {None: 0, WEIGHTS: 1, MODELS: 2}
    for kept in ((paths.MODEL, paths.WEIGHTS), (paths.MODEL,))[choices[leave_out] :]:
        if weight(*kept) <= size_limit_bytes(variant.framework):
            return kept
    return ()
