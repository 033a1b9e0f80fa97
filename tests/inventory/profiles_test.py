"""The statistics of CPU use: recomputed from the traces, and as the sample that is drawn from them has them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import pytest

from cloudplan.inventory.sample import profiles, sample_tables

DATA = Path(os.environ.get("CLOUDPLAN_DATA", Path(__file__).parents[2] / "../shared/data"))
TENTHS = list(profiles.TENTHS)
bitbrains = pytest.mark.skipif(not (DATA / "bitbrains").is_dir(), reason=f"no Bitbrains trace under {DATA}")
planetlab = pytest.mark.skipif(not (DATA / "planetlab").is_dir(), reason=f"no PlanetLab trace under {DATA}")


class Machines(NamedTuple):
    """Profiles (machines, 168 hours), and mean, P95, P99 and maximum of each, per cent."""

    weeks: np.ndarray
    facts: np.ndarray

    @property
    def relative(self) -> np.ndarray:
        return self.weeks / self.weeks.mean(axis=1, keepdims=True)

    @property
    def spikes(self) -> np.ndarray:
        return self.relative > 3

    @property
    def spiky(self) -> np.ndarray:
        return self.spikes.any(axis=1)

    @property
    def logs(self) -> np.ndarray:
        return np.log(np.maximum(self.weeks, 0.1))

    @property
    def level(self) -> np.ndarray:
        return self.weeks.mean(axis=1) / self.facts[:, 0]

    @property
    def spread(self) -> np.ndarray:
        return self.logs.std(axis=1, ddof=1)

    @property
    def body_spread(self) -> np.ndarray:
        return np.array([log[~high].std(ddof=1) for log, high in zip(self.logs, self.spikes, strict=True)])

    @property
    def lag(self) -> float:
        return float(np.median([np.corrcoef(log[:-1], log[1:])[0, 1] for log in self.logs]))

    @property
    def common(self) -> float:
        """Mean correlation with all others, in groups of 32: among more, the others' own parts would cancel out."""
        groups = [self.logs[n : n + 32] for n in range(0, len(self.weeks) - 31, 32)]
        return float(
            np.mean([np.corrcoef(g[n], np.delete(g, n, 0).mean(0))[0, 1] for g in groups for n in range(len(g))])
        )


@pytest.fixture(scope="module")
def trace() -> Machines:
    """The 44 VMs as the docstring of ``profiles`` tells it."""
    rows = pd.read_parquet(DATA / "bitbrains/trace.parquet")
    capacity = pd.read_parquet(DATA / "bitbrains/meta.parquet").set_index("id")["cpu_capacity"]
    raw = rows["cpu_usage"] / rows["id"].map(capacity)
    assert (raw > 1).mean() == pytest.approx(0.070, abs=0.001)
    rows["use"] = raw.clip(0, 1) * 100
    monday = pd.Timestamp("2013-08-12", tz="Europe/Amsterdam")
    weeks, facts = [], []
    for _, own in rows.groupby("id"):
        if (own["timestamp"].max() - own["timestamp"].min()).total_seconds() < 28 * 86400:
            continue
        count = (own["duration"] / 300_000).round().clip(lower=1).astype(int)
        each = own.loc[own.index.repeat(count)]
        back = pd.to_timedelta(300 * (count.loc[each.index] - each.groupby(level=0).cumcount()), unit="s")
        hour = (
            (each["timestamp"].dt.tz_convert("Europe/Amsterdam") - back - monday).dt.total_seconds() // 3600 % 168
        ).astype(int)
        weeks.append(each["use"].groupby(hour.to_numpy()).quantile(0.95).to_numpy())
        facts.append([each["use"].mean(), *each["use"].quantile([0.95, 0.99, 1.0])])
    return Machines(np.array(weeks), np.array(facts))


@pytest.fixture(scope="module")
def active(trace: Machines) -> Machines:
    mask = trace.facts[:, 0] >= profiles.ACTIVE
    return Machines(trace.weeks[mask], trace.facts[mask])


@pytest.fixture(scope="module", params=[1, 2, 7])
def drawn(request: pytest.FixtureRequest) -> Machines:
    """The active workloads of a sample whose hours were measured."""
    usage = sample_tables(request.param)["usage"]
    hours = [f"h{n:03d}" for n in range(profiles.HOURS)]
    rows = usage[(usage["resource"] == "cpu") & (usage["week"] == "normal") & usage["h000"].notna()]
    rows = rows[rows["avg_pct"].astype(float) >= profiles.ACTIVE]
    columns = ["avg_pct", "p95_pct", "p99_pct", "max_pct"]
    return Machines(rows[hours].to_numpy(float), rows[columns].to_numpy(float))


@bitbrains
def test_means_and_week_were_taken_from_bitbrains(trace: Machines, active: Machines) -> None:
    assert (len(trace.weeks), len(active.weeks)) == (44, 32)
    found = np.quantile(trace.facts[:, 0], TENTHS)
    assert found == pytest.approx(np.array(profiles.MEAN_BITBRAINS), abs=0.06)
    shape = active.relative.mean(axis=0).reshape(7, 24)
    assert shape.mean(axis=1) == pytest.approx(np.array(profiles.DAY), abs=0.002)
    for days, stated in ((shape[:5], profiles.WEEKDAY_HOUR), (shape[5:], profiles.WEEKEND_HOUR)):
        assert days.mean(axis=0) / days.mean() == pytest.approx(np.array(stated), abs=0.006)


