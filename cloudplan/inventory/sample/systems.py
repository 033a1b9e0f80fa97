"""The 400 systems: what the departments run, who built it, how it is protected and what hinders its move."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from cloudplan.inventory.sample.departments import DEPARTMENTS, REFUSING, Department, code_of
from cloudplan.inventory.sample.draw import Draw
from cloudplan.inventory.sample.names import GENERIC, PEOPLE, SOFTWARE

SYSTEMS = 400
ZOMBIES, ARM, ARM_PUBLIC, DOMESTIC, SEASONAL = 40, 36, 5, 16, 52
TODAY = dt.date(2026, 1, 5)
LEVEL_OWNER = {"s": "state", "r": "region", "c": "city"}
DEPLOYED = {"S": "superior_central", "F": "front_end_local", "L": "local"}
PAYING = ("财政局", "人社局", "社保中心", "医保局", "统计局", "公积金部", "市监局")
"""Departments with peaks at month end."""
HARDWARE = {"d": "dongle", "k": "crypto_card", "n": "interface", "o": "on_site"}
HALL = (
    "12345政务服务便民热线平台",
    "政府门户网站",
    "政务服务大厅一窗综合受理系统",
    "高效办成一件事集成办理系统",
    "水电气热网联合报装系统",
    "企业综合服务中心一站式服务系统",
    "鄂尔多斯市公共信息平台上联交换系统",
)
"""The systems that the founding document names; they work together."""
REASONS = (
    "系统由原厂商驻场维护，迁移后保修失效",
    "数据使用范围未与数据局签订协议",
    "正在进行年度测评，暂不同意迁移",
    "专用档案介质与本地设备绑定",
    "承办科室认为迁移影响办案时限",
)


@dataclass(frozen=True)
class Spec:
    """A system before anything is drawn: name, department's number, flags of :mod:`.departments`."""

    name: str
    number: int
    flags: str

    @property
    def department(self) -> Department:
        """Its department."""
        return DEPARTMENTS[self.number]

    def has(self, flag: str) -> bool:
        """Whether a flag is set."""
        return flag in self.flags


