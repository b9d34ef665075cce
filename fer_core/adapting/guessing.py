"""What a network seems to want, found by running it on labelled faces in the usual ways."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from fer_core.adapting.adaptation import RANGES, Adaptation, Range, changed
from fer_core.adapting.arithmetic import answered, kind_of, prepared
from fer_core.adapting.label_order import order_name, orders_of
from fer_core.adapting.network import Network
from fer_core.emotions import EMOTIONS, emotion_named, is_no_emotion
from fer_core.errors import AdaptationError
from fer_core.evaluation.metrics import best_assignment
from fer_core.faces.intake import FER_FACE, fitted

#: Faces of each emotion, as far as there are so many: to choose among ranges, then among orders of labels.
FEW, MORE = 20, 40
#: What is said or usual is believed unless another order is right on so much more: an error of the few faces.
MARGIN = 0.03
BY_ASSIGNMENT, AS_STATED = "as its answers fit best", "as its files name them"
#: Below, the guess is called doubtful.
_DOUBTFUL = 0.3


@dataclass(frozen=True)
class Guess:
    """What was found.

    Attributes:
        adaptation: the settings.
        right: share of faces on which the network is right with them, each emotion weighed as PublicTest has it.
        faces: how many it was run on.
        others: what else was tried, in words, with its share.
        notes: one sentence for each thing that could not be found out, or is doubtful.
    """

    adaptation: Adaptation
    right: float
    faces: int
    others: Mapping[str, float]
    notes: tuple[str, ...]

    @property
    def sentence(self) -> str:
        """``Right on 64 of 100; with alphabetical labels 33.``"""
        others = "".join(f"; {what} {100 * share:.0f}" for what, share in self.others.items())
        return f"Right on {100 * self.right:.0f} of 100 ({self.faces} faces of PublicTest){others}."


class _Trial:
    """Labelled faces, each emotion alike often, and what answers to them are worth."""

    def __init__(self, faces: np.ndarray, labels: np.ndarray) -> None:
        rng = np.random.default_rng(0)
        rows = [rng.permutation(np.flatnonzero(labels == emotion)) for emotion in range(len(EMOTIONS))]
        self.few = np.concatenate([each[:FEW] for each in rows])
        self.more = np.concatenate([each[FEW:MORE] for each in rows])
        self.all = np.concatenate([self.few, self.more])
        self._faces, self._labels = faces, labels
        chosen_faces = np.bincount(labels[self.all], minlength=len(EMOTIONS))
        share = np.bincount(labels, minlength=len(EMOTIONS)) / len(labels)
        self._weight = np.divide(share, chosen_faces, out=np.zeros(len(EMOTIONS)), where=chosen_faces > 0)

    def run(self, network: Network, adaptation: Adaptation, rows: np.ndarray) -> np.ndarray:
        """What the network itself answers, (rows, K)."""
        faces = fitted(self._faces[rows], adaptation.intake)
        return network.answers(prepared(faces, adaptation, network.signature.kind))

    def together(self, raw: np.ndarray) -> np.ndarray:
        """float (K, 7): how often each class is the first answer to each emotion, weighed; ``raw`` of all or few."""
        labels = self._labels[self.all[: len(raw)]]
        counts = np.zeros((raw.shape[1], len(EMOTIONS)))
        np.add.at(counts, (raw.argmax(axis=1), labels), self._weight[labels])
        return counts / self._weight[labels].sum()

    def right(self, raw: np.ndarray, adaptation: Adaptation) -> float:
        """Share of faces on which it is right."""
        labels = self._labels[self.all[: len(raw)]]
        hits = answered(raw, adaptation).argmax(axis=1) == labels
        return float((hits * self._weight[labels]).sum() / self._weight[labels].sum())


def guess(
    network: Network, faces: np.ndarray, labels: np.ndarray, given: Mapping[str, Any] | None = None
) -> Guess:
    """Find settings for ``network``.

    Args:
        network: as it came; what its files state is believed of size and range, and of labels unless another order is
            right far more often.
        faces, labels: of PublicTest, uint8 (N, 48, 48) and int (N,).
        given: settings that are not to be guessed, see :func:`fer_core.adapting.adaptation.read_settings`.

    Raises:
        AdaptationError: the settings don't fit the network.
        ModelError: it fails on every range.
    """
    given, stated = dict(given or {}), network.stated
    trial = _Trial(faces, labels)
    start = _start(network, given, stated)
    ranges = {"given": start.range} if "range" in given or stated.get("range") else _ranges(network, start)
    start, raw, other_ranges = _choose_range(network, trial, start, ranges)
    classes = raw.shape[1]
    start = _with(start, {"kind": given.get("kind", kind_of(raw))})
    if "labels" in given:
        chosen = _with(start, _named(given["labels"]) | given, classes)
        name, tried = "", {}
    else:
        name, chosen, tried = _choose_labels(trial, start, raw, stated.get("labels", ()), given)
    right = trial.right(raw, chosen)
    others = _other_orders(trial, raw, chosen, tried) | other_ranges
    return Guess(chosen, right, len(raw), others, _notes(network, chosen, name, right, given))


def _start(network: Network, given: Mapping[str, Any], stated: Mapping[str, Any]) -> Adaptation:
    """What the signature and the files say; labels are unknown yet."""
    signature = network.signature
    size = signature.size or given.get("size") or stated.get("size") or FER_FACE.size
    if signature.size and given.get("size", signature.size) != signature.size:
        raise AdaptationError(
            f"input.size: the network takes faces of {signature.size} pixels, not {given['size']}."
        )
    if given.get("layout", signature.layout) != signature.layout:
        raise AdaptationError(f"input.layout: the network's is {signature.layout}, not {given['layout']}.")
    start = Adaptation(
        size=size,
        labels=EMOTIONS,
        colour="rgb" if signature.channels == 3 else "grey",
        layout=signature.layout,
        channels=signature.channels,
        range=RANGES["0..255"],
        output=stated.get("output", ""),
    )
    stated_range = {"range": stated["range"]} if stated.get("range") and _fits(stated["range"], start) else {}
    settings = stated_range | {key: given[key] for key in ("colour", "range") if key in given}
    return changed(start, settings)


def _fits(stated: Range, start: Adaptation) -> bool:
    return all(len(values) in (1, start.channels) for values in (stated.mean, stated.std))


def _ranges(network: Network, start: Adaptation) -> dict[str, Range]:
    if not network.signature.kind.startswith("float"):
        return {"0..255": RANGES["0..255"]}
    return {name: known for name, known in RANGES.items() if _fits(known, start)}


def _choose_range(
    network: Network, trial: _Trial, start: Adaptation, ranges: Mapping[str, Range]
) -> tuple[Adaptation, np.ndarray, dict[str, float]]:
    """The range under which some assignment of labels is right most often, its answers, and what others reach."""
    few = {
        name: trial.run(network, _with(start, {"range": each}), trial.few) for name, each in ranges.items()
    }
    reached = {name: _reached(trial.together(np.nan_to_num(raw))) for name, raw in few.items()}
    best = sorted(reached, key=reached.get, reverse=True)[:2]
    raws = {}
    for name in best:
        raws[name] = few[name]
        if len(trial.more):
            more = trial.run(network, _with(start, {"range": ranges[name]}), trial.more)
            raws[name] = np.concatenate([few[name], more])
        raws[name] = np.nan_to_num(raws[name])
        reached[name] = _reached(trial.together(raws[name]))
    first = max(best, key=reached.get)
    others = {f"with pixels in {name}": reached[name] for name in best if name != first}
    return _with(start, {"range": ranges[first]}), raws[first], others


def _reached(together: np.ndarray) -> float:
    rows, emotions = best_assignment(together)
    return float(together[rows, emotions].sum())


def _choose_labels(
    trial: _Trial, start: Adaptation, raw: np.ndarray, stated: tuple[str, ...], given: Mapping[str, Any]
) -> tuple[str, Adaptation, dict[str, float]]:
    """The order's name, the settings with it, and how often each order that was tried is right."""
    classes = raw.shape[1]
    orders = {AS_STATED: stated} if len(stated) == classes and any(map(emotion_named, stated)) else {}
    orders |= orders_of(classes) | {BY_ASSIGNMENT: _best_labels(trial.together(raw))}
    rest = {key: value for key, value in given.items() if key in ("ignore", "merge")}
    tried = {name: _with(start, _named(labels) | rest, classes) for name, labels in orders.items()}
    right = {name: trial.right(raw, adaptation) for name, adaptation in tried.items()}
    highest = max(right.values())
    chosen = next(name for name in orders if right[name] >= highest - MARGIN)
    return chosen, tried[chosen], right


