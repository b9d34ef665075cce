"""A handout as one HTML file that fetches nothing, and as an archive of it and its tables."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd

from fer_core import __version__
from fer_core.comparison.styles import styles_of
from fer_core.comparison.verdict import verdict
from fer_core.data.split import FER2013, SplitName
from fer_core.formats import listed, whole
from fer_core.handout.material import Material, read_material
from fer_core.handout.parts import Pen
from fer_core.handout.sections import (
    as_reported,
    certainty,
    confusions,
    differences,
    limits,
    per_emotion,
    ranking,
    runs,
)
from fer_core.machine.csv_text import csv_text
from fer_core.test_sets.adding import copies_words
from fer_core.test_sets.store import get_set
from fer_core.variants.facts import Status
from fer_core.variants.registry import Variant, list_variants

TITLE = "Facial-expression models compared"
HTML_NAME = "handout.html"
#: The sections in the order of a reader's questions.
_IN_ORDER = (ranking, differences, per_emotion, confusions, certainty, as_reported, runs)
_BOLD = re.compile(r"\*\*(.+?)\*\*")


@dataclass(frozen=True)
class Handout:
    """``html``: the page; ``frames``: its tables by name, with all their digits."""

    html: str
    frames: Mapping[str, pd.DataFrame]

    def archive(self) -> bytes:
        """A zip of the page and a CSV of each table that has rows."""
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(HTML_NAME, self.html)
            for name, frame in self.frames.items():
                if not frame.empty:
                    archive.writestr(f"{name}.csv", csv_text(frame))
        return file.getvalue()


def make_handout(
    variants: Sequence[Variant],
    baseline: Variant | None = None,
    clean: bool = False,
    written_at: datetime | None = None,
    on: str = "",
) -> Handout:
    """The handout of ``variants`` against ``baseline``, with ``clean`` on faces without copies in Training.

    ``written_at`` stands at its top, now if None. ``on`` is the test set whose figures it is of, "" for FER2013; no
    picture of it goes into the handout. CardError where there is nothing to report, DataError without such a set.
    """
    material = read_material(variants, baseline, clean, on)
    pen = Pen(styles_of(list_variants()))
    parts = [part.make(material, pen) for part in _IN_ORDER]
    frames = {name: frame for part in parts for name, frame in part.frames.items()}
    html = _template().render(
        title=TITLE,
        version=__version__,
        answer=verdict(material.standings[material.standings["status"] == Status.TRAINED]),
        facts=_facts(material, frames["runs"], written_at or datetime.now(UTC)),
        sections=[part.section for part in parts if part.section] + limits.sections_of(material),
    )
    return Handout(html, frames)


def _facts(material: Material, runs: pd.DataFrame, written_at: datetime) -> list[tuple[str, str]]:
    of_which = "Pairs, emotions, confusion and calibration are on the clean faces." if material.clean else ""
    faces = (
        f"{whole(material.faces['all'])} of {material.on or SplitName.PRIVATE_TEST}, "
        f"{whole(material.faces['clean'])} of them clean: no exact copy stands in the training data. {of_which}"
    )
    return [
        ("Written", f"{written_at:%Y-%m-%d %H:%M} UTC, by Faceoff {__version__}"),
        ("Models", listed([variant.id for variant in material.variants])),
        ("Baseline", material.baseline_id or "none"),
        ("Faces", faces.strip()),
        *([("Measured on", _own_faces(material.on))] if material.on else []),
        ("Protocol", listed(_distinct(runs["protocol"]))),
        ("Data, SHA-256", listed(_distinct(runs["data_sha256"]))),
    ]


def _own_faces(name: str) -> str:
    """What the figures are of, where they are not of FER2013."""
    test_set = get_set(name)
    missing = f" No face of {listed(test_set.missing)}." if test_set.missing else ""
    whose = (
        f"faces of {test_set.faces_of}, by other labels than {FER2013}'s"
        if test_set.faces_of
        else f"faces of its owner's, not {FER2013}"
    )
    return f"{name}: {whole(test_set.count)} {whose}.{missing} {copies_words(test_set)}"


def _distinct(values: pd.Series) -> list[str]:
    return [str(value) for value in values.dropna().unique()] or ["unknown"]


def _template():
    """The page's template. All text is escaped; ``bold`` makes ``**words**`` strong after that."""
    import jinja2
    from markupsafe import Markup, escape

    def bold(text: str) -> Markup:
        return Markup(_BOLD.sub(r"<strong>\1</strong>", str(escape(text))))

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
    )
    environment.filters["bold"] = bold
    return environment.get_template(HTML_NAME)
