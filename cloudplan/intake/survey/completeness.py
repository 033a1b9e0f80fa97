"""How complete a department's answer is: the share of the points that planning needs, measured, declared or missing.

Stars are one for each begun fifth of the needed points that are there, as with imported reports
(:mod:`cloudplan.intake.confidence`). Which points are needed is this project's own list, :data:`NEEDED`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from cloudplan.findings import Place
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
        return Confidence("department", self.department, self.measured, self.declared, self.needed).stars


@dataclass(frozen=True, slots=True)
class Gap:
    """What one record lacks of what planning needs.

    Parameters
    ----------
    table, record
        The record.
    columns
        Names of the columns that are blank, and of :data:`LOADS` that nobody stated.
    place
        Row of the record; of what was derived, the row it was derived from.
    """

    table: str
    record: Record
    columns: tuple[str, ...]
    place: Place


def completeness(survey: Survey) -> tuple[Completeness, ...]:
    """Judge every department's answer, in the order of the departments.

    Parameters
    ----------
    survey
        As it was read; wrong cells are out of it and count as missing.
    """
    counts: dict[str, list[int]] = {department: [0, 0, 0] for department in _departments(survey)}
    for department, table, record in _asked(survey):
        needed = _needed(table)
        counts[department][0] += len(needed)
        counts[department][2] += sum(column in record for column in needed)
    for department, _, loads in _running(survey):
        counts[department][0] += len(loads)
        counts[department][1] += sum(measured is True for measured in loads.values())
        counts[department][2] += sum(measured is False for measured in loads.values())
    return tuple(Completeness(name, *numbers) for name, numbers in counts.items() if numbers[0])


def gaps(survey: Survey) -> Iterator[Gap]:
    """Say record by record which of the points that :func:`completeness` counts are missing.

    Parameters
    ----------
    survey
        As it was read.
    """
    loads = {id(record): of for _, record, of in _running(survey)}
    for _, table, record in _asked(survey):
        columns = [column for column in _needed(table) if column not in record]
        columns += [name for name, measured in loads.get(id(record), {}).items() if measured is None]
        if columns:
            items = record.values()
            first = next((item for item in items if item.letter is not None), None) or next(iter(items))
            yield Gap(table, record, tuple(columns), first.row)


def _asked(survey: Survey) -> Iterator[tuple[str, str, Record]]:
    """Give the records of which something is needed, each with its department and table."""
    owner, known = _owners(survey), _departments(survey)
    for table in NEEDED:
        for record in survey.tables[table]:
            department = _department(record, owner)
            if department in known:
                yield str(department), table, record


def _running(survey: Survey) -> Iterator[tuple[str, Record, dict[str, bool | None]]]:
    """Give every running workload and whether its loads were measured; ``None`` for one that nobody stated."""
    owner, known = _owners(survey), _departments(survey)
    stated = {
        (r["workload"].text, r["resource"].text): r["basis"].text == "measured"
        for r in survey.tables.get("usage", [])
        if {"workload", "resource", "basis"} <= set(r)
    }
    for record in survey.tables["workloads"]:
        department = _department(record, owner)
        if department not in known or "workload" not in record:
            continue
        if "state" not in record or record["state"].text == "running":
            yield str(department), record, {load: stated.get((record["workload"].text, load)) for load in LOADS}


@cache
def _needed(table: str) -> tuple[str, ...]:
    required = (column.name for column in schema().tables[table].columns if column.required)
    return tuple(dict.fromkeys((*required, *NEEDED[table])))


def _departments(survey: Survey) -> dict[str, None]:
    return {record["department"].text: None for record in survey.tables["departments"] if "department" in record}


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
