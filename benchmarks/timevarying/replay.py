"""What the hosts of a packing would have been asked for in the later period."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from benchmarks.timevarying.traces import Floats, Ints

ROUNDING = 1e-9


@dataclass(frozen=True)
class Risk:
    """A replay in figures.

    Parameters
    ----------
    host_slots
        Hosts × samples in which the machines of the host asked for any CPU at all.
    over
        Those of them in which they asked for more than all of it, or of the memory where that is replayed too.
    hosts_ever_over
        Hosts to which that happened.
    max_util
        The most that was asked of a host, of its CPU.
    unserved_share
        CPU asked for beyond what the hosts have, over all that was asked for.
    """

    host_slots: int
    over: int
    hosts_ever_over: int
    max_util: float
    unserved_share: float

    @property
    def overload_share(self) -> float:
        """Share of host-slots over 100 %."""
        return self.over / self.host_slots if self.host_slots else 0.0


def replay(
    use: Floats,
    kind: Ints,
    scale: Floats,
    host_of: Ints,
    threads: float,
    memory: Floats | None = None,
    gib: float = np.inf,
) -> Risk:
    """Replay a packing.

    Parameters
    ----------
    use
        vCPU of each machine that was measured, shape (machines, samples).
    kind
        Row of ``use`` of which each packed machine is a copy; shape (n,).
    scale
        By which the copy is larger; shape (n,).
    host_of
        Its host; shape (n,).
    threads
        CPU of a host.
    memory, gib
        GiB in use of each machine that was measured, and of a host; where both are given, a host is over in either.
    """
    if (host_of < 0).any():
        raise ValueError("a machine was left over")
    hosts = np.unique(host_of, return_inverse=True)[1]
    copies: npt.NDArray[np.float64] = np.zeros((int(hosts.max()) + 1, len(use)))
    np.add.at(copies, (hosts, kind), scale)
    asked = copies @ use
    over = asked > threads * (1 + ROUNDING)
    if memory is not None:
        over |= copies @ memory > gib * (1 + ROUNDING)
    total = float(asked.sum())
    return Risk(
        int((asked > 0).sum()),
        int(over.sum()),
        int(over.any(axis=1).sum()),
        float(asked.max() / threads),
        float(np.maximum(asked - threads, 0).sum() / total) if total else 0.0,
    )
