"""A tiny valid estate for tests, small enough to reckon by hand.

    internet (EXT)
       │ F1
       ▼
    room R1 (department D1)              room R2 (department D2)
    ┌───────────────────────────┐        ┌──────────────────────────────────────┐
    │ S1  32 threads, 2024      │        │ S3  16 threads, 2022                 │
    │   W1  A-SITE   web (IZ)   │        │   W3  B-PAY   app (PUB)  measured    │
    │       measured, 168 hours │        │   W4  B-PAY   db  (PUB)  volume V1   │
    │ S2  16 threads, 2015      │        │ S4  32 threads, 2025                 │
    │   W2  A-SITE   db  (PUB)  │        │   W5  C-WORK  app (VPN)              │
    │ N1  switch                │        │                                      │
    └───────────────────────────┘        └──────────────────────────────────────┘
    flows   F1 EXT → A-SITE/web   F2 A-SITE web → db   F3 B-PAY app → db   F4 C-WORK/app → B-PAY/app

    the CENTRE opens 2026-09-01, 84 U: pools P-IZ (zone IZ), P-PUB (zones PUB and VPN), P-COLO (colocation);
    zones   EXT ──allow──► IZ ◄──exchange──► PUB ◄──allow──► VPN

Everything is level 2, x86 and may move. The tables are plain rows, so that a test may spoil one before it writes them.
"""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

Rows = list[dict[str, Any]]

HOURS = [f"h{n:03d}" for n in range(168)]

SCENARIO = """\
name: tiny
title: {zh-CN: 小例, en: A tiny case}
inventory: inventory
today: 2026-01-05
migration:
  starts_on: 2026-09-07
"""


def office_hours(quiet: float, busy: float) -> dict[str, float]:
    """Percentages of a week: ``busy`` from 8 to 18 o'clock on Monday to Friday, else ``quiet``."""
    return {hour: busy if n < 120 and 8 <= n % 24 < 18 else quiet for n, hour in enumerate(HOURS)}


def _server(server: str, department: str, room: str, rack: str, start_u: int, threads: int, memory: int, bought: str,
            zone: str) -> dict[str, Any]:  # fmt: skip
    return {
        "server": server, "department": department, "room": room, "rack": rack, "start_u": start_u, "height_u": 2,
        "name": f"srv-{server.lower()}", "form": "rack", "sockets": 2, "cores": threads // 2, "threads": threads,
        "perf_per_core": 1.0, "arch": "x86", "memory_gib": memory, "storage_gib": 2000, "storage_used_gib": 500,
        "power_max_w": 400, "power_idle_w": 150, "zone": zone, "bought_on": bought, "state": "running", "owner": "张",
    }  # fmt: skip


def _system(system: str, name: str, department: str, internet: bool, zone: str, data: float) -> dict[str, Any]:
    return {
        "system": system, "name": name, "department": department, "owner_level": "banner", "deploy_model": "local",
        "level": 2, "filing_status": "filed", "classified": False, "data_class": "general", "personal_info": False,
        "internet_facing": internet, "zone": zone, "hours": "5x8", "support": "supported", "software_route": "as_is",
        "adapt_effort": 0, "xinchuang_due": False, "special_hardware": "none", "last_data_on": "2025-12-30",
        "owner": "李", "data_gib": data, "daily_gib": 1, "seasonal": False, "om_yuan_per_year": 20000,
        "opinion": "agrees",
    }  # fmt: skip


def _workload(workload: str, system: str, server: str, tier: str, vcpu: float, memory: float) -> dict[str, Any]:
    return {
        "workload": workload, "name": workload.lower(), "system": system, "server": server, "tier": tier, "kind": "vm",
        "arch": "x86", "vcpu": vcpu, "memory_gib": memory, "storage_gib": 100, "storage_tier": "normal", "mbps": 50,
        "state": "running",
    }  # fmt: skip


def _room(room: str, name: str, department: str | None, kind: str, grade: str, **more: Any) -> dict[str, Any]:
    return {"room": room, "name": name, "department": department, "kind": kind, "grade": grade, "in_cn": True, **more}


