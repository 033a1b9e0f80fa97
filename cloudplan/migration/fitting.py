"""One pool while waves are being planned: which of its hosts serve, and where each workload stands for the time being.

Inside a pool of one instruction set a running workload can be moved between hosts without an outage, so a workload may
stand on an interim host until its final one is there; that is taken to cost nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from cloudplan.demand import Floats
from cloudplan.errors import NoAnswer
from cloudplan.migration.loads import Loads
from cloudplan.migration.problem import MigrationProblem
from cloudplan.packing.problem import Packing, PackingProblem
from cloudplan.state import Host

TOLERANCE = 1e-6
"""vCPU, GiB or Mbit/s by which a sum of floats may exceed a limit."""

PACKS = 2
"""Most times a window and pool that packing itself is asked, after the cheap ways have failed."""

Pack = Callable[[PackingProblem], Packing]


@dataclass(frozen=True)
class Service:
    """Hosts of a pool in service: those that bear load, and the empty ones kept for N+k; places in the pool's list."""

    bearing: tuple[int, ...] = ()
    spares: tuple[int, ...] = ()


@dataclass(eq=False)
class Seating:
    """Where workloads stand: load of each host, shape (hosts, resources), and the host of each row of the demand."""

    load: Floats
    host_of: dict[int, int] = field(default_factory=dict)
    groups: set[tuple[int, str]] = field(default_factory=set)

    def copy(self) -> Seating:
        """Copy all that :meth:`PoolFit.seat` changes."""
        return Seating(self.load.copy(), dict(self.host_of), set(self.groups))


