"""The words of every rule over a state, or over all states of a plan; nothing here is shared with the heuristic."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

import numpy as np

from cloudplan.findings import Finding
from cloudplan.migration.estate import carries_hosts, standing
from cloudplan.migration.moves import movers
from cloudplan.migration.problem import MigrationPlan, MigrationProblem
from cloudplan.migration.rules import resolve
from cloudplan.packing.problem import PackingProblem
from cloudplan.packing.rules.capacity import Capacity
from cloudplan.packing.rules.ha_separation import HaSeparation
from cloudplan.packing.rules.spare_hosts import SpareHosts
from cloudplan.rule import Rule
from cloudplan.state import State


def violations(
    problem: MigrationProblem,
    answer: MigrationPlan | State,
    rules: Iterable[Rule[MigrationProblem]] | None = None,
) -> tuple[Finding, ...]:
    """Judge one moment, or every moment of a plan.

    Parameters
    ----------
    problem
        The migration.
    answer
        A state; or a plan, of which also the single hosts are checked (packing's capacity, HA separation, spare hosts)
        and that every system has moved or is listed as unscheduled.
    rules
        Rules to judge by; those of ``problem.rule_options`` where absent.

    Returns
    -------
    tuple of Finding
        What is broken; of what stays broken from wave to wave, the first time. What a soft rule misses is a warning;
        of a plan its last state is judged, which looks back on every cutover.
    """
    listed = resolve(problem.rule_options)[0] if rules is None else tuple(rules)
    if isinstance(answer, State):
        return tuple(rule.softly(finding) for rule in listed for finding in rule.violations(problem, answer))
    found: dict[tuple[str, str, str], Finding] = {}
    packed = "capacity-after-step" in {rule.name() for rule in listed}
    hard = [rule for rule in listed if rule.soft is None]
    for state in answer.states:
        for finding in (*violations(problem, state, hard), *(_packed(problem, state) if packed else ())):
            found.setdefault((finding.message, finding.subject, finding.rule), finding)
    soft = [rule for rule in listed if rule.soft is not None]
    missed = [said for state in answer.states[-1:] for said in violations(problem, state, soft)]
    lost = [
        Finding("migration.lost", subject=m.system)
        for m in movers(problem)
        if (m.system in answer.cutovers) == (m.system in answer.unscheduled)
    ]
    return (*found.values(), *missed, *lost)


def _packed(problem: MigrationProblem, state: State) -> Iterator[Finding]:
    """Judge the single hosts of each pool."""
    demand = problem.demand
    row = demand.position()
    already = standing(problem)
    for name, pool in problem.pools.items():
        if not carries_hosts(problem, name):
            continue
        seated = [c for c, seat in state.seats.items() if seat.pool == name and c in problem.components]
        present = [w for c in seated for w in problem.components[c][1]]
        present += [w for w, host in already.items() if problem.hosts[host].pool == name]
        hosts = {h: host for h, host in state.hosts.items() if host.pool == name}
        for workload in present:
            if state.host_of.get(workload) not in hosts:
                yield Finding("migration.homeless", subject=workload, values={"pool": name, "date": state.date})
        rows = np.array([row[w] for w in present], dtype=np.intp)
        question = PackingProblem(
            pool=name,
            workloads=tuple(present),
            cpu_use=demand.cpu_use[rows],
            vcpu=demand.vcpu[rows],
            memory_gib=demand.memory_gib[rows],
            mbps=demand.mbps[rows],
            cpu_ratio=pool.cpu_ratio,
            ha_group=tuple(problem.ha_group.get(w) for w in present),
            hosts=tuple(hosts.values()),
            kinds=problem.kinds,
            spare_hosts=sum(host.spare for host in problem.hosts.values() if host.pool == name),
        )
        here = replace(state, host_of={w: h for w, h in state.host_of.items() if h in hosts})
        for rule in (Capacity(), HaSeparation(), SpareHosts()):
            yield from rule.violations(question, here)
