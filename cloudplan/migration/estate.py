"""What the order of moves needs to know of the estate: who runs where, and when a host can carry load."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise

from cloudplan.migration.moves import CARRIED, movers
from cloudplan.migration.problem import MigrationProblem
from cloudplan.state import Host


def owners(problem: MigrationProblem) -> dict[str, str]:
    """System of each workload that belongs to a moving system."""
    moving = {m.system for m in movers(problem)}
    return {w: system for system, workloads in problem.components.values() if system in moving for w in workloads}


def systems_on(problem: MigrationProblem) -> dict[str, frozenset[str] | None]:
    """Find the moving systems on each server that runs anything; ``None`` where something on it never moves."""
    owner = owners(problem)
    found: dict[str, set[str] | None] = {}
    for workload, server in problem.server_of.items():
        systems = found.setdefault(server, set())
        if workload not in owner:
            found[server] = None
        elif systems is not None:
            systems.add(owner[workload])
    return {server: None if s is None else frozenset(s) for server, s in found.items()}


def bound_together(problem: MigrationProblem) -> tuple[tuple[str, str], ...]:
    """Stated pairs of systems that share a wave."""
    return _of_movers(problem, problem.together)


def bound_in_order(problem: MigrationProblem) -> tuple[tuple[str, str], ...]:
    """Stated pairs (first, then)."""
    return _of_movers(problem, problem.before)


def carried_together(problem: MigrationProblem) -> tuple[tuple[str, str], ...]:
    """Pairs of relocated systems that share a server, for it is carried once."""
    return tuple(dict.fromkeys(pair for carried, _ in _carried(problem) for pair in pairwise(carried)))


def carried_after(problem: MigrationProblem) -> tuple[tuple[str, str], ...]:
    """Pairs (first, then) of what must leave a server before it is carried away, and what is carried with it."""
    pairs = ((first, then) for carried, others in _carried(problem) for then in carried for first in others)
    return tuple(dict.fromkeys(pairs))


def _of_movers(problem: MigrationProblem, pairs: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    moving = {m.system for m in movers(problem)}
    return tuple(dict.fromkeys((a, b) for a, b in pairs if a in moving and b in moving and a != b))


def _carried(problem: MigrationProblem) -> Iterator[tuple[list[str], list[str]]]:
    """Yield of each server the systems that are carried with it, and those that are not."""
    kind = {m.system: m.disposition for m in movers(problem)}
    for systems in systems_on(problem).values():
        on = sorted(systems or ())
        yield [s for s in on if kind[s] in CARRIED], [s for s in on if kind[s] not in CARRIED]


def standing(problem: MigrationProblem) -> dict[str, str]:
    """Workloads that stand in a pool from the start (of no moving system), each with its host."""
    owner = owners(problem)
    return {w: host for w, host in problem.packing.items() if w not in owner}


def arriving(problem: MigrationProblem) -> dict[str, dict[str, tuple[str, ...]]]:
    """Workloads that each system brings into each pool with hosts: system → pool → workloads."""
    moving = {m.system: m for m in movers(problem)}
    found: dict[str, dict[str, list[str]]] = {system: {} for system in moving}
    for component, (system, workloads) in problem.components.items():
        seat = problem.seats.get(component)
        if system in moving and seat is not None and carries_hosts(problem, seat.pool):
            found[system].setdefault(seat.pool, []).extend(workloads)
    return {system: {pool: tuple(w) for pool, w in pools.items()} for system, pools in found.items()}


def carries_hosts(problem: MigrationProblem, pool: str) -> bool:
    """Whether the load of a pool falls on hosts that are planned here (a service or colocation has none)."""
    return problem.pools[pool].kind == "cluster"


def earliest(problem: MigrationProblem, host: Host) -> dt.date:
    """First day on which a host could carry load if nothing had to be emptied first.

    The latest of the pool's opening, the start of the migration and, for a bought host, today + lead time, or its
    delivery where it is on order.
    """
    starts = problem.options.starts_on
    opens = problem.pools[host.pool].available_from
    day = starts if opens is None else max(starts, opens)
    if host.source == "purchased":
        ordered = problem.today if problem.today is not None else starts
        lead = dt.timedelta(problem.lead_days.get(host.kind, 0))
        day = max(day, problem.delivery.get(host.host, ordered + lead))
    return day


def ready_on(
    problem: MigrationProblem,
    host: Host,
    emptied: Mapping[str, dt.date],
    running: Mapping[str, frozenset[str] | None],
) -> dt.date | None:
    """First day on which a host can carry load, or ``None`` where that is not yet known.

    Parameters
    ----------
    problem
        The migration.
    host
        The host.
    emptied
        Last day of the window in which each system moved.
    running
        What :func:`systems_on` says.
    """
    day = earliest(problem, host)
    if host.source != "reused":
        return day
    systems = running.get(host.host, frozenset())
    if systems is None or any(system not in emptied for system in systems):
        return None
    if systems:
        day = max(day, max(emptied[system] for system in systems) + dt.timedelta(problem.prepare_days))
    return day
