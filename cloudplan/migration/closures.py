"""When each room closes, or what keeps it open.

A server leaves when every system on it has moved, those with stopped workloads there included; one that holds nothing,
and a device, in the first wave. A room closes
on the day after the last day of the wave in which its last server or device left.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping

from cloudplan.migration.calendar import window_at
from cloudplan.migration.estate import systems_on
from cloudplan.migration.problem import Closure, MigrationProblem, Wave

NOT_MOVING = "migration.residual.not_moving"
UNSCHEDULED = "migration.residual.unscheduled"
NO_WAVE = "migration.residual.no_wave"


def leaves_with(problem: MigrationProblem) -> dict[str, frozenset[str] | None]:
    """Systems whose moves empty each room that may close; ``None`` where something in it never leaves."""
    running = systems_on(problem)
    found: dict[str, frozenset[str] | None] = dict.fromkeys(problem.rooms, frozenset())
    for thing, room in problem.room_of.items():
        if room not in found:
            continue
        so_far, systems = found[room], running.get(thing, frozenset())
        stays = thing in problem.stays or so_far is None or systems is None
        found[room] = None if stays else frozenset([*(so_far or ()), *(systems or ())])
    return found


def closures(problem: MigrationProblem, waves: Iterable[Wave]) -> tuple[Closure, ...]:
    """Date the closing of every room that may close, in the problem's order."""
    listed = tuple(waves)
    wave_of = {system: wave.wave for wave in listed for system in wave.systems}
    last_day = {wave.wave: window_at(problem.options, wave.starts).last_day for wave in listed}
    running = systems_on(problem)
    inside: dict[str, list[str]] = {room: [] for room in problem.rooms}
    for thing, room in problem.room_of.items():
        if room in inside:
            inside[room].append(thing)
    return tuple(_closure(problem, room, things, running, wave_of, last_day) for room, things in inside.items())


def _closure(
    problem: MigrationProblem,
    room: str,
    things: list[str],
    running: Mapping[str, frozenset[str] | None],
    wave_of: Mapping[str, int],
    last_day: Mapping[int, dt.date],
) -> Closure:
    residual: list[tuple[str, str]] = []
    wave = min(last_day, default=0)
    for thing in things:
        systems = running.get(thing, frozenset())
        if thing in problem.stays:
            residual.append((thing, problem.stays[thing]))
        elif systems is None:
            residual.append((thing, NOT_MOVING))
        elif any(system not in wave_of for system in systems):
            residual.append((thing, UNSCHEDULED))
        elif not last_day:
            residual.append((thing, NO_WAVE))
        else:
            stopped = problem.stopped.get(thing, frozenset()) & wave_of.keys()
            wave = max([wave, *(wave_of[system] for system in systems | stopped)])
    if residual:
        return Closure(room, None, None, tuple(thing for thing, _ in residual), residual[0][1])
    if not last_day:  # an empty room, and no wave to date its closing by
        return Closure(room, None, None, (), NO_WAVE)
    return Closure(room, last_day[wave] + dt.timedelta(1), wave)
