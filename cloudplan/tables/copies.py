"""The departments' own copies of what goes to a cloud: where, how large, what they cost, by when they must exist."""

from __future__ import annotations

from cloudplan.findings import Finding, Severity
from cloudplan.i18n import LANGUAGES, say
from cloudplan.placement.dispositions import CLOUD
from cloudplan.tables.result import Result, Row, said


def copies(result: Result) -> list[Row]:
    """One row for each system that goes to a cloud.

    ``due_on`` is the last day of the wave's window: nothing of the old environment may be released before the copy
    exists. It is blank where a system moves in no wave.
    """
    problem, systems = result.problem, result.problem.inventory["systems"]
    last = {wave.wave: wave.ends.date().isoformat() for wave in result.moves.waves}
    out: list[Row] = []
    for system, (disposition, _) in result.placed.dispositions.items():
        if disposition not in CLOUD:
            continue
        copy, cutover = problem.copies[system], result.moves.cutovers.get(system)
        place = {language: say(f"copies.place.{copy.place}", language) for language in LANGUAGES}
        values = {"place": place, "document": copy.document}
        out.append(
            {
                "system": system,
                "name": systems.at[system, "name"],
                "department": systems.at[system, "department"],
                "disposition": disposition,
                "place": copy.place,
                "document": copy.document,
                "copies": copy.copies,
                "data_gib": round(copy.data_gib, 3),
                "size_from": copy.size_from,
                "basis": copy.basis,
                "gib": round(copy.gib, 3),
                "yuan_per_year": round(problem.fate_price(system, disposition)["local_copy"], 2),
                "wave": cutover.wave if cutover else None,
                "due_on": last[cutover.wave] if cutover else None,
                **said(
                    Finding(
                        f"copies.why.{copy.level}{'_documented' if copy.document else ''}",
                        Severity.INFO,
                        system,
                        values=values,
                    )
                ),
            }
        )
    return out
