"""Made-up plans to lay the reports out with: a small one for golden tests, a big one for looking.

Nothing here was planned by anything; the figures only have the shapes of real ones and agree with each other where a
reader would notice (counts of rooms, servers, systems, waves).

Length: one plan with every table filled, side by side.
"""

from __future__ import annotations

import datetime as dt
from random import Random
from typing import Any

import fake_money
import pandas as pd

from cloudplan.bundle import COLUMNS, Plan
from cloudplan.findings import Finding, Place, Severity
from cloudplan.inventory import Inventory
from cloudplan.inventory.schema import schema
from cloudplan.scenario import Scenario

DEPARTMENTS = [
    "政府办公室",
    "发展和改革委员会",
    "教育体育局",
    "科学技术局",
    "工业和信息化局",
    "民族事务委员会",
    "公安局",
    "民政局",
    "司法局",
    "财政局",
    "人力资源和社会保障局",
    "自然资源局",
    "住房和城乡建设局",
    "交通运输局",
    "水利局",
    "农牧局",
    "文化和旅游局",
    "卫生健康委员会",
    "退役军人事务局",
    "应急管理局",
    "审计局",
    "市场监督管理局",
    "林业和草原局",
    "能源局",
    "医疗保障局",
    "统计局",
    "信访局",
    "政务服务与数据管理局",
    "城市管理综合执法局",
    "生态环境分局",
    "气象局",
    "税务局",
    "档案史志馆",
    "融媒体中心",
    "公共资源交易中心",
    "住房公积金管理部",
    "残疾人联合会",
    "总工会",
    "妇女联合会",
    "工商业联合会",
    "红十字会",
    "供销合作社联合社",
    "消防救援大队",
    "电力分公司",
    "烟草专卖局",
    "邮政管理局",
    "机关事务服务中心",
    "园区管理委员会",
]
KINDS = [
    "综合业务平台",
    "办件受理系统",
    "视频监控平台",
    "档案管理系统",
    "数据填报系统",
    "执法监管平台",
    "门户网站",
    "资金监管系统",
    "统一预约平台",
    "热线工单系统",
]
DISPOSITIONS = ("REHOST", "REPLATFORM", "RETIRE", "NEED_SUPERIOR", "UPLIFT", "MERGE", "RELOCATE", "KEEP", "REFACTOR")
SHARES = (52, 14, 9, 8, 5, 4, 3, 3, 2)
REASONS = {
    "REHOST": ("as-is", "软件原样可迁，基础软件在支持期", "the software moves as it is and is still supported"),
    "REPLATFORM": (
        "support",
        "操作系统已停止支持，须更换",
        "its operating system is out of support and must be replaced",
    ),
    "RETIRE": (
        "zombie",
        "180 天以上无业务数据变化且无责任人",
        "no business data changed for 180 days and nobody is in charge",
    ),
    "NEED_SUPERIOR": ("vertical", "由上级建设的垂直系统", "a vertical system built by a superior"),
    "UPLIFT": ("duplicate", "与市级统一平台功能重复", "it duplicates a unified platform of the city"),
    "MERGE": ("duplicate", "并入同类系统", "it is merged into a like system"),
    "RELOCATE": ("hardware", "依赖加密狗", "it depends on a dongle"),
    "KEEP": ("lock", "单位不同意迁移：涉及现场实时控制", "its department refuses: it controls equipment on site"),
    "REFACTOR": ("rewrite", "需重构", "it must be rewritten"),
}
CHANGE = (
    "systems.support=expired [systems.csv:9]; scenario.zombie_days=180",
    "若基础软件仍在支持期，则改为“平移上云”",
    "If its software was still supported, the decision would be “moved to the cloud as it is”",
)
"""On what each decision rests, and what would change it."""

