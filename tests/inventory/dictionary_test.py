"""The data dictionary in docs/ is what the schema says today."""

from __future__ import annotations

from pathlib import Path

import pytest

from cloudplan.inventory.dictionary import PAGES, dictionary
from cloudplan.inventory.schema import schema

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize("language", PAGES)
def test_page_is_fresh(language) -> None:
    said = (DOCS / PAGES[language]).read_text("utf-8")
    assert said == dictionary(language), "run python -m cloudplan.inventory.dictionary docs"


def test_every_column_is_on_the_page() -> None:
    page = dictionary("zh-CN")
    for table in schema().tables.values():
        for column in table.columns:
            if table.repeat is None or column.name not in table.repeat.names:
                assert f"| `{column.name}` | {column.headings['zh-CN']} |" in page
