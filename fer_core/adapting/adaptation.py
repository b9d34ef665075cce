"""What a network of elsewhere wants and answers: the settings from which a contract is built around it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import yaml

from fer_core.adapting.label_order import placement
from fer_core.errors import AdaptationError, near_names
from fer_core.faces.intake import LARGEST_INTAKE, SMALLEST_INTAKE, Intake
from fer_core.machine.plain_yaml import dump_yaml, load_yaml, reason_of

COLOURS = ("grey", "rgb", "bgr")
LAYOUTS = ("nchw", "nhwc", "nhw")
KINDS = ("probs", "logits", "log_probs", "sigmoid")
LARGEST_YAML = 20_000


@dataclass(frozen=True)
class Range:
    """What becomes of a pixel x, 0-255: (x · ``scale`` - ``mean``) / ``std``, with a mean and deviation for each colour
    or one for all."""

    scale: float = 1.0
    mean: tuple[float, ...] = (0.0,)
    std: tuple[float, ...] = (1.0,)

    def factors(self, channels: int) -> tuple[np.ndarray, np.ndarray]:
        """float32 (channels,) each: what a pixel is multiplied by, and what is added then."""
        mean, std = (np.resize(np.array(values, np.float64), channels) for values in (self.mean, self.std))
        return (self.scale / std).astype(np.float32), (-mean / std).astype(np.float32)


#: The usual ones, the most usual first.
RANGES: dict[str, Range] = {
    "0..1": Range(1 / 255),
    "-1..1": Range(1 / 127.5, (1.0,)),
    "0..255": Range(),
    "imagenet": Range(1 / 255, (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)),
    "caffe": Range(1.0, (103.939, 116.779, 123.68)),
}


@dataclass(frozen=True)
class Adaptation:
    """How pictures go in and answers come out.

    Attributes:
        size: pixels of a face's side.
        colour: ``grey``, ``rgb`` or ``bgr``: what the network was shown; a grey face fills all its channels.
        layout: ``nchw``, ``nhwc``, or ``nhw`` without an axis of colours.
        channels: of its input.
        range: what it makes of pixels.
        kind: of its output: ``probs``; ``logits``; ``log_probs``; ``sigmoid``, each class for itself.
        labels: of its classes, in its order.
        ignore: classes that are left out; the others are made to sum to 1 again.
        merge: classes that count for an emotion.
        output: the name of its output, where it has several.
    """

    size: int
    labels: tuple[str, ...]
    colour: str = "grey"
    layout: str = "nchw"
    channels: int = 1
    range: Range = RANGES["0..1"]
    kind: str = "logits"
    ignore: tuple[str, ...] = ()
    merge: Mapping[str, str] = field(default_factory=dict)
    output: str = ""

    @property
    def intake(self) -> Intake:
        """The faces that the adapted model takes."""
        return Intake(self.size, self.colour != "grey")

    @property
    def placement(self) -> np.ndarray:
        """float32 (K, 7), see :mod:`fer_core.adapting.label_order`; AdaptationError where labels don't fit."""
        try:
            return placement(self.labels, dict(self.merge), self.ignore)
        except ValueError as error:
            raise AdaptationError(f"output.labels: {error}.") from error

    @property
    def range_name(self) -> str:
        """As RANGES calls it, or empty."""
        return next((name for name, known in RANGES.items() if known == self.range), "")

    def as_dict(self) -> dict[str, Any]:
        """As its YAML says it."""
        shown = self.range_name or {
            "scale": self.range.scale, "mean": list(self.range.mean), "std": list(self.range.std),
        }  # fmt: skip
        given: dict[str, Any] = {"size": self.size, "colour": self.colour, "layout": self.layout}
        answer: dict[str, Any] = {"kind": self.kind, "labels": list(self.labels)}
        answer |= {"ignore": list(self.ignore)} if self.ignore else {}
        answer |= {"merge": dict(self.merge)} if self.merge else {}
        answer |= {"name": self.output} if self.output else {}
        return {"input": given | {"range": shown}, "output": answer}

    def as_yaml(self) -> str:
        """A file that ``--adapt`` reads again."""
        return dump_yaml(self.as_dict())


def read_settings(text: str) -> dict[str, Any]:
    """The settings of a YAML, flat, as :func:`changed` takes them; AdaptationError names the key that is wrong."""
    if len(text) > LARGEST_YAML:
        raise AdaptationError(f"A file of settings has at most {LARGEST_YAML:,} characters.")
    try:
        content = load_yaml(text)
    except yaml.YAMLError as error:
        raise AdaptationError(f"The settings can't be read as YAML: {reason_of(error)}.") from error
    if not isinstance(content, dict):
        raise AdaptationError("The settings should be a mapping with `input` and `output`.")
    settings: dict[str, Any] = {}
    if network := content.pop("network", None):
        settings["network"] = _network("network", network)
    for part, known in _READERS.items():
        block = content.pop(part, None) or {}
        if not isinstance(block, dict):
            raise AdaptationError(f"`{part}` should be a mapping of settings.")
        for key, value in block.items():
            if key not in known:
                raise AdaptationError(f"There is no setting `{part}.{key}`{near_names(str(key), known)}")
            name, read = known[key]
            settings[name] = read(f"{part}.{key}", value)
    for key in content:
        raise AdaptationError(f"There is no setting `{key}`{near_names(str(key), _READERS)}")
    return settings


