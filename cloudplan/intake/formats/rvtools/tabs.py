"""RVTools' tabs: known by their headings, brought together by export, and joined row by row to vInfo."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

from cloudplan.findings import Finding, Place
from cloudplan.intake.columns import Line, Table, many, squeezed, tabulate
from cloudplan.intake.grid import Grid

NAME, IDENT, UUID, HOST, POWER, CPUS, MEMORY = "vm", "vmid", "vmuuid", "host", "powerstate", "cpus", "memory"
TABS: Mapping[str, tuple[frozenset[str], frozenset[str]]] = {
    "vInfo": (frozenset({NAME, POWER, CPUS, MEMORY}), frozenset()),
    "vCPU": (frozenset({NAME, "overall"}), frozenset()),
    "vMemory": (frozenset({NAME, "size"}), frozenset({"active", "consumed", "ballooned"})),
    "vPartition": (frozenset({NAME, "capacity", "consumed"}), frozenset({"free", "free%", "disk"})),
    "vDisk": (frozenset({NAME, "capacity"}), frozenset({"diskmode", "diskpath", "unit#", "raw", "thin"})),
    "vNetwork": (frozenset({NAME, "macaddress"}), frozenset({"network", "adapter", "niclabel"})),
    "vHost": (frozenset({HOST, "#cores"}), frozenset({"speed", "#memory", "cpumodel"})),
}
"""By tab: headings that it must have, and of which it must have one."""
USED = frozenset().union(*(must | one for must, one in TABS.values())) | {IDENT, UUID, "limit", "max", "datacenter"}
OS = ("osaccordingtothevmwaretools", "osaccordingtotheconfigurationfile")
SERVER = ("visdkuuid", "visdkserver")
RENAMED: Mapping[str, Mapping[str, str]] = {
    "info": {"vmname": NAME, "guesthostname": "dnsname", "os": OS[1], "ostools": OS[0], "uuid": UUID,
             "notes": "annotation", "numvirtualdisks": "disks", "createdate": "creationdate"},
    "host": {"name": HOST, "numcpu": "#cpu", "numcpucores": "#cores", "overallcpuusage": "cpuusage%",
             "overallmemoryusage": "memoryusage%", "memorysize": "#memory", "cpumhz": "speed",
             "fullname": "esxversion"},
    "": {"vmname": NAME, "uuid": UUID},
}  # fmt: skip
"""What prefixed headings, their prefix gone, are called without one."""
_TITLES = """VM;Powerstate;Template;SRM Placeholder;Config status;DNS Name;Connection state;Guest state;Heartbeat;
Consolidation Needed;PowerOn;Suspended To Memory;Suspend time;Suspend Interval;Creation date;Change Version;CPUs;
Overall Cpu Readiness;Memory;Active Memory;NICs;Disks;Total disk capacity;Fixed Passthru HotPlug;
min Required EVC Mode Key;Latency Sensitivity;Op Notification Timeout;EnableUUID;CBT;Primary IP Address;Network #1;
Network #2;Network #3;Network #4;Network #5;Network #6;Network #7;Network #8;Num Monitors;Video Ram KiB;
Resource pool;Folder ID;Folder;vApp;DAS protection;FT State;FT Role;FT Latency;FT Bandwidth;FT Sec. Latency;
Vm Failover In Progress;Provisioned;In Use;Unshared;HA Restart Priority;HA Isolation Response;HA VM Monitoring;
Cluster rule(s);Cluster rule name(s);Boot Required;Boot delay;Boot retry delay;Boot retry enabled;Boot BIOS setup;
Reboot PowerOff;EFI Secure boot;Firmware;HW version;HW upgrade status;HW upgrade policy;HW target;Path;
Log directory;Snapshot directory;Suspend directory;Annotation;Datacenter;Cluster;Host;
OS according to the configuration file;OS according to the VMware Tools;Customization Info;Guest Detailed Data;
VM ID;SMBIOS UUID;VM UUID;VI SDK Server type;VI SDK API Version;VI SDK Server;VI SDK UUID"""
STANDARD = frozenset(squeezed(title) for title in _TITLES.split(";"))
"""vInfo's own headings; any other is a custom attribute."""

_PREFIX = re.compile(r"v(info|cpu|memory|disk|partition|network|host)(.+)")
Tally = defaultdict[str, list[tuple[str, Place]]]


