"""Power and energy against figures worked by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cloudplan.assumptions import DEFAULT_FACTORS
from cloudplan.energy import power_w, pue_of, room_kwh, server_powers, yearly_kwh

FACTORS = {name: value for name, (value, _) in DEFAULT_FACTORS.items()}
NAN = float("nan")


def test_ten_kilowatts_from_pue_2_to_1_5() -> None:
    saved = yearly_kwh(10_000.0, 2.0) - yearly_kwh(10_000.0, 1.5)
    assert saved == pytest.approx(43_800.0)
    assert saved * FACTORS["co2_kg_per_kwh"] == pytest.approx(29_998.6, abs=0.1)
    assert saved * 0.55 == pytest.approx(24_090.0)


def test_power_is_linear_and_stays_between_idle_and_full_load() -> None:
    watts = power_w(150.0, 400.0, np.array([-0.1, 0.0, 0.4, 1.0, 1.7]))
    assert watts.tolist() == [150.0, 150.0, 250.0, 400.0, 400.0]


def servers(**rows: tuple[float, float, float, float | None]) -> pd.DataFrame:
    """Servers by name: full load, idle, nameplate (W), sockets."""
    frame = pd.DataFrame.from_dict(
        rows, orient="index", columns=["power_max_w", "power_idle_w", "nameplate_w", "sockets"]
    )
    return frame.astype({"sockets": "Int64"}).assign(cores=8)


def test_power_of_a_server_comes_from_the_best_evidence() -> None:
    table = servers(
        both=(400, 150, 750, 2),
        full=(400, NAN, 750, 2),
        plate=(NAN, NAN, 800, 2),
        plate_and_idle=(NAN, 180, 800, 2),
        nothing=(NAN, NAN, NAN, 2),
        not_even_sockets=(NAN, NAN, NAN, None),
        zero_is_no_statement=(0, 0, 0, 1),
        idle_above_full=(100, 150, NAN, 1),
        idle_above_a_guess=(NAN, 600, 500, 1),
    )
    found = server_powers(table, FACTORS)
    assert list(found.index) == list(table.index)
    rows = {name: (row.idle_w, row.max_w, row.basis) for name, row in found.iterrows()}
    assert rows == {
        "both": (150, 400, "measured"),
        "full": (200, 400, "declared"),
        "plate": (260, 520, "declared"),
        "plate_and_idle": (180, 520, "declared"),
        "nothing": (200, 400, "assumed"),
        "not_even_sockets": (200, 400, "assumed"),
        "zero_is_no_statement": (100, 200, "assumed"),
        "idle_above_full": (100, 100, "measured"),
        "idle_above_a_guess": (600, 600, "declared"),
    }


def rooms(**rows: tuple[str, float, float, float]) -> pd.DataFrame:
    """Rooms by name: kind, PUE, meter (kWh a month), IT load (kW)."""
    return pd.DataFrame.from_dict(rows, orient="index", columns=["kind", "pue", "meter_kwh_month", "it_load_kw"])


def test_pue_of_a_room_is_its_own_or_the_default_of_its_kind() -> None:
    table = rooms(
        own=("department", 1.8, NAN, NAN), none=("department", NAN, NAN, NAN), centre=("centre", NAN, NAN, NAN)
    )
    assert pue_of(table, FACTORS).to_dict() == {"own": 1.8, "none": 2.0, "centre": 1.5}


def test_a_meter_is_not_multiplied_by_pue_again() -> None:
    table = rooms(
        meter=("department", 2.0, 1000.0, 3.0),
        load=("department", 2.0, NAN, 3.0),
        machines=("department", 2.0, NAN, NAN),
    )
    watts = pd.Series({"meter": 1000.0, "load": 1000.0, "machines": 1000.0})
    found = room_kwh(table, watts, watts, FACTORS)
    assert found["basis"].to_dict() == {"meter": "meter", "load": "it_load", "machines": "machines"}
    assert found["kwh"].to_dict() == pytest.approx({"meter": 12_000.0, "load": 52_560.0, "machines": 17_520.0})


def test_what_a_meter_shows_leaves_with_the_machines() -> None:
    table = rooms(
        meter=("department", 2.0, 1000.0, NAN),
        empty=("department", 2.0, 1000.0, NAN),
        blank=("department", 2.0, 50, NAN),
    )
    today, after = pd.Series({"meter": 800.0, "empty": 800.0}), pd.Series({"meter": 200.0})
    found = room_kwh(table, after, today, FACTORS)["kwh"]
    # the last has a meter but no machine on record, so nothing can be shown to leave
    assert found.to_dict() == pytest.approx({"meter": 3_000.0, "empty": 0.0, "blank": 600.0})
