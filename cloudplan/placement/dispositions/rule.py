"""What an ordered rule is: :class:`OrderedRule`, and the evidence as it would have to be, :class:`Turn`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

from cloudplan.evidence import Cell
from cloudplan.findings import Finding, Severity
from cloudplan.placement.dispositions.case import Case
from cloudplan.placement.in_order import RuleInOrder


@dataclass(frozen=True, slots=True)
class Turn:
    """Evidence as it would have to be: cells with other values, and the condition in words to come."""

    cells: tuple[Cell, ...]
    condition: Finding


class OrderedRule(RuleInOrder[Case, Turn]):
    """One rule of the order about systems; a lock leaves the disposition that it states.

    Attributes
    ----------
    bears
        Dispositions beside its own that don't go against what it rests on: a lock that leaves one overrules nothing.
    """

    bears: ClassVar[frozenset[str]] = frozenset()

    def allowed(self, case: Case) -> tuple[str, ...]:
        """List the dispositions that it leaves a case it decides."""
        return self.decides

    def rests_on(self, case: Case) -> tuple[str, ...]:
        """Keep of its evidence what it rests on in a case that it decides."""
        return self.evidence

    def struck(self, case: Case) -> Iterator[Turn]:
        """Yield evidence with which it would decide a case that it doesn't decide."""
        yield from ()

    def in_doubt(self, case: Case) -> bool:
        """Whether it doesn't decide a case only because nobody recorded what it asks."""
        return False

    def because(self, case: Case, kind: str = "", /, **values: Any) -> Finding:
        """Give the reason, ``placement.why.<rule><kind>``."""
        return Finding(f"placement.why.{_key(self)}{kind}", Severity.INFO, case.name, self.name, values)

    def turn(self, case: Case, kind: str, cells: dict[str, Any], /, **values: Any) -> Turn:
        """Make a turn of new values by ``table.column``, worded ``placement.turn.<rule>.<kind>``."""
        told = Finding(f"placement.turn.{_key(self)}.{kind}", Severity.INFO, case.name, self.name, values)
        old = [case.cell(name) for name in cells]
        new = zip(old, cells.values(), strict=True)
        return Turn(tuple(Cell(cell.table, cell.key, cell.column, value) for cell, value in new), told)


def _key(rule: OrderedRule) -> str:
    return rule.name.replace("-", "_")


class Asked(OrderedRule):
    """A rule that asks one column of the systems for one of some values; a blank cell leaves it in doubt."""

    column: ClassVar[str]
    wanted: ClassVar[tuple[Any, ...]]
    unknown: ClassVar[tuple[Any, ...]] = (None,)

    def value(self, case: Case) -> Any:
        """What stands in the column."""
        return case.cell(f"systems.{self.column}").value

    def says(self, case: Case) -> Finding | None:
        """Compare the column with what is asked."""
        return self.because(case) if self.value(case) in self.wanted else None

    def in_doubt(self, case: Case) -> bool:
        """Look for a blank."""
        return self.value(case) in self.unknown

    def struck(self, case: Case) -> Iterator[Turn]:
        """Put what is asked there."""
        kind = "unknown" if self.in_doubt(case) else "struck"
        yield self.turn(case, kind, {f"systems.{self.column}": self.wanted[0]})
