"""What a card says of a model that was made to honour the contract."""

from __future__ import annotations

from typing import Any


def adapted_section(facts: dict[str, Any]) -> str:
    """How it was adapted, from ``adapted`` among the facts; empty where it was not."""
    adapted = facts.get("adapted")
    if not adapted:
        return ""
    given, answer, proof = adapted["input"], adapted["output"], adapted["proof"]
    shown = given["range"] if isinstance(given["range"], str) else _measures(given["range"])
    lines = [
        f"- Faces of {given['size']} x {given['size']} pixels, {given['colour']}, pixels in {shown}.",
        f"- It answers {answer['kind'].replace('_', ' ')} of {', '.join(answer['labels'])}.",
    ]
    if answer.get("ignore"):
        lines.append(f"- {', '.join(answer['ignore'])}: left out, and the others made to sum to 1 again.")
    if answer.get("merge"):
        pairs = ", ".join(f"{label} as {emotion}" for label, emotion in answer["merge"].items())
        lines.append(f"- Counted for another: {pairs}.")
    if adapted.get("made_with"):
        lines.append(f"- Its graph was {adapted['made_with']}.")
    if adapted.get("found"):
        lines.append(f"- How these settings do: {adapted['found']}")
    lines.append(
        f"- Proof: on {proof['faces']} faces its own runtime and this graph name the same emotion on "
        f"{100 * proof['same']:g} of 100, no probability lies more than {proof['largest_difference']:.1g} apart."
    )
    return "\n".join(["## How it was adapted", "", *lines, ""])


def doubts_section(facts: dict[str, Any]) -> str:
    """What is doubtful about it, from ``doubts`` among the facts."""
    doubts = facts.get("doubts") or []
    return "\n".join(["## Doubts", "", *(f"- {doubt}" for doubt in doubts), ""]) if doubts else ""


def _measures(measures: dict[str, Any]) -> str:
    mean, std = (", ".join(f"{each:g}" for each in measures[key]) for key in ("mean", "std"))
    return f"(x · {measures['scale']:.6g} - ({mean})) / ({std})"
