"""Whose word counts of one machine that several files know, and what they disagree about.

Files count in the order in which they are given: the first is trusted most. Each figure comes from the first file that
states it, unless no machine has such a size, or somebody decided otherwise; a figure that another file states otherwise
is a conflict, with both places. Loads come as one bundle from one file, so that a mean of one period never stands
beside a P95 of another: the first with a P95, else the first with any.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from cloudplan.findings import Finding, Place, Severity
from cloudplan.i18n import LANGUAGES, say
from cloudplan.intake.decisions import DECIDABLE, Value, strange
from cloudplan.intake.machine import Machine
from cloudplan.intake.sizes import plausible

LOADS = (
    "cpu_p95_pct", "memory_p95_pct", "days", "load_place", "cpu_avg_pct", "cpu_max_pct", "memory_avg_pct",
    "memory_max_pct", "cpu_now_pct", "memory_now_pct",
)  # fmt: skip
UNITED = ("addresses", "macs", "systems", "tags")
"""What is added up over the files, for none of them need know all."""
WHOLE = ("name", "place", "cells")
"""What is the machine's as a whole."""
TOLERANCE = 0.02
"""Share by which two files may differ in a size without contradicting each other (rounding; a default)."""


@dataclass(frozen=True)
class Conflict:
    """One field of which two files state something different.

    Parameters
    ----------
    field
        The field.
    holder, kept
        The record whose value counts, and the value.
    other, value
        The other record, and what that states.
    decided
        Whether somebody decided so.
    """

    field: str
    holder: Machine
    kept: Any
    other: Machine
    value: Any
    decided: bool = False

    def finding(self, subject: str) -> Finding:
        """Say it, with both places."""
        values: Mapping[str, Any] = {
            "column": {language: say(f"intake.merge.column.{self.field}", language) for language in LANGUAGES},
            "kept": _whole(self.kept), "value": _whole(self.value), "other": str(self.other.place),
        }  # fmt: skip
        odd = not plausible(self.field, self.value) and plausible(self.field, self.kept)
        message = "intake.merge.implausible" if odd else "intake.merge.conflict"
        message = "intake.merge.decided" if self.decided else message
        severity = Severity.INFO if self.decided else Severity.WARNING
        place = self.holder.cells.get(self.field, self.holder.place)
        return Finding(message, severity, subject, values=values, place=place)

    def proposal(self, record: str, files: Mapping[str, str]) -> Value:
        """Give the decision that would make the other value count."""
        return Value(
            record, self.field, files[self.other.place.file], kept=str(_whole(self.kept)), other=str(_whole(self.value))
        )


def _whole(value: Any) -> Any:
    """Say 64, not 64.0."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def settled(together: Sequence[Machine], chosen: Mapping[str, Machine]) -> tuple[Machine, list[Conflict]]:
    """Make one machine of what several files say.

    Parameters
    ----------
    together
        Its records, the one of the most trusted file first.
    chosen
        By field, the record whose value somebody decided to take.

    Returns
    -------
    tuple
        The machine, and what the files disagree about.
    """
    first = together[0]
    if len(together) == 1:
        return first, []
    found: dict[str, Any] = {}
    cells: dict[str, Place] = {}
    loaded = next((m for m in together if m.cpu_p95_pct is not None), None)
    loaded = loaded or next((m for m in together if m.load_place is not None), first)
    for field in fields(Machine):
        name = field.name
        if name in WHOLE:
            continue
        told = _told(together, name, chosen)
        holder = told[0][0] if told else first
        if name in LOADS:
            holder = loaded
        elif name == "support":
            holder = next((machine for machine in together if machine.support != "unknown"), first)
        found[name] = getattr(holder, name)
        if name in UNITED:
            found[name] = tuple(dict.fromkeys(item for machine in together for item in getattr(machine, name)))
        if name in holder.cells:
            cells[name] = holder.cells[name]
    cells |= {name: first.cells[name] for name in WHOLE if name in first.cells}
    return replace(first, **found, cells=cells), list(_conflicts(together, chosen))


def chosen_values(
    values: Iterable[Value], groups: Mapping[int, Sequence[Machine]], at: Mapping[str, Sequence[int]],
    files: Mapping[str, str],
) -> tuple[dict[int, dict[str, Machine]], list[Finding]]:  # fmt: skip
    """Find the records whose values somebody decided to take.

    Parameters
    ----------
    values
        The decisions.
    groups
        By the number of each record, all records of its machine.
    at
        Numbers of records by their names.
    files
        Name by file.

    Returns
    -------
    tuple
        By the number of a record, the record to take by field; and a finding for each decision that fits nothing.
    """
    out: dict[int, dict[str, Machine]] = {}
    findings: list[Finding] = []
    for value in values:
        numbers = at.get(value.machine, ())
        if len(numbers) != 1:
            findings.append(strange(value.machine, len(numbers), value.place))
            continue
        holders = [m for m in groups[numbers[0]] if files[m.place.file] == value.file and _stated(m, value.field)]
        if not holders:
            said = {"record": value.machine, "field": value.field, "file": value.file}
            findings.append(Finding("intake.decision_file", Severity.WARNING, values=said, place=value.place))
            continue
        out.setdefault(numbers[0], {})[value.field] = holders[0]
    return out, findings


def _stated(machine: Machine, field: str) -> bool:
    return getattr(machine, field) not in (None, "", ())


def _told(together: Sequence[Machine], field: str, chosen: Mapping[str, Machine]) -> list[tuple[Machine, Any]]:
    """Give the records that state a field, the one whose value counts first; what no machine has counts last."""
    told = [(machine, getattr(machine, field)) for machine in together if _stated(machine, field)]
    return sorted(told, key=lambda one: (one[0] is not chosen.get(field), not plausible(field, one[1])))


def _conflicts(together: Sequence[Machine], chosen: Mapping[str, Machine]) -> Iterator[Conflict]:
    for field in DECIDABLE:
        told = _told(together, field, chosen)
        for machine, value in told[1:]:
            holder, kept = told[0]
            if not _agree(kept, value):
                yield Conflict(field, holder, kept, machine, value, field in chosen)


def _agree(one: Any, other: Any) -> bool:
    if isinstance(one, bool) or not isinstance(one, (int, float)):
        return str(one).strip().casefold() == str(other).strip().casefold()
    return bool(abs(one - other) <= TOLERANCE * max(abs(one), abs(other)))
