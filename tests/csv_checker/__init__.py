"""An independent check of a saved plan: it reads only the folder's files, and shares no code with the package.

Every rule is restated here from its meaning, with the standard library and numpy alone, so that a mistake in the
package's own words can't hide itself. A server that states no power counts as zero: its limit is checked from below.
"""

from __future__ import annotations

from pathlib import Path

from tests.csv_checker.checked import rooms_answered, systems_answered, tasks_given
from tests.csv_checker.copied import copied
from tests.csv_checker.moved import closed, fates, ordered, priced
from tests.csv_checker.placed import centre, decided, joined, packed, seated, spares, whole
from tests.csv_checker.saved import Saved, rows
from tests.csv_checker.sized import equipped, gained, locked, sized, tagged, timed
from tests.csv_checker.valued import valued

CHECKS = (whole, decided, equipped, sized, tagged, packed, spares, seated, joined, centre, fates, locked, timed,
          ordered, closed, priced, gained, copied, valued, rooms_answered, systems_answered, tasks_given)  # fmt: skip

__all__ = ["complaints", "rows"]


def complaints(folder: Path) -> list[str]:
    """Everything wrong with a saved plan, in words; an empty list if nothing is."""
    saved = Saved(folder)
    return [f"{check.__name__}: {said}" for check in CHECKS for said in check(saved)]
