"""Models whose answers alone are at hand: they are compared, and say that they can't answer anew."""

import io
import math

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from fer_core import paths
from fer_core.__main__ import main
from fer_core.comparison.leaderboard import leaderboard_frame
from fer_core.comparison.standings import pair_frame, read_outcomes
from fer_core.curation.answers_alone import register_answers
from fer_core.curation.recheck import largest_difference, recompute_metrics
from fer_core.curation.registration import ModelDescription
from fer_core.data.schematic import schematic_dataset
from fer_core.data.store import load_split, store_dataset
from fer_core.errors import AnswersError, ModelError
from fer_core.evaluation.predictions import read_predictions
from fer_core.variants.classifier import load_classifier
from fer_core.variants.registry import get_variant, list_variants
from tests.fixtures_variants import use_empty_folders

NAMES = ["Anger", "Disgust", "Fear", "Happiness", "Neutral", "Sadness", "Surprise"]


@pytest.fixture
def home(tmp_path, monkeypatch):
    use_empty_folders(monkeypatch, tmp_path)
    store_dataset(schematic_dataset(28, 140))


def answers(split_names=("PrivateTest",), skill=3.0):
    """Of a fair model: a column for each emotion, named as others name them, in another order."""
    rng = np.random.default_rng(0)
    tables = []
    for name in split_names:
        split = load_split(name)
        scores = rng.normal(0, 1, (len(split), 7))
        scores[np.arange(len(split)), split.labels] += skill
        probs = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
        table = pd.DataFrame(probs, columns=NAMES)
        tables.append(table.assign(file=[f"faces/{image}.png" for image in split.names], split=name))
    return pd.concat(tables)[["file", "split", *sorted(NAMES, key=lambda name: name[::-1])]]


def as_csv(table):
    return table.to_csv(index=False).encode()


def test_probabilities_make_a_variant_that_is_compared_and_can_t_answer(home):
    register_answers(
        as_csv(answers()), "closed.csv", ModelDescription("theirs.closed", "A closed model.", "them")
    )
    variant = get_variant("theirs.closed")
    predictions = read_predictions(variant.predictions_path)
    wanted = answers()[NAMES].to_numpy()
    assert np.allclose(predictions.probs, wanted, atol=1e-6)
    assert set(predictions.split) == {"PrivateTest"}
    assert largest_difference(variant.card, recompute_metrics(variant)) < 1e-6
    assert math.isfinite(variant.metrics()["log_loss"])
    assert not variant.can_predict
    with pytest.raises(
        ModelError, match="known by its answers to the test faces alone: it can't answer a picture"
    ):
        load_classifier("theirs.closed")
    assert "Only its answers to the test faces are here" in variant.card.body


def test_labels_alone_leave_what_needs_certainty_empty(home):
    table = answers(("PublicTest", "PrivateTest"))
    labels = table[NAMES].idxmax(axis=1)
    given = pd.DataFrame({"image": table["file"], "split": table["split"], "predicted": labels})
    file = io.BytesIO()
    given.to_parquet(file)
    register_answers(file.getvalue(), "closed.parquet", ModelDescription("theirs.labels"))
    register_answers(
        as_csv(answers(("PublicTest", "PrivateTest"), skill=1.0)),
        "open.csv",
        ModelDescription("theirs.probs"),
    )
    card = get_variant("theirs.labels").card
    assert card.faceoff["metrics"]["private_test"]["log_loss"] is None
    assert "| log loss | – | – |" in card.body
    assert largest_difference(card, recompute_metrics(get_variant("theirs.labels"))) < 1e-6
    reading = read_outcomes(list_variants())
    assert not reading.contradictions and len(reading.panels) == 1
    pair = pair_frame(reading.panels[0]).iloc[0]
    assert pair["first"] == "theirs.labels" and pair["difference"] > 0 and math.isnan(pair["log_loss"])
    row = leaderboard_frame(list_variants()).set_index("id").loc["theirs.labels"]
    assert row["accuracy"] > 0.6 and math.isnan(row["log_loss"]) and math.isnan(row["auc_macro"])


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda table: table.iloc[1:], "lacks 1 of the 140 pictures of PrivateTest, such as "),
        (lambda table: pd.concat([table, table.iloc[:1]]), "names a picture twice"),
        (lambda table: table.drop(columns="file"), "names no pictures: give a column `image`"),
        (lambda table: table.assign(Fear=2.0), "no probabilities that sum to 1"),
        (lambda table: table[["file"]], "holds no answers: give seven columns"),
        (lambda table: table[["file"]].assign(predicted="calm"), "'calm' in `predicted` is none of angry"),
    ],
)
def test_a_table_that_can_t_be_used_is_refused_with_its_reason(home, change, reason):
    with pytest.raises(AnswersError, match=reason):
        register_answers(as_csv(change(answers())), "closed.csv", ModelDescription("theirs.closed"))
    assert not list(paths.local_cards().iterdir())


def test_a_small_file_of_very_many_rows_is_not_unpacked(home):
    rows = pa.table({"image": pa.array(["a"] * 2_000_000), "predicted": pa.array(["happy"] * 2_000_000)})
    packed = io.BytesIO()
    pq.write_table(rows, packed, compression="zstd")
    assert len(packed.getvalue()) < 100_000
    with pytest.raises(AnswersError, match="2,000,000 rows"):
        register_answers(packed.getvalue(), "answers.parquet", ModelDescription("a.b"))


def test_columns_that_differ_in_blanks_alone_are_refused(home):
    table = answers()
    table.insert(0, " file", table["file"])
    with pytest.raises(AnswersError, match="the column 'file' more than once"):
        register_answers(as_csv(table), "answers.csv", ModelDescription("a.b"))


@pytest.mark.parametrize("option", [["--look"], ["--adapt", "settings.yaml"]])
@pytest.mark.parametrize("name", ["answers.csv", "recipe.yaml"])
def test_looking_and_adapting_are_for_model_files(home, tmp_path, capsys, name, option):
    (tmp_path / name).write_bytes(as_csv(answers()))
    assert main(["register", str(tmp_path / name), "--id", "a.b", *option]) == 1
    assert f"--look and --adapt are for model files; {name} is none." in capsys.readouterr().err
    assert list_variants() == []
