"""The process that makes heat maps: ``python -m fer_core.explain.worker``.

It reads orders from standard input, one JSON object a line, and answers each with a line on standard output;
networks stay loaded between orders. It ends when its input does, or after a while without an order, and with it
the memory that PyTorch and the networks take.
"""

from __future__ import annotations

import base64
import importlib
import json
import os
import select
import sys
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from fer_core.errors import ExplanationError, FerError
from fer_core.explain.grad_cam import GradCam, HeatMaps
from fer_core.explain.layers import Layer

#: It ends after so long without an order.
IDLE_S = 120.0
_NETWORKS = 8
_LIBRARIES = {"torch": "PyTorch", "onnx": "ONNX", "onnxruntime": "ONNX Runtime"}


def main(idle_s: float) -> int:
    """Answer orders until there are no more."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what libraries print must not stand between answers
    while select.select([sys.stdin], [], [], idle_s)[0]:  # nobody sends a line before the last was answered
        line = sys.stdin.buffer.readline()
        if not line:
            break
        answers.write(json.dumps(_answer(json.loads(line))) + "\n")
        answers.flush()
    return 0


def packed(array: np.ndarray) -> dict[str, Any]:
    """An array as JSON holds it."""
    data = base64.b64encode(np.ascontiguousarray(array).tobytes()).decode()
    return {"dtype": array.dtype.str, "shape": list(array.shape), "data": data}


def unpacked(entry: dict[str, Any]) -> np.ndarray:
    """The array again."""
    return np.frombuffer(base64.b64decode(entry["data"]), entry["dtype"]).reshape(entry["shape"])


def read_maps(entry: dict[str, Any]) -> HeatMaps:
    """Heat maps as the process packed them."""
    arrays = {name: unpacked(entry[name]) for name in ("target", "probs", "coarse", "strength")}
    return HeatMaps(Layer(**entry["layer"]), **arrays)


def _answer(order: dict[str, Any]) -> dict[str, Any]:
    """``layers``, or ``maps``, or one sentence of ``error``; nothing of an order without a model, but PyTorch is loaded
    then."""
    try:
        if "model" not in order:
            importlib.import_module("fer_core.explain.torch_graph")
            return {}
        network = _network(order["model"], tuple(order["stamp"]), order["name"])
        if "faces" not in order:
            return {"layers": [vars(layer) for layer in network.layers]}
        names = [layer.name for layer in network.layers] if order["layers"] == "all" else order["layers"]
        maps = network.maps(unpacked(order["faces"]), names, order["target"], order["after_norm"])
        return {"maps": [_packed_maps(found) for found in maps]}
    except FerError as error:
        return {"error": str(error)}
    except Exception as error:  # whatever is in a network of strangers, the process lives on
        return {"error": str(ExplanationError(_sentence(order["name"], error)))}


def _sentence(name: str, error: Exception) -> str:
    if isinstance(error, ImportError):
        library = _LIBRARIES.get(error.name or "", error.name or "a library")
        return (
            f"Heat maps need {library}, which can't be loaded here: "
            f"`pip install {error.name or 'torch'}`, and ask again."
        )
    if isinstance(error, MemoryError):
        return f"{name} needs more memory for a heat map than there is."
    return f"{name} is built in a way that heat maps can't be made of ({type(error).__name__}: {error})."


@lru_cache(maxsize=_NETWORKS)
def _network(path: str, stamp: tuple[int, ...], name: str) -> GradCam:
    return GradCam(Path(path), name)


def _packed_maps(maps: HeatMaps) -> dict[str, Any]:
    arrays = {name: packed(getattr(maps, name)) for name in ("target", "probs", "coarse", "strength")}
    return {"layer": vars(maps.layer), **arrays}


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1]) if len(sys.argv) > 1 else IDLE_S))
