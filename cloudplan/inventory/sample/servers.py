"""The 600 servers: single machines, hypervisors with VMs, and those that stand spare, off, broken or forgotten."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence

from cloudplan.inventory.sample.departments import DEPARTMENTS, code_of
from cloudplan.inventory.sample.draw import Draw
from cloudplan.inventory.sample.names import HYPERVISORS, MODELS, PEOPLE, Model
from cloudplan.inventory.sample.rooms import CENTRE
from cloudplan.inventory.sample.systems import TODAY

SERVERS = 600
WRONG_DISKS = 5
"""Servers whose used disks are stated as nearly full, whatever they hold."""
Row = dict[str, object]

ERAS = {"alone": {2014: 0.15, 2016: 0.26, 2020: 0.29, 2023: 0.3}, "host": {2016: 0.15, 2020: 0.35, 2023: 0.5},
        "left": {2014: 0.4, 2016: 0.45, 2020: 0.15}}  # fmt: skip
SMALL = (
    "NF3180M6",
    "NF5280M5",
    "NF5280M4",
    "RH2288H V3",
    "2288H V5",
    "T260 G3",
    "T470",
    "NF5270M3",
    "R720",
    "DL380 Gen8",
)
"""Models that departments bought for a single system."""
SPARE = {"2288H V6": 12, "NF5280M6": 8, "R4700 G5": 4, "TaiShan 200 2280": 8, "R6240H0": 5, "3C5000L-2": 2}
"""Machines bought for projects that never began: they stand spare from the start."""
AHEAD, AHEAD_POOL = 2, "PUB-X86-L2"
"""How many of them were racked in the centre ahead of its opening, and the pool in which they already serve."""
BY_NAME = {m.model: m for m in MODELS}
HOST_MODELS = tuple(m.model for m in MODELS if max(m.memory) >= 128 and m.form != "tower")


def server_rows(seed: int, systems: list[Row], workloads: list[Row], rooms: list[Row]) -> tuple[list[Row], list[Row]]:
    """Make the table ``servers`` and say on which of them each workload runs.

    Returns
    -------
    tuple
        The servers, and new rows for the workloads.
    """
    return _Yard(seed, systems, rooms).fill(workloads)


class _Yard:
    """The machines as they are bought, one by one."""

    def __init__(self, seed: int, systems: list[Row], rooms: list[Row]) -> None:
        self.draw = Draw(seed, "servers")
        self.disks = Draw(seed, "disks")
        self.systems = {str(s["system"]): s for s in systems}
        self.rooms: dict[str, list[str]] = {}
        for room in rooms:
            if room["kind"] == "department":
                self.rooms.setdefault(str(room["department"]), []).append(str(room["room"]))
        self.servers: list[Row] = []
        self.addresses: dict[str, int] = {}

    def fill(self, workloads: list[Row]) -> tuple[list[Row], list[Row]]:
        placed = []
        for number in range(len(DEPARTMENTS)):
            code = code_of(number)
            own = [w for w in workloads if self.systems[str(w["system"])]["department"] == code]
            alone, virtual, away = self._split(code, own)
            placed += [w | {"kind": "vm", "server": None} for w in away]
            placed += [self._alone(code, w) for w in alone]
            host = code if code in self.rooms else "D01"
            for arch in ("x86", "arm", "x86_xc"):
                placed += self._virtual(host, arch, [w for w in virtual if w["arch"] == arch])
        self._spare()
        self._ahead()
        self._left_over()
        placed.sort(key=lambda w: str(w["workload"]))
        self._fill_disks(placed)
        return self.servers, placed

    def _fill_disks(self, placed: list[Row]) -> None:
        """State used disks that agree with the workloads' own sizes, and disks that hold them; a few cells are wrong.

        On a disk lie the system (40 to 120 GiB) and the workloads' sizes on record, within 15 %; a machine that runs
        nothing keeps a little of what it once held.
        """
        on: dict[str, float] = {}
        for w in placed:
            if w["server"] is not None and w["state"] == "running":
                on[str(w["server"])] = on.get(str(w["server"]), 0.0) + float(str(w["storage_gib"] or 0.0))
        stated = [s for s in self.servers if s["storage_used_gib"] is not None]
        wrong = {str(s["server"]) for s in self.disks.shuffled([s for s in stated if s["server"] in on])[:WRONG_DISKS]}
        for server in self.servers:
            held, system = on.get(str(server["server"]), 0.0), self.disks.uniform(40, 120)
            used = system + held * self.disks.uniform(0.85, 1.15) + (0 if held else self.disks.uniform(0, 200))
            raw = float(str(server["storage_gib"]))
            server["storage_gib"] = max(raw, 1200.0 * math.ceil(used / self.disks.uniform(0.35, 0.85) / 1200))
            if server["storage_used_gib"] is not None and server["server"] not in wrong:
                server["storage_used_gib"] = float(round(used))
            elif server["server"] in wrong:
                server["storage_used_gib"] = float(round(float(str(server["storage_gib"])) * 0.97))

    def _split(self, code: str, own: list[Row]) -> tuple[list[Row], list[Row], list[Row]]:
        """Split a department's workloads: on machines of their own, in VMs, run by a superior."""
        department = DEPARTMENTS[int(code[1:]) - 1]
        share = 0.0 if department.rooms == 0 else 0.28 if department.weight >= 3 else 0.5
        alone, virtual, away = [], [], []
        for w in own:
            system = self.systems[str(w["system"])]
            if system["deploy_model"] == "superior_central":
                away.append(w)
            elif department.rooms == 0 or w["arch"] != "x86":
                virtual.append(w)
            elif system["special_hardware"] != "none" or system["owner_level"] != "banner" or self.draw.chance(share):
                alone.append(w)
            else:
                virtual.append(w)
        return alone, virtual, away

    def _alone(self, code: str, workload: Row) -> Row:
        system = self.systems[str(workload["system"])]
        unused = isinstance(system["last_data_on"], dt.date) and (TODAY - system["last_data_on"]).days > 180
        stays = (
            system["owner_level"] != "banner" or system["special_hardware"] != "none" or system["opinion"] == "refuses"
        )
        model = self._model("alone", "x86", SMALL, {2014: 0.6, 2016: 0.4} if unused else None)
        memory = self.draw.pick(model.memory)
        rooms = self.rooms[code]
        room = rooms[0] if stays or self.draw.chance(0.7) else self.draw.pick(rooms)
        stopped = unused and self.draw.chance(0.4)
        server = self._add(
            code, room, model, memory, str(system["zone"]), "stopped" if stopped else "running", "业务服务器", system
        )
        grown = self.draw.uniform(1.0, 2.0)
        own = workload["storage_gib"]
        return workload | {
            "kind": "physical",
            "server": server["server"],
            "vcpu": float(model.threads),
            "memory_gib": float(memory),
            "storage_gib": None if own is None else float(round(float(str(own)) * grown)),
            "state": "stopped" if stopped else "running",
        }

    def _virtual(self, code: str, arch: str, workloads: list[Row]) -> list[Row]:
        out: list[Row] = []
        group: list[Row] = []
        host: Row = {"threads": 0, "memory_gib": 0}
        most, room = 0, self.rooms[code][0]
        # systems that stay share no host with those that move, as departments tend to keep them apart
        for w in sorted(workloads, key=lambda w: (self._stays(w), str(w["workload"]))):
            more = [*group, w]
            full = len(group) >= most or _sum(more, "vcpu") > 2.0 * _sum([host], "threads")
            full = full or _sum(more, "memory_gib") > 0.9 * _sum([host], "memory_gib")
            if full or self._stays(w) != self._stays(group[0]):
                model = self._model("host", arch, HOST_MODELS, None)
                zone = str(self.systems[str(w["system"])]["zone"])
                # what is new and busy has less memory than what stands spare, so that a plan can begin with the spare
                memory = min(model.memory) if model.years[0] >= 2023 else max(model.memory)
                host = self._add(code, room, model, memory, zone, "running", "虚拟化宿主机", None)
                group, most = [], self.draw.integer(3, 9)
            group.append(w)
            state = "stopped" if self._dead(w) else "running"
            out.append(w | {"kind": "vm", "server": host["server"], "state": state})
        return out

    def _stays(self, workload: Row) -> bool:
        system = self.systems[str(workload["system"])]
        return system["opinion"] == "refuses" or system["owner_level"] != "banner"

    def _dead(self, workload: Row) -> bool:
        system = self.systems[str(workload["system"])]
        last = system["last_data_on"]
        return isinstance(last, dt.date) and (TODAY - last).days > 600 and int(str(workload["workload"])[1:]) % 3 == 0

    def _model(self, use: str, arch: str, models: Sequence[str], eras: dict[int, float] | None) -> Model:
        fitting = [m for m in MODELS if m.arch == arch and m.model in models]
        weights = {y: s for y, s in (eras or ERAS[use]).items() if any(_era(m) == y for m in fitting)}
        era = self.draw.weighted(weights)
        return self.draw.pick([m for m in fitting if _era(m) == era])

    def _spare(self) -> None:
        """Put up what was bought for projects that never began: a third in the bureau's room."""
        large = [code_of(n) for n, d in enumerate(DEPARTMENTS) if d.weight >= 3]
        for name, count in SPARE.items():
            for k in range(count):
                code = "D01" if k % 3 == 0 else self.draw.pick(large)
                model = BY_NAME[name]
                room = self.rooms[code][-1]
                state = "running" if k % 4 == 3 else "spare"
                self._add(code, room, model, max(model.memory), None, state, "备用服务器", None)

    def _ahead(self) -> None:
        """Rack some of the bureau's spare machines in the centre, where they serve in a pool that is still empty."""
        spare = [s for s in self.servers if s["department"] == "D01" and s["state"] == "spare" and s["arch"] == "x86"]
        for n, server in enumerate(spare[:AHEAD], 1):
            server |= {
                "room": CENTRE, "name": f"中心先行宿主机{n:02d}", "os": "Linux",
                "virtualization": HYPERVISORS["x86"][-1], "zone": "PUB", "ips": (f"10.1.{CENTRE[1:]}.{10 + n}",),
                "state": "running", "pool": AHEAD_POOL,
            }  # fmt: skip

    def _left_over(self) -> None:
        """Fill up to 600 with machines that nobody uses any more."""
        missing = SERVERS - len(self.servers)
        if missing < 0:
            raise ValueError(f"{-missing} servers too many")
        states = self.draw.quota(missing, {"stopped": 0.34, "spare": 0.22, "broken": 0.14, "running": 0.3})
        codes = [code for code in self.rooms for _ in range(1 + DEPARTMENTS[int(code[1:]) - 1].weight)]
        for state in states:
            code = self.draw.pick(codes)
            model = self._model("left", "x86", tuple(m.model for m in MODELS), None)
            self._add(
                code,
                self.draw.pick(self.rooms[code]),
                model,
                self.draw.pick(model.memory),
                None,
                state,
                "旧服务器",
                None,
            )

    def _add(
        self,
        code: str,
        room: str,
        model: Model,
        memory: int,
        zone: str | None,
        state: str,
        use: str,
        system: Row | None,
    ) -> Row:
        draw, serial = self.draw, len(self.servers) + 1
        start = dt.date(model.years[0], 2, 1)
        bought = min(
            start + dt.timedelta(draw.integer(0, 365 * (model.years[1] - model.years[0] + 1) - 60)),
            dt.date(2025, 11, 20),
        )
        years = 5 if draw.chance(0.55) else 3
        extended = draw.integer(1, 4) if draw.chance(0.4) else 0
        host = self.addresses[room] = self.addresses.get(room, 10) + 1
        raw = draw.pick((600, 1200, 1800, 2400)) if model.years[0] < 2017 else draw.pick((1200, 2400, 4800, 7200))
        known, short = draw.chance(0.6), DEPARTMENTS[int(code[1:]) - 1].short
        row: Row = {
            "server": f"S{serial:04d}",
            "department": code,
            "room": room,
            "height_u": model.height_u,
            "name": f"{short}{use}{serial:03d}",
            "brand": model.brand,
            "model": model.model,
            "serial": f"SN{int(room[1:]):02d}{serial:05d}" if draw.chance(0.9) else None,
            "form": model.form,
            "cpu_model": model.cpu,
            "sockets": model.sockets,
            "cores": model.cores,
            "threads": model.threads,
            "perf_per_core": model.perf if draw.chance(0.75) else None,
            "arch": model.arch,
            "memory_gib": float(memory),
            "storage_gib": float(raw),
            "storage_used_gib": float(round(raw * draw.uniform(0.1, 0.8))) if draw.chance(0.7) else None,
            "psu_count": 1 if model.form == "tower" else 2,
            "power_max_w": float(round(model.max_w * draw.uniform(0.95, 1.05))) if known else None,
            "power_idle_w": float(round(model.idle_w * draw.uniform(0.95, 1.05)))
            if known and draw.chance(0.8)
            else None,
            "nameplate_w": float(model.nameplate_w) if known or draw.chance(0.93) else None,
            "os": None if state in ("spare", "broken") else system["os"] if system else "Linux",
            "virtualization": draw.pick(HYPERVISORS[model.arch]) if use == "虚拟化宿主机" else None,
            "zone": zone,
            "ips": (f"10.{int(code[1:])}.{int(room[1:])}.{host}",) if zone is not None else (),
            "bought_on": bought if model.years[0] >= 2017 or draw.chance(0.9) else None,
            "price_yuan": float(round(model.price * draw.uniform(0.9, 1.15), -2)) if draw.chance(0.8) else None,
            "warranty_until": bought + dt.timedelta(365 * (years + extended)) if draw.chance(0.92) else None,
            "state": state,
            "owner": draw.pick(PEOPLE) if draw.chance(0.85) else None,
            "pool": None,
        }
        self.servers.append(row)
        return row


def _sum(rows: Sequence[Row], column: str) -> float:
    return sum(float(str(row[column])) for row in rows)


def _era(model: Model) -> int:
    return (
        next(start for start in (2023, 2020, 2016, 2014) if model.years[0] >= start) if model.years[0] != 2017 else 2016
    )
