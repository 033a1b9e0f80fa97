"""Machines whose size an inventory takes: :func:`sized` leaves out the others, and says so."""

from __future__ import annotations

import math
from collections.abc import Sequence

from cloudplan.findings import Finding, Place, Severity
from cloudplan.intake.columns import many
from cloudplan.intake.machine import Machine
from cloudplan.inventory.schema import schema

COLUMNS = {"cores": ("vcpu", "cores"), "memory_gib": ("memory_gib", "memory_gib")}
"""Sizes of a machine, and the columns of its workload and of a server of its own size that bound them."""


BOUNDED = {**COLUMNS, "sockets": ("", "sockets")}
"""The same, with what no workload has."""


def bounds(size: str) -> tuple[float, float]:
    """Give the least and the most that an inventory takes of a size of a machine."""
    workloads, servers = schema().tables["workloads"].by_name, schema().tables["servers"].by_name
    name, of_server = BOUNDED[size]
    columns = [table[column] for table, column in ((workloads, name), (servers, of_server)) if column]
    return columns[0].minimum or 0.0, min(column.maximum or math.inf for column in columns)


def plausible(size: str, value: float) -> bool:
    """Whether an inventory takes a size; of other fields every value is."""
    if size not in BOUNDED:
        return True
    low, high = bounds(size)
    return low <= value <= high


def sized(machines: Sequence[Machine]) -> tuple[list[Machine], list[Finding]]:
    """Keep the machines whose cores and memory are known and within the inventory's bounds.

    Who has none, or one that no machine has, is left out and said.
    """
    kept: list[Machine] = []
    unknown: list[tuple[str, Place]] = []
    findings: list[Finding] = []
    workloads = schema().tables["workloads"].by_name
    for machine in machines:
        if machine.cores is None or machine.memory_gib is None:
            unknown.append((machine.name, machine.place))
            continue
        beyond = False
        for size, (name, _) in COLUMNS.items():
            value, column = getattr(machine, size), workloads[name]
            if not plausible(size, value):
                beyond = True
                low, high = bounds(size)
                values = {"column": column.headings, "value": value, "low": low, "high": high, "maybe": value / 1024.0}
                message = "intake.memory_beyond" if size == "memory_gib" and value > high else "intake.size_beyond"
                place = machine.cells.get(size, machine.place)
                findings.append(Finding(message, Severity.WARNING, machine.name, values=values, place=place))
        if not beyond:
            kept.append(machine)
    return kept, [*findings, *many("intake.size_unknown", unknown)]
