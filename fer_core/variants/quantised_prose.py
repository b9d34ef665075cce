"""What a card says of a model in int8: what it is made of, and how."""

from __future__ import annotations

from typing import Any


def quantised_section(facts: dict[str, Any]) -> str:
    """The section as Markdown; nothing for a variant that is not quantised."""
    made = facts.get("quantised")
    if not made:
        return ""
    return "\n".join(
        [
            "## How it was made",
            "",
            f"The weights of `{made['from']}`, which was trained, became int8 and its activations uint8; their ranges "
            f"are those that {made['calibration_faces']} faces of Training give (static quantisation of ONNX Runtime, "
            f"Jacob et al. 2018). Nothing was trained anew. Both name the same emotion for "
            f"{100 * made['same_answers']:.1f} of 100 test faces. One face takes it {facts['latency_ms']:.1f} ms "
            f"where `{made['from']}` takes {made['from_latency_ms']:.1f} ms, measured one after the other on one core.",
            "",
        ]
    )
