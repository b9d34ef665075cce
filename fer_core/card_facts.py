"""What may stand in a card's ``faceoff:`` block: types, ranges, and how figures relate to each other.

Nothing that passes here may make a page, a table or a ranking stumble: whatever is out of its range makes the
folder broken, with key and value named.
"""

from __future__ import annotations

import math
from numbers import Real
from typing import Any

from fer_core import paths
from fer_core.errors import CardError
from fer_core.formats import shown

STATUSES = ("trained", "recipe-only")
FRAMEWORKS = ("keras", "torch", "timm", "ensemble", "onnx")
METRIC_SPLITS = ("private_test", "private_test_clean")
METRIC_NAMES = (
    "n", "accuracy", "accuracy_ci95", "macro_f1", "weighted_f1", "log_loss", "ece", "auc_macro", "auc_micro",
)  # fmt: skip

_MOST = 10**15
_HASHES = ("recipe_sha256", "data_sha256", "code_sha256", "model_sha256")
_TEXTS = (
    *_HASHES, "protocol", "device", "git_commit", "summary", "dataset", "parent", "from_run", "precision", "job",
    "note", "source", "trained_at", "registered_at",
)  # fmt: skip

#: The facts a card may lack, and what they must be where it has them.
_TYPES: dict[str, tuple[type, ...]] = {
    **dict.fromkeys(_TEXTS, (str,)),
    **dict.fromkeys(("deviations", "reported"), (list,)),
    **dict.fromkeys(("environment", "ensemble", "export_parity"), (dict,)),
    **dict.fromkeys(("parameters", "epochs_planned", "epochs_run", "epoch_kept", "seed"), (int,)),
    **dict.fromkeys(("duration_s", "latency_ms"), (Real,)),
    "model_kept": (bool,),
}
#: The least that a number may be; counts begin with one, but a network may have no weight of its own.
_LEAST = {
    **dict.fromkeys(("epochs_planned", "epochs_run", "epoch_kept"), 1),
    **dict.fromkeys(("parameters", "seed", "duration_s", "latency_ms"), 0),
}
#: Of a test set with one emotion alone there are no areas under curves.
_MAY_BE_UNKNOWN = ("auc_macro", "auc_micro")
#: Words in the names of reported figures that are shares of 1.
_SHARES = {"accuracy", "f1", "auc", "precision", "recall"}
_ROUNDING = 1e-9


def check_facts(facts: dict[str, Any], name: str) -> None:
    """CardError naming ``name``, the key and its value unless ``facts`` is a valid ``faceoff:`` block."""
    for key in ("id", "family", "framework", "architecture", "status"):
        if not isinstance(facts.get(key), str) or not facts[key]:
            raise CardError(f"{name}: `faceoff.{key}` is missing or not a text.")
    if not paths.VARIANT_ID.fullmatch(facts["id"]):
        raise CardError(f"{name}: `faceoff.id` should read family.variant in a-z, 0-9 and _.")
    _check_choice(facts, "status", STATUSES, name)
    _check_choice(facts, "framework", FRAMEWORKS, name)
    for key, types in _TYPES.items():
        value = facts.get(key)
        is_number = isinstance(value, bool) and bool not in types  # to Python a bool is one
        if value is not None and (not isinstance(value, types) or is_number):
            raise CardError(f"{name}: `faceoff.{key}` has the wrong type ({type(value).__name__}).")
        if value is not None and key in _LEAST:
            _between(f"faceoff.{key}", value, _LEAST[key], _MOST, name)
    for index, text in enumerate(facts.get("deviations") or []):
        if not isinstance(text, str):
            raise CardError(f"{name}: `faceoff.deviations[{index}]` is {shown(text)}; it must be a text.")
    _check_reported(facts.get("reported") or [], name)
    _check_members(facts.get("ensemble") or {}, name)
    if facts["status"] == "trained":
        _check_metrics(facts.get("metrics"), name)
    elif facts.get("metrics"):
        raise CardError(f"{name}: `faceoff.metrics` must be absent from a card that is recipe-only.")


