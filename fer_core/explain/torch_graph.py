"""A network of :mod:`fer_core.explain.graph` run in PyTorch, for the gradients that ONNX Runtime has not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from fer_core.errors import ExplanationError
from fer_core.explain.graph import Graph
from fer_core.explain.steps import Step
from fer_core.explain.torch_operators import OPERATORS
from fer_core.variants.classifier import INPUT, OUTPUT

# One face is little work: on a busy machine, threads that wait for one another take twenty times as long as one.
torch.set_num_threads(1)

#: The logarithm of a probability is taken of at least this much.
_SMALLEST = 1e-30


@dataclass(frozen=True, eq=False)
class Slopes:
    """What one face does to a network: ``probs`` float32 (7,), the requested emotion ``target`` 0–6,
    and, of each requested tensor, its values and the gradient of the target's score, both float32 in its shape."""

    probs: np.ndarray
    target: int
    values: dict[str, np.ndarray]
    gradients: dict[str, np.ndarray]


class TorchGraph:
    """A network that is ready to run."""

    def __init__(self, graph: Graph, name: str) -> None:
        """ExplanationError where it has an operator that is not known here; ``name`` stands in its sentence."""
        unknown = sorted({step.operator for step in graph.steps} - set(OPERATORS))
        if unknown:
            raise ExplanationError(
                f"{name} uses {', '.join(unknown)}, of which no gradient is known here: heat maps can't be made of it."
            )
        self._graph, self._name = graph, name
        self._constants = {key: torch.from_numpy(value.copy()) for key, value in graph.constants.items()}
        self._tail = _after(graph.steps, set(graph.softmaxes))

    def slopes(self, face: np.ndarray, tensors: Sequence[str], target: int | None = None) -> Slopes:
        """Run the network on ``face`` (uint8, as the graph takes it), and back to ``tensors`` from an emotion's score.

        The score is what stands before the softmax, as in the paper; where several softmaxes are averaged, the
        same average of their scores; where ``probs`` is made in another way, its logarithm. ``target`` is the
        emotion, 0–6, the answered one if None.
        """
        with torch.enable_grad():
            values = self._run(self._graph.steps, {INPUT: torch.from_numpy(face[None].copy())})
            probs = values[OUTPUT][0]
            chosen = int(probs.argmax()) if target is None else target
            scores = self._scores(values)
            wanted = [values[name] for name in tensors]
            given = [tensor for tensor in wanted if tensor.requires_grad]
            slopes = (
                torch.autograd.grad(scores[chosen], given, allow_unused=True) if scores.requires_grad else ()
            )
        found = {id(tensor): slope for tensor, slope in zip(given, slopes, strict=bool(slopes))}
        gradients = {
            name: _array(torch.zeros_like(tensor) if found.get(id(tensor)) is None else found[id(tensor)])
            for name, tensor in zip(tensors, wanted, strict=True)
        }
        return Slopes(_array(probs), chosen, {name: _array(values[name]) for name in tensors}, gradients)

    def _scores(self, values: dict[str, torch.Tensor]) -> torch.Tensor:
        if not self._graph.softmaxes:
            return values[OUTPUT][0].clamp_min(_SMALLEST).log()
        passed_by = {output: values[given] for output, given in self._graph.softmaxes.items()}
        if OUTPUT in passed_by:
            return passed_by[OUTPUT][0]
        return self._run(self._tail, values | passed_by)[OUTPUT][0]

    def _run(self, steps: list[Step], given: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
        values = self._constants | given
        for step in steps:
            inputs = [values[name] if name else None for name in step.inputs]
            try:
                result = OPERATORS[step.operator](step, *inputs)
            except Exception as error:  # of an operator of strangers, whatever PyTorch says
                raise ExplanationError(
                    f"{self._name} uses {step.operator} in a way that is not known here: heat maps can't be made of it."
                ) from error
            results = result if isinstance(result, tuple) else (result,)
            if self._begins_gradients(step, inputs, results):
                results[0].requires_grad_()
            values.update(zip(step.outputs, results, strict=False))
        return values

    def _begins_gradients(self, step: Step, inputs: list, results: tuple) -> bool:
        """Whether the step makes floating-point numbers of whole ones that come from the face."""
        makes = step.operator in ("Cast", "DequantizeLinear") and step.inputs[0] not in self._constants
        return makes and not inputs[0].is_floating_point() and results[0].is_floating_point()


def _after(steps: list[Step], names: set[str]) -> list[Step]:
    """The steps that depend on one of the tensors ``names``."""
    reached, found = set(names), []
    for step in steps:
        if reached & set(step.inputs):
            reached |= set(step.outputs)
            found.append(step)
    return found


def _array(tensor: torch.Tensor) -> np.ndarray:
    return tensor.detach().to(torch.float32).numpy()
