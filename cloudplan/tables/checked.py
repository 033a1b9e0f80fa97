"""What the clauses answer about the estate of today and the plan's end."""

from __future__ import annotations

from cloudplan.clauses import all_clauses
from cloudplan.tables.result import Result, Row, said


def clauses(result: Result) -> list[Row]:
    """Every answer with its evidence, today's first."""
    marks = {(clause.code, clause.part): clause.mark for clause in all_clauses()}
    return [
        {
            "clause": verdict.clause,
            "part": verdict.part,
            "when": verdict.stage,
            "level": verdict.level,
            "subject_kind": verdict.subject_kind,
            "subject": verdict.subject,
            "verdict": verdict.verdict,
            "mark": marks[verdict.clause, verdict.part],
            "evidence": "; ".join(verdict.evidence),
            **said(verdict.reason),
        }
        for verdict in result.verdicts
    ]
