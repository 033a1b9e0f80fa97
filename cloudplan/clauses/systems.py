"""What the systems themselves must show: backups, filing, assessments, cryptography."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from cloudplan.clauses.clause import Answer, CellClause, every
from cloudplan.clauses.estate import Cells, Estate

EVERY_DAYS = {3: 366, 4: 184}
"""Days within which the next assessment is due, by level: a year, half a year."""

GRADED = {"filed": True, "assessed": True, "expired": True, "graded": False, "ungraded": False}


def systems(estate: Estate) -> Mapping[str, int]:
    """Systems that stand somewhere."""
    return estate.systems


def unmoved(estate: Estate) -> Mapping[str, int]:
    """Systems whose backups are those on record: the others get new ones, a task of the move."""
    return {system: level for system, level in estate.systems.items() if system not in estate.state.cutovers}


def moving(estate: Estate) -> Mapping[str, int]:
    """Systems that are cut over and then stand somewhere."""
    return {system: level for system, level in estate.systems.items() if system in estate.state.cutovers}


def backed_up_here(system: Cells, level: int, today: dt.date) -> Answer:
    """A backup in the room; of one kept elsewhere nothing says whether there is one here too."""
    return {"none": False, "local": True}.get(system["backup_mode"])


def backed_up_elsewhere(system: Cells, level: int, today: dt.date) -> Answer:
    """A backup elsewhere; from level 3 on a running replica."""
    if system["backup_mode"] is None:
        return None
    return system["backup_mode"] in (("replica",) if level >= 3 else ("remote", "replica"))


def filed(system: Cells, level: int, today: dt.date) -> Answer:
    """The level is filed with the police."""
    return GRADED.get(system["filing_status"])


def assessed(system: Cells, level: int, today: dt.date) -> Answer:
    """The latest assessment is no older than the next one is due."""
    return _recent(system["assessed_on"], level, today)


def crypto_assessed(system: Cells, level: int, today: dt.date) -> Answer:
    """The same of the assessment of cryptography, due every year."""
    return _recent(system["crypto_assessed_on"], 3, today)


def crypto_planned(system: Cells, level: int, today: dt.date) -> Answer:
    """A reviewed plan for cryptography, and the domestic algorithms it uses."""
    return every(system["crypto_plan"], bool(system["sm_algorithms"]) or None)


def _recent(day: dt.date | None, level: int, today: dt.date) -> Answer:
    return None if day is None else (today - day).days <= EVERY_DAYS[level]


CLAUSES = (
    CellClause(
        "EB-G04", "mlps", "T", (2, 3, 4), "system", ("systems.backup_mode",), unmoved, backed_up_here,
        met={"backup_mode": "local"}, not_met={"backup_mode": "none"},
    ),
    CellClause(
        "EB-G05", "mlps", "m", (2, 3, 4), "system", ("systems.backup_mode",), unmoved, backed_up_elsewhere,
        met={"backup_mode": "remote"}, not_met={"backup_mode": "local"},
    ),
    CellClause(
        "MP-01", "measures", "m", (2, 3, 4), "system", ("systems.filing_status",), systems, filed,
        met={"filing_status": "filed"}, not_met={"filing_status": "graded"},
    ),
    CellClause(
        "MP-02", "measures", "m", (3, 4), "system", ("systems.assessed_on",), systems, assessed,
        met={"assessed_on": dt.date(2025, 1, 5)}, not_met={"assessed_on": dt.date(2025, 1, 3)},
    ),
    CellClause(
        "CR-01", "cryptography", "m", (3, 4), "system", ("systems.crypto_assessed_on",), systems, crypto_assessed,
        met={"crypto_assessed_on": dt.date(2025, 1, 5)}, not_met={"crypto_assessed_on": dt.date(2025, 1, 3)},
    ),
    CellClause(
        "CR-02", "cryptography", "d", (3, 4), "system", ("systems.crypto_plan", "systems.sm_algorithms"), moving,
        crypto_planned, met={"crypto_plan": True, "sm_algorithms": ("SM2", "SM4")},
        not_met={"crypto_plan": False, "sm_algorithms": None}, stages=("after",),
    ),
)  # fmt: skip
