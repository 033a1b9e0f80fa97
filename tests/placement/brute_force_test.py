"""The solver against all placements of tiny estates, judged by nothing but the rules' words and the terms' values."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from functools import cache
from itertools import pairwise, product
from typing import Any

import numpy as np
import pytest

from cloudplan.demand import HOURS, SLOTS
from cloudplan.errors import Infeasible
from cloudplan.findings import Finding
from cloudplan.placement import example
from cloudplan.placement.candidates import problem_of
from cloudplan.placement.problem import PlacementProblem
from cloudplan.placement.rules import PlacementRule, resolve
from cloudplan.placement.solve import Placement, solve, violations
from cloudplan.placement.terms import cost
from cloudplan.scenario import (
    CapacityOptions,
    DemandOptions,
    Lock,
    PurchaseOptions,
    ReuseOptions,
    Scenario,
    SolverOptions,
    TargetOptions,
)
from cloudplan.state import Host, Seat, State

PEAKLESS, ESTATES, BATCHES = 200, 260, 5
OF_SEATS = {
    "architecture", "conduits", "level-separation", "locks", "opening", "platform-level", "scope", "sites-apart",
    "storage", "zone",
}  # fmt: skip
"""Rules that look at no host: a seating that breaks one is broken whatever hosts there are."""
OF_HOSTS = {"pool-size", "purchases", "reuse-age", "spare-hosts"}
"""Rules that look at no seat."""


Relief = Mapping[tuple[str, str], float]
"""By how much a limit is raised, by its subject and resource."""


def tiny_estate(seed: int, relief: Relief | None = None) -> PlacementProblem:
    """A tiny estate: small and varied, wide (two clusters, flows, levels and architectures), or busy by the hour."""
    rng = np.random.default_rng(1000 + seed)
    draw = Draw(rng, relief or {})
    if seed >= PEAKLESS:
        return peaky_estate(draw)
    return wide_estate(draw) if seed % 2 else plain_estate(draw)


@cache
def estate_of(seed: int) -> PlacementProblem:
    """The same, made once."""
    return tiny_estate(seed)


@cache
def answer_of(seed: int) -> Placement:
    """The solver's answer, found once."""
    problem = estate_of(seed)
    return solve(problem, resolve(problem.scenario.rules)[0])


class Draw:
    """What is drawn at random, and by how much limits are raised afterwards."""

    def __init__(self, rng: np.random.Generator, relief: Relief) -> None:
        self.rng, self.relief = rng, relief

    def one(self, *values: Any) -> Any:
        return values[self.rng.integers(len(values))]

    def maybe(self, share: float, value: Any, other: Any = None) -> Any:
        return value if self.rng.random() < share else other

    def upto(self, low: int, high: int) -> int:
        return int(self.rng.integers(low, high))

    def limit(self, subject: str, resource: str, value: Any) -> Any:
        return None if value is None else value + self.relief.get((subject, resource), 0)


def plain_estate(draw: Draw) -> PlacementProblem:
    """Two or three systems of six components at most; a cluster of three hosts at most, a service, rooms, a server."""
    one, maybe, upto = draw.one, draw.maybe, draw.upto
    names = ("A", "B", "C")[: upto(2, 4)]
    tiers = ("app", "db")
    workloads = {
        f"{name}{tier}{n}": {
            "system": name, "tier": tier, "server": one("S", "T"), "vcpu": float(upto(2, 15)),
            "memory_gib": float(upto(4, 44)), "storage_gib": float(upto(50, 200)), "ha_group": maybe(0.4, "G"),
        }
        for name in names
        for tier in tiers[: upto(1, 3)]
        for n in range(upto(1, 3))
    }  # fmt: skip
    systems = {
        name: {
            "level": one(2, 2, 2, 3) if draw.rng.random() < 0.3 else 2, "adapt_effort": one(1, 2, 3),
            "software_route": one("as_is", "adaptable"), "opinion": maybe(0.15, "refuses", "agrees"),
            "superseded_by": maybe(0.1, "above"), "superseded_target": "city",
        }
        for name in names
    }  # fmt: skip
    pools: dict[str, dict[str, Any]] = {
        "P": {"zones": ("PUB",), "max_hosts": draw.limit("P", "pool_size", upto(1, 4)), "cpu_ratio": one(1.0, 2.0),
              "storage_normal_gib": draw.limit("P", "storage_normal", maybe(0.5, float(upto(200, 900))))},
        "COLO": {"kind": "colocation", "target": "colo", "arch": None, "zones": ("PUB",)},
    }  # fmt: skip
    if draw.rng.random() < 0.5:
        pools["CITY"] = {**example.CITY, "filed_level": one(2, 3)}
    return problem(draw, systems, workloads, pools, {})


