"""The machines of several files, each once: which records are one, what is made of them, and what waits for a decision.

Whose word counts, :mod:`cloudplan.intake.precedence` says.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from cloudplan.findings import Finding, Severity
from cloudplan.intake.columns import many
from cloudplan.intake.decisions import Decisions, Value, positions
from cloudplan.intake.machine import Machine
from cloudplan.intake.precedence import chosen_values, settled
from cloudplan.intake.record_names import file_names, record_names, short_names
from cloudplan.intake.same import Pair, Same, Sighting, same_machines
from cloudplan.intake.sizes import plausible
from cloudplan.inventory.schema import folded

NO_NAMES: Mapping[str, str] = MappingProxyType({})


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
        What somebody decided, and the pairs and values that wait for it.
    sources
        The records that each machine is made of.
    """

    machines: tuple[Machine, ...]
    findings: tuple[Finding, ...]
    decisions: Decisions
    sources: tuple[tuple[Machine, ...], ...]


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
        Which pairs somebody has decided are one machine, or two, and which values count.
    departments
        Id of a department by what a file may call it, folded; another name stands for itself.
    """
    named = dict.fromkeys(machine.place.file for machine in machines)
    rank = {file: n for n, file in enumerate(dict.fromkeys((*files, *named)))}
    ordered = sorted(machines, key=lambda machine: rank[machine.place.file])
    called = file_names(named)
    names, short = record_names(ordered, called), short_names(ordered)
    one_of, said = decisions.numbers(names, short)
    if len(named) < 2:
        alone = {number: [machine] for number, machine in enumerate(ordered)}
        _, strange = chosen_values(decisions.values, alone, positions(names, short), called)
        none = replace(decisions, proposed=(), proposed_values=())
        return Merged(tuple(machines), (*said, *strange), none, tuple((machine,) for machine in machines))
    sightings = [sighting(machine, departments) for machine in ordered]
    same = same_machines(sightings, one_of["same"], one_of["apart"])
    findings = [*said]
    if any(len(group) > 1 for group in same.groups):
        order = tuple(Path(file).name for file in sorted(named, key=rank.__getitem__))
        findings.append(Finding("intake.merge.order", Severity.INFO, values={"files": order}))
    findings += _joined(ordered, same)
    findings += _void(ordered, same)
    groups = [[ordered[number] for number in group] for group in same.groups]
    of_record = {number: together for group, together in zip(same.groups, groups, strict=True) for number in group}
    chosen, said = chosen_values(decisions.values, of_record, positions(names, short), called)
    findings += said
    out, waiting = list[Machine](), list[Value]()
    for group, together in zip(same.groups, groups, strict=True):
        whole, conflicts = settled(together, {k: v for number in group for k, v in chosen.get(number, {}).items()})
        out.append(whole)
        findings += [conflict.finding(together[0].name) for conflict in conflicts]
        waiting += [conflict.proposal(names[group[0]], called) for conflict in conflicts if not conflict.decided]
    findings += _moved(groups)
    proposed = tuple((names[p.one], names[p.other], p.how, round(p.score, 2)) for p in same.proposed)
    decisions = replace(decisions, proposed=proposed, proposed_values=tuple(waiting))
    return Merged(tuple(out), tuple(findings), decisions, tuple(map(tuple, groups)))


def sighting(machine: Machine, departments: Mapping[str, str] = NO_NAMES) -> Sighting:
    """Reduce a machine to what tells it from others."""
    marks = [("serial", machine.serial), ("uuid", machine.uuid), ("asset", machine.asset)]
    marks += [("mac", mac) for mac in machine.macs]
    return Sighting(
        source=machine.place.file,
        name=machine.name,
        place=machine.place,
        marks=tuple((kind, text) for kind, text in marks if text),
        # the network that an address lies in tells no machine from another
        addresses=tuple(address.partition("/")[0] for address in machine.addresses),
        # a size that no machine has tells none from another
        size=(_sound("cores", machine.cores), _sound("memory_gib", machine.memory_gib)),
        department=departments.get(folded(machine.department), folded(machine.department)),
    )


def _sound(size: str, value: float | None) -> float | None:
    return value if value is None or plausible(size, value) else None


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
