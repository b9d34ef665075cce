"""The figures that claims rest on, held against the same ones computed another way."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from fer_core import paths
from fer_core.data.distortions import REPORT
from fer_core.data.split import SplitName
from fer_core.emotions import EMOTIONS
from fer_core.evaluation.distorted import list_steps
from fer_core.evaluation.heat import Heat, read_heat, summed_up, write_heat
from fer_core.evaluation.metrics import class_aucs, compute_metrics, confusion, log_loss, per_class
from fer_core.evaluation.predictions import read_predictions, write_predictions
from fer_core.evaluation.regions import NAMES, masks
from fer_core.evaluation.resampling import _counts, read_resampled
from fer_core.literature.claims import (
    FAILS,
    HOLDS,
    UNDECIDED,
    UNKNOWN,
    Claim,
    Comparison,
    Runs,
    weigh,
)
from fer_core.variants.card import read_card, write_card
from fer_core.variants.registry import get_variant, list_variants
from tests.fixtures_variants import make_predictions, make_variant, use_empty_folders

FACES = 700


@pytest.fixture
def shipped(monkeypatch, tmp_path):
    folder = use_empty_folders(monkeypatch, tmp_path)[0]
    make_variant(folder, "a.good", seed=1, skill=3, faces_per_split=FACES)
    make_variant(folder, "a.poor", seed=1, skill=0.5, faces_per_split=FACES)
    return folder


def told(better, worse, figure, **more):
    """The verdict and the evidence of one comparison."""
    verdict, (evidence,) = weigh(
        Claim("x", "a", "", "", (Comparison(better, worse, figure, **more),)), list_variants()
    )
    return verdict, evidence


def private(name):
    rows = read_predictions(get_variant(name).predictions_path).of(SplitName.PRIVATE_TEST)
    return rows.label, rows.probs


@pytest.mark.parametrize("measure", ["precision", "recall", "f1"])
@pytest.mark.parametrize("emotion", EMOTIONS)
def test_a_figure_of_one_emotion_is_that_of_the_card(shipped, measure, emotion):
    good, poor = (
        per_class(*private(name)).set_index("emotion").loc[emotion, measure] for name in ("a.good", "a.poor")
    )
    _, evidence = told("a.good", "a.poor", measure, emotions=(emotion,))
    assert evidence.advantage == pytest.approx(good - poor, abs=1e-6)
    assert evidence.lo < evidence.advantage < evidence.hi


@pytest.mark.parametrize("figure", ["auc_macro", "auc_micro", "macro_f1"])
def test_a_figure_of_all_emotions_is_that_of_the_card(shipped, figure):
    good, poor = (compute_metrics(*private(name))[figure] for name in ("a.good", "a.poor"))
    assert told("a.good", "a.poor", figure)[1].advantage == pytest.approx(good - poor, abs=1e-6)


def test_one_emotions_area_is_held_against_anothers(shipped):
    areas = class_aucs(*private("a.poor"))
    _, evidence = told("a.poor", "a.poor", "auc", emotions=("happy",), against=("fear", "sad"))
    happy, fear, sad = (areas[EMOTIONS.index(name)] for name in ("happy", "fear", "sad"))
    assert evidence.advantage == pytest.approx(happy - (fear + sad) / 2, abs=1e-6)


def test_each_draw_has_the_figures_of_its_faces(shipped):
    rows = make_predictions(FACES, 1, 0.5).of(SplitName.PRIVATE_TEST)
    resampled = read_resampled(get_variant("a.poor").predictions_path)
    areas = []
    for draw in range(1, 60):
        faces = np.repeat(np.arange(FACES), _counts(FACES)[draw])
        label, probs = rows.label[faces], rows.probs[faces]
        assert (resampled.confusion[draw] == confusion(label, probs.argmax(axis=1))).all()
        assert resampled.log_loss[draw] == pytest.approx(log_loss(label, probs), abs=1e-5)
        areas.append([*class_aucs(label, probs), compute_metrics(label, probs)["auc_micro"]])
    drawn = resampled.areas[1:60]
    assert np.abs(drawn - areas).max() < 0.015  # linear in the faces, where areas are nearly so
    assert drawn.std(axis=0) == pytest.approx(np.std(areas, axis=0), rel=0.25)


def test_an_emotion_that_no_face_shows_has_no_area():
    resampled = read_resampled(paths.SHIPPED_CARDS / "pisa.cnn1" / paths.PREDICTIONS)
    keep = resampled.label != EMOTIONS.index("fear")
    without = type(resampled)(resampled.label[keep], resampled.probs[keep], "")
    assert np.isnan(without.areas[:, EMOTIONS.index("fear")]).all()
    assert np.isfinite(without.areas[:, EMOTIONS.index("happy")]).all()


def confused(folder, name, pairs):
    """A variant that answers each emotion rightly but for the counts in ``pairs``, (emotion, answer) by count."""
    home = make_variant(folder, name, faces_per_split=FACES)
    predictions = read_predictions(home / paths.PREDICTIONS)
    answer = predictions.label.copy()
    for (emotion, other), count in pairs.items():
        of_emotion = np.flatnonzero(
            (predictions.label == EMOTIONS.index(emotion)) & (answer == predictions.label)
            & (predictions.split == SplitName.PRIVATE_TEST)
        )  # fmt: skip
        answer[of_emotion[:count]] = EMOTIONS.index(other)
    probs = np.full((len(answer), 7), 0.05, np.float32)
    probs[np.arange(len(answer)), answer] = 0.7
    write_predictions(home / paths.PREDICTIONS, replace(predictions, probs=probs))


def test_the_commonest_confusion_is_held_against_every_other(shipped):
    confused(shipped, "a.mixed", {("sad", "neutral"): 30, ("neutral", "sad"): 20, ("fear", "sad"): 10})
    verdict, evidence = told("a.mixed", "a.mixed", "mixed_up", emotions=("neutral", "sad"))
    assert (verdict, evidence.advantage) == (HOLDS, pytest.approx(50 / 60 - 10 / 60))
    verdict, evidence = told("a.mixed", "a.mixed", "mixed_up", emotions=("fear", "sad"))
    assert (verdict, evidence.advantage) == (FAILS, pytest.approx(10 / 60 - 50 / 60))


def test_what_an_emotion_is_taken_for_is_one_way(shipped):
    confused(shipped, "a.mixed", {("fear", "sad"): 40, ("fear", "angry"): 10, ("sad", "happy"): 50})
    assert told("a.mixed", "a.mixed", "taken_for", emotions=("fear", "sad"))[1].advantage == pytest.approx(
        0.6
    )
    assert told("a.mixed", "a.mixed", "taken_for", emotions=("sad", "fear"))[1].advantage == pytest.approx(-1)


def test_overfitting_is_told_from_the_epoch_that_was_kept(shipped):
    for name, kept in (("a.good", 2), ("a.poor", 5)):
        card = read_card(shipped / name)
        write_card(shipped / name, card.faceoff | {"epoch_kept": kept})
    _, evidence = told("a.good", "a.poor", "gap")

    def gap(name, kept):
        rows = read_predictions(get_variant(name).predictions_path).of(SplitName.PUBLIC_TEST)
        return float(f"{1 - 1.9 / kept**0.5 / 2:.4f}") - (rows.predicted == rows.label).mean()

    assert evidence.advantage == pytest.approx(gap("a.poor", 5) - gap("a.good", 2), abs=1e-6)
    assert evidence.lo < evidence.advantage < evidence.hi


def test_without_learning_curves_overfitting_is_not_told(shipped):
    (shipped / "a.poor" / paths.HISTORY).unlink()
    verdict, evidence = told("a.good", "a.poor", "gap")
    assert (verdict, evidence.missing) == (UNKNOWN, ("learning curves of a.poor",))


def measure(folder, name, accuracy, loss):
    """A robustness.csv with these figures (a constant, or by distortion of the report)."""
    lines = ["distortion,severity,n,accuracy,loss"]
    for step, severity in list_steps():
        values = [told.get(step, 0.5) if isinstance(told, dict) else told for told in (accuracy, loss)]
        lines.append(f"{step},{severity},140,{values[0]},{values[1]}")
    (folder / name / paths.ROBUSTNESS).write_text("\n".join(lines) + "\n")


def test_losses_on_distorted_faces_are_tested_over_the_distortions(shipped):
    measure(shipped, "a.good", 0.4, dict(zip(REPORT, (1.4, 1.5, 1.6, 1.5, 1.5), strict=True)))
    measure(shipped, "a.poor", 0.2, 2.5)
    verdict, evidence = told("a.good", "a.poor", "distorted_log_loss", distortions=tuple(REPORT))
    assert (verdict, evidence.advantage) == (HOLDS, pytest.approx(1.0))
    gains = np.array([1.1, 1.0, 0.9, 1.0, 1.0])
    assert evidence.hi - evidence.advantage == pytest.approx(2.776 * gains.std(ddof=1) / 5**0.5)
    assert told("a.poor", "a.good", "distorted_log_loss", distortions=tuple(REPORT))[0] == FAILS


def test_one_mean_loss_has_no_interval_and_decides_nothing(shipped):
    measure(shipped, "a.good", 0.4, 1.5)
    measure(shipped, "a.poor", 0.2, 2.5)
    verdict, evidence = told("a.good", "a.poor", "distorted_log_loss", distortions=("report_blur",))
    assert (verdict, evidence.advantage) == (UNDECIDED, pytest.approx(1.0))


def test_accuracies_on_distorted_faces_have_the_interval_of_two_shares(shipped):
    measure(shipped, "a.good", 0.5, 1.5)
    measure(shipped, "a.poor", 0.3, 2.5)
    verdict, evidence = told(
        "a.good", "a.poor", "distorted_accuracy", distortions=("report_blur", "report_noise")
    )
    assert (verdict, evidence.advantage) == (HOLDS, pytest.approx(0.2))
    reach = 1.96 * ((0.25 + 0.21) / 140 / 2) ** 0.5
    assert evidence.hi - evidence.advantage == pytest.approx(reach, rel=1e-3)


def test_one_distortion_is_held_against_another(shipped):
    measure(shipped, "a.good", {"report_noise": 0.6, "report_blur": 0.2}, 1.5)
    more = {"distortions": ("report_noise",), "against": ("report_blur",)}
    assert told("a.good", "a.good", "distorted_accuracy", **more)[1].advantage == pytest.approx(0.4)


def test_what_was_not_measured_on_distorted_faces_is_waited_for(shipped):
    verdict, evidence = told("a.good", "a.poor", "distorted_log_loss", distortions=tuple(REPORT))
    assert (verdict, evidence.missing) == (UNKNOWN, ("robustness of a.good", "robustness of a.poor"))


def keep_heat(folder, name, faces, blocks=2):
    """Heat maps of happy faces named rightly: nothing in particular in all blocks but the last, the mouth there."""
    rng, mouth = np.random.default_rng(3), masks()[NAMES.index("mouth")]
    maps = [rng.random((faces, 48, 48), np.float32) for _ in range(blocks)]
    maps[-1] *= mouth
    group = np.full(faces, EMOTIONS.index("happy"))
    made = tuple(summed_up(f"conv{at}", each, group, (12, 12)) for at, each in enumerate(maps, 1))
    write_heat(folder / name / paths.HEAT_MAPS, Heat(np.bincount(group, minlength=14).reshape(2, 7), made))


def test_heat_that_lies_where_the_report_says_makes_a_claim_hold_and_elsewhere_fail(shipped):
    keep_heat(shipped, "a.good", 30)
    mouth, nose = ({"emotions": ("happy",), "regions": (part,)} for part in ("mouth", "nose"))
    verdict, evidence = told("a.good", "a.good", "heat", **mouth)
    assert (verdict, evidence.advantage) == (HOLDS, pytest.approx(1))
    assert evidence.test == "normal interval of a mean of 30 faces"
    assert told("a.good", "a.good", "heat", **nose)[0] == FAILS
    over = {"blocks": (2, 1)}
    assert told("a.good", "a.good", "block_heat", regions=("mouth",), **over)[0] == HOLDS
    verdict, evidence = told("a.good", "a.good", "block_alike", **over)
    heat = read_heat(shipped / "a.good" / paths.HEAT_MAPS)
    assert (verdict, evidence.advantage) == (
        HOLDS,
        pytest.approx(heat.blocks[1].alike - heat.blocks[0].alike),
    )


@pytest.mark.parametrize(
    ("figure", "more"),
    [
        ("heat", {"emotions": ("happy",), "regions": ("mouth",)}),
        ("block_heat", {"blocks": (2, 1), "regions": ("mouth",)}),
        ("block_alike", {"blocks": (2, 1)}),
    ],
)
def test_no_claim_about_heat_maps_rests_on_fewer_than_thirty_faces(shipped, figure, more):
    assert told("a.good", "a.good", figure, **more)[1].missing == ("heat maps of a.good",)
    keep_heat(shipped, "a.good", 29)
    verdict, evidence = told("a.good", "a.good", figure, **more)
    assert verdict == UNKNOWN
    assert all(name.startswith("heat maps of a.good for 30 faces") for name in evidence.missing)


def test_a_block_that_a_network_has_not_is_waited_for(shipped):
    keep_heat(shipped, "a.good", 30)
    assert told("a.good", "a.good", "block_alike", blocks=(5, 1))[1].missing == (
        "heat maps of a.good with 5 blocks",
    )


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
    verdict, evidence = told("a.firm", "a.loose", "spread")
    assert (verdict, evidence.advantage) == (HOLDS, pytest.approx(19, rel=1e-6))
    reach = 9.605**0.5  # the 97.5th percentile of F with 4 and 4 degrees of freedom
    assert evidence.lo == pytest.approx(20 / reach - 1, rel=0.03)
    assert evidence.hi == pytest.approx(20 * reach - 1, rel=0.03)
    assert told("a.loose", "a.firm", "spread")[0] == FAILS


def test_without_three_repeats_nothing_is_said_of_spread(shipped):
    verdict, evidence = told("a.good", "a.poor", "spread")
    assert (verdict, evidence.missing) == (UNKNOWN, ("repeats of a.good", "repeats of a.poor"))


def test_the_spread_of_one_emotion_is_held_against_anothers(shipped):
    repeated(shipped, "a.firm", [0.5] * 4)
    runs = Runs(list_variants())
    values = [per_class(*private(name)).set_index("emotion")["f1"] for name in runs.repeats("a.firm")]
    happy, fear = (np.std([each[name] for each in values], ddof=1) for name in ("happy", "fear"))
    _, evidence = told("a.firm", "a.firm", "f1_spread", emotions=("happy",), against=("fear",))
    assert evidence.advantage == pytest.approx(fear / happy - 1, rel=1e-4)


def curves(folder, name, losses, accuracies):
    lines = ["epoch,train_loss,train_accuracy,val_loss,val_accuracy,learning_rate,seconds"]
    for epoch, (loss, accuracy) in enumerate(zip(losses, accuracies, strict=True), 1):
        lines.append(f"{epoch},1,0.5,{loss},{accuracy},0.001,1")
    (folder / name / paths.HISTORY).write_text("\n".join(lines) + "\n")


def test_jumps_of_the_loss_are_counted_from_epoch_to_epoch(shipped):
    curves(shipped, "a.good", [2, 1.9, 1.8, 1.7, 1.6, 1.5], [0.5] * 6)
    curves(shipped, "a.poor", [2, 1, 2, 1, 2, 1], [0.5] * 6)
    verdict, evidence = told("a.good", "a.poor", "loss_jumps")
    assert (verdict, evidence.advantage) == (HOLDS, pytest.approx(0.9))


def test_an_early_peak_is_the_best_until_then_against_the_best_after(shipped):
    curves(shipped, "a.good", [1] * 6, [0.3, 0.6, 0.5, 0.4, 0.55, 0.5])
    verdict, evidence = told("a.good", "a.good", "early_peak", until=2, relation="not_behind")
    assert evidence.advantage == pytest.approx(0.05)
    verdict, evidence = told("a.good", "a.good", "early_peak", until=1, relation="not_behind")
    assert (verdict, evidence.advantage) == (FAILS, pytest.approx(-0.3))
    assert told("a.good", "a.good", "early_peak", until=9)[0] == UNKNOWN
