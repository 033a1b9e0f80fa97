"""Network, security and storage devices, the volumes on the arrays, and the departments' links."""

from __future__ import annotations

import datetime as dt

from cloudplan.inventory.sample.departments import DEPARTMENTS
from cloudplan.inventory.sample.draw import Draw
from cloudplan.inventory.sample.rooms import CENTRE, OPENS
from cloudplan.inventory.sample.systems import TODAY

Row = dict[str, object]

MODELS = {
    "switch": ("S5720-28P", 1, 60),
    "router": ("AR2240", 2, 90),
    "firewall": ("USG6325E", 1, 80),
    "waf": ("WAF-5000", 2, 180),
    "gap": ("安全隔离与信息交换系统", 2, 150),
    "light_gap": ("单向光闸", 2, 140),
    "bastion": ("运维审计系统", 1, 110),
    "ups": ("30kVA", 12, 300),
    "storage_array": ("OceanStor 5300", 4, 520),
    "tape": ("MSL2024", 2, 90),
    "other": ("视频会议 MCU", 2, 160),
}
KEPT = (
    ("other", "视频会议终端与会场布线绑定，随楼使用"),
    ("switch", "承担全楼办公网接入，须原址保留"),
    ("other", "门禁与消防主机设在本机房"),
    ("router", "上级垂直专网接入设备，产权属上级"),
    ("switch", "楼内电话与监控汇聚，须原址保留"),
)
"""Devices that keep a room open though its systems leave."""
NEW = (
    ("switch", 4, "PUB"),
    ("switch", 2, "IZ"),
    ("firewall", 2, "PUB;VPN"),
    ("firewall", 2, "EXT;IZ"),
    ("waf", 2, "EXT;IZ"),
    ("gap", 2, "IZ;PUB"),
    ("gap", 1, "PUB;VERT"),
    ("bastion", 1, "MGT;PUB"),
    ("storage_array", 4, "PUB"),
    ("tape", 1, "BAK"),
)
"""What the centre opens with."""


def device_rows(seed: int, rooms: list[Row], systems: list[Row], pinned: frozenset[str]) -> list[Row]:
    """Make the table ``devices``, without racks.

    Parameters
    ----------
    pinned
        Rooms in which something stays anyway; the devices that stay are put elsewhere, so that they matter.
    """
    draw = Draw(seed, "devices")
    rows: list[Row] = []
    free = [r for r in rooms if r["kind"] == "department" and r["room"] not in pinned]
    keepers = dict(zip((str(r["room"]) for r in draw.shuffled(free)), KEPT, strict=False))
    vertical = {
        str(s["department"])
        for s in systems
        if s["owner_level"] != "banner" and s["deploy_model"] != "superior_central"
    }
    for room in rooms:
        if room["kind"] != "department":
            continue
        main = str(room["name"]).endswith("中心机房")
        weight = DEPARTMENTS[int(str(room["department"])[1:]) - 1].weight
        kinds = ["switch"] if not main else ["switch", "firewall", *(["storage_array"] if weight >= 2 else [])]
        kinds += ["router"] if main and draw.chance(0.4) else []
        kinds += ["gap"] if main and room["department"] in vertical else []
        kinds += ["bastion"] if main and weight >= 4 else []
        kinds += ["ups"] if draw.chance(0.75) else []
        for kind in kinds:
            fate, reason = (
                ("relocate", "在保期内，迁入中心继续使用")
                if kind in ("storage_array", "bastion") and draw.chance(0.25)
                else ("scrap", None)
            )
            if kind in ("gap",) and str(room["room"]) in pinned:
                fate, reason = "keep", "上级垂直专网边界设备，随前置机保留"
            rows.append(_device(draw, len(rows) + 1, kind, room, fate, reason, ("LAN", "PUB")))
        if str(room["room"]) in keepers:
            kind, reason = keepers[str(room["room"])]
            rows.append(_device(draw, len(rows) + 1, kind, room, "keep", reason, ("LAN",)))
    centre = next(r for r in rooms if r["room"] == CENTRE)
    for kind, count, zones in NEW:
        rows += [
            _device(draw, len(rows) + n, kind, centre, None, None, tuple(zones.split(";"))) for n in range(1, count + 1)
        ]
    return rows


