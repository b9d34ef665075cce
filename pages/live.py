"""What do the models say about me, now?"""

from __future__ import annotations

import time

import streamlit as st

from dashboard.live import connection, panel, video_file
from dashboard.live.camera import LiveCamera
from dashboard.live.camera_check import camera_check
from dashboard.pictures import inputs
from dashboard.pictures.answers import (
    LIMITS,
    able_models,
    answers_about,
    show_answers,
    show_picture,
)
from dashboard.reads import catalogue
from dashboard.shell import (
    choices,
    downloads,
    entrance,
    look,
)
from dashboard.shell.messages import show_errors, usable
from fer_core.faces.detector_file import advice
from fer_core.faces.finders import default_finder
from fer_core.variants.latency import read_latencies
from fer_core.variants.registry import Variant
from fer_core.variants.texts import NOT_FOR

LIVE, PICTURES, VIDEO = "Live camera", "Single pictures", "Video file"
SMOOTHING_S = ["0", "0.2", "0.4", "0.8", "1.5", "3"]
PRIVACY = (
    "Frames are answered in this server's memory and forgotten: no picture is stored or logged. An expression "
    f"is not a feeling, and not for {NOT_FOR}; show only people who agree to it."
)
#: Pixels, as many as the video has: it and the first answers fit into one screen.
STAGE_WIDTH = 640
_CAMERA, _CONNECTION = "live.camera", "live.connection"


def session_camera() -> LiveCamera:
    """This session's camera, with a detector of its own; FerError if the detector can't be loaded."""
    if _CAMERA not in st.session_state:
        st.session_state[_CAMERA] = LiveCamera(default_finder())
    return st.session_state[_CAMERA]


def show_live(models: list[Variant]) -> None:
    """The video, the answers right under it, and what can be set below."""
    camera = session_camera()
    camera.engine.set_classifiers({model.id: catalogue.classifier(model) for model in models})
    video = st.container(width=STAGE_WIDTH, gap=None)
    answers, below = st.container(width=STAGE_WIDTH), st.container(width=STAGE_WIDTH)
    with below:
        record, options = st.container(), st.expander("Options")
    with options:
        crops = show_options(camera)
    with video:
        playing = show_stream(camera)
    with record:
        show_recording(camera, playing)
    with answers:
        best = catalogue.best_of(model.id for model in models)
        shown = panel.Shown(catalogue.styles(), stored_answers(models), crops, best, read_latencies(models))
        panel.show_answers(camera, shown, playing)
        if playing and models:
            panel.show_timeline(camera, [model.id for model in models], shown.styles)


def show_stream(camera: LiveCamera) -> bool:
    """The video, and what to do where none comes. Whether it plays."""
    from dashboard.live.stream import stream  # brings PyAV and aiortc, which no other page needs

    attempt = st.session_state.setdefault(_CONNECTION, connection.Connection())
    above, video, below = (st.container(gap=None) for _ in range(3))
    with above:
        camera_check()
        servers = connection.ice_servers()
    with video, show_errors():
        state = stream(camera, servers)
        attempt.update(state.playing, state.signalling, time.monotonic())
    with below:
        st.fragment(show_connection, run_every=1.0 if attempt.is_trying else None)(attempt)
    return attempt.playing


def show_connection(attempt: connection.Connection) -> None:
    """What to do where no video comes."""
    sentence = attempt.sentence(time.monotonic())
    if sentence:
        st.warning(sentence)


def show_options(camera: LiveCamera) -> bool:
    """Mirroring, smoothing, and whether to show what the models see, which is returned."""
    camera.mirrored = not choices.flag(
        "Show the video as others see it",
        "unmirrored",
        help="Otherwise it is mirrored, as people know themselves. The models see it unmirrored in any case.",
    )
    seconds = choices.one(
        st.select_slider,
        "Smoothing, seconds",
        "smoothing",
        SMOOTHING_S,
        "0.4",
        format_func=lambda value: "off" if value == "0" else value,
        help="How slowly the answers follow the face; off shows each frame's own. Recordings are never smoothed.",
    )
    camera.engine.smoothing_s = float(seconds)
    return choices.flag("Show what the models see", "crops")


def show_recording(camera: LiveCamera, playing: bool) -> None:
    """A button that begins or ends a recording, and the last one to download."""
    if not playing and camera.timeline.recording.running:
        camera.timeline.stop_recording()  # a recording ends with its stream
    with st.container(horizontal=True):
        if camera.timeline.recording.running:
            st.button("Stop recording", on_click=camera.timeline.stop_recording, icon=":material/stop:")
        else:
            st.button(
                "Record the answers",
                on_click=camera.timeline.start_recording,
                icon=":material/radio_button_checked:",
                disabled=not playing,
                help="Numbers only, no pictures: time, face, box, model, seven probabilities.",
            )
            if camera.timeline.recording.rows:
                downloads.text("Recording as CSV", camera.timeline.recording_csv, "live_answers.csv")


def stored_answers(models: list[Variant]) -> dict:
    """The models' answers on the clean test faces, by id; a damaged file is said, and left out."""
    good = usable(models, lambda model: catalogue.predictions(model, clean=True))
    return {model.id: catalogue.predictions(model, clean=True) for model in good}


def show_pictures(models: list[Variant]) -> None:
    """One picture at a time, where no stream can be had."""
    left, right = st.columns([2, 3], gap="large")
    with left:
        given = st.camera_input("Take a picture")
        search = inputs.choose_search()
        shot = (given.getvalue(), given.name) if given else None
        answers = answers_about(shot, models, search) if models else None
        if answers is not None:
            show_picture(answers)
    if answers is not None:
        with right:
            show_answers(answers, models)


def main() -> None:
    """The page."""
    look.opening("Live", "What do the models say about me, now?")
    if not catalogue.trained_variants():
        able_models()
        return
    mode = choices.one(
        st.segmented_control, "Faces from", "mode", [LIVE, PICTURES, VIDEO], LIVE, required=True,
        label_visibility="collapsed",
    )  # fmt: skip
    above, stage, below = st.container(), st.container(), st.container()  # the video must keep its place
    with below if mode == LIVE else above:
        models = able_models()
        st.caption(PRIVACY)
        if hint := advice():
            st.caption(hint)
    with stage, show_errors():
        if mode == LIVE:
            show_live(models)
        elif mode == PICTURES:
            show_pictures(models)
        else:
            video_file.show(models)
    with st.expander("Limits, and what this is not for"):
        st.markdown(LIMITS)


entrance.show(main)
