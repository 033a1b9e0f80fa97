"""What platforms must have that carry systems: copies of what is stored, a network to run them by, a crew in China."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping

from cloudplan.clauses import example
from cloudplan.clauses.clause import Answer, CellClause, Clause, StateClause, Verdict, at_least, yes
from cloudplan.clauses.estate import Cells, Estate
from cloudplan.clauses.facts import Fact, words_of

CITY = {"kind": "service", "target": "city"}
BUSINESS = frozenset({"web", "proxy", "app", "db"})


def platforms(estate: Estate) -> Mapping[str, int]:
    """Own clusters and services that carry systems."""
    return estate.platforms


def two_copies(pool: Cells, level: int, today: dt.date) -> Answer:
    """More than one copy of what is stored."""
    return at_least(pool["storage_replicas"], 2)


def run_from_china(pool: Cells, level: int, today: dt.date) -> Answer:
    """The crew that runs the platform works in China."""
    return yes(pool["operations_in_cn"])


def services_in_china(clause: Clause, estate: Estate) -> Iterator[Verdict]:
    """Read of a service's platform where it stands; a service in a room of our list answers with that room."""
    for pool, level in estate.platforms.items():
        cells = estate.record("pools", pool)
        if cells["kind"] == "service" and cells["site"] is None and level in clause.levels:
            here = estate.record("targets", cells["target"])["in_cn"]
            yield clause.verdict(level, pool, here, [Fact("targets.in_cn", here)])


def managed_apart(clause: Clause, estate: Estate) -> Iterator[Verdict]:
    """Look for a zone that holds management and no business; of a service's own network nothing is on record."""
    management = {z: set(c["tiers"] or ()) for z, c in estate.records("zones") if "management" in (c["tiers"] or ())}
    listed = tuple(management)
    fact = Fact("zones.tiers", listed or None, words_of("clauses.said.management", zones=listed) if listed else None)
    apart = any(not BUSINESS & tiers for tiers in management.values()) if management else None
    for pool, level in estate.platforms.items():
        if level in clause.levels:
            if estate.record("pools", pool)["kind"] == "service":
                yield clause.verdict(level, pool, None, reason="clauses.said.provider")
            else:
                yield clause.verdict(level, pool, apart, [fact])


def _city(in_cn: bool) -> Estate:
    return example.after(
        {"A/app/x86": ("REHOST", "CITY", "PUB")},
        pools={"CITY": {**CITY, "site": None}},
        targets={"city": {"kind": "city_cloud", "in_cn": in_cn}, "banner": {"kind": "banner_pool"}},
    )


def _managed(*tiers: str) -> Estate:
    return example.after(
        {"A/app/x86": ("REHOST", "P", "PUB")},
        systems={"A": {"level": 3}},
        pools={"P": {"filed_level": 3}},
        zones={"MGT": {"tiers": tiers}},
    )


CLAUSES = (
    StateClause(
        "EB-C01", "mlps", "T", (2, 3, 4), "pool", ("targets.in_cn",), services_in_china,
        met=lambda: _city(True), not_met=lambda: _city(False), part="service", stages=("after",),
    ),
    CellClause(
        "EB-C10", "mlps", "T", (3, 4), "pool", ("pools.storage_replicas",), platforms, two_copies,
        met={"storage_replicas": 2}, not_met={"storage_replicas": 1}, stages=("after",),
    ),
    StateClause(
        "EB-C12", "mlps", "T", (3, 4), "pool", ("zones.tiers",), managed_apart,
        met=lambda: _managed("management"), not_met=lambda: _managed("management", "app"), stages=("after",),
    ),
    CellClause(
        "EB-C14", "mlps", "T", (2, 3, 4), "pool", ("pools.operations_in_cn",), platforms, run_from_china,
        met={"operations_in_cn": True}, not_met={"operations_in_cn": False}, stages=("after",),
    ),
)  # fmt: skip
