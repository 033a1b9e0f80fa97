"""What must be there twice: lines and network devices of rooms, instances of important systems."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from cloudplan.clauses import example
from cloudplan.clauses.clause import Clause, StateClause, Verdict
from cloudplan.clauses.estate import Estate
from cloudplan.clauses.facts import Fact, words_of
from cloudplan.inventory.schema import label

LINES = ("extranet", "internet")
"""Kinds of line that carry what a room serves; a vertical network's line is the superior's."""

NETWORK = frozenset({"switch", "router", "firewall", "waf", "gap", "light_gap"})
"""Kinds of device whose failure would cut systems off."""


def lines_twice(clause: Clause, estate: Estate) -> Iterator[Verdict]:
    """Count the lines of each kind that a room has."""
    links = estate.inventory["links"]
    for room, level in estate.rooms.items():
        if level in clause.levels:
            counts = Counter(str(kind) for kind in links.loc[links["room"] == room, "kind"])
            facts = [_counted("links.kind", kind, counts[kind]) for kind in LINES if counts[kind]]
            answer = all(counts[kind] != 1 for kind in LINES) if facts else None
            yield clause.verdict(level, room, answer, facts or [Fact("links.kind", None)])


def _counted(where: str, kind: str, count: int) -> Fact:
    return Fact(where, f"{kind}×{count}", words_of("clauses.said.lines", kind=label("link_kind", kind), count=count))


def devices_stand_by(clause: Clause, estate: Estate) -> Iterator[Verdict]:
    """Read whether another device can take over from each network device of a room."""
    for device, cells in estate.records("devices"):
        level = estate.rooms.get(cells["room"])
        if level in clause.levels and cells["kind"] in NETWORK:
            facts = [Fact("devices.kind", cells["kind"]), Fact("devices.hot_standby", cells["hot_standby"])]
            yield clause.verdict(level, device, cells["hot_standby"], facts)


def two_instances(clause: Clause, estate: Estate) -> Iterator[Verdict]:
    """Count the workloads of each component, and of the largest high-availability group among them."""
    groups = estate.inventory["workloads"]["ha_group"]
    for component, _ in estate.components:
        if component.level not in clause.levels or component.tier not in ("web", "proxy", "app", "db"):
            continue
        count = len(component.workloads)
        named = Counter(group for w in component.workloads if (group := groups[w]) is not None)
        together = max(named.values(), default=0)
        size = Fact("workloads.workload", count, words_of("clauses.said.instances", count=count))
        group = next((name for name, members in named.items() if members == together), None)
        answer = False if count < 2 else True if together > 1 else None
        yield clause.verdict(component.level, component.component, answer, [size, Fact("workloads.ha_group", group)])


def _level_3(**tables: Any) -> Estate:
    return example.after(
        {"A/app/x86": ("REHOST", "P", "PUB")}, systems={"A": {"level": 3}}, pools={"P": {"filed_level": 3}}, **tables
    )


def _lines(*names: str) -> Estate:
    return _level_3(links={name: {"room": "C", "kind": "extranet", "mbps": 1000.0} for name in names})


def _switch(stands_by: bool) -> Estate:
    return _level_3(devices={"N": {"kind": "switch", "room": "C", "hot_standby": stands_by}})


def _instances(*names: str) -> Estate:
    return _level_3(workloads={name: {"ha_group": "G"} for name in names})


CLAUSES = (
    StateClause(
        "EB-G02", "mlps", "T", (3, 4), "room", ("links.kind",), lines_twice,
        met=lambda: _lines("L1", "L2"), not_met=lambda: _lines("L1"), part="lines",
    ),
    StateClause(
        "EB-G02", "mlps", "T", (3, 4), "device", ("devices.hot_standby",), devices_stand_by,
        met=lambda: _switch(True), not_met=lambda: _switch(False), part="devices",
    ),
    StateClause(
        "EB-G06", "mlps", "T", (3, 4), "component", ("workloads.ha_group",), two_instances,
        met=lambda: _instances("A1", "A2"), not_met=lambda: _instances("A1"), part="instances",
    ),
)  # fmt: skip
