"""What is to be bought, for which pool, by when to be ordered."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping

from cloudplan.findings import Finding, Severity
from cloudplan.migration.problem import MigrationProblem, Purchase


def purchases(problem: MigrationProblem, needed: Mapping[str, dt.date]) -> tuple[Purchase, ...]:
    """Group the bought hosts by pool, kind and the day of the wave that first needs them.

    Parameters
    ----------
    problem
        The migration.
    needed
        Bought host → first day it is needed, as load bearer or as spare of a pool that carries load.
    """
    groups: dict[tuple[dt.date, str, str], list[str]] = {}
    for name, host in problem.hosts.items():
        if name in needed and host.source == "purchased":
            groups.setdefault((needed[name], host.pool, host.kind), []).append(name)
    return tuple(
        Purchase(pool, kind, tuple(hosts), day - dt.timedelta(problem.lead_days.get(kind, 0)), day)
        for (day, pool, kind), hosts in sorted(groups.items())
    )


def purchase_findings(problem: MigrationProblem, bought: tuple[Purchase, ...]) -> Iterator[Finding]:
    """Warn of orders that are due at once or overdue, and of lead times that nobody stated."""
    today = problem.today if problem.today is not None else problem.options.starts_on
    for purchase in bought:
        values: dict[str, object] = {
            "pool": purchase.pool,
            "kind": purchase.kind,
            "count": len(purchase.hosts),
            "order_by": purchase.order_by,
            "ready_on": purchase.ready_on,
            "today": today,
        }
        if purchase.kind not in problem.lead_days:
            yield Finding("migration.purchase.no_lead_time", Severity.WARNING, purchase.kind, values=values)
        elif purchase.order_by <= today:
            yield Finding("migration.purchase.order_now", Severity.WARNING, purchase.pool, values=values)
