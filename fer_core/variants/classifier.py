"""One seam for every model: faces in, seven probabilities out.

The contract of a model file: one input ``faces``, uint8, raw pixels, (N, S, S) grey or (N, S, S, 3) RGB, N free and
S of the model's own choice; one output ``probs``, float32 (N, 7), rows that sum to 1, columns in EMOTIONS order.
Scaling, softmax and label order are inside the graph. Whoever has a picture cuts its faces in the size and colour
that the model takes; the faces of FER2013, 48 x 48 and grey, are made that here.
"""

from __future__ import annotations

import mmap
import re
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np

from fer_core.emotions import EMOTIONS, ROW_SUM_TOLERANCE
from fer_core.errors import ContractError, ModelError, printable
from fer_core.faces.intake import FER_FACE, LARGEST_INTAKE, SMALLEST_INTAKE, Intake, fitted
from fer_core.machine import memory
from fer_core.variants.facts import Status
from fer_core.variants.registry import get_variant

if TYPE_CHECKING:
    import onnx
    import onnxruntime as ort

INPUT, OUTPUT = "faces", "probs"

#: Faces per run of a network: bounds the memory of a big input, at no cost in speed (128 is no faster).
BATCH_FACES = 32
_ENTRY_OF_LOCATION = b"\x0a\x08location"

_FATAL_ONLY = 4
_LONGEST_REASON = 300
#: ``[ONNXRuntimeError] : 1 : FAIL : Load model from PATH failed:`` and ``/onnxruntime_src/x.cc:256 signature(...) ``.
_PLACES = re.compile(
    r"^\[ONNXRuntimeError\] : \d+ : \w+ : |Load model from .*? failed: ?|/\S+\.(?:cc|h):\d+ [^()]*\(.*\) "
)


class Classifier(Protocol):
    """Anything that names the emotion of faces. One that takes other faces than uint8 (N, 48, 48) says so by an
    ``intake``, see :func:`fer_core.faces.intake.intake_of`, and takes both."""

    def predict_proba(self, faces: np.ndarray) -> np.ndarray:
        """``faces`` uint8 (N, 48, 48) -> float32 (N, 7), rows sum to 1, in EMOTIONS order."""
        ...


class OnnxClassifier:
    """A model file on ONNX Runtime's CPU provider. One instance may be used by many threads at once."""

    def __init__(self, path: Path, threads: int = 1) -> None:
        """Load and check ``path``; ModelError if it can't be loaded, ContractError naming what differs.

        ``threads`` is the number of threads of one call; one is fastest for single small faces.
        """
        self.path = Path(path)
        if not self.path.is_file():
            raise ModelError(f"There is no model file {self.path}.")
        if _has_parts_elsewhere(self.path):
            raise ModelError(
                f"{_name(self.path)} keeps weights in other files, which are not read: save it as one ONNX file."
            )
        self._session = start_session(str(self.path), _name(self.path), threads)
        memory.give_back()  # the float16 weights and the parsed graph: a sixth of a process with seven models
        self.intake = _checked_intake(self._session, _name(self.path))
        self._check_answers()

    def predict_proba(self, faces: np.ndarray) -> np.ndarray:
        """``faces`` as the model takes them (``intake``), or as FER2013 has them, uint8 (N, 48, 48), which are then
        enlarged -> float32 (N, 7); N may be 0. ValueError for any other input."""
        faces = check_faces(faces, self.intake)
        probs = np.empty((len(faces), len(EMOTIONS)), np.float32)
        for start in range(0, len(faces), BATCH_FACES):
            batch = np.ascontiguousarray(fitted(faces[start : start + BATCH_FACES], self.intake))
            probs[start : start + BATCH_FACES] = self._run(batch)
        return probs

    def _run(self, faces: np.ndarray) -> np.ndarray:
        try:
            return self._session.run([OUTPUT], {INPUT: faces})[0]
        except Exception as error:  # as above
            raise ModelError(
                f"{_name(self.path)} failed on {len(faces)} faces: {reason_of_runtime(error)}."
            ) from error

    def _check_answers(self) -> None:
        """Answer a blank, a white and a shaded face once: probabilities, and the same alone as together."""
        shade = np.arange(np.prod(self.intake.shape), dtype=np.float64).reshape(self.intake.shape)
        shaded = (shade * 255 / shade.max()).astype(np.uint8)
        faces = np.stack([np.zeros_like(shaded), np.full_like(shaded, 255), shaded])
        probs, alone = self._run(faces), self._run(faces[-1:])
        if probs.shape != (3, len(EMOTIONS)) or alone.shape != (1, len(EMOTIONS)):
            raise ContractError(f"{_name(self.path)} answers {probs.shape} for 3 faces, not (3, 7).")
        inside = np.isfinite(probs).all() and (probs >= 0).all()
        if not inside or (np.abs(probs.sum(axis=1) - 1) > ROW_SUM_TOLERANCE).any():
            raise ContractError(f"{_name(self.path)} answers rows that are not probabilities summing to 1.")
        if np.abs(probs[-1] - alone[0]).max() > ROW_SUM_TOLERANCE:
            raise ContractError(f"{_name(self.path)} answers a face differently when others stand beside it.")


class FixedClassifier:
    """The fake: answers face ``i`` with row ``i % M`` of the given ``probs`` (M, 7), whatever the face is."""

    def __init__(self, probs: np.ndarray) -> None:
        self.probs = np.atleast_2d(np.asarray(probs, np.float32))

    def predict_proba(self, faces: np.ndarray) -> np.ndarray:
        """``faces`` uint8 (N, 48, 48) -> the given rows, float32 (N, 7)."""
        return self.probs[np.arange(len(check_faces(faces))) % len(self.probs)]


