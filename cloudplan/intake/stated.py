"""By column of a table, the field that it is of: by these ``Built.state`` finds the cells that files state."""

from __future__ import annotations

from collections.abc import Mapping

from cloudplan.intake.built import HOURS, Fields

Columns = Mapping[str, Fields]

_SERVER: Columns = {
    "name": "name", "brand": "vendor", "model": "model", "serial": "serial", "cpu_model": "cpu_model",
    "sockets": "sockets", "cores": "cores", "memory_gib": "memory_gib", "ips": "addresses", "bought_on": "bought_on",
    "department": "department",
}  # fmt: skip
STORAGE: Columns = {"storage_gib": "storage_gib", "storage_used_gib": "storage_used_gib"}
OWN_SERVER: Columns = {
    **_SERVER, **STORAGE, "threads": "cores", "os": "os", "state": "running", "room": ("room", "site"),
}  # fmt: skip
"""Of a server of a machine's own size: fields of the machine."""
HOST: Columns = {
    **_SERVER, "threads": "threads", "os": "os", "virtualization": "os", "state": "status", "arch": "cpu_model",
    "height_u": "height_u", "rack": "rack", "start_u": "position_u", "room": ("room", "site", "rack"),
}  # fmt: skip
"""Of a host or a physical server: fields of the hardware."""
DEVICE: Columns = {
    "name": "name", "kind": "role", "department": "department", "room": ("room", "site", "rack"), "rack": "rack",
    "height_u": "height_u", "model": ("model", "vendor"), "serial": "serial", "software": "os", "ips": "addresses",
    "bought_on": "bought_on",
}  # fmt: skip
RACK: Columns = {"rack": "name", "room": ("room", "site"), "total_u": "height_u"}
WORKLOAD: Columns = {
    "name": "name", "vcpu": "cores", "memory_gib": "memory_gib", "storage_gib": "storage_gib", "kind": "kind",
    "state": "running", "mbps": "mbps", "system": "systems",
}  # fmt: skip
SYSTEM: Columns = {"name": "systems", "department": "department"}


def usage(resource: str, series: bool) -> Columns:
    """Give those of a row of usage: what a file states of the resource, and, of a series, all that is made of it."""
    named: dict[str, Fields] = {f"{name}_pct": f"{resource}_{name}_pct" for name in ("avg", "p95", "max")}
    if series:
        named |= dict.fromkeys(("p99_pct", "samples", HOURS), f"{resource}_p95_pct")
    return {**named, "days": "days"}
