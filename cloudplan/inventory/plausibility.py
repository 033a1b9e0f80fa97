"""What contradicts nothing, but is hardly so: a unit mistaken, a machine larger than its server, a room without owner.

The bounds are this project's own defaults, named in the findings; each is a warning that asks to look again.
"""

from __future__ import annotations

import datetime as dt
import ipaddress
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from cloudplan.findings import Finding, Severity
from cloudplan.inventory.records import Records

WARNING = Severity.WARNING
MOST_SERVER_GIB, MOST_WORKLOAD_GIB = 8192.0, 4096.0
"""Memory beyond which a figure is rather in MB."""
MANY_VCPU, LEAST_GIB_PER_VCPU = 8.0, 0.25
"""From so many vCPU on, less memory a vCPU than this is rather vCPU and memory exchanged."""
_BYTE = "(25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])"
_IPV4 = re.compile(rf"{_BYTE}(\.{_BYTE}){{3}}")
SHOWN = 5
"""Machines that a finding names where more are concerned."""
MOST_IDLE_W_PER_SOCKET = 1000.0
"""Idle power a socket beyond which a figure is rather wrong, where the server states no other power to hold it to."""


def memory_units(records: Records) -> Iterator[Finding]:
    """Remark memory that would be plausible if it were MB."""
    for table, most in (("servers", MOST_SERVER_GIB), ("workloads", MOST_WORKLOAD_GIB)):
        memory = records[table]["memory_gib"].to_numpy(float)
        with np.errstate(invalid="ignore"):
            large = records.sound(table, "memory_gib") & (memory > most)
        for record in np.flatnonzero(large):
            values = {"value": float(memory[record]), "limit": most, "maybe": float(memory[record]) / 1024}
            yield records.finding("memory_unit", table, int(record), "memory_gib", WARNING, **values)


def exchanged_sizes(records: Records) -> Iterator[Finding]:
    """Remark workloads whose vCPU and memory look exchanged."""
    for record, row in records.rows_of("workloads", "vcpu", "memory_gib"):
        vcpu, memory = row["vcpu"], row["memory_gib"]
        if pd.isna(vcpu) or pd.isna(memory) or vcpu < MANY_VCPU or memory >= LEAST_GIB_PER_VCPU * vcpu:
            continue
        values = {"vcpu": float(vcpu), "memory": float(memory)}
        yield records.finding("exchanged_sizes", "workloads", record, "vcpu", WARNING, **values)


def larger_than_server(records: Records) -> Iterator[Finding]:
    """Remark workloads that one by one exceed the server they run on."""
    for column, whole in (("memory_gib", "memory_gib"), ("vcpu", "threads")):
        there = records.lookup("servers", whole)
        for record, row in records.rows_of("workloads", "server", column):
            limit = there.get(row["server"])
            if pd.isna(limit) or pd.isna(row[column]) or row[column] <= limit:
                continue
            if column == "memory_gib" and row[column] > MOST_WORKLOAD_GIB:  # remarked as a unit mistaken
                continue
            values = {"server": row["server"], "value": float(row[column]), "limit": float(limit)}
            message = "memory_above_server" if column == "memory_gib" else "vcpu_above_server"
            yield records.finding(message, "workloads", record, column, WARNING, **values)


def data_above_storage(records: Records) -> Iterator[Finding]:
    """Remark systems with more data than the disks and volumes of their workloads hold, where all these are stated."""
    held: dict[str, float] = defaultdict(float)
    system_of: dict[str, str] = {}
    for _, row in records.rows_of("workloads", "workload", "system"):
        system_of[row["workload"]] = row["system"]
    for table, column in (("workloads", "storage_gib"), ("volumes", "size_gib")):
        # a blank or faulty cell makes the sum unknown
        for workload, size in zip(records[table]["workload"], records[table][column], strict=True):
            if workload in system_of:
                held[system_of[workload]] += float("nan") if pd.isna(size) else float(size)
    for record, row in records.rows_of("systems", "system", "data_gib"):
        limit, data = held.get(row["system"], float("nan")), row["data_gib"]
        if not pd.isna(data) and data > limit:
            values = {"value": float(data), "limit": limit}
            yield records.finding("data_above_storage", "systems", record, "data_gib", WARNING, **values)


