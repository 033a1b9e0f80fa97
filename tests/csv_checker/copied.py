"""The departments' own copies of what goes to a cloud: every one there, as large and as dear as it should be."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from tests.csv_checker.saved import Row, Saved, number

CLOUD = {"REHOST", "REPLATFORM", "REFACTOR", "UPLIFT"}


def copied(s: Saved) -> Iterator[str]:
    """A copy for each system on a cloud, at the place the scenario says, of its data; together they cost the term."""
    rows = {row["system"]: row for row in s.plan["copies"]}
    count = Counter(row["system"] for row in s.plan["copies"])
    cloud = {system for system, fate in s.fate.items() if fate in CLOUD}
    yield from (f"{x} has {count[x]} local copies" for x in sorted(cloud | set(count)) if count[x] != (x in cloud))
    prices = {row["price"]: float(row["value"]) for row in s.given["prices"]} | s.scenario.get("prices", {})
    growth = (1 + s.option("demand", "growth_per_year", 0)) ** s.option("demand", "growth_years", 0)
    for system in sorted(cloud & set(rows)):
        yield from _one(s, rows[system], prices, growth)
    total = sum(float(row["yuan_per_year"]) for row in rows.values())
    listed = sum(
        float(r["yuan_per_year"]) for r in s.plan["costs"] if (r["term"], r["stage"]) == ("local_copy", "after")
    )
    if abs(total - listed) > 0.01 * (len(rows) + 1):
        yield f"local copies cost {total}, the term says {listed}"


def _one(s: Saved, row: Row, prices: dict[str, float], growth: float) -> Iterator[str]:
    system, options = row["system"], s.scenario.get("local_copy", {})
    owner = s.systems[system]["department"]
    said = options.get("systems", {}).get(system) or options.get("departments", {}).get(owner) or options
    place = said.get("place", "office_storage")
    if row["place"] != place:
        yield f"the copy of {system} is in {row['place']}, not in {place}"
    if (place == "documented_equivalent") != bool(row["document"]):
        yield f"the copy of {system} names the document {row['document']!r}"
    stated = s.systems[system]["data_gib"]
    works = [w for w, r in s.workloads.items() if r["system"] == system and r["tier"] != "backup"]
    stored = sum(s.flat.get((w, f"storage_{tier}_gib"), 0.0) for w in works for tier in ("high", "normal", "object"))
    data = float(stated) * growth if stated else stored
    if abs(float(row["data_gib"]) - data) > 0.01 or (row["basis"] == "declared") != bool(stated):
        yield f"the data of {system} are {row['data_gib']} GiB ({row['basis']}), not {data}"
    copies = 0 if place == "documented_equivalent" else said.get("copies") or options.get("copies", 1)
    gib = {"office_storage": "office_copy_gib_yuan_per_year", "city_cloud": "city_storage_gib_yuan_per_month"}
    price = prices[gib[place]] * (12 if place == "city_cloud" else 1) if place in gib else 0.0
    if abs(float(row["yuan_per_year"]) - price * copies * data) > 0.02 + 0.01 * price:
        yield f"the copy of {system} costs {row['yuan_per_year']}, not {price * copies * data:.2f}"
    if system in s.wave and row["due_on"] != s.wave[system]["window_end"][:10]:
        yield f"the copy of {system} is due on {row['due_on']}, its window ends {s.wave[system]['window_end']}"
    if not number(row["gib"]) and number(row["yuan_per_year"]):
        yield f"the copy of {system} costs something and holds nothing"
