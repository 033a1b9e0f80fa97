"""Why this and not that: one thing of a plan explained, from the plan's own inputs and its tables."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache

from cloudplan.bundle import Plan
from cloudplan.errors import BadInput, Usage
from cloudplan.explain.department import explain_department
from cloudplan.explain.flips import explain_sensitivity
from cloudplan.explain.force import explain_force
from cloudplan.explain.forced import Progress
from cloudplan.explain.host import explain_host
from cloudplan.explain.pool import explain_pool
from cloudplan.explain.room import explain_room
from cloudplan.explain.server import explain_server
from cloudplan.explain.system import explain_alone, explain_system
from cloudplan.explain.view import View
from cloudplan.explain.words import Explanation, Section, said
from cloudplan.explain.workload import explain_workload
from cloudplan.findings import Finding
from cloudplan.inventory.cells import closest_ids

__all__ = ["Explanation", "explain"]

SUGGESTED = 3
"""Ids that are suggested for an unknown one."""

BY_POOL = frozenset({"system", "component", "workload", "server"})
"""Kinds of thing of which it is said, pool by pool, why not."""

How = Callable[[View, str, str | None], Iterator[Section]]


def explain(
    plan: Plan,
    subject: str,
    pool: str | None = None,
    force: Sequence[str] = (),
    sensitivity: bool = False,
    progress: Progress | None = None,
    at_once: bool = False,
) -> Explanation:
    """Explain one thing of a plan.

    Parameters
    ----------
    plan
        The plan; its problem is rebuilt from its own inputs.
    subject
        Id of a system, component, workload, server, department, room, pool or host.
    pool
        The only pool of which it is said why not.
    force
        Moves to judge instead, each ``X=POOL`` (a component or a system, and the pool to which it is sent).
    sensitivity
        Whether to say instead which inputs flip the decision.
    progress
        Told the id and the values of a message whenever a step begins.
    at_once
        Whether forced moves are judged at once only, without solving the whole again.

    Raises
    ------
    BadInput
        If the plan has no such thing or no such pool.
    Usage
        If a pool is asked about for a thing of which nothing is said pool by pool, or more is asked than one answer
        can hold.
    Infeasible
        If no plan makes a forced move; with the rules that refuse it.
    NoAnswer
        If a limit ran out while it was decided anew.
    """
    view = _seen(plan)
    tell = progress or (lambda message, values: None)
    if sum((pool is not None, bool(force), sensitivity)) > 1:
        raise Usage([Finding("explain.one_question")])
    if at_once and not force:
        raise Usage([Finding("explain.at_once_without_force")])
    known: dict[str, tuple[How, list[str]]] = {
        "system": (explain_system, list(view.problem.options)),
        "component": (explain_alone, list(view.problem.components)),
        "workload": (explain_workload, [str(w) for w in plan.inventory["workloads"].index]),
        "server": (explain_server, [str(s) for s in plan.inventory["servers"].index]),
        "department": (explain_department, [str(d) for d in plan.inventory["departments"].index]),
        "room": (explain_room, [str(r) for r in plan.inventory["rooms"].index]),
        "pool": (explain_pool, list(view.problem.capacity.pools)),
        "host": (explain_host, view.ids("hosts", "host")),
    }
    faults = []
    kind = next((kind for kind, (_, ids) in known.items() if subject in ids), "")
    if not kind:
        maybe = closest_ids(subject, [name for _, ids in known.values() for name in ids], SUGGESTED)
        faults.append(_unknown("explain.unknown", subject, maybe))
    elif pool is not None and kind not in BY_POOL:
        values = {"kind": said(f"explain.kind.{kind}")}
        raise Usage([Finding("explain.pool_without_meaning", subject=subject, values=values)])
    pools = list(view.problem.capacity.pools)
    if pool is not None and pool not in pools:
        faults.append(_unknown("explain.unknown_pool", pool, closest_ids(pool, pools, SUGGESTED)))
    if faults:
        raise BadInput(faults)
    if force:
        sections, figures = explain_force(view, kind, subject, force, tell, at_once)
        return Explanation(kind, subject, tuple(sections), figures)
    if sensitivity:
        sections, figures = explain_sensitivity(view, kind, subject, tell)
        return Explanation(kind, subject, tuple(sections), figures)
    return Explanation(kind, subject, tuple(known[kind][0](view, subject, pool)))


@lru_cache(maxsize=1)
def _seen(plan: Plan) -> View:
    """Rebuild the problem of a plan, once for many questions about it."""
    return View(plan)


def _unknown(message: str, subject: str, maybe: list[str]) -> Finding:
    return Finding(message if maybe else f"{message}.unlike", subject=subject, values={"maybe": tuple(maybe)})
