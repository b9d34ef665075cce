"""Mixed faces: what is laid over or cut into a face shows in its target by the same share."""

import numpy as np
import pytest

from fer_core.data.mixing import mix

WHITE, BLACK = 255, 0


def halves():
    """Black faces of the first class, then white ones of the second: a pixel's brightness is a share."""
    faces = np.repeat(np.array([BLACK, WHITE], np.uint8), 50)[:, None, None] * np.ones((1, 48, 48), np.uint8)
    return faces, np.repeat(np.eye(2, dtype=np.float32), 50, axis=0)


@pytest.mark.parametrize(("mixup", "cutmix"), [(1.0, 0.0), (0.0, 1.0), (0.4, 1.0)])
def test_a_mixed_face_is_as_bright_as_its_target_says(mixup, cutmix):
    faces, targets = halves()
    for seed in range(20):
        mixed, (soft, again) = mix(faces, [targets, targets], mixup, cutmix, np.random.default_rng(seed))
        assert mixed.shape == faces.shape and mixed.dtype == np.uint8
        assert np.allclose(soft.sum(axis=1), 1) and soft.dtype == np.float32
        assert np.array_equal(soft, again)
        assert np.abs(mixed.mean(axis=(1, 2)) / WHITE - soft[:, 1]).max() < 0.01
        assert np.array_equal(faces, halves()[0])


def test_pictures_are_cut_by_cutmix_and_blended_by_mixup():
    faces, targets = halves()
    cut = [mix(faces, [targets], 0.0, 1.0, np.random.default_rng(seed))[0] for seed in range(10)]
    assert set(np.unique(cut)) == {BLACK, WHITE}
    blended = [mix(faces, [targets], 1.0, 0.0, np.random.default_rng(seed))[0] for seed in range(10)]
    assert len(np.unique(blended)) > 10


def test_the_same_chance_mixes_alike():
    faces, targets = halves()
    first, again = (mix(faces, [targets], 0.2, 1.0, np.random.default_rng(3)) for _ in range(2))
    assert np.array_equal(first[0], again[0]) and np.array_equal(first[1], again[1])
