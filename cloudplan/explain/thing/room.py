"""Why a room closes or stays: what holds it and what would let that go, and what it costs a year."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from typing import Any

from cloudplan.explain.thing import alternatives, assumed, site
from cloudplan.explain.thing.closing import bound_to, closed
from cloudplan.explain.view import View, blank
from cloudplan.explain.words import Both, Line, Section, line, listed, said, shortened, worded
from cloudplan.i18n import LANGUAGES
from cloudplan.inventory.schema import label
from cloudplan.placement.dispositions import cases_of, change_words, ground
from cloudplan.placement.dispositions import worded as disposition_words


def explain_room(view: View, room: str, pool: str | None) -> Iterator[Section]:
    """Explain a room: when it closes and what that saves, or what holds it open and what that costs."""
    record = view.plan.inventory["rooms"].loc[room]
    row, kind = view.row("rooms", "room", room), label("room_kind", record["kind"])
    lines: list[Line] = []
    closes = row is not None and not blank(row["closes_on"])
    holds: list[Line] = []
    costs: list[Line] = []
    if row is not None and closes:
        wave = 0 if blank(row["wave"]) else int(float(row["wave"]))
        lines.append(line("room.closes", date=str(row["closes_on"]), wave=wave))
        lines += _last(view, room, wave)
        costs = [*_costs(view, room, _today(view, room), "saves"), *_kept(view, room)]
    elif record["kind"] == "department":
        holds = [*_systems(view, room), *_devices(view, room)]
        if holds:
            lines.append(line("room.held", count=len(holds)))
        elif row is not None and not blank(row["why_not"]):
            lines.append(line("room.stays", reason=view.reason(row, "why_not")))
        costs = [*_costs(view, room, _staying(view, room), "staying"), *_closing(view, room)]
    else:
        lines += _receiving(view, room)
    counts = Counter(str(row["fate"]) for row in view.rows("servers", "room", room))
    lines += [fates(counts)] if counts else []
    yield Section(line("room.title", room=room, name=view.name("rooms", room), kind=kind), tuple(lines))
    held = Section(line("room.holds"), tuple(holds), shortened(holds) or None)
    yield held
    if record["kind"] != "department":
        pools = _pools_in(view, room)
        yield Section(line("room.pools"), tuple(_pool_line(view, pool) for pool in pools))
        if pools:
            yield Section(line("room.capacity"), tuple(site.told(view, room)))
            costs = list(_receiving_costs(view, room, pools))
    yield Section(line("room.costs"), tuple(costs))
    if costs:
        yield assumed.section((*assumed.of_today(view, held), *_assumed(view, room, costs)))


def _receiving(view: View, room: str) -> Iterator[Line]:
    """Say of a room that is no department's that it stays, and from when it receives."""
    pools = view.problem.capacity.pools
    opens = [opened for pool in _pools_in(view, room) if (opened := pools[pool].available_from) is not None]
    yield line("room.receives", date=min(opens).isoformat()) if opens else line("room.open")


def _pools_in(view: View, room: str) -> list[str]:
    """Pools that stand in a room and may receive."""
    pools = view.problem.capacity.pools.values()
    return [pool.pool for pool in pools if pool.site == room and pool.kind != "today"]


def _pool_line(view: View, pool: str) -> Line:
    """Say what stands in a pool: its hosts, or the machines that are carried there, and its components."""
    values: dict[str, Any] = {
        "pool": view.pool(pool),
        "components": sum(seat.pool == pool for seat in view.state.seats.values()),
    }
    if view.problem.capacity.pools[pool].kind == "colocation":
        return line("room.colocation", **values, count=len(_carried(view, [pool])))
    hosts = [host for host in view.state.hosts.values() if host.pool == pool]
    bought = sum(host.source == "purchased" for host in hosts)
    return line("room.pool" if hosts else "room.pool_empty", **values, hosts=len(hosts), bought=bought)