def machines_nowhere(records: Records) -> Iterator[Finding]:
    """Remark physical machines that stand on no server; those that a superior runs centrally are its own affair."""
    central = {key for key, model in records.lookup("systems", "deploy_model").items() if model == "superior_central"}
    for record, row in records.rows_of("workloads", "kind", "server", "system"):
        if row["kind"] == "physical" and row["server"] is None and row["system"] not in central:
            yield records.finding("machine_nowhere", "workloads", record, "server", WARNING)


def ownerless_rooms(records: Records) -> Iterator[Finding]:
    """Remark departmental rooms that belong to no department."""
    for record, row in records.rows_of("rooms", "kind", "department"):
        if row["kind"] == "department" and row["department"] is None:
            yield records.finding("ownerless_room", "rooms", record, "department", WARNING)


def idle_power(records: Records) -> Iterator[Finding]:
    """Remark idle power far above what so many sockets draw, where neither full load nor nameplate can judge it."""
    for record, row in records.rows_of("servers", "power_idle_w", "power_max_w", "nameplate_w", "sockets"):
        if pd.isna(row["power_idle_w"]) or pd.isna(row["sockets"]):
            continue
        judged = not pd.isna(row["power_max_w"]) or not pd.isna(row["nameplate_w"])
        limit = MOST_IDLE_W_PER_SOCKET * float(row["sockets"])
        if not judged and row["power_idle_w"] > limit:
            values = {"value": float(row["power_idle_w"]), "sockets": int(row["sockets"]), "limit": limit}
            yield records.finding("idle_power", "servers", record, "power_idle_w", WARNING, **values)


def overdrawn_rooms(records: Records) -> Iterator[Finding]:
    """Remark departmental rooms whose running machines state more power than the supply can carry."""
    drawn: dict[str, float] = {}
    for _, row in records.rows_of("servers", "room", "state", "power_max_w"):
        if row["room"] is not None and row["state"] == "running" and not pd.isna(row["power_max_w"]):
            drawn[row["room"]] = drawn.get(row["room"], 0.0) + float(row["power_max_w"])
    for _, row in records.rows_of("devices", "room", "power_w"):
        if row["room"] is not None and not pd.isna(row["power_w"]):
            drawn[row["room"]] = drawn.get(row["room"], 0.0) + float(row["power_w"])
    for record, row in records.rows_of("rooms", "room", "kind", "it_power_kw"):
        limit, power = row["it_power_kw"], drawn.get(row["room"], 0.0) / 1000
        if row["kind"] == "department" and not pd.isna(limit) and power > limit:
            values = {"value": power, "limit": float(limit)}
            yield records.finding("overdrawn_room", "rooms", record, "it_power_kw", WARNING, **values)


def overdrawn_racks(records: Records) -> Iterator[Finding]:
    """Remark racks whose running machines state more power than the rack is fed."""
    drawn: dict[str, float] = defaultdict(float)
    for _, row in records.rows_of("servers", "rack", "state", "power_max_w"):
        if row["rack"] is not None and row["state"] == "running" and not pd.isna(row["power_max_w"]):
            drawn[row["rack"]] += float(row["power_max_w"])
    for _, row in records.rows_of("devices", "rack", "power_w"):
        if row["rack"] is not None and not pd.isna(row["power_w"]):
            drawn[row["rack"]] += float(row["power_w"])
    for record, row in records.rows_of("racks", "rack", "power_kw"):
        power = drawn.get(row["rack"], 0.0) / 1000
        if not pd.isna(row["power_kw"]) and power > row["power_kw"]:
            values = {"value": power, "limit": float(row["power_kw"])}
            yield records.finding("overdrawn_rack", "racks", record, "power_kw", WARNING, **values)


