"""Which tensors of a network are its convolutional layers, and which its scores."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from fer_core.classifier import OUTPUT
from fer_core.explain.steps import Step

_GATES = ("Sigmoid", "HardSigmoid")
_ACTIVATIONS = (
    "Relu", "LeakyRelu", "PRelu", "Elu", "Selu", "Clip", "HardSwish", "Tanh", "Softplus", "Gelu", *_GATES,
)  # fmt: skip
_NORMS = ("BatchNormalization", "InstanceNormalization", "Reshape", "Mul", "Add", "Sub", "Div")
#: After a softmax these keep a score a weighted sum of the scores before it.
_LINEAR = (
    "Identity", "Cast", "Gather", "Slice", "Concat", "Pad", "Reshape", "Squeeze", "Unsqueeze", "Transpose", "Add",
    "Sum", "Mean", "Mul", "Div", "MatMul", "ReduceMean", "ReduceSum", "Flatten", "Split",
)  # fmt: skip


@dataclass(frozen=True)
class Use:
    """One place where a layer is applied: the ``tensor`` it ends in, and whether it sees the face ``mirrored``."""

    tensor: str
    mirrored: bool


@dataclass(frozen=True)
class Layer:
    """A convolutional layer whose output still has places: its side lengths and how many channels it has."""

    name: str
    height: int
    width: int
    channels: int


def find_layers(
    steps: list[Step], constants: dict[str, np.ndarray], shapes: dict[str, tuple[int, ...]], order: list[str]
) -> tuple[dict[str, Layer], dict[str, list[Use]]]:
    """Convolutions of two dimensions with more than one place; those that share weights are one layer."""
    users, mirrored = _users(steps), _mirrored(steps, constants)
    place = {name: index for index, name in enumerate(order)}
    convolutions = [step for step in steps if step.operator == "Conv"]
    convolutions.sort(key=lambda step: place.get(step.outputs[0], len(place)))
    found: dict[str, list[Use]] = defaultdict(list)
    sizes = {}
    for step in convolutions:
        shape = shapes.get(step.outputs[0], ())
        if len(shape) == 4 and shape[2] * shape[3] > 1:
            key = step.inputs[1] if step.inputs[1] in constants else step.outputs[0]
            end = _activated(step.outputs[0], users, constants, shapes)
            found[key].append(Use(end, mirrored[end]))
            sizes[key] = shape
    names = dict(zip(found, short_names(found), strict=True))
    layers = {names[key]: Layer(names[key], shape[2], shape[3], shape[1]) for key, shape in sizes.items()}
    return layers, {names[key]: uses for key, uses in found.items()}


def short_names(names: Iterable[str]) -> list[str]:
    """The names without the parts, between dots and slashes, that all have at their start and end.

    Those that begin alike, as the layers of one member of an ensemble, are shortened among themselves as well. A
    name that would begin with a digit keeps the part before.
    """
    parts = _without_common([name.replace("/", ".").split(".") for name in names])
    beginnings = defaultdict(list)
    for part in parts:
        beginnings[part[0]].append(part[1:])
    shorter = {
        first: iter(_without_common(rests) if all(rests) else rests) for first, rests in beginnings.items()
    }
    return [".".join([part[0], *next(shorter[part[0]])]) for part in parts]


def _without_common(parts: list[list[str]]) -> list[list[str]]:
    """What is left of names, each a list of parts, without those that all begin or end with."""
    if len(parts) < 2:
        return parts
    before = ""
    while len({part[0] for part in parts}) == 1 and min(map(len, parts)) > 1:
        before, parts = parts[0][0], [part[1:] for part in parts]
    while len({part[-1] for part in parts}) == 1 and min(map(len, parts)) > 1:
        parts = [part[:-1] for part in parts]
    if before and any(part[0][:1].isdigit() for part in parts):
        parts = [[before, *part] for part in parts]
    return parts


def _users(steps: list[Step]) -> dict[str, list[Step]]:
    users = defaultdict(list)
    for step in steps:
        for name in dict.fromkeys(step.inputs):
            users[name].append(step)
    return users


def _activated(
    tensor: str, users: dict[str, list[Step]], constants: dict, shapes: dict[str, tuple[int, ...]]
) -> str:
    """The tensor after the norm and the activation that follow a convolution directly; ``tensor`` if none do.

    Grad-CAM is about activations (in the paper, rectified feature maps).
    """
    shape, best, at = shapes[tensor], tensor, tensor
    while True:
        following = users[at]
        gated = _gated(at, following)
        if gated is not None:
            return gated
        if len(following) != 1 or following[0].operator not in (*_NORMS, *_ACTIVATIONS):
            return best
        step = following[0]
        if any(name and name != at and name not in constants for name in step.inputs):
            return best
        at = step.outputs[0]
        if shapes.get(at) == shape:
            best = at
        if step.operator in _ACTIVATIONS:
            return best


def _gated(tensor: str, following: list[Step]) -> str | None:
    """The end of x · gate(x), as SiLU and hard swish are written; None where that does not follow."""
    gates = [step for step in following if step.operator in _GATES]
    products = [step for step in following if step.operator == "Mul"]
    if len(following) == 2 and gates and products:
        product = products[0]
        if set(product.inputs) == {tensor, gates[0].outputs[0]}:
            return product.outputs[0]
    return None


def _mirrored(steps: list[Step], constants: dict[str, np.ndarray]) -> dict[str, bool]:
    """Of each tensor, whether it comes from the face turned left to right."""
    mirrored: dict[str, bool] = defaultdict(bool)
    for step in steps:
        given = next((name for name in step.inputs if name and name not in constants), "")
        turned = mirrored[given] != _turns(step, constants)
        mirrored.update(dict.fromkeys(step.outputs, turned))
    return mirrored


def _turns(step: Step, constants: dict[str, np.ndarray]) -> bool:
    """Whether the step reverses the last axis of a picture."""
    if step.operator == "Slice" and len(step.inputs) == 5 and step.inputs[4] in constants:
        axes, strides = constants[step.inputs[3]].tolist(), constants[step.inputs[4]].tolist()
        return any(stride == -1 and axis in (-1, 3) for axis, stride in zip(axes, strides, strict=True))
    if step.operator == "Gather" and step.inputs[1] in constants and step.settings.get("axis") in (-1, 3):
        places = constants[step.inputs[1]].ravel()
        return len(places) > 1 and bool((np.diff(places) == -1).all())
    return False


def last_softmaxes(steps: list[Step], constants: dict[str, np.ndarray]) -> dict[str, str]:
    """Output -> input of the softmaxes that ``probs`` is a weighted sum of; empty where it is something else."""
    makers = {name: step for step in steps for name in step.outputs}
    found: dict[str, str] = {}
    waiting = [OUTPUT]
    while waiting:
        name = waiting.pop()
        if name in constants or not name:
            continue
        step = makers.get(name)
        if step is not None and step.operator == "Softmax":
            found[name] = step.inputs[0]
        elif step is not None and step.operator in _LINEAR:
            waiting += step.inputs
        else:
            return {}
    return found
