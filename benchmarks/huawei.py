"""Placing a sequence of VM requests on Huawei's 1,710 servers at once: how few servers do.

``python -m benchmarks.huawei C1 C2 --seconds 120 --csv OUT`` writes a line for each sequence and method: sequence,
method, servers, bound, gap, seconds, moved. The files are looked up in ``huawei`` under ``CLOUDPLAN_DATA``
(``../shared/data``).

How the files are read
----------------------
Row ``i`` of ``PM_res.xlsx`` is ``host-i`` of ``topology_provider.xls`` (which lists more hosts than have figures), so
the 1,710 servers stand in racks 0 to 99. Each has two NUMA nodes, of which 118 second ones are empty. A request with
``numa`` 1 stands on one node, one with 2 takes half on each. ``group`` counts within each ``strategy``:

* ``affinity``: members stand in one *rack*. Taken as one server it could not be kept: 53 of the 74 groups of C1 and 47
  of the 78 of C2 need more than the largest server has, while nearly every rack takes any of them alone.
* ``anti-affinity``: members stand on different servers.
* ``fault_domain``: members with different ``domain`` stand in different racks; those with one may share a rack.

How they become a `Fleet`
-------------------------
Node choice is a packing of its own, which a fleet can't say. `narrowed` asks it with columns that every choice keeps,
so the fleet's bound holds for the question itself:

* Requests take 2 to 4 GB for each vCPU, so a node of (C, M) carries at most min(C, M / 2) vCPU and min(M, 4 C) GB
  (`usable`), and of any weighted sum of both at most what the best mix of such requests gives (`weighted`).
* For grains c of CPU and m of memory, a node holds at most ``min(⌊C/c⌋, ⌊M/m⌋)`` of them, and a request (or its half)
  counts as ``min(⌊cpu/c⌋, ⌊ram/m⌋)``, which adds up to no more; either grain may be absent (`grains`).
* Halves, moreover, fit the smaller node, counted likewise.

Answers then get their nodes by an exact search on each server, and requests left without one move
(`benchmarks.numa.repaired`); ``moved`` says how many. What is counted are servers after that, checked by
`benchmarks.numa.broken`, which knows the nodes.

Nor can a fleet say "in one rack". Groups to be together are given their racks beforehand (`racks_for_groups`) by
way of `Fleet.allowed`; the bound is that of the fleet without them, so it holds whatever the racks.
"""

from __future__ import annotations

import argparse
import csv
import sys
import time
from pathlib import Path

import numpy as np
from python_calamine import CalamineWorkbook

from benchmarks.data import data
from benchmarks.numa import Placement, Requests, Servers, broken, first_fit, repaired
from cloudplan.packing.fleet import check
from cloudplan.packing.fleet.bound import least_cost
from cloudplan.packing.fleet.question import Apart, Fleet, Ints, Racks
from cloudplan.packing.fleet.solve import solve

COLUMNS = ("sequence", "method", "servers", "bound", "gap_percent", "seconds", "moved")
NONE = -1
"""Where a request is in no group."""
TRIES = 1_000_000
"""More seatings than are tried: time alone ends the search."""
PINNED = 0.4
"""Share of a rack that may be set apart for groups to be together."""
GRAINS = (
    *((c, 0) for c in (2, 4, 8, 16, 32)),
    *((0, m) for m in (4, 8, 16, 32, 64)),
    *((c, ratio * c) for ratio in (2, 4) for c in (4, 8, 16)),
)
"""CPU and memory of the grains that are counted; 0 where one is absent."""
HALVES = ((8, 0), (16, 0), (0, 16), (0, 32), (0, 64), (16, 32), (16, 64))
"""Those that are counted of halves in the smaller node."""


WEIGHTS = (1, 2, 4, 8)
"""Weights of CPU in its sums with memory."""


def _rows(path: Path) -> list[dict[str, object]]:
    head, *rows = CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python()
    return [dict(zip(map(str, head), row, strict=True)) for row in rows]


def read_servers(at: Path) -> Servers:
    """Read the servers and their racks."""
    names = ("CPU1", "RAM1", "CPU2", "RAM2")
    size = [[int(float(str(row[name]))) for name in names] for row in _rows(at / "PM_res.xlsx")]
    rack = {str(row["host_id"]): int(float(str(row["rack_id"]))) for row in _rows(at / "topology_provider.xls")}
    return Servers(np.array(size, np.int64), np.array([rack[f"host-{i}"] for i in range(len(size))], np.int64))


