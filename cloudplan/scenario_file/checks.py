"""Whether a scenario fits its inventory: :func:`check_against`."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from cloudplan.findings import Finding, Place, Severity
from cloudplan.inventory import Inventory
from cloudplan.inventory.cells import closest
from cloudplan.inventory.schema import schema
from cloudplan.scenario import Scenario
from cloudplan.scenario_file.tree import Positions


def check_against(
    scenario: Scenario,
    inventory: Inventory,
    positions: Positions,
    prices: Collection[str] = (),
    factors: Collection[str] = (),
) -> tuple[Finding, ...]:
    """Find what a scenario says about things that the inventory doesn't have.

    The options of rules are judged by the rules' own classes.

    Parameters
    ----------
    scenario, inventory, positions
        What was read.
    prices, factors
        Ids that a scenario may set though the inventory doesn't list them (those that have a default).

    Returns
    -------
    tuple of Finding
        Errors and warnings, each at its line and column.
    """
    return tuple(_all(scenario, inventory, positions, set(prices), set(factors)))


def _all(
    scenario: Scenario, inventory: Inventory, positions: Positions, prices: set[str], factors: set[str]
) -> Iterator[Finding]:
    systems = set(inventory["systems"].index)
    today = {f"today:{room}" for room in inventory["rooms"].index}
    pools = set(inventory["pools"].index)
    first: dict[str, int] = {}
    for n, lock in enumerate(scenario.locks):
        yield from _known("systems", lock.system, systems, positions.place("locks", n, "system"))
        if lock.pool is not None:
            yield from _known("pools", lock.pool, pools | today, positions.place("locks", n, "pool"))
        if lock.pool is None and lock.disposition is None:
            place = positions.place("locks", n)
            yield Finding("scenario.empty_lock", subject=lock.system, values={"value": lock.system}, place=place)
        if first.setdefault(lock.system, n) != n:
            values = {"value": lock.system, "first": positions.place("locks", first[lock.system]).row}
            place = positions.place("locks", n)
            yield Finding("scenario.double_lock", subject=lock.system, values=values, place=place)
    for pool in scenario.targets.opens_on:
        yield from _known("pools", pool, pools, positions.key("targets", "opens_on", pool))
    stated: Mapping[str, tuple[Collection[str], set[str]]] = {
        "prices": (scenario.prices, prices),
        "factors": (scenario.factors, factors),
    }
    for table, (names, defaults) in stated.items():
        known = set(inventory[table].index) | defaults
        for name in names:
            yield from _known(table, name, known, positions.key(table, name))
    if scenario.migration.starts_on < scenario.today:
        values = {"value": scenario.migration.starts_on.isoformat(), "limit": scenario.today.isoformat()}
        place = positions.place("migration", "starts_on")
        yield Finding("scenario.starts_in_the_past", Severity.WARNING, values=values, place=place)


def _known(table: str, name: str, known: set[str], place: Place) -> Iterator[Finding]:
    if name in known:
        return
    maybe = closest(name, sorted(known))
    message = "scenario.unknown_reference" if maybe is None else "scenario.misspelt_reference"
    values = {"value": name, "table": schema().tables[table].titles, "file": f"{table}.csv", "maybe": maybe}
    yield Finding(message, subject=name, values=values, place=place)