def _carried(view: View, pools: Collection[str]) -> list[tuple[str, str]]:
    """Machines that are carried into some pools, each with its pool."""
    return sorted(pair for pair in view.problem.machines_at(view.problem.taken(view.state)) if pair[1] in pools)


def _receiving_costs(view: View, room: str, pools: Collection[str]) -> Iterator[Line]:
    """What the plan pays a year for rack space and electricity in a room that receives."""
    problem = view.problem
    prices = [problem.host_price(host.kind, host.pool) for host in view.state.hosts.values() if host.pool in pools]
    prices += [problem.machine_prices[pair] for pair in _carried(view, pools)]
    space, energy = (sum(price.get(term, 0.0) for price in prices) for term in ("space", "energy"))
    yield line("room.pays", space=space, energy=energy, pue=problem.costs.pue(room))


def fates(counts: Counter[str]) -> Line:
    """Count servers by what becomes of them."""
    parts = [said(f"explain.room.fate.{f}", count=n) for f, n in sorted(counts.items())]
    return line("room.servers", count=sum(counts.values()), fates=listed(parts))


def _components(view: View, room: str) -> list[str]:
    """Components with a machine in a room."""
    rooms = view.plan.inventory["servers"]["room"]
    return [c.component for c in view.problem.components.values() if any(rooms[s] == room for s in c.servers)]


def _remaining(view: View, room: str) -> list[str]:
    """Components that stay on machines in a room."""
    pools, seats = view.problem.capacity.pools, view.state.seats
    return [name for name in _components(view, room) if name in seats and pools[seats[name].pool].kind == "today"]


def _today(view: View, room: str) -> list[str]:
    """Servers of a room on which something runs today."""
    rooms = view.plan.inventory["servers"]["room"]
    components = view.problem.components
    on = dict.fromkeys(s for name in _components(view, room) for s in components[name].servers)
    return [server for server in on if rooms[server] == room]


def _staying(view: View, room: str) -> list[str]:
    """Servers of a room on which something stays."""
    rooms, components = view.plan.inventory["servers"]["room"], view.problem.components
    on = dict.fromkeys(s for name in _remaining(view, room) for s in components[name].servers)
    return [server for server in on if rooms[server] == room]


def _last(view: View, room: str, wave: int) -> Iterator[Line]:
    """Name the systems with which the room empties."""
    own = {view.problem.components[name].system for name in _components(view, room)}
    moved = view.table("waves").itertuples()
    last = [
        str(r.system) for r in moved if str(r.system) in own and not blank(r.wave) and int(float(str(r.wave))) == wave
    ]
    if last:
        yield line("room.last", wave=wave, systems=listed([_named(view, system) for system in last]))


def _named(view: View, system: str) -> Both:
    return said("explain.room.system", system=system, name=view.name("systems", system))


def _systems(view: View, room: str) -> Iterator[Line]:
    """Each system that stays: by which rule, on what evidence, and what would let it go."""
    problem, options = view.problem, view.problem.options
    cases = cases_of(view.plan.inventory, view.plan.scenario, view.plan.earlier)
    staying: dict[str, list[str]] = {}
    for name in _remaining(view, room):
        staying.setdefault(problem.components[name].system, []).append(name)
    for system, names in staying.items():
        present = view.state.dispositions[system]
        found = [change_words(cases[system], language, present=present) for language in LANGUAGES]
        sentences = [dict(zip(LANGUAGES, pair, strict=True)) for pair in zip(*found, strict=True)]
        values: dict[str, Any] = {
            "system": _named(view, system),
            "disposition": disposition_words(present),
            "reason": worded(options[system].reason),
            "decided": ground(options[system].rule),
            "components": tuple(names),
        }
        yield line("room.keeps", options[system].rule, **values)
        for sentence in sentences:
            yield line("room.lets_go", system=system, sentence=sentence)


