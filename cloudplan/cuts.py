"""What the loop of :mod:`cloudplan.decide` cuts off: allowances for pools that did not pack, servers that are late.

A pool's demand is enlarged by an allowance, little at first and then twice as much. Where that leaves no placement, the
allowances go halfway back to the last ones that left some: another mix may pack.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from cloudplan.packing.problem import Packing, PackingProblem

ALLOWANCE = 0.005
"""Share by which a pool's demand is enlarged the first time that packing leaves some of it over."""


@dataclass
class Cuts:
    """The cuts so far.

    Parameters
    ----------
    allowance
        Share by pool by which its demand is enlarged.
    barred
        Pairs (server, pool) that are had for no wave in time.
    """

    allowance: dict[str, float] = field(default_factory=dict)
    barred: set[tuple[str, str]] = field(default_factory=set)
    _kept: dict[str, float] = field(default_factory=dict)

    def enlarge(self, pool: str, left: float = 0.0) -> None:
        """Enlarge a pool's allowance, which packing found too small."""
        self.allowance[pool] = enlarged(self.allowance.get(pool, 0.0), left)

    def hold(self) -> None:
        """Note that there is a placement with these allowances."""
        self._kept = dict(self.allowance)

    def back(self) -> None:
        """Go halfway back to the last allowances with which there was one."""
        self.allowance = {pool: (self._kept.get(pool, 0.0) + share) / 2.0 for pool, share in self.allowance.items()}


def enlarged(share: float, left: float = 0.0) -> float:
    """Enlarge an allowance that packing found too small: twice as much, and no less than the share left over."""
    return max(ALLOWANCE, 2.0 * share, left)


def left_over(question: PackingProblem, packed: Packing) -> float:
    """Share of a pool's demand that packing left over, in the resource where it is largest."""
    rows = [i for i, workload in enumerate(question.workloads) if workload in set(packed.unplaced)]
    sizes = (question.vcpu, question.memory_gib, question.cpu_use.max(axis=1))
    return max(float(size[rows].sum() / size.sum()) for size in sizes if size.sum() > 0)
