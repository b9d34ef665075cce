"""What our own runs left behind, each file read once for all the claims that it bears on."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from fer_core.data.split import SplitName
from fer_core.errors import CardError
from fer_core.evaluation.distorted import read_robustness
from fer_core.evaluation.heat import Heat, read_heat
from fer_core.evaluation.history import CURVES, read_history
from fer_core.evaluation.resampling import Resampled, read_resampled
from fer_core.variants.facts import Status
from fer_core.variants.registry import Variant
from fer_core.variants.repeats import list_repeats


class Runs:
    """The trained ones of ``variants``, by id."""

    def __init__(self, variants: Iterable[Variant]) -> None:
        self.known = {variant.id: variant for variant in variants if variant.status == Status.TRAINED}
        self._resampled: dict[tuple[str, str], Resampled] = {}
        self._repeats: dict[str, tuple[str, ...]] | None = None

    def answers(self, name: str, split: str = SplitName.PRIVATE_TEST) -> Resampled:
        """Its answers to one split, with the bootstrap's draws; CardError if they can't be read."""
        if (name, split) not in self._resampled:
            self._resampled[name, split] = read_resampled(self.known[name].predictions_path, split)
        return self._resampled[name, split]

    def history(self, name: str) -> dict[str, np.ndarray]:
        """Its learning curves by column, an entry an epoch; empty where there are none, or they can't be read."""
        path = self.known[name].history_path
        try:
            table = pd.DataFrame() if path is None else read_history(path)[list(CURVES)]
        except CardError:
            return {}
        return {column: values.to_numpy(float) for column, values in table.items()}

    def kept(self, name: str) -> int | None:
        """Where in its curves the epoch stands that it kept: the last one unless its card names another."""
        epochs = self.history(name).get("epoch", np.array([]))
        kept = self.known[name].card.faceoff.get("epoch_kept")
        found = np.flatnonzero(epochs == kept) if kept is not None else np.arange(len(epochs))[-1:]
        return int(found[0]) if len(found) else None

    def robustness(self, name: str) -> pd.DataFrame | None:
        """Its figures by distortion; None where they were not measured, or can't be read."""
        path = self.known[name].robustness_path
        try:
            return None if path is None else read_robustness(path).set_index("distortion")
        except CardError:
            return None

    def heat(self, name: str) -> Heat | None:
        """Its heat maps over many faces; None where they were not made, or can't be read."""
        path = self.known[name].heat_maps_path
        try:
            return None if path is None else read_heat(path)
        except CardError:
            return None

    def repeats(self, name: str) -> tuple[str, ...]:
        """The runs that differ from it in nothing but their seed, itself among them; alone where there are none."""
        if self._repeats is None:
            groups = list_repeats(self.known.values())
            self._repeats = {each: repeats.ids for repeats in groups for each in repeats.ids}
        return self._repeats.get(name, (name,))
