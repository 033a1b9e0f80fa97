"""RVTools exports, XLSX or CSV: vInfo names the machines; vCPU, vMemory, vDisk, vNetwork and vHost say more of them.

Tabs are known by their headings: those of today (``Provisioned MiB``), older ones (``Provisioned MB``, the same amount)
and prefixed ones (``vInfoProvisioned``). Custom attributes may stand anywhere and become tags. Rows of other tabs are
joined to vInfo by VM ID, else UUID, else by name where only one machine has it. RVTools samples load in one instant:
that is neither a mean nor a percentile, so it is kept apart.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence

from cloudplan.findings import Finding, Place, Severity
from cloudplan.intake.columns import (
    Line,
    Table,
    cells_of,
    doubled_columns,
    kept_loads,
    many,
    no_rows,
    once,
    some,
    unsized,
)
from cloudplan.intake.formats.rvtools.cells import HOST_CELLS, attributes, cells
from cloudplan.intake.formats.rvtools.tabs import (
    CPUS,
    HOST,
    IDENT,
    MEMORY,
    NAME,
    OS,
    POWER,
    SERVER,
    TABS,
    USED,
    UUID,
    Index,
    Tally,
    by_export,
    fold,
    row_key,
    rows_of,
    skipped,
    tab_of,
)
from cloudplan.intake.grid import Grid
from cloudplan.intake.hosts import short
from cloudplan.intake.machine import Disk, Machine
from cloudplan.intake.read import Hardware, Read

KIND = "rvtools"
MOST_MIB = 2**27
"""No host has 128 TiB of memory: a larger figure counts bytes, as some prefixed exports do."""
OVERHEAD = 1.1
"""Memory consumed of memory configured, at most: the hypervisor's overhead is part of the first."""


def recognise(grids: Sequence[Grid]) -> bool:
    """Say whether any of the grids is one of RVTools' tabs."""
    return bool(tables(grids))


def tables(grids: Sequence[Grid]) -> list[Table]:
    """Give the tabs of machines; where a file has none, those that it has."""
    tabs = [tab for tab in map(tab_of, grids) if tab is not None]
    return [table for name, table in tabs if name == "vInfo"] or [table for _, table in tabs]


def read(grids: Sequence[Grid]) -> Read:
    """Read every machine and host.

    Parameters
    ----------
    grids
        Grids of one or more exports. The tabs of a workbook belong together, and so do the CSV files of a folder; tabs
        without a vInfo of their own go with the only one there is.
    """
    tabs = [tab for tab in map(tab_of, grids) if tab is not None]
    findings = list(no_rows(table for _, table in tabs))
    for _, table in tabs:
        findings += doubled_columns(table, USED, fold)
    exports = by_export(tabs)
    if tabs and not any("vInfo" in export for export in exports.values()):
        findings.append(Finding("intake.rvtools.no_machines", place=tabs[0][1].grid.place()))
    named: dict[str, list[Line]] = {name: [] for name in exports}
    for name, export in exports.items():
        for table in export.get("vInfo", ()):
            for line in table.rows():
                if line.text(NAME):
                    named[name].append(line)
                else:
                    findings.append(Finding("intake.name_blank", Severity.WARNING, place=line.place(NAME)))
    identities = {row_key(line): _identity(line, name) for name, lines in named.items() for line in lines}
    kept = once([line for lines in named.values() for line in lines], lambda line: identities[row_key(line)], findings)
    _shared(kept, findings)
    first = {row_key(line) for line in kept}
    machines: list[Machine] = []
    hardware: list[Hardware] = []
    for name, export in exports.items():
        hosts = [_host(line, findings) for table in export.get("vHost", ()) for line in table.rows() if line.text(HOST)]
        hardware += hosts
        # a machine that another export names too is left out, but its rows in other tabs still find it
        own: dict[str, Line] = {}
        for line in named[name]:
            own.setdefault(identities[row_key(line)], line)
        left_out = {row_key(line) for line in own.values()} - first
        machines += _machines([*own.values()], left_out, export, hosts, findings)
    findings += unsized(machines, "CPUs", "Memory")
    return Read(KIND, tuple(machines), tuple(hardware), findings=tuple(findings))


def _identity(line: Line, source: str) -> str:
    home = line.text(*SERVER) or source
    if line.text(IDENT, UUID):
        return f"{line.text(NAME)} ({home} {line.text(IDENT, UUID)})"
    return f"{line.text(NAME)} ({home} {line.text('datacenter')} {line.text(HOST)})"


