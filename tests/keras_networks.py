"""Run by the tests of architectures in the process of Keras: what its backbones and augmenting networks do."""

import contextlib
import hashlib
import os
import tempfile
from dataclasses import replace
from pathlib import Path
from unittest import mock

import h5py
import keras
import numpy as np
from keras.src.legacy.saving.legacy_h5_format import save_weights_to_hdf5_group
from keras.src.utils import file_utils

from fer_core.architectures import weights
from fer_core.architectures.keras_backbones import BACKBONES
from fer_core.architectures.keras_nets import keras_nets
from fer_core.data.schematic import draw_faces
from fer_core.errors import FerError
from fer_core.recipes.library import list_recipes
from fer_core.recipes.recipe import parse_recipe, read_recipe, without_pretrained
from fer_core.training.keras_trainer import KerasTrainer, prepared
from fer_core.training.trainer import Batch

SHAPE = (32, 32, 3)
#: One of each kind of layout.
LAYOUTS = ("vgg16", "resnet50", "efficientnetb0")
#: Recipes whose reports print how many parameters learn.
PRINTED = ("pisa.cnn5_class_weight", *(f"pisa.vgg16_finetune{count}" for count in (9, 6, 3)))
numbers = keras.ops.convert_to_numpy


def build(**settings):
    architecture = {"name": "keras_backbone", "head": 4, "pooling": "flatten"} | settings
    return keras_nets.build(architecture, channels=3, size=32)


def write_weights(model, folder):
    """A file laid out as those of keras.applications are, with random weights."""
    backbone = BACKBONES[model](include_top=False, weights=None, input_shape=SHAPE)
    file = folder / f"{model}_notop.h5"
    with h5py.File(file, "w") as store:
        save_weights_to_hdf5_group(store, backbone)
    return file, backbone


def last_kernel(net):
    """The last convolution's kernel before the head."""
    kernels = [layer.kernel for layer in net.layers if isinstance(layer, keras.layers.Conv2D)]
    return numbers(kernels[-1])


def loaded(folder):
    result = {}
    for model in LAYOUTS:
        file, backbone = write_weights(model, folder)
        kernel = last_kernel(backbone)
        net = build(model=model, weights=str(file))
        result[model] = bool(np.array_equal(last_kernel(net), kernel) and kernel.any())
        keras.backend.clear_session()
    return result


def scaling():
    """Largest difference of our scaling from that of Keras' own functions."""
    faces = draw_faces(3, 0).faces
    colours = np.repeat(faces[..., None], 3, axis=3).astype("float32")
    spec = {
        scale: parse_recipe(
            {"id": "a.b", "framework": "keras", "architecture": {"name": "x"},
             "data": {"input": {"scale": scale, "channels": 3}}}
        ).data.input
        for scale in ("caffe", "imagenet")
    }  # fmt: skip
    caffe = keras.applications.vgg16.preprocess_input(colours.copy())
    torch = (colours / 255 - [0.485, 0.456, 0.406]) / [0.229, 0.224, 0.225]
    return {
        "caffe": float(np.abs(numbers(prepared(faces, spec["caffe"])) - caffe).max()),
        "imagenet": float(np.abs(numbers(prepared(faces, spec["imagenet"])) - torch).max()),
    }


def trained():
    def names(net):
        return [layer.name for layer in net.layers if layer.trainable_variables]

    norms = [name for name in names(build(model="resnet50", freeze_batch_norm=True)) if name.endswith("bn")]
    return {
        "features": names(build(model="vgg16", mode="features")),
        "last_layers": names(build(model="vgg16", last_layers=3)),
        "frozen_blocks": names(build(model="vgg16", frozen_blocks=4)),
        "norms": norms,
    }


def learning():
    """All parameters and those that learn, of the networks that recipes of experiments/ describe."""
    result = {}
    for name in PRINTED:
        recipe = without_pretrained(read_recipe(list_recipes()[name]))
        spec = recipe.data.input
        net = keras_nets.build(recipe.architecture, channels=spec.channels, size=spec.size)
        learns = sum(int(np.prod(variable.shape)) for variable in net.trainable_variables)
        result[name] = [net.count_params(), learns]
        keras.backend.clear_session()
    return result


