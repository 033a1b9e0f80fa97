"""What a survey's tables say of each other: ids, references by name, processors, workloads that servers imply."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cloudplan.findings import Finding, Place, Severity
from cloudplan.i18n import say
from cloudplan.intake.headings import key
from cloudplan.intake.survey import SHEETS
from cloudplan.intake.survey.answers import Item, Record, Survey
from cloudplan.intake.values import AS_IT_IS, processors
from cloudplan.inventory.cells import number_shown, parse
from cloudplan.inventory.schema import Column, schema

INFO, WARNING, ERROR = Severity.INFO, Severity.WARNING, Severity.ERROR
OWN_KEY = ("departments", "rooms", "racks", "systems", "datasets")
"""Tables whose records go by their name where they state no id."""


def settle(survey: Survey, language: str) -> None:
    """Bring the tables together, then name every cell that the inventory would refuse, and take it out."""
    _processors(survey)
    _keys(survey)
    _references(survey)
    _workloads(survey, language)
    _check(survey)


def _processors(survey: Survey) -> None:
    """Take the count out of a processor's name; it says the sockets where their column is blank."""
    for record in survey.tables["servers"]:
        model = record.get("cpu_model")
        split = None if model is None else processors(model.text)
        if model is None or split is None:
            continue
        name, count = split
        record["cpu_model"] = Item(name, model.original, "processors", model.place)
        stated = record.setdefault("sockets", Item(str(count), model.original, "processors", model.place))
        if stated.text != str(count):
            values = {"value": count, "other": stated.text}
            survey.findings.append(Finding("survey.read.sockets_differ", WARNING, values=values, place=stated.place))


def _keys(survey: Survey) -> None:
    """Give every record its id, and keep the first of those that share one.

    A record that states no id goes by its name, or by its department's and its own where another department has one
    of the same name.
    """
    for table in SHEETS:
        name = schema().tables[table].key[0]
        seen: dict[str, Item] = {}
        kept: list[Record] = []
        for number, record in enumerate(survey.tables[table], 1):
            if name not in record and table in OWN_KEY and "name" in record:
                own, department = record["name"], record.get("department")
                text = own.text
                if text in seen and department is not None and _owner(kept, name, text) != department.text:
                    text = f"{department.text}-{text}"
                record[name] = Item(text, own.original, "named", own.place)
            if name not in record and table == "flows" and record:
                place = next(iter(record.values())).place
                record[name] = Item(f"F{number}", "", "named", place)
            item = record.get(name)
            if item is not None and item.text in seen:
                values = {"value": item.text, "other": str(seen[item.text].place)}
                survey.findings.append(Finding("survey.read.double", ERROR, item.text, values=values, place=item.place))
                continue
            if item is not None:
                seen[item.text] = item
            kept.append(record)
        survey.tables[table] = kept


def _owner(records: list[Record], name: str, ident: str) -> str | None:
    return next((r["department"].text for r in records if r[name].text == ident and "department" in r), None)


class _Index:
    """The records of one table by id, and by name within a department and in all."""

    def __init__(self, table: str, records: list[Record]) -> None:
        self.name = schema().tables[table].key[0]
        self.owner: dict[str, str] = {}
        self.named: dict[tuple[str | None, str], list[str]] = {}
        for record in records:
            self.add(record)

    def add(self, record: Record) -> None:
        """Take in a record."""
        if self.name not in record:
            return
        ident, owner = record[self.name].text, record["department"].text if "department" in record else ""
        self.owner[ident] = owner
        for word in dict.fromkeys(key(record[c].text) for c in ("name", "short_name") if c in record):
            self.named.setdefault((None, word), []).append(ident)
            self.named.setdefault((owner, word), []).append(ident)


def _references(survey: Survey) -> None:
    """Turn names into ids, a department's own first; a department that only other tables name is added."""
    index = {table: _Index(table, survey.tables[table]) for table in SHEETS}
    # departments first: what a record's own names mean depends on whose it is
    for wanted in (("departments",), tuple(t for t in SHEETS if t != "departments")):
        for table in SHEETS:
            for column in schema().tables[table].columns:
                if column.references not in wanted:
                    continue
                for record in survey.tables[table]:
                    if column.name in record:
                        look = _each_referred if column.type == "ids" else _referred
                        record[column.name] = look(survey, index, column, record[column.name], record)
        index = {table: _Index(table, survey.tables[table]) for table in SHEETS}
    column = schema().tables["workloads"].by_name["system"]
    for record in survey.tables["servers"]:
        if "on.systems" in record:
            record["on.systems"] = _each_referred(survey, index, column, record["on.systems"], record)


def _each_referred(survey: Survey, index: dict[str, _Index], column: Column, item: Item, record: Record) -> Item:
    """Turn the names of a list into ids."""
    parts = [Item(text, text, AS_IT_IS, item.place) for text in item.text.split(";")]
    texts = [_referred(survey, index, column, part, record).text for part in parts]
    return Item(";".join(texts), item.original, item.rule, item.place)


