"""Which clauses a system doesn't meet after the move, which nobody can tell of, and which are tasks of its move."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cloudplan.clauses import all_clauses
from cloudplan.explain.view import View
from cloudplan.explain.words import Line, Section, line, listed, said

SHOWN = ("not_met", "unknown", "task")


def explain_clauses(view: View, system: str) -> Iterator[Section]:
    """List them, what is not met first; nothing where all is met. People are told all tasks in one line."""
    titles = {(clause.code, clause.part): clause.title for clause in all_clauses()}
    frame = view.table("clauses")
    if not len(frame):
        return
    own = frame["subject"].astype(str).str.partition("/")[0] == system
    after = frame[own & frame["subject_kind"].isin(("system", "component")) & (frame["when"] == "after")]
    lines: list[Line] = []
    for verdict in SHOWN:
        for row in after[after["verdict"] == verdict].to_dict("records"):
            cells = {str(name): value for name, value in row.items()}
            which = "whole" if cells["subject"] == system else "part"
            part = said(f"explain.clauses.{which}", subject=cells["subject"])
            title = titles.get((cells["clause"], cells["part"]), cells["clause"])
            values = {"clause": cells["clause"], "title": title, "part": part, "reason": view.reason(cells)}
            lines.append(line(f"clauses.{verdict}", **values))
    if lines:
        yield Section(line("clauses.title"), tuple(lines), _tasks_in_short(lines))


def _tasks_in_short(lines: Sequence[Line]) -> tuple[Line, ...] | None:
    """Name the tasks in one line; ``None`` where there are not several."""
    tasks = [told for told in lines if told.message == "explain.clauses.task"]
    if len(tasks) < 2:
        return None
    titles = [said("explain.clauses.titled", clause=told.values["clause"], title=told.values["title"])
              for told in tasks]  # fmt: skip
    others = tuple(told for told in lines if told not in tasks)
    return (*others, line("clauses.tasks", count=len(tasks), titles=listed(titles)))
