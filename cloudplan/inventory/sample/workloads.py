"""The 900 workloads: what each system runs, in which tier and how large."""

from __future__ import annotations

from cloudplan.inventory.sample.draw import Draw
from cloudplan.inventory.sample.systems import HALL

WORKLOADS = 900
ORDER = ("proxy", "web", "app", "db", "exchange", "management", "backup")
Row = dict[str, object]

PUBLIC: dict[tuple[str, ...], float] = {
    ("web", "app", "db"): 0.45,
    ("web", "app"): 0.2,
    ("web", "db"): 0.1,
    ("web", "web", "app", "app", "db"): 0.15,
    ("web",): 0.1,
}
INNER: dict[tuple[str, ...], float] = {
    ("app",): 0.32,
    ("app", "db"): 0.4,
    ("web", "app", "db"): 0.2,
    ("web", "app", "app", "db"): 0.08,
}
LARGE = {
    "12345政务服务便民热线平台": ("proxy", "web", "web", "app", "app", "app", "db", "db"),
    "政府门户网站": ("proxy", "proxy", "web", "web", "web", "app", "app", "db", "db"),
    "政务服务大厅一窗综合受理系统": ("web", "web", "app", "app", "app", "db", "db"),
    "高效办成一件事集成办理系统": ("web", "web", "app", "app", "db", "db"),
    "水电气热网联合报装系统": ("web", "app", "app", "db"),
    "企业综合服务中心一站式服务系统": ("web", "web", "app", "app", "db"),
    "鄂尔多斯市公共信息平台上联交换系统": ("app", "db", "exchange", "exchange"),
}


def tiers_of(draw: Draw, system: Row) -> tuple[str, ...]:
    """Draw the workloads of a system, each given by its tier."""
    name = str(system["name"])
    if system["classified"]:
        return ()
    if system["deploy_model"] == "superior_central":
        return ("app",) if draw.chance(0.5) else ()
    if system["deploy_model"] == "front_end_local":
        return ("exchange", "exchange") if system["level"] == 3 and draw.chance(0.5) else ("exchange",)
    if name in LARGE:
        return LARGE[name]
    if "备份" in name:
        return ("backup",)
    if name.endswith(("运维监控平台", "准入系统", "终端安全管理服务")):
        return ("management",)
    if system["special_hardware"] != "none" and system["internet_facing"]:
        return ("web", "app", "db")
    if system["special_hardware"] != "none":
        return ("app", "db") if draw.chance(0.35) else ("app",)
    if system["internet_facing"]:
        return draw.weighted(PUBLIC)
    tiers = draw.weighted(INNER)
    if "归集" in name:
        tiers = (*tiers, "exchange")
    return tiers


def workload_rows(seed: int, systems: list[Row]) -> list[Row]:
    """Make the table ``workloads``, without the servers they run on (:mod:`.servers` says)."""
    draw = Draw(seed, "workloads")
    tiers = {str(s["system"]): list(tiers_of(draw, s)) for s in systems}
    growable = [
        s
        for s in systems
        if s["deploy_model"] == "local"
        and s["owner_level"] == "banner"
        and not s["classified"]
        and s["special_hardware"] == "none"
    ]
    several = [s for s in growable if len(tiers[str(s["system"])]) > 1]
    turn = 0
    order = draw.shuffled(several)
    while sum(map(len, tiers.values())) < WORKLOADS:
        names = tiers[str(order[turn % len(order)]["system"])]
        names.append(draw.pick([t for t in names if t in ("web", "app", "db")]))
        turn += 1
    order = draw.shuffled(growable)
    while sum(map(len, tiers.values())) > WORKLOADS:
        system = order[turn % len(order)]
        names = tiers[str(system["system"])]
        if (str(system["name"]) not in HALL and len(names) > 2 and names.count(names[-1]) > 1) or (
            str(system["name"]) not in HALL and len(names) == 2 and not system["internet_facing"]
        ):
            names.pop()
        turn += 1
    rows: list[Row] = []
    for system in systems:
        listed = sorted(
            tiers[str(system["system"])],
            key=ORDER.index,
        )
        for k, tier in enumerate(listed):
            rows.append(_workload(draw, system, tier, listed[:k].count(tier) + 1, listed.count(tier), len(rows) + 1))
    return rows


def _workload(draw: Draw, system: Row, tier: str, number: int, of_tier: int, serial: int) -> Row:
    vcpu = draw.weighted({2: 0.25, 4: 0.45, 8: 0.25, 16: 0.05} if tier != "db" else {4: 0.4, 8: 0.45, 16: 0.15})
    memory = max(4, vcpu * draw.weighted({2: 0.6, 4: 0.4} if tier != "db" else {2: 0.4, 4: 0.6}))
    bulky = float(str(system["data_gib"])) > 200
    storage = (
        draw.quantile((0, 0.6, 1), (60, 120, 300))
        if tier not in ("db", "backup")
        else draw.quantile((0, 0.6, 1), (100, 240, 600))
    )
    storage_tier = (
        "object"
        if bulky and tier == "app" and draw.chance(0.5)
        else ("high" if tier == "db" and system["level"] == 3 else "normal")
    )
    group = (
        of_tier > 1
        and tier in ("proxy", "web", "app", "db", "exchange")
        and (system["level"] == 3 or bool(system["internet_facing"]))
    )
    return {
        "workload": f"W{serial:04d}",
        "name": f"{str(system['department']).lower()}-{str(system['system'])[3:]}-{tier}{number:02d}",
        "system": system["system"],
        "tier": tier,
        "arch": system["arch"],
        "vcpu": float(vcpu),
        "memory_gib": float(memory),
        "storage_gib": None if draw.chance(0.03) else float(round(storage)),
        "storage_tier": storage_tier,
        "mbps": None if draw.chance(0.15) else round(draw.quantile((0, 0.7, 0.95, 1), (1, 12, 60, 150)), 1),
        "ha_group": f"HA-{system['system']}-{tier}" if group else None,
        "state": "running",
    }
