"""Uploads of strangers who mean no good, by seed; each is answered with one sentence, within bounds.

``python -m benchmarks.hostile`` asks how long each takes; ``tests/test_hostile.py`` whether it is a sentence.
"""

from __future__ import annotations

import gzip
import io
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

import numpy as np

from fer_core import paths
from fer_core.adapting.onnx_checks import checked_model
from fer_core.answers import answer_picture
from fer_core.curation.registration import register_recipe
from fer_core.data.sources import read_source
from fer_core.evaluation.slices import read_list
from fer_core.faces.videos import read_video
from fer_core.variants.card import read_card
from fer_core.variants.classifier import FixedClassifier, OnnxClassifier
from fer_core.variants.registry import list_variants
from tests.hostile_pictures import PICTURES, Made, pixel_bomb
from tests.hostile_variants import CARDS, MODELS, RECIPES

MODEL, RECIPE, CARD, LIST, DATA, VIDEO, PICTURE = (
    "model",
    "recipe",
    "card",
    "list",
    "data",
    "video",
    "picture",
)


@dataclass(frozen=True)
class Upload:
    """One file: where it is given, how it was made, what it is called, and its bytes."""

    place: str
    made: str
    name: str
    data: bytes


def uploads(count: int, seed: int = 0) -> Iterator[Upload]:
    """That many, every way to make one in turn; the same for the same seed."""
    ways = [(place, way) for place, ways in WAYS.items() for way in ways]
    for number in range(count):
        place, way = ways[number % len(ways)]
        name, data = way(Random(f"{seed} {number}"))
        yield Upload(place, way.__name__, name, data)


def give(upload: Upload, work: Path) -> None:
    """Take the upload as Faceoff does where it is given; FerError where it is refused. ``work`` is FER_HOME."""
    if upload.place == PICTURE:
        even = FixedClassifier(np.full((1, 7), 1 / 7))
        answer_picture(upload.data, upload.name, {"even": even})
    elif upload.place == MODEL:
        checked_model(upload.data, upload.name)
        (work / "given.onnx").write_bytes(upload.data)
        OnnxClassifier(work / "given.onnx")
    elif upload.place == RECIPE:
        register_recipe(upload.data, upload.name)
    elif upload.place == CARD:
        folder = paths.local_cards() / "mine.odd"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / paths.CARD).write_bytes(upload.data)
        assert [variant.reason for variant in list_variants() if variant.id == "mine.odd"] != [None]
        read_card(folder)
    elif upload.place == LIST:
        read_list(upload.data, upload.name)
    elif upload.place == VIDEO:
        read_video(upload.data, upload.name)
    else:
        (work / upload.name).write_bytes(upload.data)
        for _ in read_source(work / upload.name):
            pass


def large_list(rng: Random) -> Made:
    width = rng.choice((1_000, 20_000, 900_000))
    return "wide\x00.csv", rng.choice(
        (
            b"image," + b"a," * width,
            b"image\n" + b"x\n" * 120_000,
            b"image\n" + b"a" * 3_000_000,
            b'image\n"' + b"a\n" * 200_000,
        )
    )


def odd_list(rng: Random) -> Made:
    return rng.choice(("=cmd.csv", "l.csv")), rng.choice(
        (
            b"",
            rng.randbytes(2_000),
            b"\x1b[31mimage\x1b[0m,b\n1,2\n",
            b"name\nx\n",
            b"image,slice\n,\n",
            "größe\n1\n".encode("cp1252"),
        )
    )


def wrong_csv(rng: Random) -> Made:
    row = rng.choice(
        ("9,1 2,Training", '0,"1 2', "0," + "7 " * 200_000, "," * 200_000, "0,x,y", "0,1e9,\x1b[31m", "0")
    )
    return "fer2013.csv", f"emotion,pixels,Usage\n{row}\n{'1,2,3' * rng.randrange(9)}".encode()


def wrong_archive(rng: Random) -> Made:
    file, name = (
        io.BytesIO(),
        rng.choice(("train/sad/Training_1.png", "../../Training_1.png", "train/mad/x.png")),
    )
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, rng.choice((pixel_bomb(rng)[1], b"", b"BM" + bytes(100), bytes(5_000_000))))
    data = file.getvalue()
    return "faces.zip", data if rng.random() < 0.7 else data[: len(data) // 2]


def tar_bomb(rng: Random) -> Made:
    header = tarfile.TarInfo("train/sad/Training_1.png")
    header.size = rng.choice((2 << 20, 1 << 40))
    header.type = rng.choice((tarfile.REGTYPE, tarfile.GNUTYPE_LONGNAME, tarfile.XHDTYPE, tarfile.SYMTYPE))
    return "faces.tar.gz", gzip.compress(header.tobuf(tarfile.GNU_FORMAT) + bytes(3 << 20), 1)


def wrong_video(rng: Random) -> Made:
    content = (
        b"",
        rng.randbytes(3_000),
        b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n",
        b"\x00\x00\x00\x18ftypmp42" + bytes(99),
    )
    return rng.choice(("v.mp4", "\x1b[31mv.m3u8")), rng.choice(content)


WAYS: dict[str, tuple[Callable[[Random], Made], ...]] = {
    PICTURE: PICTURES,
    MODEL: MODELS,
    RECIPE: RECIPES,
    CARD: CARDS,
    LIST: (large_list, odd_list),
    DATA: (wrong_csv, wrong_archive, tar_bomb),
    VIDEO: (wrong_video,),
}
