"""The report in a terminal: against a stored text, and the alignment of wide signs.

Run this file as a program to store the texts anew after the wording was changed on purpose.
"""

from __future__ import annotations

import dataclasses
import sys
from pathlib import Path

import pytest

from cloudplan import i18n
from cloudplan.findings import Finding, Place, Severity
from cloudplan.report.text import pad, text_report, width, wrap

sys.path.insert(0, str(Path(__file__).parent))

from fake_plan import big_plan, fake_plan

WORDS = {
    "fake.low": {"zh-CN": "{subject} 的等级低于所存数据", "en": "{subject} is graded below its data"},
    "fake.low.cure": {"zh-CN": "重新定级", "en": "Grade it again"},
}


def only_own_words(patch: pytest.MonkeyPatch) -> None:
    """Leave the catalogue only what the report owns, so that other areas' wording doesn't change the stored text."""
    whole = {language: i18n.catalogue(language) for language in i18n.LANGUAGES}

    def catalogue(language: str) -> dict[str, str]:
        areas = ("report.", "words.", "evidence.", "clauses.")
        own = {k: v for k, v in whole[language].items() if k.startswith(areas)}
        return own | {message: said[language] for message, said in WORDS.items()}

    patch.setattr(i18n, "catalogue", catalogue)
    patch.setattr(i18n, "_area", lambda language, area: catalogue(language))


def report(language: str) -> str:
    found = Finding(
        "fake.low", Severity.WARNING, "X004", "level", place=Place("inventory/systems.csv", None, 5, "level")
    )
    return text_report(dataclasses.replace(fake_plan(), findings=(found,)), language)


def stored(language: str) -> Path:
    return Path(__file__).parent / "golden" / f"small.{language}.txt"


@pytest.mark.parametrize("language", i18n.LANGUAGES)
def test_the_small_plan_reads_as_stored(language: str, monkeypatch: pytest.MonkeyPatch) -> None:
    only_own_words(monkeypatch)
    assert report(language).splitlines() == stored(language).read_text("utf-8").splitlines()


@pytest.mark.parametrize("language", i18n.LANGUAGES)
def test_headings_and_long_tables(language: str) -> None:
    text = text_report(big_plan(), language)
    for section in (
        "summary",
        "utilisation",
        "rooms",
        "waves",
        "zones",
        "pools",
        "costs",
        "dispositions",
        "servers",
        "superior",
        "evaluation",
        "findings",
        "assumptions",
    ):
        assert f"\n{i18n.say(f'report.{section}.title', language)}\n─" in text
    assert i18n.say("report.text.more", language, more=28) in text
    assert all(line == line.rstrip() for line in text.splitlines())


def test_wide_signs_take_two_cells() -> None:
    assert [width(text) for text in ("ab", "机房", "a机", "", "é")] == [2, 4, 3, 0, 1]
    assert pad("机房", 6) == "机房  "
    assert pad("12", 5, right=True) == "   12"
    assert pad("机房机房", 4) == "机房机房"


def test_lines_break_between_words_or_wide_signs_but_never_before_a_stop() -> None:
    assert wrap("one two three", 7) == ["one two", "three"]
    assert wrap("甲乙丙丁", 4) == ["甲乙", "丙丁"]
    assert wrap("甲乙。丙", 4) == ["甲乙。", "丙"]
    assert wrap("共 12 台主机", 6) == ["共 12", "台主机"]
    assert wrap("", 10) == [""]
    assert wrap("unbreakable", 4) == ["unbreakable"]


if __name__ == "__main__":
    only_own_words(pytest.MonkeyPatch())
    for name in i18n.LANGUAGES:
        stored(name).parent.mkdir(exist_ok=True)
        stored(name).write_text(report(name), encoding="utf-8")
