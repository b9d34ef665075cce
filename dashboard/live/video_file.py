"""A video file: uploaded, analysed with progress and a way to stop, and its answers shown."""

from __future__ import annotations

import streamlit as st

from dashboard.live.video_job import VideoJob
from dashboard.pictures import speeds
from dashboard.reads import catalogue
from dashboard.shell import choices, downloads, look
from dashboard.shell.charts import draw_unkept
from fer_core import charts
from fer_core.emotions import EMOTIONS
from fer_core.faces.finders import default_finder
from fer_core.faces.videos import SUFFIXES
from fer_core.formats import duration, listed, timed, whole
from fer_core.live.recording import to_long
from fer_core.live.video import VideoAnswers
from fer_core.variants.latency import read_latencies
from fer_core.variants.registry import Variant

_JOB = "live.video job"
_EVERY_S = 0.5
_STRIPS = 150


def show(models: list[Variant]) -> None:
    """The whole mode: upload, progress, answers."""
    given = st.file_uploader("A video with faces (MP4, MOV, WebM, MKV, AVI, …)", SUFFIXES)
    job: VideoJob | None = st.session_state.get(_JOB)
    if job is not None and not job.is_done:
        st.fragment(_show_progress, run_every=_EVERY_S)(job)
        return
    if given is not None and models:
        st.button(f"Analyse {given.name}", type="primary", on_click=_begin, args=(given, models))
    elif given is None and job is None:
        st.info("Give a video, and a timeline of what each chosen model says appears here.")
    if job is not None:
        _show_result(job)


def _begin(given: st.runtime.uploaded_file_manager.UploadedFile, models: list[Variant]) -> None:
    classifiers = {model.id: catalogue.classifier(model) for model in models}
    st.session_state[_JOB] = VideoJob(given.getvalue(), given.name, classifiers, default_finder)


def _show_progress(job: VideoJob) -> None:
    if job.is_done:
        st.rerun()
    progress = job.progress
    text = f"Analysing {job.name} with {listed(job.variant_ids)}"
    if progress is not None:
        faces = "1 face" if progress.faces == 1 else f"{progress.faces} faces"
        text += f": {progress.time_s:.0f} s, {progress.frames} frames, {faces} so far"
    st.progress(progress.fraction or 0.0 if progress else 0.0, text)
    st.button("Cancel", on_click=job.cancel, icon=":material/stop_circle:")


def _show_result(job: VideoJob) -> None:
    if job.result is None:
        st.error(job.error or f"{job.name} can't be analysed.", icon=":material/error:")
        return
    answers = job.result
    for note in [*answers.notes, *answers.errors.values()]:
        st.info(note)
    with look.answer("video"):
        st.markdown(_summary(job.name, answers))
    if answers.table.empty:
        return
    face = _choose_face(answers)
    ids = [name for name in job.variant_ids if name in catalogue.styles()]
    _show_timeline(answers, face, ids)
    _show_means(answers, face, ids)
    downloads.text("All answers as CSV", answers.csv, "video_answers.csv")


def _summary(name: str, answers: VideoAnswers) -> str:
    count = answers.table["face"].nunique()
    if not count:
        return f"No face was found in {name}: {whole(answers.frames)} frames were looked at."
    faces = "1 face was" if count == 1 else f"{count} faces were"
    ended = "Stopped after" if answers.cancelled else "In"
    return (
        f"{ended} **{duration(answers.time_s)}** of {name}, {faces} followed over "
        f"{whole(answers.frames)} frames."
    )


def _choose_face(answers: VideoAnswers) -> int:
    """The face with the most frames, unless the viewer chooses another."""
    seen = answers.table.groupby("face")["time_s"].nunique().sort_values(ascending=False, kind="stable")
    if len(seen) == 1:
        return int(seen.index[0])
    words = {str(face): f"Face {face}, in {count} frames" for face, count in seen.items()}
    options = list(words)
    chosen = choices.one(
        st.selectbox,
        "Face",
        "face",
        options,
        options[0],
        format_func=lambda option: words.get(option, option),
    )
    return int(chosen or options[0])


def _show_timeline(answers: VideoAnswers, face: int, ids: list[str]) -> None:
    rows = answers.table[answers.table["face"] == face]
    end_s = max(answers.time_s, 1.0)
    strips = charts.timeline_strips(to_long(rows), max(0.2, end_s / _STRIPS))
    title = f"What each model said about face {face}"
    draw_unkept(
        charts.timeline_chart, strips, ids, catalogue.styles(), title, (0.0, end_s), "Seconds of the video"
    )


def _show_means(answers: VideoAnswers, face: int, ids: list[str]) -> None:
    """Each model's mean probabilities over the frames of the face."""
    table = answers.table[answers.table["face"] == face]
    means = table.groupby("variant")[list(EMOTIONS)].mean()
    means = means.reindex([name for name in ids if name in means.index])
    long = means.rename_axis(columns="emotion").stack().rename("prob").reset_index()
    chosen = [model for model in catalogue.trained_variants() if model.id in ids]
    times = {name: f"{timed(spread.p50)} a frame" for name, spread in answers.model_ms.items()}
    times |= speeds.worded(read_latencies(chosen), {})
    long["note"] = long["variant"].map(times).fillna("")
    title = f"On average over {whole(table['time_s'].nunique())} frames of face {face}"
    draw_unkept(charts.probability_table, long, title, catalogue.styles())