def _devices(view: View, room: str) -> Iterator[Line]:
    for device in _kept_devices(view, room).itertuples():
        reason = device.fate_reason or None
        yield line("room.device", device=str(device.Index), kind=label("device_kind", device.kind), reason=reason)


def _costs(view: View, room: str, servers: Sequence[str], which: str) -> Iterator[Line]:
    """What the room costs a year by term: the room itself, and the electricity of some servers in it."""
    costs = view.problem.costs
    own: Any = view.plan.inventory["rooms"].at[room, "yearly_cost_yuan"]
    source = said("explain.room.by_survey" if own == own else "explain.room.by_price")
    yield line(f"room.{which}.room", yuan=costs.room(room), source=source)
    if servers:
        price, pue = costs.prices["electricity_yuan_per_kwh"], costs.pue(room)
        yuan = sum(costs.machine_energy(server, room) for server in servers)
        watts = yuan / costs.electricity(1.0, pue) if yuan else 0.0
        values: dict[str, Any] = {"count": len(servers), "kw": watts / 1000.0, "pue": pue, "price": price}
        yield line(f"room.{which}.energy", yuan=yuan, **values)


def _kept(view: View, room: str) -> Iterator[Line]:
    """What it would cost to keep a room that closes."""
    weight = view.plan.scenario.weights.get("rooms", 1.0)
    today = f"today:{room}"
    could = [name for name in _components(view, room)
             if any(view.problem.candidates[i].pool == today and not view.refusals.candidate[i]
                    for i in view.problem.by_component[name])]  # fmt: skip
    yield line("room.keep", yuan=weight * view.problem.costs.room(room))
    if not could:
        yield line("room.nobody_may_stay")
    else:
        yield line("room.may_stay", count=len(could), components=tuple(could[:3]))


def _closing(view: View, room: str) -> Iterator[Line]:
    """What closing a room that stays would cost or save, or what can't leave it."""
    staying = _remaining(view, room)
    pools = {view.state.seats[name].pool for name in staying}
    bound = bound_to(view, staying, pools)
    held = [str(d) for d in _kept_devices(view, room).index]
    systems = list(dict.fromkeys(view.problem.components[name].system for name in bound))
    free = [name for name in staying if view.problem.components[name].system not in systems]
    closes = not systems and not held
    if not closes:
        yield line("room.cannot_close", what=listed([_plain(name) for name in (*systems, *held)]))
    alone = closed(view, free, pools) if free else None
    if alone is not None:
        others = listed([_plain(s) for s in dict.fromkeys(view.problem.components[name].system for name in free)])
        what = said("explain.room.close") if closes else said("explain.room.leave", systems=others)
        yield alternatives.told(view, what, alone)
    if systems:
        yield line("room.by_force", system=systems[0])


def _plain(name: str) -> Both:
    return dict.fromkeys(LANGUAGES, name)


def _kept_devices(view: View, room: str) -> Any:
    devices = view.plan.inventory["devices"]
    return devices[(devices["room"] == room) & (devices["fate"] == "keep")]


def _assumed(view: View, room: str, costs: Sequence[Line]) -> Iterator[Line]:
    """Marks of the figures that price a room."""
    record: Any = view.plan.inventory["rooms"].loc[room]
    if record["pue"] == record["pue"]:
        yield line("assumed.pue", pue=float(record["pue"]), basis=label("basis", record["pue_basis"] or "declared"))
    else:
        yield line("assumed.pue_default", pue=view.problem.costs.pue(room))
    of_line = {"explain.room.saves.energy": _today, "explain.room.staying.energy": _staying}
    counted = [s for told in costs if told.message in of_line for s in of_line[told.message](view, room)]
    guessed = sum(view.problem.costs.powers.at[server, "basis"] != "measured" for server in counted)
    if guessed:
        yield line("assumed.powers", count=guessed, total=len(counted))
    yield from alternatives.nearest(costs, above=True)
    yield from assumed.of_prices(view)
