"""The one place for measuring variants in a server: who takes it, how far it is, who may give it up."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from fer_core.comparison.heat import measure_heat
from fer_core.comparison.robustness import Stage, measure_variants
from fer_core.errors import TaskError
from fer_core.machine.background import Background
from fer_core.roles.permissions import Identity, for_trainers
from fer_core.test_sets.store import TestSet
from fer_core.variants.registry import Variant

#: What can be measured.
ROBUSTNESS, HEAT_MAPS = "robustness", "heat maps"
_WORK = {ROBUSTNESS: measure_variants, HEAT_MAPS: measure_heat}
_FAILED = "The measurement failed; the server's log says more"


class Measurement(Background[Stage, list[str]]):
    """Variants being measured in a thread of its own."""

    def __init__(
        self, variants: Sequence[Variant], by: Identity | None, kind: str, test_set: TestSet | None = None
    ) -> None:
        """Begin at once, in the name of the requester; ``kind`` is ROBUSTNESS, or HEAT_MAPS, of FER2013's faces or of a
        ``test_set``'s."""
        more = {"test_set": test_set} if test_set else {}
        self.kind = kind
        self.id = ", ".join(variant.id for variant in variants)
        self.requested_by = by.email if by and by.is_known else ""
        super().__init__(
            lambda on_progress, should_stop: _WORK[kind](variants, on_progress, should_stop, by=by, **more),
            kind,
            _FAILED,
        )


class _Place:
    lock = threading.Lock()
    taken: Measurement | None = None


def current_measurement() -> Measurement | None:
    """What is measured in this process, or was last."""
    return _Place.taken


@for_trainers("began a measurement", "variants")
def start_measurement(
    variants: Sequence[Variant],
    by: Identity | None = None,
    kind: str = ROBUSTNESS,
    test_set: TestSet | None = None,
) -> Measurement:
    """Measure ``variants`` in the background, one measurement of any kind at a time for everybody; HEAT_MAPS of a
    ``test_set``'s faces too.

    Raises:
        NotAllowedError: the requester ``by`` may only look.
        TaskError: something else is being measured.
    """
    with _Place.lock:
        if _Place.taken is not None and not _Place.taken.is_done:
            raise TaskError(f"{_Place.taken.id} is being measured: wait until that is over.")
        _Place.taken = Measurement(variants, by, kind, test_set)
        return _Place.taken


@for_trainers("cancelled a measurement", "measurement", whose=lambda measurement: measurement.requested_by)
def cancel_measurement(measurement: Measurement, by: Identity | None = None) -> None:
    """End it soon; what has been measured stays. NotAllowedError where ``by`` may not, and it is not theirs."""
    measurement.cancel()
