"""What the ``faceoff:`` block of a card may say: which facts, of which kind, within which range."""

from __future__ import annotations

import math
from enum import StrEnum
from numbers import Real
from typing import Any

from fer_core import paths
from fer_core.data.split import Measured
from fer_core.errors import CardError, quoted
from fer_core.evaluation.metrics import OF_CERTAINTY


class Status(StrEnum):
    """What there is of a variant; no card says ``BROKEN`` of itself."""

    TRAINED = "trained"
    RECIPE_ONLY = "recipe-only"
    BROKEN = "broken"


STATUSES = (Status.TRAINED, Status.RECIPE_ONLY)
FRAMEWORKS = ("keras", "torch", "timm", "ensemble", "quantised", "onnx", "answers")
#: Of these, what was trained elsewhere.
BROUGHT = ("onnx", "answers")
METRIC_NAMES = (
    "n", "accuracy", "accuracy_ci95", "macro_f1", "weighted_f1", "log_loss", "ece", "auc_macro", "auc_micro",
)  # fmt: skip

#: The facts a card may lack, and what they must be where it has them.
_OPTIONAL_FACTS: dict[str, type | tuple[type, ...]] = {
    "parameters": int, "recipe_sha256": str, "data_sha256": str, "protocol": str, "epochs_planned": int,
    "epochs_run": int, "seed": int, "device": str, "duration_s": Real, "git_commit": str, "deviations": list,
    "reported": list, "latency_ms": Real, "summary": str, "dataset": str, "parent": str, "epoch_kept": int,
    "code_sha256": str, "from_run": str, "precision": str, "environment": dict,
    "job": str, "note": str, "source": str, "model_kept": bool, "trained_at": str, "registered_at": str,
    "model_sha256": str, "training_share": Real, "ensemble": dict, "faces": dict, "adapted": dict,
    "licence": str, "trained_on": str, "doubts": list, "model_bytes": int, "quantised": dict,
    "export_parity": dict, "extra": list, "extra_sha256": dict, "reproduced": dict,
}  # fmt: skip

#: What the block of an adapted model has at least.
_ADAPTED = {
    "input": ("size", "colour", "range"), "output": ("kind", "labels"),
    "proof": ("faces", "same", "largest_difference"),
}  # fmt: skip

#: Between what a figure or count must lie, both allowed.
_SHARE, _COUNT = (0, 1), (1, math.inf)
_RANGES = {
    "n": _COUNT, "accuracy": _SHARE, "accuracy_ci95": _SHARE, "macro_f1": _SHARE, "weighted_f1": _SHARE,
    "log_loss": (0, math.inf), "ece": _SHARE, "auc_macro": _SHARE, "auc_micro": _SHARE,
    "parameters": (0, math.inf), "epochs_planned": _COUNT, "epochs_run": _COUNT, "epoch_kept": _COUNT,
    "seed": (0, math.inf), "duration_s": (0, math.inf), "latency_ms": (0, math.inf), "model_bytes": _COUNT,
    "training_share": _SHARE,
}  # fmt: skip
#: Not a number where a test split lacks an emotion.
_MAY_BE_UNKNOWN = ("auc_macro", "auc_micro")
#: Words in the names of what reports print that say it is a share of 1.
_SHARES = {"accuracy", "f1", "auc", "precision", "recall"}
#: How far an interval may end before its figure: where all are right its end is 1 but for rounding.
_ROUNDING = 1e-9


