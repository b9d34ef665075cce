"""The facts about the five reports that are not of one recipe: ``experiments/reports.yaml``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cache

import yaml

from fer_core import paths
from fer_core.errors import RecipeError

REPORTS = paths.EXPERIMENTS / "reports.yaml"

#: Which of FER2013's test faces a report tested on.
PRIVATE, BOTH, OTHER = "PrivateTest", "both", "other"


@dataclass(frozen=True)
class Report:
    """One report: its ``family`` of variants, ``title``, ``framework``, how it ``split`` the pictures and by what
    an epoch was ``chosen_by``; ``test`` is PRIVATE, BOTH (PublicTest and PrivateTest) or OTHER, and ``tests`` the
    same of single variants; ``differs`` says in sentences why its figures are not ours."""

    family: str
    title: str
    framework: str
    split: str
    chosen_by: str
    test: str
    differs: tuple[str, ...]
    tests: Mapping[str, str] = field(default_factory=dict)

    def tested_on(self, variant_id: str) -> str:
        """Which part of FER2013 a variant of the report was tested on, where that can be told."""
        return self.tests.get(variant_id, self.test)


@cache
def list_reports() -> dict[str, Report]:
    """The reports by family, in their order; RecipeError where the file is wrong."""
    wanted = {spec.name for spec in fields(Report)} - {"family", "tests"}
    reports = {}
    for family, facts in yaml.safe_load(REPORTS.read_text(encoding="utf-8")).items():
        tested = {facts.get("test"), *facts.get("tests", {}).values()}
        if set(facts) - {"tests"} != wanted or not tested <= {PRIVATE, BOTH, OTHER}:
            raise RecipeError(f"{REPORTS.name}: {family} must have {', '.join(sorted(wanted))}.")
        reports[family] = Report(family, **facts | {"differs": tuple(facts["differs"])})
    return reports
