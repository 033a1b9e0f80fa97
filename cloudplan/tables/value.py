"""What a plan is worth: its money by fiscal year, net present value with its interval, payback, and what is not known.

Of today's estate only rooms and electricity are known; everything that the plan costs is. So the net present value is
what is saved *at least*: nothing is taken as saved that nobody stated. Its interval: at the lower end rooms that state
no cost count nothing, and of electricity the least is saved that the unmonitored allow; at the upper end the most.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cloudplan.cashflow import Flow, Horizon, beyond, flows_of, horizon_of, npv, payback_years, residual
from cloudplan.gains.values import Kpi
from cloudplan.tables.money import Money
from cloudplan.tables.result import Result, Row


@dataclass(frozen=True, eq=False)
class Value:
    """A plan's money over the horizon.

    Parameters
    ----------
    horizon, flows
        The fiscal years, and what is paid in each.
    saved
        Net present value of what is saved, and its lower and upper end; yuan.
    payback
        Years until the discounted savings have paid for the outlays; ``None``: not within the horizon.
    residual
        What bought hosts are still worth at the end, discounted; yuan. In no other figure.
    break_even
        What today's costs that nobody surveyed would have to come to, yuan a year, all saved from the last wave on, for
        the net present value to be 0; ``None`` where it isn't negative, or nothing is left of the horizon by then.
    later
        Outlays that fall after the horizon, in no other figure; yuan.
    upkeep, upkept
        Upkeep contracts of systems on record, yuan a year, and of how many systems; in no other figure, since nobody
        knows which part of them ends.
    """

    horizon: Horizon
    flows: tuple[Flow, ...]
    saved: tuple[float, float, float]
    payback: float | None
    residual: float
    break_even: float | None
    later: float
    upkeep: float
    upkept: int


def value_of(result: Result) -> Value:
    """Reckon what a plan is worth over its scenario's horizon."""
    scenario, inventory = result.problem.scenario, result.problem.inventory
    horizon = horizon_of(scenario.today, scenario.horizon_years, scenario.discount_rate)
    money = Money(result, horizon)
    outlays = money.outlays()
    flows = flows_of(horizon, outlays, money.streams())
    worth, settled = npv(flows), horizon.worth(money.last_day)
    lives = inventory["host_types"]["life_years"]
    left = sum(
        residual(horizon, host.yuan, host.ready_on, float(lives[host.kind]))
        for host in money.bought()
        if host.ready_on < horizon.ends
    )
    upkeep = inventory["systems"]["om_yuan_per_year"].dropna()
    low, high = _ends(result, money)
    return Value(
        horizon=horizon,
        flows=flows,
        saved=(worth, worth + low, worth + high),
        payback=payback_years(horizon, flows),
        residual=left * (1.0 + horizon.rate) ** -len(horizon.years),
        break_even=-worth / settled if worth < 0 and settled > 0 else None,
        later=beyond(horizon, outlays),
        upkeep=float(upkeep.sum()),
        upkept=len(upkeep),
    )


def _ends(result: Result, money: Money) -> tuple[float, float]:
    """What the two ends of the net present value add to it; the electricity's from the first wave on, at its widest."""
    costs, horizon = result.problem.costs, money.horizon
    saved = result.gained.kpis["energy_kwh_saved"]
    worth = horizon.worth(money.first_day) * costs.prices["electricity_yuan_per_kwh"]
    low, high = ((end - saved.value) * worth if end is not None and saved.value is not None else 0.0
                 for end in (saved.low, saved.high))  # fmt: skip
    closes = {closure.room: closure.closes_on for closure in result.moves.closures}
    rooms = result.problem.inventory["rooms"]
    unstated = rooms.index[(rooms["kind"] == "department") & rooms["yearly_cost_yuan"].isna()]
    guessed = sum(costs.room(str(r)) * horizon.worth(day) for r in unstated if (day := closes.get(str(r))) is not None)
    return low - guessed, high


def cashflow(result: Result) -> list[Row]:
    """What is paid in each fiscal year, by item; nothing where a year has none of it."""
    value, factor = value_of(result), result.problem.costs.factors["co2_kg_per_kwh"] / 1000.0
    return [
        {
            "year": flow.year,
            "item": flow.item,
            "kind": "once" if flow.once else "running",
            "before": None if flow.before is None else round(flow.before, 2),
            "after": round(flow.after, 2),
            "yuan": round(flow.saved, 2),
            "discounted": round(flow.discounted, 2),
            "tco2_before": round(flow.kwh_before * factor, 3) if flow.item == "energy" else None,
            "tco2_after": round(flow.kwh_after * factor, 3) if flow.item == "energy" else None,
        }
        for flow in value.flows
    ]


def figures(value: Value) -> Mapping[str, Kpi]:
    """Key figures: what is saved, and when it has paid for the outlays."""
    saved, low, high = value.saved
    return {
        "npv_saving": Kpi(saved, low, high, "yuan", "mixed"),
        "payback_years": Kpi(value.payback, None, None, "a", "mixed"),
    }


def value_facts(value: Value) -> dict[str, Any]:
    """What ``plan.json`` holds of it."""
    unknown = dict.fromkeys(flow.item for flow in value.flows if flow.before is None)
    return {
        "first_year": value.horizon.years[0],
        "starts_on": value.horizon.starts.isoformat(),
        "ends_before": value.horizon.ends.isoformat(),
        "discount_rate": value.horizon.rate,
        "npv_saving": round(value.saved[0], 2),
        "residual": round(value.residual, 2),
        "break_even_yuan_per_year": None if value.break_even is None else round(value.break_even, 2),
        "after_horizon": round(value.later, 2),
        "unknown_before": list(unknown),
        "upkeep_yuan_per_year": round(value.upkeep, 2),
        "upkeep_systems": value.upkept,
    }
