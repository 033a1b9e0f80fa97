"""The estate as a plan in progress has changed it: what was moved, delivered or switched off by a day.

The inventory has the last word: a system that it shows in a pool stands there, whatever the plan said, and where the
two contradict each other a finding says so. For the rest the plan's waves are taken for carried out.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from cloudplan.bundle import Plan
from cloudplan.earlier import Earlier
from cloudplan.findings import Finding, Severity
from cloudplan.inventory import Inventory
from cloudplan.placement.dispositions import GONE
from cloudplan.replan.read import delivered, earlier_of, filled, hosts_now, text, under_way


@dataclass(frozen=True, eq=False)
class Carried:
    """An inventory brought up to date with a plan in progress.

    Parameters
    ----------
    inventory
        As the estate stands on the day.
    earlier
        The plan's decisions; ``done`` without the systems whose place the inventory itself shows.
    findings
        What contradicts, and what was taken from the plan.
    """

    inventory: Inventory
    earlier: Earlier
    findings: tuple[Finding, ...]


def carried_out(inventory: Inventory, since: Plan, today: dt.date) -> Carried:
    """Bring an inventory up to date with what a plan has carried out by a day.

    Reused and delivered hosts serve in their pool, machines that travelled stand at their new site, workloads of moved
    systems run on their hosts, those of switched-off systems are gone.

    Parameters
    ----------
    inventory
        As the user keeps it.
    since
        The plan in progress.
    today
        Day of the later scenario.
    """
    earlier = earlier_of(since, today)
    shown = _shown(inventory)
    contradictions = list(_contradictions(inventory, since, earlier, shown, today))
    known = {str(system) for system in inventory["systems"].index}
    pools = {str(pool) for pool in inventory["pools"].index}
    seats: dict[str, set[str]] = {}
    for name, seat in earlier.seats.items():
        seats.setdefault(name.partition("/")[0], set()).add(seat.pool)
    done = {
        system: day
        for system, day in earlier.done.items()
        if system in known and system not in shown and seats.get(system, set()) <= pools
    }
    judged = _judged_on(inventory, since, today)
    earlier = replace(earlier, done=done, judged_on=judged)
    servers, own_id = _servers(inventory, since, today)
    tables = dict(inventory.tables)
    tables["servers"], tables["workloads"], unknown = _moved(servers, inventory, since, earlier, own_id)
    contradictions += unknown
    earlier = replace(earlier, sized_on=_left(inventory, tables["workloads"]))
    alive = set(tables["workloads"].index)
    for name in ("usage", "volumes"):
        frame = tables[name]
        tables[name] = frame[frame["workload"].isin(alive)]
    rows = {
        name: _rows(inventory, name, frame)
        for name, frame in tables.items()
        if name in inventory.rows and len(frame) and frame is not inventory.tables[name]
    }
    remarks = list(_taken_for_done(since, frozenset(done), today))
    changed = replace(inventory, tables=tables, rows={**inventory.rows, **rows})
    return Carried(changed, earlier, (*contradictions, *remarks))


def _left(inventory: Inventory, workloads: pd.DataFrame) -> dict[str, str]:
    """Servers, by workload, on which the inventory still shows what has been moved; ``""`` for none."""
    homes = inventory["workloads"]["server"].reindex(workloads.index)
    pairs = zip(workloads.index, homes, workloads["server"], strict=True)
    return {str(name): str(home or "") for name, home, now in pairs if home != now}


def _taken_for_done(since: Plan, done: frozenset[str], today: dt.date) -> Iterator[Finding]:
    """Name what is taken for done: the waves that have ended, and each that is under way."""
    going = {wave: rows for wave, rows in under_way(since, today).items() if any(str(r.system) in done for r in rows)}
    now = {str(row.system) for rows in going.values() for row in rows}
    if ended := done - now:
        values: dict[str, Any] = {"count": len(ended), "systems": tuple(sorted(ended))}
        yield Finding("replan.taken_for_done", Severity.INFO, values=values)
    for wave, rows in going.items():
        systems = tuple(str(row.system) for row in rows if str(row.system) in done)
        values = {"starts": str(rows[0].window_start), "ends": str(rows[0].window_end)}
        values |= {"count": len(systems), "systems": systems}
        yield Finding("replan.under_way", Severity.INFO, f"W{wave}", values=values)


def _judged_on(inventory: Inventory, since: Plan, today: dt.date) -> dict[str, dt.date]:
    """When the last change of each system's business data was first judged, where the inventory has no newer one."""
    was: Any = since.inventory["systems"]["last_data_on"]
    now: Any = inventory["systems"]["last_data_on"]
    first = {} if since.earlier is None else since.earlier.judged_on
    return {
        str(system): min(today, first.get(str(system), since.scenario.today))
        for system, date in now.items()
        if date is not None and system in was.index and was[system] == date
    }


