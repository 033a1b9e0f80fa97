"""What clauses of the standard ask of rooms, pools and systems beyond the survey: answered for a share of them.

All of it is invented. Each table has a stream of draws of its own, so that other columns stay as they were.
"""

from __future__ import annotations

from collections.abc import Mapping

from cloudplan.inventory.sample.draw import Draw

Row = dict[str, object]
Tables = Mapping[str, list[Row]]

USED = (("SM2", "SM3", "SM4"), ("SM4",))


def with_evidence(seed: int, tables: Tables) -> dict[str, list[Row]]:
    """Add the columns that only clauses read.

    Parameters
    ----------
    seed
        Seed of the estate.
    tables
        Rows of every table, complete but for these columns.
    """
    filled = {"rooms": _rooms, "pools": _pools, "systems": _systems}
    return {**tables, **{name: fill(Draw(seed, f"{name} evidence"), tables[name]) for name, fill in filled.items()}}


def _rooms(draw: Draw, rooms: list[Row]) -> list[Row]:
    rows = []
    for room in rooms:
        good = room["grade"] in ("A", "B")
        answers: Row = {
            "fire_partition": good if draw.chance(0.7) else None,
            "water_detection": good or draw.chance(0.15) if draw.chance(0.7) else None,
            "generator": good and draw.chance(0.3) if draw.chance(0.7) else None,
        }
        if room["kind"] == "centre":
            answers = {"fire_partition": True, "water_detection": True, "generator": True}
        rows.append(room | (answers if room["kind"] != "superior" else {}))
    return rows


def _pools(draw: Draw, pools: list[Row]) -> list[Row]:
    """Own pools keep three copies; of what is bought only part is stated."""
    stated: dict[str, Row] = {
        "cluster": {"storage_replicas": 3, "operations_in_cn": True},
        "service": {"operations_in_cn": True},
    }
    return [pool | stated.get(str(pool["kind"]), {}) for pool in pools]


def _systems(draw: Draw, systems: list[Row]) -> list[Row]:
    rows = []
    for system in systems:
        answers: Row = {}
        if system["level"] == 3 and not system["classified"]:
            planned = system["crypto_assessed_on"] is not None or draw.chance(0.3)
            answers["crypto_plan"] = planned if draw.chance(0.8) else None
            answers["sm_algorithms"] = draw.pick(USED) if planned and draw.chance(0.8) else ()
        rows.append(system | answers)
    return rows
