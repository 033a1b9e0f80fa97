"""What foreign files say about one machine, whatever file it came from."""

from __future__ import annotations

from dataclasses import dataclass

from cloudplan.findings import Place


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
        Virtual or physical processors, threads.
    memory_gib
        Memory allocated.
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
        ``vm`` or ``physical``.
    group, environment, host
        What the files call its group, its environment and the host it runs on.
    """

    name: str
    place: Place
    running: bool
    os: str
    support: str
    cores: float
    memory_gib: float
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
