"""Ways to spoil the copies and the money of a saved plan, beside those of :mod:`tests.spoilt_plans`."""

from __future__ import annotations

import json
from pathlib import Path

from tests.spoilt_plans import Rows, first, rewrite


def forgotten_copy(folder: Path) -> None:
    """Leave out one department's copy of what goes to a cloud."""

    def change(listed: Rows) -> None:
        listed.pop(0)

    rewrite(folder, "copies", change)


def elsewhere(folder: Path) -> None:
    """Keep a copy where the scenario doesn't."""

    def change(listed: Rows) -> None:
        listed[0]["place"] = "city_cloud"

    rewrite(folder, "copies", change)


def smaller_copy(folder: Path) -> None:
    """Copy half of a system's data, at half the cost."""

    def change(listed: Rows) -> None:
        for name in ("data_gib", "gib", "yuan_per_year"):
            listed[0][name] = 0.5 * float(listed[0][name])

    rewrite(folder, "copies", change)


def free_copies(folder: Path) -> None:
    """Let the copies cost nothing among the yearly costs."""

    def change(listed: Rows) -> None:
        row = first(listed, stage="after", term="local_copy")
        row["yuan_per_year"] = row["objective_yuan_per_year"] = 0

    rewrite(folder, "costs", change)


def after_release(folder: Path) -> None:
    """Let a copy be due after the old environment is gone."""

    def change(listed: Rows) -> None:
        listed[0]["due_on"] = "2029-12-31"

    rewrite(folder, "copies", change)


def undiscounted(folder: Path) -> None:
    """Count a late year as if it were the first."""

    def change(listed: Rows) -> None:
        row = listed[-1]
        row["discounted"] = row["yuan"]

    rewrite(folder, "cashflow", change)


def forgotten_year(folder: Path) -> None:
    """Leave a year's electricity out."""

    def change(listed: Rows) -> None:
        listed.remove(first(listed, year="2028", item="energy"))

    rewrite(folder, "cashflow", change)


def paid_later(folder: Path) -> None:
    """Pay for hosts a year after they were ordered."""

    def change(listed: Rows) -> None:
        row = first(listed, item="purchase")
        row["year"] = int(row["year"]) + 1

    rewrite(folder, "cashflow", change)


def cheaper_rooms(folder: Path) -> None:
    """Let rooms that stay open cost half of what they do in one year."""

    def change(listed: Rows) -> None:
        row = first(listed, year="2029", item="rooms")
        row["after"] = 0.5 * float(row["after"])

    rewrite(folder, "cashflow", change)


def worth_more(folder: Path) -> None:
    """State a better net present value than the years add up to."""
    path = folder / "plan.json"
    facts = json.loads(path.read_text("utf-8"))
    facts["kpis"]["npv_saving"]["value"] += 1000
    path.write_text(json.dumps(facts), "utf-8")