def specs() -> list[Spec]:
    """List all systems, by department: its own, then as many general ones as fill the estate up to 400."""
    own = [[Spec(*_split(text, n)) for text in d.systems] for n, d in enumerate(DEPARTMENTS)]
    missing = SYSTEMS - sum(map(len, own))
    weight = sum(d.weight for d in DEPARTMENTS)
    extra = [missing * d.weight // weight for d in DEPARTMENTS]
    for n in sorted(range(len(extra)), key=lambda n: -DEPARTMENTS[n].weight)[: missing - sum(extra)]:
        extra[n] += 1
    offset = 0
    for n, count in enumerate(extra):
        # the list is walked on and on, so that all kinds occur equally often and none twice in one department
        for k in range(count):
            name, _, flags = GENERIC[(offset + k) % len(GENERIC)].partition("/")
            own[n].append(Spec(f"{DEPARTMENTS[n].short}{name}", n, flags))
        offset += count
    return [spec for listed in own for spec in listed]


def _split(text: str, number: int) -> tuple[str, int, str]:
    name, _, flags = text.partition("/")
    return name, number, flags


def system_rows(seed: int) -> list[dict[str, object]]:
    """Make the table ``systems``."""
    draw = Draw(seed, "systems")
    listed = specs()
    levels = iter(draw.quota(len(listed), {2: 0.52, None: 0.36, 3: 0.12}))
    rows = [_first(draw, spec, f"SYS{n + 1:03d}", next(levels)) for n, spec in enumerate(listed)]
    _architectures(draw, rows)
    _software(draw, rows)
    _zombies(draw, rows, listed)
    _peaks(draw, rows, listed)
    _refusals(draw, rows, listed)
    return rows


def _first(draw: Draw, spec: Spec, name: str, drawn: int | None) -> dict[str, object]:
    owner_level = next((LEVEL_OWNER[f] for f in spec.flags if f in LEVEL_OWNER), "banner")
    vertical, classified, internet = owner_level != "banner", spec.has("C"), spec.has("i")
    level: int | None = 3 if spec.has("3") else 2 if spec.has("2") else None if classified else drawn
    hardware = next((HARDWARE[f] for f in HARDWARE if spec.has(f)), "none")
    deploy = next((DEPLOYED[f] for f in DEPLOYED if spec.has(f)), "local")
    if classified:
        zone = "NW"
    elif vertical:
        zone = "VERT"
    elif internet:
        zone = "IZ"
    elif spec.name in HALL:
        zone = "PUB"
    else:
        zone = draw.weighted({"PUB": 0.45, "VPN": 0.3, "LAN": 0.25}) if spec.department.rooms else "PUB"
    bulky = spec.has("v")
    data = (
        0.0
        if classified or deploy == "superior_central"
        else (draw.uniform(200, 900) if bulky else draw.quantile((0, 0.5, 0.9, 1), (2, 25, 120, 350)))
    )
    hours = "7x24" if spec.has("h") or internet else "5x8"
    hall = spec.name in HALL
    filing = (
        "ungraded"
        if level is None
        else draw.weighted(
            {"graded": 0.25, "filed": 0.3, "assessed": 0.25, "expired": 0.2}
            if level == 2
            else {"filed": 0.25, "assessed": 0.5, "expired": 0.25}
        )
    )
    assessed = (
        dt.date(2025, 1, 10) + dt.timedelta(draw.integer(0, 350))
        if filing == "assessed"
        else (dt.date(2021, 3, 1) + dt.timedelta(draw.integer(0, 900)) if filing == "expired" else None)
    )
    return {
        "system": name,
        "name": spec.name,
        "department": code_of(spec.number),
        "owner_level": owner_level,
        "deploy_model": deploy,
        "level": level,
        "filing_status": None if classified else filing,
        "assessed_on": assessed,
        "crypto_assessed_on": assessed + dt.timedelta(40) if assessed and level == 3 and draw.chance(0.4) else None,
        "classified": classified,
        "data_class": None if classified or draw.chance(0.1) else "important" if spec.has("G") else "general",
        "personal_info": None if classified else spec.has("p"),
        "internet_facing": internet,
        "zone": zone,
        "hours": None if classified else hours,
        "users": None if classified else draw.integer(2000, 90000) if internet else draw.integer(5, 400),
        "max_outage_minutes": 240.0 if hall or (spec.has("h") and level == 3) else None,
        "rto_hours": {3: 4.0, 2: 24.0}.get(level or 0),
        "rpo_hours": {3: 1.0, 2: 24.0}.get(level or 0),
        "special_hardware": hardware,
        "superseded_by": "鄂尔多斯市统一建设的同类平台" if spec.has("u") and not vertical else None,
        "superseded_target": "T-CITY" if spec.has("u") and not vertical else None,
        "last_data_on": None
        if classified
        else TODAY - dt.timedelta(draw.quantile((0, 0.8, 1), (1, 15, 120)).__ceil__()),
        "owner": None if classified else draw.pick(PEOPLE),
        "data_gib": None if classified else round(data, 1),
        "daily_gib": None if classified else round(data * draw.uniform(0.0005, 0.004), 2),
        "seasonal": spec.has("m"),
        "om_yuan_per_year": None if classified or draw.chance(0.25) else float(draw.integer(4, 150) * 1000),
        "uplink_ok": draw.chance(0.92) if vertical else None,
        "downlink_ok": draw.chance(0.3) if vertical else None,
        "opinion": "refuses"
        if spec.department.name in REFUSING
        else draw.weighted({"agrees": 0.85, "undecided": 0.15}),
        "opinion_reason": REFUSING.get(spec.department.name),
        "approval_state": draw.pick(("not_applied", "pending", "in_principle")) if vertical else None,
    }


def _architectures(draw: Draw, rows: list[dict[str, object]]) -> None:
    """Deal out instruction sets: ARM and domestic x86 only where a pool of the target design takes them."""
    free = [
        r
        for r in rows
        if r["owner_level"] == "banner"
        and not r["classified"]
        and r["special_hardware"] == "none"
        and not r["superseded_by"]
        and r["department"] != "D01"
        and not str(r["name"]).endswith(("备份服务", "管理服务", "平台运维", "旧版办公系统"))
    ]
    for row in rows:
        row["arch"] = "x86"
    quiet = [r for r in free if not r["internet_facing"]]
    for row in draw.shuffled([r for r in quiet if r["level"] == 3 or (r["level"] is None and r["personal_info"])])[
        :DOMESTIC
    ]:
        row["arch"] = "x86_xc"
    left = [r for r in quiet if r["arch"] == "x86"]
    public = [r for r in free if r["internet_facing"] and r["level"] != 2]
    for row in draw.shuffled(public)[:ARM_PUBLIC] + draw.shuffled(left)[:ARM]:
        row["arch"] = "arm"


def _software(draw: Draw, rows: list[dict[str, object]]) -> None:
    local = [r for r in rows if r["arch"] == "x86"]
    support = iter(draw.quota(len(local), {"expired": 0.24, "supported": 0.66, "unknown": 0.1}))
    routes = iter(draw.quota(len(local), {"as_is": 0.78, "adaptable": 0.1, "adapted": 0.06, "rewrite": 0.06}))
    for row in rows:
        domestic = row["arch"] != "x86"
        state = "supported" if domestic else next(support)
        route = "as_is" if domestic else next(routes)
        os, database, middleware = draw.pick(
            SOFTWARE["domestic" if domestic else "supported" if state == "unknown" else state]
        )
        due = not domestic and not row["internet_facing"] and draw.chance(0.22)
        effort = (
            0
            if route in ("as_is", "adapted") and state != "expired" and not due
            else (draw.weighted({3: 0.3, 4: 0.7}) if route == "rewrite" else draw.weighted({1: 0.45, 2: 0.4, 3: 0.15}))
        )
        known = not row["classified"] and row["deploy_model"] != "superior_central"
        row |= {
            "os": os if known and state != "unknown" else None,
            "database": database if known and draw.chance(0.85) else None,
            "middleware": middleware if known and draw.chance(0.75) else None,
            "support": state if known else None,
            "software_route": route if known else None,
            "adapt_effort": effort if known else None,
            "xinchuang_due": due if known else None,
        }
        vertical = row["owner_level"] != "banner"
        row["downlink_mode"] = (
            (("api" if draw.chance(0.4) else "table") if row["downlink_ok"] else draw.pick(("manual", "none")))
            if vertical
            else None
        )


def _own(row: dict[str, object]) -> bool:
    return (
        row["owner_level"] == "banner"
        and not row["classified"]
        and row["name"] not in HALL
        and row["department"] != "D01"
    )


def _zombies(draw: Draw, rows: list[dict[str, object]], listed: list[Spec]) -> None:
    """Let some systems lie unused: no data for half a year and more, and for half of them nobody in charge."""
    named = [r for r, s in zip(rows, listed, strict=True) if s.has("z") and _own(r)]
    others = [
        r
        for r, s in zip(rows, listed, strict=True)
        if _own(r)
        and not s.has("z")
        and not s.has("3")
        and not s.has("o")
        and r["arch"] == "x86"
        and not s.has("w")
        and s.department.name not in REFUSING
    ]
    chosen = (named + draw.shuffled(others))[:ZOMBIES]
    for k, row in enumerate(chosen):
        row["last_data_on"] = TODAY - dt.timedelta(draw.integer(190, 1800))
        if k % 2 == 0:
            row["owner"] = None
    nobody = [r for r in others if r not in chosen]
    for row in draw.shuffled(nobody)[:6]:
        row["owner"] = None


def _peaks(draw: Draw, rows: list[dict[str, object]], listed: list[Spec]) -> None:
    """Mark month-end peaks; half are measured at month end (see :mod:`.profiles`), the rest state a factor."""
    more = [
        r for r, s in zip(rows, listed, strict=True) if not r["seasonal"] and _own(r) and s.department.short in PAYING
    ]
    missing = SEASONAL - sum(bool(r["seasonal"]) for r in rows)
    for row in draw.shuffled(more)[: max(missing, 0)]:
        row["seasonal"] = True
    for k, row in enumerate(r for r in rows if r["seasonal"]):
        row["month_end_factor"] = round(draw.uniform(1.3, 3.0), 1) if k % 2 else None


def _refusals(draw: Draw, rows: list[dict[str, object]], listed: list[Spec]) -> None:
    reasons = draw.shuffled(REASONS)
    refusing = [r for r, s in zip(rows, listed, strict=True) if s.has("w")]
    for k, row in enumerate(refusing):
        row["opinion"], row["opinion_reason"] = "refuses", reasons[k % len(reasons)]
