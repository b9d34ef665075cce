"""A trainer in NumPy alone: softmax regression on 8 x 8 block means, by momentum.

It stands behind the same seam as the frameworks' trainers and starts in no time, so that tests can kill
dozens of real trainings. Its architecture's ``batch_s`` makes it slow, its ``fault`` makes it go wrong in
a chosen epoch. It keeps a trace in ``FER_HOME/traces``: every epoch begun, and a mark if two trainings of
one variant should ever run at once.
"""

import fcntl
import os
import signal
import time
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from safetensors.numpy import load_file, save_file

from fer_core import paths
from fer_core.emotions import EMOTIONS
from fer_core.training.precision import training_precision


def features(faces):
    """uint8 (N, 48, 48) -> float32 (N, 36), means of 8 x 8 blocks in 0-1."""
    return faces.reshape(-1, 6, 8, 6, 8).mean(axis=(2, 4), dtype=np.float32).reshape(-1, 36) / np.float32(255)


class SoftmaxTrainer:
    accelerator = ""

    def __init__(self, recipe):
        self.recipe = recipe
        rng = np.random.default_rng(recipe.seed)
        self.weights = rng.normal(0, 0.1, (37, len(EMOTIONS))).astype(np.float32)
        self.velocity = np.zeros_like(self.weights)
        self.parameters = self.weights.size
        self.precision = training_precision()
        self.batch_s = recipe.architecture.get("batch_s", 0)
        kind, _, epoch = recipe.architecture.get("fault", "").partition(":")
        self.fault = {int(epoch): kind} if kind else {}
        self.epoch = 0
        self.trace = Trace(recipe.id)

    def start_epoch(self, seed, epoch):
        self.rng = np.random.default_rng(seed)
        self.epoch = epoch
        self.trace.write(epoch)
        self.sums = np.zeros(3)

    def train_batch(self, batch, learning_rate):
        faces, labels, weights = batch.faces, batch.labels, batch.weights
        time.sleep(self.batch_s)
        fault = self.fault.get(self.epoch)
        if fault in FAULTS:
            FAULTS[fault]()
        x = np.c_[features(faces), np.ones(len(faces), np.float32)]
        x *= self.rng.random(x.shape, np.float32) > 0.1  # dropout: chance that a resumed run has to repeat
        probs = self._probs(x)
        loss = -np.log(np.maximum(probs[np.arange(len(labels)), labels], 1e-9)).sum()
        right = (probs.argmax(axis=1) == labels).sum()
        probs[np.arange(len(labels)), labels] -= 1
        gradient = x.T @ (probs if weights is None else probs * weights[:, None].astype(np.float32))
        self.velocity = 0.9 * self.velocity - np.float32(learning_rate) * gradient / len(labels)
        self.weights = (self.weights + self.velocity).astype(np.float32)
        if fault == "nan":
            loss = np.nan
        self.sums += (loss, right, len(labels))

    def means(self):
        return float(self.sums[0] / self.sums[2]), float(self.sums[1] / self.sums[2])

    def predict(self, faces):
        if self.fault.get(self.epoch) == "nan_answers":
            return np.full((len(faces), len(EMOTIONS)), np.nan, np.float32)
        return self._probs(np.c_[features(faces), np.ones(len(faces), np.float32)])

    def save_state(self, folder):
        if self.fault.get(self.epoch) == "disk":
            Path("/dev/full").write_bytes(b"0")
        save_file({"weights": self.weights, "velocity": self.velocity}, folder / "state.safetensors")

    def restore_state(self, folder):
        state = load_file(folder / "state.safetensors")
        self.weights, self.velocity = state["weights"], state["velocity"]

    def save_weights(self, path, *, half=False):
        save_file({"weights": self.weights}, path)

    def load_weights(self, path):
        self.weights = load_file(path)["weights"].astype(np.float32)

    def export_onnx(self, path):
        if "export" in self.fault.values():
            wait_as_libraries_do()
        constants = {
            "scale": np.array(1 / 255, np.float32),
            "one_channel": np.array([-1, 1, 48, 48], np.int64),
            "flat": np.array([-1, 36], np.int64),
            "kernel": self.weights[:36],
            "bias": self.weights[36],
        }
        nodes = [
            helper.make_node("Cast", ["faces"], ["pixels"], to=TensorProto.FLOAT),
            helper.make_node("Mul", ["pixels", "scale"], ["scaled"]),
            helper.make_node("Reshape", ["scaled", "one_channel"], ["picture"]),
            helper.make_node("AveragePool", ["picture"], ["means"], kernel_shape=[8, 8], strides=[8, 8]),
            helper.make_node("Reshape", ["means", "flat"], ["features"]),
            helper.make_node("MatMul", ["features", "kernel"], ["products"]),
            helper.make_node("Add", ["products", "bias"], ["logits"]),
            helper.make_node("Softmax", ["logits"], ["probs"], axis=1),
        ]
        graph = helper.make_graph(
            nodes,
            "softmax",
            [helper.make_tensor_value_info("faces", TensorProto.UINT8, ("N", 48, 48))],
            [helper.make_tensor_value_info("probs", TensorProto.FLOAT, ("N", 7))],
            [numpy_helper.from_array(value, name) for name, value in constants.items()],
        )
        onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)

    def _probs(self, x):
        logits = x @ self.weights
        raised = np.exp(logits - logits.max(axis=1, keepdims=True))
        return (raised / raised.sum(axis=1, keepdims=True)).astype(np.float32)


class Trace:
    """One line per epoch begun, behind a lock that the system frees when the process dies, however it does."""

    def __init__(self, variant_id):
        folder = paths.home() / "traces"
        folder.mkdir(exist_ok=True)
        self.file = (folder / variant_id).open("a")
        try:
            fcntl.flock(self.file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            (folder / f"{variant_id}.twice").touch()

    def __del__(self):
        self.file.close()

    def write(self, epoch):
        self.file.write(f"{epoch}\n")
        self.file.flush()


def use_up_memory():
    np.ones((1 << 40,), np.float64)


def wait_as_libraries_do():
    """For a signal, once: whatever is raised meanwhile is translated or even left unsaid, as exporters do."""
    mark = paths.home() / "traces" / "exporting"
    if mark.exists():
        return
    mark.touch()
    try:
        while True:
            time.sleep(0.01)
    except Exception as error:
        raise RuntimeError("\x1b[96mThis is step 2/3\x1b[0m of exporting") from error
    except BaseException:  # a bare except
        mark.with_name("swallowed").touch()


def import_what_is_missing():
    import a_framework_that_is_not_installed  # noqa: F401


def get_stuck():
    """Deaf to everything but SIGKILL, as a framework is in the middle of a long call."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    time.sleep(600)


def die():
    os._exit(3)


def fill_the_disk():
    with (paths.home() / "ballast").open("ab", buffering=0) as ballast:
        while True:
            ballast.write(bytes(4096))


def stumble():
    raise KeyError("an error nobody thought of")


FAULTS = {
    "memory": use_up_memory,
    "import": import_what_is_missing,
    "stuck": get_stuck,
    "die": die,
    "fill": fill_the_disk,
    "stumble": stumble,
}
