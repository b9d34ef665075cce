"""Weights as TensorFlow.js stores them: a list of what they are, and bytes beside it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

import numpy as np

from fer_core.errors import AdaptationError


def read_manifest(data: bytes, name: str) -> dict[str, Any]:
    """The JSON of a network or of weights alone; ``weightsManifest`` holds the list in both cases."""
    try:
        content = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise AdaptationError(f"{name} can't be read as JSON.") from error
    content = {"weightsManifest": content} if isinstance(content, list) else content
    groups = content.get("weightsManifest") if isinstance(content, dict) else None
    if not isinstance(groups, list) or not all(map(_is_group, groups)):
        raise AdaptationError(f"{name} is no network of TensorFlow.js: it has no whole `weightsManifest`.")
    return content


def _is_group(group: Any) -> bool:
    """Whether it names files, and says what weights are in them."""
    if not isinstance(group, dict) or not isinstance(group.get("paths", []), list):
        return False
    weights = group.get("weights", [])
    return isinstance(weights, list) and all(
        isinstance(weight, dict) and isinstance(weight.get("quantization") or {}, dict) for weight in weights
    )


def wanted_files(content: Mapping[str, Any]) -> list[str]:
    """Names of the files that hold the weights."""
    return [
        PurePosixPath(str(path)).name
        for group in content["weightsManifest"]
        for path in group.get("paths", [])
    ]


def read_weights(content: Mapping[str, Any], files: Mapping[str, bytes], name: str) -> dict[str, np.ndarray]:
    """Arrays by name, quantised ones made floating-point again; AdaptationError where a file is missing or short."""
    arrays: dict[str, np.ndarray] = {}
    try:
        for group in content["weightsManifest"]:
            data = b"".join(files[PurePosixPath(path).name] for path in group["paths"])
            at = 0
            for weight in group["weights"]:
                stored = weight.get("quantization") or {}
                kind = np.dtype(stored.get("dtype", weight["dtype"]))
                count = int(np.prod(weight["shape"], dtype=np.int64))
                array = np.frombuffer(data, kind, count, at).reshape(weight["shape"])
                at += array.nbytes
                if "scale" in stored:
                    array = (array * stored["scale"] + stored["min"]).astype(weight["dtype"])
                arrays[weight["name"]] = array
    except KeyError as error:
        raise AdaptationError(f"{name} needs {error.args[0]!r}: give that file with it.") from error
    except (TypeError, ValueError) as error:
        raise AdaptationError(f"{name}: its weights are cut off or of another network.") from error
    return arrays