def check_facts(facts: dict[str, Any], name: str) -> None:
    """CardError naming ``name`` and the key unless ``facts`` is a valid ``faceoff:`` block."""
    for key in ("id", "family", "framework", "architecture", "status"):
        if not isinstance(facts.get(key), str) or not facts[key]:
            raise CardError(f"{name}: `faceoff.{key}` is missing or not a text.")
    if not paths.VARIANT_ID.fullmatch(facts["id"]):
        raise CardError(f"{name}: `faceoff.id` should read family.variant in a-z, 0-9 and _.")
    _check_choice(facts, "status", STATUSES, name)
    _check_choice(facts, "framework", FRAMEWORKS, name)
    for key, kind in _OPTIONAL_FACTS.items():
        value = facts.get(key)
        is_number = isinstance(value, bool) and kind is not bool  # to Python a bool is one
        if value is not None and (not isinstance(value, kind) or is_number):
            raise CardError(f"{name}: `faceoff.{key}` has the wrong type ({type(value).__name__}).")
        if value is not None and key in _RANGES:
            _check_range(key, value, name)
    for key in ("deviations", "extra", "doubts"):
        for index, text in enumerate(facts.get(key) or []):
            if not isinstance(text, str):
                raise CardError(f"{name}: `faceoff.{key}[{index}]` is {quoted(text)}; it should be a text.")
    _check_reported(facts.get("reported") or [], name)
    for metric in facts.get("reproduced") or {}:
        _check_number(facts["reproduced"], metric, (-math.inf, math.inf), "reproduced", name)
    _check_faces(facts.get("faces"), name)
    made = facts.get("ensemble") or {}
    _check_members(made.get("members") or [], name)
    _check_int8(made.get("int8"), "ensemble.int8", name)
    if made and not isinstance(made.get("chosen"), str):
        raise CardError(f"{name}: `faceoff.ensemble.chosen` should say in words how the weights were chosen.")
    _check_quantised(facts.get("quantised"), name)
    if facts.get("quantised") and facts.get("latency_ms") is None:
        raise CardError(
            f"{name}: `faceoff.latency_ms` is missing though it is in int8 and says how fast it was before."
        )
    _check_adapted(facts.get("adapted"), name)
    if facts["status"] == Status.TRAINED:
        _check_metrics(facts.get("metrics"), name)
    elif facts.get("metrics"):
        raise CardError(f"{name}: `faceoff.metrics` must be absent from a card that is recipe-only.")


def _check_choice(facts: dict[str, Any], key: str, choices: tuple[str, ...], name: str) -> None:
    if facts[key] not in choices:
        raise CardError(
            f"{name}: `faceoff.{key}` is {quoted(facts[key])}; it should be {' or '.join(choices)}."
        )


def _check_reported(reported: list, name: str) -> None:
    for index, entry in enumerate(reported):
        where = f"`faceoff.reported[{index}]`"
        if not isinstance(entry, dict) or not isinstance(entry.get("metric"), str):
            raise CardError(f"{name}: {where} needs `metric`, `value` and `protocol`.")
        value = entry.get("value")
        if value is not None and not _is_number(value):
            raise CardError(f"{name}: {where}.value should be a number, or empty where none is printed.")
        if value is not None:
            share = _SHARES & set(entry["metric"].split("_"))
            _demand(f"reported[{index}].value", value, _SHARE if share else (-math.inf, math.inf), name)
        if not isinstance(entry.get("protocol"), str):
            raise CardError(f"{name}: {where}.protocol should say in words on which faces it was measured.")


def _check_faces(faces: dict[str, Any] | None, name: str) -> None:
    """What faces the model takes, where they are not those of FER2013."""
    if faces is None:
        return
    if not isinstance(faces.get("size"), int) or faces.get("colour") not in ("grey", "rgb"):
        raise CardError(f"{name}: `faceoff.faces` needs `size`, a whole number, and `colour`, grey or rgb.")


def _check_adapted(adapted: dict[str, Any] | None, name: str) -> None:
    """What a model from elsewhere takes and answers, and how it was proved."""
    for block, keys in _ADAPTED.items() if adapted else ():
        given = adapted.get(block)
        missing = [key for key in keys if given.get(key) is None] if isinstance(given, dict) else keys
        if missing:
            raise CardError(f"{name}: `faceoff.adapted.{block}` lacks {', '.join(missing)}.")


