"""A file of a model, whatever its kind, as a network that can be adapted."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fer_core.adapting.hub_files import read_hub_files
from fer_core.adapting.kinds import (
    KERAS,
    SAFETENSORS,
    TFJS,
    TFLITE,
    refuse_large,
    refuse_other_files,
    suffix_of,
)
from fer_core.adapting.network import Network, onnx_network
from fer_core.adapting.onnx_checks import checked_model
from fer_core.errors import AdaptationError


def read_network(
    path: Path,
    name: str,
    beside: Mapping[str, bytes] | None = None,
    given: Mapping[str, Any] | None = None,
    architecture: str = "",
) -> Network:
    """Read a model's file with the library of its kind, which is imported for that.

    Args:
        path: the file.
        name: what its owner calls it; its end says the kind.
        beside: files of a model hub that lie beside it, by name.
        given: settings, see :func:`fer_core.adapting.adaptation.read_settings`.
        architecture: of weights alone: the network's name in Faceoff or timm.

    Raises:
        ModelError: it is of no kind that is read, too large, or not sound.
        AdaptationError: it holds code, can't be converted, or has no fitting input and output.
    """
    given = dict(given or {})
    with path.open("rb") as file:
        refuse_other_files(name, file.read(8))
    refuse_large(name, path.stat().st_size)
    stated, suffix = read_hub_files(beside or {}), suffix_of(name)
    output = str(given.get("output", ""))
    if suffix in KERAS:
        from fer_core.adapting.keras_files import keras_network

        return keras_network(path, name, stated, output)
    if suffix in TFLITE:
        from fer_core.adapting.tflite_files import tflite_network

        return tflite_network(path, name, stated, output)
    if suffix in TFJS:
        from fer_core.adapting.tfjs_files import tfjs_network

        return tfjs_network(path, name, beside or {}, stated, output)
    if suffix in SAFETENSORS:
        return _of_weights(path, name, stated, given, architecture)
    return onnx_network(checked_model(path.read_bytes(), name), name, stated, output)


def _of_weights(
    path: Path, name: str, stated: dict[str, Any], given: Mapping[str, Any], architecture: str
) -> Network:
    network = given.get("network") or architecture or stated.get("network")
    if not network:
        raise AdaptationError(
            f"{name} holds weights alone: name their network, one of Faceoff's or timm's, on the page, by "
            "`--architecture`, or as `network` in the settings."
        )
    from fer_core.adapting.torch_files import torch_network

    network = network if isinstance(network, dict) else {"name": network}
    return torch_network(path, name, stated, network, given.get("size") or stated.get("size"))
