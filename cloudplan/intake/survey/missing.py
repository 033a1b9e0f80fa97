"""What the records of a form lack, in lines of a return list: record by record, or at once where many lack the same."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache

from cloudplan.i18n import say
from cloudplan.intake.return_list import ALIKE, rows_named
from cloudplan.intake.survey.completeness import LOADS, Gap
from cloudplan.intake.words import words
from cloudplan.inventory.schema import schema


def missing_lines(lacking: Sequence[Gap], language: str) -> Iterator[tuple[str, ...]]:
    """Give a line a record, or a group of records: table, name, rows, headings, and how many points.

    Parameters
    ----------
    lacking
        What the records of one file lack.
    language
        Language of the words.
    """
    alike: dict[tuple[str, str, tuple[str, ...]], list[Gap]] = {}
    for gap in lacking:
        alike.setdefault((gap.table, gap.place.sheet or "", gap.columns), []).append(gap)
    said: set[int] = set()
    for gap in lacking:
        group = alike[gap.table, gap.place.sheet or "", gap.columns]
        if len(group) < ALIKE:
            yield _line([gap], _name(gap), language)
        elif id(group) not in said:
            said.add(id(group))
            yield _line(group, say("survey.returns.alike", language, count=len(group)), language)


def _line(gaps: Sequence[Gap], name: str, language: str) -> tuple[str, ...]:
    table, sheet = schema().tables[gaps[0].table], gaps[0].place.sheet or ""
    where = rows_named(sheet, [gap.place.row for gap in gaps], language)
    count = str(sum(len(gap.columns) for gap in gaps))
    return table.titles[language], name, where, _headings(gaps[0].table, gaps[0].columns, language), count


def _name(gap: Gap) -> str:
    named = gap.record.get("name") or gap.record.get(schema().tables[gap.table].key[0])
    return "" if named is None else named.text


@lru_cache(maxsize=1024)
def _headings(table: str, columns: Sequence[str], language: str) -> str:
    """Word the headings, those that must be filled in marked as in the form; many records lack the same."""
    said = [_load(name, language) if name in LOADS else _heading(table, name, language) for name in columns]
    return say("words.comma", language).join(said)


def _heading(table: str, name: str, language: str) -> str:
    column = schema().tables[table].by_name[name]
    return f"{column.headings[language]}{'*' if column.required else ''}"


def _load(name: str, language: str) -> str:
    """Name a load as the form's column beside the servers does."""
    extra = next(extra for extra in words().extras["servers"] if extra.name == f"on.{name}_avg_pct")
    return extra.headings[0 if language == "zh-CN" else -1]
