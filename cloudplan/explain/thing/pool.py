"""Why a pool is there, why it has that many hosts and these, and what others would cost or which rules refuse them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from cloudplan.explain.settled import SMALL
from cloudplan.explain.thing import alternatives, assumed
from cloudplan.explain.thing.closing import close_pool
from cloudplan.explain.thing.host import had_in, lent, of_pool, types_of
from cloudplan.explain.thing.place import explain_place, why_not
from cloudplan.explain.thing.refit import Likely, Limit, Wish, as_planned, other_hosts, without_spares
from cloudplan.explain.view import View, blank, rule_name
from cloudplan.explain.words import Line, Section, line, listed, said
from cloudplan.inventory.schema import label
from cloudplan.state import Host, State

MEMBERS = 5
"""Members of a pool that are named, the largest first."""
HOSTED = ("cpu", "vcpu", "memory_gib", "mbps")
"""Resources that hosts carry; storage is the pool's own."""
SPARE = "spare-hosts"


def explain_pool(view: View, pool: str, only: str | None) -> Iterator[Section]:
    """Explain a pool: what it is, how full it gets, its hosts and the alternatives to them, and its members."""
    there, members = view.problem.capacity.pools[pool], _names(view, pool)
    if there.kind != "cluster":
        yield from explain_place(view, pool, members)
        return
    lines = [line("pool.opens", date=there.available_from.isoformat())] if there.available_from else []
    if there.arch is not None:
        zones = listed([view.zone(zone) for zone in there.zones])
        lines.append(line("pool.what", arch=label("arch", there.arch), level=there.filed_level, zones=zones))
    sources = Counter(host.source for host in view.state.hosts.values() if host.pool == pool)
    counted = [line(f"pool.source.{source}", count=count) for source, count in sorted(sources.items())]
    yield Section(line("pool.title", pool=view.pool(pool)), (*lines, *_full(view, pool), *counted))
    found: tuple[Line, ...] = ()
    if sources:
        number, kinds = tuple(_number(view, pool)), tuple(_kinds(view, pool))
        yield alternatives.headed(line("pool.number"), number)
        yield alternatives.headed(line("pool.kinds"), kinds, number)
        found = (*number, *kinds)
    if members:
        closing = tuple(close_pool(view, pool, members))
        yield Section(line("pool.why"), closing)
        found += closing
    yield Section(line("pool.members"), tuple(_members(view, members)))
    if not members:
        yield why_not(view, pool)
    if sources:
        yield assumed.section((*alternatives.nearest(found, above=True), *of_pool(view, pool)))


def _full(view: View, pool: str) -> Iterator[Line]:
    """How full the pool gets, and how many hosts that takes at least."""
    rows = view.rows("pools", "pool", pool)
    for row in rows:
        need, usable = float(row["demand"] or 0), row["usable"]
        resource = said(f"explain.resource.{row['resource']}")
        if not need and row["resource"] not in ("cpu", "vcpu", "memory_gib"):
            continue
        if blank(usable) or not float(usable):
            yield line("pool.need", resource=resource, need=need)
        else:
            share = 100.0 * need / float(usable)
            yield line("pool.full", resource=resource, need=need, usable=float(usable), share=share)
    if rows and not blank(rows[0]["hosts"]):
        spares = 0 if blank(rows[0]["spare_hosts"]) else int(float(rows[0]["spare_hosts"]))
        yield line("pool.hosts", hosts=int(float(rows[0]["hosts"])), spare_hosts=spares)
        if not blank(rows[0]["loaded_hosts"]) and not blank(rows[0]["bound_hosts"]):
            loaded, bound = int(float(rows[0]["loaded_hosts"])), int(float(rows[0]["bound_hosts"]))
            yield line("pool.bound" if loaded > bound else "pool.tight", loaded=loaded, bound=bound)


def _number(view: View, pool: str) -> Iterator[Line]:
    """Why so many hosts: what is tightest, and what one host fewer, no spare, or one more would cost."""
    hosts = [host for host in view.state.hosts.values() if host.pool == pool]
    yield from _tightest(view, pool)
    anew = alternatives.told(view, said("explain.pool.anew"), other_hosts(view, Wish((), frozenset({pool}))))
    if anew.message == "explain.other.cheaper":
        yield anew
    fewer = tuple(as_planned(view).without(host.host) for host in _of_each_kind(hosts) if not host.spare)
    wish = Wish((Limit(pool, most=len(hosts) - 1),), likely=fewer)
    yield alternatives.asked(view, said("explain.pool.fewer", count=len(hosts) - 1), wish)
    spares = sum(host.spare for host in hosts)
    if spares and any(rule.name() == SPARE for rule in view.rules):
        without = without_spares(view, pool)
        base = alternatives.cheapest(view, frozenset({pool})) or view.cost
        less = 0.0 if without is None else base - without.cost
        if less >= SMALL:
            yield line("pool.spare", SPARE, count=spares, yuan=less, name=rule_name(SPARE))
    more = tuple(
        as_planned(view).having(Host(f"{pool}+", pool, kind, "purchased")) for kind in types_of(view.problem, pool)
    )
    wish = Wish((Limit(pool, least=len(hosts) + 1),), likely=more)
    yield alternatives.asked(view, said("explain.pool.more", count=len(hosts) + 1), wish)


