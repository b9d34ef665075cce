"""The answers about a picture as one picture to share."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image
from skimage import data

from fer_core.answers import answer_picture
from fer_core.faces.boxes import boxed
from fer_core.faces.pictures import Picture
from fer_core.handout.picture_card import WIDTH, picture_card
from fer_core.variants.classifier import FixedClassifier

HAPPY = FixedClassifier(np.eye(7, dtype=np.float32)[[3]])


def card_of(models: int, **options) -> tuple[Image.Image, np.ndarray]:
    """The card of the astronaut, and the picture with its boxes."""
    classifiers = {f"family.{number}": HAPPY for number in range(models)}
    answers = answer_picture(Picture(data.astronaut()), "secret name.png", classifiers, **options)
    return Image.open(io.BytesIO(picture_card(answers))), boxed(answers.picture.pixels, answers.faces)


def test_it_holds_the_picture_with_its_boxes_and_a_line_for_each_face_and_model():
    card, picture = card_of(2)
    left = (WIDTH - picture.shape[1]) // 2
    shown = np.asarray(card)[: picture.shape[0], left : left + picture.shape[1]]
    assert np.array_equal(shown, picture)
    assert card.width == WIDTH
    lines = card_of(3)[0].height - card.height
    with_one_more_face = card_of(2, drawn=(300, 300, 80, 80))[0]
    assert with_one_more_face.height - card.height == (2 + 2) * lines, (
        "two models, and a heading for each face"
    )


def test_it_holds_nothing_but_pixels():
    card, _ = card_of(1)
    assert card.format == "PNG" and card.mode == "RGB"
    assert card.info == {} and not card.getexif()