def _best_labels(together: np.ndarray) -> tuple[str, ...]:
    names = [
        "contempt" if len(together) == len(EMOTIONS) + 1 else f"class {row}" for row in range(len(together))
    ]
    for row, emotion in zip(*best_assignment(together), strict=True):
        names[row] = EMOTIONS[emotion]
    return tuple(names)


def _named(labels: tuple[str, ...]) -> dict[str, Any]:
    """Labels, and to ignore what is no emotion among them."""
    return {
        "labels": tuple(labels),
        "ignore": tuple(label for label in labels if emotion_named(label) is None),
    }


def _with(start: Adaptation, settings: Mapping[str, Any], classes: int | None = None) -> Adaptation:
    if classes is None or len(start.labels) == classes:
        return changed(start, settings)
    from dataclasses import replace

    blank = replace(start, labels=tuple(f"class {row}" for row in range(classes)))
    return changed(blank, settings)


def _other_orders(
    trial: _Trial, raw: np.ndarray, chosen: Adaptation, tried: Mapping[str, float]
) -> dict[str, float]:
    """The next best order that differs from the chosen one."""
    mine = [emotion_named(label) for label in chosen.labels]
    others = {
        name: trial.right(raw, _with(chosen, _named(labels) | {"merge": {}}))
        for name, labels in orders_of(raw.shape[1]).items()
        if [emotion_named(label) for label in labels] != mine
    }
    if AS_STATED in tried and tried[AS_STATED] < trial.right(raw, chosen) - MARGIN:
        return {f"with labels {AS_STATED}": tried[AS_STATED]}
    best = max(others, key=others.get, default="")
    return {f"with {best} labels": others[best]} if best else {}


def _notes(
    network: Network, chosen: Adaptation, name: str, right: float, given: Mapping[str, Any]
) -> tuple[str, ...]:
    notes = []
    if right < _DOUBTFUL:
        notes.append(
            f"With no settings that were tried it is right on more than {100 * right:.0f} of 100: say what it wants."
        )
    if name == BY_ASSIGNMENT:
        notes.append(f"Its labels are in no known order; its answers fit {order_name(chosen.labels)} best.")
    if network.signature.channels == 3 and "colour" not in given:
        notes.append("Whether it wants RGB or BGR can't be seen on grey faces: it is taken for RGB.")
    left_out = [label for label in chosen.ignore if not is_no_emotion(label)]
    if left_out:
        notes.append(f"{', '.join(left_out)}: left out; merge with an emotion what counts for one.")
    return tuple(notes)
