"""predictions.parquet: what is written is read back, and what is wrong is named."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from fer_core.errors import CardError
from fer_core.evaluation.predictions import (
    COLUMNS,
    counts_by_split,
    leaked_by_split,
    read_predictions,
    write_predictions,
)
from tests.fixtures_variants import make_predictions


@pytest.fixture
def predictions():
    return make_predictions(faces_per_split=70, seed=3)


def test_written_predictions_are_read_back_bit_for_bit(tmp_path, predictions):
    write_predictions(tmp_path / "predictions.parquet", predictions)
    read = read_predictions(tmp_path / "predictions.parquet")
    for name in ("split", "image", "label", "leaked", "probs"):
        assert np.array_equal(getattr(read, name), getattr(predictions, name)), name
    assert read.probs.dtype == np.float32
    assert read.label.dtype == np.int64


def test_the_file_has_the_eleven_columns_in_order_and_float32_probabilities(tmp_path, predictions):
    write_predictions(tmp_path / "predictions.parquet", predictions)
    schema = pq.read_schema(tmp_path / "predictions.parquet")
    assert tuple(schema.names) == COLUMNS
    assert {schema.field(f"p{index}").type for index in range(7)} == {pa.float32()}
    assert schema.field("leaked").type == pa.bool_()


def test_a_split_holds_its_rows_and_the_clean_one_leaves_out_the_leaked(predictions):
    private, clean = predictions.of("PrivateTest"), predictions.of("PrivateTest", clean=True)
    assert len(private) == 70
    assert set(private.split) == {"PrivateTest"}
    assert len(clean) == 70 - private.leaked.sum()
    assert not clean.leaked.any()


def test_the_answer_and_its_confidence_are_those_of_the_highest_probability(predictions):
    row = predictions.probs[5]
    assert row[predictions.predicted[5]] == row.max() == predictions.confidence[5]


@pytest.mark.parametrize(
    ("column", "value", "sentence"),
    [
        ("probs", np.full((140, 7), 0.5, np.float32), "sum to 1"),
        ("probs", np.full((140, 7), np.nan, np.float32), "sum to 1"),
        ("probs", np.full((140, 6), 1 / 6, np.float32), "seven probabilities"),
        ("label", np.full(140, 7), "outside 0–6"),
        ("split", np.full(140, "Training"), "unknown split 'Training'"),
        ("leaked", np.zeros(3, bool), "differ in length"),
    ],
)
def test_wrong_predictions_are_not_written_and_the_old_file_stays(
    tmp_path, predictions, column, value, sentence
):
    path = tmp_path / "predictions.parquet"
    write_predictions(path, predictions)
    before = path.read_bytes()
    with pytest.raises(CardError, match=sentence):
        write_predictions(path, replace(predictions, **{column: value}))
    assert path.read_bytes() == before
    assert [entry.name for entry in tmp_path.iterdir()] == ["predictions.parquet"]


def test_a_missing_file_a_text_file_and_half_a_file_are_named(tmp_path, predictions):
    path = tmp_path / "predictions.parquet"
    with pytest.raises(CardError, match="is missing"):
        read_predictions(path)
    path.write_text("not parquet")
    with pytest.raises(CardError, match="not a readable Parquet"):
        read_predictions(path)
    write_predictions(path, predictions)
    path.write_bytes(path.read_bytes()[:500])
    with pytest.raises(CardError, match="not a readable Parquet"):
        read_predictions(path)


def test_a_missing_column_is_named(tmp_path, predictions):
    path = tmp_path / "predictions.parquet"
    write_predictions(path, predictions)
    pq.write_table(pq.read_table(path).drop_columns(["leaked", "p6"]), path)
    with pytest.raises(CardError, match="lacks the columns leaked, p6"):
        read_predictions(path)


@pytest.mark.parametrize("column", ["label", "leaked", "p3"])
def test_an_empty_cell_is_refused(tmp_path, predictions, column):
    path = tmp_path / "predictions.parquet"
    write_predictions(path, predictions)
    table = pq.read_table(path)
    cells = table[column].to_pylist()
    cells[2] = None
    index = table.column_names.index(column)
    pq.write_table(table.set_column(index, column, pa.array(cells, table[column].type)), path)
    with pytest.raises(CardError):
        read_predictions(path)


def test_labels_as_text_are_refused(tmp_path, predictions):
    path = tmp_path / "predictions.parquet"
    write_predictions(path, predictions)
    table = pq.read_table(path)
    pq.write_table(table.set_column(2, "label", pa.array(["happy"] * len(table))), path)
    with pytest.raises(CardError, match="wrong type"):
        read_predictions(path)


def test_predictions_tell_the_test_faces_counts_and_leaks():
    answers = make_predictions(70, 1)
    counts = counts_by_split(answers)
    assert counts["series"].unique().tolist() == ["PublicTest", "PrivateTest"]
    assert counts["count"].tolist() == [10] * 14
    assert leaked_by_split(answers) == {"PublicTest": (7, 70), "PrivateTest": (7, 70)}


def test_a_column_that_stands_twice_is_named(tmp_path, predictions):
    path = tmp_path / "predictions.parquet"
    write_predictions(path, predictions)
    table = pq.read_table(path)
    pq.write_table(table.append_column("label", table["label"]), path)
    with pytest.raises(CardError, match="has more than once the column label"):
        read_predictions(path)


def test_a_column_of_lists_is_refused(tmp_path, predictions):
    path = tmp_path / "predictions.parquet"
    write_predictions(path, predictions)
    table = pq.read_table(path)
    index = table.column_names.index("split")
    lists = pa.array([[each] for each in table["split"].to_pylist()])
    pq.write_table(table.set_column(index, "split", lists), path)
    with pytest.raises(CardError, match="wrong type"):
        read_predictions(path)


@pytest.mark.parametrize("seed", range(40))
def test_a_changed_byte_is_read_over_or_named_and_never_a_foreign_error(tmp_path, predictions, seed):
    path = tmp_path / "predictions.parquet"
    write_predictions(path, predictions)
    data, rng = bytearray(path.read_bytes()), np.random.default_rng(seed)
    for place in rng.integers(0, len(data), 5):
        data[place] = rng.integers(0, 256)
    path.write_bytes(data)
    try:
        assert len(read_predictions(path)) == len(predictions)
    except CardError as error:
        assert "predictions.parquet" in str(error)
