"""The estate of the examples takes only what an inventory may hold: a slip would make an example say nothing."""

from __future__ import annotations

from typing import Any

import pytest

from cloudplan.placement import example


@pytest.mark.parametrize(
    "tables",
    [
        {"system": {}},
        {"systems": {"A": {"adaptation_effort": 2}}},
        {"systems": {"A": {"owner_level": "autonomous_region"}}},
        {"conduits": {("EXT", "IZ"): {"kinds": ("DATA", "PIGEON")}}},
        {"systems": {"A": {"adapt_effort": 5}}},
        {"servers": {"S": {"threads": 0}}},
    ],
)
def test_what_no_inventory_may_hold_is_refused(tables: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="|".join(tables)):
        example.estate(**tables)


def test_blank_and_numbered_columns_are_taken() -> None:
    usage = {("W", "cpu", "normal"): {"basis": "measured", "h000": 10.0, "days": None}}
    found = example.estate(systems={"A": {"level": None}}, usage=usage)
    assert found["usage"].iloc[0]["h000"] == 10