def wide_estate(draw: Draw) -> PlacementProblem:
    """Two systems of up to three components, some called from outside; two clusters unlike each other, and a third."""
    one, maybe, upto = draw.one, draw.maybe, draw.upto
    workloads: dict[str, dict[str, Any]] = {}
    systems: dict[str, dict[str, Any]] = {}
    flows: dict[str, dict[str, Any]] = {}
    other: dict[str, Any] = one(
        {"arch": "arm"}, {"filed_level": 3}, {"arch": "arm", "filed_level": 3}, {"zones": ("PUB", "VPN")}
    )
    for name in ("A", "B"):
        facing = bool(draw.rng.random() < 0.4)
        arch = one("x86", other.get("arch", "x86"))
        tiers = ("web", "app", "db")[0 if facing else 1 : upto(2, 4)]
        for tier in tiers:
            for n in range(upto(1, 3)):
                workloads[f"{name}{tier}{n}"] = {
                    "system": name, "tier": tier, "server": one("S", "T"), "arch": arch, "vcpu": float(upto(2, 9)),
                    "memory_gib": float(upto(4, 24)), "storage_gib": float(upto(50, 200)), "ha_group": maybe(0.2, "G"),
                }  # fmt: skip
        systems[name] = {
            "level": one(2, 2, other.get("filed_level", 2), maybe(0.2, 3, 2)), "adapt_effort": one(1, 3),
            "internet_facing": facing, "opinion": maybe(0.1, "refuses", "agrees"),
            "zone": "IZ" if facing else one("PUB", "PUB", "PUB", other.get("zones", ("PUB",))[-1]),
            "software_route": one("adaptable", "adaptable", "as_is", "rewrite"), "support": maybe(0.15, "expired"),
            "special_hardware": maybe(0.1, "dongle"), "xinchuang_due": maybe(0.2, True, False),
        }  # fmt: skip
        for source, target in pairwise(tiers):
            flows[f"{name}{source}"] = {
                "source_system": name, "source_tier": source, "target_system": name, "target_tier": target,
                "kind": one("REQRESP", "REQRESP", "DATA", "STREAM"), "state": maybe(0.1, "broken", "ok"),
            }  # fmt: skip
        if facing:
            flows[f"{name}in"] = {"source_zone": "EXT", "target_system": name, "target_tier": "web"}
    pools = {
        "P": {"zones": ("IZ", "PUB"), "max_hosts": draw.limit("P", "pool_size", upto(1, 3)), "cpu_ratio": 2.0},
        "Q": {"zones": ("PUB",), "max_hosts": draw.limit("Q", "pool_size", upto(1, 3)), "cpu_ratio": one(1.0, 2.0),
              "storage_normal_gib": draw.limit("Q", "storage_normal", maybe(0.5, float(upto(200, 600)))), **other},
        **one({"COLO": {"kind": "colocation", "target": "colo", "arch": None, "zones": ("IZ", "PUB", "VPN")}},
              {"CITY": {**example.CITY, "filed_level": one(2, 3), "zones": ("IZ", "PUB")}}),
    }  # fmt: skip
    return problem(draw, systems, workloads, pools, flows)


def peaky_estate(draw: Draw) -> PlacementProblem:
    """Four systems of one workload and two like clusters: which hour is the fullest depends on who stands together."""
    workloads = {
        name: {"system": name, "server": draw.one("S", "T"), "vcpu": float(draw.upto(4, 11)), "memory_gib": 4.0}
        for name in ("A", "B", "C", "E")
    }
    systems = {name: {"adapt_effort": draw.one(1, 2), "software_route": "as_is"} for name in workloads}
    pools = {
        name: {"zones": ("PUB",), "cpu_ratio": 4.0, "max_hosts": draw.limit(name, "pool_size", draw.upto(1, 3)),
               "storage_normal_gib": draw.limit(name, "storage_normal", draw.maybe(0.3, float(draw.upto(200, 400))))}
        for name in ("P", "Q")
    }  # fmt: skip
    usage = {(name, "cpu", "normal"): profile(draw) for name in workloads}
    return problem(draw, systems, workloads, pools, {}, usage, limited=0.2)


