"""What the rules of one way out of a collision would have to give, in words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from cloudplan.findings import Finding
from cloudplan.placement.choice import SHOWN
from cloudplan.placement.diagnosis import Diagnosis, Grant
from cloudplan.rule import as_one, by_sort, named_rules

EACH = 10
"""So many things of one sort are asked for one by one; more are told as one."""


@dataclass(frozen=True)
class Way:
    """One way to mend a set: what gives, which rules, and whether a limit ended the search for it."""

    grant: Grant | None
    givers: tuple[str, ...]
    ran_out: bool


def headed(number: int, name: str, way: Way) -> Finding:
    """Head what one way asks for."""
    values = {"number": number, "named": naming([name])["named"]}
    if len(way.givers) > 1:
        values["others"] = naming([other for other in way.givers if other != name])["named"]
        return Finding("infeasible.way_with", rule=name, values=values)
    return Finding("infeasible.way", rule=name, values=values)


def short(case: Diagnosis, way: Way) -> Iterator[Finding]:
    """What the rules of one way would have to give; what is much alike as one."""
    grant, named = way.grant, naming(way.givers[:1])["named"]
    if grant is None:
        yield Finding(f"infeasible.{'not_found' if way.ran_out else 'not_alone'}", rule=way.givers[0],
                      values={"named": named})  # fmt: skip
        return
    found = False
    for name in way.givers:
        # a part of a refused choice is no sentence
        amounts = {r: a for r, a in grant.amounts.get(name, {}).items() if grant.whole or not case.refuses(name, r)}
        for said in _folded(case.rules[name].reliefs(case.problem, amounts, grant.choices, grant.state)):
            found = True
            yield said
    if not found:
        yield Finding("infeasible.not_found", rule=way.givers[0], values={"named": named})
    elif not (grant.whole and grant.proven):
        message = "infeasible.perhaps_less" if grant.whole else "infeasible.at_least"
        yield Finding(message, rule=way.givers[0], values={"named": named})


def _folded(said: Iterable[Finding]) -> Iterator[Finding]:
    """Put findings of one sort together where there are many, with all their edits."""
    for found in by_sort(said):
        if len(found) <= EACH:
            yield from found
            continue
        subjects = tuple(dict.fromkeys(finding.subject for finding in found))
        missing = sum(float(finding.values.get("short", 1.0)) for finding in found)
        values = {**as_one(found, SHOWN), "subjects": subjects, "short": missing}
        yield Finding("infeasible.short.many", subject=subjects[0], rule=found[0].rule, values=values)


def naming(names: Sequence[str]) -> dict[str, Any]:
    """Rules by their ids, for machines, and with their names in words, for people."""
    return named_rules(names, "placement")
