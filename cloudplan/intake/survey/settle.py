"""What a survey's tables say of each other: ids, references by name, processors, workloads that servers imply."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator

import pandas as pd

from cloudplan.findings import Finding, Place, Severity
from cloudplan.i18n import say
from cloudplan.intake.survey.answers import Item, Record, Survey
from cloudplan.intake.survey.ids import Scopes, give_ids, name_departments
from cloudplan.intake.survey.judge import judged
from cloudplan.intake.survey.outside import names_outside
from cloudplan.intake.survey.references import refer
from cloudplan.intake.survey.tools import Tools, bring_together, measured_usage
from cloudplan.intake.values import LEVELS, processors
from cloudplan.inventory import Inventory
from cloudplan.inventory.cells import blank, number_shown, parse
from cloudplan.inventory.schema import schema

NO_TOOLS = Tools()
WARNING, ERROR = Severity.WARNING, Severity.ERROR


def settle(
    survey: Survey,
    language: str,
    design: Inventory | None = None,
    today: dt.date | None = None,
    tools: Tools = NO_TOOLS,
) -> None:
    """Bring the tables together, take out what the inventory would refuse, and judge what is left.

    Every cell that is taken out or doubted is named among the findings at its place in the file.

    Parameters
    ----------
    survey
        As its sheets were read.
    language
        Of texts written into the tables.
    design
        The target design, whose zones, pools and targets the survey may name.
    today
        Day after which what is stated as past lies in the future; ``None`` leaves that unjudged.
    tools
        What exports of tools say of the same machines.
    """
    _processors(survey)
    name_departments(survey)
    scopes = Scopes(survey)
    own = give_ids(survey, scopes)
    refer(survey, own, scopes, {} if design is None else names_outside(design))
    loads = bring_together(survey, tools)
    _workloads(survey, language)
    measured_usage(survey, loads, language)
    _type(survey)
    survey.findings += judged(survey, design, today)


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


def _type(survey: Survey) -> None:
    """Type the records as the inventory has them; a cell that it would not accept is named and taken out."""
    vocabularies = schema().vocabularies
    for name, records in survey.tables.items():
        table, columns = schema().tables[name], {}
        stated = set().union(*records)
        for column in table.columns:
            if column.name not in stated and not column.required:
                columns[column.name] = blank(column, len(records))
                continue
            texts = [item.text if (item := record.get(column.name)) is not None else "" for record in records]
            columns[column.name], faults = parse(column, texts, vocabularies)
            for fault in faults:
                record = records[fault.record]
                subject = record[table.key[0]].text if table.key[0] in record else ""
                described = {**fault.values, "column": column.headings, "about": column.about, "table": table.titles}
                item = record.pop(column.name, None)
                if item is not None:
                    described["value"] = item.original
                place = item.place if item is not None else survey.cell(record, name, column.name)
                message = f"inventory.{fault.message}"
                if fault.message == "not_number" and column.name in LEVELS:
                    message = "survey.read.not_level"
                survey.findings.append(Finding(message, ERROR, subject, values=described, place=place))
        if records:
            survey.frames[name] = pd.DataFrame(columns)
