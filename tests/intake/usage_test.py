"""Series become rows of usage: hours of the week in Beijing time, month ends, whose they are, and what is no data."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cloudplan.errors import BadInput
from cloudplan.findings import Place, Severity
from cloudplan.i18n import LANGUAGES, cure, words
from cloudplan.intake.machine import Machine
from cloudplan.intake.pipeline import intake
from cloudplan.intake.read import Floats, Series
from cloudplan.intake.result import IntakeResult
from cloudplan.intake.samples import p95_by
from cloudplan.intake.usage import Measured, Week, measure, observed_days, weeks_of
from cloudplan.inventory.read import read_inventory
from tests.intake.books import load, mapping, reports, write_mapping
from tests.intake.books import machine as discovered
from tests.intake.formats import google_test
from tests.intake.formats.files import messages, write_csv
from tests.tiny import write_tiny

MONDAY = np.datetime64("2026-03-02T00:00:00")
HOUR = np.timedelta64(1, "h")


def series(
    name: str = "a", cpu: Any = 10.0, memory: Any = np.nan, hours: int = 336, start: Any = MONDAY, file: str = "s.csv",
    utc: bool = False,
) -> Series:  # fmt: skip
    """One sample an hour."""

    def full(figures: Any) -> Floats:
        return np.broadcast_to(np.asarray(figures, dtype=float), (hours,)).copy()

    blank = np.full(hours, np.nan)
    times = (start + np.arange(hours) * HOUR).astype("datetime64[s]")
    return Series(name, Place(file, None, 2), times, full(cpu), full(memory), blank, blank, blank, blank, utc)


def machine(name: str = "a", row: int = 2, **changes: Any) -> Machine:
    fields = {"running": True, "os": "", "support": "unknown", "cores": 2.0, "memory_gib": 4.0} | changes
    return Machine(name=name, place=Place("m.csv", None, row), **fields)


def measured(machines: Sequence[Machine], *given: Series) -> Measured:
    found = measure(machines, given)
    for finding in found.findings:
        for language in LANGUAGES:
            assert words(finding, language)
            assert cure(finding, language) or finding.severity is Severity.INFO
    return found


def week(weeks: Sequence[Week], resource: str, kind: str = "normal") -> Week:
    (found,) = [each for each in weeks if (each.resource, each.week) == (resource, kind)]
    return found


def test_hours_are_those_of_the_week_from_monday_midnight() -> None:
    loads = np.arange(336) % 168 / 2.0
    one = week(weeks_of(series(cpu=loads), ("s.csv",)), "cpu")
    assert one.hours.tolist() == [n / 2 for n in range(168)]
    assert (one.samples, one.days) == (336, 14.0)
    assert one.avg_pct == pytest.approx(loads.mean())
    assert (one.p95_pct, one.p99_pct, one.max_pct) == (*np.percentile(loads, [95, 99]), 83.5)


def test_utc_is_eight_hours_behind() -> None:
    loads = np.arange(336) % 168 / 2.0
    one = week(weeks_of(series(cpu=loads, start=MONDAY - 8 * HOUR, utc=True), ()), "cpu")
    assert one.hours.tolist() == [n / 2 for n in range(168)]


def test_an_hour_is_p95_of_its_samples_and_blank_without_any() -> None:
    rng = np.random.default_rng(7)
    slots, values = rng.integers(0, 167, 3000), rng.random(3000)
    found = p95_by(slots, values, 168)
    assert np.isnan(found[167])
    assert found[:167] == pytest.approx([np.percentile(values[slots == n], 95) for n in range(167)])
    row = week(weeks_of(series(hours=5), ("x", "y")), "cpu").record("w", "en")
    assert (row["h004"], row["h005"], row["source"]) == (10.0, None, "measured series (x, y)")
    assert (row["basis"], row["samples"], row["resource"], row["week"]) == ("measured", 5, "cpu", "normal")


def test_month_end_is_the_last_seven_days_and_needs_every_hour() -> None:
    whole = series(cpu=[50.0 if n // 24 >= 24 else 10.0 for n in range(31 * 24)], hours=31 * 24, memory=20.0,
                   start=np.datetime64("2026-03-01T00:00:00"))  # fmt: skip
    weeks = weeks_of(whole, ())
    assert [(each.resource, each.week) for each in weeks] == [
        ("cpu", "normal"), ("cpu", "month_end"), ("memory", "normal"), ("memory", "month_end"),
    ]  # fmt: skip
    end = week(weeks, "cpu", "month_end")
    assert (end.days, end.samples, set(end.hours.tolist()), end.avg_pct) == (7.0, 168, {50.0}, 50.0)
    # the ordinary week keeps its month end
    assert week(weeks, "cpu").max_pct == 50.0
    short = series(hours=31 * 24 - 1, start=np.datetime64("2026-03-01T00:00:00"))
    assert [each.week for each in weeks_of(short, ())] == ["normal"]


def test_gaps_are_no_days() -> None:
    times = series(hours=48).times
    assert observed_days(times) == 2.0
    assert observed_days(np.concatenate([times, times + np.timedelta64(300, "D")])) == 4.0
    daily = MONDAY + np.arange(10) * np.timedelta64(1, "D")
    assert observed_days(daily) == 10.0
    assert observed_days(times[:1]) == 0.0


def test_a_series_goes_by_ident_then_by_exact_name() -> None:
    machines = [machine("a", 2, ident="k1"), machine("k1", 3), machine("b", 4, cpu_avg_pct=1.0), machine("c", 5)]
    found = measured(machines, series("k1", 30.0), series("b", 40.0, 60.0), series("B"), series("d"))
    assert [m.cpu_p95_pct for m in found.machines] == [30.0, None, 40.0, None]
    assert (found.machines[2].memory_p95_pct, found.machines[2].days, found.machines[2].cpu_avg_pct) == (60, 14, 40)
    assert set(found.weeks) == {machines[0].place, machines[2].place}
    assert found.samples == 336 * 3
    assert messages(found.findings) == {"series.no_machine": 1, "series.no_offset": 1}
    assert found.findings[0].values["count"] == 2


def test_a_name_that_two_bear_gets_no_series() -> None:
    found = measured([machine("a", 2), machine("a", 3)], series("a"))
    assert found.weeks == {}
    assert messages(found.findings) == {"series.unclear": 1}


def test_files_of_one_machine_are_one_series() -> None:
    later = series("a", 30.0, start=MONDAY + 300 * HOUR, file="later.csv")
    found = measured([machine()], later, series("a", 10.0))
    (one,) = found.weeks[machine().place]
    assert (one.samples, one.files) == (636, ("later.csv", "s.csv"))
    assert messages(found.findings) == {"series.overlap": 1, "series.no_offset": 1}


@pytest.mark.parametrize(
    ("cpu", "memory", "resources", "message"),
    [
        (0.0, np.nan, [], "all_zero"),
        (0.0, 0.0, [], "all_zero"),
        (5.0, 0.0, ["cpu"], "memory_zero"),
        (0.0, 5.0, ["cpu", "memory"], None),
        (np.nan, 5.0, ["memory"], None),
    ],
)
def test_zero_throughout_is_no_data(cpu: float, memory: float, resources: list[str], message: str | None) -> None:
    found = measured([machine()], series(cpu=cpu, memory=memory, utc=True))
    weeks = found.weeks.get(machine().place, ())
    assert [each.resource for each in weeks] == resources
    assert messages(found.findings) == ({f"series.{message}": 1} if message else {})


def test_a_reader_s_own_figures_of_a_series_that_is_no_data_go_with_it() -> None:
    zero = series(cpu=0.0, utc=True)
    own = machine(load_place=zero.place, cpu_p95_pct=0.0, cpu_avg_pct=0.0, cpu_max_pct=0.0, days=14.0)
    assert measured([own], zero).machines[0].cpu_p95_pct is None


def test_figures_of_more_days_are_kept() -> None:
    stated = machine(cpu_p95_pct=70.0, days=30.0, load_place=Place("assessment.xlsx"))
    found = measured([stated], series(utc=True))
    assert (found.machines[0].cpu_p95_pct, found.weeks) == (70.0, {})
    assert messages(found.findings) == {"series.shorter": 1}
    found = measured([stated], series(hours=31 * 24, utc=True))
    assert found.machines[0].cpu_p95_pct == 10.0
    assert messages(found.findings) == {"series.instead": 1}


# ---- the whole way in


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A folder with the tiny estate as target design."""
    write_tiny(tmp_path / "design")
    return tmp_path