def _referred(survey: Survey, index: dict[str, _Index], column: Column, item: Item, record: Record) -> Item:
    table = schema().tables[str(column.references)]
    known = index[table.name]
    owner = record["department"].text if "department" in record and column.name != "department" else None
    word = key(item.text)
    own = known.named.get((owner, word), []) if owner is not None else []
    if len(own) == 1:
        return item if own[0] == item.text else Item(own[0], item.original, "named", item.place)
    named = known.named.get((None, word), [])
    if item.text not in known.owner and len(named) > 1:
        values = {"value": item.text, "table": table.titles, "options": named}
        survey.findings.append(Finding("survey.read.ambiguous", ERROR, values=values, place=item.place))
        return item
    found = item.text if item.text in known.owner else named[0] if named else None
    if found is None and table.name == "departments":
        new = Item(item.text, item.original, "named", item.place)
        added = {"department": new, "name": new}
        survey.tables["departments"].append(added)
        known.add(added)
        finding = Finding("survey.read.department_named", INFO, values={"value": item.text}, place=item.place)
        survey.findings.append(finding)
        return item
    if found is None:
        return item
    other = known.owner[found]
    if table.name in ("rooms", "racks") and owner is not None and other and other != owner:
        values = {"value": item.text, "table": table.titles, "owner": other, "department": owner}
        survey.findings.append(Finding("survey.read.elsewhere", WARNING, values=values, place=item.place))
    return item if found == item.text else Item(found, item.original, "named", item.place)


def _workloads(survey: Survey, language: str) -> None:
    """Derive workloads of servers that name their systems but have no workload on record, and their usage."""
    have = {record["server"].text for record in survey.tables["workloads"] if "server" in record}
    usage = survey.tables.setdefault("usage", [])
    derived = 0
    for server in survey.tables["servers"]:
        name = server.get("server")
        if name is None or name.text in have or "on.systems" not in server:
            continue
        item = server["on.systems"]
        systems = [text for text in item.text.split(";") if text]
        for number, system in enumerate(systems, 1):
            ident = name.text if len(systems) == 1 else f"{name.text}-{number}"
            record = {"workload": Item(ident, name.original, "derived", name.place),
                      "system": Item(system, item.original, "derived", item.place),
                      "server": name,
                      "tier": Item("app", "", "derived", item.place),
                      "kind": Item("vm" if "virtualization" in server else "physical", "", "derived", item.place),
                      "state": Item(_state(server), "", "derived", item.place)}  # fmt: skip
            if "arch" in server:
                record["arch"] = server["arch"]
            for column, sources in (("vcpu", ("threads", "cores")), ("memory_gib", ("memory_gib",)),
                                    ("storage_gib", ("storage_used_gib",))):  # fmt: skip
                source = next((server[s] for s in sources if s in server), None)
                if source is not None and _is_number(source.text):
                    part = number_shown(round(float(source.text) / len(systems), 6))
                    record[column] = Item(part, source.original, "derived", source.place)
            survey.tables["workloads"].append(record)
            derived += 1
            usage += _usage(server, record["workload"], language)
    if derived:
        survey.findings.append(Finding("survey.read.derived", WARNING, values={"count": derived}))


def _state(server: Record) -> str:
    return "running" if "state" not in server or server["state"].text == "running" else "stopped"


def _is_number(text: str) -> bool:
    return re.fullmatch(r"\d+(\.\d+)?", text) is not None


def _usage(server: Record, workload: Item, language: str) -> Iterator[Record]:
    for resource in ("cpu", "memory"):
        figures = {f"{what}_pct": server.get(f"on.{resource}_{what}_pct") for what in ("avg", "max")}
        known = {column: item for column, item in figures.items() if item is not None}
        if not known:
            continue
        place = next(iter(known.values())).place
        days = server.get("on.days")

        def item(text: str, place: Place = place) -> Item:
            return Item(text, "", "derived", place)

        yield {"workload": workload, "resource": item(resource), "week": item("normal"),
               "basis": item("measured" if days is not None else "declared"),
               "source": item(say("survey.title", language)), **({"days": days} if days is not None else {}),
               **known}  # fmt: skip


def _check(survey: Survey) -> None:
    """Name every cell that the inventory would not accept, and take it out of its record."""
    vocabularies = schema().vocabularies
    for table, records in survey.tables.items():
        for column in schema().tables[table].columns:
            if not any(column.name in record for record in records) and not column.required:
                continue
            texts = [record[column.name].text if column.name in record else "" for record in records]
            _, faults = parse(column, texts, vocabularies)
            for fault in faults:
                record = records[fault.record]
                subject = record[schema().tables[table].key[0]].text if schema().tables[table].key[0] in record else ""
                described = {**fault.values, "column": column.headings, "about": column.about}
                item = record.pop(column.name, None)
                if item is not None:
                    described["value"] = item.original
                place = item.place if item is not None else survey.cell(record, table, column.name)
                survey.findings.append(
                    Finding(f"inventory.{fault.message}", ERROR, subject, values=described, place=place)
                )