def overfull_racks(records: Records) -> Iterator[Finding]:
    """Remark racks in which more units are mounted than they have, wherever in them."""
    mounted: dict[str, int] = defaultdict(int)
    for table in ("servers", "devices"):
        for _, row in records.rows_of(table, "rack", "height_u"):
            if row["rack"] is not None and row["height_u"] is not pd.NA:
                mounted[row["rack"]] += int(row["height_u"])
    for record, row in records.rows_of("racks", "rack", "total_u"):
        if row["total_u"] is not pd.NA and mounted.get(row["rack"], 0) > row["total_u"]:
            values = {"value": mounted[row["rack"]], "limit": int(row["total_u"])}
            yield records.finding("overfull_rack", "racks", record, "total_u", WARNING, **values)


def shared_serials(records: Records) -> Iterator[Finding]:
    """Remark serial numbers that several servers state: one machine listed twice, or a number nobody looked up."""
    holders: dict[str, list[int]] = defaultdict(list)
    for record, serial in enumerate(records["servers"]["serial"].tolist()):
        if serial is not None:
            holders[serial.strip().casefold()].append(record)
    for found in holders.values():
        if len(found) > 1:
            text = records["servers"].at[found[0], "serial"]
            yield _shared(records, "shared_serial", "serial", str(text), found)


def shared_addresses(records: Records) -> Iterator[Finding]:
    """Remark addresses that several servers of one zone state."""
    servers = records["servers"]
    holders: dict[tuple[str | None, str], list[int]] = defaultdict(list)
    for record, (addresses, zone) in enumerate(zip(servers["ips"].tolist(), servers["zone"].tolist(), strict=True)):
        for address in dict.fromkeys(addresses):
            holders[zone, address].append(record)
    for (_, address), found in holders.items():
        if len(found) > 1:
            yield _shared(records, "shared_address", "ips", address, found)


def _shared(records: Records, message: str, column: str, text: str, found: Sequence[int]) -> Finding:
    """Say that several servers state one mark, at the second of them."""
    servers = [records.subject("servers", record) for record in found[:SHOWN]]
    values = {"value": text, "count": len(found), "servers": servers}
    return records.finding(message, "servers", found[1], column, WARNING, **values)


def odd_addresses(records: Records) -> Iterator[Finding]:
    """Remark addresses that are none."""
    for record, addresses in enumerate(records["servers"]["ips"].tolist()):
        odd = [text for text in addresses if not _is_address(text)]
        if odd:
            yield records.finding("odd_address", "servers", record, "ips", WARNING, value=odd)


def _is_address(text: str) -> bool:
    if _IPV4.fullmatch(text):  # what nearly all are
        return True
    try:
        ipaddress.ip_interface(text)
    except ValueError:
        return False
    return True


PAST = (
    ("servers", "bought_on"), ("devices", "bought_on"), ("systems", "assessed_on"), ("systems", "crypto_assessed_on"),
    ("systems", "last_data_on"),
)  # fmt: skip
"""Days that lie behind whoever states them."""


def future_dates(records: Records, today: dt.date) -> Iterator[Finding]:
    """Remark days that should be past, but come after a given one; what a centre will buy is a plan, no slip.

    An inventory doesn't say when it was taken, so who reads it says which day it is.
    """
    kind_of = records.lookup("rooms", "kind")
    for table, column in PAST:
        where = ("room",) if table in ("servers", "devices") else ()
        for record, row in records.rows_of(table, column, *where):
            if row[column] is None or row[column] <= today or kind_of.get(str(row.get("room"))) == "centre":
                continue
            values = {"value": row[column].isoformat(), "today": today.isoformat()}
            yield records.finding("future_date", table, record, column, WARNING, **values)
    for record, row in records.rows_of("rooms", "kind", "built_year"):
        if row["kind"] == "department" and row["built_year"] is not pd.NA and row["built_year"] > today.year:
            values = {"value": str(row["built_year"]), "today": today.isoformat()}
            yield records.finding("future_date", "rooms", record, "built_year", WARNING, **values)


CHECKS = (
    memory_units, exchanged_sizes, larger_than_server, data_above_storage, machines_nowhere, ownerless_rooms,
    idle_power, overdrawn_rooms, overdrawn_racks, overfull_racks, shared_serials, shared_addresses, odd_addresses,
)  # fmt: skip
