"""The server of a machine whose host no file knows: one of the machine's own size, with what the file says of it."""

from __future__ import annotations

from collections.abc import Mapping

from cloudplan.intake.built import Built, Record, given, ident, listed, rounded, slug
from cloudplan.intake.machine import Machine
from cloudplan.intake.mapping import Given, MachineMapping
from cloudplan.intake.standing import Standing
from cloudplan.intake.stated import OWN_SERVER, Columns
from cloudplan.inventory.schema import schema

MOST_SOCKETS = 16


def own_server(
    built: Built, machine: Machine, workload: str, mapping: MachineMapping, words: Mapping[str, str], arch: str,
    standing: Standing,
) -> str:  # fmt: skip
    """Write a server of a machine's own size, and give its id: the asset id that a file states, else one of its own.

    Parameters
    ----------
    built
        The tables in the making; a row of ``servers`` is added.
    machine, workload
        The machine and its id.
    mapping, words
        What the file doesn't say, and its department, room and zone.
    arch
        Its instruction set.
    standing
        The ids of servers taken so far.
    """
    server = slug(machine.asset if ident(machine.asset) else f"srv-{workload}", standing.taken)
    standing.taken.add(server.casefold())
    for column, value in (("room", words["room"]), ("zone", words["zone"]), ("arch", arch)):
        ruled = given(mapping, column, machine, {"department": words["department"]})
        if ruled is not None and ruled.value == value:
            built.assume("servers", server, column, ruled)
    hardware, place = mapping.hardware
    if "height_u" not in hardware:
        hardware = {"height_u": 1, **hardware}
    for column, value in hardware.items():
        built.assume("servers", server, column, Given(value, place) if value is not None else None)
    vcpu, memory_gib = machine.size()
    cores = rounded(built, server, vcpu)
    least = schema().tables["servers"].by_name["memory_gib"].minimum or 0.0
    if memory_gib < least:  # a machine may be smaller than any server
        memory_gib = built.invent("servers", server, "memory_gib", least)
    sockets = machine.sockets
    record: Record = {
        "server": server, "department": words["department"], "room": words["room"], "name": machine.name,
        "brand": machine.vendor or None, "model": machine.model or None, "serial": ident(machine.serial),
        "cpu_model": machine.cpu_model or None,
        "sockets": None if sockets is None or not 1 <= sockets <= min(MOST_SOCKETS, cores) else round(sockets),
        "cores": cores, "threads": cores, "arch": arch, "memory_gib": memory_gib,
        "storage_gib": machine.storage_gib, "storage_used_gib": machine.storage_used_gib,
        "os": machine.os or None, "zone": words["zone"], "ips": listed(machine.addresses),
        "bought_on": machine.bought_on, "state": "running" if machine.running else "stopped", **hardware,
    }  # fmt: skip
    built.tables["servers"].append(record)
    named: Columns = {"server": "asset"} if server == machine.asset else {}
    built.state("servers", record, machine, {**OWN_SERVER, **named})
    return server
