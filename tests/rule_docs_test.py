"""The page of rules is made from the rules: it can't drift, and leaves none out."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pytest

from cloudplan.i18n import LANGUAGES, catalogue
from cloudplan.rule_docs import HOMES, PAGES, rules_page

DOCS = Path(__file__).parents[1] / "docs"
written = cache(rules_page)
RULES = [(home, cls) for home, rules in HOMES.items() for cls in rules.all_rules()]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_committed_page_is_fresh(language: str) -> None:
    committed = (DOCS / PAGES[language]).read_text("utf-8")
    assert committed == written(language), "write it anew: python -m cloudplan.rule_docs docs"


@pytest.mark.parametrize(("home", "cls"), RULES, ids=lambda part: part if isinstance(part, str) else part.name())
def test_every_rule_is_told_with_two_examples_and_its_own_words(home: str, cls: Any) -> None:
    for language in LANGUAGES:
        page = written(language)
        start = page.index(f'<a id="{home}-{cls.name()}">')
        part = page[start : page.find("### ", start)]
        named = catalogue(language)
        key = f"rules.{home}.{cls.name().replace('-', '_')}"
        for what in ("about", "kept", "broken"):
            assert named[f"{key}.{what}"] in part
        assert named["rules.doc.said"] in part, "the broken example breaks nothing"
        assert (cls.clause or named.get(f"{key}.source") or named["rules.doc.none"]) in part


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_first_table_says_of_every_rule_whether_it_holds(language: str) -> None:
    named = catalogue(language)
    rows = {line.split(" | ")[0].strip("| "): line for line in written(language).splitlines() if line.startswith("| ")}
    for home, cls in RULES:
        rule = cls()
        held = "off" if not cls.by_default else "must" if rule.soft is None else "priced" if rule.soft else "warns"
        links = [row for row, line in rows.items() if f"(#{home}-{cls.name()})" in line]
        assert links == [named[f"rules.doc.held.{held}"]], (home, cls)


def test_no_rule_that_is_gone_is_told() -> None:
    told = {".".join(key.split(".")[1:3]) for key in catalogue("en") if key.startswith("rules.")}
    known = {f"{home}.{cls.name().replace('-', '_')}" for home, cls in RULES}
    assert {name for name in told if not name.startswith("doc.")} == known
