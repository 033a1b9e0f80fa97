"""Energy before and after, against figures worked by hand on the estate that :mod:`tests.gains_estate` draws."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest

from cloudplan.demand import SLOTS
from cloudplan.gains import Gains
from cloudplan.state import Seat
from tests.gains_estate import DAY, NAN, OUTCOME, demand, idle, reckon, row, tables


@pytest.fixture(scope="module")
def plain() -> Gains:
    return reckon()


def test_energy_by_hand(plain: Gains) -> None:
    energy = plain.energy
    assert energy.loc["R1", "before_kwh"] == pytest.approx((idle(2.4, 32) + 150 + 60) * 8.76 * 2.0)
    for name, db in (("low", 0.24), ("kwh", 1.72), ("high", 3.2)):
        assert energy.loc["R2", f"before_{name}"] == pytest.approx(idle(1.6 + db, 16) * 8.76 * 2.0)
        after = 180 + 370 * (4.0 + db) / 76.8 + 180
        assert energy.loc["CENTRE", f"after_{name}"] == pytest.approx(after * 8.76 * 1.5)
    assert energy.loc[["R1", "R2"], ["after_kwh", "after_low", "after_high"]].to_numpy().sum() == 0
    assert energy.loc["CENTRE", "before_kwh"] == 0


def test_energy_and_carbon_saved_hold_the_same_use_against_itself(plain: Gains) -> None:
    kpis, total = plain.kpis, plain.energy.drop(columns="basis").sum()
    # W4 alone is unknown, and weighs more on S3 at PUE 2.0 than on the host at 1.5
    ends = [total[f"before_{end}"] - total[f"after_{end}"] for end in ("low", "kwh", "high")]
    saved = kpis["energy_kwh_saved"]
    assert (saved.low, saved.value, saved.high) == pytest.approx(tuple(ends))
    assert kpis["co2_t_saved"].value == pytest.approx(saved.value * 0.6849 / 1000)
    assert kpis["energy_saved_ratio"].value == pytest.approx(saved.value / total["before_kwh"])


def test_the_interval_of_the_saving_is_the_widest_that_the_unknown_use_allows() -> None:
    """Against every combination of the ends of what is unmonitored, one of it in a metered room."""
    rows = tables()
    rows["rooms"][0]["meter_kwh_month"] = 900
    unknown = replace(demand(), basis={**demand().basis, "cpu": ("assumed",) * 3})
    unknown = replace(unknown, mean_cpu_use=np.full(3, NAN))
    saved = []
    for ends in itertools.product((0.24, 3.2), repeat=3):
        watched = replace(
            demand(), mean_cpu_use=np.array(ends), basis={**demand().basis, "cpu": ("measured",) * 3},
            cpu_use=np.full((3, len(SLOTS)), 4.0),
        )  # fmt: skip
        saved.append(reckon(rows=rows, need=watched).kpis["energy_kwh_saved"].value)
    found = reckon(rows=rows, need=unknown).kpis["energy_kwh_saved"]
    assert (found.low, found.high) == pytest.approx((min(saved), max(saved)))


def test_a_metered_room_is_charged_its_meter_and_nothing_once_closed() -> None:
    rows = tables()
    rows["rooms"][0]["meter_kwh_month"] = 900
    found = reckon(rows=rows).energy.loc["R1"]
    assert (found["before_kwh"], found["before_low"], found["after_kwh"]) == pytest.approx((10_800, 10_800, 0))
    assert found["basis"] == "meter"


def test_servers_that_stay_and_servers_that_are_relocated() -> None:
    outcome = replace(
        OUTCOME,
        dispositions={"A-SITE": "KEEP", "B-PAY": "RELOCATE"},
        seats={"A-SITE/web/x86": Seat("today:R1", "IZ"), "B-PAY/app/x86": Seat("P-COLO", "PUB"),
               "B-PAY/db/x86": Seat("P-COLO", "PUB")},
        hosts={}, host_of={}, fates={"S1": "keep", "S2": "scrap", "S3": "relocate"}, closures={"R1": None, "R2": DAY},
    )  # fmt: skip
    found = reckon(outcome)
    assert row(found, "room", "R1", "cpu", "after", "all")["mean"] == pytest.approx(2.4 / 32)
    assert row(found, "room", "CENTRE", "cpu", "after", "all")["low"] == pytest.approx(1.84 / 16)
    # the switch stays with the server, the empty server leaves; the relocated one takes the centre's PUE
    assert found.energy.loc["R1", "after_kwh"] == pytest.approx((idle(2.4, 32) + 60) * 8.76 * 2.0)
    assert found.energy.loc["CENTRE", "after_low"] == pytest.approx(idle(1.84, 16) * 8.76 * 1.5)
    kpis = found.kpis
    assert kpis["consolidation_ratio"].value is None
    assert kpis["headroom_cpu"].value is None
    assert (kpis["released_servers"].value, kpis["rooms_closed"].value, kpis["cloud_ratio"].value) == (1, 1, 0)


def test_devices_leave_an_empty_room_unless_they_are_to_stay() -> None:
    rows = tables()
    device = rows["devices"][0]
    rows["devices"] = [
        {**device, "device": "N1", "fate": "keep", "power_w": 60, "fate_reason": "专线"},
        {**device, "device": "N2", "fate": "scrap", "power_w": 40, "rack": None},
        {**device, "device": "N3", "fate": "relocate", "power_w": 25, "rack": None, "fate_reason": "在保"},
        {**device, "device": "N4", "fate": "scrap", "power_w": None, "rack": None},  # 300 W by default
        {**device, "device": "N5", "kind": "ups", "fate": "keep", "power_w": 300, "rack": None, "fate_reason": "共用"},
    ]
    found = reckon(replace(OUTCOME, closures={"R1": None, "R2": DAY}), rows)
    assert found.energy.loc["R1", "after_kwh"] == pytest.approx(60 * 8.76 * 2.0)
    assert found.energy.loc["R1", "before_kwh"] == pytest.approx((idle(2.4, 32) + 150 + 125 + 300) * 8.76 * 2.0)
    assert found.energy.loc["CENTRE", "after_low"] == pytest.approx((180 + 370 * 4.24 / 76.8 + 180 + 25) * 8.76 * 1.5)
    values = {finding.message: finding.values for finding in found.findings}
    assert values == {
        "gains.runs_nothing": {"servers": 1, "examples": ("S2",)},
    }
