"""Planted collisions of two rules: the set that is named is irreducible, and the least that is asked for suffices.

Each case is an estate with a knob for every rule of the collision. What the findings ask for is granted by turning that
knob, as their sentence says, by hand: exactly, and once by a little less.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import pytest

from cloudplan.errors import Infeasible
from cloudplan.findings import Finding
from cloudplan.i18n import LANGUAGES, cure, words
from cloudplan.placement import example
from cloudplan.placement.candidates import problem_of
from cloudplan.placement.granted import granted
from cloudplan.placement.problem import PlacementProblem
from cloudplan.placement.rules import resolve
from cloudplan.placement.solve import solve
from cloudplan.scenario import CapacityOptions, Lock, PurchaseOptions, ReuseOptions, Scenario
from tests.placement.why_not import why_not

Knobs = Mapping[str, Any]
NO_SPARE = {"capacity": CapacityOptions(spare_hosts=0), "reuse": ReuseOptions(allowed=False)}
LATE = dt.date(2050, 1, 1)
LARGE: example.Rows = {"A1": {"memory_gib": 40.0}, "A2": {"memory_gib": 40.0}}
"""Two that share no host of 57.6 usable GiB: 22.4 GiB too much for one."""
ON_V = {
    "servers": {"V": {"room": "C", "pool": "P"}},
    "workloads": {"A1": {"server": "V"}},
    "systems": {"A": {"opinion": "refuses"}},
}
"""A system that stays on the only host of its pool."""


@dataclass(frozen=True)
class Planted:
    """A collision.

    Parameters
    ----------
    rules
        The two rules.
    build
        The estate, for some knobs.
    grants
        By what is asked (``resource``): knobs that grant it, and knobs that grant a little less (none: it is all or
        nothing).
    more
        Further rules without which nothing would collide: what needs a host at all.
    """

    rules: tuple[str, str]
    build: Callable[[Knobs], PlacementProblem]
    grants: Mapping[str, Callable[[Finding], tuple[Knobs, Knobs]]]
    more: tuple[str, ...] = field(default=())


def up(knob: str, now: float, less: float) -> Callable[[Finding], tuple[Knobs, Knobs]]:
    """Raise a limit by what is asked, and by less."""
    return lambda said: ({knob: now + said.values["ask"]}, {knob: now + said.values["ask"] - less})


def switch(knob: str, value: Any) -> Callable[[Finding], tuple[Knobs, Knobs]]:
    return lambda said: ({knob: value}, {})


def locked(pool: str | None) -> tuple[Lock, ...]:
    return () if pool is None else (Lock(system="A", pool=pool, reason="decided"),)


def changed(problem: PlacementProblem, **changes: Any) -> PlacementProblem:
    return problem_of(problem.inventory, problem.scenario.model_copy(update=changes))


def levels(knobs: Knobs) -> PlacementProblem:
    pools = {"P": {"filed_level": 3}, "Q": {"filed_level": knobs.get("filed", 1)}}
    return example.problem(pools=pools, scenario={"level_separation": knobs.get("policy", "separate_pool")})


def elsewhere(**pool: Any) -> Callable[[Knobs], PlacementProblem]:
    """A system locked to a pool Q that can't take it, though P could."""

    def build(knobs: Knobs) -> PlacementProblem:
        return example.problem(
            systems={"A": {"zone": knobs.get("zone", "PUB")}},
            workloads={"A1": {"arch": knobs.get("arch", "x86")}},
            pools={"P": {"zones": ("PUB",)}, "Q": {"zones": ("PUB",), **pool, **knobs.get("pool", {})}},
            lock_pool=knobs.get("lock", "Q"),
        )

    return build


def opens(said: Finding) -> tuple[Knobs, Knobs]:
    day = LATE - dt.timedelta(said.values["short"])
    assert said.values["to"] == day.isoformat()
    return {"pool": {"available_from": day}}, {"pool": {"available_from": day + dt.timedelta(1)}}


def crowded(knobs: Knobs) -> PlacementProblem:
    return hosts_of(
        knobs, workloads=LARGE, pools={"P": {"max_hosts": knobs.get("hosts")}}, rooms={"C": {"total_u": knobs.get("u")}}
    )


def hosts_of(knobs: Knobs, **tables: Any) -> PlacementProblem:
    """An estate whose hosts of type H have some memory."""
    problem = example.problem(**tables, scenario=NO_SPARE)
    types = problem.inventory["host_types"].copy()
    types.loc["H", "memory_gib"] = knobs.get("memory", 64.0)
    inventory = type(problem.inventory)({**problem.inventory.tables, "host_types": types})
    return problem_of(inventory, problem.scenario)


def memory(said: Finding) -> tuple[Knobs, Knobs]:
    """A host's memory so that one more is usable by what is asked; nine tenths of it are."""
    assert (said.subject, said.values["short"]) == ("P", pytest.approx(22.4))
    return {"memory": 64 + said.values["ask"] / 0.9}, {"memory": 64 + (said.values["ask"] - 0.1) / 0.9}


