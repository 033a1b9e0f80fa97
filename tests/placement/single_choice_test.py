"""What a rule about one choice refuses, beside a second reading of the tables that shares no code with it.

Maths and words of such a rule both follow from ``forbids``, so that they could not disagree even where it is wrong.
Here each is held against a plain sentence about the inventory's own cells, for components, dispositions, pools and
zones of many random estates, offered or not.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pandas as pd
import pytest

from cloudplan.placement import example
from cloudplan.placement.problem import Candidate, PlacementProblem
from cloudplan.placement.rules.architecture import Architecture
from cloudplan.placement.rules.data_grading import DataGrading
from cloudplan.placement.rules.in_cn import InCn
from cloudplan.placement.rules.instances import Instances
from cloudplan.placement.rules.level_four import LevelFour
from cloudplan.placement.rules.level_separation import LevelSeparation
from cloudplan.placement.rules.licence import Licence
from cloudplan.placement.rules.local_copy import LocalCopy
from cloudplan.placement.rules.locks import Locks
from cloudplan.placement.rules.opening import Opening
from cloudplan.placement.rules.platform_level import PlatformLevel
from cloudplan.placement.rules.recovery import Recovery
from cloudplan.placement.rules.reuse import Reuse
from cloudplan.placement.rules.reuse_age import ReuseAge
from cloudplan.placement.rules.scope import Scope
from cloudplan.placement.rules.zone import Zone
from cloudplan.scenario import Scenario
from tests.placement.cases import random_problem

PROBLEMS = 40
DISPOSITIONS = ("KEEP", "NEED_SUPERIOR", "REHOST", "REPLATFORM", "REFACTOR", "RELOCATE", "UPLIFT")


class Case:
    """One choice as the tables' rows."""

    def __init__(self, problem: PlacementProblem, candidate: Candidate) -> None:
        tables = problem.inventory
        self.system: Any = tables["systems"].loc[candidate.system]
        self.pool: Any = tables["pools"].loc[candidate.pool]
        self.scenario: Scenario = problem.scenario
        self.zones: Any = tables["zones"]
        self.rooms: Any = tables["rooms"]
        self.workloads: Any = tables["workloads"]
        self.target: Any = tables["targets"].loc[self.pool["target"]]
        _, self.tier, self.arch = candidate.component.split("/")
        self.choice = candidate
        self.pools: Any = tables["pools"]

    def leads(self, disposition: str, pool: str) -> bool:
        """Whether a disposition of these estates can end in a pool; V, which may serve in P, carries nothing."""
        if self.pools.at[pool, "kind"] == "colocation":
            return disposition == "RELOCATE"
        return disposition in ("REHOST", "REPLATFORM", "REFACTOR")

    def suits(self, pool: str) -> bool:
        """Whether a department's lock on a pool reaches this choice."""
        there = self.pools.loc[pool]
        if there["kind"] == "colocation":
            front = self.choice.disposition == "NEED_SUPERIOR" and self.system["deploy_model"] == "front_end_local"
            return front or self.choice.disposition == "RELOCATE"
        if self.choice.disposition == "UPLIFT":
            if self.system["superseded_target"] not in (None, there["target"]):
                return False
        elif not self.leads(self.choice.disposition, pool):
            return False
        return there["arch"] == self.arch and self.system["level"] <= (
            0 if pd.isna(there["filed_level"]) else there["filed_level"]
        )


def level_may(case: Case) -> bool:
    filed = 0 if pd.isna(case.pool["filed_level"]) else case.pool["filed_level"]
    return case.pool["kind"] == "colocation" or case.system["level"] <= filed


def fourth_may(case: Case) -> bool:
    filed = 0 if pd.isna(case.pool["filed_level"]) else case.pool["filed_level"]
    return case.pool["kind"] != "cluster" or (case.system["level"] == 4) == (filed == 4)


def separation_may(case: Case) -> bool:
    filed = 0 if pd.isna(case.pool["filed_level"]) else case.pool["filed_level"]
    if case.system["level"] == 4 or filed == 4:
        return True  # that is the standard's affair, not policy's
    if case.scenario.level_separation == "boundary_only" or case.pool["kind"] in ("service", "colocation"):
        return True
    sides = {2: "low", 3: "high"}
    return sides[case.system["level"]] == sides.get(filed, "low")


def architecture_may(case: Case) -> bool:
    here, there = case.arch, case.pool["arch"]
    if there is None or case.choice.disposition == "REFACTOR":
        return True
    same, domestic = here == there, there == "arm"  # of the two that these estates have
    if case.choice.disposition == "REPLATFORM":
        return domestic if case.system["xinchuang_due"] else domestic or same
    return same


