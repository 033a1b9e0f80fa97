"""The target design that comes along with an inventory made of files: its tables, and the rooms its pools stand in."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from cloudplan.findings import Finding, Place, Severity
from cloudplan.inventory import Inventory

DESIGN = ("zones", "conduits", "targets", "pools", "host_types", "flavors", "prices", "factors", "calendar")
"""Tables that are copied from the target design."""
NAMED = 5
"""Entries that are named where more are left out."""


def design_tables(design: Inventory) -> tuple[dict[str, pd.DataFrame], list[Finding]]:
    """Give the tables of a design that hold for any estate, and say which entries of its calendar don't.

    Those bind departments and systems of the design's own estate.
    """
    tables = {name: design[name].reset_index(drop=True) for name in DESIGN}
    calendar = tables["calendar"]
    own = calendar["department"].notna() | calendar["system"].notna()
    if not own.any():
        return tables, []
    tables["calendar"] = calendar[~own].reset_index(drop=True)
    entries = calendar.loc[own, "entry"].tolist()
    named = entries[:NAMED] + ["\u2026"] * (len(entries) > NAMED)
    values: Mapping[str, object] = {"count": len(entries), "entries": named}
    place = Place(design.files.get("calendar", design.origin))
    return tables, [Finding("intake.calendar_dropped", Severity.INFO, values=values, place=place)]


def design_rooms(design: Inventory) -> list[str]:
    """List the rooms of a design that come along: centres, and those that its pools stand in."""
    sites = set(design["pools"]["site"])
    return [str(room) for room, kind in design["rooms"]["kind"].items() if kind == "centre" or room in sites]