def _of_each_kind(hosts: list[Host]) -> Iterator[Host]:
    seen = set()
    for host in hosts:
        if (host.kind, host.spare) not in seen:
            seen.add((host.kind, host.spare))
            yield host


def _tightest(view: View, pool: str) -> Iterator[Line]:
    """Name the resource of which its loaded hosts have least left."""
    shares = {
        str(row["resource"]): 100.0 * float(row["demand"] or 0) / float(row["usable"])
        for row in view.rows("pools", "pool", pool)
        if row["resource"] in HOSTED and not blank(row["usable"]) and float(row["usable"])
    }
    if shares:
        tightest = max(shares, key=lambda resource: shares[resource])
        yield line("pool.tightest", resource=said(f"explain.resource.{tightest}"), share=shares[tightest])


def _kinds(view: View, pool: str) -> Iterator[Line]:
    """Why these hosts: every other type on offer, more reused servers for bought ones, and the other way round."""
    problem, state = view.problem, view.state
    types = types_of(problem, pool)
    bought = Counter(h.kind for h in state.hosts.values() if h.pool == pool and h.source == "purchased")
    servers = frozenset(server for server, there in problem.reuse if there == pool)
    reused = [h for h in state.hosts.values() if h.pool == pool and h.source == "reused"]
    yield from _servers(view, pool)
    for kind in types if bought else ():
        if set(bought) != {kind}:
            others = frozenset(types) - {kind}
            swapped = _all_of_type(state, pool, kind)
            wish = Wish((Limit(pool, most=0, kinds=others), Limit(pool, least=1, kinds=frozenset({kind}))),
                        likely=(swapped,))  # fmt: skip
            yield alternatives.asked(view, said("explain.pool.other_type", kind=kind), wish, kind=kind)
    count, had = sum(bought.values()), had_in(state, pool)
    if count:
        one = min(
            (h for h in state.hosts.values() if h.pool == pool and h.source == "purchased"), key=lambda h: h.spare
        )
        likely = tuple(lent(view, one))
        wish = Wish((Limit(pool, most=count - 1, kinds=frozenset(types)), Limit(pool, least=had + 1, kinds=servers)),
                    likely=likely or (as_planned(view).without(one.host),))  # fmt: skip
        yield alternatives.asked(view, said("explain.pool.reuse_more"), wish)
    if reused and types:
        likely = tuple(
            as_planned(view).having(Host(f"{pool}+", pool, kind, "purchased"), host.host)
            for host in reused
            for kind in types
        )
        wish = Wish((Limit(pool, most=had - 1, kinds=servers), Limit(pool, least=count + 1, kinds=frozenset(types))),
                    likely=likely)  # fmt: skip
        yield alternatives.asked(view, said("explain.pool.buy_more"), wish)


def _all_of_type(state: State, pool: str, kind: str) -> Likely:
    """The state with everything bought for a pool of one type."""
    hosts = {
        name: replace(host, kind=kind) if host.pool == pool and host.source == "purchased" else host
        for name, host in state.hosts.items()
    }
    return Likely(replace(state, hosts=hosts))


def _servers(view: View, pool: str) -> Iterator[Line]:
    """Count the servers of its instruction set by what becomes of them: how many could still serve here."""
    problem, arch = view.problem, view.problem.clusters[pool].arch
    own = view.plan.inventory["servers"]
    same = [str(server) for server in own.index if own.at[server, "arch"] == arch]
    counts: Counter[str] = Counter()
    for server in same:
        host = view.state.hosts.get(server)
        if host is not None:
            counts["here" if host.pool == pool else "elsewhere"] += 1
        elif server in problem.capacity.unfit or (server, pool) not in problem.reuse:
            counts["unfit"] += 1
        elif (server, pool) in view.refusals.server:
            counts["refused"] += 1
        elif (server, pool) in view.late:
            counts["late"] += 1
        else:
            counts["left"] += 1
    parts = [said(f"explain.pool.of_servers.{what}", count=counts[what])
             for what in ("here", "elsewhere", "unfit", "refused", "late", "left") if counts[what]]  # fmt: skip
    if parts:
        yield line("pool.servers", count=len(same), parts=listed(parts))


def _names(view: View, pool: str) -> list[str]:
    """Components of a pool that are still on record."""
    names = [str(row["component"]) for row in view.rows("components", "pool", pool)]
    return [name for name in names if name in view.problem.components]


def _members(view: View, names: list[str]) -> Iterator[Line]:
    problem = view.problem
    if not names:
        yield line("pool.empty")
        return
    systems = {problem.components[name].system for name in names}
    yield line("pool.count", components=len(names), systems=len(systems))
    largest = sorted(names, key=lambda name: (-problem.amounts(name)["vcpu"], name))[:MEMBERS]
    for name in largest:
        amounts: Any = problem.amounts(name)
        yield line("pool.member", component=name, vcpu=amounts["vcpu"], memory=amounts["memory_gib"])
