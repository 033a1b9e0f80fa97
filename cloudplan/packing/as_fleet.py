"""A pool's question in numbers: workloads as items, hosts by size and price, as :mod:`cloudplan.packing.fleet` asks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from cloudplan.demand import Floats
from cloudplan.packing.fleet.question import Apart, Fleet, Ints, Racks
from cloudplan.packing.problem import PackingProblem
from cloudplan.packing.resources import Items
from cloudplan.packing.rules.ha_separation import HaSeparation
from cloudplan.packing.rules.pinned import Pinned
from cloudplan.rule import Rule
from cloudplan.state import Host

PRICES_DIGITS = 9
"""Digits by which two prices are told apart."""


@dataclass(frozen=True, eq=False)
class Translated:
    """A fleet, and what its types and standing hosts are called.

    Parameters
    ----------
    fleet
        In the order of ``items.members``.
    kinds
        Kinds of host in each type, each with the number that may be had.
    hosts
        The standing hosts.
    """

    fleet: Fleet
    kinds: tuple[Mapping[str, int], ...]
    hosts: tuple[Host, ...]

    def by_kind(self, loaded: Ints) -> dict[str, int]:
        """Give the hosts of each type to its kinds, in the order offered."""
        mix: dict[str, int] = {}
        for kinds, left in zip(self.kinds, loaded.tolist(), strict=True):
            for kind, offered in kinds.items():
                taken = min(left, offered)
                left -= taken
                if taken:
                    mix[kind] = mix.get(kind, 0) + taken
        return mix


def fleet_of_kinds(
    problem: PackingProblem,
    items: Items,
    rules: Iterable[Rule[Any]],
    offered: Mapping[str, int],
    price: Mapping[str, float],
) -> Translated:
    """Offer hosts by kind, none of them standing; hosts to which a workload is pinned are types of their own."""
    pinned = _pinned(problem, rules)
    pinned_hosts = sorted({host for host in pinned.values() if host in problem.offered})
    left = dict(offered)
    types: dict[tuple[object, ...], dict[str, int]] = {}
    for host in pinned_hosts:
        kind = problem.offered[host].kind
        if left.get(kind, 0) > 0:
            left[kind] -= 1
            types[("pinned", host)] = {kind: 1}
    for kind, count in left.items():
        size = items.capacity(problem.kinds[kind], problem.cpu_ratio)
        if count > 0:
            key = (*size.tolist(), round(price[kind], PRICES_DIGITS))
            types.setdefault(key, {}).setdefault(kind, 0)
            types[key][kind] += count
    return _translated(problem, items, pinned, list(types), list(types.values()), price, ())


def fleet_of_hosts(
    problem: PackingProblem,
    items: Items,
    rules: Iterable[Rule[Any]],
    hosts: tuple[Host, ...],
    price: Mapping[str, float],
) -> Translated:
    """Offer single hosts, all of them standing; ``price`` is by host.

    Where members of a group are kept apart by rack or room, each host stands in its own.
    """
    listed = tuple(rules)
    pinned = _pinned(problem, listed)
    keys: list[tuple[object, ...]] = []
    for host in hosts:
        size = items.capacity(problem.kinds[host.kind], problem.cpu_ratio)
        its = host.host if host.host in pinned.values() else ""
        keys.append((its, *size.tolist(), round(price[host.host], PRICES_DIGITS)))
    types = list(dict.fromkeys(keys))
    number = {key: i for i, key in enumerate(types)}
    standing = np.array([number[key] for key in keys], dtype=np.int64)
    kinds = [{hosts[int(np.flatnonzero(standing == i)[0])].kind: int((standing == i).sum())} for i in range(len(types))]
    by_type = {i: price[hosts[int(np.flatnonzero(standing == i)[0])].host] for i in range(len(types))}
    places: Mapping[str, str] = {}
    for rule in listed:
        if isinstance(rule, HaSeparation):
            places = rule.places(problem)
    named = [("pinned", key[0]) if key[0] else key for key in types]
    return _translated(problem, items, pinned, named, kinds, by_type, hosts, standing, places)


def _pinned(problem: PackingProblem, rules: Iterable[Rule[Any]]) -> dict[str, str]:
    """Give the host of each pinned workload, where the rule is on."""
    if not any(isinstance(rule, Pinned) for rule in rules):
        return {}
    return {workload: problem.pinned[workload] for workload in problem.workloads if workload in problem.pinned}


def _translated(
    problem: PackingProblem,
    items: Items,
    pinned: Mapping[str, str],
    types: list[tuple[object, ...]],
    kinds: list[dict[str, int]],
    price: Mapping[Any, float],
    hosts: tuple[Host, ...],
    standing: Ints | None = None,
    places: Mapping[str, str] | None = None,
) -> Translated:
    one_of = [next(iter(of)) for of in kinds]
    size = np.array([items.capacity(problem.kinds[kind], problem.cpu_ratio) for kind in one_of]).reshape(len(types), -1)
    demand: Floats = items.demand
    if demand.shape[1] == 0:
        demand, size = np.zeros((len(items.members), 1)), np.ones((len(types), 1))
    allowed = np.ones((len(items.members), len(types)), np.bool_)
    for item, rows in enumerate(items.members):
        for workload in (problem.workloads[row] for row in rows):
            if workload in pinned:
                allowed[item] &= np.array([key[:2] == ("pinned", pinned[workload]) for key in types], dtype=np.bool_)
    by_group: dict[int, list[int]] = {}
    for item, groups in enumerate(items.groups):
        for group in groups:
            by_group.setdefault(group, []).append(item)
    racks, standing_rack, by_rack = None, np.zeros(0, np.int64), False
    if places:
        number = {place: i for i, place in enumerate(dict.fromkeys(places[host.host] for host in hosts))}
        by_rack = len(number) < len(hosts)
        if by_rack:
            racks = Racks(np.zeros(len(number), np.int64), np.inf, np.inf)
            standing_rack = np.array([number[places[host.host]] for host in hosts], dtype=np.int64)
    fleet = Fleet(
        demand=demand,
        size=size,
        price=np.array([price[i if hosts else kind] for i, kind in enumerate(one_of)]),
        most=np.array([sum(of.values()) for of in kinds], dtype=np.int64),
        apart=tuple(
            Apart(tuple(members), "rack" if by_rack else "host") for members in by_group.values() if len(members) > 1
        ),
        allowed=allowed,
        racks=racks,
        standing=np.zeros(0, np.int64) if standing is None else standing,
        standing_rack=standing_rack,
    )
    return Translated(fleet, tuple(kinds), hosts)
