"""What the tables are made from: :class:`Result`, and what becomes of every server."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cloudplan.findings import Finding, Severity
from cloudplan.gains import Gains
from cloudplan.i18n import words
from cloudplan.migration.problem import MigrationPlan, MigrationProblem
from cloudplan.packing.problem import Packing
from cloudplan.placement.problem import PlacementProblem
from cloudplan.placement.rules import Refusals
from cloudplan.placement.solve import Placement

Row = dict[str, Any]


@dataclass(frozen=True, eq=False)
class Result:
    """What the stages of one scenario were asked and answered."""

    problem: PlacementProblem
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


def fates_of(problem: PlacementProblem, placed: Placement, refusals: Refusals) -> dict[str, tuple[str, Finding]]:
    """Decide what becomes of every server, with the reason: reuse, spare, scrap, keep or relocate.

    The reason names the rule that refuses every pool a spare server might serve in (any one, where several pools are
    refused for different reasons), or else the check that decided.
    """
    state, pools = placed.state, problem.capacity.pools
    on: dict[str, set[str]] = {}
    for name, seat in state.seats.items():
        for server in problem.components[name].servers:
            on.setdefault(server, set()).add(pools[seat.pool].kind)
    rooms = problem.inventory["rooms"]["kind"]
    out: dict[str, tuple[str, Finding]] = {}
    offered: dict[str, list[str]] = {}
    for name, pool in problem.reuse:
        offered.setdefault(name, []).append(pool)
    row: Any
    for row in problem.inventory["servers"].itertuples():
        server, kinds = str(row.Index), on.get(str(row.Index), set())
        if server in state.hosts:
            fate, why = "reuse", "plan.server.reuse"
        elif "today" in kinds or rooms[row.room] != "department":
            fate, why = "keep", "plan.server.keep"
        elif "colocation" in kinds:
            fate, why = "relocate", "plan.server.relocate"
        elif server in problem.capacity.scrapped:
            fate, why = "scrap", problem.capacity.scrapped[server]
        else:
            refused = [refusals.server.get((server, pool)) for pool in offered.get(server, ())]
            reasons = [said[0] for said in refused if said]
            if refused and len(reasons) == len(refused):
                out[server] = "spare", reasons[0]
                continue
            fate, why = "spare", "plan.server.spare" if refused else "plan.server.no_pool"
        out[server] = fate, Finding(why, Severity.INFO, server)
    return out


def plain(value: float | None) -> float | None:
    """Round a figure for the saved plan; NaN and infinity become blanks."""
    return None if value is None or not math.isfinite(value) else round(float(value), 9)


def said(finding: Finding) -> Row:
    """Word a reason in both languages."""
    return {"reason": words(finding, "zh-CN"), "reason_en": words(finding, "en")}
