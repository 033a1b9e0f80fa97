"""The ordered rules about servers: what a plan leaves to each, the first that speaks decides.

What still stands on a server comes first, then whether it is broken, whose it is and whether it is carried along, then
whether it may serve again at all, then whether any pool would have it.
Which servers of those that may serve again do is the model's choice, by yearly cost. That a machine of the age of
``reuse.life_years`` does not move is a default of this project, after the least life of computer equipment in public
accounting.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from cloudplan.capacity import age_years
from cloudplan.evidence import SCENARIO, Cell
from cloudplan.findings import Finding, Severity
from cloudplan.inventory.schema import label
from cloudplan.placement.fates.case import ServerCase, Systems
from cloudplan.placement.in_order import RuleInOrder
from cloudplan.placement.rules.reuse import Reuse

ARCH = "pools.arch"
"""The cell of a pool that isn't there: one of another instruction set, else like the clusters that are."""


@dataclass(frozen=True, slots=True)
class ServerTurn:
    """Evidence as it would have to be, and the condition in words to come.

    Parameters
    ----------
    cells
        Cells with other values; the cell ``pools.arch`` stands for further pools of that instruction set.
    freed
        Whether the systems that keep the server leave it.
    condition
        The same, in words to come.
    """

    cells: tuple[Cell, ...]
    condition: Finding
    freed: bool = False


class FateRule(RuleInOrder[ServerCase, ServerTurn]):
    """One rule of the order about servers; of the fates it leaves, that without any choice of the model's is last."""

    def because(self, case: ServerCase, message: str, **values: Any) -> Finding:
        """Give the reason."""
        return Finding(message, Severity.INFO, case.name, self.name, values)

    def turn(self, case: ServerCase, kind: str, cells: dict[str, Any], /, **values: Any) -> ServerTurn:
        """Make a turn of new values by ``table.column``, worded ``placement.server_turn.<kind>``."""
        told = Finding(f"placement.server_turn.{kind}", Severity.INFO, case.name, self.name, values)
        return ServerTurn(
            tuple(replace(cell, value=value) for name, value in cells.items() for cell in case.cells(name)), told
        )

    def younger(self, case: ServerCase) -> Iterator[ServerTurn]:
        """Yield, for each limit of age that it exceeds, the first day on which it could have been bought to meet it."""
        options = case.scenario.reuse
        for years in sorted({options.life_years, options.younger_than_years}, reverse=True):
            day = first_day_within(years, case.scenario.today)
            age = age_years(case.server.bought_on, case.scenario.today)
            if age is None or age >= years:
                kind = "recorded" if age is None else "younger"
                yield self.turn(case, kind, {"servers.bought_on": day}, date=day.isoformat(), years=years)


def _named(systems: Systems) -> dict[str, Any]:
    return {"systems": tuple(held.named for held in systems.values()), "count": len(systems)}


def first_day_within(years: float, today: dt.date) -> dt.date:
    """Find the first day on which a machine can have been bought and be younger than some years."""
    return today - dt.timedelta(math.ceil(years * 365.25) - 1)


class InPool(FateRule):
    """A server that serves in a pool already goes on serving there."""

    name = "in-pool"
    decides = ("reuse",)
    evidence = ("servers.pool", "servers.state")

    def says(self, case: ServerCase) -> Finding | None:
        """Look for its pool."""
        return None if case.existing is None else self.because(case, "plan.server.existing")

    def lifted(self, case: ServerCase) -> Iterator[ServerTurn]:
        """Break."""
        yield self.turn(case, "broken", {"servers.state": "broken"})


class HoldsSystem(FateRule):
    """A server stays where it is as long as a system on it does."""

    name = "holds-system"
    decides = ("keep",)
    evidence = ("workloads.system",)

    def says(self, case: ServerCase) -> Finding | None:
        """Name the systems."""
        return self.because(case, "plan.server.holds", **_named(case.stays)) if case.stays else None

    def lifted(self, case: ServerCase) -> Iterator[ServerTurn]:
        """Let them leave."""
        yield replace(self.turn(case, "emptied", {}, **_named(case.stays)), freed=True)


class NotDepartmental(FateRule):
    """A server in a room that is no department's is not for this plan to move."""

    name = "not-departmental"
    decides = ("keep",)
    evidence = ("rooms.kind",)
    fixed = True

    def says(self, case: ServerCase) -> Finding | None:
        """Look at its room."""
        if case.room_kind == "department":
            return None
        return self.because(case, "plan.server.elsewhere", kind=label("room_kind", case.room_kind))


class Travels(FateRule):
    """A server is carried to the centre with a system that can't leave it."""

    name = "travels"
    decides = ("relocate",)
    evidence = ("workloads.system",)

    def says(self, case: ServerCase) -> Finding | None:
        """Name the systems."""
        return self.because(case, "plan.server.relocate", **_named(case.travels)) if case.travels else None

    def lifted(self, case: ServerCase) -> Iterator[ServerTurn]:
        """Let them leave."""
        yield replace(self.turn(case, "left_behind", {}, **_named(case.travels)), freed=True)


