from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cloudplan.intake.shapes import Shape, choose, daily, read_shapes, weekly
from tests.intake.books import DATA

START = pd.Timestamp("2013-08-12 00:00", tz="Europe/Amsterdam")  # a Monday


def trace(pct_of: object, days: int = 28, name: str = "1") -> pd.DataFrame:
    """Five-minute samples of a machine of 1000 MHz; ``pct_of`` gives the load of an hour of the week."""
    ends = pd.date_range(START + pd.Timedelta(minutes=5), periods=days * 288, freq="5min")
    hours = [((end - START).total_seconds() - 1) // 3600 % 168 for end in ends]
    usage = [10.0 * pct_of(int(hour)) for hour in hours]  # type: ignore[operator]
    return pd.DataFrame({"id": name, "timestamp": ends.tz_convert("UTC"), "duration": 300000, "cpu_usage": usage})


META = pd.DataFrame({"id": ["1"], "cpu_capacity": [1000.0]})


def office(hour: int) -> float:
    return 40.0 if hour < 120 and 8 <= hour % 24 < 18 else 10.0


def test_a_week_is_read_hour_by_hour_in_local_time() -> None:
    (shape,) = weekly(trace(office), META)
    assert shape.span == "week"
    level = 40.0  # half the P95 hours and more are busy: 50 of 168
    assert shape.hours == pytest.approx([office(hour) / level for hour in range(168)])
    assert shape.mean == pytest.approx((50 * 40 + 118 * 10) / 168 / level)


def test_scaling_keeps_the_measured_level_and_stays_below_capacity() -> None:
    (shape,) = weekly(trace(office), META)
    assert shape.profile(20.0).max() == pytest.approx(20.0)
    steep = Shape("x", "week", np.full(168, 3.0), 1.0)
    assert steep.profile(50.0).max() == 100.0


def test_use_above_capacity_is_cut() -> None:
    (shape,) = weekly(trace(lambda hour: 150.0 if hour < 24 else 50.0), META)
    assert shape.hours.max() == pytest.approx(1.0)
    assert shape.hours.min() == pytest.approx(0.5)


@pytest.mark.parametrize(
    "spoilt",
    [
        trace(office, days=20),
        trace(lambda hour: 0.1),
        trace(lambda hour: 90.0 if hour == 3 else 2.0),
        trace(office).assign(duration=lambda t: np.where(t.index % 500 == 0, 86_400_000, 300_000)),
    ],
    ids=["short", "no load", "one spike", "gaps"],
)
def test_poor_traces_are_left_out(spoilt: pd.DataFrame) -> None:
    assert weekly(spoilt, META) == ()


def test_a_day_is_repeated() -> None:
    row = {"vm": "v", **{f"s{n:03d}": 30 if n < 144 else 10 for n in range(288)}}
    (shape,) = daily(pd.DataFrame([row]), "20110303")
    assert shape.span == "day"
    assert shape.hours == pytest.approx(([1.0] * 12 + [1 / 3] * 12) * 7)


def test_the_choice_depends_on_name_and_seed_alone() -> None:
    shapes = [Shape(str(n), "week", np.ones(168), 1.0) for n in range(10)]
    names = [f"vm{n}" for n in range(40)]
    first = [choose(shapes, name, 1).name for name in names]
    assert first == [choose(shapes, name, 1).name for name in names]
    assert first != [choose(shapes, name, 2).name for name in names]
    assert len(set(first)) > 5


def test_faults(tmp_path: Path) -> None:
    assert [f.message for f in read_shapes(tmp_path / "none")[1]] == ["intake.shapes_no_folder"]
    assert [f.message for f in read_shapes(tmp_path)[1]] == ["intake.shapes_none"]
    (tmp_path / "trace.parquet").write_text("x")
    (tmp_path / "meta.parquet").write_text("x")
    assert [f.message for f in read_shapes(tmp_path)[1]] == ["intake.shapes_unreadable"]


@pytest.mark.skipif(not (DATA / "bitbrains" / "trace.parquet").is_file(), reason=f"no Bitbrains traces in {DATA}")
def test_real_weeks_come_before_days() -> None:
    shapes, findings = read_shapes(DATA)
    assert findings == []
    assert len(shapes) > 10
    assert {shape.span for shape in shapes} == {"week"}