@bitbrains
@pytest.mark.parametrize("spiky", [False, True], ids=["calm", "spiky"])
def test_quantiles_of_both_kinds_were_taken_from_bitbrains(active: Machines, spiky: bool) -> None:
    kind, mask = (profiles.SPIKY, active.spiky) if spiky else (profiles.CALM, ~active.spiky)
    high = active.weeks.mean(axis=1)
    p95, p99, top = active.facts[:, 1:].T
    for stated, found in ((kind.level, active.level), (kind.spread, active.body_spread), (kind.p95, p95 / high),
                          (kind.p99, p99 / p95), (kind.top, top / p95)):  # fmt: skip
        assert np.quantile(found[mask], TENTHS) == pytest.approx(np.array(stated), rel=0.01, abs=0.006)


@bitbrains
def test_spikes_were_taken_from_bitbrains(active: Machines) -> None:
    assert active.spiky.sum() == 9
    low = active.facts[:, 0] < profiles.SPIKY_MOST
    assert not active.spiky[~low].any()
    assert active.spiky[low].mean() == pytest.approx(profiles.SPIKY_SHARE, abs=0.005)
    assert np.quantile(active.relative[active.spikes], TENTHS) == pytest.approx(np.array(profiles.SPIKE), rel=0.01)
    counts = active.spikes.sum(axis=1)[active.spiky]
    assert np.quantile(counts, TENTHS) == pytest.approx(np.array(profiles.SPIKE_COUNT), abs=0.05)
    assert tuple(active.spikes.reshape(-1, 7, 24).sum(axis=(0, 1))) == profiles.SPIKE_HOUR


@bitbrains
def test_correlations_were_taken_from_bitbrains(active: Machines) -> None:
    assert active.lag == pytest.approx(profiles.LAG, abs=0.001)
    assert active.common == pytest.approx(profiles.COMMON, abs=0.001)
    ratio = active.facts[:, 1] / active.facts[:, 0]
    assert (ratio.min(), ratio.max()) == pytest.approx(profiles.P95_TO_MEAN, abs=0.006)


@bitbrains
def test_the_sample_has_the_traces_statistics(active: Machines, drawn: Machines) -> None:
    """LEVEL, SPREAD and P95 over mean by quantile; the trace's 75 % stands in a gap between two of its few machines."""
    ratio = [m.facts[:, 1] / m.facts[:, 0] for m in (active, drawn)]
    for found, stated, within in (
        (drawn.level, active.level, (0.03, 0.03, 0.15, 0.15, 0.35)),
        (drawn.spread, active.spread, (0.2, 0.2, 0.2, 0.4, 0.15)),
        (ratio[1], ratio[0], (0.1, 0.1, 0.2, 0.15, 0.4)),
    ):
        for share, tolerance in zip((0.1, 0.25, 0.5, 0.75, 0.9), within, strict=True):
            assert np.quantile(found, share) == pytest.approx(np.quantile(stated, share), rel=tolerance), share
    shape = [m.relative.mean(axis=0).reshape(7, 24)[:5].mean(axis=0) for m in (active, drawn)]
    assert np.corrcoef(*shape)[0, 1] > 0.9


def test_the_sample_has_the_spikes_and_correlations_stated(drawn: Machines) -> None:
    low = drawn.facts[:, 0] < profiles.SPIKY_MOST
    assert drawn.spiky[low].mean() == pytest.approx(profiles.SPIKY_SHARE, abs=0.1)
    assert not drawn.spiky[~low].any()
    assert 0.18 <= drawn.spiky.mean() <= 0.30
    heights = drawn.relative[drawn.spikes]
    for share, tolerance in ((0.25, 0.05), (0.5, 0.05), (0.75, 0.1), (0.9, 0.15)):
        stated = profiles.SPIKE[TENTHS.index(share)]
        assert np.quantile(heights, share) == pytest.approx(stated, rel=tolerance)
    assert np.median(drawn.spikes.sum(axis=1)[drawn.spiky]) == pytest.approx(9, abs=1.5)
    assert drawn.lag == pytest.approx(profiles.LAG, abs=0.05)
    assert drawn.common == pytest.approx(profiles.COMMON, abs=0.05)
    assert np.quantile(drawn.facts[:, 2] / drawn.facts[:, 1], 0.98) > 8


def test_half_the_means_lie_under_the_mixed_median_and_nights_peak(drawn: Machines) -> None:
    assert 1.5 <= np.median(drawn.facts[:, 0]) <= 7.0
    shape = drawn.relative.mean(axis=0)
    assert shape[[d * 24 + 1 for d in range(5)]].mean() > 1.2
    assert shape[:120].mean() > shape[120:].mean()


@planetlab
def test_mean_use_was_taken_from_planetlab() -> None:
    day = pd.read_csv(DATA / "planetlab/20110303.csv.gz", index_col=0)
    found = day.mean(axis=1).quantile(TENTHS[1:7])
    assert found.tolist() == pytest.approx(list(profiles.MEAN_PLANETLAB[1:7]), abs=0.06)


@bitbrains
def test_memory_rests_on_one_machine() -> None:
    raw = pd.read_csv(DATA / "bitbrains/gwa_raw_one_vm.csv", sep=r";\t", engine="python")
    used = raw["Memory usage [KB]"] / raw["Memory capacity provisioned [KB]"]
    assert used.quantile(0.95) / used.mean() == pytest.approx(profiles.MEMORY_P95_TO_MEAN, abs=0.01)