def _rows(inventory: Inventory, table: str, frame: pd.DataFrame) -> tuple[int, ...]:
    """Row numbers of the records that stay; 0 for those a plan has added."""
    at = dict(zip(inventory.tables[table].index, inventory.rows[table], strict=True))
    return tuple(at.get(key, 0) for key in frame.index)


def _shown(inventory: Inventory) -> dict[str, frozenset[str]]:
    """Pools in which the inventory itself shows each system's running workloads; systems in none are absent."""
    servers, workloads = inventory["servers"], inventory["workloads"]
    out: dict[str, set[str]] = {}
    for system, server, state in zip(workloads["system"], workloads["server"], workloads["state"], strict=True):
        if state == "running" and server is not None and (pool := servers.at[server, "pool"]) is not None:
            out.setdefault(str(system), set()).add(str(pool))
    return {system: frozenset(pools) for system, pools in out.items()}


def _contradictions(
    inventory: Inventory, since: Plan, earlier: Earlier, shown: Mapping[str, frozenset[str]], today: dt.date
) -> Iterator[Finding]:
    """Where the inventory and the plan say different things; the inventory wins."""
    was = _shown(since.inventory)
    planned: dict[str, set[str]] = {}
    for name, seat in earlier.seats.items():
        planned.setdefault(name.partition("/")[0], set()).add(seat.pool)
    for system, pools in shown.items():
        if system not in earlier.fates or pools == was.get(system):
            continue
        values: dict[str, Any] = {"pools": tuple(sorted(pools)), "planned": tuple(sorted(planned.get(system, ())))}
        if not pools <= planned.get(system, set()):
            yield Finding("replan.stands_elsewhere", Severity.WARNING, system, values=values)
        elif system not in earlier.done:
            yield Finding("replan.ahead", Severity.INFO, system, values=values)
    pools_now = {str(pool) for pool in inventory["pools"].index}
    for system in earlier.done:
        lost = planned.get(system, set()) - pools_now
        if lost and system not in shown and system in inventory["systems"].index:
            values = {"pools": tuple(sorted(lost)), "date": earlier.done[system]}
            yield Finding("replan.pool_gone", Severity.WARNING, system, values=values)
    for host in earlier.hosts.values():
        ready = host.available_from is not None and host.available_from <= today
        if host.source == "reused" and ready and host.host in inventory["servers"].index:
            pool = inventory["servers"].at[host.host, "pool"]
            if pool is not None and pool != host.pool:
                values = {"pool": pool, "planned": host.pool}
                yield Finding("replan.serves_elsewhere", Severity.WARNING, host.host, values=values)


def _servers(inventory: Inventory, since: Plan, today: dt.date) -> tuple[pd.DataFrame, dict[str, str]]:
    """The servers, those that serve by now in their pools, and the hosts that were delivered.

    Returns
    -------
    tuple
        The table; and of each delivered host that the inventory shows under an id of its own, that id.
    """
    servers, sites = inventory["servers"].copy(), inventory["pools"]["site"]
    added: list[dict[str, Any]] = []
    own_id: dict[str, str] = {}
    new = _delivered_on_record(inventory, since)
    for row in since.tables["hosts"].itertuples(index=False):
        pool = str(row.pool)
        if pool not in sites.index:
            continue
        name, ready = str(row.host), filled(row.available_from) and str(row.available_from) <= today.isoformat()
        if name in servers.index:
            if row.source == "reused" and ready and servers.at[name, "pool"] is None:
                servers.loc[name, ["pool", "room", "state"]] = [pool, sites[pool], "running"]
                servers.loc[name, "rack"] = None
                servers.loc[name, "start_u"] = pd.NA
        elif row.source == "existing" and name in since.inventory["servers"].index:
            # delivered under a plan before that one
            added.append({str(k): v for k, v in since.inventory["servers"].loc[name].items()})
    for name, row in delivered(since, today).items():
        key = (str(row.pool), str(row.host_type))
        if new.get(key):
            own_id[name] = new[key].pop(0)
        elif name not in servers.index and str(row.pool) in sites.index:
            added.append(_delivered(inventory, row, str(sites[str(row.pool)])))
    if not added:
        return servers, own_id
    more = pd.DataFrame(added, columns=servers.columns).set_axis([row["server"] for row in added])
    return pd.concat([servers, more.astype(servers.dtypes.to_dict())]), own_id


