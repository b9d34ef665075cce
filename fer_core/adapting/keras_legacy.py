"""Keras files of before Keras 3 whose configuration its reader takes no more, rewritten so that it does."""

from __future__ import annotations

import copy
import json
import shutil
from pathlib import Path
from typing import Any

CONFIG = "model_config"


def modern_copy(path: Path, folder: Path) -> Path:
    """An HDF5 file as Keras 3 reads it: ``path`` itself, or a copy in ``folder`` with another configuration.

    Keras up to 2.1 wrote a ``Sequential``'s layers as a bare list, and up to 2.x the shape of its input into its first
    layer, as ``batch_input_shape``; Keras 3 fails on the one, and reads one dimension too many from the other.
    """
    import h5py

    with h5py.File(path, "r") as file:
        text = file.attrs[CONFIG]
    config = json.loads(text.decode() if isinstance(text, bytes) else str(text))
    changed = modern_config(config)
    if changed == config:
        return path
    copied = folder / path.name
    shutil.copyfile(path, copied)
    with h5py.File(copied, "r+") as file:
        file.attrs[CONFIG] = json.dumps(changed)
    return copied


def modern_config(config: Any) -> Any:
    """``config`` with every old ``Sequential`` in it written as Keras 3 writes one."""
    if isinstance(config, list):
        return [modern_config(item) for item in config]
    if not isinstance(config, dict):
        return config
    changed = {key: modern_config(value) for key, value in config.items()}
    if changed.get("class_name") == "Sequential":
        changed["config"] = _modern_sequential(changed.get("config"))
    return changed


def _modern_sequential(config: Any) -> Any:
    if isinstance(config, list):
        config = {"name": "sequential", "layers": config}
    layers = config.get("layers") if isinstance(config, dict) else None
    if not isinstance(layers, list) or not layers or not isinstance(layers[0], dict):
        return config
    first = copy.deepcopy(layers[0])
    settings = first.get("config")
    if first.get("class_name") == "InputLayer" or not isinstance(settings, dict):
        return config
    shape = settings.pop("batch_input_shape", None)
    if shape is None:
        return config
    given = {"class_name": "InputLayer", "config": {"name": "faces_in", "batch_shape": shape}}
    return config | {"layers": [given, first, *layers[1:]]}
