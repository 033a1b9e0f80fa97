"""The schema holds together, and every word in it can be told apart from the others of its table."""

from __future__ import annotations

import pytest

from cloudplan.inventory.schema import REQUIRED_TABLES, folded, schema

TABLES = schema().tables.values()


def test_tables_are_those_of_the_issue() -> None:
    assert set(REQUIRED_TABLES) < set(schema().tables)
    assert len(schema().tables) == 21


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_a_table_is_consistent(table) -> None:
    assert all(key in table.by_name and table.by_name[key].required for key in table.key)
    assert len(table.by_name) == len(table.columns)
    for column in table.columns:
        assert (column.references in schema().tables) == (column.references is not None)
        assert (column.values in schema().vocabularies) == (column.type in ("choice", "choices"))
        assert column.about["zh-CN"]
        assert column.about["en"]
        if column.references is not None:
            assert len(schema().tables[column.references].key) == 1


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_every_heading_means_one_column(table) -> None:
    for column in table.columns:
        for heading in (column.name, *column.headings.values()):
            assert table.accepted[folded(heading)] == column.name


@pytest.mark.parametrize("vocabulary", schema().vocabularies.values(), ids=lambda vocabulary: vocabulary.name)
def test_every_label_means_one_code(vocabulary) -> None:
    for code, labels in vocabulary.labels.items():
        for word in (code, *labels.values()):
            assert vocabulary.accepted[folded(word)] == code


def test_numbered_columns_come_last() -> None:
    usage = schema().tables["usage"]
    assert usage.columns[-1].name == "h167"
    assert usage.columns[-168].name == "h000"
    assert usage.by_name["h009"].headings["zh-CN"] == "周内第9小时P95"
