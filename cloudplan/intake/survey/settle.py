"""What a survey's tables say of each other: ids, references by name, processors, workloads that servers imply."""

from __future__ import annotations

import datetime as dt

import pandas as pd

from cloudplan.findings import Finding, Severity
from cloudplan.intake.survey.answers import Item, Survey
from cloudplan.intake.survey.derive import derive_workloads
from cloudplan.intake.survey.ids import Scopes, give_ids, name_departments
from cloudplan.intake.survey.judge import judged
from cloudplan.intake.survey.outside import names_outside
from cloudplan.intake.survey.references import refer
from cloudplan.intake.survey.tools import Tools, bring_together, measured_usage
from cloudplan.intake.values import LEVELS, processors
from cloudplan.inventory import Inventory
from cloudplan.inventory.cells import blank, parse
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
    survey.departments_of = {file: tuple(named) for file, named in scopes.departments.items()}
    own = give_ids(survey, scopes)
    refer(survey, own, scopes, {} if design is None else names_outside(design))
    loads = bring_together(survey, tools)
    derive_workloads(survey, language)
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
