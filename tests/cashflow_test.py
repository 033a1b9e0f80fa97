"""Money by fiscal year and what it is worth, by hand and against the textbook's formula."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudplan.cashflow import (
    Horizon,
    Outlay,
    Stream,
    beyond,
    flows_of,
    horizon_of,
    npv,
    payback_years,
    residual,
)  # fmt: skip
from cloudplan.costs import annuity

NEW_YEAR = dt.date(2026, 1, 1)


def days(year: int, month: int = 1, day: int = 1) -> dt.date:
    return dt.date(year, month, day)


@pytest.mark.parametrize(
    ("today", "years", "ends", "last"),
    [
        (NEW_YEAR, 5.0, days(2031), 2030),
        (days(2026, 11, 30), 5.0, days(2031), 2030),  # what is left of 2026 is the first year
        (NEW_YEAR, 2.5, days(2028, 7, 1), 2028),
        (NEW_YEAR, 1.0, days(2027), 2026),
    ],
)
def test_a_horizon_is_of_fiscal_years(today: dt.date, years: float, ends: dt.date, last: int) -> None:
    found = horizon_of(today, years, 0.04)
    assert (found.starts, found.years[0], found.years[-1]) == (today, 2026, last)
    assert abs((found.ends - ends).days) <= 1


def test_shares_of_a_year_go_by_days() -> None:
    found = horizon_of(days(2026, 7, 2), 2.0, 0.0)
    assert found.share(2026) == pytest.approx(183 / 365)
    assert found.share(2027, days(2027, 3, 2)) == pytest.approx(305 / 365)
    assert found.share(2027, None, days(2027, 3, 2)) == pytest.approx(60 / 365)
    assert found.share(2027, days(2028)) == 0.0
    assert found.share(2028) == 0.0


def test_three_years_by_hand() -> None:
    """100 now and 10 in mid-2027; 60 a year as today, of which 20 stay; at 10 %.

    2026: −100            at 1        and  60 − 60 = 0    at 1/1.1
    2027: −10             at 1/1.1    and  60 − 20 = 40   at 1/1.21
    2028:                                  60 − 20 = 40   at 1/1.331
    """
    horizon = horizon_of(NEW_YEAR, 3.0, 0.10)
    outlays = [Outlay("purchase", 100.0, NEW_YEAR), Outlay("migration", 10.0, days(2027, 6, 1))]
    streams = [
        Stream("rooms", "before", 60.0),
        Stream("rooms", "after", 60.0, None, days(2027)),
        Stream("rooms", "after", 20.0, days(2027)),
    ]
    flows = flows_of(horizon, outlays, streams)
    rows = [(f.year, f.item, f.once, f.before, f.after) for f in flows]
    assert rows == [
        (2026, "purchase", True, 0.0, 100.0),
        (2026, "rooms", False, 60.0, 60.0),
        (2027, "migration", True, 0.0, 10.0),
        (2027, "rooms", False, 60.0, 20.0),
        (2028, "rooms", False, 60.0, 20.0),
    ]
    assert npv(flows) == pytest.approx(-100 - 10 / 1.1 + 40 / 1.21 + 40 / 1.331)
    assert payback_years(horizon, flows) is None


def test_payback_by_hand() -> None:
    """100 at the start, 60 a year saved, no discount: 60 after a year, and two thirds of the second."""
    horizon = horizon_of(NEW_YEAR, 3.0, 0.0)
    flows = flows_of(horizon, [Outlay("purchase", 100.0, NEW_YEAR)], [Stream("rooms", "before", 60.0)])
    assert payback_years(horizon, flows) == pytest.approx(1 + 40 / 60)


def test_a_later_outlay_that_is_owed_again_puts_payback_off() -> None:
    horizon = horizon_of(NEW_YEAR, 4.0, 0.0)
    outlays = [Outlay("purchase", 50.0, NEW_YEAR), Outlay("replacement", 100.0, days(2028))]
    flows = flows_of(horizon, outlays, [Stream("rooms", "before", 60.0)])
    # 10 after the first year, 70 after the second; 100 at the start of the third leave -30
    assert payback_years(horizon, flows) == pytest.approx(2 + 30 / 60)


def test_nothing_owed_is_paid_back_at_once() -> None:
    horizon = horizon_of(NEW_YEAR, 2.0, 0.05)
    assert payback_years(horizon, flows_of(horizon, [], [Stream("rooms", "before", 1.0)])) == 0.0


def textbook(rate: float, values: list[float]) -> float:
    """``numpy_financial.npv``: the t-th value, from 0, divided by (1 + rate)^t."""
    return sum(value / (1 + rate) ** t for t, value in enumerate(values))


@given(
    st.floats(0.0, 0.3), st.floats(0, 1e7), st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=12),
)  # fmt: skip
def test_it_is_what_a_spreadsheet_makes_of_an_outlay_and_yearly_flows(
    rate: float, outlay: float, saved: list[float]
) -> None:
    horizon = horizon_of(NEW_YEAR, float(len(saved)), rate)
    streams = [Stream("rooms", "before", yuan, days(2026 + n), days(2027 + n)) for n, yuan in enumerate(saved)]
    found = npv(flows_of(horizon, [Outlay("purchase", outlay, NEW_YEAR)], streams))
    assert found == pytest.approx(textbook(rate, [-outlay, *saved]), rel=1e-9, abs=1e-3)


@given(st.floats(0.0, 0.2), st.integers(1, 20), st.floats(1.0, 1e6))
def test_an_annuity_is_worth_the_price_it_spreads(rate: float, years: int, price: float) -> None:
    horizon = horizon_of(NEW_YEAR, float(years), rate)
    yearly = annuity(price, rate, years)
    assert yearly * horizon.worth() == pytest.approx(price)
    flows = flows_of(horizon, [Outlay("purchase", price, NEW_YEAR)], [Stream("rooms", "before", yearly)])
    assert npv(flows) == pytest.approx(0.0, abs=1e-6 * price)


def test_what_nobody_knows_of_today_is_blank_and_saves_nothing() -> None:
    horizon = horizon_of(NEW_YEAR, 1.0, 0.0)
    (flow,) = flows_of(horizon, [], [Stream("licence", "after", 7.0)])
    assert (flow.before, flow.saved, flow.discounted) == (None, -7.0, -7.0)


def test_outlays_before_the_horizon_count_in_its_first_year_and_those_after_it_are_told_apart() -> None:
    horizon = horizon_of(days(2026, 3, 1), 2.0, 0.1)
    outlays = [Outlay("purchase", 5.0, days(2025, 12, 1)), Outlay("migration", 3.0, days(2028))]
    (flow,) = flows_of(horizon, outlays, [])
    assert (flow.year, flow.after, flow.discounted) == (2026, 5.0, -5.0)
    assert beyond(horizon, outlays) == 3.0


def test_a_machine_loses_its_price_evenly_over_its_life() -> None:
    horizon = Horizon(NEW_YEAR, days(2031), 0.04)
    assert residual(horizon, 600.0, days(2028), 6.0) == pytest.approx(300.0, abs=0.5)
    assert residual(horizon, 600.0, days(2020), 6.0) == 0.0
    assert residual(horizon, 600.0, days(2031), 6.0) == 600.0


def test_electricity_is_told_in_kwh_too() -> None:
    horizon = horizon_of(days(2026, 7, 2), 1.0, 0.0)
    streams = [Stream("energy", "before", 50.0, kwh=100.0), Stream("energy", "after", 5.0, days(2026, 10, 1), kwh=10.0)]
    (flow,) = flows_of(horizon, [], streams)
    assert (flow.kwh_before, flow.kwh_after) == pytest.approx((100 * 183 / 365, 10 * 92 / 365))
