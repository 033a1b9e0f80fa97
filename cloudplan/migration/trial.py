"""Trying what would let systems move: the waves are sought again with something granted, so often and no more."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

from cloudplan.findings import Finding
from cloudplan.migration.calendar import windows
from cloudplan.migration.fitting import Pack
from cloudplan.migration.moves import Move, SingleMoveRule, movers
from cloudplan.migration.problem import MigrationProblem
from cloudplan.migration.schedule import Schedule
from cloudplan.migration.waves import scheduled
from cloudplan.rule import Rule

WORK = 6000
"""Systems that all trials together may order: fifteen trials of 400 systems, about a second each."""
FEWEST = 3
"""Trials that there are however many the systems."""


@dataclass(frozen=True, eq=False)
class Case:
    """A migration, the rules that hold for it, and what packs its pools."""

    problem: MigrationProblem
    rules: tuple[Rule[MigrationProblem], ...]
    pack: Pack

    def with_option(self, name: str, value: object) -> Case:
        """Set one of the scenario's migration options."""
        options = self.problem.options.model_copy(update={name: value})
        return replace(self, problem=replace(self.problem, options=options))

    def with_rule(self, rule: Rule[MigrationProblem]) -> Case:
        """Put a rule in the place of the one of its name."""
        return replace(self, rules=tuple(rule if rule.name() == old.name() else old for old in self.rules))

    def with_hosts(self, hosts: Collection[str]) -> Case:
        """Have other hosts stand in for some, there from the day on which their pool opens."""
        ready = {h: replace(host, source="existing") if h in hosts else host for h, host in self.problem.hosts.items()}
        return replace(self, problem=replace(self.problem, hosts=ready))

    def blocked(self, systems: Iterable[str]) -> str | None:
        """Find a system, the first of some, that the rules about single moves leave no window; that is counted."""
        singles = [rule for rule in self.rules if isinstance(rule, SingleMoveRule)]
        open_ = windows(self.problem.options)
        moving = {m.system: m for m in movers(self.problem)}
        for system in systems:
            choices = (Move(moving[system], window) for window in open_)
            if not any(all(rule.forbids(self.problem, choice) is None for rule in singles) for choice in choices):
                return system
        return None


@dataclass(frozen=True)
class Outcome:
    """What a trial came to.

    Parameters
    ----------
    left
        Systems without a wave.
    why
        Why, at least one for each.
    waves, last, windows
        How many waves there are, the day on which the last begins, and how many windows there are until then.
    instead
        Reused servers that come too late for their pools, for which others were taken to stand in.
    """

    left: tuple[str, ...]
    why: tuple[Finding, ...] = ()
    waves: int = 0
    last: dt.date | None = None
    windows: int = 0
    instead: tuple[str, ...] = ()


class Trials:
    """Tries cases, and counts how often it may yet.

    Parameters
    ----------
    systems
        How many move.
    """

    def __init__(self, systems: int) -> None:
        self.left = max(FEWEST, WORK // max(1, systems))

    def outcome(self, case: Case, instead: bool = False) -> Outcome:
        """Seek the waves of a case.

        Parameters
        ----------
        case
            What is tried.
        instead
            Whether others may stand in for reused servers that come too late: a plan chooses them by itself.
        """
        self.left -= 1
        found = scheduled(case.problem, case.rules, case.pack)
        late = late_hosts(case.problem, found, {"reused"}) if instead else ()
        if late:
            return replace(_outcome(scheduled(case.with_hosts(late).problem, case.rules, case.pack)), instead=late)
        return _outcome(found)


def late_hosts(problem: MigrationProblem, found: Schedule, sources: Collection[str]) -> tuple[str, ...]:
    """Hosts of some sources that systems without a wave wait for."""
    waiting = {host for said in found.findings for host in said.values.get("waiting") or ()}
    return tuple(name for name, host in problem.hosts.items() if name in waiting and host.source in sources)


def _outcome(found: Schedule) -> Outcome:
    if not found.steps:
        return Outcome(found.left, found.findings)
    last = found.steps[-1].window
    return Outcome(found.left, found.findings, len(found.steps), last.starts.date(), last.index + 1)