def _shared(lines: Sequence[Line], findings: list[Finding]) -> None:
    first: dict[str, Line] = {}
    for line in lines:
        name = line.text(NAME)
        before = first.setdefault(name.casefold(), line)
        if before is not line:
            values = {"first": str(before.place())}
            findings.append(
                Finding("intake.rvtools.name_shared", Severity.WARNING, name, values=values, place=line.place(NAME))
            )


# ---- hosts


def _host(line: Line, findings: list[Finding]) -> Hardware:
    name = line.text(HOST)
    cores, sockets = line.number("#cores", name, findings), line.number("#cpu", name, findings)
    mib = line.number("#memory", name, findings)
    if mib is not None and mib > MOST_MIB:
        values = {"column": line.table.heading("#memory"), "value": mib}
        place = line.place("#memory")
        findings.append(Finding("intake.rvtools.host_bytes", Severity.INFO, name, values=values, place=place))
        mib /= 2**20
    hyper = {"true": 2.0, "false": 1.0}.get(line.text("htactive").casefold())
    cpu, memory = (line.percent(column, name, findings) for column in ("cpuusage%", "memoryusage%"))
    cpu, memory = kept_loads(cpu, memory, name, line.place("cpuusage%"), findings)
    maintenance = line.yes("inmaintenancemode")
    return Hardware(
        name=name,
        place=line.place(),
        status="maintenance" if maintenance else line.text("configstatus"),
        cluster=line.text("cluster"),
        vendor=line.text("vendor"),
        model=line.text("model"),
        serial=line.text("serialnumber", "servicetag"),
        cpu_model=line.text("cpumodel"),
        cpu_mhz=line.number("speed", name, findings),
        sockets=sockets,
        cores=cores,
        threads=None if hyper is None or cores is None else cores * hyper,
        memory_gib=None if mib is None else mib / 1024.0,
        cpu_now_pct=cpu,
        memory_now_pct=memory,
        os=line.text("esxversion"),
        site=line.text("datacenter"),
        ident=line.text("objectid"),
        cells=cells_of(line, HOST_CELLS),
    )


def _hosts_of(lines: Sequence[Line], hosts: Sequence[Hardware], findings: list[Finding]) -> dict[tuple[int, int], str]:
    """Name each machine's host as vHost does."""
    exact = {host.name.casefold(): host.name for host in hosts}
    shorts: dict[str, set[str]] = defaultdict(set)
    for host in hosts:
        shorts[short(host.name)].add(host.name)
    said: Tally = defaultdict(list)
    named: dict[tuple[int, int], str] = {}
    for line in lines:
        name = line.text(HOST)
        if not name or not hosts or name.casefold() in exact:
            named[row_key(line)] = exact.get(name.casefold(), name)
            continue
        entry = (name, line.place(HOST))
        # only a short name stands for a full one: two full names that differ are two hosts
        whole = short(name) != name.casefold()
        near = sorted(full for full in shorts[short(name)] if (short(full) != full.casefold()) is not whole)
        if len(near) == 1:
            said["host_short"].append((f"{name} = {near[0]}", entry[1]))
        elif near:
            said["host_unclear"].append(entry)  # a host that isn't here may be in another file
        named[row_key(line)] = near[0] if len(near) == 1 else name
    findings += many("intake.rvtools.host_short", said["host_short"], Severity.INFO)
    findings += many("intake.rvtools.host_unclear", said["host_unclear"])
    return named


# ---- machines


def _machines(
    lines: Sequence[Line],
    left_out: Collection[tuple[int, int]],
    source: Mapping[str, Sequence[Table]],
    hosts: Sequence[Hardware],
    findings: list[Finding],
) -> Iterator[Machine]:
    index = Index(lines)
    said: Tally = defaultdict(list)
    wanted: list[Line] = []
    for line in lines:
        if row_key(line) in left_out:
            continue
        if skipped(line):
            said[skipped(line)].append((line.text(NAME), line.place(NAME)))
        else:
            wanted.append(line)
    findings += many("intake.rvtools.templates", said["templates"], Severity.INFO)
    findings += many("intake.rvtools.placeholders", said["placeholders"], Severity.INFO)
    tabs = {tab: rows_of(source.get(tab, ()), tab, index, findings) for tab in TABS if tab not in ("vInfo", "vHost")}
    named = _hosts_of(wanted, hosts, findings)
    for line in wanted:
        rows = {tab: joined.get(row_key(line), []) for tab, joined in tabs.items()}
        yield _machine(line, rows, named[row_key(line)], said, findings)
    findings += many("intake.rvtools.off", said["off"], Severity.INFO)
    findings += many("intake.rvtools.disconnected", said["disconnected"])
    for tab in ("vCPU", "vMemory"):
        for message in ("intake.rvtools.size_differs", "intake.rvtools.size_filled"):
            entries = said[f"{message} {tab}"]
            if entries:
                values = {"count": len(entries), "names": some(name for name, _ in entries), "table": tab}
                findings.append(Finding(message, Severity.WARNING, values=values, place=entries[0][1]))


