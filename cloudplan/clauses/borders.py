"""What stands between zones: the flows of the plan's own platforms, held against conduits and devices on record."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from cloudplan.clauses import example
from cloudplan.clauses.clause import Answer, Clause, StateClause, Verdict, every
from cloudplan.clauses.estate import Estate
from cloudplan.clauses.facts import Fact, cell, words_of
from cloudplan.findings import Severity
from cloudplan.placement.problem import Call, Component

GAPS = frozenset({"gap", "light_gap"})
"""Devices that isolate by protocol."""

Wanted = Callable[[Component, Component], bool]
Borders = dict[tuple[str, str], int]
"""Pairs of zones (who calls, who is called), each with the highest level of the ends that call across it."""


def borders(estate: Estate, wanted: Wanted) -> Borders:
    """Pairs of zones across which components of own platforms call one another, as far as they are wanted."""
    out: Borders = {}
    for call in estate.problem.calls:
        ends = estate.ends(call)
        if ends is None or not wanted(ends[0][0], ends[1][0]):
            continue
        pair, level = (ends[0][1].zone, ends[1][1].zone), max(component.level for component, _ in ends)
        out[pair] = max(level, out.get(pair, 0))
    return out


def named(pair: tuple[str, str]) -> str:
    """Name a border by its two zones."""
    return f"{pair[0]}→{pair[1]}"


def guard(estate: Estate, pair: tuple[str, str], kinds: frozenset[str] | None = None) -> tuple[Answer, list[Fact]]:
    """Say whether a device guards a border: one that its conduit names and that is on record as joining both zones.

    Parameters
    ----------
    estate, pair
        The border.
    kinds
        Kinds of device that would do; ``None`` where all do that the conduit names.
    """
    conduit = estate.problem.zones.conduit(*pair)
    devices = () if conduit is None else conduit.devices
    facts = [Fact("conduits.devices", tuple(devices) or None)]
    if not devices:
        return None, facts
    fit = frozenset(devices) if kinds is None else kinds & frozenset(devices)
    if not fit:
        return False, facts
    there = [cells for _, cells in estate.records("devices") if cells["kind"] in fit]
    joined = [cells for cells in there if set(pair) <= set(cells["zones"] or ())]
    blank = any(cells["zones"] is None for cells in there)
    if blank and not joined:
        return None, [*facts, Fact("devices.zones", None)]
    words = words_of("clauses.said.joined", count=len(joined), pair=named(pair))
    return bool(joined), [*facts, Fact("devices.zones", len(joined), words)]


def levels_guarded(clause: Clause, estate: Estate) -> Iterator[Verdict]:
    """Ask what guards every border between components of different level; within one zone nothing is on record."""
    for pair, level in borders(estate, lambda one, other: one.level != other.level).items():
        if level in clause.levels:
            if pair[0] == pair[1]:
                yield clause.verdict(level, pair[0], None, reason="clauses.said.one_zone")
            else:
                answer, facts = guard(estate, pair)
                yield clause.verdict(level, named(pair), answer, facts)


def isolated(clause: Clause, estate: Estate) -> Iterator[Verdict]:
    """Ask of every border that components of these levels call across whether a gap stands there."""
    for pair, level in borders(estate, lambda one, other: True).items():
        if level in clause.levels and pair[0] != pair[1]:
            answer, facts = guard(estate, pair, GAPS)
            yield clause.verdict(level, named(pair), answer, facts)


def internet_isolated(clause: Clause, estate: Estate) -> Iterator[Verdict]:
    """The same of borders between the internet zone and the zones behind it."""
    exposed = estate.problem.zones.internet_exposed
    for pair, level in borders(estate, lambda one, other: True).items():
        if level in clause.levels and len(exposed & set(pair)) == 1 and pair[0] != pair[1]:
            answer, facts = guard(estate, pair, GAPS)
            yield clause.verdict(level, named(pair), answer, facts)


def managed_through_a_bastion(clause: Clause, estate: Estate) -> Iterator[Verdict]:
    """Ask of every conduit that begins or ends in the management zone whether a bastion is on it."""
    management = {zone for zone, cells in estate.records("zones") if "management" in (cells["tiers"] or ())}
    for row in estate.inventory["conduits"].reset_index(drop=True).to_dict("records"):
        pair = (str(row["source_zone"]), str(row["target_zone"]))
        if row["mode"] != "deny" and pair[0] != pair[1] and management & set(pair):
            devices = cell(row["devices"])
            answer = None if devices is None else "bastion" in devices
            yield clause.verdict(None, named(pair), answer, [Fact("conduits.devices", devices)])


def rate_carried(clause: Clause, estate: Estate) -> Iterator[Verdict]:
    """Add up the requests across each border that only ferries, and hold them against what it carries."""
    flows = estate.inventory["flows"]["mbps"]
    sums: dict[tuple[tuple[str, str], float | None], list[float | None]] = {}
    for call in estate.problem.calls:
        ends = estate.ends(call)
        if ends is None or call.kind != "REQRESP":
            continue
        pair = (ends[0][1].zone, ends[1][1].zone)
        conduit = estate.problem.zones.conduit(*pair)
        if conduit is not None and conduit.mode == "exchange":
            sums.setdefault((pair, conduit.throughput_mbps), []).append(cell(flows[call.flow]))
    for (pair, limit), rates in sums.items():
        known = sum(rate for rate in rates if rate is not None)
        fits = None if limit is None else known <= limit
        silent = rates.count(None)
        answer = False if fits is False else every(fits, None if silent else True)
        words = words_of("clauses.said.rate", mbps=known, flows=len(rates), silent=silent)
        facts = [Fact("flows.mbps", round(known, 3), words), Fact("conduits.throughput_mbps", limit)]
        yield clause.verdict(None, named(pair), answer, facts)


def leans_on_no_lower(clause: Clause, estate: Estate) -> Iterator[Verdict]:
    """Look which systems of a lower level each system calls."""
    called: dict[str, dict[str, int]] = {}
    for call in estate.problem.calls:
        ends = _systems(estate, call)
        if ends is not None:
            called.setdefault(ends[0], {})[ends[1]] = estate.systems[ends[1]]
    for system, others in called.items():
        level = estate.systems[system]
        lower = sorted(other for other, its in others.items() if its < level)
        message = "clauses.said.lower" if lower else "clauses.said.none_lower"
        words = words_of(message, systems=tuple(lower), count=len(others))
        on = Fact("flows.target_system", tuple(lower or sorted(others)), words)
        yield clause.verdict(level, system, not lower, [on])


def _systems(estate: Estate, call: Call) -> tuple[str, str] | None:
    if call.source is None or call.target is None:
        return None
    one, other = (estate.problem.components[name].system for name in (call.source, call.target))
    return (one, other) if one != other and {one, other} <= estate.systems.keys() else None


def graded(clause: Clause, estate: Estate) -> Iterator[Verdict]:
    """Look whether a level is on record; the one that stands in for a blank is an assumption."""
    for system, level in estate.systems.items():
        cells = estate.record("systems", system)
        answer = True if cells["level"] is not None else False if cells["filing_status"] == "ungraded" else None
        facts = [Fact("systems.level", cells["level"]), Fact("systems.filing_status", cells["filing_status"])]
        if answer is None:
            facts = facts[:1]
        yield clause.verdict(level, system, answer, facts)


ALL = (1, 2, 3, 4, 5)
RATE = {"kind": "REQRESP", "mbps": 60.0}


def _called(level: int, device: str, limit: float = 100.0) -> Estate:
    """A of some level in the internet zone calls B of level 2 behind it; a device of some kind joins the two zones."""
    flow = {"source_system": "A", "source_tier": "app", "target_system": "B", "target_tier": "app", **RATE}
    border = {"mode": "exchange", "kinds": ("REQRESP",), "devices": ("gap",), "throughput_mbps": limit}
    return example.after(
        {"A/app/x86": ("REHOST", "P", "IZ"), "B/app/x86": ("REHOST", "P", "PUB")},
        workloads={"A1": {}, "B1": {"system": "B"}},
        systems={"A": {"level": level}},
        pools={"P": {"filed_level": level}},
        flows={"F": flow},
        conduits={("IZ", "PUB"): border},
        devices={"N": {"kind": device, "room": "C", "zones": ("IZ", "PUB")}},
    )


def _managed(*devices: str) -> Estate:
    zones = {"MGT": {"tiers": ("management",)}, "PUB": {}}
    return example.after({}, zones=zones, conduits={("MGT", "PUB"): {"devices": devices}})


def _graded(**cells: Any) -> Estate:
    return example.after({"A/app/x86": ("REHOST", "P", "PUB")}, systems={"A": cells})


CLAUSES = (
    StateClause(
        "EB-C04", "mlps", "T", (2, 3, 4), "border", ("conduits.devices", "devices.zones"), levels_guarded,
        met=lambda: _called(3, "gap"), not_met=lambda: _called(3, "switch"), stages=("after",),
    ),
    StateClause(
        "EB-C06", "mlps", "T", (4,), "border", ("conduits.devices", "devices.zones"), isolated,
        met=lambda: _called(4, "gap"), not_met=lambda: _called(4, "switch"), stages=("after",),
    ),
    StateClause(
        "Z05", "zoning", "m", ALL, "border", ("conduits.devices", "devices.zones"), internet_isolated,
        met=lambda: _called(2, "gap"), not_met=lambda: _called(2, "switch"), stages=("after",), severity=Severity.ERROR,
    ),
    StateClause(
        "Z09", "zoning", "d", ALL, "system", ("flows.target_system", "systems.level"), leans_on_no_lower,
        met=lambda: _called(2, "gap"), not_met=lambda: _called(3, "gap"), severity=Severity.WARNING,
    ),
    StateClause(
        "Z10", "zoning", "d", ALL, "system", ("systems.level", "systems.filing_status"), graded,
        met=lambda: _graded(level=2), not_met=lambda: _graded(level=None, filing_status="ungraded"),
        severity=Severity.WARNING,
    ),
    StateClause(
        "Z11", "zoning", "m", ALL, "border", ("conduits.devices",), managed_through_a_bastion,
        met=lambda: _managed("bastion", "firewall"), not_met=lambda: _managed("firewall"), stages=("after",),
        severity=Severity.WARNING,
    ),
    StateClause(
        "Z12", "zoning", "d", ALL, "border", ("flows.mbps", "conduits.throughput_mbps"), rate_carried,
        met=lambda: _called(2, "gap"), not_met=lambda: _called(2, "gap", limit=50.0), stages=("after",),
        severity=Severity.INFO,
    ),
)  # fmt: skip
