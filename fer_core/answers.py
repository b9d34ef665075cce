"""What models say about a picture: the one path that pages, command line and API share."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from fer_core.emotions import EMOTIONS
from fer_core.errors import NoFaceError
from fer_core.faces.cuts import Cuts
from fer_core.faces.finders import (
    SHARED_PART,
    SMALLEST_FACE,
    Box,
    FaceFinder,
    FoundFace,
    boxed_by_hand,
    shared_part,
    whole_picture,
)
from fer_core.faces.intake import intake_of
from fer_core.faces.pictures import (
    LARGEST_PIXELS,
    Picture,
    read_picture,
    shown_name,
)
from fer_core.faces.stills import find_faces, still_finder
from fer_core.variants.classifier import Classifier, load_classifier
from fer_core.variants.registry import get_variant, list_variants


@dataclass(frozen=True)
class Answers:
    """The answers of several models for the faces of one picture.

    Attributes:
        picture: as it was read, turned right.
        faces: that were answered, row by row from the top, each from left to right; at least one.
        doubtful: places that may be faces, and were not answered.
        probs: variant id -> float32 (faces, 7), rows sum to 1, in EMOTIONS order.
        milliseconds: variant id -> time of its one call on all faces.
        finding_ms: time spent on finding the faces.
    """

    picture: Picture
    faces: list[FoundFace]
    probs: dict[str, np.ndarray]
    milliseconds: dict[str, float]
    finding_ms: float
    doubtful: tuple[FoundFace, ...] = ()

    @property
    def notes(self) -> tuple[str, ...]:
        """What was done to the picture, one sentence each."""
        return self.picture.notes

    def without_pixels(self) -> Answers:
        """The same without the picture itself, of which one pixel is left: for keeping those of many."""
        return replace(self, picture=replace(self.picture, pixels=self.picture.pixels[:1, :1].copy()))


def load_classifiers(ids: Iterable[str] | None = None, runtime: str = "onnx") -> dict[str, Classifier]:
    """Classifiers by id, in the requested order; all that can answer where ``ids`` is None.

    ``runtime`` is ``"onnx"``, or ``"native"`` for each variant's own framework in a process of its own.
    Raises UnknownVariantError and ModelError as :func:`fer_core.variants.classifier.load_classifier` does.
    """
    if ids is None:
        ids = [variant.id for variant in list_variants() if variant.can_predict]
    if runtime == "native":
        from fer_core.training.native import NativeClassifier

        return {name: NativeClassifier(get_variant(name)) for name in ids}
    return {name: load_classifier(name) for name in ids}


def answer_picture(
    data: bytes | Picture,
    name: str,
    classifiers: Mapping[str, Classifier],
    *,
    whole: bool = False,
    finder: FaceFinder | None = None,
    largest_pixels: int = LARGEST_PIXELS,
    most_faces: int | None = None,
    doubtful: bool = False,
    quarter_turns: int = 0,
    drawn: Box | None = None,
) -> Answers:
    """Read a picture, find its faces and run every classifier on them.

    Args:
        data: the file's bytes: JPEG, PNG, WebP, HEIC or AVIF; or the picture read already.
        name: the file's name, for messages.
        classifiers: by variant id.
        whole: take the whole picture for one face instead of searching.
        finder: of this thread; a fresh default one otherwise.
        largest_pixels: a picture with more is refused before it is decoded.
        most_faces: of more faces than that the surest are answered, and a note says so.
        doubtful: answer places too of which the face finder is not sure.
        quarter_turns: turn the picture so often by 90 degrees, clockwise, before faces are searched.
        drawn: x, y, width, height in pixels of the (turned) picture: a face that a person drew a box about. It comes
            first, and what was found in the same place gives way to it.

    Raises:
        PictureError: the picture can't be used; as NoFaceError, no face was found in it.
    """
    picture = data if isinstance(data, Picture) else read_picture(data, name, largest_pixels)
    picture = turned(picture, quarter_turns)
    began = time.perf_counter()
    finder = None if whole else finder or still_finder()
    found = find_faces(picture.pixels, finder) if finder else [whole_picture(picture.pixels)]
    finding_ms = (time.perf_counter() - began) * 1000
    if drawn is not None:
        found = _with_drawn(found, boxed_by_hand(picture.pixels, drawn))
    faces = [face for face in found if face.sure or doubtful]
    left_out = tuple(face for face in found if not (face.sure or doubtful))
    if not faces:
        raise NoFaceError(_none_found(shown_name(name), len(left_out)))
    if most_faces is not None and len(faces) > most_faces:
        note = f"{len(faces)} faces were found; only the {most_faces} surest are answered."
        picture = replace(picture, notes=(*picture.notes, note))
        faces = _surest(faces, most_faces)
    probs, milliseconds = _run(classifiers, Cuts(picture.pixels, faces))
    return Answers(picture, faces, probs, milliseconds, finding_ms, left_out)


def _with_drawn(found: list[FoundFace], drawn: FoundFace) -> list[FoundFace]:
    """The drawn face first, and those that were found elsewhere."""
    return [drawn, *(face for face in found if shared_part(face.box, drawn.box) <= SHARED_PART)]


def _run(classifiers: Mapping[str, Classifier], cuts: Cuts) -> tuple[dict[str, np.ndarray], dict[str, float]]:
    """Each classifier's probs float32 (N, 7) for the faces as it takes them, and its milliseconds; by id."""
    probs, milliseconds = {}, {}
    for variant_id, classifier in classifiers.items():
        crops = cuts.of(intake_of(classifier))
        began = time.perf_counter()
        probs[variant_id] = classifier.predict_proba(crops)
        milliseconds[variant_id] = (time.perf_counter() - began) * 1000
    return probs, milliseconds


