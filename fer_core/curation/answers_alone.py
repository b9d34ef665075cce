"""Models that are known by their answers alone: a table of them becomes a variant that can be compared, not run."""

from __future__ import annotations

import io
import math

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from fer_core import paths
from fer_core.adapting.kinds import suffix_of
from fer_core.curation.editing import changing_variants, demand_free_id
from fer_core.curation.model_registration import doubts_about
from fer_core.curation.registered_facts import registered_facts
from fer_core.curation.registration import ModelDescription
from fer_core.data.audit import leaked
from fer_core.data.split import TEST_SPLITS, Dataset, SplitName
from fer_core.data.store import load_dataset
from fer_core.emotions import EMOTIONS, ROW_SUM_TOLERANCE, emotion_named
from fer_core.errors import AnswersError
from fer_core.evaluation.metrics import OF_CERTAINTY, card_metrics
from fer_core.evaluation.predictions import (
    PROB_COLUMNS,
    Predictions,
    write_predictions,
)
from fer_core.machine.files import building_folder
from fer_core.roles.permissions import Identity, for_trainers
from fer_core.variants.card import write_card

SUFFIXES = (".csv", ".parquet")
LARGEST_BYTES = 20_000_000
MOST_ROWS, LARGEST_UNPACKED_BYTES = 1_000_000, 100_000_000
_PICTURES = ("image", "picture", "file", "filename", "name", "path", "img")
_LABELS = ("predicted", "prediction", "answer", "says", "emotion", "label", "class")
_MEASURED_ELSEWHERE = "Its answers were made elsewhere and can't be made again here."


def is_answers(file_name: str) -> bool:
    """Whether a file is taken for answers, by its name."""
    return suffix_of(file_name) in SUFFIXES


@for_trainers("registered answers", "description")
def register_answers(
    data: bytes, file_name: str, description: ModelDescription, by: Identity | None = None
) -> tuple[str, list[str]]:
    """List a model by its answers to all of PrivateTest, and of PublicTest if it has all of that.

    Args:
        data: a csv or Parquet table, a row for each picture: its name, and seven probabilities (columns named after the
            emotions, or ``p0`` to ``p6`` in their order) or the emotion that is answered; ``split`` where names repeat.
        file_name: what its owner calls it.
        description: what they say of the model.
        by: the requester.

    Returns:
        The new variant's id, and sentences on what is doubtful.

    Raises:
        NotAllowedError: ``by`` may only look.
        AnswersError: the table can't be read, lacks faces, or holds no probabilities.
        DataMissingError: there are no faces to hold it against.
        CardError: the id is taken.
    """
    table = _read(data, file_name)
    dataset = load_dataset()
    predictions = _predictions(table, dataset, file_name)
    metrics = {
        split: figures | {key: None for key in OF_CERTAINTY if math.isnan(figures[key])}
        for split, figures in card_metrics(predictions).items()
    }
    doubts = doubts_about(predictions)
    facts = registered_facts(
        description, "answers", dataset, "answered elsewhere", _MEASURED_ELSEWHERE, model_kept=False
    ) | {"metrics": metrics, "doubts": doubts}
    with changing_variants(by):
        demand_free_id(description.id)
        with building_folder(paths.local_cards() / description.id) as folder:
            write_predictions(folder / paths.PREDICTIONS, predictions)
            write_card(folder, {key: value for key, value in facts.items() if value not in ("", [])})
    return description.id, doubts


def _read(data: bytes, name: str) -> pd.DataFrame:
    if len(data) > LARGEST_BYTES:
        raise AnswersError(
            f"{name} has {len(data) / 1e6:.0f} MB; answers have at most {LARGEST_BYTES / 1e6:.0f}."
        )
    try:
        if suffix_of(name) == ".csv":
            table = pd.read_csv(io.BytesIO(data), dtype=str, encoding="utf-8-sig")
        else:
            table = _parquet(data, name)
    except (ValueError, pa.ArrowException, OSError) as error:
        raise AnswersError(
            f"{name} can't be read as a table of answers: {str(error).splitlines()[0][:150]}."
        ) from error
    table = table.rename(columns=lambda column: str(column).strip())
    if not table.columns.is_unique:
        twice = table.columns[table.columns.duplicated()][0]
        raise AnswersError(f"{name} has the column {twice!r} more than once.")
    return table


