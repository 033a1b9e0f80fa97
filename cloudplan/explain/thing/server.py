"""Why a server serves again, or doesn't: what every other fate and every other pool would cost, or what refuses it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any

import pandas as pd

from cloudplan.explain.thing import alternatives, assumed
from cloudplan.explain.thing.host import load, unused_in, yearly
from cloudplan.explain.thing.refit import Likely, Limit, Wish, as_planned, broken_by
from cloudplan.explain.thing.system import change_section, evidence_line
from cloudplan.explain.view import View, blank, rule_name
from cloudplan.explain.words import Both, Line, Section, alike, begun, line, listed, one_of, said, shortened, worded
from cloudplan.findings import Finding
from cloudplan.inventory.schema import label
from cloudplan.placement.fates import Fate, fates_of, server_change_words, server_changes
from cloudplan.state import Host

FATES = ("reuse", "spare", "scrap", "keep", "relocate")
"""What may become of a server."""
UNUSED = frozenset({"spare", "scrap"})
"""Fates of a server that nothing runs on: the plan charges nothing for either."""


def explain_server(view: View, server: str, pool: str | None) -> Iterator[Section]:
    """Explain a server: its fate, what others and other pools would cost or what refuses them, and what ran on it."""
    problem, record = view.problem, view.plan.inventory["servers"].loc[server]
    fate = fates_of(problem, view.state, view.refusals)[server]
    title = line(
        "server.title",
        server=server,
        name=view.name("servers", server),
        room=view.name("rooms", str(record["room"])),
    )
    head = Section(title, (*_fate(view, server, fate), *_service(view, server)))
    yield head
    others = () if pool is not None else tuple(_other_fates(view, server, fate))
    fit = server in problem.capacity.existing or server not in problem.capacity.unfit
    pools = tuple(_pools(view, server, pool)) if fit else ()
    changes = tuple(_changes(view, server, fate, (*others, *pools) if pool is None else ()))
    yield from changes
    fates, merged = alternatives.noted(others), alike(_merged(view, server, pools))
    yield Section(line("server.fates"), fates)
    if fates == others:  # nothing has said yet how prices are reckoned
        pools, merged = alternatives.noted(pools), alternatives.noted(merged)
    yield Section(line("server.pools"), pools, merged)
    on_it = [c for c in problem.components.values() if server in c.servers]
    goes = [_goes(view, c.component) for c in on_it]
    yield Section(line("server.carries"), tuple(goes) or (line("server.empty"),), shortened(goes) or None)
    priced = any(told.message in alternatives.PRICED for told in (*others, *pools))
    yield assumed.section((*assumed.of_today(view, head, *changes), *_assumed(view, server, priced)))


def _fate(view: View, server: str, fate: Fate) -> Iterator[Line]:
    """What becomes of it, by which rule or whose choice, on what evidence."""
    row = view.row("servers", "server", server)
    if row is None:
        yield line("server.no_fate")
        return
    becomes = _named(str(row["fate"]))
    if blank(row["pool"]):
        yield line("server.fate", fate=becomes, reason=_reason(view.reason(row)))
    else:
        yield line("server.fate_in", fate=becomes, pool=view.pool(str(row["pool"])), reason=_reason(view.reason(row)))
    decided = said(f"placement.server_rule.{fate.rule.name.replace('-', '_')}")
    if len(fate.allowed) > 1:
        yield line("server.ways", fate.rule.name, decided=decided, ways=one_of([_named(f) for f in fate.allowed]))
    else:
        yield line("server.one_way", fate.rule.name, decided=decided)
    yield from evidence_line(row)


def _reason(reason: Both) -> Both:
    """Begin a reason that stands as a sentence of its own."""
    return {language: begun(text) for language, text in reason.items()}


def _named(fate: str) -> Both:
    return said(f"placement.fate.{fate}")


def _service(view: View, server: str) -> Iterator[Line]:
    """What it does in its pool."""
    row = view.row("hosts", "host", server)
    if row is not None:
        yield from yearly(view, server)
        yield from load(view, server, row)


def _changes(view: View, server: str, fate: Fate, told: tuple[Line, ...]) -> Iterator[Section]:
    """What evidence would change what becomes of it, and which alternative is nearest."""
    changes = server_changes(view.problem, view.state, view.refusals, view.rules, only=(server,))[server]
    yield from change_section(partial(server_change_words, fate, changes), alternatives.nearest(told))


def _other_fates(view: View, server: str, fate: Fate) -> Iterator[Line]:
    """What each other fate would cost, or why it is none; of serving again, the pools tell."""
    decided = said(f"placement.server_rule.{fate.rule.name.replace('-', '_')}")
    if len(fate.allowed) == 1:
        others = [f for f in FATES if f != fate.fate]
        yield line("server.ruled_out", fate.rule.name, fates=listed([_named(f) for f in others]),
                   decided=decided, reason=_reason(worded(fate.reason)))  # fmt: skip
        return
    if fate.fate == "reuse":
        yield unused(view, server)
    else:
        yield line("server.free_of_charge", fate=_named("scrap"), now=_named(fate.fate))
    if fate.fate == "reuse":
        yield line("server.free_of_charge", fate=_named("scrap"), now=_named("spare"))
    yield line("server.nobody_stays", fates=listed([_named(f) for f in ("keep", "relocate")]))


def unused(view: View, server: str) -> Line:
    """Say what it would cost not to use a server that serves."""
    host = view.state.hosts[server]
    likely = (as_planned(view).without(server), *_twins(view, host))
    without = Wish((Limit(host.pool, most=0, kinds=frozenset({server})),), likely=likely)
    return alternatives.asked(view, said("explain.server.unused"), without, server)


def _twins(view: View, host: Host) -> Iterator[Likely]:
    """The plan's hosts with an unused server of the same size in the place of one, the cheapest."""
    problem, pool = view.problem, host.pool
    same = next((kinds for kinds in problem.sizes(pool) if any(kind.kind == host.kind for kind in kinds)), ())
    unused = set(unused_in(view, pool))
    twins = [kind.kind for kind in same if kind.kind in unused]
    if twins:
        cheapest = min(twins, key=lambda server: (sum(problem.host_price(server, pool).values()), server))
        yield as_planned(view).having(Host(cheapest, pool, cheapest, "reused"), host.host)