def _delivered_on_record(inventory: Inventory, since: Plan) -> dict[tuple[str, str], list[str]]:
    """Servers by (pool, host type) that the inventory shows in a pool and that the plan didn't know."""
    servers, types = inventory["servers"], inventory["host_types"]
    out: dict[tuple[str, str], list[str]] = {}
    for row in servers[servers["pool"].notna() & ~servers.index.isin(since.inventory["servers"].index)].itertuples():
        for kind in types.itertuples():
            if (kind.arch, kind.threads, kind.memory_gib) == (row.arch, row.threads, row.memory_gib):
                out.setdefault((str(row.pool), str(kind.Index)), []).append(str(row.Index))
                break
    return out


def _delivered(inventory: Inventory, host: Any, site: str) -> dict[str, Any]:
    """A delivered host as a record of ``servers``: what its type says, where its pool is."""
    kind, servers = inventory["host_types"].loc[str(host.host_type)], inventory["servers"]
    centre = servers.loc[servers["room"] == site, "department"]
    owner = centre.iloc[0] if len(centre) else inventory["departments"].index[0]
    blank = {
        str(name): pd.NA if str(dtype) in ("Int64", "boolean") else float("nan") if dtype == "float64" else None
        for name, dtype in servers.dtypes.items()
    }
    same = ("height_u", "sockets", "cores", "threads", "perf_per_core", "arch", "memory_gib", "power_max_w")
    zones: Any = inventory["pools"].at[str(host.pool), "zones"]
    return {
        **blank,
        "ips": (),
        **{name: kind[name] for name in (*same, "power_idle_w")},
        "server": str(host.host), "name": str(host.host), "model": str(host.host_type), "department": str(owner),
        "room": site, "form": "rack", "pool": str(host.pool), "zone": zones[0] if zones else None, "state": "running",
        "bought_on": dt.date.fromisoformat(text(host.available_from)), "price_yuan": kind["price_yuan"],
    }  # fmt: skip


def _moved(
    servers: pd.DataFrame, inventory: Inventory, since: Plan, earlier: Earlier, own_id: Mapping[str, str]
) -> tuple[pd.DataFrame, pd.DataFrame, list[Finding]]:
    """Servers and workloads after the waves that lie behind, and the workloads whose host nobody knows."""
    workloads, sites = inventory["workloads"].copy(), inventory["pools"]
    on = {**earlier.host_of, **hosts_now(since, frozenset(earlier.done))}
    # how many workloads stand on each host of a pool
    serving: dict[str, dict[str, int]] = {}
    for server, pool, state in zip(servers.index, servers["pool"], servers["state"], strict=True):
        if pool is not None and state != "broken":
            serving.setdefault(str(pool), {})[str(server)] = 0
    gone: list[str] = []
    unknown: dict[str, list[str]] = {}
    for name, system, tier, arch in zip(
        workloads.index, workloads["system"], workloads["tier"], workloads["arch"], strict=True
    ):
        if system not in earlier.done:
            continue
        if earlier.fates[system][0] in GONE:
            gone.append(name)
            continue
        seat = earlier.seats.get(f"{system}/{tier}/{arch}")
        if seat is None:
            continue  # it wasn't there when the plan was made: it runs where the inventory says
        kind, home, site = sites.at[seat.pool, "kind"], workloads.at[name, "server"], sites.at[seat.pool, "site"]
        if kind == "colocation":
            if home is not None:
                servers.loc[str(home), "room"] = str(site)
                servers.loc[str(home), "rack"] = None
                servers.loc[str(home), "start_u"] = pd.NA
        elif kind == "cluster":
            planned, hosts = on.get(name, ""), serving.get(seat.pool, {})
            host = own_id.get(planned, planned)
            if host in hosts:
                hosts[host] += 1
                workloads.at[name, "server"] = host
            else:
                unknown.setdefault(seat.pool, []).append(str(name))
        else:
            workloads.at[name, "server"] = None
    for pool, names in unknown.items():
        hosts = serving.get(pool, {})
        for name in names:
            emptiest = min(hosts, key=lambda host: hosts[host], default=None)
            workloads.at[name, "server"] = emptiest
            if emptiest is not None:
                hosts[emptiest] += 1
    said = [
        Finding("replan.host_unknown", Severity.WARNING, pool, values={"count": len(names), "workloads": tuple(names)})
        for pool, names in unknown.items()
    ]
    return servers, workloads.drop(index=gone), said
