"""How much a wave takes: the crews' limit and the departments', as list scheduling sees them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from cloudplan.migration.clusters import Spared, clusters
from cloudplan.migration.moves import movers
from cloudplan.migration.problem import MigrationProblem
from cloudplan.migration.rules.crew import Crew
from cloudplan.migration.rules.department_load import DepartmentLoad
from cloudplan.rule import Rule


@dataclass(frozen=True)
class Limit:
    """Most systems of each group in one wave.

    Parameters
    ----------
    most
        So many.
    group_of
        Group of each system.
    whole
        Systems of one group in one inseparable cluster: more than ``most`` of them may have a wave to themselves.
    spared
        Systems that may join whatever is there; they count for the others.
    """

    most: int
    group_of: Mapping[str, str]
    whole: frozenset[frozenset[str]]
    spared: frozenset[str]

    def takes(self, joining: Collection[str], moved: Collection[str]) -> bool:
        """Whether a wave takes in a cluster beside what it holds already."""
        new, there = self._groups(joining), self._groups(moved)
        return all(
            len(own | there.get(group, frozenset())) <= self.most
            or own <= self.spared
            or (group not in there and own in self.whole)
            for group, own in new.items()
        )

    def _groups(self, systems: Collection[str]) -> dict[str, frozenset[str]]:
        groups: dict[str, set[str]] = {}
        for system in systems:
            groups.setdefault(self.group_of[system], set()).add(system)
        return {group: frozenset(own) for group, own in groups.items()}


def limits(problem: MigrationProblem, rules: Collection[Rule[MigrationProblem]], spared: Spared) -> Iterator[Limit]:
    """Yield the limits that some rules set."""
    whose = {moving.system: moving.department for moving in movers(problem)}
    bound = [cluster.systems for cluster in clusters(problem)]
    for rule in rules:
        if isinstance(rule, Crew):
            most, group_of = problem.options.systems_per_wave, dict.fromkeys(whose, "")
        elif isinstance(rule, DepartmentLoad):
            most, group_of = rule.most, whose
        else:
            continue
        whole = {
            frozenset(system for system in systems if group_of[system] == group)
            for systems in bound
            for group in {group_of[system] for system in systems}
        }
        yield Limit(most, group_of, frozenset(whole), frozenset(spared.get(rule.name(), ())))
