"""Put a local variant into the set that ships with the repository."""

from __future__ import annotations

import shutil
from pathlib import Path

from fer_core import paths
from fer_core.errors import CardError
from fer_core.files import replacing_folder
from fer_core.registry import MODEL_SIZE_LIMIT_BYTES, Variant

#: What ships of every variant. Native weights stay out where they and the ONNX file together exceed a variant's
#: limit, then the ONNX file too.
SHIPPED_FILES = (paths.CARD, paths.RECIPE, paths.HISTORY, paths.PREDICTIONS, paths.ROBUSTNESS)
#: What the model files of all shipped variants may weigh together.
ALL_MODELS_LIMIT_BYTES = 120_000_000


def ship_variant(variant: Variant, shipped: Path = paths.SHIPPED_CARDS, with_weights: bool = True) -> Path:
    """Move a local trained variant to ``shipped``, without model files that are too large to keep.

    Native weights stay out too unless ``with_weights``: the variant answers as before, but can't be continued or
    run natively. The local folder, with all its files, goes to ``FER_HOME/shipped/<id>``.

    Raises:
        CardError: the variant is not a local, trained one.
    """
    if variant.origin != "local" or variant.status != "trained":
        raise CardError(
            f"{variant.id} is {variant.origin} and {variant.status}; only a local, trained one can ship."
        )
    with replacing_folder(shipped / variant.id) as folder:
        for name in (*SHIPPED_FILES, *_kept_models(variant, with_weights)):
            if (variant.folder / name).is_file():
                shutil.copyfile(variant.folder / name, folder / name)
    kept = paths.home() / "shipped" / variant.id
    shutil.rmtree(kept, ignore_errors=True)
    kept.parent.mkdir(exist_ok=True)
    shutil.move(variant.folder, kept)
    return shipped / variant.id


def _kept_models(variant: Variant, with_weights: bool) -> tuple[str, ...]:
    def weight(*names: str) -> int:
        files = [variant.folder / name for name in names]
        return sum(file.stat().st_size for file in files if file.is_file())

    for kept in ((paths.MODEL, paths.WEIGHTS), (paths.MODEL,))[not with_weights :]:
        if weight(*kept) <= MODEL_SIZE_LIMIT_BYTES:
            return kept
    return ()