def one_host(knobs: Knobs) -> PlacementProblem:
    return example.problem(
        **ON_V,
        pools={"P": {"max_hosts": knobs.get("hosts")}},
        rooms={"C": {"it_power_kw": knobs.get("kw")}},
        budget_yuan=knobs.get("yuan"),
        scenario={
            "capacity": CapacityOptions(spare_hosts=knobs.get("spare", 1)),
            "reuse": ReuseOptions(allowed=knobs.get("reuse", False)),
        },
    )


def spares(said: Finding) -> tuple[Knobs, Knobs]:
    assert (said.subject, said.values["to"]) == ("P", 0)
    return {"spare": 0}, {}


def stored(knobs: Knobs) -> PlacementProblem:
    pools = {"P": {"storage_normal_gib": knobs.get("gib", 50.0)}, "Q": {}}
    return example.problem(pools=pools, lock_pool=knobs.get("lock", "P"))


def paired(knobs: Knobs) -> PlacementProblem:
    problem = example.problem(
        workloads=example.TWINS,
        rooms={"C2": {"kind": "centre"}},
        pools={"Q": {"site": "C2"}},
        rules={"sites-apart": {"pairs": knobs.get("pairs", [["A", "B"]])}},
    )
    both = (*locked("P"), Lock(system="B", pool="P", reason="decided"))
    return changed(problem, locks=knobs.get("locks", both))


def unlocked(said: Finding) -> tuple[Knobs, Knobs]:
    other = {"A": "B", "B": "A"}[said.subject]
    return {"locks": (Lock(system=other, pool="P", reason="decided"),)}, {}


def old_server(knobs: Knobs) -> PlacementProblem:
    return changed(
        example.problem(servers={"S": {"bought_on": example.years_ago(5)}}),
        capacity=CapacityOptions(spare_hosts=0),
        purchases=PurchaseOptions(allowed=knobs.get("buy", False)),
        reuse=ReuseOptions(younger_than_years=knobs.get("years", 3.0)),
    )


def younger(said: Finding) -> tuple[Knobs, Knobs]:
    assert said.values["servers"] == ("S",)
    return {"years": said.values["to"]}, {"years": said.values["to"] - 0.1}


def held_server(knobs: Knobs) -> PlacementProblem:
    problem = example.problem(
        systems={"B": {"opinion": "refuses"}},
        servers={"T": {"state": "broken"}},
        workloads={"A1": {"server": "T"}, "B1": {"system": "B", "server": knobs.get("stands on", "S")}},
    )
    closed = PurchaseOptions(allowed=knobs.get("buy", False))
    return changed(problem, capacity=CapacityOptions(spare_hosts=0), purchases=closed)


def talking(knobs: Knobs) -> PlacementProblem:
    """A in the common zone calls B in its department's own zone."""
    kinds = knobs.get("kinds", ("DATA",))
    inventory = example.estate(
        departments={"D": {}}, rooms={"R": {"kind": "department", "pue": 2.0}, "C": {"kind": "centre", "pue": 1.5}},
        servers={"S": {}}, systems={"A": {}, "B": {"zone": knobs.get("zone", "VPN")}},
        workloads={"A1": {}, "B1": {"system": "B"}},
        flows={"F": {"source_system": "A", "source_tier": "app", "target_system": "B", "target_tier": "app"}},
        conduits={("PUB", "VPN"): {"kinds": kinds}}, pools={"P": {"zones": ("PUB", "VPN")}},
    )  # fmt: skip
    return problem_of(inventory, Scenario(name="talking", inventory="", today=example.TODAY))


def conduit(said: Finding) -> tuple[Knobs, Knobs]:
    assert (said.subject, said.values["target"]) == ("PUB", "VPN")
    return {"kinds": said.values["kinds"]}, {}


def moved(said: Finding) -> tuple[Knobs, Knobs]:
    """The one system moves to the other's zone."""
    assert (said.subject, said.values["zone"]) in {("B", "PUB"), ("A", "VPN")}
    return {"zone": "PUB"}, {}


def grouped(knobs: Knobs) -> PlacementProblem:
    workloads = {"A1": {"ha_group": "G"}, "A2": {"ha_group": knobs.get("group", "G")}}
    return example.problem(workloads=workloads, pools={"P": {"max_hosts": knobs.get("hosts", 1)}}, scenario=NO_SPARE)


def one_large(knobs: Knobs) -> PlacementProblem:
    return example.problem(
        workloads={"A1": {"memory_gib": knobs.get("gib", 20.0)}},
        budget_yuan=knobs.get("yuan", 55000.0),
        scenario={**NO_SPARE, "reuse": ReuseOptions(allowed=knobs.get("reuse", False))},
    )