def _check_members(members: Any, name: str) -> None:
    """Of an ensemble: who its members are, and what each of them weighs."""
    if not isinstance(members, list):
        raise CardError(f"{name}: `faceoff.ensemble.members` is {quoted(members)}; it should be a list.")
    for index, member in enumerate(members):
        where = f"ensemble.members[{index}]"
        if not isinstance(member, dict) or not isinstance(member.get("id"), str):
            raise CardError(f"{name}: `faceoff.{where}` needs `id` and `weight`.")
        if not _is_number(member.get("weight")):
            raise CardError(f"{name}: `faceoff.{where}.weight` is missing or not a number.")
        _demand(f"{where}.weight", member["weight"], (0, 1 + _ROUNDING), name)


def _check_quantised(made: dict[str, Any] | None, name: str) -> None:
    """Of a model in int8: what it is made of, and how near to it it stays."""
    if made is None:
        return
    if not isinstance(made.get("from"), str):
        raise CardError(f"{name}: `faceoff.quantised.from` should be the id of a variant.")
    _check_number(made, "from_latency_ms", (0, math.inf), "quantised", name)
    _check_int8(made, "quantised", name)


def _check_int8(made: Any, where: str, name: str) -> None:
    """What was made int8: from how many faces its ranges are, and how near it stays to what it was."""
    if made is None:
        return
    if not isinstance(made, dict):
        raise CardError(f"{name}: `faceoff.{where}` is {quoted(made)}; it should be a block.")
    _check_number(made, "same_answers", _SHARE, where, name)
    _check_number(made, "calibration_faces", _COUNT, where, name)


def _check_number(made: dict[str, Any], key: str, span: tuple[float, float], where: str, name: str) -> None:
    if not _is_number(made.get(key)):
        raise CardError(f"{name}: `faceoff.{where}.{key}` is missing or not a number.")
    _demand(f"{where}.{key}", made[key], span, name)


def _check_metrics(metrics: Any, name: str) -> None:
    for split in Measured:
        block = metrics.get(split) if isinstance(metrics, dict) else None
        if not isinstance(block, dict):
            raise CardError(f"{name}: `faceoff.metrics.{split}` is missing though the status is trained.")
        for key in METRIC_NAMES:
            value = block.get(key)
            if value is None and key in block and key in OF_CERTAINTY:
                continue
            if key == "accuracy_ci95":
                fine = isinstance(value, list) and len(value) == 2 and all(map(_is_number, value))
            else:
                fine = _is_number(value)
            if not fine:
                raise CardError(f"{name}: `faceoff.metrics.{split}.{key}` is missing or not a number.")
            if key == "n" and not isinstance(value, int):
                raise CardError(
                    f"{name}: `faceoff.metrics.{split}.n` is {quoted(value)}; it should be a whole number."
                )
            _check_range(f"metrics.{split}.{key}", value, name)
        low, high = block["accuracy_ci95"]
        if not low - _ROUNDING <= block["accuracy"] <= high + _ROUNDING:
            raise CardError(
                f"{name}: `faceoff.metrics.{split}.accuracy_ci95` is {quoted([low, high])}, which is not around the "
                f"accuracy, {block['accuracy']:g}."
            )


def _check_range(key: str, value: Any, name: str) -> None:
    """CardError for a figure that can't be: a share outside 0 to 1, less than nothing, a count below one."""
    *_, last = key.split(".")
    for each in value if isinstance(value, list) else [value]:
        if not (last in _MAY_BE_UNKNOWN and math.isnan(each)):
            _demand(key, each, _RANGES[last], name)


def _demand(key: str, value: Real, within: tuple[float, float], name: str) -> None:
    least, most = within
    if math.isinf(value) or not least <= value <= most:  # nor is not-a-number
        between = f"between {least:g} and {most:g}"
        to = between if most < math.inf else "a number" if least == -math.inf else f"{least} or more"
        raise CardError(f"{name}: `faceoff.{key}` is {quoted(value)}; it should be {to}.")


def _is_number(value: Any) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool) and not math.isinf(value)
