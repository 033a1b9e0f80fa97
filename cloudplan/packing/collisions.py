"""Why workloads find no host: the rules that collide with what the hosts hold, and how many hosts more would do.

Whole rules are switched off in turn and the pool is packed again. Packing is a heuristic where it isn't proved best:
that without a rule all find a host is shown, that with it none would do is not proved.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace
from typing import Any

from cloudplan.findings import Finding
from cloudplan.packing.pack import pack
from cloudplan.packing.problem import Packing, PackingProblem
from cloudplan.packing.rules import resolve
from cloudplan.packing.rules.capacity import Capacity
from cloudplan.relief import irreducible
from cloudplan.rule import named_rules
from cloudplan.state import Host

SHOWN = 10
"""Workloads named where many are meant."""
MOST = 8
"""So many hosts more are tried."""


def collisions(problem: PackingProblem, packed: Packing) -> Iterator[Finding]:
    """Name the rules that leave workloads of a pool without a host, and the hosts that would hold them.

    Parameters
    ----------
    problem, packed
        The pool, and its packing with workloads left over.

    Yields
    ------
    Finding
        ``packing.collide.rules``, or ``packing.collide.room`` where no rule beside capacity is to blame; then
        ``packing.least.hosts``, where up to eight more of the largest type are enough.
    """
    names = [rule.name() for rule in resolve(problem.options)[0] if not isinstance(rule, Capacity)]

    def left(kept: Collection[str]) -> bool:
        off = {name: False for name in names if name not in kept}
        return bool(pack(replace(problem, options={**problem.options, **off}), fewest=False).unplaced)

    kept = () if left(()) else irreducible(sorted(names), left)
    unplaced = packed.unplaced
    values: dict[str, Any] = {"pool": problem.pool, "hosts": len(problem.hosts), "workloads": unplaced}
    values |= {"count": len(unplaced), "examples": unplaced[:SHOWN], **named_rules(kept, "packing")}
    yield Finding(
        f"packing.collide.{'rules' if kept else 'room'}", subject=problem.pool, rule="capacity", values=values
    )
    kind = max((problem.kinds[name] for name in problem.purchasable), key=lambda k: (k.threads, k.kind), default=None)
    if kind is None:
        return
    for more in range(1, MOST + 1):
        extra = (Host(f"{problem.pool}+{n}", problem.pool, kind.kind, "purchased") for n in range(more))
        if not pack(replace(problem, hosts=(*problem.hosts, *extra)), fewest=False).unplaced:
            values = {"pool": problem.pool, "kind": kind.kind, "ask": more, "hosts": len(problem.hosts)}
            yield Finding("packing.least.hosts", subject=problem.pool, rule="capacity", values=values)
            return
