"""Distorted faces, and how answers stand up to them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from fer_core.data.distortions import NONE, REPORT, SEVERITIES, SUITE, distort, distort_each
from fer_core.data.schematic import schematic_dataset
from fer_core.errors import CardError, DataError, RunStoppedError
from fer_core.evaluation.distorted import (
    COLUMNS,
    list_steps,
    mean_corruption_error,
    measure_robustness,
    read_robustness,
    report_parts,
    summary,
    write_robustness,
)
from fer_core.faces.intake import resized
from fer_core.variants.classifier import FixedClassifier
from tests.fixtures_variants import KnowsTheFace

EVERY = {**SUITE, **REPORT}
GREYS = np.tile(np.arange(48, dtype=np.uint8) * 5, (60, 48, 1))


@pytest.fixture(scope="module")
def drawn():
    return schematic_dataset(14, 140).split("PrivateTest")


def change_of(faces, name, severity):
    return np.abs(distort(faces, name, severity).astype(float) - faces).mean()


@pytest.mark.parametrize("name", EVERY)
def test_a_distortion_changes_pictures_without_touching_its_input(drawn, name):
    before = drawn.faces.copy()
    for severity in range(1, len(EVERY[name].levels) + 1):
        changed = distort(drawn.faces, name, severity)
        assert changed.shape == before.shape
        assert changed.dtype == np.uint8
        assert (changed != before).any()
        assert not np.shares_memory(changed, drawn.faces)
    assert (drawn.faces == before).all()


@pytest.mark.parametrize("name", EVERY)
def test_the_same_seed_distorts_alike(drawn, name):
    assert (distort(drawn.faces, name, 1, seed=4) == distort(drawn.faces, name, 1, seed=4)).all()


@pytest.mark.parametrize("name", EVERY)
def test_larger_faces_and_coloured_ones_have_the_same_harm_done_to_them(drawn, name):
    small = drawn.faces[:4]
    large = np.stack([resized(face, 144) for face in small])
    coloured = np.repeat(large[..., None], 3, axis=3)
    changed, in_colour = distort_each(large, name, 1), distort_each(coloured, name, 1)
    assert changed.shape == large.shape and in_colour.shape == coloured.shape
    if name != "jpeg":  # which works on the pixels that there are
        before, after = (np.stack([resized(face, 48) for face in faces]) for faces in (large, changed))
        harm = np.abs(after.astype(float) - before).mean()
        assert harm == pytest.approx(
            np.abs(distort_each(before, name, 1).astype(float) - before).mean(), rel=0.3
        )
        assert np.allclose(in_colour, changed[..., None], atol=2)


def test_a_part_of_a_set_is_distorted_as_in_the_whole(drawn):
    whole = distort_each(drawn.faces, "speckle", 3)
    assert np.array_equal(distort_each(drawn.faces[5:9], "speckle", 3, first=5), whole[5:9])
    assert not np.array_equal(distort_each(drawn.faces[5:9], "speckle", 3), whole[5:9])


@pytest.mark.parametrize("name", SUITE)
def test_every_severity_of_the_suite_changes_more_than_the_one_before(drawn, name):
    changes = [change_of(drawn.faces, name, severity) for severity in SEVERITIES]
    assert changes == sorted(changes)
    assert changes[0] < changes[-1]


def test_the_reports_noise_has_the_variance_that_it_prints():
    noise = distort(np.full((400, 48, 48), 128, np.uint8), "report_noise", 1).astype(float) - 128
    assert noise.mean() == pytest.approx(0, abs=0.01)
    assert noise.var() == pytest.approx(4 + 1 / 12, abs=0.02)  # rounding to whole grey levels adds 1/12


def test_the_reports_salt_and_pepper_sets_thirty_to_five_hundred_pixels_each():
    grey = np.full((300, 48, 48), 128, np.uint8)
    changed = distort(grey, "report_salt_pepper", 1)
    black, white = (changed == 0).sum(axis=(1, 2)), (changed == 255).sum(axis=(1, 2))
    assert black.min() >= 30 and black.max() <= 500
    assert white.max() <= 500  # pepper may fall on salt
    assert black.mean() == pytest.approx(265, abs=25)


def test_the_reports_occlusion_blackens_one_whole_quarter():
    changed = distort(np.full((200, 48, 48), 200, np.uint8), "report_occlusion", 1)
    assert ((changed == 0).sum(axis=(1, 2)) == 24 * 24).all()
    quarters = changed.reshape(-1, 2, 24, 2, 24).max(axis=(2, 4)).reshape(-1, 4) == 0
    assert (quarters.sum(axis=1) == 1).all()
    assert (quarters.sum(axis=0) > 20).all()


def test_a_mask_covers_the_mouth_and_leaves_the_eyes():
    changed = distort(GREYS, "mask", 3)
    assert (changed[:, :24] == GREYS[:, :24]).all()
    assert len(np.unique(changed[:, 40:, 10:38])) == 1


@pytest.mark.parametrize(("name", "severity", "said"), [
    ("gausian_blur", 1, "did you mean gaussian_blur"),
    ("rotation", 6, "severities 1 to 5, not 6"),
    ("report_blur", 2, "severities 1 to 1, not 2"),
])  # fmt: skip
def test_a_wrong_distortion_is_named(name, severity, said):
    with pytest.raises(DataError, match=said):
        distort(GREYS, name, severity)


def test_the_reports_parts_cover_the_test_set_once():
    parts = report_parts(3589)
    assert sorted(len(rows) for rows in parts.values()) == [717, 718, 718, 718, 718]
    assert np.sort(np.concatenate(list(parts.values()))).tolist() == list(range(3589))


def test_the_untouched_faces_come_first_and_every_step_is_told(drawn):
    reported = []
    table = measure_robustness(KnowsTheFace(drawn), drawn, on_progress=lambda *step: reported.append(step))
    assert list(table.columns) == list(COLUMNS)
    assert list(zip(table["distortion"], table["severity"], strict=True)) == list_steps()
    assert table.iloc[0].tolist() == [NONE, 0, len(drawn), 1.0, pytest.approx(0, abs=1e-6)]
    assert (table["accuracy"][1:] < 1).all()
    assert reported == [(done, len(list_steps())) for done in range(1, len(list_steps()) + 1)]


def test_a_measurement_can_be_stopped(drawn):
    answers = iter([False, False, True])
    with pytest.raises(RunStoppedError, match=r"Stopped after 2 of \d+ distortions"):
        measure_robustness(KnowsTheFace(drawn), drawn, should_stop=lambda: next(answers))


def test_the_mean_corruption_error_of_the_baseline_is_one_and_of_half_its_errors_a_half(drawn):
    baseline = measure_robustness(FixedClassifier(np.eye(7)[3]), drawn)
    better = baseline.assign(accuracy=1 - (1 - baseline["accuracy"]) / 2)
    assert mean_corruption_error(baseline, baseline) == pytest.approx(1)
    assert mean_corruption_error(better, baseline) == pytest.approx(0.5)


def test_the_summary_is_the_mean_of_means(drawn):
    table = measure_robustness(KnowsTheFace(drawn), drawn)
    figures = summary(table)
    suite = table[table["distortion"].isin(SUITE)].groupby("distortion")["accuracy"].mean()
    assert figures["clean"] == 1
    assert figures["mean"] == pytest.approx(suite.mean())
    assert figures["worst"] == pytest.approx(suite.min())


def test_what_is_written_is_read_again(drawn, tmp_path):
    table = measure_robustness(FixedClassifier(np.eye(7)[3]), drawn)
    write_robustness(tmp_path / "robustness.csv", table)
    pd.testing.assert_frame_equal(read_robustness(tmp_path / "robustness.csv"), table, rtol=1e-6)


@pytest.mark.parametrize(
    "text", ["", "distortion,severity\nnone,0\n", "distortion,severity,n,accuracy,loss\nnone,0,1,1,0\n"]
)
def test_a_damaged_table_is_refused(tmp_path, text):
    (tmp_path / "robustness.csv").write_text(text)
    with pytest.raises(CardError, match=r"robustness\.csv"):
        read_robustness(tmp_path / "robustness.csv")


def odd_tables(table):
    yield "percents", table.assign(accuracy=100 * table["accuracy"] + 1)
    yield "less than nothing", table.assign(loss=-1.0)
    yield "no faces", table.assign(n=0)
    yield "mild ones alone", table[table["severity"] <= 1]
    yield "a severity that is none", table.assign(severity=table["severity"].replace(5, 7))
    yield "each twice", pd.concat([table, table])
    yield "another order", table[::-1]


def test_a_table_that_cannot_be_is_refused(drawn, tmp_path):
    table = measure_robustness(FixedClassifier(np.eye(7)[3]), drawn)
    for what, odd in odd_tables(table):
        write_robustness(tmp_path / "robustness.csv", odd)
        with pytest.raises(CardError, match=r"robustness\.csv .*measure it again"):
            pytest.fail(f"{what}: {read_robustness(tmp_path / 'robustness.csv')} was taken")