def _machine(
    line: Line, rows: Mapping[str, Sequence[Line]], host: str, said: Tally, findings: list[Finding]
) -> Machine:
    name = line.text(NAME)
    power = line.text(POWER)
    running = {"poweredon": True, "poweredoff": False, "suspended": False}.get(power.casefold())
    if running is None:
        values = {"value": power}
        place = line.place(POWER)
        findings.append(Finding("intake.power_unknown", Severity.WARNING, name, values=values, place=place))
    if running is False:
        said["off"].append((name, line.place(POWER)))
    if line.text("connectionstate").casefold() not in ("", "connected"):
        said["disconnected"].append((name, line.place("connectionstate")))
    cores = _size(line, CPUS, rows["vCPU"], "vCPU", CPUS, said, findings)
    mib = _size(line, MEMORY, rows["vMemory"], "vMemory", "size", said, findings)
    cpu, memory, load_place = (None, None, None) if running is False else _loads(name, rows, findings)
    disks = tuple(Disk(r.text("disk"), _gib(r.number("capacity", name, findings))) for r in rows["vDisk"])
    whole = line.number("totaldiskcapacity", name, findings) or line.number("provisioned", name, findings)
    sized = [disk.gib for disk in disks if disk.gib is not None]
    addresses = [*_addresses(line.text("primaryipaddress"))]
    for row in rows["vNetwork"]:
        addresses += [*_addresses(row.text("ipv4address", "ipaddress")), *_addresses(row.text("ipv6address"))]
    return Machine(
        name=name,
        place=line.place(),
        running=running is not False,
        os=line.text(*OS),
        support="unknown",
        cores=cores,
        memory_gib=_gib(mib),
        storage_gib=sum(sized) if sized else _gib(whole or None),
        load_place=load_place,
        addresses=tuple(dict.fromkeys(addresses)),
        group=line.text("resourcepool"),
        host=host,
        cpu_now_pct=cpu,
        memory_now_pct=memory,
        storage_used_gib=_gib(line.number("inuse", name, findings)),
        sockets=next((r.number("sockets", name, findings) for r in rows["vCPU"]), None),
        disks=disks,
        macs=tuple(r.text("macaddress") for r in rows["vNetwork"] if r.text("macaddress")),
        power=power,
        ident=line.text(IDENT),
        uuid=line.text("smbiosuuid", UUID),
        hostname=line.text("dnsname"),
        cluster=line.text("cluster"),
        site=line.text("datacenter"),
        tags=attributes(line),
        note=line.text("annotation"),
        cells=cells(line, rows),
    )


def _size(
    line: Line, column: str, rows: Sequence[Line], tab: str, other: str, said: Tally, findings: list[Finding]
) -> float | None:
    """Give a size by vInfo, else by the tab that has it too; tally where they differ or vInfo has none."""
    name = line.text(NAME)
    own = line.number(column, name, findings) or None
    theirs = next((row.number(other, name, findings) or None for row in rows), None)
    if theirs is not None and own != theirs:
        message = "intake.rvtools.size_filled" if own is None else "intake.rvtools.size_differs"
        said[f"{message} {tab}"].append((name, line.place(column)))
    return own if own is not None else theirs


def _loads(
    name: str, rows: Mapping[str, Sequence[Line]], findings: list[Finding]
) -> tuple[float | None, float | None, Place | None]:
    """Give CPU and memory in the instant of the export, %, and where that stands."""
    cpu = memory = None
    place: Place | None = None
    for row in rows["vCPU"][:1]:
        most, overall = row.number("max", name, findings), row.number("overall", name, findings)
        if most and overall is not None:
            cpu, place = min(100.0 * overall / most, 100.0), row.place("overall")
    for row in rows["vMemory"][:1]:
        size, used = row.number("size", name, findings), row.number("consumed", name, findings)
        if size and used is not None:
            at = row.place("consumed")
            place = place or at
            if used > OVERHEAD * size:
                values = {"column": row.table.heading("consumed"), "value": used, "memory": size}
                findings.append(Finding("intake.foreign.memory_over", Severity.WARNING, name, values=values, place=at))
            else:
                memory = min(100.0 * used / size, 100.0)
    if place is not None:
        cpu, memory = kept_loads(cpu, memory, name, place, findings)
    return cpu, memory, place


def _gib(mib: float | None) -> float | None:
    return None if mib is None else mib / 1024.0


def _addresses(text: str) -> tuple[str, ...]:
    return tuple(part for part in re.split(r"[;,\s]+", text) if part)
