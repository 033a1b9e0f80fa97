"""Readers of foreign formats, one a file.

Each has ``KIND``, ``recognise(grids)`` by headings, ``tables(grids)``, whose rows are counted as those of the file, and
``read(grids)``. A reader that brings several kinds of file together has ``kind_of(grids)`` too, and ``KINDS``.
"""

from __future__ import annotations

from collections.abc import Sequence
from types import ModuleType

from cloudplan.intake.formats import (
    aws,
    azure_csv,
    azure_migrate,
    bitbrains,
    google,
    gwa,
    netbox,
    plain_series,
    planetlab,
    rvtools,
)
from cloudplan.intake.grid import Grid

SERIES: tuple[ModuleType, ...] = (gwa, bitbrains, planetlab, plain_series)
"""Readers of time series alone: they say how machines were loaded, not which there are."""
SERIES_KINDS = frozenset(str(module.KIND) for module in SERIES)
FORMATS: tuple[ModuleType, ...] = (azure_csv, aws, google, netbox, rvtools, azure_migrate, *SERIES)
"""All readers, in the order in which they are asked."""
KINDS: tuple[str, ...] = tuple(kind for module in FORMATS for kind in getattr(module, "KINDS", (module.KIND,)))
"""All kinds of file that are known."""


def recognise(grids: Sequence[Grid]) -> ModuleType | None:
    """Find the reader of some grids; ``None`` where no format is known by these headings."""
    return next((module for module in FORMATS if module.recognise(grids)), None)


def kind_of(module: ModuleType, grids: Sequence[Grid]) -> str:
    """Say what a reader takes a file for."""
    return str(module.kind_of(grids) if hasattr(module, "kind_of") else module.KIND)
