"""What models say about a picture: the one path that pages, command line and API share."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from fer_core.classifier import Classifier, load_classifier
from fer_core.errors import PictureError
from fer_core.faces import FaceFinder, FoundFace, default_finder, find_faces, whole_picture
from fer_core.pictures import Picture, read_picture
from fer_core.registry import get_variant, list_variants


@dataclass(frozen=True)
class Answers:
    """The answers of several models for the faces of one picture.

    Attributes:
        picture: as it was read, turned right.
        faces: found, in reading order; empty where there is none.
        probs: variant id -> float32 (faces, 7), rows sum to 1, in EMOTIONS order.
        milliseconds: variant id -> time of its one call on all faces.
        finding_ms: time spent on finding the faces.
    """

    picture: Picture
    faces: list[FoundFace]
    probs: dict[str, np.ndarray]
    milliseconds: dict[str, float]
    finding_ms: float

    @property
    def notes(self) -> tuple[str, ...]:
        """What was done to the picture, one sentence each."""
        return self.picture.notes


def load_classifiers(ids: Iterable[str] | None = None, runtime: str = "onnx") -> dict[str, Classifier]:
    """Classifiers by id, in the asked order; all that can answer where ``ids`` is None.

    ``runtime`` is ``"onnx"``, or ``"native"`` for each variant's own framework in a process of its own.
    Raises UnknownVariantError and ModelError as :func:`fer_core.classifier.load_classifier` does.
    """
    if ids is None:
        ids = [variant.id for variant in list_variants() if variant.can_predict]
    if runtime == "native":
        from fer_core.training.native import NativeClassifier

        return {name: NativeClassifier(get_variant(name)) for name in ids}
    return {name: load_classifier(name) for name in ids}


def answer_picture(
    data: bytes,
    name: str,
    classifiers: Mapping[str, Classifier],
    *,
    whole: bool = False,
    finder: FaceFinder | None = None,
) -> Answers:
    """Read a picture, find its faces and ask every classifier about them.

    Args:
        data: the file's bytes: JPEG, PNG or WebP.
        name: the file's name, for messages.
        classifiers: by variant id.
        whole: take the whole picture for one face instead of searching.
        finder: of this thread; a fresh default one otherwise.

    Raises:
        PictureError: the picture can't be used, or no face was found in it.
    """
    picture = read_picture(data, name)
    began = time.perf_counter()
    finder = None if whole else finder or default_finder()
    faces = find_faces(picture.pixels, finder) if finder else [whole_picture(picture.pixels)]
    finding_ms = (time.perf_counter() - began) * 1000
    if not faces:
        raise PictureError(
            f"No face was found in {name}: use a picture with a face turned to the camera, or take the whole "
            "picture for one face."
        )
    crops = np.stack([face.crop for face in faces])
    probs, milliseconds = {}, {}
    for variant_id, classifier in classifiers.items():
        began = time.perf_counter()
        probs[variant_id] = classifier.predict_proba(crops)
        milliseconds[variant_id] = (time.perf_counter() - began) * 1000
    return Answers(picture, faces, probs, milliseconds, finding_ms)