def changed(adaptation: Adaptation, settings: Mapping[str, Any]) -> Adaptation:
    """With other settings; AdaptationError where they don't fit one another."""
    new = replace(adaptation, **{key: value for key, value in settings.items() if key != "network"})
    if new.colour != "grey" and new.channels != 3:
        raise AdaptationError(
            f"input.colour: the network has {new.channels} channel(s), so it is shown grey faces, not {new.colour}."
        )
    for key, values in (("mean", new.range.mean), ("std", new.range.std)):
        if len(values) not in (1, new.channels):
            raise AdaptationError(
                f"input.range.{key}: {len(values)} numbers for {new.channels} channel(s); give one, or one for each."
            )
    if len(new.labels) != len(adaptation.labels):
        raise AdaptationError(
            f"output.labels: {len(new.labels)} are named, but the network answers {len(adaptation.labels)} classes."
        )
    for key in (*new.ignore, *new.merge):
        if key not in new.labels:
            raise AdaptationError(f"output: there is no class `{key}`{near_names(key, new.labels)}")
    assert new.placement.any()
    return new


def _size(key: str, value: Any) -> int:
    if not isinstance(value, int) or not SMALLEST_INTAKE <= value <= LARGEST_INTAKE:
        raise AdaptationError(
            f"{key}: {value!r} should be a whole number of pixels from {SMALLEST_INTAKE} to {LARGEST_INTAKE}."
        )
    return value


def _one_of(choices: tuple[str, ...]):
    def read(key: str, value: Any) -> str:
        if value not in choices:
            raise AdaptationError(f"{key}: {value!r} should be {' or '.join(choices)}.")
        return value

    return read


def _range(key: str, value: Any) -> Range:
    if isinstance(value, str):
        if value not in RANGES:
            raise AdaptationError(f"{key}: there is no range {value!r}{near_names(value, RANGES)}")
        return RANGES[value]
    if not isinstance(value, dict) or set(value) - {"scale", "mean", "std"}:
        raise AdaptationError(f"{key}: give {' or '.join(RANGES)}, or `scale`, `mean` and `std`.")
    read = Range(
        *_numbers(f"{key}.scale", value.get("scale", 1.0))[:1],
        _numbers(f"{key}.mean", value.get("mean", 0.0)),
        _numbers(f"{key}.std", value.get("std", 1.0)),
    )
    if not read.scale or not all(read.std):
        raise AdaptationError(f"{key}: neither `scale` nor `std` may be 0.")
    return read


def _numbers(key: str, value: Any) -> tuple[float, ...]:
    values = value if isinstance(value, list) else [value]
    if not values or not all(isinstance(each, int | float) and math.isfinite(each) for each in values):
        raise AdaptationError(f"{key}: {value!r} should be a number or a list of numbers.")
    return tuple(float(each) for each in values)


def _texts(key: str, value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(each, str) and each for each in value):
        raise AdaptationError(f"{key}: {value!r} should be a list of names.")
    return tuple(value)


def _merge(key: str, value: Any) -> dict[str, str]:
    if not isinstance(value, dict) or not all(
        isinstance(each, str) for pair in value.items() for each in pair
    ):
        raise AdaptationError(f"{key}: {value!r} should name an emotion for each class.")
    return dict(value)


def _network(key: str, value: Any) -> dict[str, Any]:
    value = {"name": value} if isinstance(value, str) else value
    if not isinstance(value, dict) or not isinstance(value.get("name"), str):
        raise AdaptationError(f"{key}: {value!r} should be a network's name, or a mapping with its `name`.")
    return value


def _text(key: str, value: Any) -> str:
    if not isinstance(value, str):
        raise AdaptationError(f"{key}: {value!r} should be a name.")
    return value


_READERS = {
    "input": {
        "size": ("size", _size),
        "colour": ("colour", _one_of(COLOURS)),
        "layout": ("layout", _one_of(LAYOUTS)),
        "range": ("range", _range),
    },
    "output": {
        "kind": ("kind", _one_of(KINDS)),
        "labels": ("labels", _texts),
        "ignore": ("ignore", _texts),
        "merge": ("merge", _merge),
        "name": ("output", _text),
    },
}
