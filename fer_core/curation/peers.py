"""Models of others to hold ours against: fetched as packages from the configured registry, checked, and registered."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from fer_core import paths
from fer_core.adapting.tfjs_weights import read_manifest, read_weights
from fer_core.curation.registration import ModelDescription, ModelFile, start_registration
from fer_core.errors import FetchError, near_names
from fer_core.machine.plain_yaml import dump_yaml, load_yaml, read_text
from fer_core.machine.tasks import Task
from fer_core.roles.permissions import Identity, for_trainers

FAMILY = "peer"
FETCH_S = 600


@dataclass(frozen=True)
class Peer:
    """A model of others, as ``experiments/peers.yaml`` describes it.

    Attributes:
        name: there; its variant is ``peer.<name>``.
        registry: ``pypi`` or ``npm``.
        package, version, sha256: which package, and of its file.
        file, beside: the model's file in it, and what belongs to it.
        network: the name of a network written here, where the file holds weights alone.
        settings: what the model wants and answers.
        summary, source, licence, architecture, trained_on: for its card.
    """

    name: str
    registry: str
    package: str
    version: str
    sha256: str
    file: str
    settings: dict[str, Any]
    summary: str
    source: str
    licence: str
    architecture: str
    trained_on: str
    beside: tuple[str, ...] = ()
    network: str = ""

    @property
    def id(self) -> str:
        """Of its variant."""
        return f"{FAMILY}.{self.name}"


def list_peers() -> dict[str, Peer]:
    """All of them by name."""
    entries = load_yaml(read_text(paths.PEERS))
    return {
        name: Peer(name=name, **entry | {"beside": tuple(entry.get("beside", ()))})
        for name, entry in entries.items()
    }


def get_peer(name: str) -> Peer:
    """One of them; FetchError names the near ones."""
    peers = list_peers()
    if name not in peers:
        raise FetchError(f"There is no peer {name!r}{near_names(name, peers)}")
    return peers[name]


@for_trainers("fetched a model of others", "peer")
def start_adding(peer: Peer, by: Identity | None = None) -> Task:
    """Fetch a peer and register it in a process of its own, whose result is that of a registration.

    Raises:
        NotAllowedError: ``by`` may only look.
        FetchError: its package can't be fetched, or is another than the one that is known.
        DataMissingError, CardError: as :func:`fer_core.curation.registration.start_registration`.
    """
    description = ModelDescription(
        peer.id,
        peer.summary,
        peer.source,
        peer.architecture,
        licence=peer.licence,
        trained_on=peer.trained_on,
    )
    return start_registration(model_file(peer, fetch(peer)), description, by)


def fetch(peer: Peer) -> dict[str, bytes]:
    """The peer's files by name, from its package; FetchError where that can't be had or is not the known one."""
    with tempfile.TemporaryDirectory() as folder:
        package = _downloaded(peer, Path(folder))
        found = hashlib.sha256(package.read_bytes()).hexdigest()
        if found != peer.sha256:
            raise FetchError(
                f"{package.name} is not the {peer.package} {peer.version} that is known: its sha256 is {found[:12]}…, "
                f"not {peer.sha256[:12]}…; nothing of it was opened."
            )
        return {PurePosixPath(member).name: _member(package, member) for member in (peer.file, *peer.beside)}


def model_file(peer: Peer, files: dict[str, bytes]) -> ModelFile:
    """What is registered: the fetched file, or the network that is written here with its weights."""
    name = PurePosixPath(peer.file).name
    if not peer.network:
        beside = {key: data for key, data in files.items() if key != name}
        return ModelFile(files[name], name, dump_yaml(peer.settings), beside)
    from fer_core.adapting.face_api import face_api_model

    weights = read_weights(read_manifest(files[name], name), files, name)
    data = face_api_model(weights).SerializeToString()
    return ModelFile(data, f"{peer.network}.onnx", dump_yaml(peer.settings))


def _downloaded(peer: Peer, folder: Path) -> Path:
    """The package's file, by the registry's own client, which knows what index is configured here."""
    if peer.registry == "pypi":
        wanted = f"{peer.package}=={peer.version}"
        command = [
            sys.executable,
            "-m",
            "pip",
            "download",
            wanted,
            "--no-deps",
            "--only-binary",
            ":all:",
            "-q",
            "-d",
            ".",
        ]
    else:
        command = ["npm", "pack", f"{peer.package}@{peer.version}", "--ignore-scripts", "--silent"]
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=FETCH_S)
    except FileNotFoundError as error:
        raise FetchError(f"{peer.package} comes by {command[0]}, which is not installed here.") from error
    except subprocess.TimeoutExpired as error:
        raise FetchError(f"{peer.package} did not come within {FETCH_S} s.") from error
    files = sorted(folder.iterdir())
    if done.returncode or len(files) != 1:
        reason = (done.stderr.strip().splitlines() or [f"it ended with {done.returncode}"])[-1]
        raise FetchError(f"{peer.package} {peer.version} can't be fetched by {command[0]}: {reason[:200]}")
    return files[0]


def _member(package: Path, member: str) -> bytes:
    """One file of a wheel or of npm's archive."""
    try:
        if zipfile.is_zipfile(package):
            with zipfile.ZipFile(package) as archive:
                return archive.read(member)
        with tarfile.open(package) as archive:
            return archive.extractfile(member).read()
    except (KeyError, AttributeError) as error:
        raise FetchError(f"{package.name} holds no {member}.") from error
