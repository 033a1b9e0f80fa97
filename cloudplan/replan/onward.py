"""What of a scenario and of its waves can only lie ahead, where a plan in progress is planned anew."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from cloudplan.earlier import Earlier
from cloudplan.migration.closures import NO_WAVE
from cloudplan.migration.problem import Closure, MigrationPlan
from cloudplan.scenario import Scenario


def onward(scenario: Scenario) -> Scenario:
    """Let no wave begin before the scenario's own day; the windows stay what they were."""
    options = scenario.migration
    behind = (scenario.today - options.first_start.date()).days
    if behind <= 0:
        return scenario
    steps = -(-behind // options.step_days)
    starts_on = options.first_start.date() + dt.timedelta(options.step_days * steps)
    waves = max(1, options.most_waves - steps)
    moved = options.model_copy(update={"starts_on": starts_on, "most_waves": waves})
    return scenario.model_copy(update={"migration": moved})


def closed_before(moves: MigrationPlan, earlier: Earlier | None) -> MigrationPlan:
    """Leave rooms closed that the plan before has closed, unless something runs in them again."""
    if earlier is None or not earlier.closed:
        return moves
    closed = {c.room for c in moves.closures if c.room in earlier.closed and c.why in ("", NO_WAVE)}
    closures = (Closure(c.room, earlier.closed[c.room], None) if c.room in closed else c for c in moves.closures)
    return replace(moves, closures=tuple(closures))
