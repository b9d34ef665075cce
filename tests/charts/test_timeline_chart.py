"""What each model said, moment by moment."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from dashboard.shell import charts as drawing
from fer_core import charts
from fer_core.emotions import EMOTIONS

IDS = ["family.one", "family.two"]
STYLES = charts.model_styles(IDS)


def said(variant: str, *moments: tuple[float, str, float]) -> pd.DataFrame:
    """One model's answers: time, emotion and its probability; the rest is shared by the others."""
    rows = [
        {
            "time_s": time_s,
            "variant": variant,
            "emotion": name,
            "prob": prob if name == top else (1 - prob) / 6,
        }
        for time_s, top, prob in moments
        for name in EMOTIONS
    ]
    return pd.DataFrame(rows)


def strips_of(*moments: tuple[float, str, float], step_s: float = 0.5) -> pd.DataFrame:
    return charts.timeline_strips(said(IDS[0], *moments), step_s)


def test_a_strip_lasts_until_the_next_answer():
    strips = strips_of((0.0, "happy", 0.9), (0.5, "sad", 0.6), (1.2, "sad", 0.7))
    assert strips["emotion"].tolist() == ["😄 happy", "😢 sad", "😢 sad"]
    assert strips["start_s"].tolist() == [0.0, 0.5, 1.2]
    assert strips["end_s"].tolist() == pytest.approx([0.5, 1.2, 1.7])
    assert strips["prob"].tolist() == pytest.approx([0.9, 0.6, 0.7])


def test_a_face_that_was_away_leaves_a_gap():
    strips = strips_of((0.0, "happy", 0.9), (5.0, "happy", 0.9))
    assert strips["end_s"].tolist() == pytest.approx([1.0, 5.5])


def test_of_many_moments_one_a_step_is_drawn():
    moments = [(number / 10, "fear", 0.5) for number in range(30)]
    assert len(strips_of(*moments, step_s=0.5)) == 6


def test_an_answer_that_lasts_is_marked_where_it_begins():
    tops = ["happy"] * 5 + ["sad"] + ["happy"] * 4
    strips = strips_of(*[(number / 2, top, 0.9) for number, top in enumerate(tops)])
    assert [(row.start_s, row.glyph) for row in strips.itertuples() if row.glyph] == [
        (0.0, "😄"),
        (3.0, "😄"),
    ]


def test_each_model_has_its_own_strips():
    both = pd.concat([said(IDS[0], (0.0, "happy", 0.9)), said(IDS[1], (0.0, "angry", 0.8))])
    strips = charts.timeline_strips(both, 0.5).set_index("variant")
    assert strips["emotion"].to_dict() == {IDS[0]: "😄 happy", IDS[1]: "😠 angry"}


def test_without_answers_there_are_no_strips():
    assert charts.timeline_strips(
        said(IDS[0]).reindex(columns=["time_s", "variant", "emotion", "prob"]), 1
    ).empty


def test_a_face_that_came_back_under_another_number_keeps_its_timeline():
    before = said(IDS[0], (0.0, "happy", 0.9)).assign(face=1)
    now = pd.concat(
        [said(IDS[0], (1.0, top, 0.9)).assign(face=face) for face, top in ((2, "sad"), (3, "fear"))]
    )
    strips = charts.timeline_strips(charts.of_one_face(pd.concat([before, now]), face=3), 0.5)
    assert strips["emotion"].tolist() == ["😄 happy", "😨 fear"]


def test_data_can_be_replaced_in_a_drawing_that_stays_the_same(monkeypatch):
    drawn = []
    monkeypatch.setattr(
        drawing.st, "vega_lite_chart", lambda data, spec, **options: drawn.append((data, spec))
    )
    for prob in np.linspace(0.3, 0.9, 3):
        strips = strips_of((0.0, "happy", prob), (0.5, "sad", 0.6))
        drawing.draw_changing(charts.timeline_chart, strips, IDS, STYLES, "Timeline", (-30.0, 0.0), "Seconds")
    specifications = [spec for _, spec in drawn]
    assert specifications[0] == specifications[1] == specifications[2]
    assert not {"data", "datasets"} & set(specifications[0])
    assert '"data"' not in str(specifications[0]["layer"]).replace("'", '"')
    assert [data["prob"].iloc[0] for data, _ in drawn] == pytest.approx([0.3, 0.6, 0.9])