def fold(heading: str) -> str:
    """Reduce a heading to what is compared: without its unit (MB and MiB are the same here) and its tab's prefix."""
    plain = squeezed(heading)
    match = _PREFIX.fullmatch(plain)
    if match:
        rest = _unitless(match[2])
        return RENAMED.get(match[1], {}).get(rest) or RENAMED[""].get(rest, rest)
    return _unitless(plain)


def _unitless(plain: str) -> str:
    return re.sub(r"(?<=.)(mib|mb)$", "", plain)


def tab_of(grid: Grid) -> tuple[str, Table] | None:
    """Say which tab a grid is, by its headings; ``None`` where it is none that is read."""
    table = tabulate(grid, USED, 3, fold)
    if table is None:
        return None
    titles = set(table.columns)
    for name, (must, one) in TABS.items():
        if must <= titles and (not one or one & titles):
            return name, table
    return None


def by_export(tabs: Sequence[tuple[str, Table]]) -> dict[str, dict[str, list[Table]]]:
    """Bring together the tabs of one export: of a workbook, or the CSV files of a folder.

    Tabs of an export without a vInfo go with the only one that has it.
    """
    sources: dict[str, dict[str, list[Table]]] = {}
    for name, table in tabs:
        key = table.grid.file if table.grid.sheet is not None else str(Path(table.grid.file).parent)
        sources.setdefault(key, {}).setdefault(name, []).append(table)
    with_machines = [key for key, source in sources.items() if "vInfo" in source]
    if len(with_machines) == 1:
        home = sources[with_machines[0]]
        for key in [key for key in sources if key != with_machines[0]]:
            for name, tables in sources.pop(key).items():
                home.setdefault(name, []).extend(tables)
    return sources


# ---- joining tabs to vInfo


class Index:
    """Rows of vInfo by what other tabs name them by."""

    def __init__(self, lines: Sequence[Line]) -> None:
        self.by: dict[tuple[str, str], list[Line]] = defaultdict(list)
        for line in lines:
            for column in (IDENT, UUID, NAME):
                if line.text(column):
                    self.by[column, line.text(column).casefold()].append(line)

    def find(self, row: Line) -> tuple[Line | None, bool]:
        """Find a row's machine; with ``None``, whether it could be several."""
        for column in (IDENT, UUID):
            found = self._at(row, column)
            if found:
                return (found[0], False) if len(found) == 1 else (None, True)
        found = [line for line in self._at(row, NAME) if not _contradict(line, row, (IDENT, UUID))]
        if len(found) > 1:
            found = [line for line in found if not _contradict(line, row, ("datacenter", "cluster", HOST))]
            return (found[0], False) if len(found) == 1 else (None, True)
        return (found[0] if found else None), False

    def _at(self, row: Line, column: str) -> list[Line]:
        found = self.by.get((column, row.text(column).casefold()), [])
        return [line for line in found if not _contradict(line, row, SERVER)] if found else []


def _contradict(line: Line, row: Line, columns: Sequence[str]) -> bool:
    for column in columns:
        one = line.text(column)
        other = row.text(column) if one else ""
        if other and one.casefold() != other.casefold():
            return True
    return False


def skipped(line: Line) -> str:
    """Say what a row is that is no machine: ``templates``, ``placeholders`` or ``""``."""
    if line.yes("template"):
        return "templates"
    return "placeholders" if line.yes("srmplaceholder") else ""


def rows_of(
    tables: Sequence[Table], tab: str, index: Index, findings: list[Finding]
) -> Mapping[tuple[int, int], list[Line]]:
    """Give a tab's rows by the row of vInfo that they belong to."""
    found: dict[tuple[int, int], list[Line]] = defaultdict(list)
    said: Tally = defaultdict(list)
    for table in tables:
        for row in table.rows():
            if skipped(row) or not row.text(NAME):
                continue
            line, several = index.find(row)
            message = "intake.rvtools.name_unclear" if several else "intake.foreign.orphans" if line is None else ""
            if line is not None and _contradict(line, row, (NAME,)):
                message = "intake.rvtools.name_differs"
            if message:
                said[message].append((row.text(NAME), row.place(NAME)))
            if line is None:
                continue
            found[row_key(line)].append(row)
    for message, entries in said.items():
        for finding in many(message, entries):
            values = {**finding.values, "table": tab, "of": "vInfo"}
            findings.append(Finding(message, finding.severity, values=values, place=finding.place))
    return found


def row_key(line: Line) -> tuple[int, int]:
    """Tell rows apart."""
    return id(line.table), line.position
