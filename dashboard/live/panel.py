"""What the models say about the faces in view, drawn again and again beside the running video."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import streamlit as st

from dashboard.live import answer_rows
from dashboard.live.camera import LiveCamera
from dashboard.pictures import speeds
from dashboard.pictures.model_answers import agreement_words
from dashboard.shell import look
from dashboard.shell.charts import draw_changing
from fer_core import charts
from fer_core.charts import ModelStyle
from fer_core.evaluation.evidence import evidence
from fer_core.evaluation.predictions import Predictions
from fer_core.formats import timed, whole
from fer_core.live import LiveFrame, Snapshot, TrackedFace, majority

#: Seconds from one drawing of the answers, and of the timeline, to the next.
ANSWERS_EVERY_S, TIMELINE_EVERY_S = 0.5, 1.0

LARGEST, ALL = "Largest face", "All faces"
MOST_FACES = 4
_STRIP_S = 0.5


@dataclass(frozen=True)
class Shown:
    """What one run of the page decides for the drawings that follow by themselves.

    ``predictions`` are the stored answers on test faces, ``measured_ms`` the measured milliseconds a face, both by
    variant id; ``crops`` whether to show what the models see; ``best`` the id of the best model.
    """

    styles: dict[str, ModelStyle]
    predictions: Mapping[str, Predictions]
    crops: bool
    best: str | None
    measured_ms: Mapping[str, float]


def show_answers(camera: LiveCamera, shown: Shown, playing: bool) -> None:
    """The answers about the faces in view; by itself while the video plays."""
    st.fragment(_answers, run_every=ANSWERS_EVERY_S if playing else None)(camera, shown, playing)


def show_timeline(camera: LiveCamera, ids: list[str], styles: dict[str, ModelStyle]) -> None:
    """The last half minute of a video that plays, drawn by itself."""
    st.fragment(_timeline, run_every=TIMELINE_EVERY_S)(camera, ids, styles)


def _answers(camera: LiveCamera, shown: Shown, playing: bool) -> None:
    seen, snapshot, recording = camera.engine.latest, camera.timeline.snapshot(), camera.timeline.recording
    for sentence in dict.fromkeys(snapshot.errors.values()):
        st.error(sentence, icon=":material/error:")
    if camera.error and playing:
        st.error(camera.error, icon=":material/error:")
    elif seen is None or not playing:
        st.info(
            "Press Start: the answers appear here, and move with the face. Frames are answered in this server's memory "
            "and forgotten."
        )
    else:
        _show_faces(seen, snapshot, shown)
        st.caption(_speed(snapshot))
    if recording.running:
        st.markdown(f":red[● **REC**] {recording.seconds:.0f} s, {whole(recording.rows)} rows")
    elif recording.note:
        st.caption(recording.note)


def _show_faces(seen: LiveFrame, snapshot: Snapshot, shown: Shown) -> None:
    faces = _chosen_faces(seen)
    if not faces:
        with look.answer("live"):
            st.markdown("No face in view: look at the camera, with light from the front.")
        return
    for face in faces[:MOST_FACES]:
        _show_face(seen, face, len(seen.faces) > 1, snapshot, shown)
    if len(faces) > MOST_FACES:
        st.caption(f"The first {MOST_FACES} of {len(faces)} faces are shown; all are boxed and recorded.")
    if shown.predictions:
        st.caption(
            "How often it is right: on test faces that are no copies of training faces; others may be answered worse."
        )


def _show_face(seen: LiveFrame, face: TrackedFace, several: bool, snapshot: Snapshot, shown: Shown) -> None:
    at = seen.faces.index(face)
    probs = {name: answers[at] for name, answers in seen.probs.items() if name in shown.styles}
    image = (
        answer_rows.crop_image(face.crop, f"Face {face.number} as the models see it") if shown.crops else ""
    )
    start = f"Face {face.number}. " if several else ""
    if not probs:
        st.html(answer_rows.STYLE + image)
        st.markdown(f"{start}Choose a model in the sidebar, and its answer appears here; the video goes on.")
        return
    said, votes = majority(seen.probs, at)
    with look.answer("live" if not several else f"live {face.number}"):
        st.markdown(start + agreement_words(probs, said, votes, shown.best))
    calls = {name: spread.p50 / len(seen.faces) for name, spread in snapshot.model_ms.items()}
    times = speeds.worded(shown.measured_ms, calls)
    worths = {name: _worth(shown.predictions.get(name), answer) for name, answer in probs.items()}
    st.html(answer_rows.rows(probs, shown.styles, said if votes > 1 else None, times, worths) + image)


def _timeline(camera: LiveCamera, ids: list[str], styles: dict[str, ModelStyle]) -> None:
    snapshot, seen = camera.timeline.snapshot(), camera.engine.latest
    answers = snapshot.table[snapshot.table["variant"].isin(ids)]
    if seen and seen.faces:
        answers = charts.of_one_face(answers, _largest(seen).number)
    strips = charts.timeline_strips(answers, _STRIP_S)
    strips = strips.assign(
        start_s=strips["start_s"] - snapshot.time_s, end_s=strips["end_s"] - snapshot.time_s
    )
    title = f"The last {camera.timeline.seconds_kept:.0f} seconds"
    span = (-camera.timeline.seconds_kept, 0.0)
    draw_changing(charts.timeline_chart, strips, ids, styles, title, span, "Seconds before now")


def _chosen_faces(seen: LiveFrame) -> list[TrackedFace]:
    """The faces whose rows are shown; with several in view the viewer chooses."""
    if len(seen.faces) < 2:
        return list(seen.faces)
    faces = {f"Face {face.number}": face for face in seen.faces}
    choice = st.pills("Show", [LARGEST, ALL, *faces], default=LARGEST, key="live.face", required=True)
    if choice == ALL:
        return seen.faces
    return [faces.get(choice) or _largest(seen)]


def _largest(seen: LiveFrame) -> TrackedFace:
    return max(seen.faces, key=lambda face: face.box[2])


def _worth(predictions: Predictions | None, answer: np.ndarray) -> str:
    if predictions is None:
        return ""
    top = int(answer.argmax())
    return evidence(predictions, top, float(answer[top])).sentence()


def _speed(snapshot: Snapshot) -> str:
    """Frames a second that were answered, and where the time goes."""
    rate = snapshot.frames_per_s
    words = [f"{rate:.{0 if rate >= 10 else 1}f} frames answered a second"]
    if snapshot.finding_ms and snapshot.total_ms:
        frame = snapshot.total_ms
        words.append(f"finding faces {timed(snapshot.finding_ms.p50)}")
        words.append(f"a frame {timed(frame.p50)}, 95 of 100 under {timed(frame.p95)}")
    return " · ".join(words)
