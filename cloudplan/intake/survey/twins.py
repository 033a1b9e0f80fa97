"""One server that two departments' forms list: the first form counts, and both departments read of it."""

from __future__ import annotations

from collections.abc import Iterator, Set
from pathlib import Path

from cloudplan.findings import Finding, Severity
from cloudplan.intake.survey.answers import Item, Record
from cloudplan.inventory.schema import schema

PLACED = frozenset(("department", "room", "rack", "start_u", "height_u", "zone", "pool"))
"""What says where a server stands and whose it is: one form's word as a whole, never half of each."""
UNTOLD = (PLACED | {"name"}) - {"department"}
"""What two departments' forms seldom state alike: where it stands is each one's own, and follows from whose it is."""
CONFLICTS = ("intake.merge.conflict", "intake.merge.implausible", "intake.merge.named", "intake.merge.by_serial")


def join_twins(first: Record, second: Record, table: str) -> Iterator[Finding]:
    """Fill a record's blanks from another form's record of the same machine; yield what the two state differently.

    Parameters
    ----------
    first, second
        The record that counts, which is changed, and the other.
    table
        Their table.
    """
    columns = schema().tables[table].by_name
    key = schema().tables[table].key[0]
    mine, theirs = first[key], second[key]
    for record, other in ((first, second), (second, first)):
        values = {"value": record[key].original, "other": Path(other[key].row.file).name, "first": record is first}
        message = "survey.read.twin_kept" if record is first else "survey.read.twin"
        place = (theirs if record is second else mine).place
        yield Finding(message, Severity.WARNING, record[key].text, values=values, place=place)
    for name, item in second.items():
        stated = first.get(name)
        if name == "on.systems" and stated is not None:
            systems = dict.fromkeys((*stated.text.split(";"), *item.text.split(";")))
            first[name] = Item(";".join(systems), stated.original, stated.rule, stated.row, stated.letter)
        elif stated is None and name not in PLACED:
            first[name] = item
        elif stated is not None and stated.text != item.text and name in columns and name not in UNTOLD | {key}:
            values = {"column": columns[name].headings, "original": item.original, "value": item.text,
                      "other": stated.text}  # fmt: skip
            yield Finding("survey.read.twin_differs", Severity.WARNING, theirs.text, values=values, place=item.place)


def without_twins(findings: tuple[Finding, ...], own: Set[str]) -> Iterator[Finding]:
    """Leave out what a merge says of two forms: :func:`join_twins` says it to each."""
    for finding in findings:
        told = finding.message in CONFLICTS and finding.place is not None and finding.place.file in own
        other = str(finding.values.get("other", "")), str(finding.values.get("place", ""))
        if not (told and any(text.startswith(tuple(own)) for text in other)):
            yield finding
