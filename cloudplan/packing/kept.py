"""Leave workloads on the hosts that an earlier plan gave them, where no rule minds and no host more is needed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from cloudplan.packing.check import violations
from cloudplan.packing.pack import end_state
from cloudplan.packing.problem import Packing, PackingProblem

MOST_LOOSE = 40
"""Workloads without a place of their own up to which it is tried; beyond, the pool is packed afresh anyway."""


def kept_where_it_was(problem: PackingProblem, packed: Packing, before: Mapping[str, str]) -> Packing:
    """Prefer the earlier hosts to a packing that is no better.

    What is new, and the smallest workloads of a host that carries too much now, go to the first loaded host that takes
    them, or else to that of the packing.

    Parameters
    ----------
    problem, packed
        One pool, and its packing from scratch.
    before
        Earlier host of each workload; those of other pools are passed over.

    Returns
    -------
    Packing
        ``packed`` where the earlier hosts don't do, or would take more of them.
    """
    host_of = {w: before[w] for w in problem.workloads if before.get(w) in problem.offered}
    loose = [w for w in problem.workloads if w not in host_of]
    if packed.unplaced or not host_of:
        return packed
    while len(loose) <= MOST_LOOSE and (broken := violations(problem, end_state(problem, host_of))):
        named = {finding.subject for finding in broken}
        on = [w for w, host in host_of.items() if (host in named or w in named) and w not in problem.pinned]
        if not on:
            return packed
        least = min(on, key=lambda w: (problem.vcpu[problem.rows[w]], w))
        del host_of[least]
        loose.append(least)
    if len(loose) > MOST_LOOSE:
        return packed
    for workload in sorted(loose, key=lambda w: (-problem.vcpu[problem.rows[w]], w)):
        for host in dict.fromkeys((*host_of.values(), packed.host_of[workload])):
            if not violations(problem, end_state(problem, {**host_of, workload: host})):
                host_of[workload] = host
                break
        else:
            return packed
    used = len(set(host_of.values()))
    if used > packed.hosts_used:
        return packed
    return replace(packed, host_of={w: host_of[w] for w in problem.workloads}, hosts_used=used)
