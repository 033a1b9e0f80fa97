"""One machine out of several files: whose word counts, and what they disagree about.

Files count in the order in which they are given: the first is trusted most. Each figure comes from the first file that
states it; a figure that another file states otherwise is a finding, with both places. Loads come as one bundle from one
file, so that a mean of one period never stands beside a P95 of another: the first with a P95, else the first with any.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from cloudplan.findings import Finding, Severity
from cloudplan.i18n import LANGUAGES, say
from cloudplan.intake.columns import many
from cloudplan.intake.decisions import Decisions, record_name
from cloudplan.intake.machine import Machine
from cloudplan.intake.same import Pair, Same, Sighting, same_machines
from cloudplan.inventory.schema import folded

LOADS = (
    "cpu_p95_pct", "memory_p95_pct", "days", "load_place", "cpu_avg_pct", "cpu_max_pct", "memory_avg_pct",
    "memory_max_pct", "cpu_now_pct", "memory_now_pct",
)  # fmt: skip
UNITED = ("addresses", "macs", "systems", "tags")
"""What is added up over the files, for none of them need know all."""
COMPARED = (
    "running", "os", "cores", "memory_gib", "storage_gib", "kind", "sockets", "serial", "asset", "uuid", "department",
    "host",
)  # fmt: skip
"""What two files may contradict each other about; other figures are only filled in."""
NO_NAMES: Mapping[str, str] = MappingProxyType({})
TOLERANCE = 0.02
"""Share by which two files may differ in a size without contradicting each other (rounding; a default)."""


@dataclass(frozen=True)
class Merged:
    """Machines of all files, each once.

    Parameters
    ----------
    machines
        In the order of precedence of the files, then as these list them.
    findings
        What was joined by more than a plain mark, contradictions, marks that tell nothing, and what may be one.
    decisions
        What somebody decided, and the pairs that wait for it.
    """

    machines: tuple[Machine, ...]
    findings: tuple[Finding, ...]
    decisions: Decisions


def merge(
    machines: Sequence[Machine], files: Sequence[str], decisions: Decisions, departments: Mapping[str, str] = NO_NAMES
) -> Merged:
    """Find which machines of several files are the same, and make one of each.

    Parameters
    ----------
    machines
        Of all files.
    files
        The files, most trusted first.
    decisions
        Which pairs somebody has decided are one machine, or two.
    departments
        Id of a department by what a file may call it, folded; another name stands for itself.
    """
    named = dict.fromkeys(machine.place.file for machine in machines)
    rank = {file: n for n, file in enumerate(dict.fromkeys((*files, *named)))}
    if len(named) < 2:
        return Merged(tuple(machines), (), replace(decisions, proposed=()))
    ordered = sorted(machines, key=lambda machine: rank[machine.place.file])
    one_of, said = decisions.numbers([(m.place.file, m.name) for m in ordered])
    sightings = [sighting(machine, departments) for machine in ordered]
    same = same_machines(sightings, one_of["same"], one_of["apart"])
    findings = [*said]
    if any(len(group) > 1 for group in same.groups):
        order = tuple(Path(file).name for file in sorted(named, key=rank.__getitem__))
        findings.append(Finding("intake.merge.order", Severity.INFO, values={"files": order}))
    findings += _joined(ordered, same)
    findings += _void(ordered, same)
    out = []
    for group in same.groups:
        together = [ordered[number] for number in group]
        out.append(_one(together))
        findings += _conflicts(together)
    findings += _moved([[ordered[number] for number in group] for group in same.groups])
    proposed = tuple(_names(ordered, pair) for pair in same.proposed)
    return Merged(tuple(out), tuple(findings), replace(decisions, proposed=proposed))


def sighting(machine: Machine, departments: Mapping[str, str] = NO_NAMES) -> Sighting:
    """Reduce a machine to what tells it from others."""
    marks = [("serial", machine.serial), ("uuid", machine.uuid), ("asset", machine.asset)]
    marks += [("mac", mac) for mac in machine.macs]
    return Sighting(
        source=machine.place.file,
        name=machine.name,
        place=machine.place,
        marks=tuple((kind, text) for kind, text in marks if text),
        addresses=machine.addresses,
        size=(machine.cores, machine.memory_gib),
        department=departments.get(folded(machine.department), folded(machine.department)),
    )


def _names(machines: Sequence[Machine], pair: Pair) -> tuple[str, str, str, float]:
    one, other = (record_name(machines[n].place.file, machines[n].name) for n in (pair.one, pair.other))
    return one, other, pair.how, round(pair.score, 2)


def _joined(machines: Sequence[Machine], same: Same) -> Iterator[Finding]:
    """Say which records came together by more than a plain mark, and which only may be one machine."""
    by_name = ((machines[pair.one], machines[pair.other]) for pair in same.joined if pair.how == "name")
    named = [(other.name, other.place) for one, other in by_name if one.name == other.name]
    yield from many("intake.merge.named", named, Severity.INFO)
    for pair in same.joined:
        one, other = machines[pair.one], machines[pair.other]
        if one.name != other.name:
            yield Finding(
                f"intake.merge.by_{pair.how}", Severity.INFO, one.name, values=_values(other, pair), place=one.place
            )
    for pair in same.proposed:
        one, other = machines[pair.one], machines[pair.other]
        yield Finding("intake.merge.maybe", Severity.WARNING, one.name, values=_values(other, pair), place=one.place)


def _values(other: Machine, pair: Pair) -> dict[str, Any]:
    return {"other": other.name, "place": str(other.place), "score": pair.score}


def _moved(groups: Sequence[Sequence[Machine]]) -> list[Finding]:
    """Say of which machines two files state addresses that differ: one that lists but more of them is no other."""
    differing = [
        (machine.name, machine.place)
        for first, *others in groups
        for machine in others
        if not (set(machine.addresses) <= set(first.addresses) or set(first.addresses) <= set(machine.addresses))
    ]
    return many("intake.merge.addresses", differing, Severity.INFO)


def _void(machines: Sequence[Machine], same: Same) -> Iterator[Finding]:
    for kind, text, numbers in same.void:
        examples = [machines[n].name for n in numbers[:5]]
        values = {"text": text, "kind": kind, "count": len(numbers), "examples": examples}
        first = machines[numbers[0]]
        yield Finding("intake.merge.void", Severity.WARNING, first.name, values=values, place=first.place)


def _one(together: Sequence[Machine]) -> Machine:
    """Make one machine of what several files say, the first of them trusted most."""
    first = together[0]
    found: dict[str, Any] = {}
    loaded = next((m for m in together if m.cpu_p95_pct is not None), None)
    loaded = loaded or next((m for m in together if m.load_place is not None), first)
    for field in fields(Machine):
        name = field.name
        if name in ("name", "place", "running", "cells"):
            continue
        if name in LOADS:
            found[name] = getattr(loaded, name)
        elif name in UNITED:
            found[name] = tuple(dict.fromkeys(item for machine in together for item in getattr(machine, name)))
        elif name == "support":
            found[name] = next((m.support for m in together if m.support != "unknown"), "unknown")
        else:
            found[name] = next(
                (value for m in together if (value := getattr(m, name)) not in (None, "", ())), getattr(first, name)
            )
    return replace(first, **found)


def _conflicts(together: Sequence[Machine]) -> Iterator[Finding]:
    """Yield where a later file states otherwise what an earlier one states."""
    for name in COMPARED:
        told = [(m, value) for m in together if (value := getattr(m, name)) not in (None, "")]
        for machine, value in told[1:]:
            holder, kept = told[0]
            if not _agree(kept, value):
                values: Mapping[str, Any] = {
                    "column": {language: say(f"intake.merge.column.{name}", language) for language in LANGUAGES},
                    "kept": kept, "value": value, "other": str(machine.place),
                }  # fmt: skip
                yield Finding(
                    "intake.merge.conflict", Severity.WARNING, together[0].name, values=values, place=holder.place
                )


def _agree(one: Any, other: Any) -> bool:
    if isinstance(one, bool) or not isinstance(one, (int, float)):
        return str(one).strip().casefold() == str(other).strip().casefold()
    return bool(abs(one - other) <= TOLERANCE * max(abs(one), abs(other)))