def problem(
    draw: Draw,
    systems: Mapping[str, Any],
    workloads: Mapping[str, Any],
    pools: Mapping[str, Any],
    flows: Mapping[str, Any],
    usage: Mapping[Any, Any] | None = None,
    limited: float = 1.0,
) -> PlacementProblem:
    """Rooms, servers, prices, use and a scenario round what was drawn."""
    one, maybe, upto = draw.one, draw.maybe, draw.upto
    inventory = example.estate(
        departments={"D": {}, "E": {}},
        rooms={
            "R": {"kind": "department", "pue": 2.0, "yearly_cost_yuan": one(None, 5000.0, 60000.0)},
            "R2": {"kind": "department", "pue": 1.8},
            "C": {"kind": "centre", "pue": 1.5, "total_u": draw.limit("C", "u", maybe(0.5 * limited, upto(2, 8)))},
        },
        servers={"S": {"bought_on": example.years_ago(one(1, 4))}, "T": {"room": "R2", "state": "broken"}},
        host_types={
            "H": {}, "small": {"cores": 4, "threads": 8, "memory_gib": 20.0, "price_yuan": 25000.0},
            "A": {"arch": "arm", "price_yuan": 50000.0},
        },
        systems=systems, workloads=workloads, flows=flows, pools=pools, usage=usage or {},
    )  # fmt: skip
    locks = (
        [Lock(system="A", disposition=one("REHOST", "KEEP", "RELOCATE"), reason="random")]
        if draw.rng.random() < 0.3
        else []
    )
    return problem_of(
        inventory,
        Scenario(
            name="tiny", inventory="", today=example.TODAY, locks=tuple(locks),
            capacity=CapacityOptions(spare_hosts=upto(0, 2)),
            demand=DemandOptions(target_utilisation=1.0),
            purchases=PurchaseOptions(
                allowed=bool(draw.rng.random() < 0.9),
                budget_yuan=draw.limit("", "budget", maybe(0.4 * limited, float(upto(20, 200) * 1000))),
            ),
            reuse=ReuseOptions(allowed=bool(draw.rng.random() < 0.7)),
            targets=TargetOptions(open=("banner_pool", "city_cloud", "colocation", "in_place", "superior")),
            level_separation=one("separate_pool", "boundary_only"),
            rules={"sites-apart": {"pairs": [["A", "B"]]}} if draw.rng.random() < 0.3 else {},
            solver=SolverOptions(gap=0.0),
        ),
    )  # fmt: skip


def profile(draw: Draw) -> dict[str, Any]:
    """A measured week: as much at each of twelve hours as chance will have it, and at all others little."""
    busy = {slot: float(draw.upto(10, 101)) for slot in SLOTS[:12]}
    return {"basis": "measured", "days": 28.0, "samples": 8064, **dict.fromkeys(SLOTS[12:HOURS], 10.0), **busy}


def dispositions(problem: PlacementProblem, system: str) -> tuple[str, ...]:
    """What may become of a system, from its row alone: the order of the rules, said again."""
    row: Any = problem.inventory["systems"].loc[system]
    locked = [lock.disposition for lock in problem.scenario.locks if lock.system == system]
    if locked:
        return (str(locked[0]),)
    if row["opinion"] == "refuses":
        return ("KEEP",)
    if row["superseded_by"]:
        return ("MERGE", "UPLIFT")
    if row["special_hardware"] not in (None, "none"):
        return ("RELOCATE",)
    if row["software_route"] == "rewrite":
        return ("REFACTOR",)
    if row["support"] == "expired" or str(row["xinchuang_due"]) == "True":
        return ("REPLATFORM",)
    return ("REHOST", "REPLATFORM") if row["software_route"] == "adaptable" else ("REHOST",)


def components(problem: PlacementProblem, system: str) -> dict[str, str]:
    """Components of a system and the room in which most of their servers stand, from the workloads' rows."""
    workloads, room = problem.inventory["workloads"], problem.inventory["servers"]["room"]
    mine = workloads[workloads["system"] == system]
    out = {}
    for (tier, arch), group in mine.groupby(["tier", "arch"]):
        rooms = [
            room[server] for server in dict.fromkeys(group["server"]) for _ in group[group["server"] == server].index
        ]
        out[f"{system}/{tier}/{arch}"] = min(set(rooms), key=lambda name: (-rooms.count(name), name))
    return out


