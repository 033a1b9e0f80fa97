"""Small migrations for the rules' hand examples: one workload a system, numbers that fit on a sheet of paper."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from cloudplan.capacity import HostKind, Pool
from cloudplan.demand import Demand
from cloudplan.migration.calendar import windows
from cloudplan.migration.problem import Freeze, MigrationProblem, Moving
from cloudplan.scenario import MigrationOptions
from cloudplan.state import Cutover, Host, Seat, State

STARTS_ON = dt.date(2026, 3, 2)
"""A Monday; the first window opens on Friday, 6 March, at 20:00."""

BOX = HostKind(
    kind="box",
    arch="x86",
    threads=10,
    cores=5,
    sockets=1,
    perf_per_core=1.0,
    memory_gib=40,
    usable_cpu=8,
    usable_memory_gib=36,
    mbps=1000,
    height_u=2,
    power_idle_w=100,
    power_max_w=300,
)


def moving(system: str, disposition: str = "REHOST", **more: Any) -> Moving:
    """Describe a system of department ``D``, level 2, with nothing to copy and 4 hours of outage, unless told."""
    given = {"department": "D", "level": 2, "transfer_gib": 0.0, "transfer_hours": 0.0, "outage_hours": 4.0, **more}
    return Moving(system=system, disposition=disposition, **given)


def problem_of(
    systems: Sequence[Moving],
    *,
    use: Mapping[str, float | Sequence[float]] | None = None,
    hosts: Mapping[str, str] | None = None,
    packing: Mapping[str, str] | None = None,
    servers: Mapping[str, str] | None = None,
    rooms: Mapping[str, str] | None = None,
    together: Iterable[tuple[str, str]] = (),
    before: Iterable[tuple[str, str]] = (),
    freezes: Iterable[Freeze] = (),
    opens: dt.date | None = None,
    spares: Iterable[str] = (),
    ha: Mapping[str, str] | None = None,
    stays: Mapping[str, str] | None = None,
    lead_days: int = 0,
    prepare_days: int = 7,
    today: dt.date | None = None,
    rule_options: Mapping[str, object] | None = None,
    **options: Any,
) -> MigrationProblem:
    """Ask when systems may move into one pool ``P``.

    Parameters
    ----------
    systems
        They; system ``A`` has one component ``c-A``, with one workload ``w-A`` that uses memory of 1 GiB.
    use
        vCPU of each system's workload, in each of two slots or the same in both; 1 where absent.
    hosts
        Host → source, all of the kind ``box`` (8 usable of 10 vCPU); two bought ones where absent.
    packing
        Workload → final host; the first host where absent.
    servers
        System → server today; ``s-A`` for ``A`` where absent.
    rooms
        Server → room; ``R`` where absent.
    options
        Fields of :class:`~cloudplan.scenario.MigrationOptions`.
    """
    ids = [m.system for m in systems]
    taken = {s: np.broadcast_to(np.asarray((use or {}).get(s, 1.0), dtype=float), (2,)) for s in ids}
    offered = dict(hosts) if hosts is not None else {"P-1": "purchased", "P-2": "purchased"}
    seated = [m.system for m in systems if m.disposition not in ("RETIRE", "MERGE")]
    pools = {"RELOCATE": "COLO", "UPLIFT": "CITY"}
    first = next(iter(offered), "")
    ends = {s: pools.get(m.disposition, "P") for s, m in zip(ids, systems, strict=True)}
    server_of = {f"w-{s}": (servers or {}).get(s, f"s-{s}") for s in ids}
    cpu = np.array([taken[s] for s in ids]).reshape(len(ids), 2)
    flat = np.ones(len(ids))
    return MigrationProblem(
        options=MigrationOptions(starts_on=STARTS_ON, **{"most_waves": 6, **options}),
        systems=tuple(systems),
        together=tuple(together),
        before=tuple(before),
        seats={f"c-{s}": Seat(ends[s], "PUB") for s in seated},
        components={f"c-{s}": (s, (f"w-{s}",)) for s in ids},
        pools={
            "P": _pool("P", "cluster", opens),
            "COLO": _pool("COLO", "colocation", opens),
            "CITY": _pool("CITY", "service", None),
        },
        kinds={"box": BOX},
        hosts={h: Host(h, "P", "box", source, spare=h in set(spares)) for h, source in offered.items()},
        packing={f"w-{s}": first for s in seated if ends[s] == "P" and first} if packing is None else dict(packing),
        demand=Demand(
            workloads=tuple(f"w-{s}" for s in ids),
            cpu_use=cpu,
            vcpu=cpu.max(axis=1),
            memory_gib=flat,
            storage={"normal": flat},
            mbps=flat,
            mean_cpu_use=cpu.mean(axis=1),
            mean_memory_gib=flat,
            basis={},
        ),
        ha_group=dict(ha or {}),
        server_of=server_of,
        room_of={server: (rooms or {}).get(server, "R") for server in [*server_of.values(), *(rooms or {})]},
        stays=dict(stays or {}),
        freezes=tuple(freezes),
        lead_days={"box": lead_days},
        prepare_days=prepare_days,
        rooms=tuple(dict.fromkeys((rooms or {}).values())) or ("R",),
        rule_options=dict(rule_options or {}),
        today=today,
    )


def state_of(problem: MigrationProblem, moved: Mapping[str, int], hosts: Iterable[str] | None = None) -> State:
    """Describe the moment at which each system has moved in the window of the index given, the last one just opened.

    Parameters
    ----------
    problem
        The migration.
    moved
        System → index of its window.
    hosts
        Hosts alive; all of the problem where absent.
    """
    calendar = windows(problem.options)
    alive = problem.hosts if hosts is None else list(hosts)
    waves = {index: n for n, index in enumerate(sorted(set(moved.values())), start=1)}
    facts = {m.system: m for m in problem.systems}
    return State(
        date=calendar[max(moved.values(), default=0)].starts.date(),
        dispositions={s: facts[s].disposition for s in moved},
        seats={c: problem.seats[c] for c, (s, _) in problem.components.items() if s in moved and c in problem.seats},
        hosts={h: problem.hosts[h] for h in alive},
        host_of={},
        cutovers={s: Cutover(waves[i], calendar[i].starts, facts[s].outage_hours) for s, i in moved.items()},
    )


def _pool(name: str, kind: str, opens: dt.date | None) -> Pool:
    return Pool(name, kind, "T", "banner_pool", None, "x86", 3, ("PUB",), opens)
