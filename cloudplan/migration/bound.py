"""How few waves there can be at least: :func:`fewest_waves`."""

from __future__ import annotations

import math

from cloudplan.migration.clusters import clusters
from cloudplan.migration.moves import movers
from cloudplan.migration.problem import MigrationProblem
from cloudplan.migration.rules import resolve
from cloudplan.migration.rules.crew import Crew


def fewest_waves(problem: MigrationProblem) -> int:
    """Bound the number of waves from below by the crews alone; 1 where their limit may be missed, or is off.

    A cluster larger than ``systems_per_wave`` moves alone, so it takes a wave of its own; the other systems take
    ⌈n / systems_per_wave⌉. No order of the same moves has fewer waves; windows, freezes, dependencies, opening dates
    and capacity may ask for more, which this bound does not see.

    Parameters
    ----------
    problem
        The migration.
    """
    holds = any(isinstance(rule, Crew) and rule.soft is None for rule in resolve(problem.rule_options)[0])
    if not holds:
        return min(1, len(movers(problem)))
    most = problem.options.systems_per_wave
    sizes = [len(cluster.systems) for cluster in clusters(problem)]
    return sum(size > most for size in sizes) + math.ceil(sum(size for size in sizes if size <= most) / most)