def seats_by_target(problem: PlacementProblem, system: str, disposition: str, room: str) -> dict[str, list[Seat]]:
    """Every pool and zone that one component could be put to, good or bad, by the target it belongs to."""
    row: Any = problem.inventory["systems"].loc[system]
    if disposition == "KEEP":
        return {"stay": [Seat(f"today:{room}", row["zone"])]}
    kinds = ("colocation",) if disposition == "RELOCATE" else ("cluster", "service")
    out: dict[str, list[Seat]] = {}
    pool: Any
    for pool in problem.inventory["pools"].itertuples():
        if pool.kind in kinds and (disposition != "UPLIFT" or pool.target == row["superseded_target"]):
            out.setdefault(pool.target, []).extend(Seat(pool.Index, zone) for zone in pool.zones)
    return out


def seatings(problem: PlacementProblem) -> Iterator[tuple[dict[str, str], dict[str, Seat]]]:
    """Every disposition of every system with every seat of its components, all of a system at one target."""
    ways = []
    for system in problem.inventory["systems"].index:
        mine: list[tuple[str, dict[str, Seat]]] = []
        for disposition in dispositions(problem, system):
            if disposition == "MERGE":
                mine.append((disposition, {}))
                continue
            rooms = components(problem, system)
            found = {name: seats_by_target(problem, system, disposition, room) for name, room in rooms.items()}
            for target in dict.fromkeys(target for seats in found.values() for target in seats):
                choices = [[(name, seat) for seat in seats.get(target, [])] for name, seats in found.items()]
                mine += [(disposition, dict(chosen)) for chosen in product(*choices)]
        ways.append([(system, way) for way in mine])
    for plan in product(*ways):
        yield {s: d for s, (d, _) in plan}, {c: seat for _, (_, seats) in plan for c, seat in seats.items()}


def host_sets(problem: PlacementProblem) -> Iterator[dict[str, Host]]:
    """Every set of hosts, spares among them: as many bought a pool as it may hold (three at most), and the server."""
    types, server = problem.inventory["host_types"], problem.inventory["servers"].loc["S"]
    clusters: Any = problem.inventory["pools"]
    clusters = clusters[clusters["kind"] == "cluster"]
    sets = []
    for pool, row in clusters.iterrows():
        kinds = [str(kind) for kind in types.index[types["arch"] == row["arch"]]]
        sets.append(list(bought(str(pool), kinds, int(row["max_hosts"]))))
    serves: list[dict[str, Host]] = [{}]
    serves += [
        {"S": Host("S", str(pool), "S", "reused", spare=spare)}
        for pool in clusters.index[clusters["arch"] == server["arch"]]
        for spare in (False, True)
        if problem.scenario.reuse.allowed
    ]
    for chosen in product(*sets, serves):
        yield {name: host for hosts in chosen for name, host in hosts.items()}


def bought(pool: str, kinds: Sequence[str], most: int) -> Iterator[dict[str, Host]]:
    """Every purchase of up to some hosts for a pool."""
    for numbers in product(range(most + 1), repeat=2 * len(kinds)):
        if sum(numbers) > most:
            continue
        yield {
            f"{pool}-{kind}{spare}{n}": Host(f"{pool}-{kind}{spare}{n}", pool, kind, "purchased", spare=spare)
            for at, (kind, spare) in enumerate(product(kinds, (False, True)))
            for n in range(numbers[at])
        }


def best(problem: PlacementProblem, rules: Sequence[PlacementRule]) -> float:
    """Cost of the cheapest state that no rule complains of; infinite where there is none."""
    of_seats = [rule for rule in rules if rule.name() in OF_SEATS]
    of_hosts = [rule for rule in rules if rule.name() in OF_HOSTS]
    of_both = [rule for rule in rules if rule.name() not in OF_SEATS | OF_HOSTS]
    nothing = cost(problem, State())
    sets = [hosts for hosts in host_sets(problem) if not violations(problem, of_hosts, State(hosts=hosts))]
    priced = sorted(((cost(problem, State(hosts=h)) - nothing, n) for n, h in enumerate(sets)))
    plans = []
    for dispositions, seats in seatings(problem):
        state = State(dispositions=dispositions, seats=seats)
        if not violations(problem, of_seats, state):
            plans.append((cost(problem, state), len(plans), state))
    found = math.inf
    for seated, _, state in sorted(plans):
        for more, n in priced:
            if seated + more >= found:
                break
            whole = State(dispositions=state.dispositions, seats=state.seats, hosts=sets[n])
            if not violations(problem, of_both, whole):
                assert not violations(problem, rules, whole)
                found = cost(problem, whole)
                break
    return found


