"""Keras files (.h5, .hdf5, .keras) as networks. Imports TensorFlow: for the process that registers."""

from __future__ import annotations

import json
import os
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from fer_core.adapting.converting import OPSET, first_line, quiet
from fer_core.adapting.keras_legacy import CONFIG, modern_copy
from fer_core.adapting.network import Network, onnx_network
from fer_core.errors import AdaptationError

_CODE = ("Lambda",)
_OWN_MODULES = ("keras", "builtins")
_LARGEST_CONFIG = 20_000_000


def keras_network(path: Path, name: str, stated: dict[str, Any], output: str = "") -> Network:
    """The network in a Keras file, and itself as its own runtime.

    Raises:
        AdaptationError: it holds code (a Lambda layer, layers of its maker's own), or can't be loaded or converted.
    """
    version = refuse_code(path, name)
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    import keras

    with quiet(), tempfile.TemporaryDirectory() as work:
        try:
            readable = modern_copy(path, Path(work)) if _is_h5(path) else path
            model = keras.saving.load_model(readable, compile=False, safe_mode=True)
        except Exception as error:  # whatever its reader meets in a file of strangers
            raise AdaptationError(
                f"{name} can't be loaded by Keras {keras.__version__} ({first_line(error)}): export it to ONNX "
                "where it was made."
            ) from error
        core = _converted(model, name)
    network = onnx_network(core, name, stated, output)
    return Network(
        **vars(network)
        | {
            "own": lambda pictures: np.asarray(model.predict_on_batch(pictures)),
            "made_with": f"converted from Keras{f' {version}' if version else ''} by tf2onnx",
        }
    )


def refuse_code(path: Path, name: str) -> str:
    """Look into the file without loading it: AdaptationError where loading could run its maker's code.

    Returns:
        The version of Keras that wrote it, where it says so.
    """
    try:
        config, version = _config_of_h5(path) if _is_h5(path) else _config_of_zip(path)
    except (OSError, KeyError, ValueError, zipfile.BadZipFile) as error:
        raise AdaptationError(
            f"{name} holds no Keras model with its network: files of weights alone can't be read."
        ) from error
    for kind, module in _classes(config):
        foreign = module and module.split(".")[0] not in _OWN_MODULES
        if kind in _CODE or foreign:
            raise AdaptationError(
                f"{name} has a layer `{kind}`, which is code of its maker and is not run: export it to ONNX where "
                "it was made."
            )
    return version


def _is_h5(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(4) == b"\x89HDF"


def _config_of_h5(path: Path) -> tuple[Any, str]:
    import h5py

    with h5py.File(path, "r") as file:
        text = file.attrs[CONFIG]
        version = file.attrs.get("keras_version", "")
    texts = [each.decode() if isinstance(each, bytes) else str(each) for each in (text, version)]
    return json.loads(texts[0]), texts[1]


def _config_of_zip(path: Path) -> tuple[Any, str]:
    with zipfile.ZipFile(path) as archive:
        if archive.getinfo("config.json").file_size > _LARGEST_CONFIG:
            raise ValueError("its config is too large")
        config = json.loads(archive.read("config.json"))
        metadata = json.loads(archive.read("metadata.json")) if "metadata.json" in archive.namelist() else {}
    return config, str(metadata.get("keras_version", ""))


def _classes(config: Any) -> Iterator[tuple[str, str]]:
    """Class names of everything in a configuration, with their modules."""
    waiting = [config]
    while waiting:
        item = waiting.pop()
        if isinstance(item, dict):
            if isinstance(item.get("class_name"), str):
                yield item["class_name"], str(item.get("module") or "")
            waiting += item.values()
        elif isinstance(item, list):
            waiting += item


def _converted(model: Any, name: str) -> Any:
    import onnx

    try:
        shape = [1 if side is None else side for side in model.inputs[0].shape]
        model(np.zeros(shape, np.float32), training=False)  # one that was never called is not exported
        with tempfile.TemporaryDirectory() as folder:
            written = Path(folder) / "core.onnx"
            model.export(str(written), format="onnx", opset_version=OPSET, verbose=False)
            return onnx.load(written)
    except Exception as error:  # as above
        raise AdaptationError(f"{name} can't be converted to ONNX: {first_line(error)}.") from error
