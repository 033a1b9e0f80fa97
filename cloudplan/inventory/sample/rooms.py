"""About sixty departmental rooms, the centre and the city's room; their racks, and what stands at which unit."""

from __future__ import annotations

import datetime as dt

from cloudplan.inventory.sample.departments import DEPARTMENTS, code_of
from cloudplan.inventory.sample.draw import Draw

Row = dict[str, object]

CENTRE, CITY = "R61", "R62"
CENTRE_RACKS, RACK_U = 20, 42
OPENS = dt.date(2026, 9, 1)
PLACES = ("办公楼一层", "办公楼二层", "办公楼四层", "服务大厅后区", "附属楼一层")
BRANCHES = ("二级单位机房", "业务大厅弱电间", "执法大队机房")
USED_KW_PER_SERVER = 0.22
"""Rough IT load of a machine, for the rooms' supplies (invented)."""


def room_rows(seed: int) -> list[Row]:
    """Make the rooms as built; :func:`furnished` adds racks and loads once the machines are known."""
    draw = Draw(seed, "rooms")
    rows: list[Row] = []
    count = sum(d.rooms for d in DEPARTMENTS)
    grades = iter(draw.quota(count, {"below": 0.62, "C": 0.33, "B": 0.05}))
    for number, department in enumerate(DEPARTMENTS):
        for k in range(department.rooms):
            grade = next(grades)
            better = grade != "below"
            rows.append(
                {
                    "room": f"R{len(rows) + 1:02d}",
                    "name": f"{department.short.removesuffix('中心')}中心机房"
                    if k == 0
                    else f"{department.short}{BRANCHES[k - 1]}",
                    "department": code_of(number),
                    "kind": "department",
                    "address": f"嘎鲁图镇{department.short}{draw.pick(PLACES)}",
                    "floor_area_m2": round(draw.uniform(30, 80) if better else draw.uniform(8, 30), 1),
                    "built_year": draw.integer(2008, 2021),
                    "grade": grade if draw.chance(0.95) else None,
                    "mains_feeds": 2 if grade == "B" or (better and draw.chance(0.3)) else 1,
                    "ups_minutes": draw.pick((30.0, 60.0)) if better else draw.pick((0.0, 15.0, 30.0)),
                    "cooling_kind": "precision"
                    if better and draw.chance(0.7)
                    else draw.weighted({"comfort": 0.85, "none": 0.15}),
                    "fire_system": "gas"
                    if better and draw.chance(0.6)
                    else draw.weighted({"extinguisher": 0.8, "none": 0.2}),
                    "access_control": better or draw.chance(0.3),
                    "video": better or draw.chance(0.4),
                    "environment_monitoring": better and draw.chance(0.6),
                    "yearly_cost_yuan": None
                    if draw.chance(0.2)
                    else float(draw.integer(12, 60) * 1000 if not better else draw.integer(40, 160) * 1000),
                    "opens_on": None,
                    "in_cn": True,
                }
            )
    return [*rows, _centre(), _city()]


def _centre() -> Row:
    return {
        "room": CENTRE,
        "name": "乌审旗融合交互中心机房",
        "department": None,
        "kind": "centre",
        "address": "嘎鲁图镇融合交互中心",
        "floor_area_m2": 260.0,
        "built_year": 2026,
        "total_u": CENTRE_RACKS * RACK_U,
        "it_power_kw": 120.0,
        "cooling_kw": 140.0,
        "pue": 1.5,
        "pue_basis": "assumed",
        "grade": "B",
        "mains_feeds": 2,
        "ups_kva": 200.0,
        "ups_minutes": 30.0,
        "cooling_kind": "precision",
        "fire_system": "gas",
        "access_control": True,
        "video": True,
        "environment_monitoring": True,
        "opens_on": OPENS,
        "in_cn": True,
    }


def _city() -> Row:
    return {
        "room": CITY,
        "name": "鄂尔多斯市政务云机房",
        "department": None,
        "kind": "superior",
        "address": "鄂尔多斯市",
        "pue": None,
        "grade": "A",
        "opens_on": None,
        "in_cn": True,
    }


