"""Whatever strangers send is answered with one sentence, and never with a traceback."""

from __future__ import annotations

import os

from fer_core.errors import FerError
from tests import hostile
from tests.fixtures_variants import use_empty_folders

#: How many uploads; 300 are sent with FER_TEST_HOSTILE=300.
COUNT = int(os.environ.get("FER_TEST_HOSTILE") or 2 * sum(map(len, hostile.WAYS.values())))
SEED = int(os.environ.get("FER_TEST_HOSTILE_SEED") or 0)
#: What may be taken as it is: large, long or damaged, and still a picture; a card with a key more.
MAY_BE_TAKEN = {
    "odd_card",
    "png_in_pieces",
    "jpeg_in_pieces",
    "long_metadata",
    "text_bomb",
    "damaged",
    "allowed_scans",
    "huge_but_allowed",
    "interlaced",
}


def test_every_hostile_upload_is_answered_with_one_sentence(tmp_path, monkeypatch):
    use_empty_folders(monkeypatch, tmp_path)
    (tmp_path / "home").mkdir(exist_ok=True)
    taken, places = [], set()
    for number, upload in enumerate(hostile.uploads(COUNT, SEED)):
        places.add(upload.place)
        try:
            hostile.give(upload, tmp_path / "home")
        except FerError as error:
            sentence = str(error)
            assert sentence.isprintable() and 10 < len(sentence) < 1_000, (number, upload.made, sentence)
            assert sentence.endswith((".", "?")) and "Traceback" not in sentence, (
                number,
                upload.made,
                sentence,
            )
        except Exception as error:
            raise AssertionError(f"number {number}, {upload.made}: {error!r}") from error
        else:
            taken.append(upload.made)
    assert places == set(hostile.WAYS)
    assert set(taken) <= MAY_BE_TAKEN
