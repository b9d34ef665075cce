"""The facts about the five reports that are not of one recipe: ``experiments/reports.yaml``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cache
from typing import Any

import yaml

from fer_core import paths
from fer_core.data.split import SplitName
from fer_core.errors import RecipeError

REPORTS = paths.EXPERIMENTS / "reports.yaml"

#: Which of FER2013's test faces a report tested on.
PRIVATE, BOTH, OTHER = SplitName.PRIVATE_TEST, "both", "other"
_OPTIONAL = {"tests", "parts", "conclusions", "lists", "faces"}
_SEVERAL = ("differs", "conclusions", "lists", "faces")


@dataclass(frozen=True)
class Report:
    """One report: its ``family`` of variants, ``title``, ``framework``, how it ``split`` the pictures and by what
    an epoch was ``chosen_by``; ``test`` is PRIVATE, BOTH (PublicTest and PrivateTest) or OTHER, and ``tests`` the
    same of single variants; ``differs`` says in sentences why its figures are not ours.

    ``parts`` names in words what figures of ``train``, ``val``, ``test`` or ``distorted`` are of; ``text_sha256`` is
    that of the text whose lines :mod:`fer_core.literature.lines` counts. ``conclusions``, ``lists`` and ``faces`` are
    what the text says of its own figures, for :mod:`fer_core.literature.statements`.
    """

    family: str
    title: str
    framework: str
    split: str
    chosen_by: str
    test: str
    differs: tuple[str, ...]
    text_sha256: str
    tests: Mapping[str, str] = field(default_factory=dict)
    parts: Mapping[str, str] = field(default_factory=dict)
    conclusions: tuple[Mapping[str, Any], ...] = ()
    lists: tuple[Mapping[str, Any], ...] = ()
    faces: tuple[Mapping[str, Any], ...] = ()

    def tested_on(self, variant_id: str) -> str:
        """Which part of FER2013 a variant of the report was tested on, where that is known."""
        return self.tests.get(variant_id, self.test)


@cache
def list_reports() -> dict[str, Report]:
    """The reports by family, in their order; RecipeError where the file is wrong."""
    wanted = {spec.name for spec in fields(Report)} - {"family", *_OPTIONAL}
    reports = {}
    for family, facts in yaml.safe_load(REPORTS.read_text(encoding="utf-8")).items():
        tested = {facts.get("test"), *facts.get("tests", {}).values()}
        if set(facts) - _OPTIONAL != wanted or not tested <= {PRIVATE, BOTH, OTHER}:
            raise RecipeError(f"{REPORTS.name}: {family} must have {', '.join(sorted(wanted))}.")
        reports[family] = Report(family, **facts | {key: tuple(facts.get(key, ())) for key in _SEVERAL})
    return reports
