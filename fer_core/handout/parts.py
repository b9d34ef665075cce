"""What a handout's page is put together from: sections of words, charts and tables, all as text to be escaped."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING

import pandas as pd

from fer_core.charts import ModelStyle
from fer_core.handout.svg import drawn

if TYPE_CHECKING:
    import altair as alt

_LINK = re.compile(r"\[([^\]]+)\]\([^)]*\)")


@dataclass(frozen=True)
class Table:
    """Cells as they are read. The first column holds names, the ``texts`` last ones words, the others numbers."""

    name: str
    caption: str
    headings: list[str]
    rows: list[list[str]]
    texts: int = 0


@dataclass(frozen=True)
class Section:
    """Paragraphs (``**bold**`` allowed), bullet points, charts (SVG) and tables, drawn in this order."""

    name: str
    title: str
    paragraphs: list[str] = field(default_factory=list)
    points: list[str] = field(default_factory=list)
    charts: list[str] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)


@dataclass(frozen=True)
class Part:
    """What a section's file makes: the section, or None where there is nothing to say, and its frames by name."""

    section: Section | None
    frames: Mapping[str, pd.DataFrame] = field(default_factory=dict)


class Pen:
    """Draws a handout's charts, in the colours that the models have on all pages."""

    def __init__(self, styles: Mapping[str, ModelStyle]) -> None:
        """``styles`` of every variant."""
        self.styles = styles
        self._numbers = count(1)

    def draw(self, chart: alt.LayerChart) -> str:
        """The chart as SVG, its names distinct from those of the other charts."""
        return drawn(chart, next(self._numbers))


def prose(name: str, markdown: str) -> list[Section]:
    """A card's standard text, of headings, paragraphs and bullet points, as sections."""
    sections = []
    for part in markdown.split("## ")[1:]:
        title, _, body = part.partition("\n")
        blocks = [" ".join(block.split()) for block in re.split(r"\n\s*\n|\n(?=- )", body) if block.strip()]
        plain = [_LINK.sub(r"\1", block).replace(" *", " ").replace("* ", " ") for block in blocks]
        sections.append(
            Section(
                f"{name}-{title.split()[0].lower()}",
                title.strip(),
                [block for block in plain if not block.startswith("- ")],
                [block.removeprefix("- ") for block in plain if block.startswith("- ")],
            )
        )
    return sections