CASES = [
    Planted(("platform-level", "level-separation"), levels, {
        "filed_level": lambda said: ({"filed": said.values["to"]}, {"filed": said.values["to"] - 1}),
        "policy": switch("policy", "boundary_only"),
    }),
    Planted(("locks", "zone"), elsewhere(zones=("VPN",)), {
        "lock": switch("lock", None), "zone_home": lambda said: ({"zone": said.values["zone"]}, {}),
    }),
    Planted(("locks", "architecture"), elsewhere(arch="arm"), {
        "lock": switch("lock", None), "isa": switch("arch", "arm"),
    }),
    Planted(("opening", "locks"), elsewhere(available_from=LATE), {"lock": switch("lock", None), "days": opens}),
    Planted(("storage", "locks"), stored, {"lock": switch("lock", None), "storage_normal": up("gib", 50.0, 1)}),
    Planted(("sites-apart", "locks"), paired, {"pair": switch("pairs", []), "lock": unlocked}),
    Planted(("zone", "conduits"), talking, {"conduit": conduit, "zone_home": moved}),
    Planted(("capacity", "pool-size"), lambda knobs: crowded({"hosts": 1, **knobs}), {
        "memory_gib": memory, "pool_size": up("hosts", 1, 1),
    }),
    Planted(("facility", "capacity"), lambda knobs: crowded({"u": 2, **knobs}), {
        "memory_gib": memory, "u": up("u", 2, 1),
    }),
    Planted(("spare-hosts", "pool-size"), lambda knobs: one_host({"hosts": 1, **knobs}), {
        "spare_hosts": spares, "pool_size": up("hosts", 1, 1),
    }),
    Planted(("spare-hosts", "facility"), lambda knobs: one_host({"kw": 0.4, **knobs}), {
        "spare_hosts": spares, "power": up("kw", 0.4, 0.01),
    }),
    Planted(("spare-hosts", "reuse", "purchases"), lambda knobs: one_host({"yuan": 10000.0, **knobs}), {
        "spare_hosts": spares, "budget": up("yuan", 10000.0, 1), "reuse_open": switch("reuse", True),
    }),
    Planted(("ha-hosts", "pool-size"), grouped, {"pool_size": up("hosts", 1, 1), "ha_hosts": switch("group", None)}),
    Planted(("largest-workload", "reuse", "purchases"), one_large, {
        "budget": up("yuan", 55000.0, 1), "large_hosts": switch("gib", 18.0), "reuse_open": switch("reuse", True),
    }),
    Planted(("reuse-age", "purchases"), old_server, {
        "reuse_years": younger, "hosts": switch("buy", True),
    }, more=("capacity",)),
    Planted(("reuse-emptied", "purchases"), held_server, {
        "emptied": switch("stands on", "T"), "hosts": switch("buy", True),
    }, more=("capacity",)),
]  # fmt: skip


EACH = pytest.mark.parametrize("number", range(len(CASES)), ids=[" x ".join(case.rules) for case in CASES])


@cache
def reasons_of(number: int) -> tuple[Finding, ...]:
    return why_not(CASES[number].build({}))


def short(found: Sequence[Finding]) -> list[Finding]:
    return [finding for finding in found if finding.message.startswith("infeasible.short.")]


def placed(problem: PlacementProblem, without: str = "") -> None:
    solve(problem, [rule for rule in resolve(problem.scenario.rules)[0] if rule.name() != without])


@EACH
def test_a_planted_collision_is_named_and_mended(number: int) -> None:
    case, found = CASES[number], reasons_of(number)
    problem = case.build({})
    (named,) = [finding.values["rules"] for finding in found if "rules" in finding.values]
    assert set(named) == {*case.rules, *case.more}
    rules = [rule for rule in resolve(problem.scenario.rules)[0] if rule.name() in named]
    with pytest.raises(Infeasible):
        solve(problem, rules)
    for dropped in rules:
        solve(problem, [rule for rule in rules if rule != dropped])
    for name in case.rules if not case.more else ():
        placed(problem, without=name)
    asked = {finding.message.rpartition(".")[2]: finding for finding in short(found)}
    assert set(asked) >= set(case.grants)
    assert {asked[resource].rule for resource in case.grants} == set(case.rules)
    for resource, knobs in case.grants.items():
        exactly, less = knobs(asked[resource])
        placed(case.build(exactly))
        if less:
            assert why_not(case.build(less))


@EACH
def test_the_edits_of_a_finding_grant_it(number: int) -> None:
    problem, found = CASES[number].build({}), reasons_of(number)
    by_rule: dict[str, list[Finding]] = {}
    for finding in short(found):
        by_rule.setdefault(finding.rule, []).append(finding)
    edited = [granted(problem.inventory, problem.scenario, said) for said in by_rule.values()]
    assert any(edited), "nothing could be granted by an edit"
    for changed in edited:
        if changed is not None:
            placed(problem_of(*changed))


@EACH
def test_the_request_asks_for_one_thing_and_names_its_subject(number: int) -> None:
    *_, request = reasons_of(number)
    assert request.message == "infeasible.request"
    assert request.values["count"] == 1
    for language in LANGUAGES:
        assert "1. " in words(request, language)
        assert cure(request, language)
