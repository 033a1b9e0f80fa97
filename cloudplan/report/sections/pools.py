"""Pools and their hosts: demand against what is usable, spares, and how few hosts could do."""

from __future__ import annotations

from collections import Counter
from functools import partial

from cloudplan.report import numbers
from cloudplan.report.charts import bars
from cloudplan.report.section import Cell, Figure, Section, Table, View, rows_of, yes

UNITS = {
    "cpu": "vCPU",
    "vcpu": "vCPU",
    "cpu_allocation": "vCPU",
    "memory": "GiB",
    "memory_gib": "GiB",
    "mbps": "Mbit/s",
    "network": "Mbit/s",
    "u": "U",
    "kw": "kW",
}


def section(view: View) -> Section:
    """Write about pools and hosts."""
    pools, hosts = view.frame("pools"), view.frame("hosts")
    once = pools.drop_duplicates("pool")
    loaded = sum(int(v) for v in once["loaded_hosts"] if not numbers.missing(v))
    bound = sum(int(v) for v in once["bound_hosts"] if not numbers.missing(v))
    existing = int((hosts["source"] == "existing").sum())
    headline = view.say(
        "pools.headline_existing" if existing else "pools.headline",
        pools=view.count(hosts["pool"].nunique()),
        hosts=view.count(len(hosts)),
        reused=view.count((hosts["source"] == "reused").sum()),
        bought=view.count((hosts["source"] == "purchased").sum()),
        existing=view.count(existing),
    )
    if bound:
        message = "pools.proved" if bound >= loaded else "pools.bound"
        headline += view.say(
            message, loaded=view.count(loaded), bound=view.count(bound), more=view.count(loaded - bound)
        )
    return Section(
        "pools",
        view.say("pools.title"),
        headline,
        figures=_figure(view),
        tables=_tables(view),
        notes=(view.say("pools.note"),),
    )


def unit(resource: str) -> str:
    """Name the unit in which a pool's resource is counted."""
    return UNITS.get(resource, "GiB" if resource.startswith("storage") else "")


def _figure(view: View) -> tuple[Figure, ...]:
    found = []
    for row in rows_of(view.frame("pools")):
        if numbers.missing(row.usable) or not float(row.usable) or float(row.usable) == float("inf"):
            continue
        share = float(row.demand) / float(row.usable)
        text = view.say(
            "pools.load",
            share=numbers.percent(share, 0),
            demand=numbers.number(float(row.demand), 0),
            usable=numbers.number(float(row.usable), 0),
        )
        measure = unit(str(row.resource))
        name = view.resource(str(row.resource)) + (view.say("in_unit", unit=measure) if measure else "")
        found.append((str(row.resource), bars.Load(view.pool(row.pool), name, share, text)))
    # a resource that few pools state would be an all but empty panel; the table has it
    stated = Counter(resource for resource, _ in found)
    rows = [load for resource, load in found if 2 * stated[resource] >= max(stated.values())]
    return (Figure("pools", view.say("pools.caption"), partial(bars.loads, rows)),) if rows else ()


def _tables(view: View) -> tuple[Table, ...]:
    pools, hosts = view.frame("pools"), view.frame("hosts")
    rows: list[tuple[Cell, ...]] = []
    for row in rows_of(pools.drop_duplicates("pool")):
        of_pool = hosts[hosts["pool"] == row.pool]
        rows.append(
            (
                (view.pool(row.pool), str(row.pool)),
                view.text(row.hosts),
                view.text(row.loaded_hosts),
                view.text(row.spare_hosts),
                view.text(row.bound_hosts),
                view.count((of_pool["source"] == "reused").sum()),
                view.count((of_pool["source"] == "purchased").sum()),
                view.count((of_pool["source"] == "existing").sum()),
            )
        )
    tables = [view.table("pools", rows, range(1, 8), short=True)] if rows else []
    listed: list[tuple[Cell, ...]] = [
        (
            str(row.host),
            view.pool(row.pool),
            str(row.host_type),
            view.word(f"report.source.{row.source}", str(row.source)),
            view.say("pools.spare") if yes(row.spare) else "",
            view.text(row.available_from),
            view.text(row.threads),
            view.text(row.memory_gib),
        )
        for row in rows_of(hosts)
    ]
    if listed:
        tables.append(view.table("hosts", listed, (6, 7), folded=True))
    purchases = view.frame("purchases")
    bought: list[tuple[Cell, ...]] = [
        (
            view.pool(row.pool),
            view.name("host_types", row.host_type),
            view.text(row.count),
            view.text(row.order_by),
            view.text(row.ready_on),
            str(row.fiscal_year),
            view.money(float(row.yuan)),
            view.basis(row.basis),
        )
        for row in rows_of(purchases)
    ]
    if bought:
        tables.append(view.table("purchases", bought, (2, 6), short=True))
    return tuple(tables)
