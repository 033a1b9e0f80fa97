"""What rules whose maths and words share a reading of the tables find, beside a second reading that shares no code.

Where both sayings of a rule ask one function, they could be wrong together. Here the findings are held against a plain
look at the inventory's own rows, over random states.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pytest

from cloudplan.placement import example
from cloudplan.placement.problem import PlacementProblem
from cloudplan.placement.rules.conduits import Conduits
from cloudplan.placement.rules.gap_flows import GapFlows
from cloudplan.placement.rules.minimum_gain import MinimumGain
from cloudplan.placement.rules.pool_use import PoolUse
from cloudplan.placement.rules.uplinks import Uplinks
from cloudplan.state import State
from tests.placement.cases import random_cases

CASES = [(problem, state) for problem, states in random_cases(40, 4) for state in states]
TIERS = ["proxy", "web", "app", "exchange", "db", "management", "backup"]


def flows_that_stand(problem: PlacementProblem, state: State) -> list[tuple[Any, list[str], list[str]]]:
    """Flows between parts of which one has moved: kind and the zone and department of either end."""
    tables = problem.inventory
    pools: Any = tables["pools"]["kind"]
    out = []
    for call in problem.calls:
        ends, moved = [], False
        for component, zone in ((call.source, call.source_zone), (call.target, call.target_zone)):
            if component is None:
                ends.append([zone or "", ""])
                continue
            if component not in state.seats:
                ends = []
                break
            seat = state.seats[component]
            moved = moved or seat.pool in pools.index  # rooms as they are today stand in no table of pools
            department = tables["systems"].at[component.split("/")[0], "department"]
            ends.append([seat.zone, str(department)])
        if len(ends) == 2 and moved:
            source, target = ends
            source[1] = source[1] or target[1]
            target[1] = target[1] or source[1]
            out.append((call, source, target))
    return out


def between(problem: PlacementProblem, source: str, target: str) -> Any:
    table: Any = problem.inventory["conduits"]
    return table.loc[(source, target)] if (source, target) in table.index else None


def test_flows_without_a_conduit() -> None:
    met = Counter()
    for problem, state in CASES:
        expected = Counter()
        for call, (zone, whose), (other, theirs) in flows_that_stand(problem, state):
            conduit = between(problem, zone, other)
            if zone == other:
                own = bool(problem.inventory["zones"].at[zone, "per_department"])
                passes = not own or whose == theirs
            elif conduit is None:
                passes = False
            else:
                passes = conduit["mode"] == "allow" or call.kind in (conduit["kinds"] or ("DATA", "FILE"))
            if not passes:
                expected[call.flow] += 1
            met[passes] += 1
        found = Counter(finding.values["flow"] for finding in Conduits().violations(problem, state))
        assert found == expected
    assert min(met.values()) >= 20, met


OWN_ZONE: list[tuple[tuple[str | None, str | None], bool]] = [
    (("D", None), True),
    ((None, "D"), True),
    (("D", "D"), True),
    (("D", "E"), False),
]


@pytest.mark.parametrize(("departments", "passes"), OWN_ZONE)
def test_a_departments_own_zone_is_closed_to_others_and_open_to_itself(
    departments: tuple[str | None, str | None], passes: bool
) -> None:
    source, target = departments
    flow: dict[str, Any] = {"kind": "DATA"}
    flow |= {"source_system": "A", "source_tier": "app"} if source else {"source_zone": "VPN"}
    flow |= {"target_system": "B", "target_tier": "app"} if target else {"target_zone": "VPN"}
    problem = example.problem(
        systems={"A": {"department": source or "D", "zone": "VPN"}, "B": {"department": target or "D", "zone": "VPN"}},
        workloads=example.TWINS,
        pools={"P": {"zones": ("VPN",)}},
        flows={"F": flow},
    )
    state = example.state(problem, {"A/app/x86": ("REHOST", "P", "VPN"), "B/app/x86": ("REHOST", "P", "VPN")})
    assert (not list(Conduits().violations(problem, state))) == passes


def test_synchronous_flows_across_a_gap() -> None:
    met = Counter()
    for problem, state in CASES:
        expected = Counter()
        for call, (zone, _), (other, _) in flows_that_stand(problem, state):
            conduit = between(problem, zone, other)
            ferried = zone != other and conduit is not None and conduit["mode"] == "exchange"
            if ferried and call.kind in ("REQRESP", "STREAM"):
                expected[call.flow] += 1
            met[ferried, call.kind] += 1
        assert Counter(f.values["flow"] for f in GapFlows().violations(problem, state)) == expected
    assert met[True, "REQRESP"] >= 5
    assert met[True, "DATA"] + met[True, "FILE"] >= 1


def test_what_departments_ask_of_their_lines() -> None:
    short = 0
    for problem, state in CASES:
        tables = problem.inventory
        workloads, links = tables["workloads"], tables["links"]
        asked: dict[str, float] = {}
        for system, rows in workloads.groupby("system"):
            record = tables["systems"].loc[system]
            if record["internet_facing"]:
                continue
            front = min(rows["tier"], key=TIERS.index)
            for (tier, arch), part in rows.groupby(["tier", "arch"]):
                seat = state.seats.get(f"{system}/{tier}/{arch}")
                if tier == front and seat is not None and not seat.pool.startswith(("today:", "superior")):
                    asked[record["department"]] = asked.get(record["department"], 0.0) + part["mbps"].sum()
        expected = {}
        for department, mbps in asked.items():
            own = links[(links["department"] == department) & (links["kind"] != "internet")]
            if len(own) and mbps > own["mbps"].sum():
                expected[department] = mbps - own["mbps"].sum()
        found = {f.subject: f.values["short"] for f in Uplinks().violations(problem, state)}
        assert found == pytest.approx(expected)
        short += len(expected)
    assert short >= 10


def test_use_of_a_pool_at_the_hour_that_counts() -> None:
    low = high = 0
    rule = PoolUse(low=0.2, high=0.5)
    for problem, state in CASES:
        demand = problem.demand
        whole = sum(demand.cpu_use[row] for c in problem.components.values() for row in c.rows)
        at = int(np.argsort(whole, kind="stable")[int(0.95 * (len(whole) - 1))])
        expected = {}
        for pool in problem.clusters:
            seated = [problem.components[c] for c, seat in state.seats.items() if seat.pool == pool]
            use = sum(float(demand.cpu_use[row][at]) for c in seated for row in c.rows)
            kinds = [problem.capacity.kinds[h.kind] for h in state.hosts.values() if h.pool == pool and not h.spare]
            there = sum(kind.threads * kind.perf_per_core for kind in kinds)
            if use < 0.2 * there - 1e-6:
                expected[pool, "low"] = 0.2 * there - use
            if use > 0.5 * there + 1e-6:
                expected[pool, "high"] = use - 0.5 * there
        found = {(f.subject, f.message.rsplit(".", 1)[1]): f.values["short"] for f in rule.violations(problem, state)}
        assert found == pytest.approx(expected)
        low += sum(end == "low" for _, end in expected)
        high += sum(end == "high" for _, end in expected)
    assert min(low, high) >= 10


def test_servers_that_serve_otherwise_than_the_plan_before_had_them() -> None:
    met = Counter()
    for problem, state in CASES:
        tables, earlier = problem.inventory, problem.earlier
        expected = {}
        for server in () if earlier is None else earlier.servers:
            could = {pool for name, pool in problem.reuse if name == server}
            before, now = ({h.host: h.pool for h in x.hosts.values()}.get(server) for x in (earlier, state))
            if tables["servers"].at[server, "pool"] is not None or not could or (before and before not in could):
                continue  # it serves in a pool today, or could no longer do what it did
            if before != now:
                expected[server] = (before, now)
            met[before is not None, now is not None] += 1
        said = [f for f in MinimumGain().violations(problem, state) if f.message.endswith(".server")]
        assert {f.subject: (f.values["pool"], f.values["now"]) for f in said} == expected
        assert all(f.values["short"] == 0.1 for f in said)
    assert min(met[a, b] for a in (True, False) for b in (True, False)) >= 5, met
