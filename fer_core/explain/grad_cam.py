"""Grad-CAM (Selvaraju et al. 2017, "Grad-CAM: visual explanations from deep networks via gradient-based
localization"): which places of a layer's feature maps speak for an emotion."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from fer_core.data.schematic import draw_faces
from fer_core.emotions import EMOTIONS
from fer_core.errors import ExplanationError, near_names
from fer_core.evaluation.heat import upscaled_maps
from fer_core.explain.graph import Graph, read_graph
from fer_core.explain.layers import Layer, Use
from fer_core.faces.intake import fitted
from fer_core.variants.classifier import Classifier, OnnxClassifier, check_faces

_PROOF_FACES = 2
#: How far probabilities may lie apart: float sums in another order, and the rounding of whole numbers.
_SAME, _ROUNDED = 1e-3, 0.1


@dataclass(frozen=True, eq=False)
class HeatMaps:
    """The maps of N faces at one layer.

    Attributes:
        layer: where they were made.
        target: int64 (N,), the emotion 0–6 that each map speaks of.
        probs: float32 (N, 7), the model's answers.
        coarse: float32 (N, height, width) of the layer, 0–1; the strongest place of a map is 1, and a map
            is 0 throughout where nothing in the layer speaks for the emotion.
        strength: float32 (N,), the strongest place before it was called 1, in units of the score.
    """

    layer: Layer
    target: np.ndarray
    probs: np.ndarray
    coarse: np.ndarray
    strength: np.ndarray

    @property
    def maps(self) -> np.ndarray:
        """float32 (N, 48, 48), 0–1: ``coarse`` drawn out linearly over the face."""
        return np.stack([upscaled_maps(coarse) for coarse in self.coarse])


class GradCam:
    """The heat maps of one model file. Imports PyTorch: for a process of its own."""

    def __init__(self, path: Path, name: str | None = None) -> None:
        """Read the network; ``name`` of the model stands in sentences.

        Raises:
            ModelError: the file can't be loaded.
            ExplanationError: it has no convolutional layer of more than one place, or an operator without a
                known gradient, or PyTorch makes other answers of its graph than ONNX Runtime.
        """
        from fer_core.explain.torch_graph import TorchGraph

        self._name = name or path.parent.name
        self._graph: Graph = read_graph(path)
        if not self._graph.layers:
            raise ExplanationError(
                f"{self._name} has no convolutional layer with more than one place: Grad-CAM has nothing to show."
            )
        self._network = TorchGraph(self._graph, self._name)
        self._prove(OnnxClassifier(path))

    def _prove(self, classifier: Classifier) -> None:
        """ExplanationError where the network as it is run here is not the one that answers: an operator may be used in
        a way in which PyTorch's does something else."""
        faces = draw_faces(len(EMOTIONS), 0).faces[:_PROOF_FACES]
        place = self._graph.uses[self.layers[-1].name][0].tensor
        here = np.stack(
            [self._network.slopes(face, [place]).probs for face in fitted(faces, self._graph.intake)]
        )
        apart = float(np.abs(here - classifier.predict_proba(fitted(faces, self._graph.intake))).max())
        rounded = any(step.operator == "QuantizeLinear" for step in self._graph.steps)
        if not apart <= (_ROUNDED if rounded else _SAME):
            raise ExplanationError(
                f"{self._name} answers otherwise where heat maps are made than in ONNX Runtime (by up to {apart:.2g}): "
                "they would be of another network."
            )

    @property
    def layers(self) -> list[Layer]:
        """From the face to the answer; the last one is the usual choice."""
        return list(self._graph.layers.values())

    def maps(
        self,
        faces: np.ndarray,
        layers: Sequence[str] | None = None,
        target: int | None = None,
        after_norm: bool = False,
    ) -> list[HeatMaps]:
        """The maps of ``faces`` at each of ``layers``.

        Args:
            faces: uint8 (N, 48, 48), or as the network takes them; N at least 1.
            layers: names; None for the last one alone.
            target: the emotion 0–6 that the maps speak of; None for what the model answers to each face.
            after_norm: where a batch norm follows a layer's activation, take what the norm makes of it. Else the norm
                counts as folded into the layers around it, as it is in every layer whose norm stands before its
                activation. The two differ by one number at all places of a map, before what is below 0 is cut off.

        Raises:
            ExplanationError: there is no such layer (the message lists near names).
            ValueError: the faces or the target are none.
        """
        faces = fitted(check_faces(faces, self._graph.intake), self._graph.intake)
        if not len(faces) or (target is not None and not 0 <= target < len(EMOTIONS)):
            raise ValueError(f"Maps need faces, not {len(faces)}, and an emotion from 0 to 6, not {target}.")
        chosen = [self._layer(name) for name in layers] if layers is not None else self.layers[-1:]
        uses = {layer.name: _at(self._graph.uses[layer.name], after_norm) for layer in chosen}
        tensors = [use.tensor for layer in chosen for use in uses[layer.name]]
        slopes = [self._network.slopes(face, tensors, target) for face in faces]
        targets = np.array([slope.target for slope in slopes], np.int64)
        probs = np.stack([slope.probs for slope in slopes])
        made = []
        for layer in chosen:
            raw = np.stack([_raw_map(uses[layer.name], slope.values, slope.gradients) for slope in slopes])
            strength = raw.max(axis=(1, 2))
            coarse = raw / np.where(strength > 0, strength, 1)[:, None, None]
            made.append(HeatMaps(layer, targets, probs, coarse.astype(np.float32), strength))
        return made

    def _layer(self, name: str) -> Layer:
        known = self._graph.layers
        if name not in known:
            raise ExplanationError(
                f"{self._name} has no convolutional layer {name!r}{near_names(name, known)}"
            )
        return known[name]


def _at(uses: Sequence[Use], after_norm: bool) -> list[Use]:
    return [replace(use, tensor=use.normed) for use in uses] if after_norm else list(uses)


def _raw_map(uses: Sequence[Use], values: dict, gradients: dict) -> np.ndarray:
    """float32 (h, w): the rectified sum of a layer's channels, each by its mean gradient.

    Of a layer that is used on the face and on its mirror image, the second map is turned back and added.
    """
    total = np.zeros(values[uses[0].tensor].shape[2:], np.float32)
    for use in uses:
        weights = gradients[use.tensor][0].mean(axis=(1, 2))
        summed = np.tensordot(weights, values[use.tensor][0], axes=1)
        total += summed[:, ::-1] if use.mirrored else summed
    return np.maximum(total, 0)
