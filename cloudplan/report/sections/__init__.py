"""The parts of a report, one a file, in the order in which they are read."""

from __future__ import annotations

from cloudplan.report.section import Section, View
from cloudplan.report.sections import (
    assumptions,
    changes,
    clauses,
    copies,
    costs,
    dispositions,
    evaluation,
    findings,
    method,
    pools,
    rooms,
    servers,
    summary,
    superior,
    utilisation,
    value,
    waves,
    zones,
)

ORDER = (
    summary,
    changes,
    utilisation,
    rooms,
    waves,
    zones,
    pools,
    costs,
    value,
    copies,
    dispositions,
    servers,
    superior,
    clauses,
    evaluation,
    findings,
    assumptions,
    method,
)


def sections_of(view: View) -> list[Section]:
    """Write all parts of the report of one plan in one language."""
    followed = view.plan.earlier is not None
    return [module.section(view) for module in ORDER if followed or module is not changes]