ZONES = (
    ("EXT", "互联网", "internet", False, True),
    ("IZ", "互联网区", "internet zone", True, True),
    ("PUB", "公用网络区", "common extranet zone", True, False),
    ("VPN", "专用网络区", "department VPN zone", True, False),
    ("XCH", "数据交换区", "exchange zone", True, False),
    ("MGT", "运维管理区", "management zone", True, False),
    ("BAK", "备份区", "backup zone", True, False),
    ("VERT", "垂直业务专网", "vertical network", False, False),
    ("LAN", "部门局域网", "department LAN", False, False),
)
CONDUITS = [
    "EXT>IZ:allow:firewall+waf",
    "IZ>PUB:exchange:gap",
    "PUB>IZ:exchange:gap",
    "PUB>VPN:allow:firewall",
    "VPN>PUB:allow:firewall",
    "PUB>XCH:allow:firewall",
    "XCH>PUB:allow:firewall",
    "PUB>BAK:allow:firewall",
    "VPN>BAK:allow:firewall",
    "MGT>IZ:allow:bastion",
    "MGT>PUB:allow:bastion",
    "MGT>VPN:allow:bastion",
    "MGT>BAK:allow:firewall",
    "LAN>PUB:allow:firewall",
    "LAN>VPN:allow:firewall",
    "VERT>XCH:exchange:gap",
    "XCH>VERT:exchange:gap",
    "IZ>EXT:allow:firewall",
]
POOLS = (
    ("P-IZ", "互联网区集群", "x86", ("IZ",), 0.10),
    ("P-L2", "外网区二级集群", "x86", ("PUB", "VPN"), 0.42),
    ("P-L3", "外网区三级集群", "x86", ("PUB", "VPN"), 0.22),
    ("P-ARM", "外网区鲲鹏集群", "arm", ("PUB", "VPN"), 0.16),
    ("P-BAK", "备份集群", "x86", ("BAK",), 0.10),
)
FIRST = dt.datetime(2026, 9, 4, 20)


def fake_plan(departments: int = 4, rooms: int = 5, systems: int = 10, servers: int = 14, waves: int = 3) -> Plan:
    """Make up a plan of a given size; the same arguments give the same plan."""
    random = Random(20241)
    inventory = _inventory(random, departments, rooms, systems, servers)
    tables = _tables(random, inventory, waves)
    scenario = Scenario(
        name="base",
        title={
            "zh-CN": "乌审旗机房与服务器整合方案（演示）",
            "en": "Consolidation of machine rooms and servers (demonstration)",
        },
        inventory="../inventory",
        today=dt.date(2026, 1, 5),
    )
    return Plan(_facts(tables, inventory), scenario, inventory, tables, _findings())


def big_plan() -> Plan:
    """The plan to look at: 48 departments, 60 rooms, 400 systems, 600 servers, 30 waves."""
    return fake_plan(48, 60, 400, 600, 30)


def _frame(table: str, rows: list[dict[str, Any]]) -> pd.DataFrame:
    definition = schema().tables[table]
    columns = [column.name for column in definition.columns]
    frame = pd.DataFrame([{name: row.get(name) for name in columns} for row in rows], columns=columns, dtype=object)
    keys = [frame[column].tolist() for column in definition.key]
    if len(keys) == 1:
        return frame.set_axis(pd.Index(keys[0], dtype=object))
    return frame.set_axis(pd.MultiIndex.from_arrays(keys, names=[None] * len(keys)))


