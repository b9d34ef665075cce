"""Learning rates over a training, the same numbers for every framework."""

from __future__ import annotations

import math

from fer_core.recipes.recipe import ScheduleSpec


class Schedule:
    """The learning rate at each step, as the recipe's ``schedule`` says.

    * ``constant``: the optimizer's learning rate throughout.
    * ``inverse_time``: ``rate / (1 + decay * step)``, what Keras' old ``decay`` argument did.
    * ``one_cycle``: cosine rise from rate/25 over the first ``warmup`` share of all steps, cosine fall
      to rate/10,000 (Smith & Topin 2018, in PyTorch's form).
    * ``plateau``: times ``factor`` after ``patience`` epochs without a lower validation loss, not below
      ``floor``.
    """

    def __init__(self, spec: ScheduleSpec, learning_rate: float, total_steps: int) -> None:
        self.spec = spec
        self.learning_rate = learning_rate
        self.total_steps = max(1, total_steps)
        self._plateau = {"scale": 1.0, "best": math.inf, "waited": 0}

    def rate(self, step: int) -> float:
        """Learning rate of the 0-based ``step``."""
        if self.spec.name == "inverse_time":
            return self.learning_rate / (1 + self.spec.decay * step)
        if self.spec.name == "one_cycle":
            return self.learning_rate * self._one_cycle(step)
        if self.spec.name == "plateau":
            return max(self.spec.floor, self.learning_rate * self._plateau["scale"])
        return self.learning_rate

    def epoch_ended(self, val_loss: float) -> None:
        """Give the schedule the epoch's validation loss."""
        plateau = self._plateau
        if val_loss < plateau["best"]:
            plateau["best"], plateau["waited"] = val_loss, 0
            return
        plateau["waited"] += 1
        if plateau["waited"] >= self.spec.patience:
            plateau["scale"] *= self.spec.factor
            plateau["waited"] = 0

    def state(self) -> dict:
        """What :meth:`restore` needs to go on as if nothing had happened; JSON-ready."""
        return dict(self._plateau)

    def restore(self, state: dict) -> None:
        self._plateau = dict(state)

    def _one_cycle(self, step: int) -> float:
        rise = max(1.0, self.spec.warmup * self.total_steps)
        if step < rise:
            return _cosine(1 / 25, 1.0, step / rise)
        return _cosine(1.0, 1e-4, (step - rise) / max(1.0, self.total_steps - rise))


def _cosine(start: float, end: float, share: float) -> float:
    return end + (start - end) * (1 + math.cos(math.pi * min(1.0, share))) / 2
