"""When a plan's money is paid: its one-off efforts and its running costs, each with its days.

Before: what is known of today's estate goes on, rooms and electricity. After:

* a host is paid when it is ordered, and runs from the day on which it is available; a bought one is bought again, and a
  reused one is replaced by a bought one, when its life ends within the horizon. What serves in a pool today is replaced
  on neither side;
* moving, adapting and carrying a system is paid on the day of its cutover, and what it rents, stores and copies runs
  from then on;
* a room is paid for until it closes. Its electricity stays today's until then, and in a room that stays open until the
  last wave has ended. The centre's comes with its hosts and machines, each in the share that it takes.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from cloudplan.cashflow import DAYS_A_YEAR, Horizon, Outlay, Stream
from cloudplan.placement.problem import PlacementProblem
from cloudplan.state import Host
from cloudplan.tables.result import Result

ONCE = ("adaptation", "migration")
"""Terms that are one-off efforts, spread over the horizon in the yearly cost."""


@dataclass(frozen=True, slots=True)
class Bought:
    """One host that is bought: as ``purchase`` of the plan, or as ``replacement`` of one whose life has ended."""

    item: str
    kind: str
    yuan: float
    paid_on: dt.date
    ready_on: dt.date


@dataclass(frozen=True)
class Money:
    """A plan's outlays and streams.

    Parameters
    ----------
    result
        The plan.
    horizon
        Over which time.
    """

    result: Result
    horizon: Horizon

    @property
    def _problem(self) -> PlacementProblem:
        return self.result.problem

    @cached_property
    def first_day(self) -> dt.date:
        """Day on which the first wave begins; that of the first window, where nothing moves."""
        waves = self.result.moves.waves
        return waves[0].starts.date() if waves else self._problem.scenario.migration.first_start.date()

    @cached_property
    def last_day(self) -> dt.date:
        """Day on which the last wave ends."""
        waves = self.result.moves.waves
        return waves[-1].ends.date() if waves else self.first_day

    def outlays(self) -> list[Outlay]:
        """Everything that the plan pays once."""
        bought = [Outlay(host.item, host.yuan, host.paid_on) for host in self.bought()]
        return [*bought, *self._reused(), *self._efforts()]

    def streams(self) -> list[Stream]:
        """Everything that is paid all the time, before and after."""
        return [*self._rooms(), *self._electricity(), *self._hosts(), *self._systems()]

    def bought(self) -> Iterator[Bought]:
        """Every host that is bought within the horizon."""
        costs, lives = self._problem.costs, self._problem.inventory["host_types"]["life_years"]
        ordered = {host: p.order_by for p in self.result.moves.purchases for host in p.hosts}
        for name, host in self.result.moves.hosts.items():
            if host.source == "existing":
                continue
            kind, day = host.kind, self._available(host)
            if host.source == "purchased":
                yield Bought("purchase", kind, costs.purchase_yuan(kind), ordered.get(name, day), day)
                day += _years(float(lives[kind]))
            else:
                kind, day = self._successor(host), self._life_ends(host)
            while day < self.horizon.ends:
                yield Bought("replacement", kind, costs.purchase_yuan(kind), day, day)
                day += _years(float(lives[kind]))

    def _available(self, host: Host) -> dt.date:
        return host.available_from or self.first_day

    def _life_ends(self, host: Host) -> dt.date:
        ends = self._problem.scenario.today + _years(self._problem.costs.years_left(host.kind))
        return max(ends, self._available(host))

    def _successor(self, host: Host) -> str:
        """Host type that takes a reused server's place: the cheapest of its architecture as large, else the dearest."""
        kinds, price = self._problem.capacity.kinds, self._problem.costs.purchase_yuan
        own = kinds[host.kind]
        alike = [kind for kind in self._problem.capacity.purchasable if kinds[kind].arch == own.arch]
        # an architecture of which nothing can be bought: whatever there is
        listed = sorted(alike or self._problem.capacity.purchasable, key=lambda kind: (price(kind), kind))
        return next((kind for kind in listed if kinds[kind].dominates(own)), listed[-1])

    def _reused(self) -> Iterator[Outlay]:
        for host in self.result.moves.hosts.values():
            if host.source == "reused":
                yield Outlay("reuse", self._problem.costs.reuse_yuan, self._available(host))

    def _moves_on(self, system: str) -> dt.date | None:
        """Day of a system's cutover; ``None`` where it has none."""
        cutover = self.result.moves.cutovers.get(system)
        return None if cutover is None else cutover.starts.date()

    def _prices(self) -> Iterator[tuple[Mapping[str, float], dt.date | None]]:
        """Yearly prices of all that hangs on a system or on a machine that is carried, each with its day."""
        state = self.result.placed.state
        for system, disposition in state.dispositions.items():
            yield self._problem.fate_price(system, disposition), self._moves_on(system)
        for number in self._problem.taken(state):
            yield self._problem.candidate_prices[number], self._moves_on(self._problem.candidates[number].system)
        for pair, day in self._carried.items():
            yield self._problem.machine_prices[pair], day

    @cached_property
    def _carried(self) -> dict[tuple[str, str], dt.date | None]:
        """Machines (server, pool) that are kept or carried, each with the first cutover of what runs on it."""
        days: dict[tuple[str, str], list[dt.date]] = {}
        for number in self._problem.taken(self.result.placed.state):
            day = self._moves_on(self._problem.candidates[number].system)
            for pair in self._problem.machines_of(number):
                days.setdefault(pair, []).extend([] if day is None else [day])
        return {pair: min(found, default=None) for pair, found in days.items()}

    def _efforts(self) -> Iterator[Outlay]:
        for price, day in self._prices():
            for term in ONCE:
                if yearly := price.get(term, 0.0):
                    yield Outlay(term, self._problem.costs.once(yearly), day or self.first_day)

    def _systems(self) -> Iterator[Stream]:
        for price, day in self._prices():
            for term, yearly in price.items():
                if term not in ONCE and term != "energy" and yearly:
                    yield Stream(term, "after", yearly, day)

    def _hosts(self) -> Iterator[Stream]:
        costs = self._problem.costs
        for host in self.result.moves.hosts.values():
            starts = None if host.source == "existing" else self._available(host)
            for term in ("operation", "licence", "space"):
                yield Stream(term, "after", self._problem.host_price(host.kind, host.pool)[term], starts)
            if host.source == "reused":
                warranty = costs.prices["reuse_warranty_yuan_per_year"]
                yield Stream("reuse", "after", warranty, starts, self._life_ends(host))

    def _closes(self) -> dict[str, dt.date | None]:
        return {closure.room: closure.closes_on for closure in self.result.moves.closures}

    def _rooms(self) -> Iterator[Stream]:
        closes = self._closes()
        for room, kind in self._problem.inventory["rooms"]["kind"].items():
            if kind == "department":
                yearly = self._problem.costs.room(str(room))
                yield Stream("rooms", "before", yearly)
                yield Stream("rooms", "after", yearly, None, closes.get(str(room)))

    def _electricity(self) -> Iterator[Stream]:
        price, kinds = self._problem.costs.prices["electricity_yuan_per_kwh"], self._problem.inventory["rooms"]["kind"]
        closes, arriving = self._closes(), self._arriving()
        for place, row in self.result.gained.energy.iterrows():
            before, after = float(row["before_kwh"]), float(row["after_kwh"])
            yield Stream("energy", "before", before * price, kwh=before)
            if kinds.get(place) == "department":
                changes = closes.get(str(place)) or (self.last_day if after < before else self.first_day)
                yield Stream("energy", "after", before * price, None, changes, kwh=before)
                yield Stream("energy", "after", after * price, changes, kwh=after)
                continue
            yield Stream("energy", "after", before * price, kwh=before)
            parts = arriving.get(str(place), []) if after > before else []
            if not sum(share for share, _ in parts):
                # nothing comes here: it draws what it draws in the end from the day that is the worse for the plan
                parts = [(1.0, self.first_day if after > before else self.last_day)]
            whole = sum(share for share, _ in parts)
            for share, day in parts:
                added = (after - before) * share / whole
                yield Stream("energy", "after", added * price, day, kwh=added)

    def _arriving(self) -> dict[str, list[tuple[float, dt.date | None]]]:
        """What comes to each place that is no department's room: planned electricity, and the day."""
        pools = self._problem.capacity.pools
        out: dict[str, list[tuple[float, dt.date | None]]] = {}
        for host in self.result.moves.hosts.values():
            if host.source != "existing":
                share = self._problem.host_price(host.kind, host.pool)["energy"]
                out.setdefault(pools[host.pool].site or host.pool, []).append((share, self._available(host)))
        for (server, pool), day in self._carried.items():
            if pools[pool].kind == "colocation":
                share = self._problem.machine_prices[server, pool]["energy"]
                out.setdefault(pools[pool].site or pool, []).append((share, day))
        return out


def _years(years: float) -> dt.timedelta:
    return dt.timedelta(round(years * DAYS_A_YEAR))
