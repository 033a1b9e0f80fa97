"""What no record can prove beforehand: tasks of the move, each with the evidence that must be produced."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from cloudplan.clauses.clause import Clause, Verdict
from cloudplan.clauses.estate import Estate
from cloudplan.migration.moves import CARRIED, SWITCHED_OFF


@dataclass(frozen=True)
class Task(Clause):
    """A task for some of the systems that are cut over; what it asks names the evidence.

    Parameters
    ----------
    falls_to
        Whether a system that is cut over has this task.
    """

    falls_to: Callable[[Estate, str], bool]

    def judge(self, estate: Estate) -> Iterator[Verdict]:
        """Give the task to every system it falls to."""
        for system, level in estate.moved.items():
            if level in self.levels and self.falls_to(estate, system):
                yield self.verdict(level, system, "task")


def copied(estate: Estate, system: str) -> bool:
    """Its data and software go to another machine."""
    return estate.state.dispositions.get(system, "") not in SWITCHED_OFF | CARRIED


def stands_elsewhere(estate: Estate, system: str) -> bool:
    """It goes on elsewhere, on other machines or carried along."""
    return estate.state.dispositions.get(system, "") not in SWITCHED_OFF


def leaves(estate: Estate, system: str) -> bool:
    """Something of it is left behind or switched off: all but what takes its machines along."""
    return estate.state.dispositions.get(system, "") not in CARRIED


def _task(
    code: str,
    falls_to: Callable[[Estate, str], bool],
    *levels: int,
    mark: str = "T",
    part: str = "",
    planned: tuple[str, ...] = (),
) -> Task:
    """Make a task: when it is due stands in the waves; ``planned`` is where else the plan says what is to be done."""
    evidence = ("waves.system", *planned)
    return Task(code, "mlps", mark, levels, "system", evidence, falls_to, part=part, stages=("after",))


CLAUSES = (
    _task("EB-C03", copied, 2, 3, 4),
    _task("EB-C07", copied, 2, 3, 4),
    _task("EB-C08", copied, 2, 3, 4),
    _task("EB-C09", copied, 2, 3, 4, planned=tuple(f"copies.{column}" for column in ("place", "gib", "due_on"))),
    _task("EB-C11", leaves, 2, 3, 4),
    _task("EB-C13", copied, 3, 4),
    _task("EB-G04", stands_elsewhere, 2, 3, 4, part="move"),
    _task("EB-G05", stands_elsewhere, 2, 3, 4, mark="m", part="move"),
    _task("EB-G07", stands_elsewhere, 4),
)