def opening_may(case: Case) -> bool:
    # the drawn pools are open since February 2026, or open in 2050; the last of 104 weekly waves is in early 2028
    return case.pool["available_from"].year != 2050


def scope_may(case: Case) -> bool:
    if case.system["classified"] or case.system["data_class"] == "core":
        return False
    rents = case.pool["kind"] == "colocation" and case.system["deploy_model"] == "front_end_local"
    return case.system["owner_level"] == "banner" or rents


def zone_may(case: Case) -> bool:
    zone, home = case.zones.loc[case.choice.zone], case.zones.loc[case.system["zone"]]
    if case.choice.zone not in case.pool["zones"] or not zone["hostable"] or case.tier not in zone["tiers"]:
        return False
    if case.system["internet_facing"] and case.tier in ("web", "proxy"):
        return bool(zone["internet_exposed"])
    if zone["internet_exposed"]:
        return False
    stays = home["hostable"] and case.tier in home["tiers"] and not home["internet_exposed"]
    return zone.name == home.name or not stays


def locks_may(case: Case) -> bool:
    named = {"component": case.choice.component, "system": case.choice.system, "department": case.system["department"]}
    # of the disposition, what is said of any part of the system counts before what is said of the whole
    parts = [lock for lock in case.scenario.locks if (lock.component or "").startswith(f"{case.choice.system}/")]
    wholes = [
        [lock for lock in case.scenario.locks if getattr(lock, kind) == named[kind]]
        for kind in ("system", "department")
    ]
    sent: list[str] = []
    for level in (parts, *wholes):
        said = [lock for lock in level if lock.disposition and all(case.leads(lock.disposition, p) for p in sent)]
        if said:
            if said[0].disposition != case.choice.disposition:
                return False
            break
        sent += [lock.pool for lock in level if lock.pool]
    for kind in ("component", "system", "department"):
        pools = [lock.pool for lock in case.scenario.locks if getattr(lock, kind) == named[kind] and lock.pool]
        if pools and pools[0] != case.choice.pool and (kind != "department" or case.suits(pools[0])):
            return False
        if pools:
            return True
    return True


def copy_may(case: Case) -> bool:
    """The drawn scenarios say one place for all copies."""
    clouds = ("REHOST", "REPLATFORM", "REFACTOR", "UPLIFT")
    both = case.pool["target"] == "city" and case.scenario.local_copy.place == "city_cloud"
    return not both or case.choice.disposition not in clouds


def in_cn_may(case: Case) -> bool:
    where = case.rooms.loc[case.pool["site"]] if case.pool["site"] is not None else case.target
    return pd.isna(where["in_cn"]) or bool(where["in_cn"])


def recovery_may(case: Case) -> bool:
    if case.pool["kind"] == "colocation":
        return True
    later = [case.target[f"{what}_hours"] > case.system[f"{what}_hours"] for what in ("rto", "rpo")]
    return not any(later)  # a blank is later than nothing


def grading_may(case: Case) -> bool:
    if case.system["data_class"] != "important":
        return True
    filed = 3 if case.pool["kind"] == "colocation" else case.pool["filed_level"]
    return not case.zones.at[case.choice.zone, "internet_exposed"] and not pd.isna(filed) and filed >= 3


def licence_may(case: Case) -> bool:
    return case.system["database"] != "Oracle 19c" or case.choice.pool in ("P", "CITY", "COLO")


def instances_may(case: Case) -> bool:
    if case.pool["kind"] != "cluster" or case.system["level"] == 2:
        return True
    rows = case.workloads
    same = rows[(rows["system"] == case.choice.system) & (rows["tier"] == case.tier) & (rows["arch"] == case.arch)]
    return len(same) > 1


READINGS: dict[Any, Callable[[Case], bool]] = {
    PlatformLevel: level_may,
    LevelFour: fourth_may,
    LevelSeparation: separation_may,
    Architecture: architecture_may,
    Opening: opening_may,
    Scope: scope_may,
    Zone: zone_may,
    Locks: locks_may,
    LocalCopy: copy_may,
    InCn: in_cn_may,
    Recovery: recovery_may,
    DataGrading: grading_may,
    Licence: licence_may,
    Instances: instances_may,
}
OPTIONS: dict[Any, dict[str, Any]] = {Licence: {"pools": {"oracle": ("P", "CITY")}}}


