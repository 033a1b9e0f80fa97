"""What may give where rules collide: each thing named with its subject, so that it can be asked for and granted.

A rule says what would have to give for a choice that it refuses (:meth:`cloudplan.rule.Rule.gives`), which of its rows
may be missed (:meth:`cloudplan.rule.Rule.eases`), and how the least of it is worded
(:meth:`cloudplan.rule.Rule.relief`). Diagnosis asks for the least in sum; it knows no rule by name.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Relief:
    """Something that could be granted, by any number of its units.

    Parameters
    ----------
    resource
        What gives, a message id below ``infeasible.short``: ``memory_gib``, ``filed_level``, ``lock``…
    subject
        Whose: a pool, a room, a system, a server; ``""`` for the scenario as a whole.
    of
        What more tells it from another of the same subject (the zone that a pool should carry).
    """

    resource: str
    subject: str = ""
    of: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Together:
    """A finer row than those in a rule's Block: at most ``limit`` of some variables, said for one relief alone."""

    variables: Sequence[Any]
    limit: float


@dataclass(frozen=True, eq=False)
class Ease:
    """A row that may be missed by what a relief grants.

    Parameters
    ----------
    relief
        What is granted; ``None`` for a row that is let go, because finer ones stand for it.
    unit
        What one unit of it takes off the row's excess.
    row
        A row of the rule's Block, or a finer one beside it.
    """

    relief: Relief | None
    unit: float
    row: Any


DECIMALS = {
    "cpu": 1, "vcpu": 1, "memory_gib": 1, "u": 1, "power": 2, "cooling": 2, "reuse_years": 1,
}  # fmt: skip
"""Decimals to which an amount is asked for; whole units otherwise."""


def asked(resource: str, short: float) -> float:
    """Round what is missing up, so that what a sentence asks for is enough; a whole number where it is one."""
    scale = 10 ** DECIMALS.get(resource, 0)
    up = math.ceil(short * scale - 1e-6) / scale
    return int(up) if up == int(up) else up


def irreducible(names: Sequence[str], infeasible: Callable[[Collection[str]], bool]) -> tuple[str, ...]:
    """Deletion filter: drop names in turn, for good where what is left is still infeasible; what remains is needed.

    Parameters
    ----------
    names
        Infeasible together; those to drop first come first.
    infeasible
        Judges a collection of names. More names are never less infeasible.
    """
    kept = list(names)
    for name in names:
        less = [other for other in kept if other != name]
        if infeasible(less):
            kept = less
    return tuple(kept)


@dataclass(frozen=True, slots=True)
class Edit:
    """How a relief is granted in the input files, where it can be: one value changed.

    Parameters
    ----------
    where
        (table, row, column) of the inventory, or the keys that lead to a value of the scenario.
    value
        What stands there afterwards; what joins or leaves a list there.
    how
        ``set``, ``add`` to or ``drop`` from a list, or ``lower`` (no higher than the value).
    """

    where: tuple[Any, ...]
    value: Any
    how: str = "set"


SCENARIO = "scenario"
"""First key of an edit of the scenario."""
