"""What foreign files say about one machine, whatever file it came from."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

from cloudplan.findings import Place


@dataclass(frozen=True, slots=True)
class Disk:
    """One disk of a machine: its label, size and what of it is used, GiB; ``None`` where unknown."""

    name: str
    gib: float | None
    used_gib: float | None = None


@dataclass(frozen=True, slots=True)
class Machine:
    """One discovered machine, with the load measured of it.

    Parameters
    ----------
    name
        As the discovery names it.
    place
        The row it was discovered in.
    running
        Whether it was on; a machine whose power state is unknown counts as running.
    os, support
        Operating system, and ``supported``, ``expired`` or ``unknown``.
    cores
        Virtual or physical processors, threads; ``None`` where unknown.
    memory_gib
        Memory allocated; ``None`` where unknown.
    storage_gib
        Storage allocated; ``None`` where unknown.
    cpu_p95_pct, memory_p95_pct
        95th percentile of load over the period of measurement, % of what is allocated; ``None`` is *no data*.
    days
        Days of measurement; ``None`` where the file doesn't say.
    load_place
        The row that the load came from; ``None`` where there is none.
    addresses
        IP addresses.
    kind
        ``vm`` or ``physical``; ``""`` where the file doesn't say.
    group, environment, host
        What the files call its group, its environment and the host it runs on.
    cpu_avg_pct, cpu_max_pct, memory_avg_pct, memory_max_pct
        Mean and maximum of load over the period, %; ``None`` is *no data*.
    cpu_now_pct, memory_now_pct
        Load in one instant, %: it says that there is data, and is neither a mean nor a percentile.
    storage_used_gib
        Storage in use; ``None`` where unknown.
    sockets
        Processors; ``None`` where unknown.
    disks, macs
        Disks, and addresses of network adapters.
    network_in_mbps, network_out_mbps
        Mean network traffic, Mbit/s.
    power
        Power state in the file's own word, ``""`` where it has none.
    ident, uuid, serial, asset
        What the source tells machines apart by, the firmware's UUID, the serial number, and the owner's asset id.
    hostname
        Name that the guest calls itself.
    cluster, site, room
        Cluster, site or datacentre, and the room in it.
    department
        Tenant or owner, as the file names it.
    systems
        Applications that it serves, as the file names them.
    tags
        Tags, labels and custom attributes: name and value.
    note
        A remark that people left.
    vendor, model, cpu_model, bought_on
        What it is, its processor's model, and the day it was bought; ``None`` where unknown.
    mbps
        Peak network traffic, Mbit/s, as series measured it; ``None`` where none did.
    cells
        The cell that each field was read from.
    """

    name: str
    place: Place
    running: bool
    os: str
    support: str
    cores: float | None
    memory_gib: float | None
    storage_gib: float | None = None
    cpu_p95_pct: float | None = None
    memory_p95_pct: float | None = None
    days: float | None = None
    load_place: Place | None = None
    addresses: tuple[str, ...] = ()
    kind: str = "vm"
    group: str = ""
    environment: str = ""
    host: str = ""
    cpu_avg_pct: float | None = None
    cpu_max_pct: float | None = None
    memory_avg_pct: float | None = None
    memory_max_pct: float | None = None
    cpu_now_pct: float | None = None
    memory_now_pct: float | None = None
    storage_used_gib: float | None = None
    sockets: float | None = None
    disks: tuple[Disk, ...] = ()
    macs: tuple[str, ...] = ()
    network_in_mbps: float | None = None
    network_out_mbps: float | None = None
    power: str = ""
    ident: str = ""
    uuid: str = ""
    serial: str = ""
    asset: str = ""
    hostname: str = ""
    cluster: str = ""
    site: str = ""
    department: str = ""
    systems: tuple[str, ...] = ()
    tags: tuple[tuple[str, str], ...] = ()
    note: str = ""
    room: str = ""
    vendor: str = ""
    model: str = ""
    cpu_model: str = ""
    bought_on: dt.date | None = None
    mbps: float | None = None
    cells: Mapping[str, Place] = field(default_factory=dict, compare=False)

    def size(self) -> tuple[float, float]:
        """Give cores and memory, GiB, of a machine whose size is known.

        Raises
        ------
        ValueError
            If cores or memory are unknown; whoever plans leaves such machines out first.
        """
        if self.cores is None or self.memory_gib is None:
            raise ValueError(f"the size of {self.name} is unknown")
        return self.cores, self.memory_gib
