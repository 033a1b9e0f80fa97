"""An invented region: several of the sample's banners, each drawn from a seed of its own, that share one centre.

The banners' rooms, servers, systems and all that hangs on them stand beside each other under ids of their own; zones,
matrix, targets, host types, prices and factors are the sample's. The centre is as many times as large: racks, rack
units, power, cooling, and in its pools the most hosts and the storage. No banner calls another's systems.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from cloudplan.inventory.sample import sample_tables
from cloudplan.inventory.sample.rooms import CENTRE, CITY
from cloudplan.inventory.schema import schema
from cloudplan.inventory.write import write_inventory

OF_A_BANNER = (
    "departments", "rooms", "racks", "servers", "devices", "volumes", "systems", "workloads", "flows", "datasets",
    "usage", "links",
)  # fmt: skip
"""Tables of which every banner has its own records."""
SCALED = {
    "rooms": ("racks_total", "racks_used", "total_u", "used_u", "it_power_kw", "cooling_kw"),
    "pools": ("max_hosts", "storage_high_gib", "storage_normal_gib", "storage_object_gib"),
}


def region_tables(banners: int, seed: int = 1) -> dict[str, pd.DataFrame]:
    """Draw a region.

    Parameters
    ----------
    banners
        How many; each has 400 systems.
    seed
        Seed of the first banner; the others take the following ones.
    """
    drawn = [sample_tables(seed + n) for n in range(banners)]
    tables = dict(drawn[0])
    for name in OF_A_BANNER:
        tables[name] = pd.concat([_named(name, d[name], f"B{n:02d}-") for n, d in enumerate(drawn)], ignore_index=True)
    rooms = tables["rooms"].drop_duplicates("room", ignore_index=True)
    tables["rooms"] = _scaled("rooms", rooms, rooms["room"] == CENTRE, banners)
    pools = tables["pools"]
    tables["pools"] = _scaled("pools", pools, pools["site"] == CENTRE, banners)
    # a freeze of one department or system is its banner's; the general ones bind them all
    calendar = tables["calendar"]
    tables["calendar"] = calendar[calendar["department"].isna() & calendar["system"].isna()].reset_index(drop=True)
    return tables


def write_region(folder: Path, banners: int, seed: int = 1) -> None:
    """Draw a region and write it as an inventory folder."""
    write_inventory(region_tables(banners, seed), folder)


def _named(name: str, frame: pd.DataFrame, prefix: str) -> pd.DataFrame:
    """Put a banner's mark before its ids, but for the two rooms that are everybody's."""
    table, own = schema().tables[name], {}
    for column in table.columns:
        here = (column.references or name) in OF_A_BANNER
        if (column.type in ("id", "ids") and here) or column.name == "ha_group":
            own[column.name] = [_marked(value, prefix) for value in frame[column.name]]
    return frame.assign(**{column: pd.Series(values, dtype=object) for column, values in own.items()})


def _marked(value: object, prefix: str) -> object:
    if isinstance(value, (tuple, list)):
        return tuple(_marked(item, prefix) for item in value)
    return value if value is None or value in (CENTRE, CITY) else f"{prefix}{value}"


def _scaled(name: str, frame: pd.DataFrame, chosen: Iterable[bool], times: int) -> pd.DataFrame:
    rows = pd.Series(list(chosen), index=frame.index)
    out = frame.copy()
    for column in SCALED[name]:
        cells = [
            cell if not here or cell is None else cell * times for here, cell in zip(rows, frame[column], strict=True)
        ]
        out[column] = pd.Series(cells, dtype=object)
    return out
