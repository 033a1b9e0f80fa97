"""Packing a pool: first-fit decreasing at once and, where that is not proved best, balancing on fewer hosts."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt

from cloudplan.demand import Floats
from cloudplan.errors import BadInput, NoAnswer
from cloudplan.findings import Finding
from cloudplan.packing.as_fleet import fleet_of_hosts
from cloudplan.packing.bound import Bound, host_mix_bound
from cloudplan.packing.check import violations
from cloudplan.packing.first_fit import Bins, Indices, close, fill, host_orders, item_orders, repair
from cloudplan.packing.fleet.solve import solve
from cloudplan.packing.problem import Packing, PackingProblem
from cloudplan.packing.resources import Items, items_of
from cloudplan.packing.rules import resolve
from cloudplan.packing.rules.capacity import Capacity
from cloudplan.packing.rules.ha_separation import HaSeparation
from cloudplan.packing.rules.spare_hosts import SpareHosts, largest
from cloudplan.rule import Rule
from cloudplan.state import State

BOUGHT = 1e-3
"""What a bought host counts more than an owned one."""
NOTHING_PROVED = Bound(0.0, {})
"""What holds of any packing: it needs no fewer hosts than none."""
ROUNDS = 4
"""Seatings that balancing tries where first-fit is not proved to be the best."""


def pack(problem: PackingProblem, fewest: bool = True) -> Packing:
    """Find a host for as many workloads as it can, on as few hosts as it can, of these on as few bought ones.

    Parameters
    ----------
    problem
        One pool.
    fewest
        Whether to look for fewer hosts once every workload has one; where not, nothing is proved of their number.

    Returns
    -------
    Packing
        Checked by the rules' own words; workloads may be left over (:func:`unplaced_findings` says why).

    Raises
    ------
    BadInput
        If the rules' options are wrong.
    NoAnswer
        If the answer breaks a rule, which no method here knew how to keep.
    """
    rules, faults = resolve(problem.options)
    if faults:
        raise BadInput(faults)
    items = items_of(problem, rules)
    capacity = _capacity(problem, items)
    empty = Bins(
        items.demand, capacity, _allowed(problem, items, rules), items.groups, items.group_count, _place(problem, rules)
    )
    proof = host_mix_bound(problem) if fewest else NOTHING_PROVED
    least = (proof.value if proof.feasible else 0.0) if fewest else math.inf
    best = _search(empty, capacity, _bought(problem), least)
    if not fewest and len(best.unplaced()):
        proof = host_mix_bound(problem)
    # where a proof says that not all can be seated, nothing better is to be had
    if proof.feasible and not items.clashing.any() and (len(best.unplaced()) or len(best.used()) > least):
        best = _balanced(problem, items, rules, best)
    host_of = {
        problem.workloads[row]: problem.hosts[best.host_of[item]].host
        for item, rows in enumerate(items.members)
        if best.host_of[item] >= 0
        for row in rows
    }
    host_of = {workload: host_of[workload] for workload in problem.workloads if workload in host_of}
    unplaced = tuple(workload for workload in problem.workloads if workload not in host_of)
    broken = violations(problem, end_state(problem, host_of))
    if broken:
        raise NoAnswer(broken)
    if unplaced and fewest:
        proof = host_mix_bound(problem.only(host_of))
    return Packing(problem.pool, host_of, unplaced, len(best.used()), int(proof.value) if fewest else 0)


def end_state(problem: PackingProblem, host_of: dict[str, str]) -> State:
    """Describe the moment when all offered hosts are alive and the workloads stand on ``host_of``."""
    return State(hosts=dict(problem.offered), host_of=host_of)


def unplaced_findings(problem: PackingProblem, packing: Packing) -> tuple[Finding, ...]:
    """Say of each workload that was left over what stood in its way.

    One finding each: pinned to a host that isn't there; no host large enough to be kept as a spare; too large for every
    host, with what it lacks on the nearest; forbidden on every host; or no room left beside the others.
    """
    rules, _ = resolve(problem.options)
    spares = _spares_kept(rules)
    no_spare = spares and bool(problem.hosts) and not _may_carry_load(problem).any()
    items = items_of(problem, rules)
    clashing = {problem.workloads[i] for item in np.flatnonzero(items.clashing) for i in items.members[item]}
    findings = []
    for workload in packing.unplaced:
        reasons = [
            next((why for rule in rules if (why := rule.forbids(problem, (workload, host.host)))), None)
            for host in problem.hosts
        ]
        values: dict[str, Any] = {"workload": workload, "pool": problem.pool, "hosts": len(problem.hosts)}
        pinned = problem.pinned.get(workload)
        large = [why for why in reasons if why is not None and why.rule == Capacity.name()]
        if pinned is not None and pinned not in problem.offered:
            message, values["wanted"] = "packing.unplaced.pinned_host_missing", pinned
        elif no_spare:
            message, values["wanted"] = "packing.unplaced.no_spare", problem.spare_hosts
        elif workload in clashing:
            message = "packing.unplaced.clash"
        elif not all(reasons) or not problem.hosts:
            message = "packing.unplaced.no_room"
        elif large and len(large) >= sum(not host.spare for host in problem.hosts):
            nearest = min(large, key=lambda why: float(why.values["excess"]))
            message, values = nearest.message, {**values, **nearest.values}
        else:
            message = "packing.unplaced.forbidden"
        findings.append(Finding(message, subject=workload, values=values))
    return tuple(findings)


def _capacity(problem: PackingProblem, items: Items) -> Floats:
    kinds = {host.kind: items.capacity(problem.kinds[host.kind], problem.cpu_ratio) for host in problem.hosts}
    return np.array([kinds[host.kind] for host in problem.hosts]).reshape(len(problem.hosts), items.demand.shape[1])


def _allowed(problem: PackingProblem, items: Items, rules: Iterable[Rule[Any]]) -> npt.NDArray[np.bool_]:
    """Say which item may stand on which host; capacity is the bins' own matter."""
    allowed = np.repeat(~items.clashing[:, None], len(problem.hosts), axis=1)
    for rule in rules:
        if isinstance(rule, SpareHosts):
            allowed &= _may_carry_load(problem)
        if type(rule).forbids is Rule.forbids or isinstance(rule, Capacity | SpareHosts):
            continue
        for item, rows in enumerate(items.members):
            for row in rows:
                choices = ((problem.workloads[row], host.host) for host in problem.hosts)
                allowed[item] &= np.array([rule.forbids(problem, choice) is None for choice in choices], dtype=bool)
    return allowed


