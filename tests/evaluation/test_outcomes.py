"""What a file of predictions came to, face by face."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from fer_core.data.split import SplitName
from fer_core.errors import CardError
from fer_core.evaluation.outcomes import outcomes_in, outcomes_of
from fer_core.evaluation.predictions import read_predictions, write_predictions
from tests.fixtures_variants import make_predictions


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "predictions.parquet"
    write_predictions(path, make_predictions(70, 1))
    return path


def with_images(path, images):
    table = pq.read_table(path)
    pq.write_table(table.set_column(table.column_names.index("image"), "image", images), path)


@pytest.mark.parametrize("split", [SplitName.PUBLIC_TEST, SplitName.PRIVATE_TEST])
def test_outcomes_read_from_a_file_are_those_of_its_predictions(path, split):
    read, computed = outcomes_in(path, split), outcomes_of(read_predictions(path), split)
    for name in ("label", "predicted", "loss", "leaked"):
        assert np.array_equal(getattr(read, name), getattr(computed, name)), name
        assert getattr(read, name).dtype == getattr(computed, name).dtype, name
    assert read.faces == computed.faces


def test_other_pictures_another_order_and_other_labels_are_other_faces(path):
    answers = read_predictions(path)
    same = outcomes_of(answers).faces
    names = answers.image.tolist()
    others = {
        "another order": names[::-1],
        "one other": [*names[:-1], "other"],
        "cut elsewhere": [*names[:-2], names[-2] + names[-1][:1], names[-1][1:]],
    }
    for words, changed in others.items():
        assert outcomes_of(replace(answers, image=np.array(changed))).faces != same, words
    assert outcomes_of(replace(answers, label=6 - answers.label)).faces != same
    assert outcomes_of(replace(answers, probs=answers.probs[::-1])).faces == same


def test_names_may_be_numbers_or_coded_but_must_be_names(path):
    count = len(read_predictions(path))
    with_images(path, pa.array(range(count)))
    numbered = outcomes_in(path).faces
    with_images(path, pa.array([str(number) for number in range(count)]).dictionary_encode())
    assert outcomes_in(path).faces == numbered
    with_images(path, pa.array([[number] for number in range(count)]))
    with pytest.raises(CardError, match="the column image holds no names"):
        outcomes_in(path)
