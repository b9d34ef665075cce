"""Claims about trainings: overfitting, learning curves, and the spread of repeats."""

from __future__ import annotations

import json

import numpy as np
import pytest

from fer_core import paths
from fer_core.data.split import SplitName
from fer_core.evaluation.metrics import per_class
from fer_core.evaluation.predictions import read_predictions
from fer_core.literature.claims import FAILS, HOLDS, UNKNOWN, Runs
from fer_core.variants.card import read_card, write_card
from fer_core.variants.registry import get_variant, list_variants
from tests.fixtures_variants import make_variant
from tests.literature.one_comparison import private, weighed


def test_overfitting_is_told_from_the_epoch_that_was_kept(shipped):
    for name, kept in (("a.good", 2), ("a.poor", 5)):
        card = read_card(shipped / name)
        write_card(shipped / name, card.faceoff | {"epoch_kept": kept})
    _, evidence = weighed("a.good", "a.poor", "gap")

    def gap(name, kept):
        rows = read_predictions(get_variant(name).predictions_path).of(SplitName.PUBLIC_TEST)
        return float(f"{1 - 1.9 / kept**0.5 / 2:.4f}") - (rows.predicted == rows.label).mean()

    assert evidence.advantage == pytest.approx(gap("a.poor", 5) - gap("a.good", 2), abs=1e-6)
    assert evidence.lo < evidence.advantage < evidence.hi


def test_without_learning_curves_overfitting_is_not_told(shipped):
    (shipped / "a.poor" / paths.HISTORY).unlink()
    verdict, evidence = weighed("a.good", "a.poor", "gap")
    assert (verdict, evidence.missing) == (UNKNOWN, ("learning curves of a.poor",))


def test_learning_curves_that_cannot_be_read_end_no_other_claim(shipped):
    path = shipped / "a.poor" / paths.HISTORY
    path.write_text(path.read_text().replace("12.5", "oops").replace("0.001", "12.5").replace("5,", "five,"))
    verdict, evidence = weighed("a.good", "a.poor", "gap")
    assert (verdict, evidence.missing) == (UNKNOWN, ("learning curves of a.poor",))


def repeated(folder, name, accuracies):
    """Repeats of one recipe whose cards have these accuracies."""
    for seed, accuracy in enumerate(accuracies, 1):
        own = name if seed == 1 else f"{name}_seed{seed}"
        make_variant(folder, own, seed=seed, recipe={"architecture": {"name": name.partition(".")[2]}})
        card = read_card(folder / own)
        metrics = json.loads(json.dumps(card.faceoff["metrics"]))
        metrics["private_test"] |= {"accuracy": accuracy, "accuracy_ci95": [accuracy - 0.05, accuracy + 0.05]}
        write_card(folder / own, card.faceoff | {"metrics": metrics})


def test_the_spread_over_repeats_is_a_ratio_with_the_interval_of_the_f_distribution(shipped):
    repeated(shipped, "a.firm", [0.500, 0.501, 0.502, 0.503, 0.504])
    repeated(shipped, "a.loose", [0.50, 0.52, 0.54, 0.56, 0.58])
    verdict, evidence = weighed("a.firm", "a.loose", "spread")
    assert (verdict, evidence.advantage) == (HOLDS, pytest.approx(19, rel=1e-6))
    reach = 9.605**0.5  # the 97.5th percentile of F with 4 and 4 degrees of freedom
    assert evidence.lo == pytest.approx(20 / reach - 1, rel=0.03)
    assert evidence.hi == pytest.approx(20 * reach - 1, rel=0.03)
    assert weighed("a.loose", "a.firm", "spread")[0] == FAILS


def test_without_three_repeats_nothing_is_said_of_spread(shipped):
    verdict, evidence = weighed("a.good", "a.poor", "spread")
    assert (verdict, evidence.missing) == (UNKNOWN, ("repeats of a.good", "repeats of a.poor"))


def test_the_spread_of_one_emotion_is_held_against_anothers(shipped):
    repeated(shipped, "a.firm", [0.5] * 4)
    runs = Runs(list_variants())
    values = [per_class(*private(name)).set_index("emotion")["f1"] for name in runs.repeats("a.firm")]
    happy, fear = (np.std([each[name] for each in values], ddof=1) for name in ("happy", "fear"))
    _, evidence = weighed("a.firm", "a.firm", "f1_spread", emotions=("happy",), against=("fear",))
    assert evidence.advantage == pytest.approx(fear / happy - 1, rel=1e-4)


def curves(folder, name, losses, accuracies):
    lines = ["epoch,train_loss,train_accuracy,val_loss,val_accuracy,learning_rate,seconds"]
    for epoch, (loss, accuracy) in enumerate(zip(losses, accuracies, strict=True), 1):
        lines.append(f"{epoch},1,0.5,{loss},{accuracy},0.001,1")
    (folder / name / paths.HISTORY).write_text("\n".join(lines) + "\n")


def test_jumps_of_the_loss_are_counted_from_epoch_to_epoch(shipped):
    curves(shipped, "a.good", [2, 1.9, 1.8, 1.7, 1.6, 1.5], [0.5] * 6)
    curves(shipped, "a.poor", [2, 1, 2, 1, 2, 1], [0.5] * 6)
    verdict, evidence = weighed("a.good", "a.poor", "loss_jumps")
    assert (verdict, evidence.advantage) == (HOLDS, pytest.approx(0.9))


def test_an_early_peak_is_the_best_until_then_against_the_best_after(shipped):
    curves(shipped, "a.good", [1] * 6, [0.3, 0.6, 0.5, 0.4, 0.55, 0.5])
    verdict, evidence = weighed("a.good", "a.good", "early_peak", until=2, relation="not_behind")
    assert evidence.advantage == pytest.approx(0.05)
    verdict, evidence = weighed("a.good", "a.good", "early_peak", until=1, relation="not_behind")
    assert (verdict, evidence.advantage) == (FAILS, pytest.approx(-0.3))
    assert weighed("a.good", "a.good", "early_peak", until=9)[0] == UNKNOWN
