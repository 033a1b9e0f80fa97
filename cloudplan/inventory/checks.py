"""What contradicts across the cells of a record, and across tables: :func:`check`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator

import numpy as np
import pandas as pd

from cloudplan.findings import Finding, Severity
from cloudplan.inventory import plausibility
from cloudplan.inventory.cells import number_shown
from cloudplan.inventory.records import Records
from cloudplan.inventory.schema import schema

ERROR, WARNING, INFO = Severity.ERROR, Severity.WARNING, Severity.INFO

ORDERED: tuple[tuple[str, str, str, Severity], ...] = (
    ("servers", "sockets", "cores", ERROR),
    ("servers", "cores", "threads", ERROR),
    ("servers", "power_idle_w", "power_max_w", ERROR),
    ("servers", "power_idle_w", "nameplate_w", WARNING),
    ("servers", "storage_used_gib", "storage_gib", WARNING),
    ("servers", "bought_on", "warranty_until", WARNING),
    ("devices", "bought_on", "warranty_until", WARNING),
    ("host_types", "sockets", "cores", ERROR),
    ("host_types", "cores", "threads", ERROR),
    ("host_types", "power_idle_w", "power_max_w", ERROR),
    ("volumes", "used_gib", "size_gib", WARNING),
    ("rooms", "used_u", "total_u", WARNING),
    ("rooms", "racks_used", "racks_total", WARNING),
    ("rooms", "it_load_kw", "it_power_kw", WARNING),
    ("systems", "concurrent_users", "users", WARNING),
    ("systems", "in_service_since", "last_data_on", WARNING),
    ("calendar", "starts_on", "ends_on", ERROR),
    ("usage", "avg_pct", "max_pct", ERROR),
    ("usage", "avg_pct", "p95_pct", WARNING),  # rare spikes can lift a mean above its P95
    ("usage", "p95_pct", "p99_pct", ERROR),
    ("usage", "p95_pct", "max_pct", ERROR),
    ("usage", "p99_pct", "max_pct", ERROR),
)
"""Pairs of columns whose first can't exceed the second, where both are given."""

NEEDED: tuple[tuple[str, str], ...] = (("cluster", "site"), ("cluster", "arch"), ("colocation", "site"))
"""Kind of pool, and a column that it can't do without."""

DETAILS = (
    "os", "database", "middleware", "data_gib", "users", "last_data_on", "concurrent_users", "app_architecture",
    "backup_mode", "developer", "operator",
)  # fmt: skip
"""Columns that a classified system leaves blank: only its existence is recorded."""


def check(records: Records, today: dt.date | None = None) -> list[Finding]:
    """Find every contradiction; cells that have a fault already are left alone.

    Parameters
    ----------
    records
        All tables, as they were read.
    today
        Day after which what is stated as past lies in the future; ``None`` leaves that unjudged.
    """
    checks: tuple[Callable[[Records], Iterator[Finding]], ...] = (
        ordered, rack_rooms, rack_units, flow_ends, pool_needs, pool_zones, workload_arch, host_arch, host_pool,
        usage_data, usage_holes, weak_rooms, classified_details, refusals, two_levels, lone_dependencies,
        *plausibility.CHECKS,
    )  # fmt: skip
    found = [finding for one in checks for finding in one(records)]
    return found if today is None else [*found, *plausibility.future_dates(records, today)]


def ordered(records: Records) -> Iterator[Finding]:
    """Check that what can't exceed another figure of its record doesn't."""
    for table, low, high, severity in ORDERED:
        frame, headings = records[table], schema().tables[table].by_name
        both = records.sound(table, low, high) & frame[low].notna().to_numpy() & frame[high].notna().to_numpy()
        at = np.flatnonzero(both)
        left, right = frame[low].iloc[at].to_numpy(), frame[high].iloc[at].to_numpy()
        for record in at[np.asarray(left > right, dtype=bool)]:
            a, b = frame.at[record, low], frame.at[record, high]
            values = {"low": headings[low].headings, "high": headings[high].headings,
                      "value": _shown(a), "limit": _shown(b)}  # fmt: skip
            yield records.finding("out_of_order", table, int(record), low, severity, **values)


def _shown(value: object) -> str:
    return number_shown(float(value)) if isinstance(value, (float, np.floating)) else str(value)


def rack_rooms(records: Records) -> Iterator[Finding]:
    """Check that a rack stands in the same room as what is mounted in it."""
    room_of = records.lookup("racks", "room")
    for table in ("servers", "devices"):
        for record, row in records.rows_of(table, "rack", "room"):
            there = room_of.get(row["rack"])
            if there is not None and row["room"] is not None and there != row["room"]:
                yield records.finding(
                    "rack_elsewhere", table, record, "rack", ERROR, rack=row["rack"], value=row["room"], limit=there
                )


