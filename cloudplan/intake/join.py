"""Two sheets brought together by machine name; whatever doesn't match is said, and nothing is joined by likeness."""

from __future__ import annotations

import difflib
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from cloudplan.findings import Finding, Severity
from cloudplan.intake.columns import Line
from cloudplan.intake.raw import plain, shown

NAME, IDENTITY = "machinename", "machineid"
_DOMAIN = re.compile(r"\.[a-z][a-z0-9-]*(\.[a-z][a-z0-9-]*)*$")


def short_name(name: str) -> str:
    """Reduce a name to a short host name: ``DB01.bureau.example`` → ``db01``; ``Oracle-12.1`` stays whole."""
    return _DOMAIN.sub("", plain(name))


def distinct(rows: Iterable[Line]) -> tuple[list[Line], list[Finding]]:
    """Drop rows that name a machine a second time, saying which.

    Rows are of one machine when their names are the same (but for case and blanks) and their identities, where both
    have one, are too. Of two such rows the first counts. Rows of the same name but different identity are two machines.
    """
    kept: list[Line] = []
    findings: list[Finding] = []
    by_name: dict[str, list[Line]] = defaultdict(list)
    for row in rows:
        name = row.text(NAME)
        if not name:
            findings.append(Finding("intake.name_blank", Severity.WARNING, place=row.place(NAME)))
            continue
        same = next((other for other in by_name[plain(name)] if _same_machine(other, row)), None)
        if same is not None:
            differing = _differing(same, row)
            findings.append(
                Finding(
                    "intake.row_conflict" if differing else "intake.row_doubled",
                    Severity.WARNING,
                    name,
                    values={"first": same.row, "row": row.row, "sheet": row.table.name, "columns": differing},
                    place=row.place(NAME),
                )
            )
            continue
        if by_name[plain(name)]:
            first = by_name[plain(name)][0].row
            findings.append(
                Finding("intake.name_shared", Severity.WARNING, name,
                        values={"first": first, "row": row.row, "sheet": row.table.name}, place=row.place(NAME))
            )  # fmt: skip
        by_name[plain(name)].append(row)
        kept.append(row)
    return kept, findings


def _same_machine(a: Line, b: Line) -> bool:
    mine, theirs = a.text(IDENTITY), b.text(IDENTITY)
    return not mine or not theirs or plain(mine) == plain(theirs)


def _differing(a: Line, b: Line) -> list[str]:
    return [a.table.heading(column) for column in a.table.columns if shown(a[column]) != shown(b[column])]


@dataclass(frozen=True)
class Joined:
    """Which row of the second sheet belongs to each row of the first (by its position), and what was said."""

    pairs: Mapping[int, Line]
    findings: tuple[Finding, ...]


def join(left: Sequence[Line], right: Sequence[Line]) -> Joined:
    """Join two sheets: by the exact name, then the short host name without case, then an equal identity.

    A join by anything but the exact name is said. A name that no step matches is said on both sides, with the likest
    name as a *maybe*; it is never joined.
    """
    pairs: dict[int, Line] = {}
    findings: list[Finding] = []
    free: dict[int, Line] = {row.position: row for row in right}
    for key in (lambda row: row.text(NAME), lambda row: plain(row.text(NAME)), lambda row: short_name(row.text(NAME))):
        candidates: dict[str, list[Line]] = defaultdict(list)
        claims: dict[str, list[Line]] = defaultdict(list)
        for row in free.values():
            candidates[key(row)].append(row)
        for row in left:
            if row.position not in pairs:
                claims[key(row)].append(row)
        for name, rows in claims.items():
            for row in rows:
                fitting = [other for other in candidates[name] if other.position in free and _same_machine(row, other)]
                if len(fitting) != 1 or (len(rows) > 1 and not row.text(IDENTITY)):
                    continue
                other = pairs[row.position] = free.pop(fitting[0].position)
                if row.text(NAME) != other.text(NAME):
                    findings.append(_said("intake.name_differs", Severity.INFO, row, other))
    by_identity = {plain(row.text(IDENTITY)): row for row in free.values() if row.text(IDENTITY)}
    for row in left:
        if row.position in pairs or not row.text(IDENTITY):
            continue
        same = by_identity.get(plain(row.text(IDENTITY)))
        if same is not None and same.position in free:
            pairs[row.position] = free.pop(same.position)
            findings.append(_said("intake.joined_by_id", Severity.WARNING, row, same))
    alone = [row for row in left if row.position not in pairs]
    findings += [_unmatched("intake.no_load_row", row, list(free.values())) for row in alone]
    findings += [_unmatched("intake.no_machine_row", row, alone) for row in free.values()]
    return Joined(pairs, tuple(findings))


def _said(message: str, severity: Severity, row: Line, other: Line) -> Finding:
    values = {"row": row.row, "sheet": row.table.name, "other": other.text(NAME), "other_row": other.row,
              "other_sheet": other.table.name}  # fmt: skip
    return Finding(message, severity, row.text(NAME), values=values, place=row.place(NAME))


def _unmatched(message: str, row: Line, others: Sequence[Line]) -> Finding:
    name = row.text(NAME)
    values: dict[str, object] = {"row": row.row, "sheet": row.table.name}
    by_name = {plain(other.text(NAME)): other for other in others}
    near = difflib.get_close_matches(plain(name), list(by_name), n=1, cutoff=0.7)
    if near:
        other = by_name[near[0]]
        message += "_maybe"
        values |= {"maybe": other.text(NAME), "maybe_row": other.row, "maybe_sheet": other.table.name}
    return Finding(message, Severity.WARNING, name, values=values, place=row.place(NAME))
