"""TFLite files as networks. Imports TensorFlow: for the process that registers."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from fer_core.adapting.converting import OPSET, first_line, quiet
from fer_core.adapting.network import Network, onnx_network
from fer_core.errors import AdaptationError


def tflite_network(path: Path, name: str, stated: dict[str, Any], output: str = "") -> Network:
    """The network in a TFLite file as tf2onnx converts it, and TFLite's interpreter as its own runtime.

    Raises:
        AdaptationError: it can't be read or converted. Whether the conversion answers alike is proved later.
    """
    own = _interpreter(path, name)
    network = onnx_network(_converted(path, name), name, stated, output)
    return Network(
        **vars(network) | {"own": own, "made_with": "converted from TFLite by tf2onnx", "loose": True}
    )


def _interpreter(path: Path, name: str):
    with quiet():
        import tensorflow as tf

        try:
            interpreter = tf.lite.Interpreter(model_path=str(path), num_threads=2)
            interpreter.allocate_tensors()
        except (ValueError, RuntimeError) as error:
            raise AdaptationError(f"{name} can't be loaded by TFLite: {first_line(error)}.") from error
    given, answer = interpreter.get_input_details()[0], interpreter.get_output_details()[0]
    if given["dtype"] not in (np.float32,) or answer["dtype"] not in (np.float32,):
        raise AdaptationError(
            f"{name} takes or answers quantised numbers; export it with floating-point input and output."
        )

    def run(pictures: np.ndarray) -> np.ndarray:
        rows = []
        for picture in pictures:
            interpreter.set_tensor(given["index"], np.ascontiguousarray(picture[None]))
            interpreter.invoke()
            rows.append(interpreter.get_tensor(answer["index"])[0].copy())
        return np.stack(rows)

    return run


def _converted(path: Path, name: str) -> Any:
    import onnx

    with quiet(), tempfile.TemporaryDirectory() as folder:
        import tf2onnx

        written = Path(folder) / "core.onnx"
        try:
            tf2onnx.convert.from_tflite(str(path), opset=OPSET, output_path=str(written))
            return onnx.load(written)
        except Exception as error:  # whatever the converter meets in a file of strangers
            raise AdaptationError(f"{name} can't be converted to ONNX: {first_line(error)}.") from error