@pytest.mark.parametrize("batch", range(BATCHES))
def test_solver_and_all_placements_agree(batch: int) -> None:
    infeasible = eased = 0
    for seed in range(batch, ESTATES, BATCHES):
        problem = estate_of(seed)
        rules, faults = resolve(problem.scenario.rules)
        assert not faults
        expected = best(problem, rules)
        if math.isinf(expected):
            infeasible += 1
            with pytest.raises(Infeasible) as caught:
                answer_of(seed)
            # where hours are busy, reasons are sought at the hours that the model has come to, and so aren't judged
            eased += judge(seed, problem, rules, caught.value.findings) if seed < PEAKLESS else 0
        else:
            placement = answer_of(seed)
            assert placement.objective == pytest.approx(expected, rel=1e-6), seed
            assert placement.bound <= expected * (1 + 1e-6), seed
    share = infeasible / len(range(batch, ESTATES, BATCHES))
    assert eased, "no shortfall was put to the test"
    assert 0.2 <= share <= 0.8, f"{share:.0%} of the estates are infeasible"


def test_hours_are_added_to_the_model_where_an_answer_is_too_full() -> None:
    rounds = []
    for seed in range(PEAKLESS, ESTATES):
        with suppress(Infeasible):
            rounds.append(answer_of(seed).rounds)
    assert sum(n > 1 for n in rounds) >= 4, rounds


def judge(seed: int, problem: PlacementProblem, rules: Sequence[PlacementRule], found: Sequence[Finding]) -> int:
    """Without what is named there is a placement; each set needs each of its rules; the shortfall given is enough.

    Returns how many shortfalls were put to the test.
    """
    sets = [finding.values["rules"] for finding in found if "rules" in finding.values]
    named = {name for each in sets for name in each}
    if "infeasible.no_choice" in {finding.message for finding in found}:
        return 0
    assert named, seed
    solve(problem, [rule for rule in rules if rule.name() not in named])
    if any(finding.message in ("infeasible.system", "infeasible.systems") for finding in found):
        return 0  # the model was asked with these systems let off
    eased = 0
    for each in sets:
        kept = [rule for rule in rules if rule.name() in each]
        with pytest.raises(Infeasible):
            solve(problem, kept)
        for dropped in kept:
            solve(problem, [rule for rule in kept if rule != dropped])
        for rule, relief in reliefs(found).items():
            if rule in each and all(resource in RAISED for _, resource in relief):
                solve(tiny_estate(seed, relief), kept)
                eased += 1
    return eased


RAISED = {"budget", "pool_size", "storage_normal", "u"}
"""Resources whose limit an estate can raise."""


def reliefs(found: Sequence[Finding]) -> dict[str, dict[tuple[str, str], float]]:
    """By rule: how much of each resource it lacks; whole hosts and units where the limit is a whole number."""
    out: dict[str, dict[tuple[str, str], float]] = {}
    for finding in found:
        if finding.message.startswith("infeasible.short."):
            resource = finding.message.removeprefix("infeasible.short.")
            short = finding.values["short"] * (1 + 1e-9)
            whole = math.ceil(finding.values["short"] - 1e-6) if resource in ("pool_size", "u") else short
            if resource in ("pool_size", "u") and whole - finding.values["short"] > 1e-6:
                continue  # a part of a unit is the relaxation's answer, which is a bound and may not be enough
            out.setdefault(finding.rule, {})[finding.subject, resource] = whole
    return out


def test_the_estates_differ_as_they_should() -> None:
    """Both architectures and levels, two clusters in half of them, flows, every disposition."""
    problems = [estate_of(seed) for seed in range(PEAKLESS)]
    seen = {c.arch for p in problems for c in p.components.values()}
    assert seen == {"x86", "arm"}
    assert {c.level for p in problems for c in p.components.values()} == {2, 3}
    assert max(len(p.components) for p in problems) == 6
    assert sum(len(p.clusters) == 2 for p in problems) == PEAKLESS // 2
    assert sum(bool(p.calls) for p in problems) > PEAKLESS // 5
    wanted = {"KEEP", "MERGE", "UPLIFT", "RELOCATE", "REFACTOR", "REPLATFORM", "REHOST"}
    assert {d for p in problems for s in p.options for d in dispositions(p, s)} == wanted
