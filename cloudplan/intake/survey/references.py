"""What a survey's records say of each other by name or by their own department's ids, turned into the inventory's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from cloudplan.findings import Finding, Severity
from cloudplan.intake.headings import key
from cloudplan.intake.survey import SHEETS
from cloudplan.intake.survey.answers import Item, Record, Survey
from cloudplan.intake.survey.ids import Own, Scopes
from cloudplan.intake.values import AS_IT_IS
from cloudplan.inventory.cells import closest_ids
from cloudplan.inventory.schema import schema

MOST_CELLS = 20
"""Cells with one text that leads nowhere, from beyond which on they are told at once."""
MOST_NAMES = 5_000
"""Records beyond which no likest name is sought for one that isn't there."""


def refer(survey: Survey, own: Own, scopes: Scopes, design: Mapping[str, Mapping[str, Sequence[str]]]) -> None:
    """Turn every reference into an id, a department's own first; what leads nowhere stays as it is, and is said.

    Parameters
    ----------
    survey
        Departments and ids are settled.
    own, scopes
        What a department's own ids have become, and whose a record is.
    design
        Tables of the target design that a survey refers to (zones and the like): the names of each record, by id.
    """
    index = {table: _Index(table, own, survey.tables[table], scopes) for table in SHEETS if table != "departments"}
    for table in design:
        index[table] = _Index.of_design(table, design[table])
    looking = _Looking(scopes, [], {})
    for table in SHEETS:
        for column in schema().tables[table].columns:
            known = index.get(column.references or "")
            if known is None:
                continue
            for record in survey.tables[table]:
                if column.name in record:
                    looking.refer(record, column.name, column.type == "ids", known)
    for server in survey.tables["servers"]:
        if "on.systems" in server:
            looking.refer(server, "on.systems", True, index["systems"])
    survey.findings += [*looking.findings, *looking.unknown()]


class _Index:
    """The records of one table by a department's own ids, by id, and by name within a department and in all."""

    def __init__(self, table: str, own: Own, records: list[Record], scopes: Scopes) -> None:
        self.table = schema().tables[table]
        self.own = own.get(table, {})
        self.owner: dict[str, str] = {}
        self._found: dict[tuple[str, str, str], list[str]] = {}
        self.in_file: dict[tuple[str, str], list[str]] = {}
        self.named: dict[tuple[str | None, str], list[str]] = {}
        names = [name for name in ("name", "short_name") if name in self.table.by_name]
        written = {ident: text for (_, text), ident in self.own.items()}
        for record in records:
            item = record.get(self.table.key[0])
            if item is None:
                continue
            scope = scopes.of(record)
            self.owner[item.text] = scope
            self.in_file.setdefault((item.row.file, written.get(item.text, item.text)), []).append(item.text)
            for word in dict.fromkeys(key(record[name].text) for name in names if name in record):
                self.named.setdefault((None, word), []).append(item.text)
                self.named.setdefault((scope, word), []).append(item.text)

    @classmethod
    def of_design(cls, table: str, names: Mapping[str, Sequence[str]]) -> _Index:
        """Index a table of the target design, which belongs to nobody."""
        index = cls(table, {}, [], Scopes(Survey()))
        for ident, called in names.items():
            index.owner[ident] = ""
            for word in dict.fromkeys(key(each) for each in (*called, ident)):
                index.named.setdefault((None, word), []).append(ident)
        return index

    def find(self, text: str, scope: str, file: str) -> list[str]:
        """Give what a text may mean in a scope, or else in the same file, the surest only."""
        asked = (scope, file, text)
        if asked not in self._found:
            self._found[asked] = self._find(text, scope, file)
        return self._found[asked]

    def _find(self, text: str, scope: str, file: str) -> list[str]:
        if (scope, text) in self.own:
            return [self.own[scope, text]]
        # a form may hold what is another department's, or say a department in two ways
        beside = self.in_file.get((file, text), [])
        if len(beside) == 1:
            return beside
        word = key(text)
        mine = self.named.get((scope, word), [])
        if mine:
            return mine
        if text in self.owner:
            return [text]
        others = sorted({ident for (_, own), ident in self.own.items() if own == text})
        return others or self.named.get((None, word), [])


@dataclass
class _Looking:
    """What was said while references were looked up; what nobody knows is gathered, for it is often repeated."""

    scopes: Scopes
    findings: list[Finding]
    misses: dict[tuple[str, str, str], list[Item]]
    tables: dict[str, _Index] = field(default_factory=dict)

    def refer(self, record: Record, name: str, several: bool, known: _Index) -> None:
        """Turn one cell's texts into ids."""
        item, scope = record[name], self.scopes.of(record)
        texts: list[str] = []
        for text in item.text.split(";") if several else [item.text]:
            found = known.find(text, scope, item.row.file)
            texts.append(found[0] if len(found) == 1 else text)
            if len(found) == 1:
                self._elsewhere(text, known, record, item, found[0])
            elif found:
                values = {"value": text, "table": known.table.titles, "options": found}
                self.findings.append(Finding("survey.read.ambiguous", Severity.ERROR, values=values, place=item.place))
            else:
                self.tables[known.table.name] = known
                self.misses.setdefault((known.table.name, scope, text), []).append(item)
        settled = ";".join(texts)
        if settled != item.text:
            rule = item.rule if several and item.rule != AS_IT_IS else "named"
            record[name] = Item(settled, item.original, rule, item.row, item.letter)

    def _elsewhere(self, text: str, known: _Index, record: Record, item: Item, found: str) -> None:
        """Say that a room or rack is another department's."""
        owner = known.owner[found]
        if known.table.name in ("rooms", "racks") and "department" in record and owner != record["department"].text:
            values = {"value": text, "table": known.table.titles, "owner": owner,
                      "department": record["department"].text}  # fmt: skip
            self.findings.append(Finding("survey.read.elsewhere", Severity.WARNING, values=values, place=item.place))

    def unknown(self) -> Iterator[Finding]:
        """Yield what no record is called, with the likest that is there: cell by cell, but for what is often repeated.

        Of a table in which nothing stands it is said once for each department.
        """
        empty: dict[tuple[str, str], list[Item]] = {}
        for (table, scope, text), items in self.misses.items():
            known = self.tables[table]
            if not known.owner:
                empty.setdefault((table, scope), []).extend(items)
                continue
            names = [ident for ident, owner in known.owner.items() if owner in (scope, "")]
            near = closest_ids(text, names) if len(names) <= MOST_NAMES else []
            message = "survey.read.unknown_maybe" if near else "survey.read.unknown"
            told = items if len(items) <= MOST_CELLS else items[:1]
            for item in told:
                values = {"value": text, "table": known.table.titles, "count": len(items) if len(told) == 1 else 1}
                yield Finding(
                    message, Severity.ERROR, values=values | ({"maybe": near[0]} if near else {}), place=item.place
                )
        for (table, _), items in empty.items():
            values = {"value": items[0].text, "table": self.tables[table].table.titles, "count": len(items)}
            yield Finding("survey.read.no_records", Severity.WARNING, values=values, place=items[0].place)
