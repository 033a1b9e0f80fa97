"""What the tables are made from: :class:`Result`, and how they write figures and reasons."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cloudplan.clauses import Verdict
from cloudplan.findings import Finding
from cloudplan.gains import Gains
from cloudplan.i18n import LANGUAGES, say, words
from cloudplan.migration.problem import MigrationPlan, MigrationProblem
from cloudplan.packing.problem import Packing
from cloudplan.placement.problem import PlacementProblem
from cloudplan.placement.rules import PlacementRule, Refusals
from cloudplan.placement.solve import Placement

Row = dict[str, Any]


@dataclass(frozen=True, eq=False)
class Result:
    """What the stages of one scenario were asked and answered."""

    problem: PlacementProblem
    rules: tuple[PlacementRule, ...]
    refusals: Refusals
    placed: Placement
    bound: float
    packings: tuple[Packing, ...]
    host_of: Mapping[str, str]
    asked: MigrationProblem
    moves: MigrationPlan
    late: frozenset[tuple[str, str]]
    allowance: Mapping[str, float]
    gained: Gains
    verdicts: tuple[Verdict, ...]


def plain(value: float | None) -> float | None:
    """Round a figure for the saved plan; NaN and infinity become blanks."""
    return None if value is None or not math.isfinite(value) else round(float(value), 9)


def said(finding: Finding) -> Row:
    """Word a reason in both languages."""
    return {"reason": words(finding, "zh-CN"), "reason_en": words(finding, "en")}


def changing(words_of: Callable[[str], Sequence[str]]) -> Row:
    """Word what would change a decision in both languages, its sentences in one cell."""
    between = {language: say("placement.change.between", language) for language in LANGUAGES}
    return {"change": between["zh-CN"].join(words_of("zh-CN")), "change_en": between["en"].join(words_of("en"))}
