"""The drawn portraits that stand on pages before a picture is given."""

import cv2
import numpy as np
import pytest

from fer_core.data.portraits import PROTOTYPES, draw_portrait
from fer_core.emotions import EMOTIONS
from fer_core.errors import DataError
from fer_core.variants.classifier import load_classifier

#: The emotion that models learnt least of, and answer with least often.
RARE = "disgust"


def reduced(portrait):
    return cv2.resize(portrait, (48, 48), interpolation=cv2.INTER_AREA)


def test_every_emotion_has_a_portrait_of_its_own_and_always_the_same():
    assert set(PROTOTYPES) == set(EMOTIONS)
    drawn = {emotion: draw_portrait(emotion) for emotion in EMOTIONS}
    for emotion, portrait in drawn.items():
        assert portrait.shape == (240, 240) and portrait.dtype == np.uint8
        assert np.array_equal(portrait, draw_portrait(emotion))
    assert len({portrait.tobytes() for portrait in drawn.values()}) == len(EMOTIONS)


@pytest.mark.parametrize("emotion", EMOTIONS)
def test_a_portrait_shows_the_same_in_every_size(emotion):
    difference = reduced(draw_portrait(emotion)).astype(float) - reduced(draw_portrait(emotion, 480))
    assert np.abs(difference).mean() < 1


def test_an_emotion_that_has_no_portrait_is_named():
    with pytest.raises(DataError, match="There is no portrait of 'bored': take one of angry, disgust"):
        draw_portrait("bored")


@pytest.mark.parametrize("name", ["faceoff.base", "faceoff.small", "faceoff.tiny"])
def test_the_flagships_name_what_is_drawn_but_for_the_rarest_emotion(name):
    faces = np.stack([reduced(draw_portrait(emotion)) for emotion in EMOTIONS])
    answers = load_classifier(name).predict_proba(faces).argmax(axis=1)
    named = [EMOTIONS[answer] for answer in answers]
    assert [said for said, drawn in zip(named, EMOTIONS, strict=True) if drawn != RARE] == [
        emotion for emotion in EMOTIONS if emotion != RARE
    ]
