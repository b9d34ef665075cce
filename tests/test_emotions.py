"""What others call the emotions, of pictures and of networks' classes alike."""

from collections import Counter

import pytest

from fer_core.adapting.label_order import placement
from fer_core.emotions import EMOTIONS, NO_EMOTION, ORDERS, STATES, SYNONYMS, emotion_named, is_other_class
from fer_core.test_sets.labels import Wishes, name_classes


@pytest.mark.parametrize(
    ("word", "emotion"),
    [
        ("Happiness", "happy"),
        ("1_fearful", "fear"),
        ("natural", "neutral"),
        ("joyful", "happy"),
        ("AN", "angry"),
        (" Suprise ", "surprise"),
        ("03-SADNESS", "sad"),
    ],
)
def test_a_word_is_the_same_emotion_as_a_folder_and_as_a_network_s_class(word, emotion):
    assert emotion_named(word) == emotion
    assert name_classes(Counter([word]), Wishes(), "folders").emotions == {word: emotion}
    assert placement((word,), {}, ())[0].argmax() == EMOTIONS.index(emotion)


@pytest.mark.parametrize("word", ["Contempt", "no-face", "no_face", "non-face", "NF", "7_contempt", "calm"])
def test_what_is_none_of_the_seven_is_left_out_and_no_slip(word):
    assert emotion_named(word) is None
    assert is_other_class(word)
    assert name_classes(Counter([word, "happy"]), Wishes(), "folders").emotions[word] == ""


def test_no_word_is_an_emotion_and_another_class():
    assert not SYNONYMS.keys() & (NO_EMOTION | STATES)
    assert not NO_EMOTION & STATES
    assert all(set(order) <= {*EMOTIONS, "contempt"} for order in ORDERS.values())