def run(home: Path, *files: Path) -> IntakeResult:
    return intake(list(files), write_mapping(home, mapping()), home / "out", language="en")


def hourly(path: Path, *names: str, days: int = 21) -> Path:
    rows = [
        {"vm": name, "time": (dt.datetime(2026, 3, 2) + dt.timedelta(hours=n)).isoformat(), "cpu %": 20 + n % 24,
         "memory %": 40}
        for name in names for n in range(days * 24)
    ]  # fmt: skip
    return write_csv(path, ["vm", "time", "cpu %", "memory %"], *rows)


def test_a_series_beside_a_discovery_becomes_a_measured_week(home: Path) -> None:
    files = reports(home, [discovered("a"), discovered("b")], [load("a"), load("b")], duration="Week")
    result = run(home, *files, hourly(home / "series.csv", "a", "strange"))
    assert [file.kind for file in result.files][2] == "plain-series"
    assert (result.counts["series"], result.counts["samples"]) == (1, 2 * 21 * 24)
    assert "1 machine has a measured series, 1008 samples in all" in result.text("en")
    assert messages(result.findings)["series.no_machine"] == 1
    assert messages(result.findings)["flat"] == 1
    usage = read_inventory(home / "out")["usage"]
    row = usage.loc[("a", "cpu", "normal")]
    assert (row["source"], row["basis"], row["days"], row["samples"]) == (
        "measured series (series.csv)", "measured", 21.0, 504,
    )  # fmt: skip
    assert [row[f"h{n:03d}"] for n in range(168)] == [20 + n % 24 for n in range(168)]
    assert usage.loc[("a", "memory", "normal")]["h100"] == 40.0
    assert usage.loc[("b", "cpu", "normal")]["h000"] is not row["h000"]
    assert np.isnan(usage.loc[("b", "cpu", "normal")]["h000"])
    assert len(usage) == 4


