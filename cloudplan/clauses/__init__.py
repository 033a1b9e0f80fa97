"""The standard's clauses and the zone model's checks: each answered with its evidence, for today and for a plan's end.

A clause is one value in the file of the things it is about: :mod:`.rooms`, :mod:`.platforms`, :mod:`.redundancy`,
:mod:`.systems`, :mod:`.borders`. Where a rule of placement holds a clause already, :mod:`.by_rule` says which; what no
record can prove beforehand is a task (:mod:`.tasks`). A blank cell is *no record*: neither met nor not met.

Adding a clause: one value in one of these files with its two examples, and its title and demand in both catalogues.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from cloudplan.clauses import borders, by_rule, platforms, redundancy, rooms, systems, tasks
from cloudplan.clauses.clause import VERDICTS, Clause, Verdict
from cloudplan.clauses.estate import STAGES, Estate, standing
from cloudplan.placement.problem import PlacementProblem
from cloudplan.state import State

__all__ = ["STAGES", "VERDICTS", "Clause", "Estate", "Verdict", "all_clauses", "judge", "verdicts_of"]

FILES = (by_rule, rooms, platforms, redundancy, systems, borders, tasks)


def all_clauses() -> tuple[Clause, ...]:
    """List all clauses by their code; parts of one clause stay in the order of :data:`FILES`."""
    return tuple(sorted((clause for file in FILES for clause in file.CLAUSES), key=lambda clause: clause.order))


def judge(estate: Estate) -> Iterator[Verdict]:
    """Ask every clause that is asked at this stage about everything of the levels it is asked for."""
    for clause in all_clauses():
        if estate.stage in clause.stages:
            yield from clause.judge(estate)


def verdicts_of(problem: PlacementProblem, end: State) -> tuple[Verdict, ...]:
    """Judge the estate as it stands today, then the end of a plan.

    Parameters
    ----------
    problem
        What was placed.
    end
        Where everything ends up, with the cutovers that lead there.
    """
    today = Estate(problem, standing(problem), "before")
    after = Estate(problem, end, "after")
    return tuple(replace(verdict, stage=estate.stage) for estate in (today, after) for verdict in judge(estate))
