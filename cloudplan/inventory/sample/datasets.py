"""The 655 data catalogues with 9,438 items: those two figures are the founding document's, all else is invented."""

from __future__ import annotations

from cloudplan.inventory.sample.departments import DEPARTMENTS, code_of
from cloudplan.inventory.sample.draw import Draw

Row = dict[str, object]

CATALOGUES, ITEMS = 655, 9438
RECORDS_10K = 12150.0
"""Records in all, in ten thousands; the founding document says *more than* 120 million."""
KINDS = (
    "基本信息",
    "登记信息",
    "变更信息",
    "办理结果信息",
    "名录",
    "统计信息",
    "检查信息",
    "行政许可信息",
    "行政处罚信息",
    "年度信息",
    "补助发放信息",
    "注销信息",
    "等级评定信息",
    "投诉处理信息",
    "培训信息",
)
SHARED_NOUNS = ("低收入家庭", "法人单位", "常住居民")
"""Collected by several departments alike: material is still not gathered once and shared."""
COLLECTORS = ("民政局", "农牧局", "教体局", "住建局", "医保局", "残联")
CONDITIONS = ("用于行政审批核验，须经提供方同意", "仅供政务服务事项办理使用", "限统计分析，须脱敏")
BASES = ("《中华人民共和国统计法》", "《中华人民共和国个人信息保护法》", "《中华人民共和国税收征收管理法》")


def dataset_rows(seed: int, systems: list[Row]) -> list[Row]:
    """Make the table ``datasets``."""
    draw = Draw(seed, "datasets")
    counts = _dealt(draw, CATALOGUES, [2.0 + d.weight + len(d.systems) / 3 for d in DEPARTMENTS], 3)
    names: list[tuple[int, str]] = []
    for number, (department, count) in enumerate(zip(DEPARTMENTS, counts, strict=True)):
        common = [f"{noun}基本信息" for noun in SHARED_NOUNS] if department.short in COLLECTORS else []
        own = [f"{subject}{kind}" for kind in KINDS for subject in department.subjects]
        names += [(number, name) for name in [*common, *own][:count]]
    items = _dealt(draw, ITEMS, [draw.quantile((0, 0.5, 0.9, 1), (5, 11, 28, 60)) for _ in names], 3)
    weights = [draw.quantile((0, 0.5, 0.9, 0.99, 1), (0.1, 1, 12, 120, 300)) for _ in names]
    hundredths = _dealt(draw, int(RECORDS_10K * 100), weights, 1)
    own_systems: dict[str, list[Row]] = {}
    for s in systems:
        if not s["classified"]:
            own_systems.setdefault(str(s["department"]), []).append(s)
    return [
        _dataset(draw, n, code_of(number), name, items[n], hundredths[n] / 100, own_systems[code_of(number)])
        for n, (number, name) in enumerate(names)
    ]


def _dataset(draw: Draw, n: int, department: str, name: str, items: int, records: float, systems: list[Row]) -> Row:
    share = draw.weighted({"U": 0.42, "C": 0.46, "N": 0.12})
    system = draw.pick(systems) if draw.chance(0.72) else None
    important = bool(system and system["data_class"] == "important")
    shown = draw.weighted({"database": 0.5, "sheet": 0.3, "file": 0.15, "image": 0.04, "stream": 0.01})
    return {
        "dataset": f"DS{n + 1:04d}",
        "name": name,
        "department": department,
        "system": system["system"] if system else None,
        "items": items,
        "share_type": share,
        "share_basis": _basis(draw, share),
        "format": shown,
        "update_cycle": draw.weighted(
            {"realtime": 0.06, "daily": 0.12, "monthly": 0.25, "quarterly": 0.12, "yearly": 0.25, "irregular": 0.2}
        ),
        "data_class": "important" if important else "general" if draw.chance(0.75) else None,
        "records_10k": records,
        "storage_gib": round(records * draw.uniform(0.003, 0.012) * (40 if shown in ("image", "stream") else 1), 2),
        "on_city_platform": share != "N" and draw.chance(0.8),
        "edition": "第二版",
    }


def _basis(draw: Draw, share: str) -> str | None:
    """Name the condition or the legal basis; not every department gives one."""
    if share == "C":
        return draw.pick(CONDITIONS) if draw.chance(0.9) else None
    return draw.pick(BASES) if share == "N" and draw.chance(0.8) else None


def _dealt(draw: Draw, total: int, weights: list[float], least: int) -> list[int]:
    """Deal a whole number out by weight: at least ``least`` each, exactly ``total`` in all."""
    spare = total - least * len(weights)
    exact = [spare * w / sum(weights) for w in weights]
    dealt = [least + int(e) for e in exact]
    order = sorted(range(len(exact)), key=lambda i: int(exact[i]) - exact[i])
    for i in order[: total - sum(dealt)]:
        dealt[i] += 1
    return dealt
