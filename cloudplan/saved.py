"""A plan as a folder that other tools can read, and back again."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from cloudplan.bundle import COLUMNS, Plan
from cloudplan.csv_file import unguarded, write_csv
from cloudplan.earlier import Earlier, as_json, from_json
from cloudplan.errors import BadInput
from cloudplan.findings import Finding, Place, Severity
from cloudplan.i18n import cure, words
from cloudplan.inventory.read import read_inventory
from cloudplan.inventory.write import write_inventory
from cloudplan.scenario import Scenario
from cloudplan.tables import SCHEMA_VERSION

FINDINGS = ("severity", "rule", "subject", "message", "provenance", "cure", "message_en", "cure_en", "id", "values")

EARLIER = "earlier.json"


def save(plan: Plan, folder: Path) -> None:
    """Write a plan as a folder; the folder appears whole or not at all.

    Parameters
    ----------
    plan
        What to write.
    folder
        Where; an earlier plan there is replaced.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        write_inventory(plan.inventory, scratch / "inputs" / "inventory")
        scenario = plan.scenario.model_dump_json(indent=2, exclude_unset=True)
        (scratch / "inputs" / "scenario.json").write_text(scenario + "\n", encoding="utf-8")
        if plan.earlier is not None:
            (scratch / "inputs" / EARLIER).write_text(as_json(plan.earlier), encoding="utf-8")
        for name, frame in plan.tables.items():
            _write(frame, scratch / f"{name}.csv")
        _write(_findings(plan.findings), scratch / "findings.csv")
        facts = {**plan.facts, "inputs": _hashes(scratch / "inputs")}
        text = json.dumps(facts, ensure_ascii=False, indent=2, allow_nan=False)
        (scratch / "plan.json").write_text(text + "\n", encoding="utf-8")
        if folder.exists():
            shutil.rmtree(folder)
        scratch.chmod(0o755)
        scratch.rename(folder)
    except BaseException:
        shutil.rmtree(scratch, ignore_errors=True)
        raise


def load(folder: Path) -> Plan:
    """Read a saved plan.

    Raises
    ------
    BadInput
        If the folder is no saved plan, or of another schema version, or a file of it is missing or spoilt.
    """
    if not (folder / "plan.json").is_file():
        raise BadInput([Finding("plan.no_plan", values={"folder": str(folder)}, place=Place(str(folder)))])
    facts = _facts(folder / "plan.json")
    if facts.get("schema_version") != SCHEMA_VERSION:
        values = {"folder": str(folder), "given": facts.get("schema_version"), "known": SCHEMA_VERSION}
        raise BadInput([Finding("plan.other_version", values=values, place=Place(str(folder / "plan.json")))])
    names = [f"{name}.csv" for name in (*COLUMNS, "findings")] + ["inputs/scenario.json"]
    missing = [name for name in names if not (folder / name).is_file()]
    if missing:
        raise BadInput(Finding("plan.missing_file", place=Place(str(folder / name))) for name in missing)
    scenario_file = folder / "inputs" / "scenario.json"
    try:
        scenario = Scenario.model_validate_json(scenario_file.read_bytes())
    except ValueError as broken:
        raise _spoilt(scenario_file) from broken
    wanted = {**COLUMNS, "findings": FINDINGS}
    tables = {name: _read(folder / f"{name}.csv", columns) for name, columns in wanted.items()}
    try:
        findings = tuple(
            _finding({str(k): v for k, v in row.items()}) for row in tables.pop("findings").to_dict("records")
        )
    except (ValueError, KeyError, TypeError) as broken:
        raise _spoilt(folder / "findings.csv") from broken
    return Plan(
        facts={key: value for key, value in facts.items() if key != "inputs"},
        scenario=scenario,
        inventory=read_inventory(folder / "inputs" / "inventory", scenario.today),
        tables=tables,
        findings=findings,
        earlier=_earlier(folder / "inputs" / EARLIER),
        digest=hashlib.sha256((folder / "plan.json").read_bytes()).hexdigest(),
    )


def _earlier(path: Path) -> Earlier | None:
    if not path.is_file():
        return None
    try:
        return from_json(path.read_bytes())
    except ValueError as broken:
        raise _spoilt(path) from broken


def _facts(path: Path) -> dict[str, Any]:
    try:
        facts = json.loads(path.read_text("utf-8"))
    except ValueError as broken:
        raise _spoilt(path) from broken
    if not isinstance(facts, dict):
        raise _spoilt(path)
    return facts


def _spoilt(path: Path) -> BadInput:
    return BadInput([Finding("plan.spoilt_file", place=Place(str(path)))])