def _device(
    draw: Draw, serial: int, kind: str, room: Row, fate: str | None, reason: str | None, zones: tuple[str, ...]
) -> Row:
    model, height, watts = MODELS[kind]
    new = room["kind"] == "centre"
    bought = OPENS - dt.timedelta(60) if new else TODAY - dt.timedelta(draw.integer(200, 3900))
    if fate == "relocate":
        bought = TODAY - dt.timedelta(draw.integer(200, 900))
    labels = {
        "switch": "交换机",
        "router": "路由器",
        "firewall": "防火墙",
        "waf": "Web应用防火墙",
        "gap": "网闸",
        "light_gap": "光闸",
        "bastion": "堡垒机",
        "ups": "UPS",
        "storage_array": "存储阵列",
        "tape": "磁带库",
        "other": "专用设备",
    }
    return {
        "device": f"N{serial:04d}",
        "kind": kind,
        "department": room["department"],
        "room": room["room"],
        "height_u": height,
        "name": f"{str(room['name']).removesuffix('机房')}{labels[kind]}",
        "model": model,
        "serial": f"DV{serial:06d}",
        "zones": zones if kind not in ("ups", "tape") else (),
        "throughput_mbps": {"firewall": 4000.0, "gap": 1000.0, "waf": 4000.0}.get(kind)
        if new
        else {"firewall": 1000.0, "gap": 400.0, "switch": 1000.0}.get(kind),
        "power_w": float(round(watts * draw.uniform(0.7, 1.1))),
        "bought_on": bought,
        "warranty_until": bought + dt.timedelta(365 * 3) if draw.chance(0.9) else None,
        "fate": fate,
        "fate_reason": reason,
    }


def volume_rows(
    seed: int, devices: list[Row], systems: list[Row], workloads: list[Row], servers: list[Row]
) -> list[Row]:
    """Make the table ``volumes``: databases and bulky data on the array of the room in which they run."""
    draw = Draw(seed, "volumes")
    arrays = {str(d["room"]): str(d["device"]) for d in devices if d["kind"] == "storage_array"}
    room_of = {str(s["server"]): str(s["room"]) for s in servers}
    by_system = {str(s["system"]): s for s in systems}
    rows: list[Row] = []
    for w in workloads:
        if w["server"] is None:
            continue
        system, room = by_system[str(w["system"])], room_of[str(w["server"])]
        bulky = float(str(system["data_gib"])) > 200
        first = str(w["name"]).endswith("01")
        if not first or not (w["tier"] == "db" or (bulky and w["tier"] == "app")):
            continue
        if w["tier"] == "db" and not draw.chance(0.6):
            continue
        data = float(str(system["data_gib"])) * draw.uniform(1.1, 1.8)
        tier = (
            "high"
            if w["tier"] == "db" and (system["level"] == 3 or draw.chance(0.15))
            else ("object" if bulky and w["tier"] == "app" else "normal")
        )
        rows.append(
            {
                "volume": f"V{len(rows) + 1:04d}",
                "device": arrays.get(room),
                "workload": w["workload"],
                "storage_tier": tier,
                "size_gib": float(max(20, round(data, -1))),
                "used_gib": float(round(max(20, round(data, -1)) * draw.uniform(0.4, 0.9)))
                if draw.chance(0.8)
                else None,
            }
        )
    return rows


def link_rows(seed: int, rooms: list[Row], systems: list[Row]) -> list[Row]:
    """Make the table ``links``: an extranet line for each room, others where the systems need them."""
    draw = Draw(seed, "links")
    rows: list[Row] = []

    def add(room: Row, kind: str, mbps: float, yuan: float | None) -> None:
        row = {"link": f"L{len(rows) + 1:03d}", "department": room["department"], "room": room["room"], "kind": kind}
        rows.append(row | {"mbps": mbps, "yuan_per_year": yuan})

    for room in rooms:
        if room["kind"] == "superior":
            continue
        if room["kind"] == "centre":
            add(room, "extranet", 10000.0, None)
            add(room, "internet", 2000.0, 180000.0)
            continue
        weight = DEPARTMENTS[int(str(room["department"])[1:]) - 1].weight
        rate = 1000.0 if weight >= 4 else draw.pick((200.0, 500.0)) if weight >= 3 else 100.0
        add(room, "extranet", rate, None if draw.chance(0.1) else float(round(rate * draw.uniform(20, 60), -2)))
        if not str(room["name"]).endswith("中心机房"):
            continue
        own = [s for s in systems if s["department"] == room["department"]]
        if any(s["zone"] == "VPN" for s in own):
            add(room, "vpn", draw.pick((50.0, 100.0)), float(draw.integer(8, 20) * 1000))
        if any(s["internet_facing"] for s in own):
            add(room, "internet", draw.pick((100.0, 200.0)), float(draw.integer(12, 50) * 1000))
        if any(s["zone"] == "VERT" for s in own):
            add(room, "vertical", draw.pick((10.0, 20.0, 50.0)), None)
    return rows
