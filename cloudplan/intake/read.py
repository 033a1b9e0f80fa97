"""What one foreign reader gives back: :class:`Read`, with machines, hardware, rooms, racks, series and findings."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from cloudplan.findings import Finding, Place
from cloudplan.intake.machine import Machine

Floats = npt.NDArray[np.float64]
Times = npt.NDArray[np.datetime64]


@dataclass(frozen=True, slots=True)
class Hardware:
    """One physical thing: a host of virtual machines, a server, a switch, whatever its role says.

    Parameters
    ----------
    name, place
        As the file names it, and the row it stands in.
    role
        ``host`` for a hypervisor, ``server`` for a machine of a plain table; else the file's own word (``Router``,
        ``Application Server``).
    cores, threads, sockets, memory_gib
        Physical cores, threads, processors and memory; ``None`` where unknown.
    cpu_mhz
        Clock of a core.
    cpu_now_pct, memory_now_pct
        Load in one instant, %; ``None`` is *no data*.
    site, room, rack, position_u, face, height_u
        Where it stands; position and height in U.
    department
        Tenant or owner, as the file names it.
    bought_on
        Day it was bought; ``None`` where unknown.
    cells
        The cell that each field was read from.
    """

    name: str
    place: Place
    role: str = "host"
    status: str = ""
    cluster: str = ""
    vendor: str = ""
    model: str = ""
    serial: str = ""
    asset: str = ""
    cpu_model: str = ""
    cpu_mhz: float | None = None
    sockets: float | None = None
    cores: float | None = None
    threads: float | None = None
    memory_gib: float | None = None
    cpu_now_pct: float | None = None
    memory_now_pct: float | None = None
    os: str = ""
    site: str = ""
    room: str = ""
    rack: str = ""
    position_u: float | None = None
    face: str = ""
    height_u: float | None = None
    department: str = ""
    addresses: tuple[str, ...] = ()
    tags: tuple[tuple[str, str], ...] = ()
    note: str = ""
    ident: str = ""
    bought_on: dt.date | None = None
    cells: Mapping[str, Place] = field(default_factory=dict, compare=False)


@dataclass(frozen=True, slots=True)
class Room:
    """A site, or a location in one; ``kind`` is ``site`` or ``location``, ``parent`` the location it lies in."""

    name: str
    place: Place
    kind: str
    site: str = ""
    parent: str = ""
    region: str = ""
    department: str = ""
    status: str = ""
    address: str = ""
    facility: str = ""
    tags: tuple[tuple[str, str], ...] = ()
    ident: str = ""


@dataclass(frozen=True, slots=True)
class Rack:
    """A rack: where it stands, its height in U, and the cell that each field was read from."""

    name: str
    place: Place
    site: str = ""
    room: str = ""
    height_u: float | None = None
    department: str = ""
    status: str = ""
    role: str = ""
    serial: str = ""
    asset: str = ""
    tags: tuple[tuple[str, str], ...] = ()
    ident: str = ""
    cells: Mapping[str, Place] = field(default_factory=dict, compare=False)


@dataclass(frozen=True, slots=True, eq=False)
class Series:
    """What was measured of one machine over time.

    Parameters
    ----------
    machine
        The source's own key of the machine (:attr:`Machine.ident`).
    place
        The first row it came from.
    times
        Moments, ascending, as the file has them (in UTC where it names an offset); shape (n,).
    cpu_pct, memory_pct
        Load in % of what is allocated; shape (n,), NaN where nothing was measured.
    read_iops, write_iops, sent_mbps, received_mbps
        Disk operations a second and network Mbit/s; shape (n,), NaN where nothing was measured.
    utc
        Whether the file names the offset of its times.
    """

    machine: str
    place: Place
    times: Times
    cpu_pct: Floats
    memory_pct: Floats
    read_iops: Floats
    write_iops: Floats
    sent_mbps: Floats
    received_mbps: Floats
    utc: bool = False

    @property
    def days(self) -> float:
        """Days that the samples span, the last one's own length (the median step) included."""
        if len(self.times) < 2:
            return 0.0
        step = np.median(np.diff(self.times) / np.timedelta64(1, "s"))
        return float((self.times[-1] - self.times[0]) / np.timedelta64(1, "s") + step) / 86_400.0


@dataclass(frozen=True, slots=True)
class Read:
    """Everything that the files of one format say.

    Parameters
    ----------
    kind
        The format, as ``intake.kind.<kind>`` names it.
    machines, hardware, rooms, racks, series
        What was read, in the files' order.
    findings
        What was found, each with its place.
    """

    kind: str
    machines: tuple[Machine, ...] = ()
    hardware: tuple[Hardware, ...] = ()
    rooms: tuple[Room, ...] = ()
    racks: tuple[Rack, ...] = ()
    series: tuple[Series, ...] = ()
    findings: tuple[Finding, ...] = ()


def together(reads: Sequence[Read]) -> Read:
    """Put the hardware, rooms, racks and series of several formats into one, in their order."""
    return Read(
        "",
        hardware=tuple(each for read in reads for each in read.hardware),
        rooms=tuple(each for read in reads for each in read.rooms),
        racks=tuple(each for read in reads for each in read.racks),
        series=tuple(each for read in reads for each in read.series),
    )
