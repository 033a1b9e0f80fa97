"""The decision about one thing in a state: a key to compare by, and its words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable
from dataclasses import dataclass

from cloudplan.explain.changes import fate, place
from cloudplan.explain.view import View
from cloudplan.explain.words import Both, listed, said
from cloudplan.placement.problem import PlacementProblem
from cloudplan.placement.readback import dispositions_of
from cloudplan.state import State


@dataclass(frozen=True)
class Standing:
    """What is decided about a thing.

    Parameters
    ----------
    key
        Equal where the decision is the same.
    words
        The decision, to stand inside a sentence.
    """

    key: Hashable
    words: Both


def standing(view: View, problem: PlacementProblem, state: State, kind: str, subject: str) -> Standing:
    """Say what a state decides about a system, component, workload, server, room, pool or host."""
    if kind == "workload":
        system = str(view.plan.inventory["workloads"].at[subject, "system"])
        own = (c.component for c in problem.components.values() if subject in c.workloads)
        name = next(own, None)
        return _system(view, problem, state, system) if name is None else _component(view, problem, state, name)
    if kind == "component":
        return _component(view, problem, state, subject)
    if kind == "server":
        return _server(view, problem, state, subject)
    if kind == "room":
        is_open = problem.inventory["rooms"].at[subject, "kind"] != "department" or subject in problem.rooms_open(
            problem.taken(state)
        )
        return Standing(is_open, said(f"explain.decision.room_{'open' if is_open else 'closed'}"))
    if kind in ("pool", "host"):
        host = state.hosts.get(subject) if kind == "host" else None
        pool = subject if kind == "pool" else "" if host is None else host.pool
        counted = Counter(host.source for host in state.hosts.values() if host.pool == pool)
        count = sum(counted.values())
        return Standing(
            tuple(sorted(counted.items())), said("explain.decision.hosts", count=count, bought=counted["purchased"])
        )
    if kind == "department":
        systems = problem.inventory["systems"]
        own_systems = [s for s in problem.options if systems.at[s, "department"] == subject]
        fates = dispositions_of(problem, state)
        stay = sum(fates[s][0] in ("KEEP", "NEED_SUPERIOR") for s in own_systems if s in fates)
        key = tuple((s, fates.get(s)) for s in own_systems)
        return Standing(key, said("explain.decision.department", count=len(own_systems), stay=stay))
    return _system(view, problem, state, subject)


def _system(view: View, problem: PlacementProblem, state: State, system: str) -> Standing:
    decided = dispositions_of(problem, state).get(system)
    pools = [state.seats[c].pool if c in state.seats else "" for c in problem.of_system[system]]
    if decided is None:
        return Standing(None, said("explain.system.undecided"))
    named = [view.pool(pool) for pool in dict.fromkeys(pools) if pool]
    words = fate(view, decided)
    if named and decided[0] not in ("KEEP", "NEED_SUPERIOR"):
        words = said("explain.decision.in_pools", fate=words, pools=listed(named))
    return Standing((decided, tuple(pools)), words)


def _component(view: View, problem: PlacementProblem, state: State, component: str) -> Standing:
    decided = dispositions_of(problem, state).get(problem.components[component].system, ("", ""))
    seat = state.seats.get(component)
    pool = "" if seat is None else seat.pool
    return Standing(
        (decided, pool), said("explain.decision.in_pools", fate=fate(view, decided), pools=place(view, pool))
    )


def _server(view: View, problem: PlacementProblem, state: State, server: str) -> Standing:
    if server in state.hosts:
        pool = state.hosts[server].pool
        return Standing(("reuse", pool), said("explain.decision.reused", pool=view.pool(pool)))
    pools = problem.capacity.pools
    on = {pools[state.seats[c.component].pool].kind for c in problem.components.values()
          if server in c.servers and c.component in state.seats}  # fmt: skip
    what = "kept" if "today" in on else "carried" if "colocation" in on else "free"
    return Standing((what, ""), said(f"explain.decision.{what}"))
