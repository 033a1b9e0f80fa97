"""How complete a department's answer is: the share of the points that planning needs, measured, declared or missing.

Stars are one for each begun fifth of the needed points that are there, as with imported reports
(:mod:`cloudplan.intake.confidence`). Which points are needed is this project's own list, :data:`NEEDED`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cloudplan.intake.confidence import Confidence
from cloudplan.intake.survey.answers import Record, Survey
from cloudplan.inventory.schema import schema

NEEDED: Mapping[str, tuple[str, ...]] = {
    "rooms": ("grade", "total_u", "it_power_kw", "cooling_kw", "meter_kwh_month", "yearly_cost_yuan"),
    "servers": ("storage_gib", "storage_used_gib", "power_max_w", "os", "zone", "bought_on", "serial"),
    "systems": ("level", "filing_status", "data_class", "max_outage_minutes", "database", "last_data_on", "owner",
                "opinion"),
    "devices": ("height_u", "power_w", "fate"),
    "workloads": ("storage_gib", "mbps"),
    "flows": ("protocol", "port", "mbps", "authorised"),
}  # fmt: skip
"""Columns that planning needs beside those every record must have; the load of each running server comes on top."""
LOADS = ("cpu", "memory")


@dataclass(frozen=True, slots=True)
class Completeness:
    """What is there of one department's answer.

    Parameters
    ----------
    department
        Its id.
    needed, measured, declared
        Points needed; those that were measured, those only stated. The rest is missing.
    """

    department: str
    needed: int
    measured: int
    declared: int

    @property
    def missing(self) -> int:
        """Points that are not there."""
        return self.needed - self.measured - self.declared

    @property
    def stars(self) -> int:
        """Stars, 1 to 5, for the points that are there."""
        return Confidence("department", self.department, self.measured + self.declared, self.needed).stars


def completeness(survey: Survey) -> tuple[Completeness, ...]:
    """Judge every department's answer, in the order of the departments.

    Parameters
    ----------
    survey
        As it was read; wrong cells are out of it and count as missing.
    """
    owner = _owners(survey)
    counts: dict[str, list[int]] = {
        record["department"].text: [0, 0, 0] for record in survey.tables["departments"] if "department" in record
    }
    for table, extra in NEEDED.items():
        required = tuple(c.name for c in schema().tables[table].columns if c.required)
        for record in survey.tables[table]:
            department = _department(record, owner)
            if department in counts:
                needed = tuple(dict.fromkeys((*required, *extra)))
                there = sum(column in record for column in needed)
                counts[department][0] += len(needed)
                counts[department][2] += there
    loads = {
        (r["workload"].text, r["resource"].text): r["basis"].text == "measured"
        for r in survey.tables.get("usage", [])
        if {"workload", "resource", "basis"} <= set(r)
    }
    for record in survey.tables["workloads"]:
        department = _department(record, owner)
        if department not in counts or "workload" not in record:
            continue
        if "state" in record and record["state"].text != "running":
            continue
        for resource in LOADS:
            measured = loads.get((record["workload"].text, resource))
            counts[department][0] += 1
            counts[department][1] += measured is True
            counts[department][2] += measured is False
    return tuple(Completeness(name, *numbers) for name, numbers in counts.items() if numbers[0])


def _owners(survey: Survey) -> dict[str, str]:
    """Department of every system."""
    return {
        record["system"].text: record["department"].text
        for record in survey.tables["systems"]
        if "system" in record and "department" in record
    }


def _department(record: Record, owner: Mapping[str, str]) -> str | None:
    if "department" in record:
        return record["department"].text
    for column in ("system", "source_system"):
        if column in record and record[column].text in owner:
            return owner[record[column].text]
    return None
