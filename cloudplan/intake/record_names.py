"""What records of several files are called in decisions: as short as tells each from all others."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from cloudplan.intake.machine import Machine


def file_names(files: Iterable[str]) -> dict[str, str]:
    """Name files without their folders, and with as much of them as tells two of one name apart."""
    out: dict[str, str] = {}
    same: dict[str, list[str]] = defaultdict(list)
    for file in dict.fromkeys(files):
        same[Path(file).name].append(file)
    for name, group in same.items():
        parts = [Path(file).parts for file in group]
        deepest = max(map(len, parts))
        depth = next((n for n in range(1, deepest + 1) if len({part[-n:] for part in parts}) == len(group)), deepest)
        for file, part in zip(group, parts, strict=True):
            out[file] = name if len(group) == 1 else Path(*part[-depth:]).as_posix()
    return {file: out[file] for file in dict.fromkeys(files)}


def short_names(machines: Sequence[Machine]) -> list[str]:
    """Name the records of machines by the names of the files alone, whatever else bears the same."""
    return [f"{Path(machine.place.file).name}: {machine.name}" for machine in machines]


def record_names(machines: Sequence[Machine], files: Mapping[str, str]) -> list[str]:
    """Name the records of machines: the file and what that calls it; where it does so twice, its sheet and row too.

    Parameters
    ----------
    machines
        Records of all files.
    files
        Name by file (:func:`file_names`).
    """
    count = Counter((machine.place.file, machine.name) for machine in machines)
    names = []
    for machine in machines:
        place = machine.place
        name = f"{files[place.file]}: {machine.name}"
        if count[place.file, machine.name] > 1:
            at = "!".join(str(part) for part in (place.sheet, place.row) if part is not None)
            name += f" ({at})"
        names.append(name)
    return names
