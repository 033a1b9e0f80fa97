"""The base of every rule, and its contract: a rule is said twice, in one file.

Once as maths (:meth:`Rule.build`, rows in the rule's own Pyomo ``Block``), once in words about any state
(:meth:`Rule.violations`). For every state, *the Block is feasible with the state's decisions fixed (auxiliaries free)*
exactly when *no violation is found*; a generic test holds every rule of every home to that.

A rule about a single choice (one component in one pool, one workload on one host…) says :meth:`Rule.forbids` instead,
and both sayings follow from it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any, ClassVar, Generic, TypeVar

from cloudplan.findings import Finding
from cloudplan.state import State

P = TypeVar("P")
"""The problem of a home: placement's, packing's or migration's."""


@dataclass(frozen=True)
class Rule(Generic[P]):
    """A rule; its fields are its options in the scenario.

    Attributes
    ----------
    clause
        The clause or source it rests on (``GB/T 22239-2019 EB-C02``), ``""`` for a design default.
    mark
        How well founded it is: ``T`` the standard's text, ``S`` a public source, ``m`` unchecked, ``d`` a default.
    """

    clause: ClassVar[str] = ""
    mark: ClassVar[str] = "d"

    @classmethod
    def name(cls) -> str:
        """Name of the rule in a scenario: that of its file, with hyphens."""
        return cls.__module__.rpartition(".")[2].replace("_", "-")

    @classmethod
    def options(cls) -> dict[str, Any]:
        """Options with their defaults."""
        return {f.name: f.default for f in fields(cls)}

    def forbids(self, problem: P, choice: Any) -> Finding | None:
        """Say why one choice is out of the question, or ``None``."""
        return None

    def build(self, block: Any, model: Any, problem: P) -> None:
        """Write the rule's rows into ``block``; ``model`` holds the home's variables."""

    def violations(self, problem: P, state: State) -> Iterator[Finding]:
        """Yield what in ``state`` breaks the rule."""
        yield from ()
