"""Which files of models are read, and what is said of the others; nothing is opened for that."""

from __future__ import annotations

import os
from pathlib import PurePath

from fer_core.errors import ConfigurationError, ModelError

ONNX = (".onnx",)
KERAS = (".h5", ".hdf5", ".keras")
TFLITE = (".tflite",)
SAFETENSORS = (".safetensors",)
#: A graph whose weights lie in files beside it.
TFJS = (".json",)
MODELS = (*ONNX, *KERAS, *TFLITE, *SAFETENSORS, *TFJS)
#: How the files end in which such a graph has its weights.
TFJS_WEIGHTS = ".bin"

#: Megabytes that a model's file may have.
LIMIT_VARIABLE = "FER_MODEL_MB"
_LIMIT_MB = 100

_TORCH = (
    "where it was made, export it by `torch.onnx.export(model.eval(), (example,), 'model.onnx', dynamo=True)`, or save "
    "its weights by `safetensors.torch.save_file(model.state_dict(), 'model.safetensors')`"
)
_PICKLE = (
    "where it runs, export the network to ONNX, or let it answer PrivateTest and register its answers as csv"
)
#: Files that may run code of their maker when they are opened, and what to do instead.
PICKLED = {
    ".pt": _TORCH, ".pth": _TORCH, ".ckpt": _TORCH, ".torchscript": _TORCH, ".ptl": _TORCH, ".bin": _TORCH,
    ".pkl": _PICKLE, ".pickle": _PICKLE, ".joblib": _PICKLE, ".npy": _PICKLE, ".npz": _PICKLE,
}  # fmt: skip
_OTHERS = {
    ".pb": "convert its folder by `python -m tf2onnx.convert --saved-model FOLDER --output model.onnx`",
    ".mlmodel": "convert it to ONNX by coremltools or onnxmltools",
    ".ort": "give the ONNX file that it was made of",
    ".engine": "give the ONNX file that it was made of",
    ".zip": "unpack it, and give the model's file",
}
_MAGICS = {
    b"PK": ("a zip archive, as PyTorch and Keras save", (".keras",)),
    b"\x80": ("a pickle", ()),
    b"\x89HDF": ("an HDF5 file, as Keras saves", KERAS),
    b"ORTM": ("an ORT file", ()),
}


def suffix_of(name: str) -> str:
    """How a file's name ends, in small letters."""
    return PurePath(name).suffix.lower()


def refuse_other_files(name: str, start: bytes) -> None:
    """ModelError for a file that is no model that is read, by its name or its first bytes, unopened."""
    suffix = suffix_of(name)
    if suffix in PICKLED:
        raise ModelError(
            f"{name} is refused unopened: {suffix} files can run code of their maker; {PICKLED[suffix]}."
        )
    for magic, (kind, suffixes) in _MAGICS.items():
        if start.startswith(magic) and suffix not in suffixes:
            wanted = f"its name should end in {' or '.join(suffixes)}" if suffixes else "that is not read"
            raise ModelError(f"{name} is refused unopened: it is {kind}; {wanted}.")
    if suffix not in MODELS:
        how = f"; {_OTHERS[suffix]}" if suffix in _OTHERS else ""
        raise ModelError(f"{name} is no model that is read: its name should end in {', '.join(MODELS)}{how}.")


def largest_model_bytes() -> int:
    """How large a model's file may be, from the setting FER_MODEL_MB; ConfigurationError where that is no number."""
    text = os.environ.get(LIMIT_VARIABLE, str(_LIMIT_MB))
    if not text.isdigit() or not int(text):
        raise ConfigurationError(f"{LIMIT_VARIABLE} is {text!r}; it should be a whole number of megabytes.")
    return int(text) * 1_000_000


def refuse_large(name: str, size: int) -> None:
    """ModelError for a file of too many bytes."""
    if size > largest_model_bytes():
        raise ModelError(
            f"{name} has {size / 1e6:.0f} MB; at most {largest_model_bytes() / 1e6:.0f} can be, unless "
            f"{LIMIT_VARIABLE} says more."
        )
