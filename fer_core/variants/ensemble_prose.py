"""What a card says of an ensemble: its members and how they came to their weights."""

from __future__ import annotations

from typing import Any

_AVERAGES = {
    "weighted_mean": "The members' probabilities are averaged",
    "weighted_log_mean": "The logarithms of the members' probabilities are averaged and scaled to sum to 1",
}


def ensemble_section(facts: dict[str, Any]) -> str:
    """The section as Markdown; nothing for a variant that is no ensemble."""
    made = facts.get("ensemble")
    if not made:
        return ""
    return "\n".join(
        [
            "## How it was made",
            "",
            f"{_AVERAGES.get(facts['architecture'], 'The members are averaged')}: {made['chosen']}. PublicTest faces "
            "with a copy in Training were left out of that, and PrivateTest was not looked at. The one ONNX file "
            "holds all members.",
            "",
            "| member | weight |",
            "|---|---:|",
            *(f"| `{member['id']}` | {member['weight']:.3f} |" for member in made["members"]),
            "",
        ]
    )


def measured_with(facts: dict[str, Any]) -> str:
    """What a variant's predictions were made with."""
    return (facts.get("ensemble") or {}).get("predictions") or "the stored ONNX file"