def furnished(
    seed: int, rooms: list[Row], servers: list[Row], devices: list[Row]
) -> tuple[list[Row], list[Row], list[Row], list[Row]]:
    """Rack everything up and work out what each room holds and draws.

    Returns
    -------
    tuple
        Rooms, racks, servers and devices, as new rows.
    """
    full_rooms, racks, racked_servers, racked_devices = [], [], [], []
    for room in rooms:
        name = str(room["room"])
        # a stream a room, so that a machine more in one leaves the others as they were
        draw = Draw(seed, f"racks {name}")
        machines = [s for s in servers if s["room"] == name]
        boxes = [d for d in devices if d["room"] == name]
        shelf = _Racks(
            draw, name, 0 if room["kind"] == "superior" else CENTRE_RACKS if room["kind"] == "centre" else None
        )
        standing = [m | shelf.put(m) for m in machines]
        beside = [b | {"rack": shelf.put(b)["rack"]} for b in boxes]
        racked_servers += standing
        racked_devices += beside
        racks += shelf.rows()
        full_rooms.append(room if room["kind"] != "department" else room | _loads(draw, room, standing, beside, shelf))
    order = {str(s["server"]): n for n, s in enumerate(servers)}
    racked_servers.sort(key=lambda s: order[str(s["server"])])
    used = sum(int(str(m["height_u"])) for m in (*racked_servers, *racked_devices) if m["room"] == CENTRE)
    full_rooms = [r | {"used_u": used} if r["room"] == CENTRE else r for r in full_rooms]
    racked_devices.sort(key=lambda d: str(d["device"]))
    return full_rooms, racks, racked_servers, racked_devices


class _Racks:
    """The racks of one room, filled from the lowest unit up."""

    def __init__(self, draw: Draw, room: str, fixed: int | None) -> None:
        self.draw, self.room, self.fixed = draw, room, fixed
        self.count = fixed or 1
        self.unit = 1
        self.used = 0
        self.number = 1

    def put(self, machine: Row) -> Row:
        height = int(str(machine["height_u"] or 0))
        if height == 0 or (machine.get("form") == "tower" and self.draw.chance(0.6)):
            return {"rack": None, "start_u": None}
        if self.unit + height > RACK_U - (12 if self.draw.chance(0.3) else 2):
            self.number, self.unit = self.number + 1, 1
            self.count = max(self.count, self.number)
        start = self.unit
        self.unit += height + (1 if self.draw.chance(0.5) else 0)
        self.used += height
        return {"rack": f"{self.room}-K{self.number:02d}", "start_u": start}

    def rows(self) -> list[Row]:
        if self.fixed == 0:
            return []
        return [
            {
                "rack": f"{self.room}-K{n:02d}",
                "room": self.room,
                "total_u": RACK_U,
                "power_kw": 6.0 if self.fixed else self.draw.pick((3.0, 4.0)),
                "pdus": 2 if self.fixed else self.draw.integer(1, 2),
            }
            for n in range(1, self.count + 1)
        ]


def _loads(draw: Draw, room: Row, machines: list[Row], boxes: list[Row], shelf: _Racks) -> Row:
    running = [m for m in machines if m["state"] == "running"]
    load = (
        USED_KW_PER_SERVER * len(running) * draw.uniform(0.85, 1.15)
        + sum(float(str(b["power_w"])) for b in boxes) / 1000
    )
    own_pue = draw.uniform(1.6, 1.9) if room["cooling_kind"] == "precision" else draw.uniform(1.8, 2.5)
    basis = draw.weighted({"measured": 0.12, "declared": 0.23, "assumed": 0.2, "": 0.45})
    supply = max(3.0, round(load * draw.uniform(1.3, 2.2)))
    return {
        "total_u": shelf.count * RACK_U,
        "used_u": shelf.used,
        "it_power_kw": supply,
        "cooling_kw": None if room["cooling_kind"] == "none" else round(load * draw.uniform(0.9, 1.8), 1),
        "it_load_kw": round(load, 1) if draw.chance(0.4) else None,
        "meter_kwh_month": float(round(load * 730 * own_pue)) if draw.chance(0.35) else None,
        "pue": round(own_pue, 2) if basis else None,
        "pue_basis": basis or None,
        "ups_kva": None
        if room["ups_minutes"] == 0
        else float(draw.pick((10, 20, 30, 40)) if load < 8 else draw.pick((40, 60))),
    }