def test_google_s_series_reach_the_usage_table(home: Path) -> None:
    vms = write_csv(home / "vmInfo.csv", google_test.VM, google_test.vm("m1"))
    rows = [google_test.sample("m1", (google_test.START + dt.timedelta(hours=n)).isoformat(), 30) for n in range(336)]
    result = run(home, vms, write_csv(home / "perfInfo.csv", google_test.PERF, *rows))
    row = read_inventory(home / "out")["usage"].loc[("name-m1", "cpu", "normal")]
    assert (row["h167"], row["source"]) == (30.0, "measured series (perfInfo.csv)")
    assert "flat" not in messages(result.findings)
    # 1,000,000 bytes a second sent at most, which is a data point of its own
    assert list(read_inventory(home / "out")["workloads"]["mbps"]) == [8.0]
    assert {one.name: one.known for one in result.confidence}["name-m1"] == 4


def test_series_alone_are_no_inventory(home: Path) -> None:
    with pytest.raises(BadInput) as caught:
        run(home, hourly(home / "series.csv", "a", "b", days=1))
    (finding,) = [finding for finding in caught.value.findings if finding.severity is Severity.ERROR]
    assert (finding.message, finding.values["count"]) == ("intake.series.alone", 2)
    assert str(finding.place) == str(home / "series.csv")
    assert "vInfo" in cure(finding, "en")
    assert not (home / "out").exists()


def test_parquet_of_something_else_says_its_columns(home: Path) -> None:
    import pandas as pd

    pd.DataFrame({"colour": [1]}).to_parquet(home / "x.parquet")
    with pytest.raises(BadInput) as caught:
        run(home, home / "x.parquet")
    (finding,) = [finding for finding in caught.value.findings if finding.message == "intake.unknown_columns"]
    assert "colour" in words(finding, "en")