def _check_choice(facts: dict[str, Any], key: str, choices: tuple[str, ...], name: str) -> None:
    if facts[key] not in choices:
        raise CardError(
            f"{name}: `faceoff.{key}` is {shown(facts[key])}; it should be {' or '.join(choices)}."
        )


def _check_reported(reported: list, name: str) -> None:
    for index, entry in enumerate(reported):
        where = f"faceoff.reported[{index}]"
        if not isinstance(entry, dict) or not isinstance(entry.get("metric"), str):
            raise CardError(f"{name}: `{where}` needs `metric`, `value` and `protocol`.")
        value = entry.get("value")
        if value is None:
            continue
        if not _is_number(value):
            raise CardError(f"{name}: `{where}`.value should be a number, or empty where none is printed.")
        if _SHARES & set(entry["metric"].split("_")):
            _between(f"{where}.value", value, 0, 1, name)
        else:
            _between(f"{where}.value", value, -_MOST, _MOST, name)


def _check_members(made: dict[str, Any], name: str) -> None:
    """Of an ensemble: who its members are, and what each of them weighs."""
    members = made.get("members") or []
    if not isinstance(members, list):
        raise CardError(f"{name}: `faceoff.ensemble.members` is {shown(members)}; it must be a list.")
    for index, member in enumerate(members):
        where = f"faceoff.ensemble.members[{index}]"
        if not isinstance(member, dict) or not isinstance(member.get("id"), str):
            raise CardError(f"{name}: `{where}` needs `id` and `weight`.")
        if not _is_number(member.get("weight")):
            raise CardError(
                f"{name}: `{where}`.weight is {shown(member.get('weight'))}; it must be a number."
            )
        _between(f"{where}.weight", member["weight"], 0, 1 + _ROUNDING, name)


def _check_metrics(metrics: Any, name: str) -> None:
    for split in METRIC_SPLITS:
        block = metrics.get(split) if isinstance(metrics, dict) else None
        if not isinstance(block, dict):
            raise CardError(f"{name}: `faceoff.metrics.{split}` is missing though the status is trained.")
        for key in METRIC_NAMES:
            _check_figure(f"faceoff.metrics.{split}.{key}", key, block.get(key), name)
        low, high = block["accuracy_ci95"]
        if not low - _ROUNDING <= block["accuracy"] <= high + _ROUNDING:
            raise CardError(
                f"{name}: `faceoff.metrics.{split}.accuracy_ci95` is [{low}, {high}]; it must lie around the "
                f"accuracy, {block['accuracy']}."
            )


def _check_figure(where: str, key: str, value: Any, name: str) -> None:
    if key == "accuracy_ci95":
        if not (isinstance(value, list) and len(value) == 2 and all(map(_is_number, value))):
            raise CardError(f"{name}: `{where}` is missing or not a number.")
        for end in value:
            _between(where, end, 0, 1, name)
    elif not _is_number(value):
        raise CardError(f"{name}: `{where}` is missing or not a number.")
    elif key == "n":
        if not isinstance(value, int):
            raise CardError(f"{name}: `{where}` is {shown(value)}; it must be a whole number.")
        _between(where, value, 1, _MOST, name)
    elif not (key in _MAY_BE_UNKNOWN and math.isnan(value)):
        _between(where, value, 0, _MOST if key == "log_loss" else 1, name)


def _is_number(value: Any) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool)


def _between(where: str, value: Real, least: float, most: float, name: str) -> None:
    """CardError unless ``value`` lies between the two; what is not a number lies nowhere."""
    if least <= value <= most:
        return
    if most >= _MOST:
        rule = f"be {least} or more" if value < least else "be a number below 10^15"
    else:
        rule = f"lie between {least:g} and {most:g}"
    hint = " (a share of 1, not of 100)" if most == 1 and 1 < value <= 100 else ""
    raise CardError(f"{name}: `{where}` is {shown(value)}; it must {rule}{hint}.")
