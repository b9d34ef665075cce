"""A quantised network's steps as those of the network that it was made of."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np

from fer_core.explain.steps import Step

_ROUNDING = ("QuantizeLinear", "DequantizeLinear")
#: What ONNX Runtime adds to the name of a weight that it folds a batch norm into, copies and quantises.
_ADDED = re.compile(r"^(?:Conv\w+Fusion_W_)?(.+?)(?:_token_\d+)?(?:_quantized)?$")


def without_rounding(steps: list[Step], constants: dict[str, np.ndarray]) -> list[Step]:
    """The steps but for those that round to integers and back, whose input stands for their output.

    Weights that are alike, as where ONNX Runtime has copied them for a network's second look at the face, stand
    under the name of the first.
    """
    kept: list[Step] = []
    instead: dict[str, str] = {}
    first: dict[tuple[bytes, ...], str] = {}
    for step in steps:
        inputs = tuple(instead.get(name, name) for name in step.inputs)
        if step.operator not in _ROUNDING:
            kept.append(replace(step, inputs=inputs))
            continue
        source = inputs[0]
        if source in constants:
            content = tuple(constants[name].tobytes() for name in inputs if name in constants)
            source = first.setdefault(content, source)
        instead[step.outputs[0]] = source
    return kept


def plain_name(weight: str) -> str:
    """The name that a quantised weight had before."""
    found = _ADDED.match(weight)
    return found[1] if found else weight