def some_choices(problem: PlacementProblem, rng: np.random.Generator) -> Iterator[Candidate]:
    """Every component with every pool and zone, and one of the dispositions, whether a plan would offer it or not."""
    pools: Any = problem.inventory["pools"]
    for name, component in problem.components.items():
        for pool in pools.itertuples():
            for zone in problem.inventory["zones"].index:
                disposition = str(rng.choice(DISPOSITIONS))
                yield Candidate(name, component.system, disposition, pool.target, pool.Index, str(zone))


@pytest.mark.parametrize("cls", READINGS, ids=lambda cls: cls.name())
def test_a_rule_refuses_what_a_plain_reading_of_the_tables_refuses(cls: Any) -> None:
    rule, met = cls(**OPTIONS.get(cls, {})), {True: 0, False: 0}
    for seed in range(PROBLEMS):
        rng = np.random.default_rng(seed)
        problem = random_problem(rng)
        for candidate in some_choices(problem, rng):
            may = READINGS[cls](Case(problem, candidate))
            assert (rule.forbids(problem, candidate) is None) == may, (seed, candidate)
            met[may] += 1
    assert min(met.values()) >= 100, met


POLICIES: list[tuple[Any, int, int | None, type[LevelFour | LevelSeparation] | None]] = [
    ("separate_pool", 4, 4, None),
    ("separate_pool", 3, 4, LevelFour),
    ("separate_pool", 4, 3, LevelFour),
    ("separate_pool", 2, 4, LevelFour),
    ("separate_pool", 4, None, LevelFour),
    ("separate_pool", 3, 3, None),
    ("separate_pool", 2, 3, LevelSeparation),
    ("separate_pool", 3, 2, LevelSeparation),
    ("separate_pool", 3, None, LevelSeparation),
    ("separate_pool", 1, 2, None),
    ("boundary_only", 3, 2, None),
    ("boundary_only", 2, 3, None),
    ("boundary_only", 2, 4, LevelFour),
    ("boundary_only", 4, 4, None),
    ("boundary_only", 4, 5, LevelFour),
    ("boundary_only", 2, None, None),
]


@pytest.mark.parametrize(("policy", "level", "filed", "refusing"), POLICIES)
def test_level_4_is_the_standards_affair_and_level_3_the_policys(
    policy: str, level: int, filed: int | None, refusing: type | None
) -> None:
    problem = example.problem(
        systems={"A": {"level": level}}, pools={"P": {"filed_level": filed}}, scenario={"level_separation": policy}
    )
    candidate = Candidate("A/app/x86", "A", "REHOST", "banner", "P", "PUB")
    refused = [type(rule) for rule in (LevelFour(), LevelSeparation()) if rule.forbids(problem, candidate) is not None]
    assert refused == ([refusing] if refusing else [])


def test_a_server_serves_again_where_its_age_allows() -> None:
    met = {True: 0, False: 0}
    for seed in range(PROBLEMS):
        problem = random_problem(np.random.default_rng(seed))
        options, today = problem.scenario.reuse, problem.scenario.today
        servers: Any = problem.inventory["servers"]
        for server in ("S", "T"):
            bought: dt.date = servers.at[server, "bought_on"]
            for pool in ("P", "Q", "BACKUP"):
                limit = options.life_years if pool == "BACKUP" else options.younger_than_years
                may = (today - bought).days < limit * 365.25
                assert (ReuseAge().forbids(problem, (server, pool)) is None) == may, (seed, server, pool)
                met[may] += 1
    assert min(met.values()) >= 10, met


def test_a_server_serves_again_only_where_the_scenario_says_so() -> None:
    met = {True: 0, False: 0}
    for seed in range(PROBLEMS):
        problem = random_problem(np.random.default_rng(seed))
        for server, pool in problem.reuse:
            may = problem.scenario.reuse.allowed or problem.inventory["servers"].at[server, "pool"] == pool
            said = Reuse().forbids(problem, (server, pool))
            assert (said is None) == may, (seed, server, pool)
            assert said is None or (said.subject, said.values["pool"]) == (server, pool)
            met[may] += 1
        assert all(Reuse().forbids(problem, candidate) is None for candidate in problem.candidates)
    assert min(met.values()) >= 10, met


def test_every_rule_without_rows_of_its_own_is_read_twice() -> None:
    from cloudplan.placement.rules import all_rules
    from cloudplan.rule import Rule

    silent = {cls for cls in all_rules() if cls.build is Rule.build}
    assert silent == {*READINGS, ReuseAge, Reuse}
