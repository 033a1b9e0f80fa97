"""What rules that are asked in an order have in common: the first that speaks decides (:class:`RuleInOrder`)."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import ClassVar, Generic, TypeVar

from cloudplan.findings import Finding

C = TypeVar("C")
"""What is judged: a system or a server, with all that bears on it."""
T = TypeVar("T")
"""Evidence as it would have to be."""


class RuleInOrder(ABC, Generic[C, T]):
    """One rule of an order.

    Attributes
    ----------
    name
        Its name in tables and catalogues.
    decides
        What it leaves of a case that it decides.
    evidence
        What it rests on, each as ``table.column`` or ``scenario.option``.
    clause, mark
        The clause or source it rests on, and how well founded that is: ``T`` the standard's text, ``S`` a public
        source, ``m`` unchecked, ``d`` a default of this project.
    fixed
        Whether nothing of its evidence is in the hands of those whom it concerns.
    """

    name: ClassVar[str]
    decides: ClassVar[tuple[str, ...]]
    evidence: ClassVar[tuple[str, ...]]
    clause: ClassVar[str] = ""
    mark: ClassVar[str] = "d"
    fixed: ClassVar[bool] = False

    @abstractmethod
    def says(self, case: C) -> Finding | None:
        """Say why it decides a case, or ``None`` where it doesn't."""

    def lifted(self, case: C) -> Iterator[T]:
        """Yield evidence with which it would not decide a case that it decides, or would leave something else."""
        yield from ()
