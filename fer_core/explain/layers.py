"""Which tensors of a network are its convolutional layers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from fer_core.explain.quantised import plain_name, without_rounding
from fer_core.explain.steps import Step

_CONVOLUTIONS = ("Conv", "ConvInteger")
_GATES = ("Sigmoid", "HardSigmoid")
_ACTIVATIONS = (
    "Relu", "LeakyRelu", "PRelu", "Elu", "Selu", "Clip", "HardSwish", "Tanh", "Softplus", "Gelu", *_GATES,
)  # fmt: skip
_NORMS = ("BatchNormalization", "InstanceNormalization", "Reshape", "Mul", "Add", "Sub", "Div")
#: What a batch norm is made of where its numbers are constants.
_AFFINE = ("BatchNormalization", "Mul", "Add", "Sub", "Div")
#: What layers of Keras call their operations and variables.
_INSIDE = ("convolution", "ReadVariableOp", "ReadVariableOp_1", "merged_input")


@dataclass(frozen=True)
class Use:
    """One place where a layer is applied: the ``tensor`` it ends in, whether it sees the face ``mirrored``, and the
    tensor in which a batch norm that follows its activation ends; ``tensor`` again where none does."""

    tensor: str
    mirrored: bool
    normed: str = ""


@dataclass(frozen=True)
class Layer:
    """A convolutional layer whose output still has places: its side lengths, how many channels it has, and whether a
    batch norm follows its activation."""

    name: str
    height: int
    width: int
    channels: int
    has_norm_after: bool = False


def layer_at_depth(layers: Sequence[Layer], depth: float, weights: Sequence[float] = ()) -> Layer:
    """The layer at ``depth``, 0–1, of the way from a network's first to its last; ``layers`` is not empty.

    In an ensemble, of whose members ``weights`` are, the way is that through the one with the greatest weight.
    """
    if len(weights) > 1:
        heaviest = f"m{max(range(len(weights)), key=weights.__getitem__)}."
        layers = [layer for layer in layers if layer.name.startswith(heaviest)] or layers
    return layers[round(depth * (len(layers) - 1))]


def find_layers(
    steps: list[Step], constants: dict[str, np.ndarray], shapes: dict[str, tuple[int, ...]], order: list[str]
) -> tuple[dict[str, Layer], dict[str, list[Use]]]:
    """Convolutions of two dimensions with more than one place; those that share weights are one layer.

    They come in the ``order`` of all tensors' names in which their outputs, see :func:`_end`, are computed.
    """
    steps = without_rounding(steps, constants)
    walk = _Walk(_users(steps), constants, shapes, _depths(steps))
    mirrored, place = _mirrored(steps, constants), {name: index for index, name in enumerate(order)}
    ends, shown = [], {}
    for step in steps:
        output = step.outputs[0]
        shape = shapes.get(output, ())
        if step.operator in _CONVOLUTIONS and len(shape) == 4 and shape[2] * shape[3] > 1:
            end = _end(output, walk)
            key = step.inputs[1] if step.inputs[1] in constants else output
            use = Use(end, mirrored[end], _normed(end, walk))
            ends.append((place.get(end, place.get(output, len(place))), key, use, shape))
            if key not in shown:
                name = plain_name(key)
                named = output if _is_anonymous(name) and not _is_anonymous(output) else name
                shown[key] = key if named in shown.values() else named
    uses: dict[str, list[Use]] = defaultdict(list)
    sizes = {}
    for _, key, use, shape in sorted(ends, key=lambda found: found[0]):
        uses[key].append(use)
        sizes[key] = shape
    names = dict(zip(uses, short_names(shown[key] for key in uses), strict=True))
    layers = {
        names[key]: Layer(
            names[key], shape[2], shape[3], shape[1], any(use.normed != use.tensor for use in uses[key])
        )
        for key, shape in sizes.items()
    }
    return layers, {names[key]: found for key, found in uses.items()}


def short_names(names: Iterable[str]) -> list[str]:
    """The names without the parts, between dots and slashes, that all have at their start and end.

    Those that begin alike, as the layers of one member of an ensemble, are shortened among themselves as well. A
    name that would begin with a digit keeps the part before.
    """
    whole = [name.replace("/", ".").split(".") for name in names]
    spoken = [_without_operations(parts) for parts in whole]
    parts = _without_common(spoken if len(set(map(tuple, spoken))) == len(whole) else whole)
    beginnings = defaultdict(list)
    for part in parts:
        beginnings[part[0]].append(part[1:])
    shorter = {
        first: iter(_without_common(rests) if all(rests) else rests) for first, rests in beginnings.items()
    }
    return [".".join([part[0], *next(shorter[part[0]])]) for part in parts]


def _is_anonymous(name: str) -> bool:
    """Whether the name is one that a converter made up, as ``const_fold_opt__267`` is: it names no layer."""
    return not set(name) & set("./")


def _without_operations(parts: list[str]) -> list[str]:
    """The name without what a layer of Keras calls the operations inside it."""
    kept: list[str] = []
    for part in (part.removesuffix(":0") for part in parts):
        again = bool(kept) and part.isidentifier() and f"{kept[-1]}_".startswith(f"{part}_")
        if not again:
            kept.append(part)
    while len(kept) > 1 and kept[-1] in _INSIDE:
        kept.pop()
    return kept


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


def _depths(steps: list[Step]) -> dict[str, int]:
    """Of each tensor, the most convolutions on a way to it from the face."""
    depths: dict[str, int] = defaultdict(int)
    for step in steps:
        depth = max((depths[name] for name in step.inputs), default=0) + (step.operator in _CONVOLUTIONS)
        depths.update(dict.fromkeys(step.outputs, depth))
    return depths


@dataclass(frozen=True)
class _Walk:
    """What is known on the way from a convolution to the end of its layer."""

    users: dict[str, list[Step]]
    constants: dict[str, np.ndarray]
    shapes: dict[str, tuple[int, ...]]
    depths: dict[str, int]

    def goes_on(self, tensor: str, step: Step) -> bool:
        """Whether the layer that has come to ``tensor`` goes on with ``step``, which alone uses it."""
        others = [name for name in step.inputs if name and name != tensor and name not in self.constants]
        if not others:
            return step.operator in (*_NORMS, *_ACTIVATIONS)
        deeper = all(self.depths[name] < self.depths[tensor] for name in others)
        first = step.inputs[0] == tensor and all(self.depths[name] <= self.depths[tensor] for name in others)
        return step.operator in ("Add", "Sum") and (deeper or first)


def _end(tensor: str, walk: _Walk) -> str:
    """The tensor in which the layer of a convolution's output ends: after the norm and the activation that follow.

    Grad-CAM is about activations (in the paper, rectified feature maps). The last convolution of a residual block
    ends with the block, after its sum; one in a shortcut ends before it.
    """
    shape, best, at = walk.shapes[tensor], tensor, tensor
    while True:
        following = walk.users[at]
        gated = _gated(at, following)
        if gated is not None:
            return gated
        if len(following) != 1 or not walk.goes_on(at, following[0]):
            return best
        at = following[0].outputs[0]
        if walk.shapes.get(at) == shape:
            best = at
        if following[0].operator in _ACTIVATIONS:
            return best


def _normed(tensor: str, walk: _Walk) -> str:
    """The end of the batch norm, whole or as a product and a sum with constants, that alone uses ``tensor``."""
    shape = walk.shapes.get(tensor)
    while len(following := walk.users[tensor]) == 1:
        step = following[0]
        alone = all(name in walk.constants for name in step.inputs if name and name != tensor)
        if not alone or step.operator not in _AFFINE or walk.shapes.get(step.outputs[0]) != shape:
            break
        tensor = step.outputs[0]
    return tensor


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
