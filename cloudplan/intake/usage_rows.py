"""Rows of ``usage`` for what a file states of a load: P95, mean and maximum, and where each of them came from.

A row without P95 keeps what was measured, and nothing is right-sized by a P95 that nobody stated: the planner takes a
maximum for a maximum, and a mean alone sizes nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from pathlib import Path

from cloudplan.findings import Place
from cloudplan.i18n import say
from cloudplan.intake.built import Assumption, Built, Record
from cloudplan.intake.columns import many
from cloudplan.intake.machine import Machine
from cloudplan.intake.shapes import HOURS, Shape, choose
from cloudplan.intake.stated import usage

RESOURCES = ("cpu", "memory")
FIGURES = ("avg_pct", "p95_pct", "max_pct")


class UsageRows:
    """Writes the rows of machines one by one, and remembers what contradicts itself.

    Parameters
    ----------
    built
        The tables in the making.
    shapes
        Shapes of the week, empty for flat profiles.
    seed
        Seed for the choice of a shape.
    language
        Language of the sources.
    """

    def __init__(self, built: Built, shapes: Sequence[Shape], seed: int, language: str) -> None:
        self.built, self.shapes, self.seed, self.language = built, shapes, seed, language
        self.said: dict[str, list[tuple[str, Place]]] = defaultdict(list)

    def write(self, machine: Machine, workload: str, done: Collection[str]) -> None:
        """Write what was measured and isn't ``done``; no row where there is no data, so that nothing looks idle."""
        for resource in RESOURCES:
            if resource in done:
                continue
            figures = self._figures(machine, resource)
            if not figures:
                continue
            row: Record = {"workload": workload, "resource": resource, "week": "normal", "basis": "measured",
                           "days": machine.days, **figures}  # fmt: skip
            place = machine.load_place or machine.place
            # by the file's name alone, so that the tables don't depend on where the file lay
            level = str(Place(Path(place.file).name, place.sheet, place.row, place.column))
            if "p95_pct" not in figures:
                row["source"] = say("intake.source.no_p95", self.language, level=level)
            elif resource == "memory":
                row["source"] = say("intake.source.memory", self.language, level=level)
            elif self.shapes:
                self._shaped(row, machine, workload, level)
            else:
                row["source"] = say("intake.source.flat", self.language, level=level)
            self.built.tables["usage"].append(row)
            self.built.state("usage", row, machine, usage(resource, series=False))

    def settle(self) -> None:
        """Say what contradicted itself."""
        for message, entries in self.said.items():
            self.built.findings += many(f"intake.{message}", entries)

    def _figures(self, machine: Machine, resource: str) -> dict[str, float]:
        """Give the statistics of a resource; a maximum below another of them is none."""
        stated = {name: getattr(machine, f"{resource}_{name}") for name in FIGURES}
        figures = {name: value for name, value in stated.items() if value is not None}
        if "max_pct" in figures and figures["max_pct"] < max(figures.values()):
            del figures["max_pct"]
            self.said["max_below"].append((machine.name, machine.load_place or machine.place))
        return figures

    def _shaped(self, row: Record, machine: Machine, workload: str, level: str) -> None:
        # level measured, hours borrowed: the row as a whole is an assumption, so that nothing is shrunk by it
        p95 = row["p95_pct"]
        shape = choose(self.shapes, machine.name, self.seed)
        row["basis"] = "assumed"
        if "avg_pct" not in row:
            row["avg_pct"] = self.built.invent("usage", workload, "avg_pct", round(shape.mean_pct(p95), 2))
        row |= {f"h{n:03d}": round(float(pct), 2) for n, pct in enumerate(shape.profile(p95))}
        row["source"] = say("intake.source.shaped", self.language, level=level, shape=shape.name)
        self.built.assumptions.append(Assumption("usage", workload, f"h000-h{HOURS - 1:03d}", shape.name, None))
