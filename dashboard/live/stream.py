"""The video itself: the one place that knows streamlit-webrtc. Import it only where the camera is wanted."""

from __future__ import annotations

import logging
from dataclasses import dataclass

import streamlit as st
from streamlit_webrtc import WebRtcMode, webrtc_streamer
from streamlit_webrtc.relay import get_global_relay

from dashboard.live.camera import LiveCamera
from dashboard.live.ice import IceServer
from fer_core.errors import FerError
from fer_core.live import hand_over_newest_only

KEY = "live.stream"
_WANTED = {
    "video": {
        "width": {"ideal": 640},
        "height": {"ideal": 480},
        "frameRate": {"ideal": 25, "max": 30},
        "facingMode": "user",
    },
    "audio": False,
}
_WORDS = {
    "start": "Start",
    "stop": "Stop",
    "select_device": "Choose the camera",
    "select_camera": "Camera",
    "device_ask_permission": "Allow the camera in the browser's own question",
    "device_not_available": "No camera is to be had",
    "device_access_denied": "The camera is blocked for this page",
    "media_api_not_available": "This browser gives pages no camera",
}
_LOG = logging.getLogger(__name__)


class StreamError(FerError):
    """The connection to a camera could not be set up."""


@dataclass(frozen=True)
class StreamState:
    """``playing``: frames flow; ``signalling``: it is being connected."""

    playing: bool
    signalling: bool


def stream(camera: LiveCamera, servers: list[IceServer]) -> StreamState:
    """Draw the video with its Start button; every run gives the running stream this run's ``camera``.

    StreamError if the connection can't be set up. Leaving the page ends the stream.
    """
    try:
        before = st.session_state.get(KEY)
        if before is not None and before.state.signalling:  # a stream is about to begin
            hand_over_newest_only(get_global_relay())
        context = webrtc_streamer(
            KEY,
            WebRtcMode.SENDRECV,
            # Never None: the library would then ask public servers for help.
            rtc_configuration={"iceServers": servers},
            media_stream_constraints=_WANTED,
            video_frame_callback=camera.answer,
            video_html_attrs={
                "autoPlay": True,
                "muted": True,
                "playsInline": True,
                "style": {"width": "100%"},
            },
            media_toggle_controls=False,
            translations=_WORDS,
            async_processing=True,  # in a thread of its own, the latest frame first
        )
    except Exception as error:  # of several libraries and without a common base
        _LOG.exception("the stream could not be set up")
        raise StreamError(
            "The connection to the camera could not be set up: press Stop, then Start, or use Single pictures."
        ) from error
    return StreamState(context.state.playing, context.state.signalling)
