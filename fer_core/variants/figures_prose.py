"""What a model card says of figures: those measured here, and those that the source reports."""

from __future__ import annotations

from typing import Any

from fer_core.data.split import Measured
from fer_core.variants.ensemble_prose import measured_with
from fer_core.variants.facts import BROUGHT, Status
from fer_core.variants.texts import BROUGHT_NOTE, FIGURES_NOTE
from fer_core.variants.training_prose import in_cell


def figures_section(facts: dict[str, Any]) -> str:
    """What a trained variant is worth on PrivateTest; "" for a recipe."""
    if facts["status"] != Status.TRAINED:
        return ""
    private, clean = facts["metrics"][Measured.ALL], facts["metrics"][Measured.CLEAN]
    rows = [("faces", f"{private['n']:,}", f"{clean['n']:,}")]
    for key, label in _FIGURE_ROWS:
        rows.append((label, *(_figure(block, key) for block in (private, clean))))
    return "\n".join(
        [
            "## Figures",
            "",
            (BROUGHT_NOTE if facts["framework"] in BROUGHT else FIGURES_NOTE).format(
                source=measured_with(facts)
            ),
            "",
            "| | PrivateTest | without exact copies |",
            "|---|---:|---:|",
            *("| " + " | ".join(row) + " |" for row in rows),
            "",
        ]
    )


_FIGURE_ROWS = (
    ("accuracy", "accuracy"),
    ("macro_f1", "macro F1"),
    ("weighted_f1", "weighted F1"),
    ("log_loss", "log loss"),
    ("ece", "expected calibration error"),
    ("auc_macro", "macro AUC"),
    ("auc_micro", "micro AUC"),
)


def _figure(block: dict[str, Any], key: str) -> str:
    if block[key] is None:
        return "–"
    text = f"{block[key]:.4f}"
    if key == "accuracy":
        low, high = block["accuracy_ci95"]
        text += f" [{low:.4f}, {high:.4f}]"
    return text


_OUR_NAMES = {"loss": "log_loss"}


def reported_section(facts: dict[str, Any]) -> str:
    """What the source says of it, beside what is measured here; "" where it says nothing."""
    entries = facts.get("reported") or []
    if not entries:
        return ""
    if facts["status"] != Status.TRAINED:
        return _reported_alone(entries)
    measured = (facts.get("metrics") or {}).get(Measured.ALL, {}) | (facts.get("reproduced") or {})
    lines = [
        "## Reported against reproduced",
        "",
        "The reported figures keep their own protocol and are not ranked against ours.",
        "",
    ]
    protocols: dict[str, list[dict[str, Any]]] = {}
    for entry in entries:
        protocols.setdefault(entry.get("protocol") or "", []).append(entry)
    for protocol, under in protocols.items():
        if protocol:
            lines += [f"Protocol: {in_cell(protocol)}", ""]
        lines += [*_beside(under, measured), ""]
    return "\n".join(lines)


def _reported_alone(entries: list[dict[str, Any]]) -> str:
    """Of a recipe, beside which nothing can stand yet: one table."""
    noted = any(entry.get("note") for entry in entries)
    rows = [("metric", "reported", "under", "note"), ("---", "---:", "---", "---")]
    for entry in entries:
        value = "–" if entry.get("value") is None else f"{entry['value']:.4g}"
        under, note = (in_cell(str(entry.get(key) or "")) for key in ("protocol", "note"))
        rows.append((in_cell(entry["metric"].replace("_", " ")), value, under, note))
    lines = ["| " + " | ".join(row if noted else row[:-1]) + " |" for row in rows]
    return "\n".join(
        ["## Reported", "", "What its report prints; nothing of it has been made again yet.", "", *lines, ""]
    )


_RULE = ("---", "---:", "---:", "---")


def _beside(entries: list[dict[str, Any]], measured: dict[str, Any]) -> list[str]:
    """The table of what was reported under one protocol; with a column for notes if there are any."""
    noted = any(entry.get("note") for entry in entries)
    rows = [("metric", "reported", "reproduced", "note"), _RULE]
    for entry in entries:
        name, value = entry["metric"], entry.get("value")
        ours = measured.get(_OUR_NAMES.get(name, name))
        rows.append(
            (
                in_cell(name.replace("_", " ")),
                "–" if value is None else f"{value:.4g}",
                "–" if ours is None else f"{ours:.4f}",
                in_cell(entry.get("note") or ""),
            )
        )
    return ["| " + " | ".join(row if noted else row[:3]) + " |" for row in rows]
