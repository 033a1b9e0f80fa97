"""Plans beside each other: their proofs, costs, key figures, and the systems that fare otherwise than in the first."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from cloudplan.bundle import Plan
from cloudplan.costs import TERMS
from cloudplan.i18n import DEFAULT, catalogue, say
from cloudplan.placement.dispositions import CODES

Value = float | str | None
SHOWN = 40
"""Changed systems that the text lists for a plan; the JSON has all."""


@dataclass(frozen=True, slots=True)
class Row:
    """One figure of all plans.

    Parameters
    ----------
    group, name
        What it is: ``proof``, ``cost``, ``kpi`` or ``plan``, and its name there.
    unit
        ``yuan/a``, ``share``, a unit of a key figure, or ``""`` for texts and counts.
    values
        One a plan; ``None`` where a plan doesn't state it.
    """

    group: str
    name: str
    unit: str
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """A system that fares otherwise than in the first plan; dispositions are codes, ``""`` where it is absent."""

    system: str
    name: str
    disposition_first: str
    target_first: str
    disposition: str
    target: str


@dataclass(frozen=True)
class Comparison:
    """Plans beside each other.

    Parameters
    ----------
    names
        Of the plans, each once.
    rows
        Their figures.
    changes
        For every plan but the first, the systems with another disposition or target than in the first.
    targets
        Names of the targets by id and language.
    """

    names: tuple[str, ...]
    rows: tuple[Row, ...]
    changes: tuple[tuple[Change, ...], ...]
    targets: Mapping[str, Mapping[str, str]]

    def text(self, language: str = DEFAULT) -> str:
        """Write a table, and the systems that changed."""
        lines = [["", *self.names]]
        group = ""
        for row in self.rows:
            if row.group != group:
                group = row.group
                lines.append([say(f"compare.group.{group}", language)])
            lines.append(["  " + _label(row, language), *(_shown(row, value, language) for value in row.values)])
        parts = [aligned(lines)]
        for name, changed in zip(self.names[1:], self.changes, strict=True):
            heads = {"plan": name, "first": self.names[0], "count": len(changed)}
            told = [say("compare.changed" if changed else "compare.unchanged", language, **heads)]
            told += [f"  - {self._change(change, language)}" for change in changed[:SHOWN]]
            if len(changed) > SHOWN:
                told.append(say("compare.more", language, count=len(changed) - SHOWN))
            parts.append("\n".join(told))
        return "\n\n".join(parts)

    def _change(self, change: Change, language: str) -> str:
        return say(
            "compare.change",
            language,
            system=change.system,
            name=change.name,
            was=self._fate(change.disposition_first, change.target_first, language),
            now=self._fate(change.disposition, change.target, language),
        )

    def _fate(self, disposition: str, target: str, language: str) -> str:
        if not disposition:
            return say("compare.absent", language)
        known = disposition in CODES
        fate = say(f"placement.disposition.{disposition}", language) if known else disposition
        if not target:
            return fate
        where = self.targets.get(target, {}).get(language, target)
        return say("compare.fate", language, disposition=fate, target=where)

    def as_json(self) -> dict[str, Any]:
        """Everything, for other programs."""
        return {
            "plans": list(self.names),
            "figures": [
                {"group": r.group, "name": r.name, "unit": r.unit, "values": list(r.values)} for r in self.rows
            ],
            "changes": {
                name: [{part: getattr(change, part) for part in Change.__slots__} for change in changed]
                for name, changed in zip(self.names[1:], self.changes, strict=True)
            },
        }


def compare(plans: Sequence[Plan]) -> Comparison:
    """Put plans beside each other.

    Parameters
    ----------
    plans
        At least one; the others are held against the first.

    Raises
    ------
    ValueError
        If there is no plan at all.
    """
    if not plans:
        raise ValueError("there is no plan to compare")
    rows = [
        Row("proof", "status", "", tuple(str(plan.facts.get("status") or "") or None for plan in plans)),
        *(Row("proof", name, "yuan/a", _facts(plans, name)) for name in ("objective", "bound")),
        Row("proof", "gap", "share", _facts(plans, "gap")),
        *_costs(plans),
        *_kpis(plans),
        Row("plan", "rooms_closed", "", tuple(_closed(plan) for plan in plans)),
        Row("plan", "last_closing", "", tuple(_last(plan, "rooms", "closes_on") for plan in plans)),
        Row("plan", "waves", "", tuple(_highest_wave(plan) for plan in plans)),
        Row("plan", "last_wave", "", tuple(_last(plan, "waves", "window_end") for plan in plans)),
        *(
            Row("plan", f"hosts_{source}", "", tuple(_hosts(plan, source) for plan in plans))
            for source in ("purchased", "reused", "existing")
        ),
    ]
    changes = tuple(_changes(plans[0], plan) for plan in plans[1:])
    rows.append(Row("plan", "changed", "", (None, *(float(len(changed)) for changed in changes))))
    return Comparison(_names(plans), tuple(rows), changes, _targets(plans))


def _names(plans: Sequence[Plan]) -> tuple[str, ...]:
    names: list[str] = []
    for plan in plans:
        own, n = plan.scenario.name, 1
        name = own
        while name in names:
            n += 1
            name = f"{own} ({n})"
        names.append(name)
    return tuple(names)


def _number(value: Any) -> float | None:
    return None if value is None or value == "" or pd.isna(value) else float(value)


def _facts(plans: Sequence[Plan], name: str) -> tuple[Value, ...]:
    return tuple(_number(plan.facts.get(name)) for plan in plans)


def _costs(plans: Sequence[Plan]) -> list[Row]:
    """Yearly cost afterwards by term, the terms of :data:`cloudplan.costs.TERMS` first, then the sum."""
    costs = [plan.facts.get("costs") or {} for plan in plans]
    terms = [*TERMS, *(term for cost in costs for term in cost if term not in TERMS)]
    after = {t: tuple(_number(c[t]["after"]) if t in c else None for c in costs) for t in dict.fromkeys(terms)}
    rows = [Row("cost", term, "yuan/a", values) for term, values in after.items() if any(values)]
    sums = tuple(sum(float(part["after"]) for part in cost.values()) if cost else None for cost in costs)
    return [*rows, Row("cost", "total", "yuan/a", sums)]


def _kpis(plans: Sequence[Plan]) -> list[Row]:
    kpis = [plan.facts.get("kpis") or {} for plan in plans]
    rows = []
    for name in dict.fromkeys(name for kpi in kpis for name in kpi):
        unit = next(str(kpi[name].get("unit") or "") for kpi in kpis if name in kpi)
        values = tuple(_number(kpi[name].get("value")) if name in kpi else None for kpi in kpis)
        rows.append(Row("kpi", name, unit, values))
    return rows


def _filled(plan: Plan, table: str, column: str) -> pd.Series[Any]:
    frame = plan.tables.get(table, pd.DataFrame())
    if column not in frame:
        return pd.Series(dtype=object)
    cells = frame[column]
    return cells[cells.notna() & (cells.astype(str) != "")]


def _closed(plan: Plan) -> float:
    return float(len(_filled(plan, "rooms", "closes_on")))


def _last(plan: Plan, table: str, column: str) -> str | None:
    cells = _filled(plan, table, column).astype(str)
    return str(max(cells))[:10] if len(cells) else None


def _highest_wave(plan: Plan) -> float | None:
    cells = _filled(plan, "waves", "wave")
    return max(float(cell) for cell in cells) if len(cells) else None


def _hosts(plan: Plan, source: str) -> float:
    return float((_filled(plan, "hosts", "source") == source).sum())


def _changes(first: Plan, other: Plan) -> tuple[Change, ...]:
    was, now = _fates(first), _fates(other)
    out = []
    for system in dict.fromkeys((*was, *now)):
        before, after = was.get(system, ("", "", "")), now.get(system, ("", "", ""))
        if before[1:] != after[1:]:
            out.append(Change(system, before[0] or after[0], *before[1:], *after[1:]))
    return tuple(out)


def _fates(plan: Plan) -> dict[str, tuple[str, str, str]]:
    frame = plan.tables.get("dispositions", pd.DataFrame())
    if frame.empty:
        return {}
    columns = (frame[column].fillna("").astype(str) for column in ("system", "name", "disposition", "target"))
    return {system: (name, disposition, target) for system, name, disposition, target in zip(*columns, strict=True)}


def _targets(plans: Sequence[Plan]) -> dict[str, dict[str, str]]:
    out: dict[str, dict[str, str]] = {}
    for plan in plans:
        for row in plan.inventory["targets"].itertuples():
            name = str(row.name or row.Index)
            out.setdefault(str(row.Index), {"zh-CN": name, "en": str(getattr(row, "name_en", None) or name)})
    return out


def _label(row: Row, language: str) -> str:
    area = {"cost": "costs.term", "kpi": "gains.kpi"}.get(row.group, f"compare.{row.group}")
    message = "compare.total" if (row.group, row.name) == ("cost", "total") else f"{area}.{row.name}"
    said = catalogue(language).get(message, row.name)
    unit = _unit(row.unit, language)
    return f"{said} [{unit}]" if unit else said


def _unit(unit: str, language: str) -> str:
    words = catalogue(language)
    key = unit.replace("/", "_")
    return words.get(f"compare.unit.{key}", words.get(f"gains.unit.{key}", unit)) if unit else ""


def _shown(row: Row, value: Value, language: str) -> str:
    if value is None:
        return "—"
    if isinstance(value, str):
        return catalogue(language).get(f"compare.status.{value}", value) if row.name == "status" else value
    if row.unit == "share":
        return f"{100.0 * value:,.2f}" if row.name == "gap" else f"{100.0 * value:,.1f}"
    if row.unit.startswith("yuan") or float(value).is_integer():
        return f"{value:,.0f}"
    return f"{value:,.1f}"


def aligned(lines: Sequence[Sequence[str]]) -> str:
    """Put cells into columns, the first to the left; a Chinese character takes two places."""
    columns = max(len(cells) for cells in lines)
    widths = [max(_width(cells[i]) for cells in lines if len(cells) > max(i, 1)) for i in range(columns)]
    out = []
    for cells in lines:
        first = cells[0] + " " * (widths[0] - _width(cells[0]))
        rest = [" " * (widths[i] - _width(cells[i])) + cells[i] for i in range(1, len(cells))]
        out.append("  ".join([first, *rest]).rstrip())
    return "\n".join(out)


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text)
