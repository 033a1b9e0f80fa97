"""Machines whose size an inventory takes: :func:`sized` leaves out the others, and says so."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from cloudplan.findings import Finding, Place, Severity
from cloudplan.intake.columns import many
from cloudplan.intake.machine import Machine
from cloudplan.inventory.schema import schema

COLUMNS = {"cores": ("vcpu", "cores"), "memory_gib": ("memory_gib", "memory_gib")}
"""Sizes of a machine, and the columns of its workload and of a server of its own size that bound them."""


def sized(machines: Sequence[Machine]) -> tuple[list[Machine], list[Finding]]:
    """Keep the machines whose cores and memory are known and within the inventory's bounds.

    Who has none, or one that no machine has, is left out and said. A machine of unknown kind counts as virtual.
    """
    kept: list[Machine] = []
    unknown: list[tuple[str, Place]] = []
    findings: list[Finding] = []
    workloads, servers = schema().tables["workloads"].by_name, schema().tables["servers"].by_name
    for machine in machines:
        if machine.cores is None or machine.memory_gib is None:
            unknown.append((machine.name, machine.place))
            continue
        beyond = False
        for size, (name, of_server) in COLUMNS.items():
            value, column = getattr(machine, size), workloads[name]
            low = column.minimum or 0.0
            high = min(column.maximum or math.inf, servers[of_server].maximum or math.inf)
            if not low <= value <= high:
                beyond = True
                values = {"column": column.headings, "value": value, "low": low, "high": high, "maybe": value / 1024.0}
                message = "intake.memory_beyond" if size == "memory_gib" and value > high else "intake.size_beyond"
                findings.append(Finding(message, Severity.WARNING, machine.name, values=values, place=machine.place))
        if not beyond:
            kept.append(replace(machine, kind=machine.kind or "vm"))
    return kept, [*findings, *many("intake.size_unknown", unknown)]
