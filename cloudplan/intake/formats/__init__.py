"""Foreign formats, one reader a file: each knows its files by the headings, and says what machines they hold."""

from __future__ import annotations

from collections.abc import Sequence
from types import ModuleType

from cloudplan.intake.formats import aws, azure_csv, google, rvtools
from cloudplan.intake.grid import Grid

READERS: tuple[ModuleType, ...] = (rvtools, azure_csv, aws, google)
"""Each has ``KIND``, ``recognise(grids)`` and ``read(grids)``."""


def recognise(grids: Sequence[Grid]) -> ModuleType | None:
    """Say which reader the grids of a file belong to, by their headings; ``None`` where none knows them."""
    return next((reader for reader in READERS if reader.recognise(grids)), None)