def _inventory(random: Random, departments: int, rooms: int, systems: int, servers: int) -> Inventory:
    names = DEPARTMENTS[:departments]
    rows: dict[str, list[dict[str, Any]]] = {name: [] for name in schema().tables}
    for n, name in enumerate(names):
        rows["departments"].append(
            {
                "department": f"D{n + 1:02d}",
                "name": f"旗{name}",
                "short_name": name,
                "superior": f"鄂尔多斯市{name}",
                "opinion": "agrees",
            }
        )
    rows["rooms"].append(
        {"room": "CENTRE", "name": "融合交互中心机房", "kind": "centre", "opens_on": dt.date(2026, 9, 1)}
    )
    for n in range(rooms):
        owner = n % departments
        extra = "" if n < departments else "二"
        rows["rooms"].append(
            {
                "room": f"R{n + 1:02d}",
                "name": f"{names[owner]}{extra}机房",
                "kind": "department",
                "department": f"D{owner + 1:02d}",
            }
        )
    for n in range(servers):
        room = n % rooms
        rows["servers"].append(
            {
                "server": f"S{n + 1:04d}",
                "name": f"srv{n + 1:04d}",
                "room": f"R{room + 1:02d}",
                "department": f"D{room % departments + 1:02d}",
                "state": "running",
            }
        )
    for n in range(systems):
        owner = n % departments
        vertical = n % 12 == 3
        rows["systems"].append(
            {
                "system": f"X{n + 1:03d}",
                "name": f"{names[owner]}{KINDS[n % len(KINDS)]}{'' if n < 60 else n // 48}",
                "department": f"D{owner + 1:02d}",
                "owner_level": ("region" if n % 24 == 3 else "city") if vertical else "banner",
                "deploy_model": "front_end_local" if vertical else "local",
                "classified": n % 97 == 5,
                "level": 2 + (n % 5 == 0),
                "uplink_ok": True,
                "downlink_ok": n % 36 == 15 if vertical else None,
                "downlink_mode": "manual" if n % 24 == 3 else "none",
                "internet_facing": n % 6 == 0,
                "zone": "PUB",
                "approval_state": "pending" if n % 24 == 3 else None,
            }
        )
        if vertical or n % 3 == 0:
            rows["datasets"].append(
                {
                    "dataset": f"C-{n:04d}",
                    "name": f"{KINDS[n % len(KINDS)][:2]}信息",
                    "items": 8 + n % 9,
                    "department": f"D{owner + 1:02d}",
                    "system": f"X{n + 1:03d}",
                    "share_type": "C",
                }
            )
    for n in range(max(2, systems // 60)):
        rows["flows"].append(
            {
                "flow": f"F{n + 1:03d}",
                "source_system": f"X{n + 1:03d}",
                "target_system": f"X{n + 4:03d}",
                "kind": "DATA",
                "authorised": n % 2 == 0,
                "state": "broken",
            }
        )
    for zone, name, english, hostable, exposed in ZONES:
        rows["zones"].append(
            {
                "zone": zone,
                "name": name,
                "name_en": english,
                "hostable": hostable,
                "internet_exposed": exposed,
                "per_department": zone == "VPN",
            }
        )
    for conduit in CONDUITS:
        ends, mode, devices = conduit.split(":")
        source, target = ends.split(">")
        rows["conduits"].append(
            {
                "source_zone": source,
                "target_zone": target,
                "mode": mode,
                "devices": tuple(devices.split("+")),
                "kinds": (),
                "evidence": "S",
            }
        )
    for target, name, english, kind in (
        ("T-POOL", "旗级资源池", "the banner's pool", "banner_pool"),
        ("T-COLO", "中心托管", "colocation", "colocation"),
        ("T-CITY", "市级政务云", "municipal cloud", "city_cloud"),
        ("T-SUP", "上级平台", "superior's platform", "superior"),
        ("T-STAY", "原址保留", "in place", "in_place"),
    ):
        rows["targets"].append({"target": target, "name": name, "name_en": english, "kind": kind})
    for pool, name, arch, zones, _ in POOLS:
        rows["pools"].append(
            {
                "pool": pool,
                "name": name,
                "kind": "cluster",
                "target": "T-POOL",
                "site": "CENTRE",
                "arch": arch,
                "filed_level": 3,
                "zones": zones,
            }
        )
    rows["host_types"].append({"host_type": "H128", "name": "双路 64 核通用服务器", "price_basis": "invented"})
    for n, (name, start, end) in enumerate(
        (
            ("国庆", (2026, 10, 1), (2026, 10, 7)),
            ("财政年终决算", (2026, 12, 20), (2027, 1, 10)),
            ("春节", (2027, 2, 5), (2027, 2, 14)),
        )
    ):
        rows["calendar"].append(
            {"entry": f"K{n}", "kind": "freeze", "name": name, "starts_on": dt.date(*start), "ends_on": dt.date(*end)}
        )
    return Inventory({name: _frame(name, rows[name]) for name in rows}, "inventory")


def _tables(random: Random, inventory: Inventory, waves: int) -> dict[str, pd.DataFrame]:
    systems, servers = inventory["systems"], inventory["servers"]
    rooms = inventory["rooms"][inventory["rooms"]["kind"] == "department"]
    rows: dict[str, list[tuple[Any, ...]]] = {name: [] for name in COLUMNS}
    stay_rooms = {room for n, room in enumerate(rooms.index) if n % 5 == 4}
    for n, system in enumerate(systems.itertuples()):
        code = random.choices(DISPOSITIONS, SHARES)[0]
        if system.owner_level != "banner":
            code = "NEED_SUPERIOR"
        elif code == "NEED_SUPERIOR":
            code = "REHOST"
        moves = code not in ("KEEP", "NEED_SUPERIOR")
        wave = 1 + n * waves // len(systems) if moves else ""
        target = {
            "KEEP": "T-STAY",
            "NEED_SUPERIOR": "T-STAY",
            "UPLIFT": "T-CITY",
            "RELOCATE": "T-COLO",
            "RETIRE": "",
            "MERGE": "",
        }.get(code, "T-POOL")
        pool = random.choices([p[0] for p in POOLS], [p[4] for p in POOLS])[0] if target == "T-POOL" else ""
        rule, zh, en = REASONS[code]
        rows["dispositions"].append(
            (system.Index, system.name, system.department, code, target, pool, wave, rule, zh, en, *CHANGE)
        )
        zone = {"P-IZ": "IZ", "P-BAK": "BAK"}.get(pool, "PUB" if n % 2 else "VPN")
        for tier in ("app", "db") if n % 2 else ("app",):
            rows["components"].append(
                (f"{system.Index}/{tier}", system.Index, tier, "x86", zone if pool else "", pool, target, 2)
            )
            rows["placements"].append(
                (f"W{n:04d}{tier}", f"{system.Index}/{tier}", system.Index, pool, f"{pool}-1" if pool else "")
            )
            known = random.choices(("measured", "declared", "assumed"), (58, 12, 30))[0]
            for resource, basis in (
                ("cpu", known),
                ("memory", "declared" if known == "measured" and n % 2 else known),
                ("storage", "declared" if n % 4 else "assumed"),
                ("network", "assumed"),
            ):
                end = "assumed" if resource == "cpu" else ""
                rows["demand"].append((f"W{n:04d}{tier}", resource, basis, end, "size", 4.0))
        if moves:
            start = FIRST + dt.timedelta(days=int(wave - 1) * 14)
            gib = round(random.uniform(5, 900), 1)
            rows["waves"].append(
                (
                    wave,
                    system.Index,
                    system.name,
                    code,
                    start.isoformat(" ", "minutes"),
                    (start + dt.timedelta(hours=52)).isoformat(" ", "minutes"),
                    gib,
                    round(gib / 60, 2),
                    round(random.uniform(0.5, 9), 1),
                    (start + dt.timedelta(hours=31)).isoformat(" ", "minutes"),
                )
            )
    for n, room in enumerate(rooms.itertuples()):
        stays = room.Index in stay_rooms
        wave = 1 + (n + 1) * (waves - 1) // len(rooms)
        closes = (FIRST + dt.timedelta(days=(wave - 1) * 14 + 33)).date().isoformat()
        rows["rooms"].append(
            (
                room.Index,
                room.name,
                room.department,
                "" if stays else closes,
                "" if stays else wave,
                f"S{n + 1:04d}" if stays else "",
                "垂直系统的前置机待上级批复" if stays else "",
                "a front end of a vertical system awaits its superior" if stays else "",
            )
        )
    reused = 0
    for n, server in enumerate(servers.itertuples()):
        stays = server.room in stay_rooms and n % 3 == 0
        fate = "keep" if stays else ("reuse", "spare", "scrap", "scrap", "scrap", "relocate", "scrap")[n % 7]
        reused += fate == "reuse"
        why = {
            "keep": ("承载待上级批复的系统", "it carries a system that awaits its superior"),
            "scrap": ("使用已满 6 年", "it has served for 6 years"),
            "spare": ("3 至 6 年，转作测试备用", "3 to 6 years old: kept for tests"),
            "reuse": ("不足 3 年，指令集相符", "younger than 3 years, same architecture"),
            "relocate": ("承载依赖加密狗的系统", "it carries a system that depends on a dongle"),
        }[fate]
        rows["servers"].append(
            (
                server.Index,
                server.room,
                server.department,
                fate,
                "P-L2" if fate == "reuse" else "",
                "age",
                *why,
                *CHANGE,
            )
        )
    _hosts(rows, len(systems))
    _measures(random, rows, inventory)
    rows["copies"] = fake_money.copies(rows["dispositions"], rows["waves"])
    rows["cashflow"] = fake_money.cashflow()
    for source, target, devices, flows, granted in (
        ("EXT", "IZ", "firewall;waf", 0.16, True),
        ("IZ", "PUB", "gap", 0.12, True),
        ("PUB", "IZ", "gap", 0.05, True),
        ("PUB", "VPN", "firewall", 0.4, True),
        ("VPN", "PUB", "firewall", 0.33, False),
        ("PUB", "XCH", "firewall", 0.1, True),
        ("XCH", "VERT", "gap", 0.06, True),
        ("PUB", "BAK", "firewall", 0.2, True),
        ("LAN", "VPN", "firewall", 0.3, True),
    ):
        count = max(1, int(flows * len(systems)))
        mode, missing = "exchange" if "gap" in devices else "allow", 0 if granted else count
        rows["conduits"].append((source, target, mode, devices, "HTTPS", 443, count, granted, missing, 5.0 * count, 1))
    return {name: pd.DataFrame(rows[name], columns=list(COLUMNS[name])) for name in COLUMNS}


def _hosts(rows: dict[str, list[tuple[Any, ...]]], systems: int) -> None:
    for pool, _, arch, _, share in POOLS:
        loaded = max(1, round(systems * share * 0.16))
        for n in range(loaded + 1):
            bought = n % 3 > 0 or arch == "arm"
            rows["hosts"].append(
                (
                    f"{pool}-{n + 1}" if bought else f"S{n:04d}",
                    pool,
                    "H128" if bought else f"S{n:04d}",
                    "CENTRE",
                    "purchased" if bought else "reused",
                    "" if bought else f"S{n:04d}",
                    n == loaded,
                    "2026-09-01",
                    128,
                    512,
                    102.4,
                    460.8,
                    21500.0,
                )
            )
        for resource, unit, used in (
            ("cpu", 102.4, 0.66),
            ("vcpu", 256.0, 0.58),
            ("memory", 460.8, 0.87),
            ("storage_normal", 9000.0, 0.49),
        ):
            usable = unit * loaded
            rows["pools"].append(
                (
                    pool,
                    resource,
                    round(usable * used * (0.8 + share / 2), 1),
                    round(usable, 1),
                    1,
                    loaded + 1,
                    loaded - (pool == "P-L2" and loaded > 3),
                    loaded,
                )
            )
        bought = sum(1 for r in rows["hosts"] if r[1] == pool and r[4] == "purchased")
        if bought:
            rows["purchases"].append(
                (pool, "H128", bought, "2026-06-20", "2026-08-25", bought * 98000.0, 2026, "invented")
            )


def _measures(random: Random, rows: dict[str, list[tuple[Any, ...]]], inventory: Inventory) -> None:
    for resource, before, after in (
        ("cpu", (0.082, 0.231, 0.612, 0.055, 0.187), (0.312, 0.487, 0.734, 0.236, 0.391)),
        ("memory", (0.337, 0.471, 0.803, 0.241, 0.452), (0.634, 0.702, 0.811, 0.571, 0.689)),
        ("storage", (0.282, 0.282, 0.282, 0.282, 0.282), (0.521, 0.521, 0.521, 0.521, 0.521)),
    ):
        for when, values in (("before", before), ("after", after)):
            rows["utilisation"].append(("estate", "", resource, when, "measured", *values, 0.58))
    groups = [("department", d) for d in inventory["departments"].index]
    groups += [("room", r) for r in inventory["rooms"].index[1:]]
    for scope, name in groups:
        share = random.choice((0.0, 0.0, 0.4, 0.6, 0.8, 1.0))
        mean = random.betavariate(1.6, 14)
        low, high = mean * share + 0.03 * (1 - share), mean * share + 0.4 * (1 - share)
        measured = (mean, min(1.0, mean * 2.4), min(1.0, mean * 5)) if share else ("", "", "")
        rows["utilisation"].append(
            (scope, name, "cpu", "before", "measured" if share else "assumed", *measured, low, high, share)
        )
    for pool, _, _, _, share in POOLS:
        rows["utilisation"].append(
            (
                "pool",
                pool,
                "cpu",
                "after",
                "measured",
                0.2 + share / 2,
                0.3 + share / 2,
                0.5 + share / 3,
                0.15 + share / 2,
                0.3 + share / 2,
                0.6,
            )
        )
    for term, before, after, basis in (
        ("purchase", 0, 1_163_000, "invented"),
        ("reuse", 0, 214_000, "invented"),
        ("energy", 1_893_000, 702_000, "invented"),
        ("operation", 2_310_000, 930_000, "invented"),
        ("licence", 0, 412_000, "invented"),
        ("space", 0, 186_000, "invented"),
        ("rooms", 3_640_000, 780_000, "survey"),
        ("services", 0, 264_000, "invented"),
        ("storage", 0, 318_000, "invented"),
        ("local_copy", 0, 21_000, "invented"),
        ("adaptation", 0, 455_000, "invented"),
        ("migration", 0, 386_000, "invented"),
    ):
        rows["costs"].append((term, "before", float(before), basis, ""))
        rows["costs"].append((term, "after", float(after), basis, float(after)))
    rows["capacity"].append(("H128", "cpu", 128.0, 102.4))
    rows["clauses"] += _clauses(list(inventory["rooms"].index), list(inventory["systems"].index))
    rows["assumptions"] += [
        ("electricity_yuan_per_kwh", 0.52, "yuan/kWh", "invented", "costs"),
        ("host_types.H128.price_yuan", 98000.0, "yuan", "invented", "costs"),
        ("centre_pue", 1.5, "", "default", "energy"),
        ("co2_kg_per_kwh", 0.6849, "kgCO2/kWh", "生态环境部 2022 年因子 [T]", "energy"),
        ("demand.target_utilisation", 0.7, "", "default", "demand"),
        ("capacity.spare_hosts", 1, "", "default", "capacity"),
        ("migration.starts_on", "2026-09-04", "", "scenario", "migration"),
        ("today", "2026-01-05", "", "scenario", "plan"),
        ("horizon_years", 5.0, "", "default", "plan"),
    ]


def _clauses(rooms: list[Any], systems: list[Any]) -> list[tuple[Any, ...]]:
    """Two rooms today, one of them after; a rule; a task for the first system."""
    first, second = rooms[1:3]
    fire, gas, off = (
        "rooms.fire_system=none",
        "rooms.fire_system=gas",
        ("消防：无；要求：…", "fire system: none; asked: …"),
    )
    return [
        ("EB-P04", "", "before", 3, "room", first, "not_met", "T", fire, *off),
        ("EB-P04", "", "before", 2, "room", second, "met", "T", gas, "消防：气体灭火", "fire system: gas"),
        ("EB-P04", "", "after", 3, "room", first, "not_met", "T", fire, *off),
        (
            "EB-P01",
            "",
            "before",
            3,
            "room",
            first,
            "unknown",
            "T",
            "rooms.mains_feeds=",
            "无记录：市电路数",
            "no record",
        ),
        ("EB-C02", "", "after", "", "plan", "", "by_rule", "T", "rule=platform-level", "规则保证", "held by a rule"),
        ("EB-C08", "", "after", 2, "system", systems[0], "task", "T", "waves.system", "核对数据", "check the data"),
    ]


def _facts(tables: dict[str, pd.DataFrame], inventory: Inventory) -> dict[str, Any]:
    costs = {
        term: {stage: float(group.loc[group["stage"] == stage, "yuan_per_year"].sum()) for stage in ("before", "after")}
        for term, group in tables["costs"].groupby("term", sort=False)
    }
    objective = sum(cost["after"] for cost in costs.values())
    closed, hosts = int((tables["rooms"]["closes_on"] != "").sum()), len(tables["hosts"])

    def kpi(value: float, unit: str, basis: str = "planned", low: Any = None, high: Any = None) -> dict[str, Any]:
        return {"value": value, "low": low, "high": high, "unit": unit, "basis": basis}

    return {
        "schema_version": 1,
        "cloudplan": "0.1.0",
        "versions": {"pyomo": "6.10.1", "highspy": "1.16.0"},
        "inputs": {"systems": "ab" * 32, "servers": "cd" * 32},
        "seed": 1,
        "status": "optimal",
        "objective": objective,
        "bound": objective * 0.9979,
        "gap": 0.0021,
        "stages": {
            "placement": {
                "objective": objective,
                "bound": objective * 0.9979,
                "gap": 0.0021,
                "nodes": 112,
                "rounds": 2,
            },
            "packing": {pool[0]: {"loaded_hosts": 3, "bound": 3} for pool in POOLS},
            "migration": {"waves": 3, "last": "2027-10-15"},
        },
        "kpis": {
            "rooms_closed": kpi(closed, "rooms"),
            "released_servers": kpi(len(inventory["servers"]) - hosts, "servers"),
            "consolidation_ratio": kpi(6.8, "x", "measured", 5.9, 7.4),
            "energy_kwh": kpi(1_350_000, "kWh/a", "assumed", 1_190_000, 1_520_000),
            **fake_money.kpis(),
        },
        "value": fake_money.value(),
        "costs": costs,
    }


def _findings() -> tuple[Finding, ...]:
    place = Place("inventory/systems.csv", row=12, column="level")
    return (
        Finding(
            "rule.too_small",
            Severity.WARNING,
            "X004",
            "level",
            {"rule": "spare-hosts", "option": "k", "given": 0, "least": 1},
            place,
        ),
        Finding("rule.not_options", Severity.INFO, "", "", {"rule": "facility", "given": "maybe"}),
    )
