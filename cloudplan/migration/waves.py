"""In which order, when, which room closes, what is bought when: :func:`plan_waves`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from cloudplan.errors import BadInput, NoAnswer
from cloudplan.findings import Finding, Severity, errors_in
from cloudplan.migration.check import violations
from cloudplan.migration.closures import closures
from cloudplan.migration.clusters import NOBODY, Spared, clusters
from cloudplan.migration.estate import earliest
from cloudplan.migration.fitting import Pack
from cloudplan.migration.problem import MigrationPlan, MigrationProblem, Wave
from cloudplan.migration.purchases import purchase_findings, purchases
from cloudplan.migration.rules import resolve
from cloudplan.migration.schedule import Schedule, Scheduler
from cloudplan.migration.soft import held, least_missed, missed, penalties
from cloudplan.packing.pack import pack as pack_pool
from cloudplan.rule import Rule
from cloudplan.state import Cutover, Host, State

PASSES = 4
"""Most passes over the windows."""


def plan_waves(problem: MigrationProblem, *, pack: Pack = pack_pool) -> MigrationPlan:
    """Plan the waves by list scheduling, in order of time and priority; deterministic.

    Windows are filled one after another. Clusters of systems (:mod:`cloudplan.migration.clusters`) go in this order:
    what is only switched off, for it frees servers; lower levels; those in rooms nearest to being empty; small ones. A
    cluster moves where every rule allows it and its workloads find a host beside those already there. If systems are
    left over for want of hosts, those of them that hold servers the pools wait for go first in another pass, up to
    :data:`PASSES` in all, and the best pass counts. If systems are left over still, soft rules are missed for them
    (:mod:`cloudplan.migration.soft`).

    Parameters
    ----------
    problem
        The migration.
    pack
        What packs a pool, where interim hosts are not found by simpler means.

    Returns
    -------
    MigrationPlan
        Checked by the rules' own words. Systems without a wave are in ``unscheduled``, each with an error; what is
        missed of soft rules is in ``penalties``, each miss with a warning.

    Raises
    ------
    BadInput
        If the rules' options are wrong.
    NoAnswer
        If the answer breaks a hard rule, which no method here knew how to keep.
    """
    rules, faults = resolve(problem.rule_options)
    if faults:
        raise BadInput(faults)
    binding = held(rules)

    def plan_of(spared: Spared) -> MigrationPlan:
        return _plan(problem, scheduled(problem, binding, pack, spared), rules)

    plan = least_missed(problem, binding, plan_of)
    broken = errors_in(violations(problem, plan, rules))
    if broken:
        raise NoAnswer(broken)
    return replace(plan, findings=(*plan.findings, *missed(problem, rules, plan)))


def scheduled(
    problem: MigrationProblem, rules: Iterable[Rule[MigrationProblem]], pack: Pack, spared: Spared = NOBODY
) -> Schedule:
    """Pass over the windows up to :data:`PASSES` times, and take the pass that leaves fewest systems over."""
    rules = tuple(rules)
    best = passed = Scheduler(problem, rules, pack, spared=spared).run()
    first: frozenset[str] = frozenset()
    for _ in range(PASSES - 1):
        if not passed.holding - first:
            break
        first |= passed.holding
        passed = Scheduler(problem, rules, pack, first, spared).run()
        best = passed if len(passed.left) < len(best.left) else best
    return best


def _plan(problem: MigrationProblem, schedule: Schedule, rules: Iterable[Rule[MigrationProblem]]) -> MigrationPlan:
    facts = {m.system: m for m in problem.systems}
    waves = tuple(
        Wave(n, step.window.starts, step.window.ends, step.window.rollback_by, step.systems)
        for n, step in enumerate(schedule.steps, start=1)
    )
    cutovers = {
        system: Cutover(wave.wave, wave.starts, facts[system].outage_hours) for wave in waves for system in wave.systems
    }
    needed = _needed(problem, schedule)
    dates = {**schedule.ready, **{h: needed.get(h, earliest(problem, host)) for h, host in _bought(problem)}}
    hosts = {h: replace(host, available_from=dates.get(h)) for h, host in problem.hosts.items()}
    bought = purchases(problem, needed)
    findings = (
        *schedule.findings,
        *_large_clusters(problem, waves),
        *_long_outages(problem, cutovers),
        *purchase_findings(problem, bought),
        *_unneeded(problem, needed),
        *_interim(problem, schedule),
    )
    plan = MigrationPlan(
        waves=waves,
        cutovers=cutovers,
        hosts=hosts,
        states=tuple(_states(problem, schedule, cutovers, hosts, needed)),
        closures=closures(problem, waves),
        purchases=bought,
        unscheduled=schedule.left,
        findings=findings,
    )
    return replace(plan, penalties=penalties(problem, rules, plan))


def _bought(problem: MigrationProblem) -> Iterator[tuple[str, Host]]:
    return ((name, host) for name, host in problem.hosts.items() if host.source == "purchased")


def _needed(problem: MigrationProblem, schedule: Schedule) -> dict[str, dt.date]:
    """First day on which each host bears load, or is a spare of a pool that does."""
    first: dict[str, dt.date] = {}
    for step in schedule.steps:
        for moment in step.pools.values():
            spares = moment.spares if moment.host_of else ()
            for host in (*moment.host_of.values(), *spares):
                first.setdefault(host, step.window.starts.date())
    return first


def _states(
    problem: MigrationProblem,
    schedule: Schedule,
    cutovers: dict[str, Cutover],
    hosts: dict[str, Host],
    needed: dict[str, dt.date],
) -> Iterator[State]:
    """Yield the estate after each wave.

    Its date is the day on which the window opened, for from then on the pools carry the wave's systems.
    """
    disposition = {m.system: m.disposition for m in problem.systems}
    for wave, step in enumerate(schedule.steps, start=1):
        day = step.window.starts.date()
        moved = {system: cutover for system, cutover in cutovers.items() if cutover.wave <= wave}
        seats = {c: problem.seats[c] for c, (s, _) in problem.components.items() if s in moved and c in problem.seats}
        alive: dict[str, Host] = {}
        host_of: dict[str, str] = {}
        for moment in step.pools.values():
            host_of |= moment.host_of
            for names, spare in ((moment.bearing, False), (moment.spares, True)):
                for name in names:
                    # a host is bought for the day it is first needed, not before
                    if hosts[name].source != "purchased" or needed.get(name, dt.date.max) <= day:
                        alive[name] = replace(hosts[name], spare=spare)
        yield State(
            date=day,
            dispositions={system: disposition[system] for system in moved},
            seats=seats,
            hosts=alive,
            host_of=host_of,
            cutovers=moved,
        )


def _large_clusters(problem: MigrationProblem, waves: Sequence[Wave]) -> Iterator[Finding]:
    most, alone = problem.options.systems_per_wave, {wave.systems for wave in waves}
    for cluster in clusters(problem):
        if len(cluster.systems) > most and cluster.systems in alone:
            values = {"systems": cluster.systems, "count": len(cluster.systems), "most": most}
            yield Finding("migration.large_cluster", Severity.WARNING, cluster.systems[0], "crew", values)


def _long_outages(problem: MigrationProblem, cutovers: dict[str, Cutover]) -> Iterator[Finding]:
    """Systems that are carried to the centre and are down for longer on the way than the survey says they bear."""
    for moving in problem.systems:
        if moving.system in cutovers and moving.bears_hours is not None and moving.outage_hours > moving.bears_hours:
            values = {"hours": moving.outage_hours, "allowed": moving.bears_hours}
            yield Finding("migration.carried_outage", Severity.WARNING, moving.system, "windows", values)


def _unneeded(problem: MigrationProblem, needed: dict[str, dt.date]) -> Iterator[Finding]:
    pools: dict[str, list[str]] = {}
    for name, host in _bought(problem):
        if name not in needed:
            pools.setdefault(host.pool, []).append(name)
    for pool, names in pools.items():
        values = {"pool": pool, "hosts": tuple(names), "count": len(names)}
        yield Finding("migration.purchase.unneeded", Severity.INFO, pool, values=values)


def _interim(problem: MigrationProblem, schedule: Schedule) -> Iterator[Finding]:
    """Count, pool by pool, the workloads that for a time stand on another host than their final one."""
    pools: dict[str, set[str]] = {}
    for step in schedule.steps:
        for pool, moment in step.pools.items():
            away = {w for w, host in moment.host_of.items() if problem.packing.get(w, host) != host}
            pools.setdefault(pool, set()).update(away)
    for pool, away in pools.items():
        if away:
            yield Finding("migration.interim", Severity.INFO, pool, values={"pool": pool, "count": len(away)})