def turned(picture: Picture, quarter_turns: int) -> Picture:
    """The picture turned so often by 90 degrees, clockwise."""
    if quarter_turns % 4 == 0:
        return picture
    return replace(picture, pixels=np.ascontiguousarray(np.rot90(picture.pixels, -quarter_turns)))


def _none_found(name: str, doubtful: int) -> str:
    """Why nothing is answered, and what to do."""
    if doubtful:
        places = "1 place" if doubtful == 1 else f"{doubtful} places"
        return (
            f"No face was found in {name} for sure, but {places} that may be one: turn the picture if it is not "
            "upright, answer doubtful faces too, or take the whole picture for one face."
        )
    return (
        f"No face was found in {name}: use a picture with a face turned to the camera, upright and at least "
        f"{SMALLEST_FACE} pixels wide, or take the whole picture for one face."
    )


def _surest(faces: list[FoundFace], count: int) -> list[FoundFace]:
    """The ``count`` faces of the highest scores, in the order they came."""
    ranked = sorted(range(len(faces)), key=lambda index: -faces[index].score)
    return [faces[index] for index in sorted(ranked[:count])]


def answer_table(probs: Mapping[str, np.ndarray], milliseconds: Mapping[str, float]) -> pd.DataFrame:
    """What each variant says about each face: columns ``variant, face, emotion, prob, milliseconds``.

    ``probs`` are float (faces, 7) by variant id, in EMOTIONS order; ``face`` counts from 0; ``milliseconds`` is how
    long the variant's one call on all faces took.
    """
    tables = [
        pd.DataFrame(
            {
                "variant": name,
                "face": np.repeat(np.arange(len(answers)), len(EMOTIONS)),
                "emotion": np.tile(np.array(EMOTIONS, object), len(answers)),
                "prob": answers.ravel(),
                "milliseconds": milliseconds[name],
            }
        )
        for name, answers in probs.items()
    ]
    columns = ["variant", "face", "emotion", "prob", "milliseconds"]
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=columns)


def pictures_table(answered: Iterable[tuple[str, Answers]]) -> pd.DataFrame:
    """One row for each picture, face and variant: columns ``picture, face, sure, variant, says, prob`` and the seven
    emotions.

    ``answered`` are names and answers; ``face`` counts from 1; ``sure`` is False for doubtful faces; ``says`` is the
    emotion that the variant is most sure of, ``prob`` how sure; each emotion's column holds its probability.
    """
    rows = [
        {
            "picture": name,
            "face": face,
            "sure": found.sure,
            "variant": variant,
            "says": EMOTIONS[int(probs[face - 1].argmax())],
            "prob": float(probs[face - 1].max()),
            **dict(zip(EMOTIONS, map(float, probs[face - 1]), strict=True)),
        }
        for name, answers in answered
        for face, found in enumerate(answers.faces, start=1)
        for variant, probs in answers.probs.items()
    ]
    return pd.DataFrame(rows, columns=["picture", "face", "sure", "variant", "says", "prob", *EMOTIONS])


def agreement(table: pd.DataFrame) -> pd.DataFrame:
    """How many variants of an :func:`answer_table` name each face's favourite emotion.

    One row per face: ``face, emotion`` (named by most variants; of equals, the one with the higher mean
    probability), ``votes`` and ``variants`` (how many answered).
    """
    top = table.loc[table.groupby(["face", "variant"], sort=True)["prob"].idxmax()]
    votes = top.groupby(["face", "emotion"]).size().rename("votes")
    means = table.groupby(["face", "emotion"])["prob"].mean().rename("mean")
    ranked = votes.to_frame().join(means).reset_index().sort_values(["votes", "mean"], ascending=False)
    winners = ranked.drop_duplicates("face").sort_values("face", ignore_index=True)
    return winners[["face", "emotion", "votes"]].assign(variants=table["variant"].nunique())
