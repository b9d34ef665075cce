"""A stream of frames, answered by any number of models: faces tracked, answers smoothed, figures kept."""

from fer_core.live.delivery import hand_over_newest_only
from fer_core.live.engine import LiveEngine, LiveFrame
from fer_core.live.overlay import OVERLAY_COLOUR, draw_frame, majority
from fer_core.live.recording import RecordingState
from fer_core.live.smoothing import Smoother
from fer_core.live.timeline import Snapshot, Spread, Timeline
from fer_core.live.tracking import FaceTracker, TrackedFace

__all__ = [
    "OVERLAY_COLOUR",
    "FaceTracker",
    "LiveEngine",
    "LiveFrame",
    "RecordingState",
    "Smoother",
    "Snapshot",
    "Spread",
    "Timeline",
    "TrackedFace",
    "draw_frame",
    "hand_over_newest_only",
    "majority",
]
