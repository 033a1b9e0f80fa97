"""A frontier as a folder: every plan saved whole, ``frontier.csv``, and a page for people."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any

from cloudplan.csv_file import write_csv
from cloudplan.errors import BadInput
from cloudplan.findings import Finding
from cloudplan.frontier.names import folder_of, row_of
from cloudplan.frontier.search import Frontier, renamed
from cloudplan.frontier.told import Told, titles
from cloudplan.i18n import LANGUAGES
from cloudplan.saved import save

TABLE = "frontier.csv"


def refuse_foreign(folder: Path) -> None:
    """Refuse to write over anything but an earlier frontier.

    Raises
    ------
    BadInput
        If the folder holds something else.
    """
    if folder.exists() and not (folder / TABLE).is_file() and (not folder.is_dir() or any(folder.iterdir())):
        raise BadInput([Finding("frontier.foreign", values={"folder": str(folder)})])


def save_frontier(front: Frontier, folder: Path) -> None:
    """Write a frontier as a folder; the folder appears whole or not at all.

    Parameters
    ----------
    front
        What to write.
    folder
        Where; an earlier frontier there is replaced.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        rows = [row_of(front, n) for n in range(len(front.points))]
        for n, point in enumerate(front.points):
            name = f"{point.plan.scenario.name}-{folder_of(front, n)}"
            save(renamed(point, name, titles(front, n), _facts(front, n, rows[n])), scratch / folder_of(front, n))
        texts = {language: Told(front, language) for language in LANGUAGES}
        columns = list(dict.fromkeys(column for row in rows for column in row))
        words = [f"words_{language.partition('-')[0]}" for language in LANGUAGES]
        cells = [
            [*(_cell(row.get(column)) for column in columns), *(told.sentence(n) for told in texts.values())]
            for n, row in enumerate(rows)
        ]
        write_csv(scratch / TABLE, [*columns, *words], [cells])
        for language, told in texts.items():
            (scratch / page_of(language)).write_text(told.page(), encoding="utf-8")
        if folder.exists():
            shutil.rmtree(folder)
        scratch.chmod(0o755)
        scratch.rename(folder)
    except BaseException:
        shutil.rmtree(scratch, ignore_errors=True)
        raise


def page_of(language: str) -> str:
    """Name of the page in one language."""
    return f"frontier.{language}.html"


def _facts(front: Frontier, n: int, row: dict[str, Any]) -> dict[str, Any]:
    """What a plan says about how it was found: planning its scenario again gives the cheapest plan, not this one."""
    kept = ("plan", "kind", "budget_share", "excess_share", "own_bound", "risk_points", "disruption_hours")
    return {**{name: row[name] for name in kept}, "number": n + 1, "of": len(front.points)}


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return str(int(value)) if isinstance(value, float) and value.is_integer() and abs(value) < 1e15 else str(value)
