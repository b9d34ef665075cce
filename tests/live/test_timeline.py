"""A stream's last seconds, and its recording."""

import io
import threading
import tracemalloc

import numpy as np
import pandas as pd
import pytest

from fer_core.emotions import EMOTIONS
from fer_core.live import LiveFrame, Timeline, TrackedFace
from fer_core.live.recording import Recording
from fer_core.live.timeline import POINTS_PER_S

CROP = np.zeros((48, 48), np.uint8)


def frame_at(time_s, number=1, models=("a.one", "a.two"), faces=(1,), finding_ms=5.0, model_ms=2.0):
    """What an engine would know about a frame; the answers differ between models, faces and frames."""
    tracked = [TrackedFace(face, (10 * face, 20, 100, 100), CROP) for face in faces]
    probs = {
        name: np.random.default_rng([number, rank]).dirichlet(np.ones(7), len(faces)).astype(np.float32)
        for rank, name in enumerate(models)
    }
    raw = {name: np.roll(rows, 1, axis=1) for name, rows in probs.items()}
    costs = dict.fromkeys(models, model_ms)
    return LiveFrame(tracked, probs, raw, costs, finding_ms, finding_ms + model_ms, time_s, number)


def filled(timeline, seconds, frames_per_s=25, **options):
    for index in range(round(seconds * frames_per_s) + 1):
        timeline.add(frame_at(index / frames_per_s, index, **options))
    return timeline


def test_before_the_first_frame_there_is_an_empty_table_and_no_speed():
    snapshot = Timeline(10).snapshot()
    assert list(snapshot.table) == ["time_s", "face", "variant", "emotion", "prob"]
    assert len(snapshot.table) == 0
    assert snapshot.frames_per_s == 0 and snapshot.finding_ms is None and snapshot.model_ms == {}


def test_the_table_holds_what_was_shown_in_the_last_seconds():
    snapshot = filled(Timeline(10), 60, faces=(1, 4)).snapshot()
    table = snapshot.table
    assert table["time_s"].min() >= 50 and table["time_s"].max() == 60
    assert set(table["face"]) == {1, 4} and set(table["variant"]) == {"a.one", "a.two"}
    moments = table["time_s"].nunique()
    assert moments <= 10 * POINTS_PER_S + 1
    assert len(table) == moments * 2 * 2 * len(EMOTIONS)
    last = table[table["time_s"] == 60].set_index(["variant", "face", "emotion"])["prob"]
    shown = frame_at(60, 1500, faces=(1, 4)).probs["a.two"]
    assert [last["a.two", 4, emotion] for emotion in EMOTIONS] == pytest.approx(shown[1].tolist())


def test_speed_is_that_of_the_last_seconds():
    timeline = filled(Timeline(30), 20, frames_per_s=10, finding_ms=50.0)
    for index in range(1, 151):
        timeline.add(frame_at(20 + index / 25, finding_ms=float(index % 20), model_ms=3.0))
    snapshot = timeline.snapshot()
    assert snapshot.frames_per_s == pytest.approx(25, rel=0.02)
    assert snapshot.finding_ms.p50 == pytest.approx(9.5, abs=1)
    assert snapshot.finding_ms.p95 == pytest.approx(18, abs=1.1)
    assert snapshot.model_ms["a.one"].p95 == 3.0
    assert snapshot.frames == 201 + 150 and snapshot.time_s == 26


def test_a_model_that_was_taken_out_leaves_the_speeds_and_then_the_table():
    timeline = filled(Timeline(10), 2, models=("a.one", "a.gone"))
    for index in range(150):
        timeline.add(frame_at(2.04 + index / 25, models=("a.one",)))
    snapshot = timeline.snapshot()
    assert set(snapshot.model_ms) == {"a.one"}
    assert set(snapshot.table["variant"]) == {"a.one", "a.gone"}


def test_a_stream_that_begins_again_begins_a_new_table():
    timeline = filled(Timeline(10), 30)
    snapshot = filled(timeline, 2).snapshot()
    assert snapshot.table["time_s"].max() == 2
    assert snapshot.frames_per_s == pytest.approx(25)