def moved():
    """How far a training step moves backbone and head: waiting, slowed, whole."""
    result = {}
    faces = draw_faces(8, 0)
    for key, factor, head_epochs in (("waiting", 1.0, 1), ("slowed", 0.01, 0), ("whole", 1.0, 0)):
        recipe = parse_recipe(
            {"id": "a.b", "framework": "keras", "data": {"input": {"channels": 3, "size": 32}},
             "architecture": {"name": "keras_backbone", "model": "vgg16", "last_layers": 3, "head": 4},
             "optimizer": {"backbone_factor": factor}, "schedule": {"head_epochs": head_epochs}}
        )  # fmt: skip
        trainer = KerasTrainer(recipe)
        variables = {"backbone": trainer.net.get_layer("block5_conv3").kernel,
                     "head": trainer.net.get_layer("logits").kernel}  # fmt: skip
        before = {name: numbers(variable) for name, variable in variables.items()}
        trainer.start_epoch(1, 1)
        trainer.train_batch(Batch(faces.faces, faces.labels), 0.001)
        result[key] = {name: float(np.abs(numbers(v) - before[name]).max()) for name, v in variables.items()}
    return result


def augmentation():
    """How far two answers for the same faces lie apart, with no other chance in the network."""
    architecture = {"name": "moodmirror_advanced", "filters": [4, 8], "dropout": 0.0}
    net = keras_nets.build(architecture, channels=1, size=48)
    faces = draw_faces(4, 0).faces[..., None] / 255
    norms = [layer for layer in net.layers if isinstance(layer, keras.layers.BatchNormalization)]
    for norm in norms:
        norm.trainable = False  # so that only the pictures can differ
    return {
        name: float(np.abs(numbers(net(faces, training=on)) - numbers(net(faces, training=on))).max())
        for name, on in (("answering", False), ("training", True))
    }


def refused(folder):
    cases = {
        "download": {"model": "vgg16", "weights": "imagenet"},
        "absent": {"model": "vgg16", "weights": str(folder / "gone.h5")},
        "another network": {"model": "vgg19", "weights": str(folder / "vgg16_notop.h5")},
        "unknown model": {"model": "vgg17"},
    }
    sentences = {}
    for name, settings in cases.items():
        try:
            build(**settings)
            sentences[name] = "built"
        except FerError as error:
            sentences[name] = str(error)
    return sentences


def findings():
    """All of the above, by name."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        os.environ[weights.VARIABLE] = temporary  # recipes may name files there
        return {
            "loaded": loaded(folder),
            "refused": refused(folder),
            "scaling": scaling(),
            "trained": trained(),
            "learning": learning(),
            "moved": moved(),
            "augmentation": augmentation(),
        }


def wanted_files():
    """Name, address and hash of the file that Keras would fetch for each backbone, which it is kept from."""

    class Enough(Exception):
        pass

    def note(name, address, file_hash=None, **_):
        wanted[backbone] = [name, address, file_hash]
        raise Enough

    wanted = {}
    with mock.patch.object(file_utils, "get_file", note):
        for backbone in BACKBONES:
            with contextlib.suppress(Enough):
                BACKBONES[backbone](include_top=False, weights="imagenet", input_shape=(48, 48, 3))
    return wanted


def loaded_from(folder):
    """VGG16's file in a folder: the sentence for a wrong one, and whether one that is taken for right is loaded."""
    drawn_file, drawn = write_weights("vgg16", Path(folder))
    known = weights.FILES["vgg16"]
    file = drawn_file.rename(drawn_file.with_name(known.name))
    try:
        sentence = str(build(model="vgg16", weights="imagenet") and "built")
    except FerError as error:
        sentence = str(error)
    digest = hashlib.md5(file.read_bytes()).hexdigest()
    with mock.patch.dict(weights.FILES, vgg16=replace(known, md5=digest)):
        net = build(model="vgg16", weights="imagenet")
    return sentence, bool(np.array_equal(last_kernel(net), last_kernel(drawn)))
