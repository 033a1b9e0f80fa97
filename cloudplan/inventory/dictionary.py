"""The data dictionary: every table and column of the schema as a Markdown page, in either language.

``python -m cloudplan.inventory.dictionary DOCS`` writes both pages anew.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from cloudplan.i18n import say
from cloudplan.inventory.cells import number_shown, unit_word
from cloudplan.inventory.schema import REQUIRED_TABLES, Column, Table, schema

PAGES = {"en": "inventory.md", "zh-CN": "inventory.zh-CN.md"}


def dictionary(language: str) -> str:
    """Write the page.

    Parameters
    ----------
    language
        ``zh-CN`` or ``en``.
    """
    return "\n".join(_lines(language)) + "\n"


def _lines(language: str) -> Iterator[str]:
    yield f"# {say('inventory.doc.title', language)}"
    yield ""
    yield say("inventory.doc.intro", language)
    yield ""
    yield say("inventory.doc.rules", language)
    yield ""
    needed = tuple(f"[{name}](#{name})" for name in REQUIRED_TABLES)
    yield say("inventory.doc.required_tables", language, tables=needed)
    for table in schema().tables.values():
        yield from _table(table, language)
    yield ""
    yield f"## {say('inventory.doc.vocabularies', language)}"
    for vocabulary in schema().vocabularies.values():
        yield from ("", f'### <a id="choice-{vocabulary.name}"></a>{vocabulary.name}', "")
        yield from (say("inventory.doc.vocabulary_head", language), "|---|---|")
        for code, labels in vocabulary.labels.items():
            yield f"| `{code}` | {labels[language]} |"


def _table(table: Table, language: str) -> Iterator[str]:
    yield from ("", f'## <a id="{table.name}"></a>{table.titles[language]} `{table.name}`', "")
    yield say("inventory.doc.key", language, key=tuple(f"`{name}`" for name in table.key))
    yield from ("", say("inventory.doc.head", language), "|---|---|---|---|---|")
    repeated = table.repeat.names if table.repeat is not None else ()
    for column in table.columns:
        if column.name not in repeated:
            yield _row(f"`{column.name}`", column.headings[language], column, language)
    if table.repeat is not None:
        names = [f"`{repeated[0]}`", f"`{repeated[-1]}`"]
        heading = table.by_name[repeated[0]].headings[language]
        last = table.by_name[repeated[-1]].headings[language]
        span = say("inventory.doc.repeat", language, first=names[0], last=names[1])
        yield _row(span, say("inventory.doc.repeat", language, first=heading, last=last), table.repeat.column, language)


def _row(name: str, heading: str, column: Column, language: str) -> str:
    kind = say(f"inventory.doc.type.{column.type}", language)
    if column.references is not None:
        link = f"[{column.references}](#{column.references})"
        kind += " " + say("inventory.doc.refers", language, table=link)
    if column.values is not None:
        kind += f" [{column.values}](#choice-{column.values})"
    if column.unit is not None:
        kind += f" {unit_word(column.unit, language)}"
    low, high = column.minimum, column.maximum
    if low is not None and high is not None:
        bounds = say("inventory.doc.between", language, low=number_shown(low), high=number_shown(high))
    elif low is not None:
        bounds = say("inventory.doc.from", language, limit=number_shown(low))
    elif high is not None:
        bounds = say("inventory.doc.to", language, limit=number_shown(high))
    else:
        bounds = ""
    needed = say("inventory.doc.yes", language) if column.required else ""
    if bounds:
        kind += say("inventory.doc.join", language) + bounds
    return f"| {name} | {heading} | {kind} | {needed} | {column.about[language]} |"


if __name__ == "__main__":
    for written, page in PAGES.items():
        Path(sys.argv[1], page).write_text(dictionary(written), encoding="utf-8")
