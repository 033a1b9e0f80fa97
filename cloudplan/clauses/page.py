"""The clauses as a Markdown page, in either language.

``python -m cloudplan.clauses.page DOCS`` writes both pages anew.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from cloudplan.clauses import all_clauses
from cloudplan.clauses.by_rule import ByRule
from cloudplan.clauses.clause import Clause
from cloudplan.clauses.tasks import Task
from cloudplan.i18n import say

PAGES = {"en": "clauses.md", "zh-CN": "clauses.zh-CN.md"}


def page(language: str) -> str:
    """Write the page.

    Parameters
    ----------
    language
        ``zh-CN`` or ``en``.
    """
    return "\n".join(_lines(language)) + "\n"


def _lines(language: str) -> Iterator[str]:
    def put(name: str) -> str:
        return say(f"clauses.page.{name}", language)

    line = "|---" * 8 + "|"
    yield from (f"# {put('title')}", "", put("intro"), "", put("verdicts"), "", put("marks"))
    zoning = [clause for clause in all_clauses() if clause.severity is not None]
    for source in dict.fromkeys(clause.source for clause in all_clauses() if clause.severity is None):
        yield from (
            "",
            f"## {say(f'clauses.source.{source}', language)}",
            "",
            put("head"),
            line,
        )
        for clause in all_clauses():
            if clause.source == source:
                yield _row(clause, "/".join(map(str, clause.levels)), language)
    yield from (
        "",
        f"## {put('zoning')}",
        "",
        put("zoning_intro"),
        "",
        put("zoning_head"),
        line,
    )
    for clause in zoning:
        assert clause.severity is not None
        yield _row(clause, say(f"clauses.severity.{clause.severity.name.lower()}", language), language)


def _row(clause: Clause, how: str, language: str) -> str:
    when = "both" if len(clause.stages) > 1 else clause.stages[0]
    stage = say("clauses.page.both" if when == "both" else f"clauses.stage.{when}", language)
    about = say(f"clauses.kind.{clause.subject}", language)
    cells = (clause.code, clause.title[language], clause.asks[language], how, clause.mark, about, stage)
    return f"| {' | '.join(cells)} | {_judge(clause, language)} |"


def _judge(clause: Clause, language: str) -> str:
    if isinstance(clause, ByRule):
        return say("clauses.page.rule", language, rule=clause.rule)
    if isinstance(clause, Task):
        planned = [f"`{where}`" for where in clause.evidence if not where.startswith("waves.")]
        plan = say("words.comma", language).join(planned)
        return say("clauses.page.task_planned", language, plan=plan) if plan else say("clauses.page.task", language)
    return say("words.comma", language).join(f"`{where}`" for where in clause.evidence)


if __name__ == "__main__":
    for written, name in PAGES.items():
        Path(sys.argv[1], name).write_text(page(written), encoding="utf-8")
