"""The file of OpenCV's YuNet detector: fetched once from OpenCV's model zoo, checked, and kept."""

from __future__ import annotations

import hashlib
import os
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from fer_core import paths
from fer_core.errors import ModelError
from fer_core.machine.files import replacing

#: Names the file of a YuNet detector, or says ``off``: the cascade that comes with OpenCV is used then.
VARIABLE, OFF = "FER_YUNET", "off"
#: What fetches it, for messages that it is missing.
COMMAND = "python -m fer_core detector"
_TIMEOUT_S = 20.0


@dataclass(frozen=True)
class DetectorFile:
    """A published file: where it is to be had, and the hash that identifies it."""

    address: str
    size_bytes: int
    sha256: str

    @property
    def name(self) -> str:
        """The last part of its address."""
        return self.address.rsplit("/", 1)[-1]


#: MIT licence, opencv_zoo.
YUNET = DetectorFile(
    "https://github.com/opencv/opencv_zoo/raw/main/models/face_detection_yunet/face_detection_yunet_2026may.onnx",
    229_738,
    "ebafce4e3c118d6554634be5c27ab333b4c047a9a8c3faf1d7cf93101c22f0f0",
)


def detector_path() -> Path | None:
    """The YuNet file to use: the one that the environment names, else the one that was fetched; None for none."""
    named = os.environ.get(VARIABLE)
    if named:
        return None if named == OFF else Path(named)
    kept = paths.detectors() / YUNET.name
    return kept if kept.is_file() else None


def is_wanted() -> bool:
    """Whether YuNet would be used were it here: no other is chosen, and it has not been fetched."""
    return not os.environ.get(VARIABLE) and detector_path() is None


def advice() -> str:
    """What to say where faces are found by the cascade because YuNet could not be fetched; else nothing."""
    if not is_wanted():
        return ""
    return (
        "Faces are found by OpenCV's older detector, which misses turned and small ones: "
        f"`{COMMAND}` fetches the better one (0.2 MB)."
    )


def fetch(file: DetectorFile = YUNET) -> Path:
    """The file in ``FER_HOME/detectors``, fetched where it is not there; complete and right, or not at all.

    Raises:
        ModelError: it can't be had, or what came is another one.
    """
    kept = paths.detectors() / file.name
    if kept.is_file():
        return kept
    try:
        with urllib.request.urlopen(file.address, timeout=_TIMEOUT_S) as answer:
            content = answer.read(file.size_bytes + 1)
    except (OSError, urllib.error.URLError, ValueError) as error:
        reason = getattr(error, "reason", error)
        raise ModelError(
            f"The face detector can't be fetched from {file.address} ({reason}): download it yourself and name "
            f"the file in {VARIABLE}."
        ) from error
    if len(content) != file.size_bytes or hashlib.sha256(content).hexdigest() != file.sha256:
        raise ModelError(
            f"What {file.address} sent is not {file.name} as it was published: nothing was kept."
        )
    kept.parent.mkdir(parents=True, exist_ok=True)
    with replacing(kept) as unfinished:
        unfinished.write_bytes(content)
    return kept
