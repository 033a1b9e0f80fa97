"""The study of packing by time slots, on cases small enough to work out by hand."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchmarks.timevarying import packing, sweep, tables, traces
from benchmarks.timevarying.__main__ import main
from benchmarks.timevarying.frontier import Frontier, Sweep, falling
from benchmarks.timevarying.replay import replay
from benchmarks.timevarying.sizing import METHODS, fitted
from benchmarks.timevarying.together import needed


def of(fit: list[list[float]], test: list[list[float]], hour: list[int]) -> traces.Traces:
    names = tuple(f"m{row}" for row in range(len(fit)))
    return traces.Traces(names, np.ones(len(fit)), np.array(fit), np.array(test), np.array(hour))


def test_replay_of_three_machines_on_two_hosts() -> None:
    use = np.array([[1.0, 2.0, 0.0], [1.0, 1.0, 0.0]])
    # host 0 holds machine 0 twice as large and machine 1: 3, 5, 0; host 1 holds machine 1: 1, 1, 0
    risk = replay(use, np.array([0, 1, 1]), np.array([2.0, 1.0, 1.0]), np.array([7, 7, 9]), 4.0)
    assert (risk.host_slots, risk.over, risk.hosts_ever_over) == (4, 1, 1), "slots without load do not count"
    assert risk.overload_share == pytest.approx(1 / 4)
    assert risk.max_util == pytest.approx(5 / 4)
    assert risk.unserved_share == pytest.approx(1 / 10)


def test_a_full_host_is_not_over() -> None:
    thirds = np.full((3, 1), 1 / 3)
    assert replay(thirds, np.arange(3), np.ones(3), np.zeros(3, np.int64), 1.0).over == 0


def test_a_machine_left_over_is_no_packing() -> None:
    with pytest.raises(ValueError, match="left over"):
        replay(np.ones((1, 1)), np.array([0]), np.ones(1), np.array([-1]), 1.0)


def test_each_way_of_sizing() -> None:
    seen = of([[1, 3, 2, 6, 1, 5]], [[0.0]], [0, 0, 25, 25, 24, 24])
    assert fitted(seen, METHODS["max"]).tolist() == [[6]]
    assert fitted(seen, METHODS["mean"]).tolist() == [[3]]
    assert fitted(seen, METHODS["week-max"]).tolist() == [[3, 5, 6]]
    assert fitted(seen, METHODS["week"])[0].tolist() == pytest.approx([2.9, 4.8, 5.8])
    assert fitted(seen, METHODS["day"])[0].tolist() == pytest.approx([np.quantile([1, 3, 1, 5], 0.95), 5.8])


def test_a_sweep_has_steps_of_a_fortieth_from_none_to_two_fifths() -> None:
    for method in METHODS.values():
        headrooms = method.headrooms
        assert headrooms == sorted(set(headrooms))
        assert method.step > 0.05 or {round(0.025 * k, 4) for k in range(17)} <= set(headrooms)


def test_the_nearest_falling_curve() -> None:
    assert falling(np.array([4.0, 1.0, 3.0, 0.0]), np.ones(4)).tolist() == [4, 2, 2, 0]
    assert falling(np.array([1.0, 4.0]), np.array([2.0, 1.0])).tolist() == [2, 2]


def swept(hosts: list[list[float]], over: list[list[float]]) -> Sweep:
    return Sweep(np.arange(len(hosts[0])) / 10, np.array(hosts), np.array(over), np.full(np.shape(hosts), 1000.0))


def test_hosts_between_two_headrooms_go_by_the_logarithm_of_the_risk() -> None:
    frontier = Frontier(swept([[10, 12, 20]], [[100, 1, 0]]))
    found = frontier.at(0.01)
    assert found is not None
    assert (found.headroom, found.hosts) == (pytest.approx(0.05), pytest.approx(11))
    assert frontier.risk_of(0.1) == pytest.approx(0.001)


def test_a_level_that_the_sweep_does_not_bracket_is_not_guessed() -> None:
    frontier = Frontier(swept([[10, 12]], [[100, 1]]))
    assert frontier.at(0.2) is None, "fewer hosts might do"
    assert frontier.at(0.0001) is None


def test_no_risk_is_reached_where_nothing_is_over_from_there_on() -> None:
    frontier = Frontier(swept([[10, 12, 14, 16]], [[9, 0, 1, 0]]))
    assert frontier.risk_of(0.3) == 0 < frontier.risk_of(0.1)
    found = frontier.at(0.0)
    assert found is not None
    assert (found.headroom, found.hosts) == (pytest.approx(0.3), pytest.approx(16))


def test_fleets_are_averaged_and_may_be_drawn_again() -> None:
    both = swept([[10, 12], [20, 22]], [[100, 0], [300, 0]])
    assert Frontier(both).seen.tolist() == pytest.approx([0.2, 0])
    assert Frontier(both).hosts.tolist() == [15, 17]
    assert Frontier(both, np.array([1, 1])).hosts.tolist() == [20, 22]


def test_a_row_holds_from_the_row_before_to_its_own_end() -> None:
    start = pd.Timestamp("2013-08-13")
    ends = np.array(["2013-08-13T00:04:46", "2013-08-13T00:14:46", "2013-08-13T00:19:46"], "datetime64[ms]")
    assert traces.on_grid(ends, np.array([1.0, 2.0, 3.0]), start, 4).tolist() == [1, 2, 2, 3]
    with pytest.raises(ValueError, match="ends before"):
        traces.on_grid(ends, np.array([1.0, 2.0, 3.0]), start, 5)


def write_bitbrains(folder: Path) -> None:
    """Write two machines, one asking for more than it has, with a row an hour over two days; and one too short."""
    pytest.importorskip("pyarrow")
    parts = []
    for name, hours, use in (("b", 50, 9000.0), ("a", 50, 1500.0), ("short", 30, 1.0)):
        ends = pd.date_range("2013-08-12 23:00", periods=hours, freq="h", tz="UTC").as_unit("ms")
        parts.append(pd.DataFrame({"id": name, "timestamp": ends, "duration": 3_600_000, "cpu_usage": use}))
    trace = pd.concat(parts)
    trace.loc[(trace["id"] == "a") & (trace["timestamp"] > "2013-08-14 00:30"), "cpu_usage"] = 3000.0
    trace.to_parquet(folder / "trace.parquet")
    meta = pd.DataFrame({"id": ["a", "b", "short"], "cpu_count": [2, 4, 1], "cpu_capacity": [6000.0, 8000.0, 1.0]})
    meta.assign(mem_capacity=[2**20, 2**21, 1]).to_parquet(folder / "meta.parquet")


def test_bitbrains_is_clipped_converted_and_parted_at_midnight(tmp_path: Path) -> None:
    write_bitbrains(tmp_path)
    read = traces.bitbrains(tmp_path, days=1)
    assert read.names == ("a", "b")
    assert read.memory.tolist() == [1, 2]
    assert read.fit.shape == read.test.shape == (2, 288)
    assert set(read.fit[0]) == {0.5}, "1,500 MHz of cores of 3,000"
    assert set(read.test[0]) == {1.0}
    assert set(read.fit[1]) == {4.0}, "no more than it has"
    assert (read.hour[0], read.hour[-1]) == (24, 47), "13 August 2013 was a Tuesday"
    assert read.turned().fit[0, 0] == 1.0
    assert read.in_sample().test[0, 0] == 0.5


def test_machines_with_long_rows_can_be_left_out(tmp_path: Path) -> None:
    write_bitbrains(tmp_path)
    trace = pd.read_parquet(tmp_path / "trace.parquet")
    trace.loc[trace["id"] == "b", "duration"] = 3_600_001
    trace.to_parquet(tmp_path / "trace.parquet")
    assert traces.spans(trace)["long"].round(1).to_dict() == {"a": 0, "b": 2.1, "short": 0}
    assert traces.bitbrains(tmp_path, days=1, most_long=2).names == ("a",)
    assert traces.bitbrains(tmp_path, days=1, most_long=None).names == ("a", "b")


def test_planetlab_keeps_the_machines_of_all_days(tmp_path: Path) -> None:
    for day, first in (("1", "y"), ("2", "x"), ("3", "x")):
        with gzip.open(tmp_path / f"{day}.csv.gz", "wt", encoding="utf-8") as file:
            file.write(f"vm,s000,s001\nz,{day},50\n{first},9,9\n")
    read = traces.planetlab(tmp_path, fit="1", tests=("2", "3"))
    assert read.names == ("z",)
    assert read.fit.tolist() == [[0.01, 0.5]]
    assert read.test.tolist() == [[0.02, 0.5, 0.03, 0.5]]


def test_machines_that_are_busy_in_turns_share_a_host_only_by_slots() -> None:
    turns = of([[1, 0], [0, 1]], [[1, 0], [0, 1]], [0, 1])
    host = packing.Host("one", 1.0)
    case = sweep.Case("turns", turns, host, (sweep.itself(2),), ("max", "week"))
    lines = {(line["method"], line["headroom"]): line for line in sweep.sweep(case)}
    assert lines["max", 0.0]["hosts"] == 2
    assert lines["week", 0.0]["hosts"] == 1
    assert lines["week", 0.0]["max_util"] == 1.0
    assert ("week", 0.025) not in lines, "no machine fits a host any more"


def test_memory_binds_where_a_host_says_so() -> None:
    asked = packing.question(np.full((4, 1), 0.1), np.full(4, 2.0), packing.Host("small", 1.0, 4.0))
    assert len(np.unique(packing.first_fit(asked))) == 2
    assert packing.spread(asked, 1) is None
    assert np.bincount(packing.spread(asked, 2)).tolist() == [2, 2]


def test_every_host_named_is_written_down() -> None:
    assert packing.host("rack-512") == packing.Host("rack-512", 128.0, 460.8)
    assert np.isinf(packing.host("rack-cpu").memory)


def test_tables_from_a_file_of_lines(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [
        ("d", "solve", draw, method, headroom, hosts, share, 1, 1.1, 1000, 0.0, hosts)
        for draw in (0, 1)
        for method, hosts_at in (("max", (20, 30)), ("p95", (10, 20)), ("week", (5, 10)))
        for headroom, hosts, share in zip((0.0, 0.1), hosts_at, (0.1, 0.001), strict=True)
    ]
    pd.DataFrame(rows, columns=list(sweep.COLUMNS)).to_csv(tmp_path / "lines.csv", index=False)
    found = tables.compared(tables.sweeps(pd.read_csv(tmp_path / "lines.csv")), 0.01)[1]
    assert {method: reached.hosts for method, reached in found.items()} == pytest.approx(
        {"max": 25, "p95": 15, "week": 7.5}
    )
    assert main(["table", str(tmp_path / "lines.csv")]) == 0
    assert "| 1 % | week | +5 % | 7.5 | 50.0 % (50.0 … 50.0) | 70.0 % (70.0 … 70.0) |" in capsys.readouterr().out


def test_the_invented_estate_is_the_same_estate_in_both_fortnights() -> None:
    drawn = traces.estate(200, 1)
    assert drawn.fit.shape == drawn.test.shape == (200, 336)
    assert (drawn.fit != drawn.test).any()
    mean = drawn.fit.mean(axis=1), drawn.test.mean(axis=1)
    assert np.corrcoef(*mean)[0, 1] > 0.99
    assert (drawn.test >= 0).all()


def test_all_machines_together_need_less_by_slots_where_they_take_turns() -> None:
    turns = of([[1, 0.5], [0, 1]], [[1, 0], [0, 1]], [0, 1])
    assert needed(turns, "max") == 2
    assert needed(turns, "week-max") == 1.5


def test_a_host_is_over_in_memory_too_where_memory_is_replayed() -> None:
    use, memory = np.array([[1.0, 1.0]]), np.array([[3.0, 5.0]])
    asked = (use, np.array([0]), np.ones(1), np.zeros(1, np.int64), 4.0)
    assert replay(*asked).over == 0
    assert replay(*asked, memory, 4.0).over == 1


def test_memory_by_slot_is_never_more_than_is_reserved_nor_less_than_half() -> None:
    drawn = traces.estate(30, 1, memory_by_slot=True)
    assert drawn.memory_fit is not None
    assert drawn.memory_fit.shape == drawn.fit.shape
    reserved = drawn.memory[:, np.newaxis]
    assert (drawn.memory_fit >= reserved / 2).all()
    assert (drawn.memory_fit <= reserved * (1 + 1e-12)).all()
    sized = fitted(drawn, METHODS["week"], memory=True)
    assert sized.shape == (30, 168)
    assert (np.ptp(sized, axis=1) > 0).any()
    assert (fitted(traces.estate(30, 1), METHODS["week"]) == fitted(drawn, METHODS["week"])).all()