def test_hours_of_frames_take_no_more_memory_than_a_minute():
    timeline = Timeline(20)
    timeline.start_recording()
    timeline.stop_recording()
    frames = [frame_at(0, number) for number in range(50)]
    tracemalloc.start()
    try:
        sizes = []
        for index in range(12_000):  # 80 minutes at 2.5 frames a second
            frame = frames[index % 50]
            fresh = {name: rows.copy() for name, rows in frame.probs.items()}
            timeline.add(LiveFrame(frame.faces, fresh, fresh, {}, 1.0, 2.0, index * 0.4, index))
            if index % 3000 == 2999:
                sizes.append(tracemalloc.get_traced_memory()[0])
    finally:
        tracemalloc.stop()
    assert sizes[-1] < sizes[0] * 1.05


def test_no_pixels_are_kept():
    tracemalloc.start()
    try:
        timeline = Timeline(3600)
        timeline.start_recording()
        for index in range(500):
            face = TrackedFace(1, (0, 0, 48, 48), np.zeros((48, 48), np.uint8) + index % 255)
            probs = {"a.one": np.full((1, 7), 1 / 7, np.float32)}
            timeline.add(LiveFrame([face], probs, probs, {}, 1.0, 2.0, index / 5, index))
        size = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    assert size < 500 * 48 * 48


def test_it_is_read_while_it_is_written():
    timeline, failures, stop = Timeline(5), [], threading.Event()

    def read():
        while not stop.is_set():
            try:
                table = timeline.snapshot().table
                assert len(table) % 14 == 0
                timeline.start_recording()
                timeline.recording_csv()
            except Exception as error:
                failures.append(error)

    readers = [threading.Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    filled(timeline, 40)
    stop.set()
    for reader in readers:
        reader.join()
    assert failures == []
    assert timeline.snapshot().frames == 1001


# --- recordings ---------------------------------------------------------------------------------------------


def read_csv(text):
    return pd.read_csv(io.StringIO(text))


def test_nothing_is_recorded_unasked():
    timeline = filled(Timeline(10), 3)
    assert not timeline.recording.running and timeline.recording.rows == 0
    assert len(read_csv(timeline.recording_csv())) == 0


def test_a_recording_holds_the_models_own_answers_from_start_to_stop():
    timeline = filled(Timeline(10), 2)
    timeline.start_recording()
    assert timeline.recording.running
    for index in range(100):
        timeline.add(frame_at(2.04 + index / 25, index, faces=(1, 2)))
    timeline.stop_recording()
    filled(timeline, 1)
    state, table = timeline.recording, read_csv(timeline.recording_csv())
    assert not state.running and not state.full
    assert list(table) == ["time_s", "face", "x", "y", "w", "h", "variant", *EMOTIONS]
    assert len(table) == state.rows == table["time_s"].nunique() * 2 * 2
    assert table["time_s"].between(2.04, 6.04).all()
    assert state.seconds == pytest.approx(4, abs=0.25)
    row = table[(table["variant"] == "a.two") & (table["face"] == 2)].iloc[-1]
    assert row[["x", "y", "w", "h"]].tolist() == [20, 20, 100, 100]
    number = round((row["time_s"] - 2.04) * 25)
    raw = frame_at(0, number, faces=(1, 2)).raw_probs["a.two"][1]
    assert row[list(EMOTIONS)].tolist() == pytest.approx(raw.tolist(), abs=1e-5)


def test_a_new_recording_begins_empty():
    timeline = Timeline(10)
    timeline.start_recording()
    filled(timeline, 2)
    timeline.start_recording()
    assert timeline.recording.rows == 0 and timeline.recording.running


@pytest.mark.parametrize("bounds", [{"longest_s": 2.0}, {"most_rows": 20}], ids=["time", "rows"])
def test_a_full_recording_ends_by_itself_and_says_so(bounds):
    recording = Recording(**bounds)
    for index in range(100):
        recording.add(frame_at(index / 5))
    state = recording.state()
    assert state.full and not state.running
    assert state.rows == len(recording.table()) <= 22
    assert "full" in state.note and f"{state.rows} rows" in state.note
