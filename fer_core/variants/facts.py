"""What the ``faceoff:`` block of a card may say: which facts, of which kind, within which range."""

from __future__ import annotations

import math
from numbers import Real
from typing import Any

from fer_core import paths
from fer_core.errors import CardError, quoted

STATUSES = ("trained", "recipe-only")
FRAMEWORKS = ("keras", "torch", "timm", "ensemble", "onnx")
METRIC_SPLITS = ("private_test", "private_test_clean")
METRIC_NAMES = (
    "n", "accuracy", "accuracy_ci95", "macro_f1", "weighted_f1", "log_loss", "ece", "auc_macro", "auc_micro",
)  # fmt: skip

#: The facts a card may lack, and what they must be where it has them.
_OPTIONAL_FACTS: dict[str, type | tuple[type, ...]] = {
    "parameters": int, "recipe_sha256": str, "data_sha256": str, "protocol": str, "epochs_planned": int,
    "epochs_run": int, "seed": int, "device": str, "duration_s": Real, "git_commit": str, "deviations": list,
    "reported": list, "latency_ms": Real, "summary": str, "dataset": str, "parent": str, "epoch_kept": int,
    "code_sha256": str, "from_run": str, "precision": str, "environment": dict,
    "job": str, "note": str, "source": str, "model_kept": bool,
}  # fmt: skip

#: Between what a figure or count must lie, both allowed.
_SHARE, _COUNT = (0, 1), (1, math.inf)
_RANGES = {
    "n": _COUNT, "accuracy": _SHARE, "accuracy_ci95": _SHARE, "macro_f1": _SHARE, "weighted_f1": _SHARE,
    "log_loss": (0, math.inf), "ece": _SHARE, "auc_macro": _SHARE, "auc_micro": _SHARE,
    "parameters": _COUNT, "epochs_planned": _COUNT, "epochs_run": _COUNT, "epoch_kept": _COUNT,
    "seed": (0, math.inf), "duration_s": (0, math.inf), "latency_ms": (0, math.inf),
}  # fmt: skip
#: Not a number where a test split lacks an emotion.
_MAY_BE_UNKNOWN = ("auc_macro", "auc_micro")


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
    _check_reported(facts.get("reported") or [], name)
    if facts["status"] == "trained":
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


def _check_metrics(metrics: Any, name: str) -> None:
    for split in METRIC_SPLITS:
        block = metrics.get(split) if isinstance(metrics, dict) else None
        if not isinstance(block, dict):
            raise CardError(f"{name}: `faceoff.metrics.{split}` is missing though the status is trained.")
        for key in METRIC_NAMES:
            value = block.get(key)
            if key == "accuracy_ci95":
                fine = isinstance(value, list) and len(value) == 2 and all(map(_is_number, value))
            else:
                fine = _is_number(value)
            if not fine:
                raise CardError(f"{name}: `faceoff.metrics.{split}.{key}` is missing or not a number.")
            _check_range(f"metrics.{split}.{key}", value, name)
        low, high = block["accuracy_ci95"]
        if not low <= block["accuracy"] <= high:
            raise CardError(
                f"{name}: `faceoff.metrics.{split}.accuracy_ci95` is {quoted([low, high])}, which is not around the "
                f"accuracy, {block['accuracy']:g}."
            )


def _check_range(key: str, value: Any, name: str) -> None:
    """CardError for a figure that can't be: a share outside 0 to 1, less than nothing, a count below one."""
    *_, last = key.split(".")
    least, most = _RANGES[last]
    for each in value if isinstance(value, list) else [value]:
        if math.isnan(each) and last in _MAY_BE_UNKNOWN:
            continue
        if not least <= each <= most:  # nor is not-a-number
            to = f"between {least} and {most}" if most < math.inf else f"{least} or more"
            raise CardError(f"{name}: `faceoff.{key}` is {quoted(each)}; it should be {to}.")


def _is_number(value: Any) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool) and not math.isinf(value)
