"""Everything one scenario led to: :class:`Plan`, a plain bundle, the same in memory and as a saved folder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from cloudplan.earlier import Earlier
from cloudplan.findings import Finding
from cloudplan.inventory import Inventory
from cloudplan.scenario import Scenario

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "dispositions": (
        "system",
        "name",
        "department",
        "disposition",
        "target",
        "pool",
        "wave",
        "rule",
        "reason",
        "reason_en",
        "evidence",
        "change",
        "change_en",
    ),
    "components": ("component", "system", "tier", "arch", "zone", "pool", "target", "level"),
    "placements": ("workload", "component", "system", "pool", "host"),
    "hosts": (
        "host",
        "pool",
        "host_type",
        "site",
        "source",
        "from_server",
        "spare",
        "available_from",
        "threads",
        "memory_gib",
        "usable_cpu",
        "usable_memory_gib",
        "yuan_per_year",
    ),
    "servers": (
        "server",
        "room",
        "department",
        "fate",
        "pool",
        "rule",
        "reason",
        "reason_en",
        "evidence",
        "change",
        "change_en",
    ),
    "waves": (
        "wave",
        "system",
        "name",
        "disposition",
        "window_start",
        "window_end",
        "transfer_gib",
        "transfer_hours",
        "outage_hours",
        "rollback_by",
    ),
    "steps": ("wave", "workload", "system", "pool", "from", "to", "step"),
    "rooms": ("room", "name", "department", "closes_on", "wave", "residual_devices", "why_not", "why_not_en"),
    "purchases": ("pool", "host_type", "count", "order_by", "ready_on", "yuan", "fiscal_year", "basis"),
    "costs": ("term", "stage", "yuan_per_year", "basis", "objective_yuan_per_year"),
    "cashflow": (
        "year",
        "item",
        "kind",
        "before",
        "after",
        "yuan",
        "discounted",
        "tco2_before",
        "tco2_after",
    ),
    "copies": (
        "system",
        "name",
        "department",
        "disposition",
        "place",
        "document",
        "copies",
        "data_gib",
        "size_from",
        "basis",
        "gib",
        "yuan_per_year",
        "wave",
        "due_on",
        "reason",
        "reason_en",
    ),
    "demand": ("workload", "resource", "basis", "month_end_basis", "statistic", "flat"),
    "capacity": ("host_type", "resource", "raw", "usable"),
    "pools": ("pool", "resource", "demand", "usable", "spare_hosts", "hosts", "bound_hosts", "loaded_hosts"),
    "conduits": (
        "source_zone",
        "target_zone",
        "mode",
        "device",
        "protocol",
        "port",
        "flows",
        "authorised",
        "unauthorised",
        "mbps",
        "mbps_unknown",
    ),
    "clauses": (
        "clause",
        "part",
        "when",
        "level",
        "subject_kind",
        "subject",
        "verdict",
        "mark",
        "evidence",
        "reason",
        "reason_en",
    ),
    "utilisation": ("scope", "id", "resource", "when", "basis", "mean", "p95", "peak", "low", "high", "measured_share"),
    "assumptions": ("name", "value", "unit", "source", "used_by"),
    "changes": ("what", "id", "before", "after", "cause", "rule", "gain_yuan", "why", "why_en"),
}
"""Columns of the saved tables, in order.

``evidence`` holds the cells that a decision rests on (:mod:`cloudplan.evidence`), ``change`` and ``change_en`` what
evidence would change it.

``demand`` also has a column per slot for the resource ``cpu``: ``basis`` is that of the ordinary week (``h000`` …),
``month_end_basis`` that of the month-end week (``m000`` …), blank for all other resources. ``changes`` is empty where
a plan follows no other.
"""


@dataclass(frozen=True, eq=False)
class Plan:
    """All that one scenario led to.

    Parameters
    ----------
    facts
        What ``plan.json`` holds: ``schema_version``, ``cloudplan`` (version), ``versions`` (of libraries), ``inputs``
        (sha256 by table), ``seed``, ``supersedes`` (sha256 of the ``plan.json`` of the plan it follows, if any),
        ``status`` (``optimal`` within the gap asked, or ``feasible``), ``objective``, ``bound``, ``gap`` (yuan a year;
        relative), ``stages`` (``placement``: objective, bound, gap, rounds, allowance: share by pool by which its
        demand was enlarged so that it could be packed; ``packing``: by pool loaded_hosts, bound; ``migration``: waves,
        bound, last, late: servers that no wave could have, each with its pool), ``kpis`` (name → {``value``, ``low``,
        ``high``, ``unit``, ``basis``}), ``costs`` (term → {``before``, ``after``} yuan a year), ``value`` (of the
        money by fiscal year: :func:`cloudplan.tables.value.value_facts`).
    scenario, inventory
        The inputs, resolved.
    tables
        The tables of :data:`COLUMNS`; plain columns, default index; blank cells are ``""``, numbers are numbers.
    findings
        What the checks and stages had to say.
    earlier
        What the plan that it follows had decided, where it follows one.
    digest
        SHA-256 of ``plan.json``, where it was read from a folder.
    """

    facts: Mapping[str, Any]
    scenario: Scenario
    inventory: Inventory
    tables: Mapping[str, pd.DataFrame]
    findings: tuple[Finding, ...] = ()
    earlier: Earlier | None = None
    digest: str = ""