def _may_carry_load(problem: PackingProblem) -> npt.NDArray[np.bool_]:
    """Say which hosts may carry load so that k of the largest stay empty; none, where k are not there to be kept."""
    open_hosts = np.array([not host.spare for host in problem.hosts], dtype=bool)
    top = set(largest(problem.hosts, problem.kinds))
    wanted = problem.spare_hosts - sum(host.spare for host in problem.hosts if host.host in top)
    pinned = set(problem.pinned.values())
    # better a bought host than an owned one, better none that a workload is pinned to, better the last
    candidates = sorted(
        (i for i, host in enumerate(problem.hosts) if not host.spare and host.host in top),
        key=lambda i: (problem.hosts[i].host in pinned, problem.hosts[i].source != "purchased", -i),
    )
    if wanted > len(candidates):
        return np.zeros(len(problem.hosts), dtype=bool)
    open_hosts[candidates[: max(wanted, 0)]] = False
    return open_hosts


def _place(problem: PackingProblem, rules: Iterable[Rule[Any]]) -> Indices:
    """Give each host the number of its place, a place being what holds one member of an HA group."""
    places = {host: host for host in problem.offered}
    for rule in rules:
        if isinstance(rule, HaSeparation):
            places = rule.places(problem)
    number = {place: i for i, place in enumerate(dict.fromkeys(places.values()))}
    return np.array([number[places[host.host]] for host in problem.hosts], dtype=np.intp)


def _balanced(problem: PackingProblem, items: Items, rules: Iterable[Rule[Any]], best: Bins) -> Bins:
    """Seat everything on fewer hosts, if balancing finds how; bought hosts count a little more than owned ones."""
    loaded = np.flatnonzero(_may_carry_load(problem)) if _spares_kept(rules) else np.arange(len(problem.hosts))
    hosts = tuple(problem.hosts[i] for i in loaded)
    if not hosts:
        return best
    price = {host.host: 1.0 + BOUGHT * (host.source == "purchased") for host in hosts}
    asked = fleet_of_hosts(problem, items, rules, hosts, price)
    found = solve(asked.fleet, rounds=ROUNDS, threads=1).seating
    if len(found.unplaced):
        return best
    host_of = loaded[found.host_of]
    # a rule from outside may forbid what the fleet knows nothing of, and its limits may be a trifle looser
    seated = {
        problem.workloads[r]: problem.hosts[host_of[i]].host for i, rows in enumerate(items.members) for r in rows
    }
    if violations(problem, end_state(problem, seated)):
        return best
    bought, used = _bought(problem), np.unique(host_of)
    if not len(best.unplaced()) and (len(used), bought[used].sum()) >= (len(best.used()), bought[best.used()].sum()):
        return best
    for item in np.flatnonzero(best.host_of >= 0).tolist():
        best.take(item)
    for item, host in enumerate(host_of.tolist()):
        best.put(item, host)
    return best


def _spares_kept(rules: Iterable[Rule[Any]]) -> bool:
    return any(isinstance(rule, SpareHosts) for rule in rules)


def _bought(problem: PackingProblem) -> npt.NDArray[np.bool_]:
    return np.array([host.source == "purchased" for host in problem.hosts], dtype=bool)


def _search(empty: Bins, capacity: Floats, bought: npt.NDArray[np.bool_], least: float) -> Bins:
    """Fill in every order, repair and close hosts; keep the best, and stop where nothing better can exist."""

    def score(bins: Bins) -> tuple[int, int, int]:
        used = bins.used()
        return len(bins.unplaced()), len(used), int(bought[used].sum())

    def perfect(bins: Bins) -> bool:
        return score(bins) <= (0, least, 0)

    # what may stand on one host only must not find it full
    tight = (empty.allowed.sum(axis=1) <= 1).astype(np.intp)
    best, best_score, best_hosts = empty, score(empty), np.arange(len(capacity))
    for hosts in host_orders(capacity, bought):
        for order in item_orders(empty.demand, capacity):
            bins = empty.copy()
            fill(bins, order[np.argsort(-tight[order], kind="stable")], hosts)
            if score(bins) < best_score:
                best, best_score, best_hosts = bins, score(bins), hosts
            if perfect(best):
                return best
    best = best.copy()
    repair(best, best_hosts)
    return close(best, best_hosts, least)
