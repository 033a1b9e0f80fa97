"""What becomes of servers otherwise than before: decisions, apart from what was carried out and what only aged."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from cloudplan.bundle import Plan
from cloudplan.findings import Finding, Severity
from cloudplan.i18n import words
from cloudplan.inventory import Inventory
from cloudplan.replan.change import SAME, Change, joined, vcpu_of, why_of
from cloudplan.replan.read import text
from cloudplan.rule import titled
from cloudplan.tables import Result

CARRIED, AGED = "replan.servers_carried", "replan.servers_aged"
"""Messages that count the servers whose fate nobody decided anew."""
Tables = Mapping[str, pd.DataFrame]


def server_changes(since: Plan, stated: Inventory, result: Result, tables: Tables) -> Iterator[Change]:
    """Yield what was decided anew about servers, and why.

    Parameters
    ----------
    since, stated, result, tables
        As in :func:`cloudplan.replan.changes.changes_of`.
    """
    for server, before, row in _other(since, result, tables):
        if _undecided(server, before[0], row, since, stated, result):
            continue
        pool = before[1] if before[0] == "reuse" else text(row.pool)
        refused = result.refusals.server.get((server, pool)) if before[0] == "reuse" else None
        names = joined(before), joined((str(row.fate), text(row.pool)))
        if refused:
            reason: Mapping[str, str] = {language: words(refused[0], language) for language in ("zh-CN", "en")}
            why = why_of("refused", server, rule=titled(refused[0].check, "placement"), reason=reason)
            yield Change("server", server, *names, "refused", why, refused[0].check)
        else:
            yield Change("server", server, *names, "follows", _why(server, before[0], pool, row, since, result, tables))


def servers_told_apart(since: Plan, stated: Inventory, result: Result, tables: Tables) -> Iterator[Finding]:
    """Count servers whose fate is otherwise though nobody decided anew: one remark for each sort, with their ids."""
    found: dict[str, list[str]] = {}
    for server, before, row in _other(since, result, tables):
        message = _undecided(server, before[0], row, since, stated, result)
        if message:
            found.setdefault(message, []).append(server)
    for message, servers in found.items():
        values = {
            "count": len(servers),
            "servers": tuple(servers),
            "life_years": result.problem.scenario.reuse.life_years,
        }
        yield Finding(message, Severity.INFO, values=values)


def _other(since: Plan, result: Result, tables: Tables) -> Iterator[tuple[str, tuple[str, str], Any]]:
    """Servers that both plans know and that serve in no pool by now, with another fate than before."""
    was = {str(row.server): (str(row.fate), text(row.pool)) for row in since.tables["servers"].itertuples(index=False)}
    for row in tables["servers"].itertuples(index=False):
        server = str(row.server)
        before = was.get(server)
        if before is None or before == (str(row.fate), text(row.pool)):
            continue
        if before[0] == "reuse" or server not in result.problem.capacity.existing:
            yield server, before, row


def _undecided(server: str, before: str, row: Any, since: Plan, stated: Inventory, result: Result) -> str:
    """Say what alone made a server's fate another, if nothing but the plan's course or time did; else ``""``.

    A machine that was to be carried to the centre stands there. A machine that serves nowhere, spare before, is past
    ``reuse.life_years`` by now, by the same date of purchase and the same limit.
    """
    rooms = result.problem.inventory["servers"]["room"]
    if before == "relocate" and row.fate == "keep" and rooms[server] != since.inventory["servers"]["room"][server]:
        return CARRIED
    bought = [inventory["servers"]["bought_on"].get(server) for inventory in (since.inventory, stated)]
    limits = {scenario.reuse.life_years for scenario in (since.scenario, result.problem.scenario)}
    if before == "spare" and row.rule == "too-old" and bought[0] == bought[1] and len(limits) == 1:
        return AGED
    return ""


def _why(server: str, before: str, pool: str, row: Any, since: Plan, result: Result, tables: Tables) -> Finding:
    """Why a server joins a pool or no longer does, where no rule refuses it; of any other the reason of its fate."""
    if before == "reuse" and (server, pool) in result.late:
        return why_of("server_late", server, pool=pool)
    if not pool or (before == "reuse" and row.rule != "serviceable"):
        return why_of("server", server, reason={"zh-CN": str(row.reason), "en": str(row.reason_en)})
    allowed = since.facts["stages"]["placement"].get("allowance", {})
    if result.allowance.get(pool, 0.0) > allowed.get(pool, 0.0):
        return why_of("server_packing", server, pool=pool)
    hosts = [int((frames["hosts"]["pool"] == pool).sum()) for frames in (since.tables, tables)]
    demand = [vcpu_of(frames, pool) for frames in (since.tables, tables)]
    if hosts[0] == hosts[1] and abs(demand[0] - demand[1]) < SAME:
        return why_of("server_cost", server, pool=pool, hosts=hosts[1])
    values = {"pool": pool, "hosts_was": hosts[0], "hosts_now": hosts[1], "was": demand[0], "now": demand[1]}
    return why_of("server_hosts", server, **values)
