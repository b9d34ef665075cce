"""Put a local variant into the set that ships with the repository."""

from __future__ import annotations

import shutil
from pathlib import Path

from fer_core import paths
from fer_core.errors import CardError
from fer_core.files import replacing_folder
from fer_core.registry import MODEL_SIZE_LIMIT_BYTES, Variant

#: Native weights stay out where they and the ONNX file together exceed the limit, then the ONNX file too.
SHIPPED_FILES = (paths.CARD, paths.RECIPE, paths.HISTORY, paths.PREDICTIONS, paths.ROBUSTNESS)


def ship_variant(variant: Variant, shipped: Path = paths.SHIPPED_CARDS) -> Path:
    """Move a local trained variant to ``shipped``, without model files that are too large to keep.

    The local folder, with all its files, goes to ``FER_HOME/shipped/<id>``.

    Raises:
        CardError: the variant is not a local, trained one.
    """
    if variant.origin != "local" or variant.status != "trained":
        raise CardError(
            f"{variant.id} is {variant.origin} and {variant.status}; only a local, trained one can ship."
        )
    with replacing_folder(shipped / variant.id) as folder:
        for name in (*SHIPPED_FILES, *_kept_models(variant)):
            if (variant.folder / name).is_file():
                shutil.copyfile(variant.folder / name, folder / name)
    kept = paths.home() / "shipped" / variant.id
    shutil.rmtree(kept, ignore_errors=True)
    kept.parent.mkdir(exist_ok=True)
    shutil.move(variant.folder, kept)
    return shipped / variant.id


def _kept_models(variant: Variant) -> tuple[str, ...]:
    def weight(*names: str) -> int:
        files = [variant.folder / name for name in names]
        return sum(file.stat().st_size for file in files if file.is_file())

    for kept in ((paths.MODEL, paths.WEIGHTS), (paths.MODEL,)):
        if weight(*kept) <= MODEL_SIZE_LIMIT_BYTES:
            return kept
    return ()
