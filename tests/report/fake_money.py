"""The made-up plans' copies of data, and their money by fiscal year; the figures agree with each other."""

from __future__ import annotations

from typing import Any

CLOUD = ("REHOST", "REPLATFORM", "REFACTOR", "UPLIFT")
RATE = 0.04
FACTOR = 0.6849 / 1000
RUNNING: tuple[tuple[str, float | None, float, float], ...] = (
    # item, before, after in the year of the move, after from then on
    ("rooms", 3_640_000, 2_400_000, 780_000),
    ("energy", 1_893_000, 1_300_000, 702_000),
    ("operation", None, 500_000, 930_000),
    ("local_copy", None, 9_000, 21_000),
)
ONCE = ((2026, "purchase", 5_200_000), (2026, "migration", 1_400_000), (2029, "replacement", 600_000))


def copies(dispositions: list[tuple[Any, ...]], waves: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """A copy for each system on a cloud; every seventh in the municipal cloud, every ninth documented."""
    ends = {wave[1]: wave[5][:10] for wave in waves}
    out = []
    for n, (system, name, department, code, *_, wave, _, _, _) in enumerate(dispositions):
        if code not in CLOUD:
            continue
        place = "documented_equivalent" if n % 9 == 4 else "city_cloud" if n % 7 == 3 else "office_storage"
        document = "专题会议纪要 3 号" if place == "documented_equivalent" else ""
        data, kept = 40.0 + 10 * (n % 5), 0 if document else 1
        price = {"office_storage": 1.2, "city_cloud": 9.6}.get(place, 0.0)
        size, basis = ("storage", "assumed") if n % 4 == 1 else ("data_gib", "declared")
        out.append(
            (system, name, department, code, place, document, kept, data, size, basis, kept * data,
             round(price * kept * data, 2), wave, ends.get(system, ""), "情景约定", "the scenario says so")
        )  # fmt: skip
    return out


def cashflow() -> list[tuple[Any, ...]]:
    """Five fiscal years from 2026; the move is in the first two."""
    rows: list[tuple[Any, ...]] = []
    for year in range(2026, 2031):
        for at, item, yuan in ONCE:
            if at == year:
                worth = round(-yuan * (1 + RATE) ** (2026 - year), 2)
                rows.append((year, item, "once", 0, yuan, -yuan, worth, "", ""))
        for item, before, moving, then in RUNNING:
            after = moving if year == 2026 else then
            saved = (before or 0) - after
            tonnes = [round(yuan / 0.52 * FACTOR, 3) for yuan in (before or 0, after)] if item == "energy" else ["", ""]
            worth = round(saved * (1 + RATE) ** (2025 - year), 2)
            rows.append((year, item, "running", "" if before is None else before, after, saved, worth, *tonnes))
    return rows


def value() -> dict[str, Any]:
    """What ``plan.json`` says of it."""
    worth = round(sum(row[6] for row in cashflow()), 2)
    return {
        "first_year": 2026,
        "starts_on": "2026-01-05",
        "ends_before": "2031-01-01",
        "discount_rate": RATE,
        "npv_saving": worth,
        "residual": 310_000.0,
        "break_even_yuan_per_year": None,
        "after_horizon": 0.0,
        "unknown_before": ["operation", "local_copy"],
        "upkeep_yuan_per_year": 4_120_000.0,
        "upkeep_systems": 31,
    }


def kpis() -> dict[str, dict[str, Any]]:
    """Key figures of the money, and of carbon as the money's years have it."""
    worth = value()["npv_saving"]
    tonnes = {"_before": 1_893_000 / 0.52 * FACTOR, "": 924.6}
    tonnes["_saved"] = tonnes["_before"] - tonnes[""]
    carbon = {f"co2_t{name}": (round(t, 1), round(0.9 * t, 1), round(1.1 * t, 1)) for name, t in tonnes.items()}
    return {
        "npv_saving": {"value": worth, "low": worth - 900_000, "high": worth + 150_000, "unit": "yuan",
                       "basis": "mixed"},
        "payback_years": {"value": 2.9, "low": None, "high": None, "unit": "a", "basis": "mixed"},
        **{name: {"value": v, "low": low, "high": high, "unit": "tCO2/a", "basis": "assumed"}
           for name, (v, low, high) in carbon.items()},
    }  # fmt: skip
