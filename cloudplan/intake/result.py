"""What an intake made and found: :class:`IntakeResult`, in words, as JSON and as the lists beside the tables."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cloudplan.csv_file import write_csv
from cloudplan.findings import Finding, Place, Severity
from cloudplan.i18n import cure, say, words
from cloudplan.intake.built import Assumption
from cloudplan.intake.confidence import Confidence
from cloudplan.intake.machine import Machine

LISTS = "intake"
"""Folder beside the tables that holds the lists; inside the inventory they would be taken for tables."""
CONFIDENCE = ("kind", "name", "needed", "measured", "declared", "missing", "percent", "stars")
FINDINGS = ("severity", "rule", "subject", "message", "provenance", "cure")


@dataclass(frozen=True, slots=True)
class Recognised:
    """What a file was taken for."""

    file: str
    kind: str
    sheet: str
    rows: int

    def words(self, language: str) -> str:
        """Say it in words."""
        message = "intake.text.file_sheet" if self.sheet else "intake.text.file"
        kind = say(f"intake.kind.{self.kind}", language)
        return say(message, language, file=self.file, kind=kind, sheet=self.sheet, rows=self.rows)


@dataclass(frozen=True, slots=True)
class Reclaim:
    """A machine that was off when it was discovered: nobody plans it, somebody may switch it off for good."""

    workload: str
    name: str
    department: str
    vcpu: float
    memory_gib: float
    storage_gib: float | None
    place: str


def counted(machines: Sequence[Machine]) -> dict[str, int]:
    """Count machines by what matters."""
    running = [machine for machine in machines if machine.running]
    return {
        "machines": len(machines),
        "running": len(running),
        "off": len(machines) - len(running),
        "measured": sum(m.cpu_p95_pct is not None and m.memory_p95_pct is not None for m in running),
        "no_data": sum(m.cpu_p95_pct is None and m.memory_p95_pct is None for m in machines),
    }


@dataclass(frozen=True)
class IntakeResult:
    """What came of an intake.

    Parameters
    ----------
    out
        The inventory's folder.
    files
        What each file was taken for.
    counts
        ``machines``, ``running``, ``off``, ``measured`` (running, CPU and memory), ``no_data``, ``left_out``,
        ``departments``, ``rooms``, ``systems``, ``assumptions``; ``hosts``, ``racks`` and ``devices`` that the files
        name; ``series`` (machines that have one), ``samples``.
    findings
        Everything that was found, none of it an error.
    reclaim
        The machines that were off.
    confidence
        Stars by department and workload.
    assumptions
        Every value that no file measured.
    """

    out: Path
    files: tuple[Recognised, ...]
    counts: Mapping[str, int]
    findings: tuple[Finding, ...]
    reclaim: tuple[Reclaim, ...]
    confidence: tuple[Confidence, ...]
    assumptions: tuple[Assumption, ...]

    def text(self, language: str) -> str:
        """Say in words what was read, what became of it and what was found."""

        def line(message: str, **values: Any) -> str:
            return say(f"intake.text.{message}", language, **values)

        lines = [file.words(language) for file in self.files]
        if self.counts["hosts"] or self.counts["racks"]:
            lines.append(line("hardware", hosts=self.counts["hosts"], racks=self.counts["racks"]))
        if self.counts["devices"]:
            lines.append(line("devices", devices=self.counts["devices"]))
        lines.append(line("counts", **self.counts))
        if self.counts.get("series"):
            lines.append(line("series", series=self.counts["series"], samples=self.counts["samples"]))
        lines.append(line("reclaim", count=len(self.reclaim)))
        shares = [c for c in self.confidence if c.kind == "department"]
        lines += [line("stars", name=c.name, stars="★" * c.stars, percent=c.percent) for c in shares]
        remarks = Counter(f.message for f in self.findings if f.severity is Severity.INFO)
        for finding in self.findings:
            if finding.severity is not Severity.INFO:
                place = f"{finding.place}: " if finding.place is not None else ""
                lines.append(f"{place}{words(finding, language)}")
                if cure(finding, language):
                    lines.append(f"    {cure(finding, language)}")
        for message, count in remarks.items():
            first = next(f for f in self.findings if f.message == message)
            lines.append(line("remark", count=count, words=words(first, language)))
        lines.append(line("written", out=str(self.out), lists=f"{self.out / LISTS}"))
        return "\n".join(lines)

    def as_json(self) -> dict[str, Any]:
        """Give everything but the findings as plain values (the command line adds those in its own shape)."""
        return {
            "out": str(self.out),
            "files": [{"file": f.file, "kind": f.kind, "sheet": f.sheet, "rows": f.rows} for f in self.files],
            "counts": dict(self.counts),
            "reclaim": [_row(r) for r in self.reclaim],
            "confidence": [
                {"kind": c.kind, "name": c.name, "measured": c.measured, "declared": c.declared, "missing": c.missing,
                 "needed": c.needed, "percent": c.percent, "stars": c.stars}
                for c in self.confidence
            ],
        }  # fmt: skip

    def write_lists(self, language: str) -> list[Path]:
        """Write findings, reclaim list, assumptions and confidence as CSV beside the tables."""
        folder = self.out / LISTS
        findings = [
            (f.severity.name.lower(), f.check, f.subject, words(f, language), f.place, cure(f, language))
            for f in self.findings
        ]
        kinds = ("table", "record", "column", "value", "basis", "source")
        assumed = [
            (a.table, a.record, a.column, a.value, "assumed", a.place if a.place is not None else "default")
            for a in self.assumptions
        ]
        stars = [
            (c.kind, c.name, c.needed, c.measured, c.declared, c.missing, round(c.percent, 1), c.stars)
            for c in self.confidence
        ]
        return [
            write_list(folder / "findings.csv", FINDINGS, findings),
            write_list(folder / "reclaim.csv", Reclaim.__slots__, [tuple(_row(r).values()) for r in self.reclaim]),
            write_list(folder / "mapping_assumptions.csv", kinds, assumed),
            write_list(folder / "confidence.csv", CONFIDENCE, stars),
        ]


def _row(reclaim: Reclaim) -> dict[str, Any]:
    return {name: getattr(reclaim, name) for name in Reclaim.__slots__}


def occupied(out: Path) -> list[Finding]:
    """Refuse a folder that holds something which is not an earlier intake's."""
    if out.exists() and (not out.is_dir() or (any(out.iterdir()) and not (out / LISTS / "findings.csv").is_file())):
        return [Finding("intake.out_taken", values={"out": str(out)}, place=Place(str(out)))]
    return []


def write_list(path: Path, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> Path:
    """Write one list as CSV that a spreadsheet opens."""
    return write_csv(path, header, ([[_said(value) for value in row]] for row in rows))


def _said(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:g}"
    return "" if value is None else str(value)