def rack_units(records: Records) -> Iterator[Finding]:
    """Check that servers lie within their rack, and no two of them at the same height."""
    height_of = records.lookup("racks", "total_u")
    taken: dict[str, list[tuple[int, int, int]]] = {}
    for record, row in records.rows_of("servers", "rack", "start_u", "height_u"):
        rack, start, height = row["rack"], row["start_u"], row["height_u"]
        if rack not in height_of or start is pd.NA or height is pd.NA:
            continue
        top = start + height - 1
        if height_of[rack] is not pd.NA and top > height_of[rack]:
            values = {"rack": rack, "value": int(top), "limit": int(height_of[rack])}
            yield records.finding("above_rack", "servers", record, "start_u", ERROR, **values)
        taken.setdefault(rack, []).append((int(start), int(top), record))
    for rack, spans in taken.items():
        spans.sort()
        upper, owner = 0, -1
        for start, top, record in spans:
            if start <= upper:
                values = {"rack": rack, "other": records.subject("servers", owner), "value": start, "limit": upper}
                yield records.finding("same_units", "servers", record, "start_u", WARNING, **values)
            if top > upper:
                upper, owner = top, record


def flow_ends(records: Records) -> Iterator[Finding]:
    """Check that each end of a flow is one system or one zone, and that the system has the tier."""
    tiers: dict[str, set[str]] = {}
    for system, tier in zip(records["workloads"]["system"], records["workloads"]["tier"], strict=True):
        tiers.setdefault(system, set()).add(tier)
    headings = schema().tables["flows"].by_name
    for system, tier, zone in ((f"{end}_system", f"{end}_tier", f"{end}_zone") for end in ("source", "target")):
        names = {"system": headings[system].headings, "zone": headings[zone].headings}
        for record, row in records.rows_of("flows", system, zone):
            if (row[system] is None) == (row[zone] is None):
                message = "flow_no_end" if row[system] is None else "flow_two_ends"
                yield records.finding(message, "flows", record, system, ERROR, **names)
        for record, row in records.rows_of("flows", system, tier):
            if row[tier] is None:
                continue
            if row[system] is None:
                yield records.finding("flow_lone_tier", "flows", record, tier, ERROR, value=row[tier], **names)
            elif row[tier] not in (there := tiers.get(row[system], set())):
                message = "flow_no_tier" if there else "flow_no_workloads"
                known = tuple(sorted(t for t in there if t is not None))
                values = {"value": row[tier], "name": row[system], "allowed": known}
                yield records.finding(message, "flows", record, tier, ERROR, **values)


def pool_needs(records: Records) -> Iterator[Finding]:
    """Check that a pool has what its kind can't do without."""
    headings = schema().tables["pools"].by_name
    for kind, column in NEEDED:
        for record, row in records.rows_of("pools", "kind", column):
            if row["kind"] == kind and row[column] is None:
                label = schema().vocabularies["pool_kind"].labels[kind]
                values = {"kind": label, "column": headings[column].headings}
                yield records.finding("pool_lacks", "pools", record, column, ERROR, **values)


def pool_zones(records: Records) -> Iterator[Finding]:
    """Check that workloads may stand in every zone that a pool carries."""
    hostable = records.lookup("zones", "hostable")
    for record, row in records.rows_of("pools", "zones"):
        for zone in row["zones"]:
            if hostable.get(zone, True) is False or hostable.get(zone) is np.False_:
                yield records.finding("pool_zone", "pools", record, "zones", ERROR, value=zone)


def workload_arch(records: Records) -> Iterator[Finding]:
    """Check that a workload has the instruction set of the server it runs on."""
    arch_of = records.lookup("servers", "arch")
    for record, row in records.rows_of("workloads", "server", "arch"):
        there = arch_of.get(row["server"])
        if there is not None and row["arch"] is not None and there != row["arch"]:
            values = {"value": row["arch"], "server": row["server"], "limit": there}
            yield records.finding("workload_arch", "workloads", record, "arch", ERROR, **values)


def host_arch(records: Records) -> Iterator[Finding]:
    """Check that a server which already serves in a pool has the pool's instruction set."""
    arch_of = records.lookup("pools", "arch")
    for record, row in records.rows_of("servers", "pool", "arch"):
        there = arch_of.get(row["pool"])
        if there is not None and row["arch"] is not None and there != row["arch"]:
            values = {"value": row["arch"], "pool": row["pool"], "limit": there}
            yield records.finding("host_arch", "servers", record, "arch", ERROR, **values)


