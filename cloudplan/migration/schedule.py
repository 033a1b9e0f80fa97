"""List scheduling: window by window, the clusters in order of priority, each where it may and fits."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from cloudplan.findings import Finding
from cloudplan.migration.calendar import Window, allowed_days, windows, within
from cloudplan.migration.closures import leaves_with
from cloudplan.migration.clusters import NOBODY, Cluster, Spared, clusters, planned_start
from cloudplan.migration.estate import arriving, carries_hosts, ready_on, standing, systems_on
from cloudplan.migration.fitting import Pack, PoolFit, Seating
from cloudplan.migration.loads import loads_of
from cloudplan.migration.moves import SWITCHED_OFF, Move, SingleMoveRule, movers
from cloudplan.migration.pace import limits
from cloudplan.migration.problem import MigrationProblem
from cloudplan.rule import Rule


@dataclass(frozen=True)
class PoolMoment:
    """A pool after a wave: hosts that bear load or may, those kept empty, and the host of each workload."""

    bearing: tuple[str, ...]
    spares: tuple[str, ...]
    host_of: Mapping[str, str]


@dataclass(frozen=True)
class Step:
    """What moved in one window, and the pools after it."""

    window: Window
    systems: tuple[str, ...]
    pools: Mapping[str, PoolMoment]


@dataclass(frozen=True)
class Schedule:
    """What list scheduling found.

    Parameters
    ----------
    steps
        Windows in which something moves, in order of time.
    ready
        First day of each host that is known to become ready.
    left
        Systems without a window.
    findings
        Why, at least one for each.
    holding
        Of those, systems that still run on servers the pools wait for, and what must go before them.
    """

    steps: tuple[Step, ...]
    ready: Mapping[str, dt.date]
    left: tuple[str, ...]
    findings: tuple[Finding, ...]
    holding: frozenset[str] = frozenset()


@dataclass(eq=False)
class _Facts:
    """A cluster as scheduling sees it."""

    cluster: Cluster
    switched_off: bool
    level: int
    rows: dict[str, npt.NDArray[np.intp]]
    rooms: frozenset[str]
    deadline: int
    failed_at: tuple[int, ...] | None = field(default=None)

    @property
    def workloads(self) -> int:
        return sum(len(rows) for rows in self.rows.values())


class Scheduler:
    """One pass over the windows.

    Parameters
    ----------
    problem
        The migration.
    rules
        Rules to keep; a home's rule that is absent does not bind.
    pack
        What packs a pool.
    first
        Systems whose clusters go before all others.
    spared
        Systems that a rule leaves alone, though it binds the others; in a window they come last, where room is left.
    """

    def __init__(
        self,
        problem: MigrationProblem,
        rules: Iterable[Rule[MigrationProblem]],
        pack: Pack,
        first: frozenset[str] = frozenset(),
        spared: Spared = NOBODY,
    ) -> None:
        self.problem, self.first, self.spared = problem, first, spared
        listed = tuple(rules)
        names = {rule.name() for rule in listed}
        self.windows = windows(problem.options)
        self.singles = [rule for rule in listed if isinstance(rule, SingleMoveRule)]
        self.limits = tuple(limits(problem, listed, spared))
        self.loads = loads_of(problem)
        self.facts = {m.system: m for m in movers(problem)}
        self.running = systems_on(problem)
        self.fits: dict[str, PoolFit] = {}
        if "capacity-after-step" in names:
            self.fits = {p: PoolFit(problem, self.loads, p, pack) for p in problem.pools if carries_hosts(problem, p)}
        self.clusters = self._clusters(names)
        self.ready: dict[str, dt.date] = {}
        self.emptied: dict[str, dt.date] = {}
        self.done: set[int] = set()
        self._allowed: dict[tuple[int, int], bool] = {}
        self.planned = [planned_start(problem, facts.cluster, first) for facts in self.clusters]
        self.pending = False
        self.waiting_in = {
            room: {s for thing in things for s in self.running.get(thing) or ()}
            for room, things in self._things().items()
        }

    def _things(self) -> dict[str, list[str]]:
        closing = {room for room, systems in leaves_with(self.problem).items() if systems is not None}
        found: dict[str, list[str]] = {room: [] for room in sorted(closing)}
        for thing, room in self.problem.room_of.items():
            if room in closing:
                found[room].append(thing)
        return found

    def _clusters(self, names: Collection[str]) -> list[_Facts]:
        problem = self.problem
        brought = arriving(problem)
        servers: dict[str, set[str]] = {}
        for server, systems in self.running.items():
            for system in systems or ():
                servers.setdefault(system, set()).add(server)
        found: list[_Facts] = []
        grouped = clusters(problem, names, self.spared)
        deadlines = self._deadlines(grouped)
        for cluster in grouped:
            rows: dict[str, list[int]] = {}
            for system in cluster.systems:
                for pool, workloads in brought[system].items():
                    rows.setdefault(pool, []).extend(self.loads.row[w] for w in workloads)
            left = sorted({server for system in cluster.systems for server in servers.get(system, ())})
            members = [self.facts[system] for system in cluster.systems]
            found.append(
                _Facts(
                    cluster=cluster,
                    switched_off=all(m.disposition in SWITCHED_OFF for m in members),
                    level=max(m.level for m in members),
                    rows={pool: np.array(r, dtype=np.intp) for pool, r in rows.items()},
                    rooms=frozenset(problem.room_of[server] for server in left if server in problem.room_of),
                    deadline=deadlines[len(found)],
                )
            )
        return found

    def _deadlines(self, grouped: Sequence[Cluster]) -> list[int]:
        """Find the last window in which the calendar lets each cluster move, and whatever waits for it."""
        out = []
        for cluster in grouped:
            entries = [allowed_days(self.problem.allowed, self.facts[system]) for system in cluster.systems]
            may = [w.index for w in self.windows if all(not e or any(within(d, w) for d in e) for e in entries)]
            out.append(max(may, default=-1))
        changed = True
        while changed:
            changed = False
            for i, cluster in enumerate(grouped):
                for before in cluster.after:
                    if out[before] > out[i]:
                        out[before], changed = out[i], True
        return out

    def run(self) -> Schedule:
        """Pass over the windows until all have moved, or waiting helps no more."""
        self._stand()
        steps: list[Step] = []
        last = self.windows[0]
        for window in self.windows:
            if len(self.done) == len(self.clusters):
                break
            last = window
            self._open(window)
            systems = self._fill(window)
            for fit in self.fits.values():
                fit.settle()
            if systems:
                self.emptied |= dict.fromkeys(systems, window.last_day)
                steps.append(Step(window, tuple(s for s in self.facts if s in systems), self._moment()))
                self._know_ready()
            elif not self._hope(window):
                break
        self._know_ready()
        left = [i for i in range(len(self.clusters)) if i not in self.done]
        findings = [finding for i in left for finding in self._reasons(i, last)]
        stuck = {system for i in left for system in self.clusters[i].cluster.systems}
        return Schedule(
            steps=tuple(steps),
            ready=dict(self.ready),
            left=tuple(s for s in self.facts if s in stuck),
            findings=tuple(findings),
            holding=self._holding(left),
        )

    def _holding(self, left: list[int]) -> frozenset[str]:
        servers = [h for h, host in self.problem.hosts.items() if host.source == "reused" and h not in self.ready]
        on = {system for server in servers for system in self.running.get(server) or ()}
        todo = [i for i in left if on.intersection(self.clusters[i].cluster.systems)]
        reached: set[int] = set()
        while todo:
            i = todo.pop()
            if i not in reached and i not in self.done:
                reached.add(i)
                todo += self.clusters[i].cluster.after
        return frozenset(system for i in reached for system in self.clusters[i].cluster.systems)

    def _stand(self) -> None:
        """Seat what stands in a pool from the start on its final host, for it is there already."""
        already = {self.loads.row[w] for w in standing(self.problem) if w in self.loads.row}
        for fit in self.fits.values():
            for row, host in fit.final.items():
                if row in already:
                    fit.put(fit.seating, row, host)
        self._know_ready()

    def _know_ready(self) -> None:
        for name, host in self.problem.hosts.items():
            if name not in self.ready:
                day = ready_on(self.problem, host, self.emptied, self.running)
                if day is not None:
                    self.ready[name] = day

    def _open(self, window: Window) -> None:
        day = window.starts.date()
        for fit in self.fits.values():
            fit.open_window(i for i, h in enumerate(fit.hosts) if h.host in self.ready and self.ready[h.host] <= day)

    def _fill(self, window: Window) -> set[str]:
        """Move what may move and fits; what a move lets go may follow in the same window."""
        moved: set[str] = set()
        self.pending = False
        tried: set[int] = set()
        order = sorted((i for i in range(len(self.clusters)) if i not in self.done), key=self._priority)
        again = True
        while again:
            again = False
            for i in order:
                if i in self.done or i in tried or not self._may(i, window, moved):
                    continue
                seatings = self._seats(i)
                if seatings is None:
                    tried.add(i)
                    continue
                for pool, seating in seatings.items():
                    self.fits[pool].seating = seating
                self.done.add(i)
                moved |= set(self.clusters[i].cluster.systems)
                again = True
        return moved

    def _priority(self, i: int) -> tuple[object, ...]:
        facts = self.clusters[i]
        moved = self.emptied
        waiting = [sum(s not in moved for s in self.waiting_in[r]) for r in facts.rooms if r in self.waiting_in]
        nearest = min(waiting, default=len(self.facts) + 1)
        size = (facts.workloads, len(facts.cluster.systems))
        spared = any(not limit.spared.isdisjoint(facts.cluster.systems) for limit in self.limits)
        later = (spared, not self.first.intersection(facts.cluster.systems))
        # days that end come first: who misses them has no other; then what an earlier plan had here, before what is new
        new = self.planned[i] == dt.datetime.min
        return (later, facts.deadline, new, self.planned[i], not facts.switched_off, facts.level, nearest, size, i)

    def _may(self, i: int, window: Window, moved: set[str]) -> bool:
        cluster = self.clusters[i].cluster
        first = all(first in self.done for first in cluster.after)
        return first and all(limit.takes(cluster.systems, moved) for limit in self.limits) and self._allows(i, window)

    def _allows(self, i: int, window: Window) -> bool:
        """Whether no rule about a single move forbids any of a cluster's in a window; asked only where it matters."""
        known = self._allowed.get((i, window.index))
        if known is None:
            free = all(self._refused(system, window) is None for system in self.clusters[i].cluster.systems)
            known = free and window.starts >= self.planned[i]
            self._allowed[i, window.index] = known
        return known

    def _refused(self, system: str, window: Window) -> Finding | None:
        """What the first rule about a single move says against one."""
        move = Move(self.facts[system], window)
        binding = (rule for rule in self.singles if system not in self.spared.get(rule.name(), ()))
        return next((said for rule in binding if (said := rule.forbids(self.problem, move)) is not None), None)

    def _seats(self, i: int) -> dict[str, Seating] | None:
        facts = self.clusters[i]
        pools = [pool for pool in facts.rows if pool in self.fits]
        versions = tuple(self.fits[pool].version for pool in pools)
        if facts.failed_at == versions:
            return None
        found: dict[str, Seating] = {}
        for pool in pools:
            seating, all_tried = self.fits[pool].joined(facts.rows[pool])
            if seating is None:
                # workloads only ever join: without new hosts it would fail again
                facts.failed_at = versions if all_tried else None
                self.pending |= not all_tried
                return None
            found[pool] = seating
        return found

    def _hope(self, window: Window) -> bool:
        """Whether a later window may let something move that this one did not."""
        left = [i for i in range(len(self.clusters)) if i not in self.done]
        if self.pending or any(day > window.starts.date() for day in self.ready.values()):
            return True
        later = self.windows[window.index + 1 :]
        return any(not self._allows(i, window) and any(self._allows(i, w) for w in later) for i in left)

    def _moment(self) -> dict[str, PoolMoment]:
        names = self.problem.demand.workloads
        return {
            pool: PoolMoment(
                bearing=tuple(fit.hosts[i].host for i in fit.service.bearing),
                spares=tuple(fit.hosts[i].host for i in fit.service.spares),
                host_of={names[row]: fit.hosts[i].host for row, i in sorted(fit.seating.host_of.items())},
            )
            for pool, fit in self.fits.items()
        }

    def _reasons(self, i: int, window: Window) -> Iterator[Finding]:
        """Say of each system of a cluster why it has no window, as things stand when the last one was tried."""
        facts = self.clusters[i]
        systems = facts.cluster.systems
        blocked: dict[str, Finding] = {}
        allowed = [w for w in self.windows if self._allows(i, w)]
        if allowed and not self._allows(i, window):
            # the rules left it windows; what it wanted while they lasted is the reason
            yield from (self._missed(i, system, allowed[-1]) for system in systems)
            return
        if not allowed:
            for system in systems:
                finding = self._refused(system, window)
                if finding is not None:
                    blocked[system] = finding
        for system in systems:
            if system in blocked:
                yield blocked[system]
            elif blocked:
                yield Finding("migration.unscheduled.with", subject=system, values={"other": next(iter(blocked))})
            else:
                yield self._reason(i, system, window)

    def _missed(self, i: int, system: str, window: Window) -> Finding:
        """Say which hosts came too late for the last window that the rules left a system, as far as that is why."""
        pools = [pool for pool in self.clusters[i].rows if pool in self.fits]
        day = window.starts.date()
        late = {h.host for p in pools for h in self.fits[p].hosts if self.ready.get(h.host, dt.date.max) > day}
        values: dict[str, object] = {"last": day, "pools": tuple(pools), "waiting": tuple(sorted(late)) or None}
        return Finding("migration.unscheduled.missed", subject=system, rule="windows", values=values)

    def _reason(self, i: int, system: str, window: Window) -> Finding:
        facts = self.clusters[i]
        first = next((c for c in facts.cluster.after if c not in self.done), None)
        if first is not None:
            values: dict[str, object] = {"first": self.clusters[first].cluster.systems[0]}
            return Finding("migration.unscheduled.after", subject=system, rule="order", values=values)
        for pool, rows in facts.rows.items():
            if pool not in self.fits or self.fits[pool].joined(rows)[0] is not None:
                continue
            fit = self.fits[pool]
            slots = self.loads.slots
            short = np.maximum(-fit.room(rows), 0.0)
            late = {h.host for h in fit.hosts if self.ready.get(h.host, dt.date.max) > window.starts.date()}
            values = {
                "pool": pool,
                "vcpu": float(max(short[slots], short[:slots].max(initial=0.0))),
                "memory_gib": float(short[slots + 1]),
                "mbps": float(short[slots + 2]),
                "waiting": tuple(sorted(late)) or None,
            }
            message = "migration.unscheduled.capacity"
            if not (short > 1e-6).any():
                message = "migration.unscheduled.pieces"
                total = self.loads.demand[rows].sum(axis=0)
                values |= {"vcpu": float(total[slots]), "memory_gib": float(total[slots + 1])}
            return Finding(message, subject=system, rule="capacity-after-step", values=values)
        values = {"windows": len(self.windows), "last": self.windows[-1].starts.date()}
        return Finding("migration.unscheduled.horizon", subject=system, values=values)
