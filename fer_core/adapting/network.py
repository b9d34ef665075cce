"""A network of elsewhere as it came: its graph in ONNX, and its own runtime to run it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from fer_core.adapting.building import with_free_batch
from fer_core.adapting.signature import Signature, chosen_output, read_signature
from fer_core.errors import AdaptationError, ModelError
from fer_core.variants.classifier import reason_of_runtime, start_session

if TYPE_CHECKING:
    import onnx

_BATCH = 32
#: How far answers to a face may differ alone and among others.
_SAME = 1e-4


@dataclass(frozen=True, eq=False)
class Network:
    """A network that can be adapted.

    Attributes:
        name: of its file.
        core: its graph, the batch free.
        signature: of the graph.
        own: runs it in its own runtime: pictures in the network's layout (N, ...) to the answer (N, K).
        made_with: how its graph came about, in words for the card; empty where the file is the graph.
        stated: settings that its files state.
        loose: its own runtime rounds otherwise than ONNX does, as one of whole numbers: see proving.
    """

    name: str
    core: onnx.ModelProto
    signature: Signature
    own: Callable[[np.ndarray], np.ndarray]
    made_with: str = ""
    stated: dict[str, Any] = field(default_factory=dict)
    loose: bool = False

    def answers(self, pictures: np.ndarray) -> np.ndarray:
        """Of its own runtime, (N, K), some faces at a time."""
        parts = [self.own(pictures[at : at + _BATCH]) for at in range(0, len(pictures), _BATCH)]
        return np.concatenate([np.asarray(part).reshape(len(part), -1) for part in parts])


def onnx_network(model: onnx.ModelProto, name: str, stated: dict[str, Any], output: str = "") -> Network:
    """Of an ONNX file that has passed its checks; AdaptationError where it has no fitting signature."""
    signature = read_signature(model, name)
    output = chosen_output(signature, output, len(stated.get("labels", ())) or None, name)
    own = runner(model, signature, output, name)
    return Network(
        name, freed(model, signature, output, name), signature, own, stated={**stated, "output": output}
    )


def runner(
    model: onnx.ModelProto, signature: Signature, output: str, name: str
) -> Callable[[np.ndarray], np.ndarray]:
    """Runs it in ONNX Runtime, as many faces at a time as the graph takes; ModelError where it can't."""
    session = start_session(model.SerializeToString(), name, threads=2)

    def run(pictures: np.ndarray) -> np.ndarray:
        step = signature.batch or len(pictures)
        missing = -len(pictures) % step
        filled = np.concatenate([pictures, np.repeat(pictures[-1:], missing, axis=0)])
        try:
            parts = [
                session.run([output], {signature.input: filled[at : at + step]})[0]
                for at in range(0, len(filled), step)
            ]
        except Exception as error:  # ONNX Runtime's errors share no public base class
            raise ModelError(
                f"{name} fails on pictures of the shape {pictures.shape[1:]}: {reason_of_runtime(error)}."
            ) from error
        return np.concatenate(parts)[: len(pictures)]

    return run


def freed(model: onnx.ModelProto, signature: Signature, output: str, name: str) -> onnx.ModelProto:
    """The graph with its batch free, proved on noise; AdaptationError where it can't be freed."""
    if signature.batch is None:
        return model
    own = runner(model, signature, output, name)
    side = signature.size or 48
    shape = {"nchw": (3, signature.channels, side, side), "nhwc": (3, side, side, signature.channels)}
    noise = np.random.default_rng(0).uniform(0, 1, shape.get(signature.layout, (3, side, side)))
    noise = (noise * 255).astype(signature.kind) if "int" in signature.kind else noise.astype(signature.kind)
    expected = own(noise)
    free = Signature(**{**vars(signature), "batch": None})
    for reshaped in (None, 0, -1):
        candidate = with_free_batch(model, reshaped)
        try:
            answers = runner(candidate, free, output, name)(noise)
        except ModelError:
            continue
        if answers.shape == expected.shape and np.abs(answers - expected).max() <= _SAME:
            return candidate
    raise AdaptationError(
        f"{name} takes {signature.batch} face(s) at a time, in a way that can't be changed from outside: export it "
        "with a free batch (in PyTorch `dynamic_shapes`, in tf2onnx an input of `[-1, ...]`)."
    )
