"""Ids of a survey's records: each department numbers its own, so two departments may both have a room R1."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from cloudplan.findings import Finding, Severity
from cloudplan.i18n import LANGUAGES
from cloudplan.intake.headings import key
from cloudplan.intake.survey import SHEETS
from cloudplan.intake.survey.answers import Item, Record, Survey
from cloudplan.inventory.cells import closest_ids
from cloudplan.inventory.schema import schema

OWN_KEY = ("departments", "rooms", "racks", "systems", "datasets")
"""Tables whose records go by their name where they state no id."""
EXAMPLES = 3
Own = Mapping[str, Mapping[tuple[str, str], str]]
"""By table: the id in the inventory of what a department wrote, by scope and text."""


class Scopes:
    """Whose numbering a record follows.

    Its department's; where it states none, that of the only department in its file, else the file's own.
    """

    def __init__(self, survey: Survey) -> None:
        self.departments: dict[str, dict[str, None]] = defaultdict(dict)
        for records in survey.tables.values():
            for record in records:
                if "department" in record:
                    self.departments[record["department"].row.file][record["department"].text] = None

    def of(self, record: Record) -> str:
        """Name the scope of a record."""
        if "department" in record:
            return record["department"].text
        file = next(iter(record.values())).row.file
        named = self.departments.get(file, {})
        return next(iter(named)) if len(named) == 1 else file


def name_departments(survey: Survey) -> None:
    """Give every department its id and bring together what several files say of one; then name departments by id.

    A department that only other tables name is added, and said.
    """
    kept: dict[str, Record] = {}
    for record in survey.tables["departments"]:
        if "department" not in record and "name" in record:
            own = record["name"]
            record["department"] = Item(own.text, own.original, "named", own.row, own.letter)
        if "department" in record:
            survey.findings += _one_of_both(kept.setdefault(record["department"].text, record), record)
    survey.tables["departments"] = list(kept.values())
    known = {
        key(record[c].text): ident for ident, record in kept.items() for c in ("short_name", "name") if c in record
    }
    known |= {key(ident): ident for ident in kept}
    for table in SHEETS:
        for record in survey.tables[table] if table != "departments" else ():
            item = record.get("department")
            if item is None:
                continue
            ident = known.get(key(item.text))
            if ident is None:
                ident = known[key(item.text)] = item.text
                new = Item(item.text, item.original, "named", item.row, item.letter)
                survey.tables["departments"].append({"department": new, "name": new})
                survey.findings.append(_new_department(item, list(kept)))
            if ident != item.text:
                record["department"] = Item(ident, item.original, "named", item.row, item.letter)


def _new_department(item: Item, known: Sequence[str]) -> Finding:
    """Say that a department is only named, and which it may be: one that holds its name, or is held by it."""
    near = [ident for ident in known if key(ident) in key(item.text) or key(item.text) in key(ident)]
    near = near or closest_ids(item.text, known)
    if near:
        values = {"value": item.text, "maybe": near[0]}
        return Finding("survey.read.department_maybe", Severity.WARNING, values=values, place=item.place)
    return Finding("survey.read.department_named", Severity.INFO, values={"value": item.text}, place=item.place)


def _one_of_both(first: Record, second: Record) -> Iterator[Finding]:
    """Fill a department's record from a later file's, and yield what the two state differently."""
    for column, item in second.items():
        stated = first.setdefault(column, item)
        if stated.text != item.text:
            values = {"value": item.original, "other": stated.original}
            yield Finding(
                "survey.read.department_differs", Severity.WARNING, first["department"].text, values=values,
                place=item.place,
            )  # fmt: skip


def give_ids(survey: Survey, scopes: Scopes) -> Own:
    """Give every record its id; an id that several departments use is prefixed by each one's own.

    Of records that share an id within a department the first is kept. What states no id goes by its name.
    """
    return {table: _of_table(survey, table, scopes) for table in SHEETS if table != "departments"}


def _of_table(survey: Survey, table: str, scopes: Scopes) -> dict[tuple[str, str], str]:
    column = schema().tables[table].key[0]
    kept: dict[tuple[str, str], Record] = {}
    nameless: list[Record] = []
    users: dict[str, dict[str, None]] = {}
    for number, record in enumerate(survey.tables[table], 1):
        item = _own_id(record, column, table, number)
        if item is None:
            nameless.append(record)
            continue
        scope = scopes.of(record)
        first = kept.setdefault((scope, item.text), record)
        if first is not record:
            values = {"value": item.text, "other": str(first[column].place)}
            again = {name: each.text for name, each in first.items()} == {n: each.text for n, each in record.items()}
            message = "survey.read.same_again" if again else "survey.read.double"
            severity = Severity.INFO if again else Severity.ERROR
            survey.findings.append(Finding(message, severity, item.text, values=values, place=item.place))
        users.setdefault(item.text, {})[scope] = None
    taken = {text for text, by in users.items() if len(by) == 1}
    own: dict[tuple[str, str], str] = {}
    prefixed: dict[str, list[tuple[str, str]]] = {}
    for (scope, text), record in kept.items():
        item = record[column]
        ident = text if len(users[text]) == 1 else _unlike(f"{_label(scope)}-{text}", taken)
        if ident != text:
            taken.add(ident)
            prefixed.setdefault(scope, []).append((text, ident))
            record[column] = Item(ident, item.original, "prefixed", item.row, item.letter)
        own[scope, text] = ident
    titles = {language: schema().tables[table].titles[language] for language in LANGUAGES}
    for scope, pairs in prefixed.items():
        examples = [f"{text} → {ident}" for text, ident in pairs[:EXAMPLES]]
        about = {"table": titles, "count": len(pairs), "examples": examples}
        first = kept[scope, pairs[0][0]]
        survey.findings.append(
            Finding("survey.read.prefixed", Severity.INFO, _label(scope), values=about, place=first[column].place)
        )
    survey.tables[table] = [*kept.values(), *nameless]
    return own


def _own_id(record: Record, column: str, table: str, number: int) -> Item | None:
    """Give the id that a record states, or its name where its table goes by names; flows are numbered."""
    if column not in record and table in OWN_KEY and "name" in record:
        own = record["name"]
        record[column] = Item(own.text, own.original, "named", own.row, own.letter)
    if column not in record and table == "flows":
        record[column] = Item(f"F{number}", "", "named", next(iter(record.values())).row)
    return record.get(column)


def _label(scope: str) -> str:
    """Name a scope: a department by its id, a file by its name."""
    return Path(scope).stem if "/" in scope or "\\" in scope else scope


def _unlike(wanted: str, taken: set[str]) -> str:
    found, n = wanted, 1
    while found in taken:
        n += 1
        found = f"{wanted}-{n}"
    return found