def read_requests(path: Path) -> Requests:
    """Read a sequence of requests."""
    rows = _rows(path)
    numbers = {
        name: np.array([NONE if row[name] == "" else int(float(str(row[name]))) for row in rows], np.int64)
        for name in ("flavor_vcpus", "flavor_ram", "numa", "group", "domain")
    }
    strategy = np.array([str(row["strategy"]) for row in rows])
    unknown = set(strategy) - {"", "affinity", "anti-affinity", "fault_domain"}
    if unknown:
        raise ValueError(f"{path.name} has the strategies {sorted(unknown)}")
    group = {name: np.where(strategy == name, numbers["group"], NONE) for name in set(strategy)}
    none = np.full(len(rows), NONE, np.int64)
    return Requests(
        np.stack([numbers["flavor_vcpus"], numbers["flavor_ram"]], axis=1),
        numbers["numa"] == 2,
        group.get("affinity", none),
        group.get("anti-affinity", none),
        group.get("fault_domain", none),
        numbers["domain"],
    )


def grains(amount: Ints, kinds: tuple[tuple[int, int], ...] = GRAINS) -> Ints:
    """Count the grains of each kind in each row of CPU and memory; shape (n, kinds)."""
    counted = []
    for cpu, ram in kinds:
        parts = [amount[:, k] // grain for k, grain in enumerate((cpu, ram)) if grain]
        counted.append(np.min(parts, axis=0))
    return np.stack(counted, axis=1)


def ratios(requests: Requests) -> tuple[float, float]:
    """Give the least and the most memory that a request takes for each vCPU."""
    ratio = requests.need[:, 1] / requests.need[:, 0]
    return float(ratio.min()), float(ratio.max())


def usable(node: Ints, least: float, most: float) -> Ints:
    """Say what of a node requests can use at all, their ratio of memory to CPU being bounded; shape (n, 2)."""
    cpu, ram = node.T
    carried = np.stack([np.minimum(cpu, ram / least), np.minimum(ram, most * cpu)], axis=1)
    return np.floor(carried + 1e-9).astype(np.int64)


def weighted(node: Ints, weight: int, least: float, most: float) -> Ints:
    """Say how much of memory plus weighted CPU a node carries at most, by requests of bounded ratio; shape (n,)."""
    cpu, ram = node.T.astype(np.float64)
    # all of both, where the ratio allows; else all of the scarcer one, in the ratio nearest to the node's
    lean, rich = cpu * least >= ram, cpu * most <= ram
    c = np.where(lean, ram / least, cpu)
    m = np.where(rich, cpu * most, ram)
    carried: Ints = np.floor(weight * c + m + 1e-9).astype(np.int64)
    return carried


def narrowed(servers: Servers, requests: Requests, rack_of_group: dict[int, int] | None = None) -> Fleet:
    """Ask for the fewest servers as a fleet, by columns that every choice of nodes keeps.

    Parameters
    ----------
    rack_of_group
        Rack of each group that is to be together; without it those groups are left out, and the fleet is only good
        for a bound.
    """
    one, two = servers.size[:, :2], servers.size[:, 2:]
    need, half, split = requests.need, requests.need // 2, requests.split
    bounds = ratios(requests)
    first_node, second_node = usable(one, *bounds), usable(two, *bounds)
    both = [weighted(one, w, *bounds) + weighted(two, w, *bounds) for w in WEIGHTS]
    size = np.column_stack(
        [
            grains(first_node) + grains(second_node),
            grains(np.minimum(first_node, second_node), HALVES),
            *both,
        ]
    )
    demand = np.column_stack(
        [
            np.where(split[:, None], 2 * grains(half), grains(need)),
            np.where(split[:, None], grains(half, HALVES), 0),
            *(w * need[:, 0] + need[:, 1] for w in WEIGHTS),
        ]
    )
    racked = np.isin(servers.rack, list((rack_of_group or {}).values()))
    labels = np.column_stack([size, np.where(racked, servers.rack, NONE)])
    kinds, standing = np.unique(labels, axis=0, return_inverse=True)
    standing = standing.reshape(-1)
    # a request must fit a node as it is
    allowed = np.zeros((len(need), len(kinds)), np.bool_)
    for kind in range(len(kinds)):
        like = np.flatnonzero(standing == kind)
        nodes = servers.size[like].reshape(-1, 2, 2)
        fits = np.all(nodes[:, :, None, :] >= need, axis=3)
        halves = np.all(nodes[:, :, None, :] >= half, axis=3)
        allowed[:, kind] = np.where(split, halves.all(axis=1).any(axis=0), fits.any(axis=(0, 1)))
    for group, rack in (rack_of_group or {}).items():
        allowed[np.ix_(requests.together == group, kinds[:, -1] != rack)] = False
    return Fleet(
        demand.astype(np.float64),
        kinds[:, :-1].astype(np.float64),
        np.ones(len(kinds)),
        np.bincount(standing),
        apart=(*_apart(requests.apart, None), *_apart(requests.spread, requests.domain)),
        allowed=allowed,
        racks=Racks(np.zeros(int(servers.rack.max()) + 1, np.int64), 1.0, 1.0),
        standing=standing.astype(np.int64),
        standing_rack=servers.rack,
    )


def _apart(group: Ints, domain: Ints | None) -> list[Apart]:
    found = []
    for number in np.unique(group[group >= 0]).tolist():
        members = np.flatnonzero(group == number)
        if domain is None and len(members) > 1:
            found.append(Apart(tuple(members.tolist())))
        elif domain is not None and len(np.unique(domain[members])) > 1:
            found.append(Apart(tuple(members.tolist()), "rack", tuple(domain[members].tolist())))
    return found


def orders(servers: Servers, requests: Requests) -> dict[str, tuple[Ints, Ints]]:
    """Give the orders of requests and servers in which first fit is asked."""
    share = (requests.need / (servers.size[:, :2] + servers.size[:, 2:]).mean(axis=0)).max(axis=1)
    total = (servers.size[:, :2] + servers.size[:, 2:]) / (servers.size[:, :2] + servers.size[:, 2:]).mean(axis=0)
    items, hosts = np.arange(len(requests.need)), np.arange(len(servers.size))
    falling = np.argsort(-share, kind="stable")
    return {
        "first fit": (items, hosts),
        "first fit decreasing": (falling, hosts),
        "first fit decreasing, large servers first": (falling, np.argsort(-total.min(axis=1), kind="stable")),
    }


def racks_for_groups(servers: Servers, requests: Requests, start: Placement) -> dict[int, int]:
    """Choose a rack for each group that is to be together, before anything else is placed.

    The largest group comes first. Racks take groups up to `PINNED` of what their servers in use in ``start`` carry;
    each group goes to one that has groups already if it can, so that few racks are set apart.
    """
    total = servers.size[:, :2] + servers.size[:, 2:]
    used = np.unique(start.host)
    room = np.zeros((int(servers.rack.max()) + 1, 2))
    np.add.at(room, servers.rack[used], total[used])
    left = PINNED * room
    chosen: dict[int, int] = {}
    groups = np.unique(requests.together[requests.together >= 0])
    need = np.stack([requests.need[requests.together == g].sum(axis=0) for g in groups])
    for k in np.argsort(-(need / total.mean(axis=0)).max(axis=1), kind="stable").tolist():
        fits = (left >= need[k]).all(axis=1)
        fits = fits if fits.any() else (left == left.max(axis=0)).any(axis=1)
        opened = np.isin(np.arange(len(left)), list(chosen.values()))
        # of the racks that take it, one with groups already; of the others, the roomiest
        rack = int(np.lexsort((-(left / total.mean(axis=0)).min(axis=1), ~opened, ~fits))[0])
        chosen[int(groups[k])] = rack
        left[rack] -= need[k]
    return chosen


def ours(
    servers: Servers, requests: Requests, start: Placement, seconds: float, threads: int
) -> tuple[Placement, int] | None:
    """Ask cloudplan, the groups to be together having their racks chosen first; ``None`` where it finds no answer."""
    fleet = narrowed(servers, requests, racks_for_groups(servers, requests, start))
    solved = solve(fleet, seconds=seconds, rounds=TRIES, threads=threads)
    if len(solved.seating.unplaced):
        return None
    if faults := check.broken(fleet, solved.seating):
        raise AssertionError(f"the answer breaks {faults[0]}")
    return repaired(servers, requests, solved.seating.host_of)


def main(arguments: list[str] | None = None) -> int:
    """Place each sequence by each method."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sequences", nargs="+", metavar="SEQUENCE", help="C1 or C2")
    parser.add_argument("--seconds", type=float, default=120.0)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--without-ours", action="store_true", help="first fit and the bound only")
    parser.add_argument("--csv", type=Path, metavar="OUT", help="written beside what is printed")
    asked = parser.parse_args(arguments)
    folder = data("huawei")
    servers = read_servers(folder)
    lines: list[tuple[object, ...]] = [COLUMNS]
    failed = 0
    for name in asked.sequences:
        requests = read_requests(folder / f"VM_data_{name}.xlsx")
        bound = int(np.ceil(least_cost(narrowed(servers, requests)).value - 1e-3))
        start = Placement(np.zeros(0, np.int64), np.zeros(0, np.int64))
        methods = [*orders(servers, requests).items(), *([] if asked.without_ours else [("ours", None)])]
        for method, order in methods:
            started = time.perf_counter()
            if order is not None:
                start = first_fit(servers, requests, *order)
                found: tuple[Placement, int] | None = (start, 0)
            else:
                found = ours(servers, requests, start, asked.seconds, asked.threads)
            seconds = time.perf_counter() - started
            if found is None:
                lines.append((name, method, "", bound, "", f"{seconds:.1f}", ""))
                print(*lines[-1], sep=",", flush=True)
                continue
            placement, moved = found
            for fault in broken(servers, requests, placement)[:5]:
                failed = 1
                print(f"{name}, {method}: {fault}", file=sys.stderr)
            gap = (placement.used - bound) / placement.used
            lines.append((name, method, placement.used, bound, f"{gap:.2%}".rstrip("%"), f"{seconds:.1f}", moved))
            print(*lines[-1], sep=",", flush=True)
    if asked.csv is not None:
        with asked.csv.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(lines)
    return failed


if __name__ == "__main__":
    sys.exit(main())
