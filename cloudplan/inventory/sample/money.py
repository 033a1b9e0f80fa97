"""Prices (invented), factors (each with its source) and the calendar of freezes."""

from __future__ import annotations

import datetime as dt

from cloudplan.inventory.sample.systems import HALL

Row = dict[str, object]

_PRICES = """
electricity_yuan_per_kwh|0.55|元/kWh|演示值，须以实际电价替换
rack_unit_yuan_per_year|1200|元/U·年|中心机位折算
host_operation_yuan_per_year|8000|元/台·年|运维人工折算
reuse_transport_yuan|1200|元/台|拆装运输
reuse_wipe_yuan|600|元/台|数据清除与检测
reuse_warranty_yuan_per_year|9000|元/台·年|续保
host_licence_yuan_per_socket_year|6000|元/颗·年|虚拟化许可
city_vcpu_yuan_per_month|45|元/vCPU·月|只取量级
city_memory_gib_yuan_per_month|25|元/GiB·月|只取量级
city_storage_gib_yuan_per_month|0.8|元/GiB·月|只取量级
region_vcpu_yuan_per_month|50|元/vCPU·月|只取量级
region_memory_gib_yuan_per_month|28|元/GiB·月|只取量级
region_storage_gib_yuan_per_month|0.9|元/GiB·月|只取量级
storage_high_gib_yuan_per_year|6|元/GiB·年|自建存储折旧与维保
storage_normal_gib_yuan_per_year|2.4|元/GiB·年|自建存储折旧与维保
storage_object_gib_yuan_per_year|0.8|元/GiB·年|自建存储折旧与维保
office_copy_gib_yuan_per_year|1.2|元/GiB·年|部门办公区备份存储的折旧、电费与看护
migration_yuan_per_system|6000|元/个|方案、演练与割接
migration_yuan_per_workload|2500|元/台|迁移实施
relocation_yuan_per_u|400|元/U|设备搬迁
adaptation_yuan_per_effort_1|15000|元/系统|更换操作系统
adaptation_yuan_per_effort_2|60000|元/系统|更换数据库或中间件
adaptation_yuan_per_effort_3|110000|元/系统|更换指令集（托管语言）
adaptation_yuan_per_effort_4|240000|元/系统|更换指令集（原生程序）
rewrite_yuan_per_system|300000|元/系统|重构
room_default_yuan_per_year|30000|元/年|机房年运行费缺报时
colocation_u_yuan_per_year|1200|元/U·年|托管机位
"""

_FACTORS = """
co2_kg_per_kwh|0.6849|kgCO2/kWh|内蒙古2022年电力平均二氧化碳排放因子（生态环境部、国家统计局公告）|T
centre_pue|1.5|1|设计默认|d
room_pue_default|2.0|1|设计默认：部门机房未报PUE时|d
idle_share_of_max_power|0.5|1|常识：空载功率约为满载的一半|m
max_share_of_nameplate|0.65|1|常识：满载功率约为铭牌的六至七成|m
utilisation_prior_low_pct|2|%|设计默认：无监测服务器CPU均值下限|d
utilisation_prior_high_pct|20|%|设计默认：无监测服务器CPU均值上限|d
memory_prior_low_pct|15|%|设计默认：无监测服务器内存均值下限|d
memory_prior_high_pct|60|%|设计默认：无监测服务器内存均值上限|d
"""

_FREEZES = """
自治区两会|2026-01-18|2026-01-28|
春节|2026-02-13|2026-02-24|
全国两会|2026-03-02|2026-03-13|
劳动节|2026-04-30|2026-05-05|
高考及录取|2026-06-01|2026-08-10|D09
汛期|2026-06-01|2026-09-15|D20
汛期|2026-06-01|2026-09-15|D25
国庆节|2026-09-29|2026-10-08|
网络安全重保期|2026-11-05|2026-11-11|
财政年终决算|2026-12-20|2027-01-10|D14
元旦|2026-12-31|2027-01-03|
自治区两会|2027-01-17|2027-01-27|
春节|2027-02-03|2027-02-14|
全国两会|2027-03-02|2027-03-13|
劳动节|2027-04-30|2027-05-05|
高考及录取|2027-06-01|2027-08-10|D09
汛期|2027-06-01|2027-09-15|D20
汛期|2027-06-01|2027-09-15|D25
国庆节|2027-09-29|2027-10-08|
"""


def price_rows() -> list[Row]:
    """Make the table ``prices``; every one is invented and says so."""
    listed = [line.split("|") for line in _PRICES.strip().splitlines()]
    return [
        {"price": name, "value": float(value), "unit": unit, "basis": "invented", "note": f"虚构，仅供演示：{note}"}
        for name, value, unit, note in listed
    ]


def factor_rows() -> list[Row]:
    """Make the table ``factors``."""
    listed = [line.split("|") for line in _FACTORS.strip().splitlines()]
    return [
        {"factor": name, "value": float(value), "unit": unit, "source": source, "evidence": mark}
        for name, value, unit, source, mark in listed
    ]


def calendar_rows(systems: list[Row]) -> list[Row]:
    """Make the table ``calendar``; the dates are those of a plausible year, not announced ones."""
    listed: list[tuple[str, str, dt.date, dt.date, str | None, str | None]] = []
    for line in _FREEZES.strip().splitlines():
        name, starts, ends, department = line.split("|")
        listed.append(
            ("freeze", name, dt.date.fromisoformat(starts), dt.date.fromisoformat(ends), department or None, None)
        )
    taxed = next(str(s["system"]) for s in systems if s["name"] == "非税收入征缴系统")
    social = next(str(s["system"]) for s in systems if s["name"] == "社会保险业务审批系统")
    for month in range(15):
        year, number = 2026 + (month + 6) // 12, (month + 6) % 12 + 1
        listed.append(("freeze", "征期", dt.date(year, number, 1), dt.date(year, number, 15), None, taxed))
        listed.append(("freeze", "社保发放日", dt.date(year, number, 20), dt.date(year, number, 25), None, social))
    hotline = next(str(s["system"]) for s in systems if s["name"] == HALL[0])
    listed.append(("window", "周末割接窗口", dt.date(2026, 1, 1), dt.date(2028, 12, 31), None, None))
    listed.append(("window", "热线低谷割接窗口", dt.date(2026, 1, 1), dt.date(2028, 12, 31), None, hotline))
    return [
        {
            "entry": f"C{n:03d}", "kind": kind, "name": name, "starts_on": starts, "ends_on": ends,
            "department": department, "system": system,
        }
        for n, (kind, name, starts, ends, department, system) in enumerate(listed, 1)
    ]  # fmt: skip