def _parquet(data: bytes, name: str) -> pd.DataFrame:
    """Its table, unpacked within bounds: a few bytes can stand for many."""
    file = pq.ParquetFile(pa.BufferReader(data))
    groups = [file.metadata.row_group(place) for place in range(file.metadata.num_row_groups)]
    unpacked = sum(group.total_byte_size for group in groups)
    if file.metadata.num_rows > MOST_ROWS or unpacked > LARGEST_UNPACKED_BYTES:
        raise AnswersError(
            f"{name} has {file.metadata.num_rows:,} rows, {unpacked / 1e6:,.0f} MB unpacked; answers have at most "
            f"{MOST_ROWS:,} and {LARGEST_UNPACKED_BYTES / 1e6:.0f} MB."
        )
    return file.read(use_threads=False).to_pandas()


def _predictions(table: pd.DataFrame, dataset: Dataset, name: str) -> Predictions:
    pictures, probs = _names(table, name), _probs(table, name)
    marks = leaked(dataset.splits)
    parts = []
    for split_name in TEST_SPLITS:
        split = dataset.split(split_name)
        rows = _rows(table, pictures, split_name, split.names, name)
        if rows is None:
            continue
        count = len(split)
        parts.append(
            Predictions(np.full(count, split_name), split.names, split.labels, marks[split_name], probs[rows])
        )
    return Predictions(
        *(
            np.concatenate([getattr(part, key) for part in parts])
            for key in ("split", "image", "label", "leaked", "probs")
        )
    )


def _names(table: pd.DataFrame, name: str) -> np.ndarray:
    """Of the pictures, without folders and endings."""
    column = next((column for column in table if column.lower() in _PICTURES), None)
    if column is None:
        raise AnswersError(
            f"{name} names no pictures: give a column `image` with the names they have in FER2013."
        )
    texts = table[column].astype(str).str.replace("\\", "/").str.rsplit("/").str[-1]
    return texts.str.replace(r"\.(png|jpe?g|bmp|webp)$", "", regex=True, case=False).to_numpy(str)


def _rows(
    table: pd.DataFrame, pictures: np.ndarray, split_name: str, wanted: np.ndarray, name: str
) -> np.ndarray | None:
    """The table's row of each picture of a split; None where PublicTest is not whole."""
    of_split = np.ones(len(table), bool)
    column = next((column for column in table if column.lower() in ("split", "usage")), None)
    if column is not None:
        of_split = (table[column].astype(str) == split_name).to_numpy()
    numbers = np.flatnonzero(of_split)
    known = dict(zip(pictures[numbers].tolist(), numbers.tolist(), strict=True))
    if len(known) < len(numbers):
        raise AnswersError(
            f"{name} names a picture twice: each has one answer, or a column `split` distinguishes them."
        )
    missing = [picture for picture in wanted.tolist() if picture not in known]
    if not missing:
        return np.array([known[picture] for picture in wanted.tolist()])
    if split_name == SplitName.PUBLIC_TEST:
        return None
    raise AnswersError(
        f"{name} lacks {len(missing):,} of the {len(wanted):,} pictures of PrivateTest, such as {missing[0]}: a model "
        "that is held against others has answered all of them."
    )


def _probs(table: pd.DataFrame, name: str) -> np.ndarray:
    """float32 (N, 7) by emotion; a label alone is 1 in its place."""
    emotions = {emotion_named(column): column for column in table if emotion_named(column)}
    columns = [column for column in PROB_COLUMNS if column in table]
    if len(emotions) == len(EMOTIONS):
        columns = [emotions[emotion] for emotion in EMOTIONS]
    if len(columns) == len(EMOTIONS):
        probs = table[columns].apply(pd.to_numeric, errors="coerce").to_numpy(np.float32)
        sums = probs.sum(axis=1)
        if not (probs >= 0).all() or not (np.abs(sums - 1) <= ROW_SUM_TOLERANCE).all():
            raise AnswersError(f"{name}: its seven columns are no probabilities that sum to 1 in every row.")
        return probs
    return _one_hot(table, name)


def _one_hot(table: pd.DataFrame, name: str) -> np.ndarray:
    column = next((label for wanted in _LABELS for label in table if label.lower() == wanted), None)
    if column is None:
        raise AnswersError(
            f"{name} holds no answers: give seven columns named after the emotions ({', '.join(EMOTIONS)}), or one "
            "column `predicted` with the name of the answered emotion."
        )
    named = [emotion_named(str(text)) for text in table[column]]
    wrong = [text for text, emotion in zip(table[column], named, strict=True) if emotion is None]
    if wrong:
        raise AnswersError(
            f"{name}: {wrong[0]!r} in `{column}` is none of {', '.join(EMOTIONS)}; name the emotion."
        )
    return np.eye(len(EMOTIONS), dtype=np.float32)[[EMOTIONS.index(emotion) for emotion in named]]
