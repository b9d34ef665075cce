"""What the files beside a network say of it: ``config.json`` and ``preprocessor_config.json`` of a model hub."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from fer_core.adapting.adaptation import Range
from fer_core.errors import AdaptationError

CONFIG, PREPROCESSOR = "config.json", "preprocessor_config.json"
NAMES = (CONFIG, PREPROCESSOR)
LARGEST_BYTES = 1_000_000
_UNIT = 1 / 255


def read_hub_files(files: Mapping[str, bytes]) -> dict[str, Any]:
    """Settings as :func:`fer_core.adapting.adaptation.changed` takes them, and ``network`` where its name is stated.

    Labels come from ``id2label`` (transformers) or ``label_names`` (timm), the range from ``image_mean``,
    ``image_std`` and ``rescale_factor``, or from timm's ``pretrained_cfg``. AdaptationError where a file is no JSON.
    """
    config, preprocessor = (_parsed(name, files.get(name, b"{}")) for name in NAMES)
    stated = _of_transformers(config, preprocessor)
    timm = config.get("pretrained_cfg")
    stated |= _of_timm(config, timm) if isinstance(timm, dict) else {}
    return {key: value for key, value in stated.items() if value}


def _of_transformers(config: dict[str, Any], preprocessor: dict[str, Any]) -> dict[str, Any]:
    side = preprocessor.get("size") or config.get("image_size")
    side = (side.get("height") or side.get("shortest_edge")) if isinstance(side, dict) else side
    names = config.get("id2label")
    labels = [names[key] for key in sorted(names, key=int)] if _is_numbered(names) else []
    settings = {"labels": tuple(map(str, labels)), "size": side if isinstance(side, int) else None}
    if preprocessor.get("do_rescale", True) and preprocessor:
        scale = preprocessor.get("rescale_factor", _UNIT)
        plain = preprocessor.get("do_normalize") is False
        mean, std = (None, None) if plain else (preprocessor.get("image_mean"), preprocessor.get("image_std"))
        settings["range"] = _range(scale, mean, std)
    return settings


def _of_timm(config: dict[str, Any], stated: dict[str, Any]) -> dict[str, Any]:
    shape = stated.get("input_size")
    return {
        "network": str(config.get("architecture", "")),
        "labels": _texts(config.get("label_names") or stated.get("label_names")),
        "size": shape[1] if isinstance(shape, list) and len(shape) == 3 else None,
        "range": _range(_UNIT, stated.get("mean"), stated.get("std")),
    }


def _range(scale: Any, mean: Any, std: Any) -> Range | None:
    def numbers(values: Any, otherwise: float) -> tuple[float, ...] | None:
        values = [otherwise] if values is None else values if isinstance(values, list) else [values]
        fine = values and all(isinstance(each, int | float) for each in values)
        return tuple(map(float, values)) if fine else None

    means, deviations = numbers(mean, 0.0), numbers(std, 1.0)
    if not isinstance(scale, int | float) or not means or not deviations or not scale or not all(deviations):
        return None
    return Range(_UNIT if abs(scale - _UNIT) < 1e-6 else float(scale), means, deviations)


def _texts(values: Any) -> tuple[str, ...]:
    return tuple(map(str, values)) if isinstance(values, list) else ()


def _is_numbered(names: Any) -> bool:
    return isinstance(names, dict) and bool(names) and all(str(key).isdecimal() for key in names)


def _parsed(name: str, data: bytes) -> dict[str, Any]:
    if len(data) > LARGEST_BYTES:
        raise AdaptationError(f"{name} has {len(data):,} bytes; at most {LARGEST_BYTES:,} are read.")
    try:
        content = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise AdaptationError(f"{name} can't be read as JSON.") from error
    return content if isinstance(content, dict) else {}
