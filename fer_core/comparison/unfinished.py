"""What a measurement of robustness found before it ended too early: kept, so that the next one goes on from there.

``FER_HOME/robustness/ID.json``: what it is of, and the rows of ``robustness.csv`` that are measured.
"""

from __future__ import annotations

import hashlib
import json

from fer_core import paths
from fer_core.data.distortions import REPORT, SUITE
from fer_core.data.split import Split
from fer_core.evaluation.distorted import Row
from fer_core.machine.files import replacing
from fer_core.variants.registry import Variant


class Unfinished:
    """One variant's measurement on one split, as far as it got; with another model file or other faces it begins anew.

    ``rows``: what is measured already, in order.
    """

    def __init__(self, variant: Variant, split: Split) -> None:
        self._path = paths.unfinished_robustness() / f"{variant.id}.json"
        self._of = {
            "model": _sha256(variant.model_path.read_bytes()),
            "faces": _sha256(split.faces.tobytes() + split.labels.tobytes()),
            "levels": {name: list(each.levels) for name, each in {**SUITE, **REPORT}.items()},
        }
        self.rows: list[Row] = self._read()

    def add(self, row: Row) -> None:
        """Keep one more."""
        self.rows.append(row)
        with replacing(self._path) as file:
            file.write_text(json.dumps({"of": self._of, "rows": self.rows}), encoding="utf-8")

    def remove(self) -> None:
        """It is finished."""
        self._path.unlink(missing_ok=True)

    def _read(self) -> list[Row]:
        try:
            stored = json.loads(self._path.read_text(encoding="utf-8"))
            return [Row(*row) for row in stored["rows"]] if stored["of"] == self._of else []
        except (OSError, ValueError, TypeError, KeyError):
            return []


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