def _write(frame: pd.DataFrame, path: Path) -> None:
    cells = [[_cell(value) for value in frame[name].tolist()] for name in frame.columns]
    write_csv(path, [str(name) for name in frame.columns], ([row] for row in zip(*cells, strict=True)))


def _cell(value: Any) -> str:
    """Write whole floats without a fraction."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value)


def _number(text: str) -> bool:
    return re.fullmatch(r"-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?", text) is not None


def _read(path: Path, columns: Sequence[str]) -> pd.DataFrame:
    try:
        frame = pd.read_csv(path, encoding="utf-8-sig", dtype=str, keep_default_na=False)
    except ValueError as broken:  # pandas' own errors and those of decoding are among them
        raise _spoilt(path) from broken
    missing = [name for name in columns if name not in frame.columns]
    if missing:
        raise BadInput([Finding("plan.missing_columns", values={"columns": missing}, place=Place(str(path)))])
    text = TEXT | TEXT_OF.get(path.stem, frozenset())
    typed = {name: _typed(frame[name], name in text) for name in frame.columns}
    return pd.DataFrame(typed, columns=frame.columns, dtype=object)


TEXT = frozenset({
    "name", "reason", "reason_en", "message", "message_en", "values", "host", "server", "system", "workload",
    "component", "pool", "room", "department", "target", "id", "subject", "from_server", "host_type", "site", "zone",
    "source_zone", "target_zone", "device", "protocol", "residual_devices", "why_not", "why_not_en", "rule", "cure",
    "cure_en", "provenance", "unit", "from", "to", "evidence", "change", "change_en", "document", "clause", "part",
    "why", "why_en",
})  # fmt: skip
"""Columns that are text even where a value looks like a number."""
TEXT_OF = {"changes": frozenset({"before", "after"})}
"""Further ones, by table."""


def _typed(column: pd.Series, as_text: bool) -> list[Any]:
    texts = column.tolist()
    values = {text: _value(text, as_text) for text in set(texts)}
    return [values[text] for text in texts]


def _value(text: str, as_text: bool) -> Any:
    if as_text or not _number(text):
        return unguarded(text)
    return int(text) if text.lstrip("-").isdigit() else float(text)


def _findings(findings: tuple[Finding, ...]) -> pd.DataFrame:
    rows = [
        {
            "severity": finding.severity.name.lower(),
            "rule": finding.check,
            "subject": finding.subject,
            "message": words(finding, "zh-CN"),
            "provenance": str(finding.place) if finding.place else "",
            "cure": cure(finding, "zh-CN"),
            "message_en": words(finding, "en"),
            "cure_en": cure(finding, "en"),
            "id": finding.message,
            "values": json.dumps(_packed(finding), ensure_ascii=False, sort_keys=True),
        }
        for finding in findings
    ]
    return pd.DataFrame(rows, columns=list(FINDINGS))


def _packed(finding: Finding) -> dict[str, Any]:
    place = finding.place
    where = None if place is None else [place.file, place.sheet, place.row, place.column]
    return {"values": _coded(finding.values), "place": where, "rule": finding.rule}


def _coded(value: Any) -> Any:
    """Turn a value into what JSON knows; a date becomes ``{"@date": …}``, so that it can be worded again when read."""
    match value:
        case Mapping():
            return {str(key): _coded(item) for key, item in value.items()}
        case set() | frozenset():
            return sorted(_coded(item) for item in value)
        case tuple() | list():
            return [_coded(item) for item in value]
        case dt.datetime():
            return {"@datetime": value.isoformat()}
        case dt.date():
            return {"@date": value.isoformat()}
        case np.generic():
            return _coded(value.item())
        case None | bool() | int() | float() | str():
            return value
        case _:
            return str(value)


def _decoded(value: Any) -> Any:
    match value:
        case {"@datetime": str(text)}:
            return dt.datetime.fromisoformat(text)
        case {"@date": str(text)}:
            return dt.date.fromisoformat(text)
        case dict():
            return {key: _decoded(item) for key, item in value.items()}
        case list():
            return tuple(_decoded(item) for item in value)
        case _:
            return value


def _finding(row: dict[str, Any]) -> Finding:
    packed = json.loads(row["values"])
    return Finding(
        message=row["id"],
        severity=Severity[row["severity"].upper()],
        subject=row["subject"],
        values=_decoded(packed["values"]),
        place=None if packed["place"] is None else Place(*packed["place"]),
        rule=packed["rule"],
    )


def _hashes(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