def host_pool(records: Records) -> Iterator[Finding]:
    """Check that a server which already serves in a pool serves in a cluster, and stands where that stands."""
    kind_of, site_of = records.lookup("pools", "kind"), records.lookup("pools", "site")
    for record, row in records.rows_of("servers", "pool", "room"):
        pool, room = row["pool"], row["room"]
        if pool is None or pool not in kind_of:
            continue
        if kind_of[pool] not in (None, "cluster"):
            kind = schema().vocabularies["pool_kind"].labels[kind_of[pool]]
            yield records.finding("host_pool", "servers", record, "pool", ERROR, value=pool, kind=kind)
        elif room is not None and site_of.get(pool) not in (None, room):
            values = {"value": pool, "room": room, "site": site_of[pool]}
            yield records.finding("host_site", "servers", record, "pool", ERROR, **values)


def _hours() -> tuple[str, ...]:
    repeat = schema().tables["usage"].repeat
    return repeat.names if repeat is not None else ()


def usage_data(records: Records) -> Iterator[Finding]:
    """Remark usage that was never sampled: its zeros are no data, not an idle machine."""
    frame = records["usage"]
    columns = ("avg_pct", "p95_pct", "p99_pct", "max_pct", *_hours())
    figures = frame[list(columns)].to_numpy(dtype=np.float64)
    unsampled = frame["samples"].fillna(-1).to_numpy(dtype=np.int64)
    empty = ~(np.nan_to_num(figures) > 0).any(axis=1)
    silent = (unsampled == 0) | ((unsampled < 0) & empty) | np.isnan(figures).all(axis=1)
    for record in np.flatnonzero(silent & records.sound("usage", "samples", *columns)):
        yield records.finding("no_data", "usage", int(record), "samples", WARNING)


def usage_holes(records: Records) -> Iterator[Finding]:
    """Remark weekly profiles in which some hours are blank."""
    hours = list(_hours())
    blank = records["usage"][hours].isna().to_numpy()
    count = blank.sum(axis=1)
    for record in np.flatnonzero((count > 0) & (count < len(hours)) & records.sound("usage", *hours)):
        first = hours[int(np.argmax(blank[record]))]
        values = {"count": int(count[record]), "first": first}
        yield records.finding("profile_holes", "usage", int(record), first, WARNING, **values)


def weak_rooms(records: Records) -> Iterator[Finding]:
    """Remark systems of level 3 or above that stand in a room below grade C."""
    grade_of, room_of = records.lookup("rooms", "grade"), records.lookup("servers", "room")
    rooms: dict[str, set[str]] = {}
    for _, row in records.rows_of("workloads", "system", "server"):
        room = room_of.get(row["server"])
        if room is not None and grade_of.get(room) == "below":
            rooms.setdefault(row["system"], set()).add(room)
    for record, row in records.rows_of("systems", "system", "level"):
        if row["level"] is not pd.NA and row["level"] >= 3 and row["system"] in rooms:
            values = {"level": int(row["level"]), "rooms": tuple(sorted(rooms[row["system"]]))}
            yield records.finding("weak_room", "systems", record, "level", WARNING, **values)


def classified_details(records: Records) -> Iterator[Finding]:
    """Remark classified systems of which more than the existence is recorded."""
    headings = schema().tables["systems"].by_name
    busy = set(records["workloads"]["system"]) | set(records["datasets"]["system"])
    for record, row in records.rows_of("systems", "system", "classified", *DETAILS):
        if row["classified"] is pd.NA or not row["classified"]:
            continue
        given = [name for name in DETAILS if not pd.isna(row[name])]
        if given or row["system"] in busy:
            column = given[0] if given else "classified"
            details = tuple(headings[name].headings for name in given)
            yield records.finding("classified_details", "systems", record, column, INFO, details=details)


def refusals(records: Records) -> Iterator[Finding]:
    """Remark refusals without a reason: a refusal locks systems in place, and a lock needs its reason."""
    for table in ("departments", "systems"):
        for record, row in records.rows_of(table, "opinion", "opinion_reason"):
            if row["opinion"] == "refuses" and row["opinion_reason"] is None:
                yield records.finding("no_reason", table, record, "opinion_reason", WARNING)


def two_levels(records: Records) -> Iterator[Finding]:
    """Check that a system's level is the higher of those of its business information and of its service."""
    columns = ("level", "business_level", "service_level")
    for record, row in records.rows_of("systems", *columns):
        if any(row[name] is pd.NA for name in columns):
            continue
        level, business, service = (int(row[name]) for name in columns)
        if level != max(business, service):
            values = {"level": level, "business": business, "service": service}
            yield records.finding("two_levels", "systems", record, "level", WARNING, **values)


def lone_dependencies(records: Records) -> Iterator[Finding]:
    """Remark systems that a system is said to need while no flow joins the two: planning goes by flows."""
    flows = records["flows"]
    joined = set(zip(flows["source_system"], flows["target_system"], strict=True))
    for record, row in records.rows_of("systems", "system", "depends_on"):
        name = row["system"]
        lone = tuple(other for other in row["depends_on"] if not {(name, other), (other, name)} & joined)
        if lone:
            values = {"others": lone}
            yield records.finding("lone_dependency", "systems", record, "depends_on", WARNING, **values)
