"""What departs from an earlier plan, and what a receiving room has left, read a second time off the inventory's rows.

Both sayings of these rules ask one function each, so that they could be wrong together (see ``shared_reading_test``).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

from cloudplan.earlier import Earlier
from cloudplan.placement import example
from cloudplan.placement.problem import PlacementProblem
from cloudplan.placement.rules.facility import Facility
from cloudplan.placement.rules.minimum_gain import MinimumGain
from cloudplan.state import State
from tests.placement.cases import random_cases

CASES = [(problem, state) for problem, states in random_cases(40, 4) for state in states]
GONE = ("RETIRE", "MERGE")


def was_decided(problem: PlacementProblem, system: str) -> tuple[str, dict[str, str]] | None:
    """What a system was to do and where its parts were to stand; where all of it serves in a pool, to stay there."""
    tables, earlier = problem.inventory, problem.earlier
    runs = tables["workloads"]
    parts: dict[str, set[Any]] = {}
    for _, row in runs[(runs["system"] == system) & (runs["state"] == "running")].iterrows():
        home = None if row["server"] is None else tables["servers"].at[row["server"], "pool"]
        parts.setdefault(f"{system}/{row['tier']}/{row['arch']}", set()).add(home)
    if parts and all(len(homes) == 1 and None not in homes for homes in parts.values()):
        return "KEEP", {part: min(homes) for part, homes in parts.items()}
    if earlier is None or system not in earlier.fates:
        return None
    return earlier.fates[system][0], {part: earlier.seats[part].pool for part in parts if part in earlier.seats}


def departs(problem: PlacementProblem, state: State, system: str) -> str | None:
    """In which way a system departs, or ``None`` where it had nothing to depart from."""
    decided = was_decided(problem, system)
    if decided is None:
        return None
    disposition, pools = decided
    offered = [c for c in problem.candidates if c.system == system and c.disposition == disposition]
    there = {(c.component, c.pool) for c in offered}
    runs = problem.inventory["workloads"].query("state == 'running'")["system"]
    stands_nowhere = disposition in GONE or system not in set(runs)
    seatless = stands_nowhere and disposition in problem.options[system].allowed
    if not (offered or seatless) or any(pair not in there for pair in pools.items()):
        return None
    if state.dispositions.get(system, disposition) != disposition:
        return "otherwise"
    moved = [part for part, pool in pools.items() if part in state.seats and state.seats[part].pool != pool]
    return "elsewhere" if moved else "kept"


def server_departs(problem: PlacementProblem, earlier: Earlier, state: State, server: str) -> str | None:
    """Whether a server serves where it was to, or ``None`` where it had nothing to depart from."""
    now, was = (
        {host.pool for host in hosts.values() if host.source != "purchased" and host.kind == server}
        for hosts in (state.hosts, earlier.hosts)
    )
    may = {pool for one, pool in problem.reuse if one == server}
    serves_today = problem.inventory["servers"].at[server, "pool"] is not None
    if serves_today or server not in earlier.servers or not may or not was <= may:
        return None
    return "server kept" if now == was else "server changed"


def test_what_departs_from_the_plan_before() -> None:
    met: Counter[str | None] = Counter()
    for problem, state in CASES:
        ways = {system: departs(problem, state, system) for system in problem.inventory["systems"].index}
        if problem.earlier is not None:
            servers = problem.inventory["servers"].index
            ways |= {server: server_departs(problem, problem.earlier, state, server) for server in servers}
        met.update(ways.values())
        found = sorted(str(finding.subject) for finding in MinimumGain().violations(problem, state))
        assert found == sorted(n for n, way in ways.items() if way in ("otherwise", "elsewhere", "server changed"))
    assert len(met) == 6
    assert min(met.values()) >= 5, met


DEVICES: Any = {
    "N1": {"kind": "switch", "room": "R", "fate": "relocate", "height_u": 3, "power_w": 250.0},
    "N2": {"kind": "switch", "room": "R", "fate": "relocate"},
    "N3": {"kind": "switch", "room": "R", "fate": "scrap", "height_u": 40, "power_w": 9000.0},
}


def with_devices(problem: PlacementProblem) -> PlacementProblem:
    """Let two devices move to the centre, one of 3 U and 250 W and one of which nobody wrote down a thing."""
    devices = example.problem(devices=DEVICES).inventory["devices"]
    return problem.changed(
        inventory=replace(problem.inventory, tables={**problem.inventory.tables, "devices": devices})
    )


def test_what_a_receiving_room_has_left() -> None:
    met: Counter[str] = Counter()
    for problem, state in ((with_devices(problem), state) for problem, state in CASES):
        tables, pools = problem.inventory, problem.inventory["pools"]
        most_w: Any = problem.costs.powers["max_w"]
        height_u: Any = tables["servers"]["height_u"]
        inside = {str(pool) for pool, row in pools.iterrows() if row["site"] == "C" and row["kind"] != "service"}
        hosts = [problem.capacity.kinds[host.kind] for host in state.hosts.values() if host.pool in inside]
        carried: set[tuple[str, str]] = set()
        for _, row in tables["workloads"].iterrows():
            seat: Any = state.seats.get(f"{row['system']}/{row['tier']}/{row['arch']}")
            stands = row["server"] is not None and row["state"] == "running" and seat is not None
            if stands and seat.pool in inside and pools.at[seat.pool, "kind"] == "colocation":
                carried.add((row["server"], seat.pool))
        watts = sum(kind.power_max_w for kind in hosts) + 250.0 + 300.0  # what nobody wrote down: 300 W and 2 U
        watts += sum(most_w[server] for server, _ in carried)
        units = sum(kind.height_u for kind in hosts) + 3 + 2
        units += sum(height_u[server] for server, _ in carried)
        room: Any = tables["rooms"].loc["C"]
        need = {"u": (units, room["total_u"]), "power": (watts / 1e3, room["it_power_kw"])}
        need["cooling"] = (watts / 1e3, room["cooling_kw"])
        expected = {
            limit: used - most for limit, (used, most) in need.items() if not pd.isna(most) and used > most + 1e-6
        }
        found = {f.message.rsplit(".", 1)[1]: f.values["short"] for f in Facility().violations(problem, state)}
        assert found == pytest.approx(expected)
        met.update(expected)
        met["carried"] += bool(carried)
        met["enough"] += not expected
    assert len(met) == 5
    assert min(met.values()) >= 10, met
