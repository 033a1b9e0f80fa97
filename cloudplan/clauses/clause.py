"""What a clause is, what it answers (:class:`Verdict`), and its two kinds that are answered by records."""

from __future__ import annotations

import datetime as dt
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from cloudplan.clauses.estate import STAGES, Cells, Estate
from cloudplan.clauses.facts import Fact, told
from cloudplan.findings import Finding, Severity
from cloudplan.i18n import LANGUAGES, say

VERDICTS = ("not_met", "unknown", "task", "by_rule", "met")
"""All verdicts, what wants attention first."""

SOURCES = ("mlps", "measures", "cryptography", "zoning")
"""Where clauses come from, in the order in which they are listed."""

Answer = bool | None
"""Yes, no, or ``None`` where the record is silent."""

WORDED = {True: "met", False: "not_met", None: "unknown"}


def every(*answers: Answer) -> Answer:
    """Whether all hold: one that doesn't decides, else one that is not on record leaves it open."""
    return False if False in answers else None if None in answers else True


def yes(value: Any) -> Answer:
    """Whether a boolean cell says yes."""
    return None if value is None else bool(value)


def at_least(value: float | None, least: float) -> Answer:
    """Whether a figure, where there is one, reaches a limit."""
    return None if value is None else bool(value >= least)


@dataclass(frozen=True, slots=True)
class Verdict:
    """One clause's answer about one thing.

    Parameters
    ----------
    clause
        Code of the clause.
    part
        Which part of it, where a clause is judged in several.
    level
        Protection level for which it was asked; ``None`` where it is asked of the whole plan.
    subject_kind, subject
        What it is about: ``room``, ``pool``, ``device``, ``system``, ``component``, ``border`` or ``plan``; its id.
    verdict
        One of :data:`VERDICTS`.
    evidence
        Where the answer stands: columns with their values (``rooms.mains_feeds=1``), or rules.
    reason
        The answer in words to come.
    stage
        ``before`` (today's estate) or ``after`` (the plan's end).
    """

    clause: str
    part: str
    level: int | None
    subject_kind: str
    subject: str
    verdict: str
    evidence: tuple[str, ...]
    reason: Finding
    stage: str = "after"


@dataclass(frozen=True)
class Clause(ABC):
    """A clause of a standard, or a check of the zone model.

    Parameters
    ----------
    code
        ``EB-P01``, ``Z09``…
    source
        Where it comes from: one of :data:`SOURCES`, worded by ``clauses.source.<source>``.
    mark
        How well founded it is: ``T`` the standard's text, ``S`` a public source, ``m`` unchecked, ``d`` a default.
    levels
        Protection levels for which it is asked.
    subject
        Kind of the things it is about.
    evidence
        Columns that answer it (``rooms.mains_feeds``).
    part
        Names a part, where several values judge one clause.
    stages
        Whether it is asked of today's estate, of the plan's end, or of both.
    severity
        How grave it is where it is not met, for checks of the zone model; ``None`` for clauses of a standard.
    """

    code: str
    source: str
    mark: str
    levels: tuple[int, ...]
    subject: str
    evidence: tuple[str, ...]
    part: str = field(default="", kw_only=True)
    stages: tuple[str, ...] = field(default=STAGES, kw_only=True)
    severity: Severity | None = field(default=None, kw_only=True)

    @property
    def message(self) -> str:
        """Begin of the ids of its words: ``<message>.title`` and ``<message>.asks``."""
        name = f"{self.code}-{self.part}" if self.part else self.code
        return f"clauses.{name.lower().replace('-', '_')}"

    @property
    def title(self) -> Mapping[str, str]:
        """What it is called, by language."""
        return {language: say(f"{self.message}.title", language) for language in LANGUAGES}

    @property
    def asks(self) -> Mapping[str, str]:
        """What it asks, by language."""
        return {language: say(f"{self.message}.asks", language) for language in LANGUAGES}

    @property
    def order(self) -> tuple[int, str]:
        """By source, then by code."""
        return SOURCES.index(self.source), self.code

    @abstractmethod
    def judge(self, estate: Estate) -> Iterator[Verdict]:
        """Yield an answer for everything it is asked about."""

    def verdict(
        self, level: int | None, subject: str, answer: Answer | str, facts: Iterable[Fact] = (), reason: str = ""
    ) -> Verdict:
        """Make an answer about one thing.

        Parameters
        ----------
        level, subject
            Of which level, and what.
        answer
            Yes, no, ``None`` for no record, or a verdict's name.
        facts
            What the answer rests on.
        reason
            Message that says it; else one that names the facts and, where it is not met, what is asked.
        """
        facts = tuple(facts)
        name = answer if isinstance(answer, str) else WORDED[answer]
        known = [fact for fact in facts if not fact.blank]
        blank = [fact for fact in facts if fact.blank]
        how = name if name != "unknown" else "unknown" if known and blank else "undecided" if known else "no_record"
        message = reason or f"clauses.said.{how}"
        values = {"asks": self.asks, "facts": told(known), "blanks": told(blank)}
        return Verdict(
            clause=self.code,
            part=self.part,
            level=level,
            subject_kind=self.subject,
            subject=subject,
            verdict=name,
            evidence=tuple(str(fact) for fact in facts) or self.evidence,
            reason=Finding(message, Severity.INFO, subject, self.code, values),
        )


@dataclass(frozen=True)
class CellClause(Clause):
    """A clause answered by the cells of one record: ``evidence`` are that record's columns.

    Parameters
    ----------
    who
        Whom it is asked of: ids with their levels.
    test
        What the cells must say, at a level, on a day: yes, no, or ``None`` where the record is silent.
    met, not_met
        Its two hand examples: cells that meet it and cells that don't, at the lowest level it is asked for.
    """

    who: Callable[[Estate], Mapping[str, int]]
    test: Callable[[Cells, int, dt.date], Answer]
    met: Cells
    not_met: Cells

    def judge(self, estate: Estate) -> Iterator[Verdict]:
        """Read the record of everything it is asked about."""
        table = self.evidence[0].partition(".")[0]
        for subject, level in self.who(estate).items():
            if level in self.levels:
                cells = estate.record(table, subject)
                facts = [Fact(where, cells[where.partition(".")[2]]) for where in self.evidence]
                yield self.verdict(level, subject, self.test(cells, level, estate.problem.scenario.today), facts)


@dataclass(frozen=True)
class StateClause(Clause):
    """A clause answered by how several records and the state go together.

    Parameters
    ----------
    judges
        Yields the answers, given the clause and an estate.
    met, not_met
        Make its two hand examples: an estate that meets it, and one that doesn't.
    """

    judges: Callable[[Clause, Estate], Iterator[Verdict]]
    met: Callable[[], Estate]
    not_met: Callable[[], Estate]

    def judge(self, estate: Estate) -> Iterator[Verdict]:
        """Ask its function."""
        return self.judges(self, estate)
