"""What an ONNX network takes and answers, as its graph says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fer_core.emotions import EMOTIONS
from fer_core.errors import AdaptationError
from fer_core.faces.intake import LARGEST_INTAKE, SMALLEST_INTAKE
from fer_core.variants.classifier import INPUT, OUTPUT

if TYPE_CHECKING:
    import onnx

#: Of what an input may be made, by ONNX' numbers, and what NumPy calls it.
INPUT_KINDS = {1: "float32", 2: "uint8", 3: "int8", 6: "int32", 7: "int64", 10: "float16", 11: "float64"}
#: Of what an output may be made.
OUTPUT_KINDS = {1: "float32", 10: "float16", 11: "float64"}
MOST_CLASSES = 64


@dataclass(frozen=True)
class Signature:
    """Of a network that can be adapted.

    Attributes:
        input: its name.
        kind: what NumPy calls the input's numbers.
        layout: ``nchw``, ``nhwc`` or ``nhw``.
        channels: 1 or 3.
        size: pixels of a face's side; None where it is free.
        batch: how many faces it takes at once; None where that is free.
        outputs: names of outputs that may be the answer, and how many classes each has (None where that is free).
    """

    input: str
    kind: str
    layout: str
    channels: int
    size: int | None
    batch: int | None
    outputs: dict[str, int | None]


def honours_contract(model: onnx.ModelProto) -> bool:
    """Whether the graph has the contract's names, kinds and shapes, so that nothing need be built around it."""
    inputs, outputs = graph_inputs(model), list(model.graph.output)
    if [port.name for port in inputs] != [INPUT] or [port.name for port in outputs] != [OUTPUT]:
        return False
    (_, *faces), (_, *classes) = (_lengths(port) for port in (inputs[0], outputs[0]))
    kinds = [port.type.tensor_type.elem_type for port in (inputs[0], outputs[0])]
    square = len(faces) in (2, 3) and faces[0] == faces[1] and faces[2:] in ([], [3])
    free = _lengths(inputs[0])[:1] == [None]
    return kinds == [2, 1] and square and free and classes in ([len(EMOTIONS)], [None])


def graph_inputs(model: onnx.ModelProto) -> list[onnx.ValueInfoProto]:
    """Inputs that are given at each run; older files list their weights among them."""
    weights = {tensor.name for tensor in model.graph.initializer}
    return [port for port in model.graph.input if port.name not in weights]


def read_signature(model: onnx.ModelProto, name: str) -> Signature:
    """The signature; AdaptationError names all that no adaptation can mend."""
    inputs = graph_inputs(model)
    if len(inputs) != 1:
        raise AdaptationError(
            f"{name} has {len(inputs)} inputs ({', '.join(port.name for port in inputs)}); a network that names the "
            "emotion of a face has one, the picture."
        )
    port, lengths = inputs[0], _lengths(inputs[0])
    faults = []
    kind = INPUT_KINDS.get(port.type.tensor_type.elem_type)
    if kind is None:
        faults.append(f"its input `{port.name}` holds neither whole nor floating-point numbers")
    found = _read_shape(lengths)
    if found is None:
        faults.append(
            f"its input `{port.name}` has the shape {_shown(lengths)}, which is no batch of square pictures of 1 or 3 "
            f"channels with {SMALLEST_INTAKE} to {LARGEST_INTAKE} pixels a side"
        )
    outputs = {
        out.name: classes
        for out in model.graph.output
        if out.type.tensor_type.elem_type in OUTPUT_KINDS and (classes := _classes(_lengths(out))) is not None
    }
    if not outputs:
        shapes = ", ".join(f"`{out.name}` {_shown(_lengths(out))}" for out in model.graph.output)
        faults.append(f"of its outputs ({shapes}) none is a row of 2 to {MOST_CLASSES} numbers for each face")
    if faults:
        raise AdaptationError(f"{name} can't be adapted: {'; '.join(faults)}.")
    layout, channels, size = found
    return Signature(
        port.name, kind, layout, channels, size, lengths[0], {key: value or None for key, value in outputs.items()}
    )  # fmt: skip


def chosen_output(signature: Signature, wanted: str, classes: int | None, name: str) -> str:
    """Which output is the answer: the wanted one, that of so many classes, the one of seven or eight, the first."""
    if wanted:
        if wanted not in signature.outputs:
            raise AdaptationError(f"{name} has no output `{wanted}`; it has {', '.join(signature.outputs)}.")
        return wanted
    likely = [classes] if classes else [len(EMOTIONS), len(EMOTIONS) + 1]
    fitting = [key for number in likely for key, value in signature.outputs.items() if value == number]
    return next(iter([*fitting, *signature.outputs]))


def _read_shape(lengths: list[int | None]) -> tuple[str, int, int | None] | None:
    """Layout, channels and size."""
    if len(lengths) == 3:
        tries = [("nhw", 1, lengths[1:])]
    elif len(lengths) == 4:
        tries = [("nchw", lengths[1], lengths[2:]), ("nhwc", lengths[3], lengths[1:3])]
    else:
        return None
    for layout, channels, sides in tries:
        known = {side for side in sides if side}
        if (
            channels in (1, 3)
            and len(known) < 2
            and all(SMALLEST_INTAKE <= side <= LARGEST_INTAKE for side in known)
        ):
            return layout, channels, next(iter(known), None)
    return None


def _classes(lengths: list[int | None]) -> int | None:
    """Of an output (N, K), or (N, K, 1, 1) and the like; 0 where K is free; None where it is something else."""
    if len(lengths) < 2 or any(length not in (1, None) for length in lengths[2:]):
        return None
    classes = lengths[1]
    return 0 if classes is None else classes if 2 <= classes <= MOST_CLASSES else None


def _lengths(port: onnx.ValueInfoProto) -> list[int | None]:
    """Of a port's shape; None for a free one."""
    shape = port.type.tensor_type.shape
    return [
        each.dim_value if each.HasField("dim_value") and each.dim_value > 0 else None for each in shape.dim
    ]


def _shown(lengths: list[int | None]) -> str:
    return "(" + ", ".join("?" if length is None else str(length) for length in lengths) + ")"
