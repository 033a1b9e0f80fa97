"""One thing that a plan has otherwise than the one it follows: :class:`Change`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from cloudplan.findings import Finding, Severity
from cloudplan.i18n import say, words

CAUSES = ("new", "gone", "shown", "options", "refused", "no_room", "chosen", "follows")
"""Causes of a change, as ``changes.csv`` names them; the first six are forced upon the plan."""


SAME = 0.5
"""vCPU up to which a pool's demand counts as the same: both are printed as whole numbers."""


@dataclass(frozen=True)
class Change:
    """One thing that is otherwise than the plan before had it.

    Parameters
    ----------
    what, id
        ``system``, ``server``, ``wave``, ``purchase`` or ``room``, and its id.
    before, after
        What was, and what is; codes and ids, as in the plan's other tables; ``""`` where nothing.
    cause
        One of :data:`CAUSES`.
    why
        The reason.
    rule
        The rule that no longer allows it, where one does.
    gain_yuan
        What the change alone saves, all else as decided, the price of the change not counted; yuan a year.
    cells
        Cells of the inventory that are otherwise than under the plan before.
    """

    what: str
    id: str
    before: str
    after: str
    cause: str
    why: Finding
    rule: str = ""
    gain_yuan: float | None = None
    cells: tuple[str, ...] = ()

    def row(self) -> dict[str, Any]:
        """A row of ``changes.csv``."""
        return {
            "what": self.what,
            "id": self.id,
            "before": self.before,
            "after": self.after,
            "cause": self.cause,
            "rule": self.rule,
            "gain_yuan": None if self.gain_yuan is None else round(self.gain_yuan, 2),
            "why": self._worded("zh-CN"),
            "why_en": self._worded("en"),
        }

    def _worded(self, language: str) -> str:
        said = words(self.why, language)
        return said + say("replan.cells", language, cells=self.cells) if self.cells else said


def why_of(cause: str, subject: str, /, **values: Any) -> Finding:
    """Give a reason, worded ``replan.why.<cause>``."""
    return Finding(f"replan.why.{cause}", Severity.INFO, subject, values=values)


def joined(fate: tuple[str, str] | None) -> str:
    """Write what becomes of a thing and where as one code; ``""`` for nothing."""
    return " ".join(part for part in fate if part) if fate else ""


def vcpu_of(tables: Mapping[str, pd.DataFrame], pool: str) -> float:
    """Look up the vCPU that a plan allocates in a pool; 0 where it has no such pool."""
    frame = tables["pools"]
    found = frame[(frame["pool"] == pool) & (frame["resource"] == "vcpu")]["demand"]
    return float(found.iloc[0]) if len(found) else 0.0
