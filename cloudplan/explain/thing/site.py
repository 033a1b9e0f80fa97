"""What a room that receives offers and what the plan takes of it: rack units, power, cooling."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from cloudplan.explain.view import View
from cloudplan.explain.words import Line, line, said
from cloudplan.placement.rules.facility import LIMITS, Facility


@dataclass(frozen=True)
class Taken:
    """One limit of a room.

    Parameters
    ----------
    limit
        ``u`` (rack units), ``power`` (kW at full load) or ``cooling`` (kW).
    need
        What hosts, machines that are carried and devices that move take.
    most
        What the room states; ``None`` where it states nothing.
    """

    limit: str
    need: float
    most: float | None


def taken(view: View, room: str) -> list[Taken]:
    """Ask the rule of racks, power and cooling how much of a room the plan takes.

    It says what is short where nothing at all is offered: the need then stands in its own words.
    """
    rooms = view.plan.inventory["rooms"].copy()
    stated: dict[str, Any] = {limit: rooms.at[room, column] for limit, (column, _) in LIMITS.items()}
    for column, _ in LIMITS.values():
        rooms[column] = rooms[column].astype(float)
        rooms.loc[rooms.index == room, column] = 0.0
    inventory = replace(view.plan.inventory, tables={**view.plan.inventory.tables, "rooms": rooms})
    said_of = Facility().violations(view.problem.changed(inventory=inventory), view.state)
    need = {f.message.rpartition(".")[2]: float(f.values["short"]) for f in said_of if f.subject == room}
    return [
        Taken(limit, need.get(limit, 0.0), None if pd.isna(most) else float(most)) for limit, most in stated.items()
    ]


def told(view: View, room: str) -> Iterator[Line]:
    """Say how much of a room the plan takes, and what is left."""
    for each in taken(view, room):
        limit = said(f"explain.site.limit.{each.limit}")
        if each.most is None:
            yield line("site.unstated", limit=limit, need=each.need)
        else:
            share = 100.0 * each.need / each.most if each.most else 100.0
            yield line("site.taken", limit=limit, need=each.need, most=each.most, share=share,
                       left=each.most - each.need)  # fmt: skip
