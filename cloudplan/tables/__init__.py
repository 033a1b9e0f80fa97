"""The tables and facts of a plan, from the values of its stages; one short function a table."""

from __future__ import annotations

import pandas as pd

from cloudplan.bundle import COLUMNS
from cloudplan.demand import SLOTS
from cloudplan.tables.checked import clauses
from cloudplan.tables.copies import copies
from cloudplan.tables.facts import SCHEMA_VERSION, facts_of
from cloudplan.tables.figures import assumptions, capacity, costs, demand
from cloudplan.tables.moves import purchases, rooms, steps, waves
from cloudplan.tables.placed import components, conduits, dispositions, hosts, placements, pools, servers
from cloudplan.tables.result import Result, Row
from cloudplan.tables.value import cashflow

__all__ = ["SCHEMA_VERSION", "Result", "facts_of", "tables_of"]


def tables_of(result: Result) -> dict[str, pd.DataFrame]:
    """Make every table of :data:`cloudplan.bundle.COLUMNS`."""
    rows: dict[str, list[Row]] = {
        "dispositions": dispositions(result),
        "components": components(result),
        "placements": placements(result),
        "hosts": hosts(result),
        "servers": servers(result),
        "waves": waves(result),
        "steps": steps(result),
        "rooms": rooms(result),
        "purchases": purchases(result),
        "costs": costs(result),
        "cashflow": cashflow(result),
        "copies": copies(result),
        "demand": demand(result),
        "capacity": capacity(result),
        "pools": pools(result),
        "conduits": conduits(result),
        "clauses": clauses(result),
        "assumptions": assumptions(result),
    }
    tables = {}
    for name, columns in COLUMNS.items():
        if name == "utilisation":
            frame = result.gained.utilisation[list(columns)]
        elif name == "changes":
            frame = pd.DataFrame(columns=list(columns))  # what a plan that follows another fills in
        else:
            wide = (*columns, *SLOTS) if name == "demand" else columns
            frame = pd.DataFrame(rows[name], columns=list(wide))
        tables[name] = frame.astype(object).where(frame.notna(), "").reset_index(drop=True)
    return tables