def start_session(model: str | bytes, name: str, threads: int) -> ort.InferenceSession:
    """ONNX Runtime with a model, its path or bytes, on the processor; ModelError with the runtime's reason."""
    import onnxruntime as ort  # here, so that pages that only compare start without it

    ort.disable_telemetry_events()
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = False  # it keeps 9 MB a model after a big input, and is no faster
    options.log_severity_level = _FATAL_ONLY  # what goes wrong is raised as one sentence
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    try:
        return ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # ONNX Runtime's errors share no public base class
        raise ModelError(
            f"{name} is not a model that ONNX Runtime can load: {reason_of_runtime(error)}."
        ) from error


def load_classifier(variant_id: str, threads: int = 1) -> OnnxClassifier:
    """The classifier of a trained variant.

    UnknownVariantError names near ids; ModelError says why a variant can't predict (broken, recipe only,
    its model not kept); ContractError if its file does not honour the contract.
    """
    variant = get_variant(variant_id)
    if variant.status == Status.BROKEN:
        raise ModelError(f"{variant_id} is broken: {variant.reason}")
    if variant.status == Status.RECIPE_ONLY:
        raise ModelError(f"{variant_id} is a recipe only; train it before it can predict.")
    if variant.framework == "answers":
        raise ModelError(
            f"{variant_id} is known by its answers to the test faces alone: it can't answer a picture."
        )
    if variant.model_path is None:
        raise ModelError(f"{variant_id} is kept without its model file; train it here to predict with it.")
    return OnnxClassifier(variant.model_path, threads)


def check_faces(faces: np.ndarray, intake: Intake = FER_FACE) -> np.ndarray:
    """``faces`` as it is, if it is a uint8 array (N, 48, 48) or of ``intake``; else ValueError saying what it is."""
    if not isinstance(faces, np.ndarray) or faces.dtype != np.uint8:
        raise ValueError(f"Faces are a uint8 array, not {getattr(faces, 'dtype', type(faces).__name__)}.")
    if faces.shape[1:] not in (FER_FACE.shape, intake.shape):
        raise ValueError(f"Faces have the shape (N, {_joined(intake.shape)}), not {faces.shape}.")
    return faces


def _checked_intake(session: ort.InferenceSession, name: str) -> Intake:
    """What faces the model takes; ContractError naming all in its signature that differs from the contract."""
    intake = intake_of_shape(list(session.get_inputs()[0].shape or [])) if session.get_inputs() else FER_FACE
    wrong = _port_faults("input", session.get_inputs(), INPUT, "tensor(uint8)", intake.shape)
    wrong += _port_faults("output", session.get_outputs(), OUTPUT, "tensor(float)", (len(EMOTIONS),))
    if wrong:
        raise ContractError(f"{name} differs from the contract: {'; '.join(wrong)}.")
    if not SMALLEST_INTAKE <= intake.size <= LARGEST_INTAKE:
        raise ContractError(
            f"{name} takes faces of {intake}; a side may have {SMALLEST_INTAKE} to {LARGEST_INTAKE} pixels."
        )
    return intake


def intake_of_shape(shape: list) -> Intake:
    """Of a model whose input has this shape; what is no whole number in it is free, and free sides are 48."""
    side = next((length for length in shape[1:3] if isinstance(length, int)), FER_FACE.size)
    return Intake(side, colour=len(shape) == 4)


def stored_intake(stored: onnx.ModelProto) -> Intake:
    """What faces a model file of the contract takes."""
    lengths = stored.graph.input[0].type.tensor_type.shape.dim
    return intake_of_shape([each.dim_value if each.HasField("dim_value") else None for each in lengths])


def _port_faults(side: str, ports: list, wanted: str, kind: str, rest: tuple[int, ...]) -> list[str]:
    names = [port.name for port in ports]
    if len(ports) != 1:
        return [f"it has the {side}s {names}; the contract is one {side} `{wanted}`"]
    port, faults = ports[0], []
    if names != [wanted]:
        faults.append(f"its {side} is named `{port.name}`; the contract is `{wanted}`")
    if port.type != kind:
        faults.append(f"its {side} is {port.type}; the contract is {kind}")
    shape = list(port.shape or [])
    fits = len(shape) == 1 + len(rest) and all(
        not isinstance(have, int) or have == want for have, want in zip(shape[1:], rest, strict=False)
    )
    if not fits or isinstance(shape[0], int):
        or_rgb = " or (N, S, S, 3)" if side == "input" else ""
        wanted_shape = "(N, S, S)" if side == "input" else f"(N, {_joined(rest)})"
        faults.append(f"its {side} has the shape {shape}; the contract is {wanted_shape}{or_rgb}, N free")
    return faults


def _joined(lengths: tuple[int, ...]) -> str:
    return ", ".join(map(str, lengths))


def reason_of_runtime(error: Exception) -> str:
    """What ONNX Runtime says, without its places in files and code."""
    said = _PLACES.sub("", printable(str(error))).strip().rstrip(".")
    return said if len(said) <= _LONGEST_REASON else said[: _LONGEST_REASON - 1] + "…"


def _has_parts_elsewhere(path: Path) -> bool:
    """Whether a tensor of the model names a file beside it: ONNX Runtime would read whatever file that is.

    Such a tensor has an entry ``location`` (ONNX, ``TensorProto.external_data``), searched as protobuf writes it.
    """
    if not path.stat().st_size:
        return False
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        return content.find(_ENTRY_OF_LOCATION) >= 0


def _name(path: Path) -> str:
    """``pisa.cnn1/model.onnx``: enough to find the file, without the machine's folders."""
    return f"{path.parent.name}/{path.name}"