def tiny_tables() -> dict[str, Rows]:
    """Rows of every table of the tiny estate, fresh at each call."""
    return {
        "departments": [
            {"department": "D1", "name": "甲局", "short_name": "甲", "opinion": "agrees"},
            {"department": "D2", "name": "乙局", "short_name": "乙", "opinion": "agrees"},
        ],
        "rooms": [
            _room("R1", "甲局机房", "D1", "department", "below", total_u=42, used_u=5, it_power_kw=5, cooling_kw=5,
                  pue=2.0, pue_basis="assumed", yearly_cost_yuan=30000),
            _room("R2", "乙局机房", "D2", "department", "C", total_u=42, used_u=4, it_power_kw=5, cooling_kw=5,
                  pue=2.0, pue_basis="assumed", yearly_cost_yuan=40000),
            _room("CENTRE", "融合交互中心机房", None, "centre", "B", total_u=84, used_u=0, it_power_kw=20,
                  cooling_kw=20, pue=1.5, pue_basis="declared", mains_feeds=2, opens_on="2026-09-01"),
        ],
        "racks": [
            {"rack": "K1", "room": "R1", "total_u": 42, "power_kw": 4},
            {"rack": "K2", "room": "R2", "total_u": 42, "power_kw": 4},
        ],
        "servers": [
            _server("S1", "D1", "R1", "K1", 1, 32, 128, "2024-03-01", "IZ"),
            _server("S2", "D1", "R1", "K1", 3, 16, 64, "2015-06-01", "PUB"),
            _server("S3", "D2", "R2", "K2", 1, 16, 64, "2022-05-01", "PUB"),
            _server("S4", "D2", "R2", "K2", 3, 32, 128, "2025-02-01", "VPN"),
        ],
        "devices": [
            {"device": "N1", "kind": "switch", "department": "D1", "room": "R1", "rack": "K1", "height_u": 1,
             "name": "接入交换机", "power_w": 60, "fate": "scrap"},
        ],
        "volumes": [
            {"volume": "V1", "workload": "W4", "storage_tier": "normal", "size_gib": 200, "used_gib": 120},
        ],
        "systems": [
            _system("A-SITE", "门户网站", "D1", True, "IZ", 50),
            _system("B-PAY", "缴费查询", "D2", False, "PUB", 100),
            _system("C-WORK", "业务经办", "D2", False, "VPN", 20),
        ],
        "workloads": [
            _workload("W1", "A-SITE", "S1", "web", 8, 16),
            _workload("W2", "A-SITE", "S2", "db", 4, 16),
            _workload("W3", "B-PAY", "S3", "app", 4, 16),
            _workload("W4", "B-PAY", "S3", "db", 4, 16),
            _workload("W5", "C-WORK", "S4", "app", 8, 32),
        ],
        "flows": [
            {"flow": "F1", "source_zone": "EXT", "target_system": "A-SITE", "target_tier": "web", "kind": "REQRESP",
             "protocol": "HTTPS", "port": 443, "gib_per_day": 5, "mbps": 20, "authorised": True, "state": "ok"},
            {"flow": "F2", "source_system": "A-SITE", "source_tier": "web", "target_system": "A-SITE",
             "target_tier": "db", "kind": "REQRESP", "protocol": "TCP", "port": 5432, "gib_per_day": 2, "mbps": 10,
             "authorised": True, "state": "ok"},
            {"flow": "F3", "source_system": "B-PAY", "source_tier": "app", "target_system": "B-PAY",
             "target_tier": "db", "kind": "REQRESP", "protocol": "TCP", "port": 5432, "gib_per_day": 2, "mbps": 10,
             "authorised": True, "state": "ok"},
            {"flow": "F4", "source_system": "C-WORK", "source_tier": "app", "target_system": "B-PAY",
             "target_tier": "app", "kind": "DATA", "protocol": "HTTPS", "port": 443, "gib_per_day": 1, "mbps": 5,
             "authorised": False, "state": "ok"},
        ],
        "datasets": [
            {"dataset": "C-0001", "name": "缴费记录", "department": "D2", "system": "B-PAY", "items": 12,
             "share_type": "C", "share_basis": "按需申请", "data_class": "general", "on_city_platform": True},
        ],
        "usage": [
            {"workload": "W1", "resource": "cpu", "week": "normal", "basis": "measured", "source": "monitor",
             "days": 28, "samples": 8064, "avg_pct": 15, "p95_pct": 40, "p99_pct": 45, "max_pct": 60,
             **office_hours(10, 40)},
            {"workload": "W1", "resource": "memory", "week": "normal", "basis": "measured", "source": "monitor",
             "days": 28, "samples": 8064, "avg_pct": 40, "p95_pct": 50, "p99_pct": 50, "max_pct": 55},
            {"workload": "W3", "resource": "cpu", "week": "normal", "basis": "measured", "source": "monitor",
             "days": 28, "samples": 8064, "avg_pct": 20, "p95_pct": 50, "p99_pct": 60, "max_pct": 80},
        ],
        "zones": [
            {"zone": "EXT", "name": "互联网", "name_en": "internet", "hostable": False, "per_department": False,
             "internet_exposed": True},
            {"zone": "IZ", "name": "互联网区", "name_en": "internet zone", "hostable": True, "tiers": "web;proxy;app",
             "per_department": False, "internet_exposed": True},
            {"zone": "PUB", "name": "公用网络区", "name_en": "extranet, common zone", "hostable": True,
             "tiers": "web;app;db", "per_department": False, "internet_exposed": False},
            {"zone": "VPN", "name": "专用网络区", "name_en": "department VPN zone", "hostable": True,
             "tiers": "web;app;db", "per_department": True, "internet_exposed": False},
        ],
        "conduits": [
            {"source_zone": "EXT", "target_zone": "IZ", "mode": "allow", "devices": "firewall;waf",
             "throughput_mbps": 1000, "evidence": "S"},
            {"source_zone": "IZ", "target_zone": "PUB", "mode": "exchange", "kinds": "DATA;FILE;REQRESP",
             "devices": "gap", "throughput_mbps": 400, "evidence": "S"},
            {"source_zone": "PUB", "target_zone": "IZ", "mode": "exchange", "devices": "gap", "throughput_mbps": 400,
             "evidence": "S"},
            {"source_zone": "PUB", "target_zone": "VPN", "mode": "allow", "devices": "firewall",
             "throughput_mbps": 1000, "evidence": "m"},
            {"source_zone": "VPN", "target_zone": "PUB", "mode": "allow", "devices": "firewall",
             "throughput_mbps": 1000, "evidence": "m"},
        ],
        "links": [
            {"link": "L1", "department": "D1", "room": "R1", "kind": "extranet", "mbps": 200, "yuan_per_year": 12000},
            {"link": "L2", "department": "D2", "room": "R2", "kind": "extranet", "mbps": 100, "yuan_per_year": 8000},
        ],
        "targets": [
            {"target": "T-POOL", "name": "旗级资源池", "name_en": "the banner's pool", "kind": "banner_pool"},
            {"target": "T-COLO", "name": "中心托管", "name_en": "colocation", "kind": "colocation"},
            {"target": "T-SUP", "name": "上级平台", "name_en": "superior's platform", "kind": "superior"},
            {"target": "T-STAY", "name": "原址保留", "name_en": "in place", "kind": "in_place"},
        ],
        "pools": [
            {"pool": "P-IZ", "name": "互联网区集群", "kind": "cluster", "target": "T-POOL", "site": "CENTRE",
             "arch": "x86", "filed_level": 2, "zones": "IZ", "available_from": "2026-09-01", "cpu_ratio": 2,
             "max_hosts": 6, "storage_normal_gib": 5000},
            {"pool": "P-PUB", "name": "外网区集群", "kind": "cluster", "target": "T-POOL", "site": "CENTRE",
             "arch": "x86", "filed_level": 2, "zones": "PUB;VPN", "available_from": "2026-09-01", "cpu_ratio": 2,
             "max_hosts": 6, "storage_high_gib": 2000, "storage_normal_gib": 5000},
            {"pool": "P-COLO", "name": "托管机位", "kind": "colocation", "target": "T-COLO", "site": "CENTRE",
             "filed_level": 2, "zones": "IZ;PUB;VPN", "available_from": "2026-09-01"},
        ],
        "host_types": [
            {"host_type": "H64", "name": "双路通用服务器", "arch": "x86", "sockets": 2, "cores": 32, "threads": 64,
             "perf_per_core": 1.2, "memory_gib": 256, "mbps": 20000, "height_u": 2, "power_idle_w": 180,
             "power_max_w": 550, "price_yuan": 60000, "life_years": 6, "lead_days": 60, "price_basis": "invented"},
        ],
        "flavors": [
            {"flavor": "g4", "family": "通用型", "vcpu": 4, "memory_gib": 8, "disk_gib": 100},
        ],
        "calendar": [
            {"entry": "X1", "kind": "freeze", "name": "国庆", "starts_on": "2026-10-01", "ends_on": "2026-10-07"},
        ],
        "prices": [
            {"price": price, "value": value, "unit": unit, "basis": "invented"}
            for price, value, unit in (
                ("electricity_yuan_per_kwh", 0.55, "yuan/kWh"),
                ("rack_unit_yuan_per_year", 300, "yuan/U/a"),
                ("host_operation_yuan_per_year", 2000, "yuan/a"),
                ("reuse_transport_yuan", 500, "yuan"),
                ("reuse_wipe_yuan", 200, "yuan"),
                ("reuse_warranty_yuan_per_year", 1500, "yuan/a"),
                ("host_licence_yuan_per_socket_year", 1000, "yuan/socket/a"),
                ("migration_yuan_per_system", 5000, "yuan"),
                ("migration_yuan_per_workload", 1000, "yuan"),
                ("relocation_yuan_per_u", 300, "yuan/U"),
                ("colocation_u_yuan_per_year", 800, "yuan/U/a"),
                ("rewrite_yuan_per_system", 200000, "yuan"),
                ("room_default_yuan_per_year", 30000, "yuan/a"),
                ("storage_high_gib_yuan_per_year", 6, "yuan/GiB/a"),
                ("storage_normal_gib_yuan_per_year", 3, "yuan/GiB/a"),
                ("storage_object_gib_yuan_per_year", 1, "yuan/GiB/a"),
                ("office_copy_gib_yuan_per_year", 2, "yuan/GiB/a"),
                ("adaptation_yuan_per_effort_1", 5000, "yuan"),
                ("adaptation_yuan_per_effort_2", 20000, "yuan"),
                ("adaptation_yuan_per_effort_3", 50000, "yuan"),
                ("adaptation_yuan_per_effort_4", 150000, "yuan"),
            )
        ],
        "factors": [
            {"factor": "co2_kg_per_kwh", "value": 0.6849, "unit": "kg/kWh", "source": "内蒙古 2022", "evidence": "T"},
            {"factor": "centre_pue", "value": 1.5, "unit": "1", "source": "默认", "evidence": "d"},
        ],
    }  # fmt: skip