class Unfit(FateRule):
    """A server that may serve in no pool; the reason is what capacity says of it."""

    decides = ("scrap",)

    def says(self, case: ServerCase) -> Finding | None:
        """Compare the reason with the rule's own."""
        message = f"capacity.{self.name.replace('-', '_')}"
        return self.because(case, message) if case.unfit == message else None


class Broken(Unfit):
    """A broken server is scrapped, one that served in a pool too; not a superior's, nor one that is carried along."""

    name = "broken"
    evidence = ("servers.state",)

    def says(self, case: ServerCase) -> Finding | None:
        """Leave the superior's machines to the superior, and those that are carried to the rule about these."""
        return None if case.travels or case.room_kind == "superior" else super().says(case)

    def lifted(self, case: ServerCase) -> Iterator[ServerTurn]:
        """Be mended."""
        yield self.turn(case, "mended", {"servers.state": "running"})


class TooOld(Unfit):
    """A server of ``reuse.life_years`` or more does not move."""

    name = "too-old"
    evidence = ("servers.bought_on", f"{SCENARIO}.reuse.life_years")

    def lifted(self, case: ServerCase) -> Iterator[ServerTurn]:
        """Have been bought later."""
        yield from self.younger(case)


class Tower(Unfit):
    """A tower does not go into a rack as a host: it is kept as a spare while it is young enough."""

    name = "tower"
    decides = ("spare",)
    evidence = ("servers.form",)
    fixed = True


class AgeUnknown(Unfit):
    """A server of which nobody knows when it was bought is kept as a spare until that is found out."""

    name = "age-unknown"
    decides = ("spare",)
    evidence = ("servers.bought_on",)

    def lifted(self, case: ServerCase) -> Iterator[ServerTurn]:
        """Have the date recorded."""
        yield from self.younger(case)


class NoPool(FateRule):
    """A server of an instruction set that no pool has is kept as a spare."""

    name = "no-pool"
    decides = ("spare",)
    evidence = ("servers.arch",)

    def says(self, case: ServerCase) -> Finding | None:
        """Look for a pool."""
        return None if case.offered else self.because(case, "plan.server.no_pool")

    def lifted(self, case: ServerCase) -> Iterator[ServerTurn]:
        """Have a pool."""
        told = self.turn(case, "pool", {}, arch=label("arch", case.server.arch))
        table, _, column = ARCH.partition(".")
        yield replace(told, cells=(Cell(table, "", column, case.server.arch),))


class ReuseClosed(FateRule):
    """Where the scenario closes reuse, what could serve again is kept as a spare."""

    name = "reuse-closed"
    decides = ("spare",)
    evidence = (f"{SCENARIO}.reuse.allowed",)

    def says(self, case: ServerCase) -> Finding | None:
        """Look for the refusal of the rule about it."""
        refused = next(iter(case.offered.values()), ())
        return next((said for said in refused if said.rule == Reuse.name()), None)

    def lifted(self, case: ServerCase) -> Iterator[ServerTurn]:
        """Open it."""
        yield self.turn(case, "allowed", {f"{SCENARIO}.reuse.allowed": True})


class Refused(FateRule):
    """A server that a rule of placement refuses to every pool is kept as a spare; its age, mostly."""

    name = "refused"
    decides = ("spare",)
    evidence = ("servers.bought_on", f"{SCENARIO}.reuse.younger_than_years")

    def says(self, case: ServerCase) -> Finding | None:
        """Repeat the first refusal."""
        return None if case.open else next(iter(case.offered.values()))[0]

    def lifted(self, case: ServerCase) -> Iterator[ServerTurn]:
        """Have been bought later."""
        yield from self.younger(case)


class Serviceable(FateRule):
    """A server that some pool would have serves there where that costs less, else it is kept as a spare."""

    name = "serviceable"
    decides = ("reuse", "spare")
    evidence = ("servers.bought_on", "servers.arch", "servers.state")

    def says(self, case: ServerCase) -> Finding | None:
        """Speak of whatever is left."""
        return self.because(case, "plan.server.spare")

    def lifted(self, case: ServerCase) -> Iterator[ServerTurn]:
        """Be a day older than a limit allows, or break."""
        options = case.scenario.reuse
        for years in sorted({options.younger_than_years, options.life_years}):
            age = age_years(case.server.bought_on, case.scenario.today)
            if age is not None and age < years:
                day = first_day_within(years, case.scenario.today) - dt.timedelta(1)
                yield self.turn(case, "older", {"servers.bought_on": day}, date=day.isoformat(), years=years)
        yield self.turn(case, "broken", {"servers.state": "broken"})


ORDER: tuple[FateRule, ...] = (
    InPool(),
    HoldsSystem(),
    Broken(),
    NotDepartmental(),
    Travels(),
    TooOld(),
    Tower(),
    AgeUnknown(),
    NoPool(),
    ReuseClosed(),
    Refused(),
    Serviceable(),
)


def ordered_fate_rules() -> tuple[FateRule, ...]:
    """List the rules in the order in which they are asked."""
    return ORDER
