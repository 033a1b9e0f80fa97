"""Why a bought host is there: what the plan would cost without it or with another type, or which rules need it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from cloudplan.explain.settled import SMALL
from cloudplan.explain.thing import alternatives, assumed
from cloudplan.explain.thing.refit import Likely, Limit, Wish, as_planned, broken_by
from cloudplan.explain.view import View, blank, rule_name, yes
from cloudplan.explain.words import LISTED, Line, Section, line, listed, said
from cloudplan.i18n import LANGUAGES
from cloudplan.inventory.schema import label
from cloudplan.placement.problem import PlacementProblem
from cloudplan.state import Host, State

TRIED = 4
"""Servers that are tried in the place of a host."""


def explain_host(view: View, host: str, pool: str | None) -> Iterator[Section]:
    """Explain a host: where it comes from, what needs it, what others would cost, and what it carries."""
    row = view.row("hosts", "host", host) or {}
    lines = [line(f"host.source.{row['source']}", pool=view.pool(str(row["pool"])))]
    if not blank(row["available_from"]):
        lines.append(line("host.ready", date=str(row["available_from"])))
    yield Section(
        line("host.title", host=host, kind=str(row["host_type"] or row["from_server"])),
        (*lines, *yearly(view, host), *load(view, host, row)),
    )
    others: tuple[Line, ...] = ()
    if host in view.state.hosts:
        yield Section(line("host.needed"), tuple(_needed(view, host)))
        others = tuple(_others(view, view.state.hosts[host]))
        yield alternatives.headed(line("host.others"), others)
    carried = [str(r["workload"]) for r in view.rows("placements", "host", host)]
    workloads = tuple(line("host.workload", workload=name) for name in carried)
    named = [dict.fromkeys(LANGUAGES, name) for name in carried[:LISTED]]
    more = [said("explain.other.more", count=len(carried) - LISTED)] if len(carried) > LISTED else []
    shown = (line("host.workloads", workloads=listed([*named, *more])),) if carried else ()
    yield Section(line("host.carries"), workloads, shown)
    yield assumed.section(_assumed(view, str(row["pool"]), others))


def yearly(view: View, name: str) -> Iterator[Line]:
    """Say what a host costs to buy, where it is bought, and what it costs a year, by term."""
    host = view.state.hosts.get(name)
    if host is None:
        return
    costs = view.problem.costs
    if host.source == "purchased":
        basis = label("price_basis", view.plan.inventory["host_types"].at[host.kind, "price_basis"])
        life: Any = view.plan.inventory["host_types"].at[host.kind, "life_years"]
        yield line("host.price", yuan=costs.purchase_yuan(host.kind), basis=basis, life=float(life),
                   rate=100.0 * view.plan.scenario.discount_rate)  # fmt: skip
    elif host.source == "reused":
        yield line("host.once", yuan=costs.reuse_yuan, years=costs.years_left(host.kind))
    price = view.problem.host_price(host.kind, host.pool)
    ranked = sorted(((yuan, term) for term, yuan in price.items() if abs(yuan) >= SMALL), reverse=True)
    parts = [said("explain.host.term", term=said(f"costs.term.{term}"), yuan=yuan) for yuan, term in ranked]
    if parts:
        yield line("host.yearly", yuan=sum(price.values()), terms=listed(parts))


def load(view: View, host: str, row: dict[str, Any]) -> Iterator[Line]:
    """Say what a host carries, or that it stands by."""
    if yes(row["spare"]):
        yield line("host.spare")
    position, demand = view.problem.demand.position(), view.problem.demand
    carried = [str(r["workload"]) for r in view.rows("placements", "host", host)]
    rows = [position[name] for name in carried if name in position]
    if carried and not blank(row["usable_memory_gib"]):
        vcpu, memory = float(demand.vcpu[rows].sum()), float(demand.memory_gib[rows].sum())
        usable = float(row["usable_memory_gib"])
        yield line("host.load", count=len(carried), vcpu=vcpu, memory=memory, usable=usable)
        peak = float(demand.cpu_use[rows].sum(axis=0).max(initial=0.0))
        yield line("host.peak", peak=peak, usable=float(row["usable_cpu"]))


def _needed(view: View, host: str) -> Iterator[Line]:
    """Say which rules the plan would break without it, all else as it is."""
    broken = broken_by(view, as_planned(view).without(host).state)
    for finding in broken:
        yield line("host.without", finding.rule, reason=view.worded(finding), name=rule_name(finding.rule))
    if not broken:
        yield line("host.packing")


def _others(view: View, host: Host) -> Iterator[Line]:
    """What it would cost without it, and with each other type in its place."""
    problem, pool = view.problem, host.pool
    own = [h for h in view.state.hosts.values() if h.pool == pool and h.kind == host.kind]
    less = Limit(pool, most=len(own) - 1, kinds=frozenset({host.kind}))
    own_hosts = as_planned(view)
    without = own_hosts.without(host.host)
    if host.source == "existing":
        yield line("host.existing")
        return
    yield alternatives.asked(view, said("explain.host.unused"), Wish((less,), likely=(without,)))
    for kind in types_of(problem, pool):
        if kind != host.kind:
            count = sum(h.kind == kind and h.pool == pool for h in view.state.hosts.values())
            swapped = own_hosts.having(replace(host, kind=kind, source="purchased"), host.host)
            wish = Wish((less, Limit(pool, least=count + 1, kinds=frozenset({kind}))), likely=(swapped,))
            yield alternatives.asked(view, said("explain.host.other_type", kind=kind), wish, kind=kind)
    servers = frozenset(server for server, there in problem.reuse if there == pool)
    had = had_in(view.state, pool)
    wish = Wish((less, Limit(pool, least=had + 1, kinds=servers)), likely=tuple(lent(view, host)))
    yield alternatives.asked(view, said("explain.host.reused"), wish)


def types_of(problem: PlacementProblem, pool: str) -> list[str]:
    """Host types on offer in a pool."""
    return [kind for kind, there in problem.buyable if there == pool]


def had_in(state: State, pool: str) -> int:
    """How many hosts of a pool are not bought."""
    return sum(host.pool == pool and host.source != "purchased" for host in state.hosts.values())


def unused_in(view: View, pool: str) -> list[str]:
    """Servers that no rule and no wave keeps from serving in a pool, and that serve nowhere."""
    return [
        server
        for server, there in view.problem.reuse
        if there == pool
        and server not in view.state.hosts
        and (server, pool) not in view.refusals.server
        and (server, pool) not in view.late
    ]


def lent(view: View, host: Host) -> Iterator[Likely]:
    """The plan's hosts with a server in the place of one of them, the largest that could be."""
    kinds = view.problem.capacity.kinds
    largest = sorted(unused_in(view, host.pool), key=lambda server: (-kinds[server].usable_memory_gib, server))
    for server in largest[:TRIED]:
        yield as_planned(view).having(Host(server, host.pool, server, "reused"), host.host)


def _assumed(view: View, pool: str, others: tuple[Line, ...]) -> Iterator[Line]:
    yield from alternatives.nearest(others, above=True)
    yield from of_pool(view, pool)


def of_pool(view: View, pool: str) -> Iterator[Line]:
    """What is taken for granted about the demand and the hosts of a pool."""
    components = view.problem.components
    rows = [r for c, seat in view.state.seats.items() if seat.pool == pool for r in components[c].rows]
    yield from assumed.of_demand(view, rows)
    if pool in view.problem.clusters:
        capacity, spare = view.plan.scenario.capacity, view.problem.clusters[pool].spare_hosts
        yield line("assumed.reserves", cpu=100 * (capacity.cpu_reserve + capacity.cpu_headroom),
                   memory=100 * capacity.memory_reserve, spare=spare)  # fmt: skip
    if pool in view.allowance:
        yield line("assumed.allowance", share=100 * view.allowance[pool])
    yield from assumed.of_prices(view)
    yield from assumed.of_gap(view)
