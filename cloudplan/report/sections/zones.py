"""The zones, which conduits join them, and which flows of the plan pass."""

from __future__ import annotations

from functools import partial

import pandas as pd

from cloudplan.report import numbers
from cloudplan.report.charts import zonegraph
from cloudplan.report.section import Cell, Figure, Section, View, rows_of, yes


def section(view: View) -> Section:
    """Write about zones and conduits."""
    inventory, used = view.plan.inventory, view.frame("conduits")
    flows: dict[tuple[str, str], int] = {}
    for row in rows_of(used):
        key = (str(row.source_zone), str(row.target_zone))
        flows[key] = flows.get(key, 0) + (0 if numbers.missing(row.flows) else int(row.flows))
    unrecorded = unrecorded_flows(used)
    components = view.frame("components")
    stand = components["zone"].value_counts()
    nodes = [
        zonegraph.Node(
            str(row.Index),
            view.name("zones", row.Index),
            _below(view, int(stand.get(row.Index, 0)), yes(row.hostable)),
            yes(row.hostable),
            yes(row.internet_exposed),
        )
        for row in rows_of(inventory["zones"])
    ]
    edges = [
        zonegraph.Edge(
            str(row.source_zone),
            str(row.target_zone),
            row.mode == "exchange",
            flows.get((str(row.source_zone), str(row.target_zone)), 0),
        )
        for row in rows_of(inventory["conduits"].reset_index(drop=True))
        if row.mode != "deny"
    ]
    crossing = sum(count for (source, target), count in flows.items() if source != target)
    headline = view.say(
        "zones.headline",
        zones=view.count(sum(node.hostable for node in nodes)),
        flows=view.count(crossing),
        exchange=view.count(sum(e.flows for e in edges if e.exchange)),
    )
    if unrecorded:
        headline += view.say("zones.unrecorded", flows=view.count(unrecorded))
    words = (view.say("zones.direct"), view.say("zones.exchange"), view.say("zones.unused"))
    figures = (
        Figure(
            "zones", view.say("zones.caption"), partial(zonegraph.draw, nodes, edges, words), view.say("zones.note")
        ),
    )
    rows: list[tuple[Cell, ...]] = [
        (
            view.name("zones", row.source_zone),
            view.name("zones", row.target_zone),
            view.say(f"zones.mode.{row.mode}") if row.mode else view.dash,
            _devices(view, row.device),
            view.text(row.protocol),
            view.text(row.port).replace(",", ""),
            view.text(row.flows),
            view.text(row.unauthorised),
            _rate(view, row.mbps, row.mbps_unknown),
        )
        for row in rows_of(used)
    ]
    tables = (view.table("conduits", rows, (5, 6, 7), folded=len(rows) > 12),) if rows else ()
    return Section("zones", view.say("zones.title"), headline, figures=figures if nodes else (), tables=tables)


def unrecorded_flows(conduits: pd.DataFrame) -> int:
    """How many flows of the plan have no authorisation on record."""
    return sum(0 if numbers.missing(row.unauthorised) else int(row.unauthorised) for row in rows_of(conduits))


def _below(view: View, components: int, hostable: bool) -> str:
    return view.say("zones.components", components=view.count(components)) if hostable else view.say("zones.outside")


def _rate(view: View, mbps: object, unknown: object) -> str:
    """Word the rates on record, and how many flows have none."""
    text = view.dash if numbers.missing(mbps) else view.text(mbps)
    without = 0 if numbers.missing(unknown) else int(str(unknown))
    return text + view.say("zones.rate_unknown", flows=view.count(without)) if without else text


def _devices(view: View, devices: object) -> str:
    parts = [part for part in str(devices).replace(",", ";").split(";") if part.strip()]
    return view.say("list_join").join(view.label("device_kind", part.strip()) for part in parts) or view.dash
