"""Readers of foreign formats, one a file: ``KIND``, ``recognise(grids)`` by headings, and ``read(grids)``."""

from __future__ import annotations

from collections.abc import Sequence
from types import ModuleType

from cloudplan.intake.formats import aws, azure_csv, bitbrains, google, gwa, netbox, plain_series, planetlab, rvtools
from cloudplan.intake.grid import Grid

SERIES: tuple[ModuleType, ...] = (gwa, bitbrains, planetlab, plain_series)
"""Readers of time series alone: they say how machines were loaded, not which there are."""
SERIES_KINDS = frozenset(str(module.KIND) for module in SERIES)
FORMATS: tuple[ModuleType, ...] = (azure_csv, aws, google, netbox, rvtools, *SERIES)
"""All readers, in the order in which they are asked."""


def recognise(grids: Sequence[Grid]) -> ModuleType | None:
    """Find the reader of some grids; ``None`` where no format is known by these headings."""
    return next((module for module in FORMATS if module.recognise(grids)), None)
