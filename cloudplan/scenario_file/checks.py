"""Whether a scenario fits its inventory: :func:`check_against`."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from cloudplan.findings import Finding, Place, Severity
from cloudplan.inventory import Inventory
from cloudplan.inventory.cells import closest_ids
from cloudplan.inventory.schema import schema
from cloudplan.locks import Locks, system_bound, system_of
from cloudplan.scenario import CopyException, LocalCopyOptions, Lock, Scenario
from cloudplan.scenario_file.partial import Holes
from cloudplan.scenario_file.tree import Positions


def check_against(
    scenario: Scenario,
    inventory: Inventory,
    positions: Positions,
    prices: Collection[str] = (),
    factors: Collection[str] = (),
    holes: Holes | None = None,
) -> tuple[Finding, ...]:
    """Find what a scenario says about things that the inventory doesn't have.

    The options of rules are judged by the rules' own classes.

    Parameters
    ----------
    scenario, inventory, positions
        What was read.
    prices, factors
        Ids that a scenario may set though the inventory doesn't list them (those that have a default).
    holes
        What couldn't be read: nothing that hangs on it is judged.

    Returns
    -------
    tuple of Finding
        Errors and warnings, each at its line and column.
    """
    fit = _Fit(scenario, inventory, positions, holes or Holes())
    return (*fit.locks(), *fit.names(set(prices), set(factors)), *fit.copies(), *fit.dates())


@dataclass(frozen=True)
class _Fit:
    scenario: Scenario
    inventory: Inventory
    positions: Positions
    holes: Holes

    def locks(self) -> Iterator[Finding]:
        """Locks of nothing or of several things, of unknown ones, that fix nothing, or that contradict another."""
        today = {f"today:{room}" for room in self.inventory["rooms"]["room"]}
        locks = Locks(self.inventory, self.scenario)
        components = [name for names in locks.components.values() for name in names]
        sound: list[int] = []
        for n, lock in enumerate(self.scenario.locks):
            for kind, name in lock.subjects:
                if self.holes.sound("locks", n, kind):
                    place = self.positions.place("locks", n, kind)
                    if kind == "component":
                        yield from self.component(name, components, place)
                    else:
                        yield from self.known(f"{kind}s", name, place)
            if lock.pool is not None and self.holes.sound("locks", n, "pool"):
                yield from self.known("pools", lock.pool, self.positions.place("locks", n, "pool"), today)
            place = self.positions.place("locks", n)
            if not self.holes.sound("locks", n):
                continue
            subject = lock.subject[1]
            if len(lock.subjects) != 1:
                yield Finding(
                    "scenario.lock_subject", subject=subject, values={"count": len(lock.subjects)}, place=place
                )
                continue
            if lock.pool is None and lock.disposition is None:
                yield Finding("scenario.empty_lock", subject=subject, values={"value": subject}, place=place)
            # what hangs on an unknown system, or on a table that couldn't be read, isn't judged
            system, tables = system_bound(lock), {"pools", "systems", "workloads"}
            if tables & self.holes.tables or system not in (None, *self.inventory["systems"].index):
                continue
            for other in sound:
                first = self.scenario.locks[other]
                if _together(first, lock) and locks.clash(first, lock):
                    values = {"value": subject, "other": first.subject[1]}
                    values["first"] = str(self.positions.place("locks", other))
                    yield Finding("scenario.double_lock", subject=subject, values=values, place=place)
                    break
            sound.append(n)

    def component(self, name: str, known: list[str], place: Place) -> Iterator[Finding]:
        """Complain of a component that no running workload makes up."""
        if name in known or {"workloads", "systems"} & self.holes.tables:
            return
        own = [other for other in known if system_of(other) == system_of(name)]
        values = {"value": name, "maybe": tuple(own or closest_ids(name, known)) or None}
        yield Finding("scenario.unknown_component", subject=name, values=values, place=place)

    def names(self, prices: set[str], factors: set[str]) -> Iterator[Finding]:
        """Opening dates, prices and factors of things that aren't there."""
        for pool in self.scenario.targets.opens_on:
            yield from self.known("pools", pool, self.positions.key("targets", "opens_on", pool))
        for name in self.scenario.prices:
            yield from self.known("prices", name, self.positions.key("prices", name), prices)
        for name in self.scenario.factors:
            yield from self.known("factors", name, self.positions.key("factors", name), factors)

    def copies(self) -> Iterator[Finding]:
        """Local copies of departments or systems that aren't there, or that no document stands for."""
        options = self.scenario.local_copy
        ways: list[tuple[tuple[str, ...], LocalCopyOptions | CopyException]] = [(("local_copy",), options)]
        ways += [(("local_copy", "departments", name), said) for name, said in options.departments.items()]
        ways += [(("local_copy", "systems", name), said) for name, said in options.systems.items()]
        for steps, said in ways:
            if len(steps) > 1:
                yield from self.known(steps[1], steps[-1], self.positions.key(*steps))
            blank = said.place == "documented_equivalent" and not (said.document or "").strip()
            if blank and self.holes.sound(*steps, "place") and self.holes.sound(*steps, "document"):
                place = self.positions.place(*steps, "place")
                yield Finding("scenario.no_document", subject=steps[-1] if len(steps) > 1 else "", place=place)

    def dates(self) -> Iterator[Finding]:
        """A migration that starts before the day on which the estate is judged."""
        starts, today = self.scenario.migration.starts_on, self.scenario.today
        if starts < today and self.holes.sound("today") and self.holes.sound("migration", "starts_on"):
            values = {"value": starts.isoformat(), "limit": today.isoformat()}
            place = self.positions.place("migration", "starts_on")
            yield Finding("scenario.starts_in_the_past", Severity.WARNING, values=values, place=place)

    def known(self, table: str, name: str, place: Place, more: Collection[str] = ()) -> Iterator[Finding]:
        """Complain of a name that is neither in a table, whose keys are all known, nor among some more."""
        known = {*self.inventory[table][schema().tables[table].key[0]], *more}
        if name in known or table in self.holes.tables:
            return
        maybe = next(iter(closest_ids(name, sorted(known))), None)
        message = "scenario.unknown_reference" if maybe is None else "scenario.misspelt_reference"
        values = {"value": name, "table": schema().tables[table].titles, "file": f"{table}.csv", "maybe": maybe}
        yield Finding(message, subject=name, values=values, place=place)


def _together(first: Lock, second: Lock) -> bool:
    """Whether two locks are about one department, or about one system and its parts."""
    system = system_bound(first)
    return first.subject == second.subject if system is None else system == system_bound(second)
