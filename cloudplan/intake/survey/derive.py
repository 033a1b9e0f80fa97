"""What the sheet of servers says of workloads: those of the systems named on a server, and their loads."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cloudplan.findings import Finding, Severity
from cloudplan.i18n import say
from cloudplan.intake.survey.answers import Item, Record, Survey
from cloudplan.inventory.cells import number_shown, parse
from cloudplan.inventory.schema import schema

WARNING = Severity.WARNING
LOADS = {f"on.{resource}_{what}_pct": f"{what}_pct" for resource in ("cpu", "memory") for what in ("avg", "max")}
"""Columns of loads on the sheet of servers, and those of ``usage`` whose bounds hold for them."""


def derive_workloads(survey: Survey, language: str) -> None:
    """Give a server's systems their workloads, and these the loads that the server's row states.

    A server whose workloads are listed keeps them: its loads are those of its only physical one, and a system of which
    nothing runs there is named. No stated load is passed over in silence.
    """
    listed: dict[str, list[Record]] = {}
    for record in survey.tables["workloads"]:
        if "server" in record:
            listed.setdefault(record["server"].text, []).append(record)
    usage = survey.tables.setdefault("usage", [])
    stated = {r["workload"].text for r in usage if "workload" in r}
    derived = 0
    for server in survey.tables["servers"]:
        survey.findings += _checked(server)
        name = server.get("server")
        own = listed.get(name.text, []) if name is not None else []
        if name is not None and not own and "on.systems" in server:
            made = list(_of_systems(server, name))
            survey.tables["workloads"] += made
            derived += len(made)
        else:
            survey.findings += _without_workload(server, own)
            bare = [record for record in own if "kind" not in record or record["kind"].text != "vm"]
            made = [r for r in bare if "workload" in r and r["workload"].text not in stated] if len(bare) == 1 else []
        for record in made:
            usage += _usage(server, record["workload"], language)
        loads = [item for column in LOADS if (item := server.get(column)) is not None]
        if loads and not made:
            survey.findings.append(Finding("survey.read.load_unused", WARNING, place=loads[0].place))
    if derived:
        survey.findings.append(Finding("survey.read.derived", WARNING, values={"count": derived}))


def _checked(server: Record) -> Iterator[Finding]:
    """Take out the loads and days that can't be, and name them."""
    columns = schema().tables["usage"].by_name
    for name, bounds in (*LOADS.items(), ("on.days", "days")):
        item = server.get(name)
        if item is None:
            continue
        _, faults = parse(columns[bounds], [item.text], schema().vocabularies)
        for fault in faults:
            described = {**fault.values, "column": columns[bounds].headings, "about": columns[bounds].about,
                         "value": item.original}  # fmt: skip
            del server[name]
            yield Finding(f"inventory.{fault.message}", Severity.ERROR, values=described, place=item.place)


def _of_systems(server: Record, name: Item) -> Iterator[Record]:
    """Give a workload for each system on a server, which share its threads and memory equally."""
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
            if source is not None and re.fullmatch(r"\d+(\.\d+)?", source.text):
                part = number_shown(round(float(source.text) / len(systems), 6))
                record[column] = Item(part, source.original, "derived", source.place)
        yield record


def _state(server: Record) -> str:
    return "running" if "state" not in server or server["state"].text == "running" else "stopped"


def _without_workload(server: Record, own: list[Record]) -> Iterator[Finding]:
    """Name the systems on a server that none of its listed workloads belongs to."""
    item = server.get("on.systems")
    if item is None or not own:
        return
    there = {record["system"].text for record in own if "system" in record}
    lost = [text for text in item.text.split(";") if text and text not in there]
    if lost:
        yield Finding("survey.read.system_nowhere", WARNING, values={"systems": lost}, place=item.place)


def _usage(server: Record, workload: Item, language: str) -> Iterator[Record]:
    for resource in ("cpu", "memory"):
        figures = {f"{what}_pct": server.get(f"on.{resource}_{what}_pct") for what in ("avg", "max")}
        known = {column: item for column, item in figures.items() if item is not None}
        if not known:
            continue
        place = next(iter(known.values())).place
        days = server.get("on.days")
        texts = {"resource": resource, "week": "normal", "basis": "measured" if days is not None else "declared",
                 "source": say("survey.title", language)}  # fmt: skip
        row = {column: Item(text, "", "derived", place) for column, text in texts.items()}
        yield {"workload": workload, **row, **({"days": days} if days is not None else {}), **known}
