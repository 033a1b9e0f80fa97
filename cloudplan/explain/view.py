"""The plan seen again: its problem rebuilt from its own inputs, and its tables by id."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import pandas as pd

from cloudplan.bundle import Plan
from cloudplan.errors import BadInput
from cloudplan.explain.words import Both, said, worded
from cloudplan.findings import Finding
from cloudplan.i18n import LANGUAGES
from cloudplan.placement.candidates import problem_of
from cloudplan.placement.problem import PlacementProblem
from cloudplan.placement.rules import PlacementRule, Refusals, refusals_of, resolve
from cloudplan.placement.soft import penalties
from cloudplan.placement.terms import cost_by_term
from cloudplan.rule import titled
from cloudplan.state import Host, Seat, State

ZONED = frozenset({"zone", "home", "source_zone", "target_zone"})
"""Values of findings that are codes of zones."""


@dataclass(frozen=True, eq=False)
class View:
    """A plan, and what it was decided on."""

    plan: Plan

    @cached_property
    def problem(self) -> PlacementProblem:
        """The placement problem of the plan's own inputs."""
        return problem_of(self.plan.inventory, self.plan.scenario, self.plan.earlier)

    @cached_property
    def rules(self) -> tuple[PlacementRule, ...]:
        """Rules in force.

        Raises
        ------
        BadInput
            If one can't be made any more, as a rule of one's own whose module is gone.
        """
        rules, faults = resolve(self.plan.scenario.rules)
        if faults:
            raise BadInput(faults)
        return rules

    @cached_property
    def refusals(self) -> Refusals:
        """Every choice that a rule refuses."""
        return refusals_of(self.problem, self.rules)

    @cached_property
    def state(self) -> State:
        """The end of the plan: dispositions, seats and hosts."""
        fates, seats = self.table("dispositions"), self.table("components")
        return State(
            dispositions=dict(zip(fates["system"], fates["disposition"], strict=True)) if len(fates) else {},
            seats={
                str(row.component): Seat(str(row.pool), str(row.zone))
                for row in seats.itertuples()
                if not blank(row.pool)
            },
            hosts={
                str(row.host): Host(
                    str(row.host),
                    str(row.pool),
                    str(row.host_type if blank(row.from_server) else row.from_server),
                    str(row.source),
                    yes(row.spare),
                )
                for row in self.table("hosts").itertuples()
            },
        )

    @cached_property
    def terms(self) -> dict[str, float]:
        """Yearly cost of the plan's end by term, unweighted; yuan."""
        return cost_by_term(self.problem, self.state)

    @cached_property
    def missed(self) -> tuple[tuple[PlacementRule, Finding], ...]:
        """What the plan's end misses of soft rules, each with its rule."""
        soft = (rule for rule in self.rules if rule.soft is not None)
        return tuple((rule, finding) for rule in soft for finding in rule.violations(self.problem, self.state))

    @cached_property
    def missed_cost(self) -> float:
        """What missing soft rules costs in the plan's objective; yuan a year."""
        return sum(penalties(self.problem, self.rules, self.state).values())

    @cached_property
    def cost(self) -> float:
        """Weighted yearly cost of the plan's end with what it misses of soft rules, as its objective; yuan."""
        weights = self.plan.scenario.weights
        return sum(weights.get(name, 1.0) * yuan for name, yuan in self.terms.items()) + self.missed_cost

    @cached_property
    def host_of(self) -> dict[str, str]:
        """Host of every workload that has one."""
        rows = self.table("placements").itertuples()
        return {str(row.workload): str(row.host) for row in rows if not blank(row.host)}

    @cached_property
    def late(self) -> frozenset[tuple[str, str]]:
        """Pairs (server, pool) that no wave of the plan could have in time."""
        stages: Any = self.plan.facts.get("stages") or {}
        pairs = (stages.get("migration") or {}).get("late") or ()
        return frozenset((str(server), str(pool)) for server, pool in pairs)

    @cached_property
    def barred(self) -> frozenset[tuple[str, str]]:
        """Pairs (server, pool) that are left out where the whole is solved exactly and no waves are ordered.

        A server that came too late for one pool mostly comes too late for every other: it may serve where the plan has
        it, and nowhere else.
        """
        return self.too_late(self.late, self.state)

    def too_late(self, late: Collection[tuple[str, str]], *states: State) -> frozenset[tuple[str, str]]:
        """Pairs of every server that came too late somewhere, but for those that some states have."""
        own = {(name, host.pool) for state in states for name, host in state.hosts.items()}
        servers = {server for server, _ in late}
        return frozenset(pair for pair in {*self.problem.reuse, *late} if pair[0] in servers and pair not in own)

    @cached_property
    def allowance(self) -> dict[str, float]:
        """Share by pool by which the plan had to enlarge demand so that it could be packed."""
        stages: Any = self.plan.facts.get("stages") or {}
        found = (stages.get("placement") or {}).get("allowance") or {}
        return {str(pool): float(share) for pool, share in found.items()}

    def table(self, name: str) -> pd.DataFrame:
        """A table of the plan; empty where the plan has none."""
        return self.plan.tables.get(name, pd.DataFrame())

    def rows(self, name: str, column: str, value: str) -> list[dict[str, Any]]:
        """Rows of a table in which a column has a value."""
        frame = self.table(name)
        if column not in frame:
            return []
        return [{str(k): v for k, v in row.items()} for row in frame[frame[column] == value].to_dict("records")]

    def row(self, name: str, column: str, value: str) -> dict[str, Any] | None:
        """The first of these rows, or ``None``."""
        return next(iter(self.rows(name, column, value)), None)

    def ids(self, name: str, column: str) -> list[str]:
        """Values of a table's column, each once, in order."""
        frame = self.table(name)
        return list(dict.fromkeys(frame[column].astype(str))) if column in frame else []

    def name(self, table: str, key: str) -> Both:
        """Name of a record of the inventory, or its id where it has none."""
        frame = self.plan.inventory[table]
        if key not in frame.index:
            return dict.fromkeys(LANGUAGES, key)
        name = frame.at[key, "name"] or key
        english = frame.at[key, "name_en"] if "name_en" in frame else None
        return {"zh-CN": str(name), "en": str(english or name)}

    def pool(self, pool: str) -> Both:
        """Name of a pool with its id; a room as it is today by the room's name."""
        known = self.problem.capacity.pools.get(pool)
        if known is not None and known.kind == "today" and known.site is not None:
            return said("explain.pool.today", room=self.name("rooms", known.site))
        if pool in self.plan.inventory["pools"].index:
            return said("explain.pool.named", name=self.name("pools", pool), pool=pool)
        return said("explain.pool.superior") if pool == "superior" else dict.fromkeys(LANGUAGES, pool)

    def zone(self, zone: str) -> Both:
        """Name of a zone with its code; where that would follow a name that holds it already, the name alone."""
        name = self.name("zones", zone)
        coded = said("explain.zone", name=name, zone=zone)
        return {
            language: name[language] if zone in name[language] and not text.startswith(f"{zone} ") else text
            for language, text in coded.items()
        }

    def named(self, finding: Finding) -> Finding:
        """Put the names of zones to the codes that a finding holds."""
        values = dict(finding.values)
        for key in ZONED & values.keys():
            zones = values[key] if isinstance(values[key], tuple) else (values[key],)
            values[key] = tuple(self.zone(zone) if isinstance(zone, str) else zone for zone in zones)
        return replace(finding, values=values)

    def worded(self, finding: Finding) -> Both:
        """Word a finding in every language, its zones by their names."""
        return worded(self.named(finding))

    def reason(self, row: dict[str, Any], column: str = "reason") -> Both:
        """Reason that a table states in both languages."""
        return {"zh-CN": str(row.get(column) or "—"), "en": str(row.get(f"{column}_en") or "—")}


def blank(value: Any) -> bool:
    """Whether a cell of a plan's table says nothing."""
    return value is None or value == "" or bool(pd.isna(value))


def yes(value: Any) -> bool:
    """Whether a cell of a plan's table says yes."""
    return str(value).lower() in ("true", "1")


def rule_name(rule: str) -> Both:
    """Short name of a rule of placement."""
    return titled(rule, "placement")


def said_by(finding: Finding) -> Both:
    """Name who says a reason: a rule of placement, or packing."""
    return rule_name(finding.rule) if finding.rule else said("explain.not.packing")
