"""A sample estate, drawn from a seed: a banner of 48 departments, as crooked as life.

All of it is invented but for the founding document's own figures: 48 departments, 655 catalogues, 9,438 items, and
the names of some systems of its service hall. CPU statistics come from real traces (:mod:`.profiles` says which). One
module a subject; each has its own stream of draws, so the same seed gives the same bytes on every machine.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from cloudplan.inventory.sample.datasets import dataset_rows
from cloudplan.inventory.sample.departments import department_rows
from cloudplan.inventory.sample.devices import device_rows, link_rows, volume_rows
from cloudplan.inventory.sample.evidence import with_evidence
from cloudplan.inventory.sample.flows import flow_rows, stays
from cloudplan.inventory.sample.money import calendar_rows, factor_rows, price_rows
from cloudplan.inventory.sample.particulars import with_particulars
from cloudplan.inventory.sample.rooms import furnished, room_rows
from cloudplan.inventory.sample.servers import server_rows
from cloudplan.inventory.sample.storage import within_storage
from cloudplan.inventory.sample.systems import system_rows
from cloudplan.inventory.sample.target_design import (
    conduit_rows,
    flavor_rows,
    host_type_rows,
    pool_rows,
    target_rows,
    zone_rows,
)
from cloudplan.inventory.sample.usage import usage_rows
from cloudplan.inventory.sample.workloads import workload_rows
from cloudplan.inventory.schema import schema
from cloudplan.inventory.write import write_inventory

__all__ = ["sample_tables", "write_sample"]

Row = dict[str, object]


def sample_tables(seed: int = 1) -> dict[str, pd.DataFrame]:
    """Draw the whole estate.

    Parameters
    ----------
    seed
        Any integer; the repository's ``inventory/`` is the estate of seed 1.

    Returns
    -------
    dict of str to pandas.DataFrame
        Every table of the schema, its columns in the schema's order, its key among them; cells are plain Python values,
        ``None`` where blank.
    """
    departments = department_rows(seed)
    systems = system_rows(seed)
    built = room_rows(seed)
    bare, workloads = server_rows(seed, systems, workload_rows(seed, systems), built)
    loose = device_rows(seed, built, systems, _pinned(departments, systems, workloads, bare))
    rooms, racks, servers, devices = furnished(seed, built, bare, loose)
    volumes = volume_rows(seed, devices, systems, workloads, servers)
    rows: dict[str, list[Row]] = {
        "departments": departments,
        "rooms": rooms,
        "racks": racks,
        "servers": servers,
        "devices": devices,
        "volumes": volumes,
        "systems": within_storage(systems, workloads, volumes),
        "workloads": workloads,
        "flows": flow_rows(seed, departments, systems, workloads),
        "datasets": dataset_rows(seed, systems),
        "usage": usage_rows(seed, systems, workloads),
        "zones": zone_rows(),
        "conduits": conduit_rows(),
        "links": link_rows(seed, built, systems),
        "targets": target_rows(),
        "pools": pool_rows(),
        "host_types": host_type_rows(),
        "flavors": flavor_rows(),
        "calendar": calendar_rows(systems),
        "prices": price_rows(),
        "factors": factor_rows(),
    }
    rows = with_evidence(seed, with_particulars(seed, rows))
    return {name: _frame(name, rows[name]) for name in schema().tables}


def write_sample(folder: Path | str, seed: int = 1) -> None:
    """Draw the estate and write it as an inventory folder.

    Parameters
    ----------
    folder
        Where to write; made if need be.
    seed
        Seed of the estate.
    """
    write_inventory(sample_tables(seed), folder)


def _frame(name: str, rows: list[Row]) -> pd.DataFrame:
    columns = [c.name for c in schema().tables[name].columns]
    cells = {column: pd.Series([row.get(column) for row in rows], dtype=object) for column in columns}
    return pd.DataFrame(cells, columns=columns)


def _pinned(departments: list[Row], systems: list[Row], workloads: list[Row], servers: list[Row]) -> frozenset[str]:
    """Rooms in which some system stays."""
    refusing = frozenset(str(d["department"]) for d in departments if d["opinion"] == "refuses")
    staying = {str(s["system"]) for s in systems if stays(s, refusing)}
    room_of = {str(s["server"]): str(s["room"]) for s in servers}
    return frozenset(room_of[str(w["server"])] for w in workloads if w["system"] in staying and w["server"] is not None)
