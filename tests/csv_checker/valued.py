"""The money by fiscal year: complete, discounted as said, and no other than the other tables'."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator

from tests.csv_checker.saved import Saved, number


def valued(s: Saved) -> Iterator[str]:
    """Each row discounted by its year; rows add up to the net present value; a last full year is the yearly cost."""
    flows, rate = s.plan["cashflow"], s.scenario.get("discount_rate", 0.04)
    first = dt.date.fromisoformat(s.scenario["today"]).year
    for row in flows:
        saved = number(row["before"]) - float(row["after"])
        power = int(row["year"]) - first + (row["kind"] == "running")
        if abs(saved - float(row["yuan"])) > 0.02:
            yield f"{row['item']} in {row['year']} saves {row['yuan']}, not {saved}"
        if abs(saved / (1 + rate) ** power - float(row["discounted"])) > 0.02:
            yield f"{row['item']} in {row['year']} is worth {row['discounted']}, not {saved} after {power} years"
    total, said = sum(float(row["discounted"]) for row in flows), s.facts["kpis"]["npv_saving"]["value"]
    if abs(total - said) > 0.01 * (len(flows) + 1):
        yield f"the years are worth {total}, the net present value is {said}"
    yield from _bought(s)
    yield from _rooms(s)
    yield from _settled(s)


def _bought(s: Saved) -> Iterator[str]:
    """Hosts are paid in the fiscal year in which they are ordered."""
    last = max(int(row["year"]) for row in s.plan["cashflow"])
    ordered: dict[int, float] = defaultdict(float)
    for row in s.plan["purchases"]:
        ordered[int(row["fiscal_year"])] += float(row["yuan"])
    paid = {int(r["year"]): float(r["after"]) for r in s.plan["cashflow"] if r["item"] == "purchase"}
    for year in sorted({year for year in ordered if year <= last} | set(paid)):
        if abs(ordered[year] - paid.get(year, 0.0)) > 0.01:
            yield f"hosts for {ordered[year]} are ordered in {year}, {paid.get(year)} is paid"


def _rooms(s: Saved) -> Iterator[str]:
    """A room costs until it closes."""
    prices = {row["price"]: float(row["value"]) for row in s.given["prices"]} | s.scenario.get("prices", {})
    yearly = {
        row["room"]: number(row["yearly_cost_yuan"], prices["room_default_yuan_per_year"])
        for row in s.given["rooms"]
        if row["kind"] == "department"
    }
    starts = dt.date.fromisoformat(s.scenario["today"])
    for row in s.plan["cashflow"]:
        if row["item"] != "rooms":
            continue
        low, high = dt.date(int(row["year"]), 1, 1), dt.date(int(row["year"]) + 1, 1, 1)
        days, due = (high - low).days, 0.0
        for closing in s.plan["rooms"]:
            ends = dt.date.fromisoformat(closing["closes_on"]) if closing["closes_on"] else high
            due += yearly[closing["room"]] * max((min(ends, high) - max(low, starts)).days, 0) / days
        if float(row["after"]) > due + 1 or (
            float(row["after"]) < due - 1 and row["year"] != s.plan["cashflow"][-1]["year"]
        ):
            yield f"the rooms cost {row['after']} in {row['year']}, not {due:.2f}"


def _settled(s: Saved) -> Iterator[str]:
    """In a full year after the last wave all that runs costs what the yearly costs say; before, in every full year."""
    last = max((row["window_end"] for row in s.plan["waves"]), default="")[:4]
    ready = max((h["available_from"] for h in s.hosts.values()), default="")[:4]
    years = sorted({row["year"] for row in s.plan["cashflow"]})[1:-1]
    yearly = {(r["term"], r["stage"]): r["yuan_per_year"] for r in s.plan["costs"]}
    for row in s.plan["cashflow"]:
        if row["kind"] != "running" or row["year"] not in years:
            continue
        before = yearly[row["item"], "before"]
        if row["before"] and abs(float(row["before"]) - number(before)) > 1:
            yield f"{row['item']} costs {row['before']} in {row['year']} as today, {before} a year"
        if row["item"] != "reuse" and row["year"] > max(last, ready):
            after = float(yearly[row["item"], "after"])
            if abs(float(row["after"]) - after) > 1:
                yield f"{row['item']} costs {row['after']} in {row['year']}, {after} a year"
