"""Weights (.safetensors) of a network that Faceoff or timm knows. Imports PyTorch: for the process that registers."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch

from fer_core.adapting.converting import OPSET, first_line, quiet
from fer_core.adapting.network import Network, onnx_network
from fer_core.adapting.signature import MOST_CLASSES
from fer_core.architectures.torch_nets import torch_nets
from fer_core.emotions import EMOTIONS
from fer_core.errors import AdaptationError, RecipeError

_SIZE = 48


def torch_network(
    path: Path, name: str, stated: Mapping[str, Any], architecture: Mapping[str, Any], size: int | None
) -> Network:
    """The network that ``architecture`` names with the weights of a file, and itself as its own runtime.

    Args:
        path: the safetensors file.
        name: what its owner calls it.
        stated: what the files beside it state.
        architecture: ``name`` and settings as recipes have them, or the name of a network of timm.
        size: of its faces, where known.

    Raises:
        AdaptationError: the network is not known, or the weights are another's.
    """
    from safetensors.torch import load_file

    try:
        state = load_file(path)
    except Exception as error:  # safetensors' errors share no public base class
        raise AdaptationError(f"{name} is no whole safetensors file: {first_line(error)}.") from error
    net = _filled(architecture, state, size or _SIZE, name).eval()
    side = size or _SIZE
    network = onnx_network(_exported(net, _channels(state), side, name), name, dict(stated))
    return Network(**vars(network) | {"own": _asking(net), "made_with": "exported from PyTorch"})


def _built(
    architecture: Mapping[str, Any], state: Mapping[str, Any], size: int, classes: int, name: str
) -> torch.nn.Module:
    own = architecture["name"] in torch_nets.names()
    settings = dict(architecture) if own else {"name": "timm_model", "model": architecture["name"]}
    settings.pop("weights", None)
    try:
        return torch_nets.build(settings, channels=_channels(state), size=size, classes=classes)
    except RecipeError as error:
        raise AdaptationError(
            f"{name}: neither Faceoff nor timm has a network {architecture['name']!r} so set: {first_line(error)}."
        ) from error


def _filled(
    architecture: Mapping[str, Any], state: Mapping[str, Any], size: int, name: str
) -> torch.nn.Module:
    """The network with the weights, of as many classes as they fit."""
    for classes in _classes(state):
        net = _built(architecture, state, size, classes, name)
        own = net.state_dict()
        wrong = sorted(key for key in set(own) | set(state) if _shape(own, key) != _shape(state, key))
        if not wrong:
            net.load_state_dict({key: state[key].to(own[key].dtype) for key in own})
            return net
    raise AdaptationError(
        f"{name} does not hold the weights of {architecture['name']}: {len(wrong)} of them are missing, not its own, "
        f"or of another shape, such as {wrong[0]}."
    )


def _shape(state: Mapping[str, Any], key: str) -> tuple[int, ...] | None:
    return tuple(state[key].shape) if key in state else None


def _channels(state: Mapping[str, Any]) -> int:
    """Of pictures, by the first convolution."""
    return next((int(value.shape[1]) for value in state.values() if value.ndim == 4), 3)


def _classes(state: Mapping[str, Any]) -> list[int]:
    """How many there may be, by the first lengths of small weights; the likeliest first."""
    lengths = {int(value.shape[0]) for value in state.values() if value.ndim in (1, 2)}
    few = sorted(length for length in lengths if 2 <= length <= MOST_CLASSES)
    return sorted(few, key=lambda length: abs(length - len(EMOTIONS))) or [len(EMOTIONS)]


def _exported(net: torch.nn.Module, channels: int, side: int, name: str) -> Any:
    import onnx

    example = torch.zeros((2, channels, side, side))
    with quiet(), tempfile.TemporaryDirectory() as folder:
        written = Path(folder) / "core.onnx"
        try:
            torch.onnx.export(
                net, (example,), str(written), input_names=["picture"], output_names=["answer"],
                dynamic_shapes=({0: torch.export.Dim("N")},), opset_version=OPSET, dynamo=True,
                external_data=False, verbose=False,
            )  # fmt: skip
            return onnx.load(written)
        except Exception as error:  # whatever its tracer meets
            raise AdaptationError(f"{name} can't be exported to ONNX: {first_line(error)}.") from error


def _asking(net: torch.nn.Module):
    def run(pictures: np.ndarray) -> np.ndarray:
        with torch.inference_mode():
            return net(torch.from_numpy(pictures)).float().numpy()

    return run
