"""Heat maps from a process of its own, so that the caller never imports PyTorch."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from typing import Any

import numpy as np

from fer_core import paths
from fer_core.errors import ExplanationError
from fer_core.explain.grad_cam import HeatMaps
from fer_core.explain.layers import Layer
from fer_core.explain.worker import IDLE_S, packed, read_maps
from fer_core.machine.files import stamp_of
from fer_core.variants.registry import Variant

ALL = "all"
_DYING_S = 5.0
#: A process that could not be begun is not begun again for so long.
RETRY_S = 10.0


class Explainer:
    """One process that makes heat maps for everybody, begun at the first question and again when it has ended.

    Questions wait for one another. The process ends by itself after a while without any.
    """

    def __init__(self, limit_s: float = 60.0, idle_s: float = IDLE_S) -> None:
        """``limit_s``: a question that takes longer ends the process; ``idle_s``: so long it waits for one."""
        self._limit_s, self._idle_s = limit_s, idle_s
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._why = ""
        self._waking: threading.Thread | None = None
        # The process that has answered, and when none could be begun, on a steady clock.
        self._awake_id: int | None = None
        self._failed_s = -RETRY_S

    def layers(self, variant: Variant) -> list[Layer]:
        """The variant's convolutional layers of more than one place, from the face to the answer.

        ExplanationError where the variant has no model file or no such layer; ModelError's sentence as one.
        """
        return [Layer(**entry) for entry in self._ask(_order(variant))["layers"]]

    def heat_maps(
        self,
        variant: Variant,
        faces: np.ndarray,
        layers: Sequence[str] | str | None = None,
        target: int | None = None,
        after_norm: bool = False,
    ) -> list[HeatMaps]:
        """As :meth:`fer_core.explain.grad_cam.GradCam.maps`; ``layers`` may be ALL."""
        names = layers if layers is None or layers == ALL else list(layers)
        order = _order(variant) | {
            "faces": packed(faces),
            "layers": names,
            "target": target,
            "after_norm": after_norm,
        }
        return [read_maps(entry) for entry in self._ask(order)["maps"]]

    def is_awake(self) -> bool:
        """Whether a question is answered without waiting for the process to begin; it is begun, beside the caller.

        True as well where none can be begun: a question then says why.
        """
        if self._awake_id is not None and self._awake_id == self.process_id:
            return True
        if self._waking is not None and self._waking.is_alive():
            return False
        if time.monotonic() - self._failed_s < RETRY_S:
            return True
        self._waking = threading.Thread(target=self._wake, name="waking the explainer", daemon=True)
        self._waking.start()
        return False

    @property
    def process_id(self) -> int | None:
        """Of the process, while it runs."""
        running = self._process is not None and self._process.poll() is None
        return self._process.pid if running else None

    def close(self) -> None:
        """End the process; the next question starts another."""
        with self._lock:
            self._end()

    def _wake(self) -> None:
        with contextlib.suppress(ExplanationError):
            self._ask({"name": "Grad-CAM"})
        if self._awake_id is None or self._awake_id != self.process_id:
            self._failed_s = time.monotonic()

    def _ask(self, order: dict[str, Any]) -> dict[str, Any]:
        with self._lock:
            began = time.monotonic()
            line = self._answer(order)
            if not line and time.monotonic() - began < self._limit_s:  # it had just ended, tired of waiting
                line = self._answer(order)
        if not line:
            raise ExplanationError(f"No heat map came of {order['name']}: {self._why}.")
        self._awake_id = self.process_id
        answer = json.loads(line)
        if "error" in answer:
            raise ExplanationError(answer["error"])
        return answer

    def _answer(self, order: dict[str, Any]) -> bytes:
        """The process's line; empty where it ended instead, for the reason ``_why``."""
        process = self._running()
        late = threading.Timer(self._limit_s, process.kill)
        began = time.monotonic()
        late.start()
        try:
            process.stdin.write(json.dumps(order).encode() + b"\n")
            process.stdin.flush()
            line = process.stdout.readline()
        except BrokenPipeError:
            line = b""
        finally:
            late.cancel()
        if not line.endswith(b"\n"):
            self._why = self._reason(process, late=time.monotonic() - began >= self._limit_s)
            self._end()
            return b""
        return line

    def _reason(self, process: subprocess.Popen[bytes], *, late: bool) -> str:
        if late:
            return f"it took longer than {self._limit_s:.0f} s, and was ended"
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=_DYING_S)
        return f"its process died ({_ending(process.returncode)})"

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            self._end()
            self._process = subprocess.Popen(
                [sys.executable, "-m", "fer_core.explain.worker", str(self._idle_s)],
                cwd=paths.REPOSITORY,
                env=os.environ | {"CUDA_VISIBLE_DEVICES": ""},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
            )
        return self._process

    def _end(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None


def _ending(code: int | None) -> str:
    """How a process ended, in words: by a signal's name, or with a number."""
    if code is None or code >= 0:
        return f"it ended with {code}"
    with contextlib.suppress(ValueError):
        return f"signal {signal.Signals(-code).name}"
    return f"signal {-code}"


def _order(variant: Variant) -> dict[str, Any]:
    path = variant.model_path
    if not variant.can_predict or path is None:
        raise ExplanationError(
            f"{variant.id} is kept without its model file, so no heat maps can be made of it."
        )
    return {"model": str(path), "stamp": stamp_of(path), "name": variant.id}
