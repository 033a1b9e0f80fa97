"""A host is alive only when it can be: its pool open, it delivered, or emptied as a server and prepared again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pyomo.environ as pyo

from cloudplan.findings import Finding
from cloudplan.migration.calendar import window_at
from cloudplan.migration.estate import earliest, ready_on, systems_on
from cloudplan.migration.example import moving, problem_of, state_of
from cloudplan.migration.moves import moves_in
from cloudplan.migration.problem import MigrationProblem
from cloudplan.rule import Rule
from cloudplan.state import State


@dataclass(frozen=True)
class HostsReady(Rule[MigrationProblem]):
    """Judged on the day the window opens, from which on the host carries what moves."""

    def build(self, block: Any, model: Any, problem: MigrationProblem) -> None:
        """Write alive[h, w] ≤ Σ move[s, w'] over the w' that end early enough, for each system s on h as a server."""
        running = systems_on(problem)
        prepare = dt.timedelta(problem.prepare_days)
        block.rows = pyo.ConstraintList()
        for host in model.hosts:
            facts = problem.hosts[host]
            systems = running.get(host, frozenset()) if facts.source == "reused" else frozenset()
            for window in model.windows:
                day = window.starts.date()
                alive = model.alive[host, window.index]
                if systems is None or day < earliest(problem, facts):
                    block.rows.add(alive <= 0)
                    continue
                early = [w.index for w in model.windows if w.last_day + prepare <= day]
                for system in sorted(systems):
                    block.rows.add(alive <= sum(model.move[system, w] for w in early))

    def violations(self, problem: MigrationProblem, state: State) -> Iterator[Finding]:
        """Yield each host that is alive too early."""
        if state.date is None:
            return
        running = systems_on(problem)
        emptied = {
            move.moving.system: window_at(problem.options, move.window.starts).last_day
            for move in moves_in(problem, state)
        }
        for name in state.hosts:
            if name not in problem.hosts:
                continue
            host = problem.hosts[name]
            ready = ready_on(problem, host, emptied, running)
            if ready is not None and ready <= state.date:
                continue
            values: dict[str, object] = {"date": state.date, "pool": host.pool}
            if ready is None:
                systems = running[name]
                values["systems"] = None if systems is None else tuple(sorted(systems - set(emptied)))
                yield Finding("migration.hosts-ready.occupied", subject=name, rule=self.name(), values=values)
            else:
                values["ready"] = ready
                yield Finding("migration.hosts-ready.early", subject=name, rule=self.name(), values=values)


def _problem() -> MigrationProblem:
    return problem_of(
        [moving("A"), moving("B")], hosts={"P-1": "purchased", "s-A": "reused"}, lead_days=4, prepare_days=14
    )


def kept() -> tuple[MigrationProblem, State]:
    """Use A's server, empty on Sunday, 8 March, and ready on the 22nd, in the window of the 27th."""
    problem = _problem()
    return problem, state_of(problem, {"A": 0, "B": 3})


def broken() -> tuple[MigrationProblem, State]:
    """Use it in the window of the 20th, when it is not ready."""
    problem = _problem()
    return problem, state_of(problem, {"A": 0, "B": 2})
