"""What a system holds lies on its disks and volumes: stated data never exceed them."""

from __future__ import annotations

Row = dict[str, object]

FILLED = 0.8
"""Share of its storage that the data of a system fill whose draw came out larger than the storage."""


def within_storage(systems: list[Row], workloads: list[Row], volumes: list[Row]) -> list[Row]:
    """Lower the data of systems that state more than the storage on record for them; new rows for these.

    Nothing is drawn, so that all else stays as it was. Where a workload's storage is blank nobody can tell.
    """
    system_of = {str(w["workload"]): str(w["system"]) for w in workloads}
    held: dict[str, float] = {}
    unknown = {str(w["system"]) for w in workloads if w["storage_gib"] is None}
    for rows, column in ((workloads, "storage_gib"), (volumes, "size_gib")):
        for row in rows:
            system = system_of[str(row["workload"])]
            held[system] = held.get(system, 0.0) + float(str(row[column] or 0.0))
    return [_within(s, None if str(s["system"]) in unknown else held.get(str(s["system"]))) for s in systems]


def _within(system: Row, storage: float | None) -> Row:
    data = system["data_gib"]
    if storage is None or data is None or float(str(data)) <= storage:
        return system
    return system | {"data_gib": round(FILLED * storage, 1)}
