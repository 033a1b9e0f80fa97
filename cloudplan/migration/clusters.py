"""Clusters of systems that move in one wave, and the order between them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass

import networkx as nx

from cloudplan.migration.estate import bound_in_order, bound_together, carried_after, carried_together
from cloudplan.migration.moves import movers
from cloudplan.migration.problem import MigrationProblem

BINDING = frozenset({"together", "order", "carried"})
"""Rules that bind systems to each other."""
Spared = Mapping[str, Collection[str]]
"""Rule → systems that it doesn't bind, though it binds the others."""
NOBODY: Spared = {}


@dataclass(frozen=True, slots=True)
class Cluster:
    """Systems that share a wave.

    Parameters
    ----------
    systems
        Their ids, in the problem's order.
    after
        Positions of the clusters that move earlier or in the same wave.
    """

    systems: tuple[str, ...]
    after: tuple[int, ...] = ()


def clusters(
    problem: MigrationProblem, rules: Collection[str] = BINDING, spared: Spared = NOBODY
) -> tuple[Cluster, ...]:
    """Group the systems that move, in the order of their first member.

    ``then`` may move with ``first`` or later, so a cycle of such pairs leaves only the same wave: each strongly
    connected set of clusters is one cluster.

    Parameters
    ----------
    problem
        The migration.
    rules
        Names of the rules that hold; those that bind systems are asked for their pairs.
    spared
        Systems that one of these doesn't bind to any other.
    """
    ids = [m.system for m in movers(problem)]
    place = {system: i for i, system in enumerate(ids)}
    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_nodes_from(ids)
    shared = _held("together", bound_together(problem), rules, spared)
    shared += _held("carried", carried_together(problem), rules, spared)
    ordered = _held("order", bound_in_order(problem), rules, spared)
    ordered += _held("carried", carried_after(problem), rules, spared)
    graph.add_edges_from(ordered)
    graph.add_edges_from(edge for a, b in shared for edge in ((a, b), (b, a)))
    groups = [sorted(group, key=place.__getitem__) for group in nx.strongly_connected_components(graph)]
    groups.sort(key=lambda group: place[group[0]])
    home = {system: i for i, group in enumerate(groups) for system in group}
    after: list[set[int]] = [set() for _ in groups]
    for first, then in ordered:
        if home[first] != home[then]:
            after[home[then]].add(home[first])
    return tuple(Cluster(tuple(g), tuple(sorted(a))) for g, a in zip(groups, after, strict=True))


def _held(
    rule: str, pairs: tuple[tuple[str, str], ...], rules: Collection[str], spared: Spared
) -> tuple[tuple[str, str], ...]:
    free = frozenset(spared.get(rule, ()))
    return tuple(pair for pair in pairs if free.isdisjoint(pair)) if rule in rules else ()


def planned_start(problem: MigrationProblem, cluster: Cluster, first: frozenset[str]) -> dt.datetime:
    """When an earlier plan meant the last of a cluster to move; any time where it didn't say or one can't wait."""
    planned = problem.planned.keys() & set(cluster.systems)
    at_once = not planned or first.intersection(cluster.systems)
    return dt.datetime.min if at_once else max(problem.planned[system] for system in planned)
