"""The number formats of :mod:`fer_core.formats`, under the name that pages use."""

from fer_core.formats import (
    NOTHING,
    difference,
    duration,
    give_or_take,
    interval,
    listed,
    megabytes,
    milliseconds,
    nats,
    of_100,
    p_value,
    signed,
    span,
    whole,
)

__all__ = [
    "NOTHING",
    "difference",
    "duration",
    "give_or_take",
    "interval",
    "listed",
    "megabytes",
    "milliseconds",
    "nats",
    "of_100",
    "p_value",
    "signed",
    "span",
    "whole",
]
