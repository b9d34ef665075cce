"""Random changes of training batches."""

import math

import numpy as np
import pytest

from fer_core.data.augmentation import Augmentation, augment
from fer_core.data.schematic import draw_faces

FACES = draw_faces(28, 0).faces
EVERYTHING = Augmentation(
    rotation=15,
    zoom=0.2,
    shift=0.1,
    shear=0.2,
    horizontal_flip=True,
    brightness=0.3,
    contrast=0.3,
    cutout=0.25,
)


def test_the_same_chance_gives_the_same_pictures_and_leaves_the_originals_alone():
    before = FACES.copy()
    first = augment(FACES, EVERYTHING, np.random.default_rng(1))
    second = augment(FACES, EVERYTHING, np.random.default_rng(1))
    assert np.array_equal(first, second)
    assert not np.array_equal(first, augment(FACES, EVERYTHING, np.random.default_rng(2)))
    assert np.array_equal(FACES, before)
    assert first.dtype == np.uint8


@pytest.mark.parametrize(
    "settings", [{}, {"probability": 0.0, "rotation": 30.0, "brightness": 0.5, "cutout": 0.5}]
)
def test_no_change_asked_is_no_change_made(settings):
    assert np.array_equal(augment(FACES, Augmentation(**settings), np.random.default_rng(0)), FACES)


def test_a_flip_mirrors_about_half_of_the_pictures_exactly():
    faces = np.repeat(FACES[:1], 400, axis=0)
    flipped = augment(faces, Augmentation(horizontal_flip=True), np.random.default_rng(0))
    mirrored = (flipped == faces[:, :, ::-1]).all(axis=(1, 2))
    same = (flipped == faces).all(axis=(1, 2))
    assert (mirrored | same).all()
    assert 150 < mirrored.sum() < 250


def test_a_shift_moves_within_its_limit():
    dot = np.zeros((200, 48, 48), np.uint8)
    dot[:, 24, 24] = 255
    moved = augment(dot, Augmentation(shift=0.125, fill="black"), np.random.default_rng(0)).astype(float)
    ys, xs = np.mgrid[:48, :48]
    weight = moved.sum(axis=(1, 2))
    offsets = np.stack([(moved * grid).sum(axis=(1, 2)) / weight - 24 for grid in (ys, xs)])
    assert np.abs(offsets).max() <= 6.01
    assert offsets.std() > 2


def test_brightness_scales_a_picture_within_its_limit():
    grey = np.full((200, 48, 48), 100, np.uint8)
    means = augment(grey, Augmentation(brightness=0.3), np.random.default_rng(0)).mean(axis=(1, 2))
    assert 69.4 <= means.min() < 75
    assert 125 < means.max() <= 130.6


def test_cutout_greys_one_square_of_the_asked_side():
    white = np.full((50, 48, 48), 255, np.uint8)
    cut = augment(white, Augmentation(cutout=0.25), np.random.default_rng(0)) == 128
    assert (cut.sum(axis=(1, 2)) == 144).all()


def test_a_shear_in_degrees_moves_pixels_as_the_tangent_of_its_angle_does():
    faces = draw_faces(8, 3).faces
    degrees, tangent = (
        augment(faces, Augmentation(**shear), np.random.default_rng(5))
        for shear in ({"shear_degrees": 0.5}, {"shear": math.tan(math.radians(0.5))})
    )
    assert (
        np.abs(degrees.astype(int) - tangent).max() <= 1
    )  # the tangent is a straight line up to 0.5 degrees
    strong = augment(faces, Augmentation(shear_degrees=30), np.random.default_rng(5))
    assert np.abs(strong.astype(int) - faces).mean() > 5 * np.abs(degrees.astype(int) - faces).mean()
