"""Reading a scenario: every fault at once, each with file, line and column.

A scenario may extend another (``extends: base.yaml``, relative to the file that says it): mappings merge key by key,
lists and single values replace. ``inventory`` is relative to the file that states it; in the :class:`Scenario` it ends
as a path that can be used from the current folder: relative if the scenario's own path was given so, else absolute.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from cloudplan.errors import BadInput
from cloudplan.findings import Finding, errors_in
from cloudplan.inventory import Inventory
from cloudplan.inventory.read import read_as_is
from cloudplan.scenario import Scenario
from cloudplan.scenario_file.checks import check_against
from cloudplan.scenario_file.faults import findings_of
from cloudplan.scenario_file.partial import Holes, as_far_as_read
from cloudplan.scenario_file.tree import Positions, Steps, Tree, read_tree

__all__ = ["Check", "Holes", "Positions", "check_against", "load", "read_all", "read_scenario"]

Check = Callable[[Scenario, Inventory | None, Positions, Holes], Iterable[Finding]]
"""Judges how a scenario fits its inventory (``None`` if there is none), but for what couldn't be read."""


@dataclass
class _Reading:
    """A scenario's files, merged; ``scenario`` is as far as it can be read, with ``ways`` that can't."""

    scenario: Scenario | None = None
    folder: str | None = None
    positions: Positions = field(default_factory=lambda: Positions(""))
    ways: set[Steps] = field(default_factory=set)
    findings: list[Finding] = field(default_factory=list)


def load(path: Path | str) -> tuple[Scenario, Positions]:
    """Read a scenario, and where each of its values stands.

    Parameters
    ----------
    path
        The scenario's file; findings name it as it is named here.

    Raises
    ------
    BadInput
        With every fault of the file and of those it extends.
    """
    reading = _read(str(path))
    if reading.scenario is None or reading.findings:
        raise BadInput(reading.findings)
    return reading.scenario, reading.positions


def read_scenario(path: Path | str) -> Scenario:
    """Read a scenario; see :func:`load`."""
    return load(path)[0]


def _fits(scenario: Scenario, inventory: Inventory | None, positions: Positions, holes: Holes) -> tuple[Finding, ...]:
    return () if inventory is None else check_against(scenario, inventory, positions, holes=holes)


def read_all(path: Path | str, check: Check = _fits) -> tuple[Scenario, Inventory, Positions]:
    """Read a scenario and the inventory it names.

    Parameters
    ----------
    path
        The scenario's file.
    check
        What judges how the two fit, with the rules and prices that live above this floor; its faults come back with
        all others in one run, though the scenario or a table have faults themselves.

    Returns
    -------
    tuple
        The scenario, the inventory (warnings about how the two fit are added to its findings), and the positions.

    Raises
    ------
    BadInput
        With every fault of both, and of how they fit.
    """
    reading = _read(str(path))
    findings = list(reading.findings)
    inventory: Inventory | None = None
    partial: frozenset[str] = frozenset()
    if reading.folder is not None:
        if not os.path.isdir(reading.folder):
            place = reading.positions.place("inventory")
            findings.append(Finding("inventory.no_folder", values={"folder": reading.folder}, place=place))
        else:
            today = None if reading.scenario is None else reading.scenario.today
            inventory, partial = read_as_is(reading.folder, today)
    holes = Holes(frozenset(reading.ways), partial)
    if reading.scenario is not None:
        findings += check(reading.scenario, inventory, reading.positions, holes)
    found = (*findings, *(inventory.findings if inventory is not None else ()))
    if reading.scenario is None or inventory is None or errors_in(found):
        raise BadInput(found)
    # those of the inventory first, as they stand where it was read by itself
    return reading.scenario, replace(inventory, findings=(*inventory.findings, *findings)), reading.positions


def _read(path: str) -> _Reading:
    tree, findings = _extended(path, ())
    positions = Positions(path, tree.values, tree.keys, tree.written)
    reading = _Reading(positions=positions, findings=findings)
    if tree.data is None:
        return reading
    folder = tree.data.get("inventory")
    reading.folder = folder if isinstance(folder, str) and folder else None
    try:
        reading.scenario = Scenario.model_validate(tree.data)
    except ValidationError as error:
        details = error.errors(include_url=False)
        if not tree.whole:  # what is missing may stand in a part that couldn't be read
            details = [detail for detail in details if detail["type"] != "missing"]
        findings += findings_of(details, positions, tree.broken)
        reading.scenario, reading.ways = as_far_as_read(tree.data, error.errors(include_url=False))
    reading.ways |= tree.broken
    if findings:
        findings.sort(key=lambda finding: _order(finding, path))
    return reading


def _order(finding: Finding, path: str) -> tuple[bool, int, str]:
    """Order faults of the scenario's own file before those of the files it extends, then by line."""
    place = finding.place
    return (place is None or place.file != path, (place.row or 0) if place else 0, finding.subject)


def _extended(path: str, chain: tuple[str, ...]) -> tuple[Tree, list[Finding]]:
    """Read a file and all it extends, merged; ``chain`` are the files that led here."""
    tree = read_tree(path)
    findings = list(tree.findings)
    if tree.data is None:
        return tree, findings
    here = os.path.dirname(path)
    folder = tree.data.get("inventory")
    if isinstance(folder, str) and folder:
        tree.data["inventory"] = os.path.normpath(os.path.join(here, folder))
    if "extends" not in tree.data:
        return tree, findings
    said, place = tree.data.pop("extends"), tree.values[("extends",)]
    chain = (*chain, os.path.abspath(path))
    other = os.path.normpath(os.path.join(here, said)) if isinstance(said, str) and said else None
    if other is None:
        findings.append(Finding("scenario.bad_extends", place=place))
    elif os.path.abspath(other) in chain:
        names = tuple(os.path.basename(file) for file in (*chain, other))
        findings.append(Finding("scenario.extends_circle", values={"files": names}, place=place))
    elif not os.path.isfile(other):
        findings.append(Finding("scenario.no_file", values={"file": other}, place=place))
    else:
        base, more = _extended(other, chain)
        findings += more
        if base.data is not None:
            return _merged(base, tree), findings
    tree.whole = False
    return tree, findings


def _merged(base: Tree, over: Tree) -> Tree:
    """Lay one file over another; positions follow the values."""
    out = Tree(over.path, dict(base.data or {}), dict(base.values), dict(base.keys), dict(base.written))
    out.broken = set(base.broken)

    def lay(below: dict[str, Any], above: dict[str, Any], steps: Steps) -> None:
        out.values[steps] = over.values[steps]
        for key, value in above.items():
            way = (*steps, key)
            out.keys[way] = over.keys[way]
            old = below.get(key)
            if isinstance(value, dict) and isinstance(old, dict):
                below[key] = dict(old)
                lay(below[key], value, way)
                continue
            below[key] = value
            for kept, new in ((out.values, over.values), (out.keys, over.keys), (out.written, over.written)):
                _replace(kept, new, way)
            out.broken = {way_ for way_ in out.broken if way_[: len(way)] != way}

    lay(out.data or {}, over.data or {}, ())
    out.broken |= over.broken
    out.whole = base.whole and over.whole
    return out


def _replace(kept: dict[Steps, Any], new: dict[Steps, Any], way: Steps) -> None:
    """Put the positions at and below a value in place of those that were there."""
    for steps in [steps for steps in kept if steps[: len(way)] == way]:
        del kept[steps]
    kept.update({steps: value for steps, value in new.items() if steps[: len(way)] == way})