class PoolFit:
    """The hosts and workloads of one pool; it changes as windows pass.

    Parameters
    ----------
    problem
        The migration.
    loads
        Its workloads and hosts as rows.
    pool
        Id of the pool.
    pack
        What packs a pool, when asked for interim hosts.
    """

    def __init__(self, problem: MigrationProblem, loads: Loads, pool: str, pack: Pack) -> None:
        self.pool, self._problem, self._loads, self._pack = problem.pools[pool], problem, loads, pack
        self.hosts: tuple[Host, ...] = tuple(h for h in problem.hosts.values() if h.pool == pool)
        self.capacity = loads.capacity[[loads.place[h.host] for h in self.hosts]].reshape(-1, loads.slots + 3)
        kinds = [problem.kinds[h.kind] for h in self.hosts]
        self._dominates = np.array([[a.dominates(b) for b in kinds] for a in kinds], dtype=bool)
        self._size: list[float] = self.capacity[:, loads.slots + 1].tolist()
        largest = np.max(np.where(np.isfinite(self.capacity), self.capacity, 0.0), axis=0, initial=TOLERANCE)
        self._share: Floats = np.max(loads.demand / np.maximum(largest, TOLERANCE), axis=1, initial=0.0)
        place = {h.host: i for i, h in enumerate(self.hosts)}
        self.final = {loads.row[w]: place[h] for w, h in problem.packing.items() if h in place and w in loads.row}
        self._group = {loads.row[w]: g for w, g in problem.ha_group.items() if w in loads.row}
        self.alive: frozenset[int] = frozenset()
        self.version = 0
        self.packs_left = PACKS
        self.service = Service()
        self.seating = Seating(np.zeros_like(self.capacity))

    def open_window(self, alive: Iterable[int]) -> None:
        """Take note of the hosts alive when a window opens, and seat the workloads anew where hosts have joined."""
        self.packs_left = PACKS
        joined = frozenset(alive)
        if joined == self.alive:
            return
        self.alive = joined
        self.version += 1
        service = self._serve()
        rows = tuple(self.seating.host_of)
        seating = self.reseat(rows, service)
        if seating is None and rows:
            seating = self._packed(rows, service)
        if seating is not None:  # else the old hosts go on as they were
            self.service, self.seating = service, seating

    def _serve(self) -> Service:
        """Choose k empty hosts, each as large as any in service; those that placement named, where they are alive.

        While some of them are late, others stand in: those that leave most memory in service.
        """
        named = [i for i, h in enumerate(self.hosts) if h.spare]
        kept = [i for i in named if i in self.alive]
        free = sorted(i for i in self.alive if not self.hosts[i].spare)
        late = len(named) - len(kept)
        if late == 0:
            return Service(tuple(free), tuple(kept))
        best, most = Service(), -1.0
        for least in free:
            others = sorted((i for i in free if i != least and self._dominates[i, least]), key=self._size.__getitem__)
            if len(others) < late - 1:
                continue
            spares = [least, *others[: late - 1]]
            bearing = [i for i in free if i not in spares and self._dominates[least, i]]
            size = sum(self._size[i] for i in bearing)
            if size > most:
                best, most = Service(tuple(bearing), tuple(sorted([*kept, *spares]))), size
        return best

    def room(self, rows: npt.NDArray[np.intp]) -> Floats:
        """Say what the hosts in service would have left with more workloads; negative where short."""
        have: Floats = self.capacity[list(self.service.bearing)].sum(axis=0)
        left: Floats = have - self.seating.load.sum(axis=0) - self._loads.demand[rows].sum(axis=0)
        return left

    def joined(self, rows: npt.NDArray[np.intp]) -> tuple[Seating | None, bool]:
        """Find hosts for more workloads: beside the others, all anew, or by packing.

        Returns
        -------
        Seating or None
            Not yet taken over.
        bool
            Whether every way was tried; packing is asked only so often a window.
        """
        if (self.room(rows) < -TOLERANCE).any():
            return None, True
        seating = self.seating.copy()
        arrived = [int(row) for row in rows]
        if self.seat(seating, arrived, self.service):
            return seating, True
        everyone = [*self.seating.host_of, *arrived]
        anew = self.reseat(everyone, self.service)
        if anew is not None:
            return anew, True
        if self.packs_left == 0:
            return None, False
        return self._packed(everyone, self.service), True

    def settle(self) -> None:
        """Bring workloads home to their final hosts, as far as all then still fit."""
        bearing = set(self.service.bearing)
        if any(self.final.get(row, host) in bearing - {host} for row, host in self.seating.host_of.items()):
            anew = self.reseat(tuple(self.seating.host_of), self.service)
            if anew is not None:
                self.seating = anew

    def seat(self, seating: Seating, rows: Iterable[int], service: Service) -> bool:
        """Seat workloads one by one: on the final host, else where least is left; False where one fits nowhere."""
        bearing = np.array(service.bearing, dtype=np.intp)
        slots = self._loads.slots
        for row in sorted(rows, key=lambda r: (-self._share[r], r)):
            demand, group = self._loads.demand[row], self._group.get(row)
            left = self.capacity[bearing] - seating.load[bearing] - demand
            fits = (left >= -TOLERANCE).all(axis=1)
            if group is not None:
                fits &= [(int(host), group) not in seating.groups for host in bearing]
            if not fits.any():
                return False
            final = np.flatnonzero(fits & (bearing == self.final.get(row, -1)))
            if len(final):
                host = int(bearing[final[0]])
            else:
                size = np.maximum(self.capacity[bearing][:, slots : slots + 2], TOLERANCE)
                slack = (left[:, slots : slots + 2] / size).sum(axis=1)
                host = int(bearing[np.argmin(np.where(fits, slack, np.inf))])
            self.put(seating, row, host)
        return True

    def reseat(self, rows: Iterable[int], service: Service) -> Seating | None:
        """Seat workloads anew, first those whose final host is in service; ``None`` if one fits nowhere."""
        bearing = set(service.bearing)
        home: dict[int, list[int]] = {}
        others: list[int] = []
        for row in rows:
            host = self.final.get(row, -1)
            if host in bearing:
                home.setdefault(host, []).append(row)
            else:
                others.append(row)
        seating = Seating(np.zeros_like(self.capacity))
        for host, standing in home.items():
            load = self._loads.demand[standing].sum(axis=0)
            groups = [self._group[row] for row in standing if row in self._group]
            if (load > self.capacity[host] + TOLERANCE).any() or len(set(groups)) < len(groups):
                others += standing  # a final packing that does not hold: trust nothing of this host
                continue
            seating.load[host] = load
            seating.host_of |= dict.fromkeys(standing, host)
            seating.groups |= {(host, group) for group in groups}
        return seating if self.seat(seating, others, service) else None

    def _packed(self, rows: Iterable[int], service: Service) -> Seating | None:
        """Ask packing for hosts."""
        self.packs_left -= 1
        listed = sorted(rows)
        demand, problem = self._problem.demand, self._problem
        hosts = [(i, False) for i in service.bearing] + [(i, True) for i in service.spares]
        question = PackingProblem(
            pool=self.pool.pool,
            workloads=tuple(demand.workloads[row] for row in listed),
            cpu_use=demand.cpu_use[listed],
            vcpu=demand.vcpu[listed],
            memory_gib=demand.memory_gib[listed],
            mbps=demand.mbps[listed],
            cpu_ratio=self.pool.cpu_ratio,
            ha_group=tuple(self._group.get(row) for row in listed),
            hosts=tuple(Host(h.host, h.pool, h.kind, h.source, spare) for i, spare in hosts for h in [self.hosts[i]]),
            kinds=problem.kinds,
            spare_hosts=len(service.spares),
            options=problem.packing_options,
        )
        try:
            answer = self._pack(question)
        except NoAnswer:
            return None
        if answer.unplaced:
            return None
        place = {h.host: i for i, h in enumerate(self.hosts)}
        seating = Seating(np.zeros_like(self.capacity))
        for row in listed:
            self.put(seating, row, place[answer.host_of[demand.workloads[row]]])
        return seating

    def put(self, seating: Seating, row: int, host: int) -> None:
        """Seat one workload, unchecked."""
        seating.load[host] += self._loads.demand[row]
        seating.host_of[row] = host
        if row in self._group:
            seating.groups.add((host, self._group[row]))
