"""What else a survey asks of the records, filled in for a share of them: nothing here changes a plan.

Each table has a stream of draws of its own, so that a column more leaves all others as they were. All of it is
invented; what follows from other columns is taken from them (racks, networks, levels, dependencies).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from cloudplan.inventory.sample.draw import Draw
from cloudplan.inventory.sample.names import PEOPLE
from cloudplan.inventory.sample.systems import TODAY

Row = dict[str, object]
Tables = Mapping[str, list[Row]]

FLOORS = {"一层": "1", "二层": "2", "四层": "4"}
NETWORKS = {"extranet": "extranet", "vpn": "extranet", "internet": "internet", "vertical": "dedicated"}
LANGUAGES = {("Java",): 0.55, ("C#",): 0.15, ("PHP",): 0.1, ("Java", "Python"): 0.12, ("C++",): 0.08}
BUILDERS = ("软件开发商甲", "软件开发商乙", "软件开发商丙", "系统集成商丁", "自行开发")
UPKEEP = ("运维公司甲", "运维公司乙", "原开发商", "本单位")
PORTS = {"switch": "24×GE+4×10GE", "router": "4×GE", "firewall": "8×GE", "gap": "4×GE", "light_gap": "2×GE",
         "waf": "4×GE", "bastion": "2×GE", "storage_array": "8×FC16"}  # fmt: skip
PURPOSES = {"switch": "接入与汇聚", "router": "出口路由", "firewall": "边界防护", "waf": "网站防护", "gap": "跨网交换",
            "light_gap": "单向导入", "bastion": "运维审计", "ups": "后备供电", "storage_array": "集中存储",
            "tape": "备份归档"}  # fmt: skip


def with_particulars(seed: int, tables: Tables) -> dict[str, list[Row]]:
    """Add the further columns.

    Parameters
    ----------
    seed
        Seed of the estate.
    tables
        Rows of every table, complete but for these columns.

    Returns
    -------
    dict of str to list of dict
        The same tables with new rows.
    """
    return {**tables, **{name: fill(Draw(seed, f"{name}+"), tables) for name, fill in FILLED.items()}}


def _rooms(draw: Draw, tables: Tables) -> list[Row]:
    racks: dict[object, int] = {}
    for rack in tables["racks"]:
        racks[rack["room"]] = racks.get(rack["room"], 0) + 1
    used: dict[object, set[object]] = {}
    for machine in (*tables["servers"], *tables["devices"]):
        if machine["rack"] is not None:
            used.setdefault(machine["room"], set()).add(machine["rack"])
    joined: dict[object, set[str]] = {}
    for link in tables["links"]:
        joined.setdefault(link["room"], set()).add(NETWORKS[str(link["kind"])])
    rows = []
    for n, room in enumerate(tables["rooms"]):
        name, own = room["room"], room["kind"] == "department"
        more: Row = {
            "racks_total": racks.get(name),
            "racks_used": len(used.get(name, ())) if name in racks and draw.chance(0.9) else None,
            "network_access": tuple(sorted(joined.get(name, ()))),
            "manager": draw.pick(PEOPLE) if own and draw.chance(0.9) else None,
            "phone": f"分机{8000 + n}" if own and draw.chance(0.8) else None,
            "floor": next((f for word, f in FLOORS.items() if word in str(room["address"])), None),
            "proposed_fate": draw.weighted({"close": 0.7, "reuse": 0.15, "keep": 0.05, None: 0.1}) if own else None,
        }
        rows.append(room | more)
    return rows


def _servers(draw: Draw, tables: Tables) -> list[Row]:
    rows = []
    for server in tables["servers"]:
        bought = server["bought_on"]
        new = isinstance(bought, dt.date) and bought.year >= 2020
        kinds = {"ssd": 0.4, "mixed": 0.35, "hdd": 0.15, "nvme": 0.1} if new else {"hdd": 0.85, "mixed": 0.15}
        more: Row = {
            "disk_type": draw.weighted(kinds) if draw.chance(0.8) else None,
            "network_cards": ("4×1GE+2×10GE" if new else "4×1GE") if draw.chance(0.7) else None,
            "hot_standby": draw.chance(0.08) if draw.chance(0.85) else None,
        }
        rows.append(server | more)
    return rows


def _devices(draw: Draw, tables: Tables) -> list[Row]:
    rows = []
    for n, device in enumerate(tables["devices"]):
        kind = str(device["kind"])
        networked = kind not in ("ups", "tape", "other")
        weights = {"very": 0.25, "important": 0.4, "ordinary": 0.35}
        more: Row = {
            "software": f"V{draw.integer(2, 8)}R{draw.integer(1, 12):02d}" if networked and draw.chance(0.6) else None,
            "ports": PORTS.get(kind) if draw.chance(0.7) else None,
            "ips": (f"10.250.{n // 250}.{n % 250 + 1}",) if networked and draw.chance(0.7) else (),
            "purpose": PURPOSES.get(kind) if draw.chance(0.8) else None,
            "importance": draw.weighted(weights) if draw.chance(0.75) else None,
            "hot_standby": device["department"] is None or draw.chance(0.1),
            "xinchuang": draw.chance(0.3) if draw.chance(0.8) else None,
        }
        rows.append(device | more)
    return rows


def _systems(draw: Draw, tables: Tables) -> list[Row]:
    needs: dict[object, list[str]] = {}
    for flow in tables["flows"]:
        source, target = flow["source_system"], flow["target_system"]
        called = flow["kind"] == "REQRESP" and flow["state"] == "ok" and source != target
        if called and source is not None and target is not None and str(target) not in needs.setdefault(source, []):
            needs[source].append(str(target))
    return [
        system if system["classified"] else system | _system(draw, system, needs.get(system["system"], []))
        for system in tables["systems"]
    ]


def _system(draw: Draw, system: Row, needs: list[str]) -> Row:
    level, users, last = system["level"], system["users"], system["last_data_on"]
    other = max(int(str(level)) - draw.integer(0, 1), 1) if level is not None else None
    levels = (level, other) if draw.chance(0.5) else (other, level)
    if not draw.chance(0.75):
        levels = (None, None)
    above = system["owner_level"] != "banner"
    scopes = {"public": 1.0} if system["internet_facing"] else (
        {"region": 0.5, "city": 0.3, "nation": 0.2} if above else {"unit": 0.6, "banner": 0.4}
    )  # fmt: skip
    browser = {"bs": 1.0} if system["internet_facing"] else {"bs": 0.65, "cs": 0.22, "both": 0.08, "none": 0.05}
    begun = (last if isinstance(last, dt.date) else TODAY) - dt.timedelta(draw.integer(200, 4200))
    known = draw.chance(0.7)
    return {
        "business_level": levels[0],
        "service_level": levels[1],
        "filing_number": f"BA{draw.integer(10000, 99999)}"
        if system["filing_status"] in ("filed", "assessed", "expired") and draw.chance(0.9)
        else None,
        "user_scope": draw.weighted(scopes) if draw.chance(0.9) else None,
        "concurrent_users": max(1, round(int(str(users)) * draw.uniform(0.01, 0.15))) if draw.chance(0.6) else None,
        "development_language": draw.weighted(LANGUAGES) if draw.chance(0.7) else (),
        "app_architecture": draw.weighted(browser) if draw.chance(0.85) else None,
        "backup_mode": draw.weighted({"none": 0.3, "local": 0.45, "remote": 0.2, "replica": 0.05})
        if draw.chance(0.8)
        else None,
        "construction_yuan": float(draw.integer(5, 600) * 10000) if known else None,
        "approval_number": f"立项〔{begun.year}〕{draw.integer(1, 99)}号" if known and draw.chance(0.5) else None,
        "developer": draw.pick(BUILDERS) if draw.chance(0.85) else None,
        "operator": draw.pick(UPKEEP) if draw.chance(0.75) else None,
        "contract_until": TODAY + dt.timedelta(draw.integer(-200, 900))
        if system["om_yuan_per_year"] is not None and draw.chance(0.85)
        else None,
        "in_service_since": begun if draw.chance(0.8) else None,
        "depends_on": tuple(needs) if draw.chance(0.8) else (),
        "proposed_fate": _intention(draw, system) if draw.chance(0.85) else None,
    }


def _intention(draw: Draw, system: Row) -> str:
    last = system["last_data_on"]
    if system["opinion"] == "refuses" or system["owner_level"] != "banner":
        return "keep"
    if system["superseded_by"] is not None:
        return "merge"
    if isinstance(last, dt.date) and (TODAY - last).days > 180:
        return draw.weighted({"retire": 0.7, "keep": 0.3})
    return draw.weighted({"migrate": 0.9, "rebuild": 0.1})


def _flows(draw: Draw, tables: Tables) -> list[Row]:
    zone_of = {system["system"]: system["zone"] for system in tables["systems"]}
    rows = []
    for flow in tables["flows"]:
        slow = {"realtime": 0.2, "daily": 0.5, "weekly": 0.1, "monthly": 0.15, "irregular": 0.05}
        often = "realtime" if flow["kind"] == "REQRESP" else draw.weighted(slow)
        ends = [flow[f"{end}_zone"] or zone_of[flow[f"{end}_system"]] for end in ("source", "target")]
        more: Row = {
            "frequency": often if draw.chance(0.85) else None,
            "crosses_border": ends[0] != ends[1] if draw.chance(0.8) else None,
        }
        rows.append(flow | more)
    return rows


def _datasets(draw: Draw, tables: Tables) -> list[Row]:
    rows: list[Row] = []
    for n, entry in enumerate(tables["datasets"]):
        ways = {"api": 0.6, "table": 0.4} if entry["format"] == "database" else {"file": 0.8, "query": 0.2}
        name = str(entry["name"])
        published = dt.date(2024, 3, 1) + dt.timedelta(draw.integer(0, 500))
        before = str(tables["datasets"][draw.integer(0, n - 1)]["dataset"]) if n else ""
        back = {"api": 0.15, "table": 0.35, "manual": 0.2, "none": 0.3}
        more: Row = {
            "abstract": f"{name.removesuffix('信息')}的{entry['items']}个信息项" if draw.chance(0.75) else None,
            "category": draw.weighted({"department": 0.75, "theme": 0.15, "base": 0.1}) if draw.chance(0.85) else None,
            "share_mode": draw.weighted(ways) if entry["share_type"] != "N" and draw.chance(0.85) else None,
            "open_data": entry["share_type"] == "U" and draw.chance(0.4),
            "downlink_mode": draw.weighted(back) if entry["on_city_platform"] and draw.chance(0.8) else None,
            "published_on": published if draw.chance(0.9) else None,
            "related": (before,) if before and draw.chance(0.05) else (),
        }
        rows.append(entry | more)
    return rows


FILLED = {
    "rooms": _rooms,
    "servers": _servers,
    "devices": _devices,
    "systems": _systems,
    "flows": _flows,
    "datasets": _datasets,
}