def write_rows(tables: Mapping[str, Sequence[Mapping[str, Any]]], folder: Path) -> Path:
    """Write plain rows as CSV files with the standard library only; a column nobody fills is left out."""
    folder.mkdir(parents=True, exist_ok=True)
    for table, rows in tables.items():
        columns = list(dict.fromkeys(column for row in rows for column in row))
        with (folder / f"{table}.csv").open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.DictWriter(file, columns, lineterminator="\n")
            writer.writeheader()
            for row in rows:
                writer.writerow({name: _cell(value) for name, value in row.items()})
    return folder


def _cell(value: Any) -> Any:
    return ("true" if value else "false") if isinstance(value, bool) else value


def write_tiny(folder: Path, tables: Mapping[str, Rows] | None = None) -> Path:
    """Write the tiny estate (or a spoilt copy of its tables) as an inventory folder."""
    return write_rows(tiny_tables() if tables is None else tables, folder)


def write_tiny_scenario(folder: Path, tables: Mapping[str, Rows] | None = None, text: str = SCENARIO) -> Path:
    """Write ``folder/tiny.yaml`` and the inventory it names; return the scenario's path."""
    write_tiny(folder / "inventory", tables)
    path = folder / "tiny.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def tiny_inventory(tables: Mapping[str, Rows] | None = None) -> Any:
    """The tiny estate (or a changed copy) as a checked :class:`~cloudplan.inventory.Inventory`."""
    from cloudplan.inventory.read import read_inventory

    with tempfile.TemporaryDirectory() as folder:
        # as if read from a folder that stays, so that places are the same at every run
        return replace(read_inventory(write_tiny(Path(folder), tables)), origin="inventory", files={})


def tiny_scenario(**changes: Any) -> Any:
    """The tiny scenario; ``changes`` replace its top-level values."""
    import yaml

    from cloudplan.scenario import Scenario

    return Scenario.model_validate({**yaml.safe_load(SCENARIO), **changes})
