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
            "with a copy in Training were left out of that, and PrivateTest had no part in it. The one ONNX file "
            "holds all members.",
            *_int8(made.get("int8")),
            "",
            "| member | weight |",
            "|---|---:|",
            *(f"| `{member['id']}` | {member['weight']:.3f} |" for member in made["members"]),
            "",
        ]
    )


def _int8(made: dict[str, Any] | None) -> list[str]:
    """What int8 did to it; nothing where members are as they were trained."""
    if not made:
        return []
    return [
        "",
        "In that file the members' weights are int8 and their activations uint8; their ranges are those that "
        f"{made['calibration_faces']} faces of Training give (static quantisation of ONNX Runtime, Jacob et al. 2018). "
        f"It names the same emotion as the members' own files averaged for {100 * made['same_answers']:.1f} of 100 "
        "test faces.",
    ]


def measured_with(facts: dict[str, Any]) -> str:
    """What a variant's predictions were made with."""
    return (facts.get("ensemble") or {}).get("predictions") or "the stored ONNX file"
