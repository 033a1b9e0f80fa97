"""Why a server, a room, a pool, a host or a workload fares as it does."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from cloudplan.demand import HOURS, Demand
from cloudplan.explain.system import change_section, evidence_line, explain_alone
from cloudplan.explain.view import View, blank, rule_name, yes
from cloudplan.explain.words import Line, Section, alike, line, listed, said, shortened, worded
from cloudplan.inventory.schema import label
from cloudplan.placement.dispositions import worded as disposition_words
from cloudplan.placement.fates import fates_of, server_change_words, server_changes

MEMBERS = 5
"""Members of a pool that are named, the largest first."""
LISTED = 20
"""Things of a list that people are shown; the others are counted, and stand in the answer for other programs."""


def explain_server(view: View, server: str, pool: str | None) -> Iterator[Section]:
    """Explain a server: its fate, why it may not serve again, which pools refuse it, and what ran on it."""
    problem, record = view.problem, view.plan.inventory["servers"].loc[server]
    room = view.name("rooms", str(record["room"]))
    lines = list(_server_fate(view, server))
    scrapped = problem.capacity.scrapped.get(server)
    if scrapped is not None and not _says(view, server, scrapped):
        lines.append(line("server.unfit", reason=said(scrapped)))
    if server in problem.capacity.existing:
        lines.append(line("server.existing", pool=view.pool(problem.capacity.existing[server])))
    yield Section(line("server.title", server=server, name=view.name("servers", server), room=room), tuple(lines))
    yield from _server_changes(view, server)
    if scrapped is None:
        pools = tuple(_server_pools(view, server, pool))
        yield Section(line("server.pools"), pools, alike(pools))
    on_it = [c for c in problem.components.values() if server in c.servers]
    goes = [line("server.carried", component=c.component, pool=_goes(view, c.component)) for c in on_it]
    yield Section(line("server.carries"), tuple(goes) or (line("server.empty"),), shortened(goes, LISTED) or None)


def _says(view: View, server: str, reason: str) -> bool:
    """Whether the table of servers already gives a reason."""
    row = view.row("servers", "server", server)
    return row is not None and view.reason(row) == said(reason)


def _server_fate(view: View, server: str) -> Iterator[Line]:
    row = view.row("servers", "server", server)
    if row is None:
        yield line("server.no_fate")
        return
    fate = said(f"placement.fate.{row['fate']}")
    if blank(row["pool"]):
        yield line("server.fate", fate=fate, reason=view.reason(row))
    else:
        yield line("server.fate_in", fate=fate, pool=view.pool(str(row["pool"])), reason=view.reason(row))
    yield from evidence_line(row)


def _server_changes(view: View, server: str) -> Iterator[Section]:
    """What would change what becomes of a server."""
    asked = (view.problem, view.state, view.refusals)
    changes = server_changes(*asked, view.rules, only=(server,))[server]
    yield from change_section(partial(server_change_words, fates_of(*asked)[server], changes))


def _server_pools(view: View, server: str, pool: str | None) -> Iterator[Line]:
    problem = view.problem
    pairs = dict.fromkeys(other for name, other in problem.reuse if name == server)
    for other in problem.clusters:
        if pool is not None and other != pool:
            continue
        name = view.pool(other)
        if other not in pairs:
            arch = label("arch", view.plan.inventory["servers"].at[server, "arch"])
            if server in problem.capacity.existing:
                yield line("server.bound", pool=name)
            else:
                yield line("server.arch", pool=name, arch=arch, pool_arch=label("arch", problem.clusters[other].arch))
            continue
        refused = view.refusals.server.get((server, other), ())
        for finding in refused:
            values = {"pool": name, "pool_id": other, "reason": worded(finding)}
            yield line("server.refused", finding.rule, **values, name=rule_name(finding.rule))
        if not refused:
            yield line("server.free", pool=name)


def _goes(view: View, component: str) -> Any:
    row = view.row("components", "component", component)
    return said("explain.server.nowhere") if row is None or blank(row["pool"]) else view.pool(str(row["pool"]))


def explain_room(view: View, room: str, pool: str | None) -> Iterator[Section]:
    """Explain a room: when it closes, or what keeps it."""
    record = view.plan.inventory["rooms"].loc[room]
    row, kind = view.row("rooms", "room", room), label("room_kind", record["kind"])
    lines = []
    if row is not None and not blank(row["closes_on"]):
        wave = 0 if blank(row["wave"]) else int(float(row["wave"]))
        lines.append(line("room.closes", date=str(row["closes_on"]), wave=wave))
    elif row is not None and not blank(row["why_not"]):
        lines.append(line("room.stays", reason=view.reason(row, "why_not")))
    else:
        lines.append(line("room.open"))
    devices = view.plan.inventory["devices"]
    staying = [
        *_kept_by(view, room),
        *(
            line("room.device", device=str(device.Index), kind=label("device_kind", device.kind))
            for device in devices[(devices["room"] == room) & (devices["fate"] == "keep")].itertuples()
        ),
    ]
    servers = tuple(_fates(view, room))
    yield Section(
        line("room.title", room=room, name=view.name("rooms", room), kind=kind),
        (*lines, *staying, *servers),
        (*lines, *servers, *shortened(staying, LISTED)),
    )


def _kept_by(view: View, room: str) -> Iterator[Line]:
    """Components that stay on machines in a room."""
    rooms, components = view.plan.inventory["servers"]["room"], view.problem.components
    for pool in view.ids("components", "pool"):
        there = view.problem.capacity.pools.get(pool)
        if there is None or there.kind != "today":
            continue
        for row in view.rows("components", "pool", pool):
            component = components.get(str(row["component"]))
            if component is None or all(rooms[server] != room for server in component.servers):
                continue
            decided = view.row("dispositions", "system", component.system)
            if decided is not None:
                fate = disposition_words(str(decided["disposition"]))
                reason = view.reason(decided)
                yield line("room.keeps", component=component.component, disposition=fate, reason=reason)


def _fates(view: View, room: str) -> Iterator[Line]:
    counts = Counter(str(row["fate"]) for row in view.rows("servers", "room", room))
    if counts:
        yield _counted(counts)


def _counted(counts: Counter[str]) -> Line:
    parts = [said("explain.room.fate", fate=said(f"placement.fate.{f}"), count=n) for f, n in sorted(counts.items())]
    return line("room.servers", count=sum(counts.values()), fates=listed(parts))


def explain_department(view: View, department: str, pool: str | None) -> Iterator[Section]:
    """Explain a department: what becomes of each of its systems, rooms and servers."""
    opinion = view.plan.inventory["departments"].at[department, "opinion"]
    said_so = [line("department.opinion", opinion=label("opinion", opinion))] if opinion else []
    counts = Counter(str(row["fate"]) for row in view.rows("servers", "department", department))
    if counts:
        said_so.append(_counted(counts))
    yield Section(
        line("department.title", department=department, name=view.name("departments", department)), tuple(said_so)
    )
    decided = view.rows("dispositions", "department", department)
    systems = [
        line(
            "department.system",
            system=row["system"],
            name=view.name("systems", str(row["system"])),
            disposition=disposition_words(str(row["disposition"])),
            wave=None if blank(row["wave"]) else int(float(row["wave"])),
            reason=view.reason(row),
        )
        for row in decided
    ]
    yield Section(line("department.systems", count=len(systems)), tuple(systems), shortened(systems, LISTED))
    rooms = [_room_line(view, row) for row in view.rows("rooms", "department", department)]
    yield Section(line("department.rooms", count=len(rooms)), tuple(rooms), shortened(rooms, LISTED))


def _room_line(view: View, row: Mapping[str, Any]) -> Line:
    name = {"room": row["room"], "name": view.name("rooms", str(row["room"]))}
    if not blank(row["closes_on"]):
        return line("department.room_closes", **name, date=str(row["closes_on"]))
    return line("department.room_stays", **name, reason=view.reason(dict(row), "why_not"))


def explain_pool(view: View, pool: str, only: str | None) -> Iterator[Section]:
    """Explain a pool: what it is, how full it gets, its hosts and its members."""
    there = view.problem.capacity.pools[pool]
    lines = [line("pool.opens", date=there.available_from.isoformat())] if there.available_from else []
    if there.arch is not None:
        level = there.filed_level
        lines.append(line("pool.what", arch=label("arch", there.arch), level=level, zones=there.zones or None))
    rows = view.rows("pools", "pool", pool)
    for row in rows:
        need, usable = float(row["demand"] or 0), row["usable"]
        resource = said(f"explain.resource.{row['resource']}")
        if not need and row["resource"] not in ("cpu", "vcpu", "memory_gib"):
            continue
        if blank(usable) or not float(usable):
            lines.append(line("pool.need", resource=resource, need=need))
        else:
            share = 100.0 * need / float(usable)
            lines.append(line("pool.full", resource=resource, need=need, usable=float(usable), share=share))
    if rows and not blank(rows[0]["hosts"]):
        spares = 0 if blank(rows[0]["spare_hosts"]) else int(float(rows[0]["spare_hosts"]))
        lines.append(line("pool.hosts", hosts=int(float(rows[0]["hosts"])), spare_hosts=spares))
        if not blank(rows[0]["loaded_hosts"]) and not blank(rows[0]["bound_hosts"]):
            loaded, bound = int(float(rows[0]["loaded_hosts"])), int(float(rows[0]["bound_hosts"]))
            lines.append(line("pool.bound" if loaded > bound else "pool.tight", loaded=loaded, bound=bound))
    sources = Counter(str(row["source"]) for row in view.rows("hosts", "pool", pool))
    lines += [line(f"pool.source.{source}", count=count) for source, count in sorted(sources.items())]
    yield Section(line("pool.title", pool=view.pool(pool)), tuple(lines))
    yield Section(line("pool.members"), tuple(_members(view, pool)))


def _members(view: View, pool: str) -> Iterator[Line]:
    problem = view.problem
    names = [str(row["component"]) for row in view.rows("components", "pool", pool)]
    names = [name for name in names if name in problem.components]
    systems = {problem.components[name].system for name in names}
    if not names:
        yield line("pool.empty")
        return
    yield line("pool.count", components=len(names), systems=len(systems))
    largest = sorted(names, key=lambda name: (-problem.amounts(name)["vcpu"], name))[:MEMBERS]
    for name in largest:
        amounts = problem.amounts(name)
        yield line("pool.member", component=name, vcpu=amounts["vcpu"], memory=amounts["memory_gib"])


def explain_host(view: View, host: str, pool: str | None) -> Iterator[Section]:
    """Explain a host: where it comes from, when it serves, and what it carries."""
    row = view.row("hosts", "host", host) or {}
    lines = [line(f"pool.source.{row['source']}", count=1), line("host.pool", pool=view.pool(str(row["pool"])))]
    if not blank(row["available_from"]):
        lines.append(line("host.ready", date=str(row["available_from"])))
    if yes(row["spare"]):
        lines.append(line("host.spare"))
    position, demand = view.problem.demand.position(), view.problem.demand
    carried = [str(r["workload"]) for r in view.rows("placements", "host", host)]
    rows = [position[name] for name in carried if name in position]
    vcpu, memory = float(demand.vcpu[rows].sum()), float(demand.memory_gib[rows].sum())
    if carried and not blank(row["usable_memory_gib"]):
        usable = float(row["usable_memory_gib"])
        lines.append(line("host.load", count=len(carried), vcpu=vcpu, memory=memory, usable=usable))
        peak = float(demand.cpu_use[rows].sum(axis=0).max(initial=0.0))
        lines.append(line("host.peak", peak=peak, usable=float(row["usable_cpu"])))
    yield Section(line("host.title", host=host, kind=str(row["host_type"] or row["from_server"])), tuple(lines))
    if carried:
        workloads = tuple(line("host.workload", workload=name) for name in carried)
        yield Section(line("host.carries"), workloads, shortened(workloads, LISTED))


def explain_workload(view: View, workload: str, pool: str | None) -> Iterator[Section]:
    """Explain a workload: its host, its demand by resource and evidence, then its component."""
    problem, record = view.problem, view.plan.inventory["workloads"].loc[workload]
    title = line("workload.title", workload=workload, system=view.name("systems", str(record["system"])))
    row = view.row("placements", "workload", workload)
    lines = []
    if row is None or blank(row["pool"]):
        lines.append(line("workload.nowhere"))
    elif blank(row["host"]):
        lines.append(line("workload.pool", pool=view.pool(str(row["pool"]))))
    else:
        lines.append(line("workload.host", pool=view.pool(str(row["pool"])), host=str(row["host"])))
    position = problem.demand.position()
    if workload in position:
        lines += _needs(problem.demand, position[workload], record)
    else:
        lines.append(line("workload.stopped"))
    yield Section(title, tuple(lines))
    for component in problem.components.values():
        if workload in component.workloads:
            yield from explain_alone(view, component.component, pool)


def _needs(demand: Demand, row: int, record: Any) -> Iterator[Line]:
    def basis(resource: str) -> Any:
        return label("basis", demand.basis[resource][row])

    yield line("workload.cpu", vcpu=float(demand.vcpu[row]), declared=float(record["vcpu"]), basis=basis("vcpu"))
    # the week in which the peak lies says how it is known
    late = int(demand.cpu_use[row].argmax()) >= HOURS
    known = label("basis", demand.month_end_basis[row]) if late else basis("cpu")
    yield line("workload.peak", peak=float(demand.cpu_use[row].max(initial=0.0)), basis=known)
    memory = float(demand.memory_gib[row])
    yield line("workload.memory", memory=memory, declared=float(record["memory_gib"]), basis=basis("memory"))
    yield line("workload.storage", storage=float(demand.storage_gib[row]), basis=basis("storage"))
    yield line("workload.network", mbps=float(demand.mbps[row]), basis=basis("network"))
