"""The department's own copy of the data that leave it for a cloud: where it is kept, how large, on what evidence.

GB/T 22239-2019 (EB-C09) asks of a cloud's customer that it keep a backup of its business data locally. The duty comes
with the cloud: a system that is retired or merged leaves its department no data to answer for on this cloud, and one
that stays or is carried to the centre with its own machines has no cloud whose customer the department would be. So the
copy belongs to REHOST, REPLATFORM, REFACTOR and UPLIFT. Office storage is no machine in a machine room: it holds none
open. What is backed up today (``systems.backup_mode``) is in no cost before, so nothing is taken off for it after.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from cloudplan.demand import Demand
from cloudplan.inventory import Inventory
from cloudplan.scenario import Scenario


@dataclass(frozen=True, slots=True)
class LocalCopy:
    """What a department keeps of one system's data, once these leave it.

    Parameters
    ----------
    system
        The system.
    place
        ``office_storage``, ``city_cloud`` or ``documented_equivalent``.
    level
        Where the scenario says so: ``system``, ``department`` or ``all``.
    document
        What stands for a copy; ``None`` where a copy is kept.
    copies
        How many are kept; 0 where a document stands for them.
    data_gib
        The system's data at the end of the scenario's growth, GiB.
    size_from
        ``data_gib`` where the survey states the data, else ``storage``: that of its workloads, volumes included and
        backup servers left out, which holds operating systems and software too and so errs upwards.
    basis
        ``declared`` where the data are stated; else ``assumed``.
    """

    system: str
    place: str
    level: str
    document: str | None
    copies: int
    data_gib: float
    size_from: str
    basis: str

    @property
    def gib(self) -> float:
        """What is stored, all copies together; GiB."""
        return self.copies * self.data_gib


def local_copies(inventory: Inventory, scenario: Scenario, demand: Demand) -> dict[str, LocalCopy]:
    """Find the copy that each system would need if it went to a cloud.

    Data grow as all demand does, by ``demand.growth_per_year`` over ``demand.growth_years``.

    Parameters
    ----------
    inventory, scenario, demand
        The estate, the assumptions, and what workloads need (growth is in it already).
    """
    options, growth = scenario.local_copy, (1 + scenario.demand.growth_per_year) ** scenario.demand.growth_years
    workloads = inventory["workloads"].loc[list(demand.workloads)]
    # what a backup server holds are copies already: a copy of them would be charged twice
    business = workloads["tier"].to_numpy(object) != "backup"
    owner = workloads["system"].to_numpy(object)[business]
    stored = pd.Series(demand.storage_gib[business]).groupby(owner).sum()
    out = {}
    row: Any
    for row in inventory["systems"].itertuples():
        system = str(row.Index)
        level, said = options.said(system, str(row.department))
        documented = said.place == "documented_equivalent"
        stated = not np.isnan(row.data_gib)
        out[system] = LocalCopy(
            system=system,
            place=said.place,
            level=level,
            document=said.document if documented else None,
            copies=0 if documented else said.copies or options.copies,
            data_gib=float(row.data_gib * growth if stated else stored.get(system, 0.0)),
            size_from="data_gib" if stated else "storage",
            basis="declared" if stated else "assumed",
        )
    return out