def _pools(view: View, server: str, only: str | None) -> Iterator[Line]:
    """Say of every cluster why it hasn't the server, or what it would cost there."""
    problem = view.problem
    pairs = dict.fromkeys(other for name, other in problem.reuse if name == server)
    here = view.state.hosts[server].pool if server in view.state.hosts else ""
    for pool in problem.clusters:
        if only is not None and pool != only:
            continue
        name = view.pool(pool)
        if pool == here:
            yield line("server.here", pool=name)
        elif server in problem.capacity.existing:
            yield line("server.bound", pool=name)
        elif pool not in pairs:
            arch = label("arch", view.plan.inventory["servers"].at[server, "arch"])
            yield line("server.arch", pool=name, arch=arch, pool_arch=label("arch", problem.clusters[pool].arch))
        elif refused := view.refusals.server.get((server, pool), ()):
            for finding in refused:
                values = {"pool": name, "pool_id": pool, "reason": worded(finding)}
                yield line("server.refused", finding.rule, **values, name=rule_name(finding.rule))
        elif (server, pool) in view.late:
            yield line("server.late", pool=name)
        else:
            yield from _in_pool(view, server, pool, here)


def _in_pool(view: View, server: str, pool: str, here: str) -> list[Line]:
    """Say what it would cost to have the server in a pool that no rule closes to it."""
    there = Likely(view.state)
    for twin in _twins(view, view.state.hosts[server]) if here else ():
        there = twin
    there = there.having(Host(server, pool, server, "reused"))
    values: dict[str, Any] = {"pool": view.pool(pool), "pool_id": pool}
    own = tuple(found for found in broken_by(view, there.state) if found.subject == server)
    if own:  # no choice of hosts mends what a rule says of the server itself
        return [line("server.refused", f.rule, **values, reason=worded(f), name=rule_name(f.rule)) for f in own]
    pools = frozenset({here}) if here else frozenset[str]()
    wish = Wish((Limit(pool, least=1, kinds=frozenset({server})),), pools, (there,))
    return [alternatives.asked(view, view.pool(pool), wish, server, **values)]


def _merged(view: View, server: str, pools: Iterable[Line]) -> list[Line]:
    """Put refusals that differ in the pool alone into one line."""
    groups: dict[str, tuple[Finding | None, list[Line]]] = {}
    for told in pools:
        pool = told.values.get("pool_id", "")
        found = next((f for f in view.refusals.server.get((server, pool), ()) if f.rule == told.rule), None)
        values = {} if found is None else {key: value for key, value in found.values.items() if key != "pool"}
        key = str(len(groups)) if found is None else repr((found.rule, found.message, values))
        groups.setdefault(key, (found, []))[1].append(told)
    out = []
    for found, some in groups.values():
        if found is None or len(some) == 1:
            out += some
            continue
        ids = tuple(told.values["pool_id"] for told in some)
        said_of = replace(found, values={**found.values, "pool": ids})
        names = listed([told.values["pool"] for told in some])
        out.append(replace(some[0], values={**some[0].values, "pool": names, "reason": worded(said_of)}))
    return out


def _goes(view: View, component: str) -> Line:
    row = view.row("components", "component", component)
    if row is None or blank(row["pool"]):
        return line("server.gone", component=component)
    return line("server.carried", component=component, pool=view.pool(str(row["pool"])))


def _assumed(view: View, server: str, priced: bool) -> Iterator[Line]:
    """What is taken for granted about a server, and where it serves about the pool's demand."""
    problem = view.problem
    record: Any = view.plan.inventory["servers"].loc[server]
    host = view.state.hosts.get(server)
    kind = problem.capacity.kinds.get(server)
    if kind is not None:
        power = problem.costs.powers.at[server, "basis"]
        if power != "measured":
            yield line("assumed.power", watts=kind.power_max_w, basis=label("basis", power))
        if pd.isna(record["perf_per_core"]):
            yield line("assumed.performance", value=kind.perf_per_core)
    if priced:
        if host is not None:
            rows = [r for c, seat in view.state.seats.items() if seat.pool == host.pool
                    for r in problem.components[c].rows]  # fmt: skip
            yield from assumed.of_demand(view, rows)
        yield from assumed.of_prices(view)
        yield from assumed.of_gap(view)
