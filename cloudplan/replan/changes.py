"""What a plan changes of the one it follows, and why: the rows of ``changes.csv``."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace

import pandas as pd

from cloudplan.bundle import COLUMNS, Plan
from cloudplan.findings import Finding
from cloudplan.i18n import LANGUAGES, say, words
from cloudplan.inventory import Inventory
from cloudplan.migration.calendar import window_at, windows
from cloudplan.migration.moves import Move, SingleMoveRule
from cloudplan.migration.rules import resolve
from cloudplan.placement.decided import decided_of
from cloudplan.placement.dispositions import ground
from cloudplan.placement.rules import PlacementRule
from cloudplan.replan.change import SAME, Change, joined, vcpu_of, why_of
from cloudplan.replan.inputs import INPUTS, changed_cells
from cloudplan.replan.read import filled, text
from cloudplan.replan.servers import AGED, CARRIED, server_changes
from cloudplan.replan.worth import Worth
from cloudplan.rule import titled
from cloudplan.tables import Result


def changes_of(
    since: Plan,
    inventory: Inventory,
    result: Result,
    rules: Sequence[PlacementRule],
    tables: Mapping[str, pd.DataFrame],
    late: Collection[tuple[str, str]] = (),
) -> pd.DataFrame:
    """Compare a plan with the one it follows.

    Parameters
    ----------
    since
        The plan before.
    inventory
        As the user keeps it, before what the plan had done was entered.
    result, rules, tables
        The new plan: what its stages answered, the rules of placement, its tables.
    late
        Pairs (server, pool) that were had for no wave in time.
    """
    listed = [
        *_systems(since, inventory, result, rules, tables, late),
        *server_changes(since, inventory, result, tables),
        *_waves(result),
        *_purchases(since, result, tables),
        *_rooms(since, tables),
    ]
    frame = pd.DataFrame([change.row() for change in listed], columns=list(COLUMNS["changes"]))
    return frame.astype(object).where(frame.notna(), "").reset_index(drop=True)


def _fates(tables: Mapping[str, pd.DataFrame]) -> dict[str, tuple[str, str]]:
    """Disposition of each system, and its pools or else its target."""
    return {
        str(row.system): (str(row.disposition), text(row.pool) or text(row.target))
        for row in tables["dispositions"].itertuples(index=False)
    }


def _systems(
    since: Plan,
    inventory: Inventory,
    result: Result,
    rules: Sequence[PlacementRule],
    tables: Mapping[str, pd.DataFrame],
    late: Collection[tuple[str, str]],
) -> Iterator[Change]:
    was, now = _fates(since.tables), _fates(tables)
    worth = Worth(result.problem, rules, result.refusals, result.placed.state, late)
    for system in dict.fromkeys((*was, *now)):
        before, after = was.get(system), now.get(system)
        if before == after:
            continue
        if before is None or after is None:
            cause = "new" if before is None else "gone"
            yield Change("system", system, joined(before), joined(after), cause, why_of(cause, system))
            continue
        found = _altered(system, before, after, result, worth)
        if found is not None:
            yield replace(found, cells=changed_cells(since.inventory, inventory, system))


def _altered(
    system: str, before: tuple[str, str], after: tuple[str, str], result: Result, worth: Worth
) -> Change | None:
    """Why a system that both plans know does something else; ``None`` where it only got where it was to be."""
    problem, options = result.problem, result.problem.options[system]

    def change(cause: str, why: Finding, rule: str = "", gain: float | None = None) -> Change:
        return Change("system", system, joined(before), joined(after), cause, why, rule, gain)

    if options.rule == "pooled":
        return change("shown", why_of("shown", system, pool=after[1])) if after[1] != before[1] else None
    if before[0] not in options.allowed:
        reason = {language: words(options.reason, language) for language in LANGUAGES}
        return change("options", why_of("options", system, decided=ground(options.rule), reason=reason), options.rule)
    refused = _refused(system, result)
    if refused is not None:
        reason = {language: words(refused, language) for language in LANGUAGES}
        why = why_of("refused", system, rule=titled(refused.check, "placement"), reason=reason)
        return change("refused", why, refused.check)
    if system not in decided_of(problem):
        return change("options", why_of("not_offered", system))
    gain, price = worth.gain(system), worth.price(system)
    if gain is None:
        return change("no_room", why_of("no_room", system))
    if gain > price - 1.0:
        return change("chosen", why_of("chosen", system, gain=gain, price=price), gain=gain)
    return change("follows", why_of("cut", system), gain=gain)


def _refused(system: str, result: Result) -> Finding | None:
    """What a rule says against the place that was decided for a system, where every zone of it is refused."""
    problem = result.problem
    if system not in decided_of(problem):
        return None
    decided, pools = decided_of(problem)[system]
    for name, pool in pools.items():
        said = [
            result.refusals.candidate[i]
            for i in problem.by_component[name]
            if (problem.candidates[i].disposition, problem.candidates[i].pool) == (decided, pool)
        ]
        if said and all(said):
            return said[0][0]
    return None


def _waves(result: Result) -> Iterator[Change]:
    """Systems that go where they were to go, but at another time."""
    asked = result.asked
    singles = [rule for rule in resolve(asked.rule_options)[0] if isinstance(rule, SingleMoveRule)]
    moving = {m.system: m for m in asked.systems}
    listed = {window.starts for window in windows(asked.options)}
    for system, planned in asked.planned.items():
        cutover = result.moves.cutovers.get(system)
        if cutover is None or cutover.starts == planned:
            continue
        window = window_at(asked.options, planned)
        said = (rule.forbids(asked, Move(moving[system], window)) for rule in singles)
        refused = next((finding for finding in said if finding is not None), None)
        names = (planned.isoformat(sep=" ", timespec="minutes"), cutover.starts.isoformat(sep=" ", timespec="minutes"))
        if refused is not None:
            reason = {language: words(refused, language) for language in LANGUAGES}
            why = why_of("window_refused", system, reason=reason)
            yield Change("wave", system, names[0], names[1], "refused", why, refused.check)
        elif planned not in listed:
            yield Change("wave", system, names[0], names[1], "follows", why_of("no_window", system))
        elif cutover.starts < planned:
            yield Change("wave", system, names[0], names[1], "follows", why_of("wave_earlier", system))
        else:
            yield Change("wave", system, names[0], names[1], "follows", why_of("wave_later", system))


def _purchases(since: Plan, result: Result, tables: Mapping[str, pd.DataFrame]) -> Iterator[Change]:
    """Hosts bought in all, those delivered since included, by pool and type."""
    was, now = _bought(since.tables), _bought(tables)
    today = result.problem.scenario.today
    for row in since.tables["purchases"].itertuples(index=False):
        if dt.date.fromisoformat(str(row.ready_on)) <= today:
            key = (str(row.pool), str(row.host_type))
            now[key] = now.get(key, 0) + int(str(row.count))
    for pool, kind in dict.fromkeys((*was, *now)):
        before, after = was.get((pool, kind), 0), now.get((pool, kind), 0)
        if before != after:
            demand = (vcpu_of(since.tables, pool), vcpu_of(tables, pool))
            cause = "purchase" if abs(demand[0] - demand[1]) >= SAME else "purchase_hosts"
            why = why_of(cause, pool, pool=pool, kind=kind, was=demand[0], now=demand[1])
            yield Change("purchase", f"{pool} {kind}", str(before), str(after), "follows", why)


def _bought(tables: Mapping[str, pd.DataFrame]) -> dict[tuple[str, str], int]:
    out: dict[tuple[str, str], int] = {}
    for row in tables["purchases"].itertuples(index=False):
        key = (str(row.pool), str(row.host_type))
        out[key] = out.get(key, 0) + int(str(row.count))
    return out


def _rooms(since: Plan, tables: Mapping[str, pd.DataFrame]) -> Iterator[Change]:
    was, now = ({str(r.room): r for r in t["rooms"].itertuples(index=False)} for t in (since.tables, tables))
    for room, row in now.items():
        if room not in was or text(was[room].closes_on) == text(row.closes_on):
            continue
        if filled(row.closes_on):
            why = why_of("room_closes", room, date=str(row.closes_on))
        else:
            why = why_of("room_open", room, reason={"zh-CN": str(row.why_not), "en": str(row.why_not_en)})
        yield Change("room", room, text(was[room].closes_on), text(row.closes_on), "follows", why)


def summary(plan: Plan, language: str) -> str:
    """Say in one sentence how much a plan changes of the one it follows."""
    apart = [words(finding, language) for finding in plan.findings if finding.message in (CARRIED, AGED, INPUTS)]
    return say("replan.summary.join", language).join([_counted(plan, language), *apart])


def _counted(plan: Plan, language: str) -> str:
    frame = plan.tables["changes"]
    if frame.empty:
        return say("replan.summary.none", language, gap=float(plan.facts["gap"]))
    counts = {what: int((frame["what"] == what).sum()) for what in ("system", "server", "wave", "purchase", "room")}
    causes = frame[frame["what"] == "system"]["cause"]
    members = int(causes.isin(["new", "gone"]).sum())
    chosen = int((causes == "chosen").sum())
    return say(
        "replan.summary.counted",
        language,
        systems=counts["system"],
        forced=len(causes) - members - chosen,
        chosen=chosen,
        members=members,
        servers=counts["server"],
        waves=counts["wave"],
        purchases=counts["purchase"],
        rooms=counts["room"],
    )
