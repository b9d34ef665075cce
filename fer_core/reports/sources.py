"""The facts about the five reports that are not of one recipe: ``experiments/reports.yaml``."""

from __future__ import annotations

from dataclasses import dataclass, fields
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
    an epoch was ``chosen_by``; ``test`` is PRIVATE, BOTH (PublicTest and PrivateTest) or OTHER; ``differs`` says
    in sentences why its figures are not ours."""

    family: str
    title: str
    framework: str
    split: str
    chosen_by: str
    test: str
    differs: tuple[str, ...]


@cache
def list_reports() -> dict[str, Report]:
    """The reports by family, in their order; RecipeError where the file is wrong."""
    wanted = {field.name for field in fields(Report)} - {"family"}
    reports = {}
    for family, facts in yaml.safe_load(REPORTS.read_text(encoding="utf-8")).items():
        if set(facts) != wanted or facts["test"] not in (PRIVATE, BOTH, OTHER):
            raise RecipeError(f"{REPORTS.name}: {family} must have {', '.join(sorted(wanted))}.")
        reports[family] = Report(family, **facts | {"differs": tuple(facts["differs"])})
    return reports
