"""Which tensors of a network are the scores that its probabilities come from."""

from __future__ import annotations

import numpy as np

from fer_core.explain.steps import Step
from fer_core.variants.classifier import OUTPUT

#: After a softmax these keep a score a weighted sum of the scores before it.
_LINEAR = (
    "Identity", "Cast", "Gather", "Slice", "Concat", "Pad", "Reshape", "Squeeze", "Unsqueeze", "Transpose", "Add",
    "Sum", "Mean", "Mul", "Div", "MatMul", "ReduceMean", "ReduceSum", "Flatten", "Split",
)  # fmt: skip


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
