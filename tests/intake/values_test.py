"""Cells as people write them: each kind of dirt is read by a rule that says so, or left as it stands."""

from __future__ import annotations

import datetime as dt

import pytest

from cloudplan.i18n import LANGUAGES, catalogue
from cloudplan.intake.grid import Cell
from cloudplan.intake.values import RULES, processors, read_cell
from cloudplan.inventory.cells import parse
from cloudplan.inventory.schema import schema

READ: list[tuple[str, Cell, str, str]] = [
    # column, cell, canonical text, rule
    ("servers.cores", "１６", "16", ""),
    ("servers.cores", " 16 ", "16", ""),
    ("servers.cores", 16.0, "16", ""),
    ("servers.cores", "16核", "16", "amount"),
    ("servers.cores", "8 核", "8", "amount"),
    ("servers.sockets", "2路", "2", "amount"),
    ("servers.sockets", "双路", "2", "amount"),
    ("servers.sockets", "四路", "4", "amount"),
    ("servers.sockets", "2颗", "2", "amount"),
    ("servers.cores", "约20", "20", "about"),
    ("systems.users", "1,024", "1024", "grouped-digits"),
    ("systems.users", "1.5万", "15000", "amount"),
    ("servers.memory_gib", "128G", "128", "amount"),
    ("servers.memory_gib", "128 GB", "128", "amount"),
    ("servers.memory_gib", "16G*8", "128", "amount"),
    ("servers.memory_gib", "8×16GB", "128", "amount"),
    ("servers.memory_gib", "16G*8根", "128", "amount"),
    ("servers.memory_gib", "16G*8+32G*2", "192", "amount"),
    ("servers.memory_gib", "１２８ＧＢ", "128", "amount"),
    ("servers.memory_gib", "512M", "0.5", "amount"),
    ("servers.storage_gib", "300G SAS×3", "900", "amount"),
    ("servers.storage_gib", "1.2T", "1228.8", "amount"),
    ("servers.storage_gib", "2*1.2TB+4*600GB", "4857.6", "amount"),
    ("servers.nameplate_w", "0.8kW", "800", "amount"),
    ("servers.nameplate_w", "750瓦", "750", "amount"),
    ("servers.price_yuan", "12.5万元", "125000", "amount"),
    ("servers.price_yuan", "¥12,000", "12000", "amount"),
    ("devices.throughput_mbps", "千兆", "1000", "amount"),
    ("devices.throughput_mbps", "10Gbps", "10000", "amount"),
    ("systems.max_outage_minutes", "2小时", "120", "amount"),
    ("systems.rto_hours", "30分钟", "0.5", "amount"),
    ("usage.avg_pct", "80%", "80", "amount"),
    ("systems.level", "三级", "3", "protection-level"),
    ("systems.level", "第二级", "2", "protection-level"),
    ("systems.level", "S3A2", "3", "protection-level"),
    ("systems.level", "二级（未备案）", "2", "level-remark"),
    ("systems.level", "第三级，已备案", "3", "level-remark"),
    ("systems.level", "2级（2019年备案）", "2", "level-remark"),
    ("systems.level", "三级已定级", "3", "level-remark"),
    ("servers.cores", "#REF!", "", "error-value"),
    ("servers.arch", "#n/a", "", "error-value"),
    ("systems.classified", "#VALUE!", "", "error-value"),
    ("servers.bought_on", "2018.6", "2018-06-01", "month-only"),
    ("servers.bought_on", 2018.6, "2018-06-01", "month-only"),
    ("servers.bought_on", "2018年6月", "2018-06-01", "month-only"),
    ("servers.bought_on", "2018年6月5日", "2018-06-05", "date"),
    ("servers.bought_on", "2018.06.05", "2018-06-05", "date"),
    ("servers.bought_on", "20180605", "2018-06-05", "date"),
    ("servers.bought_on", "43252", "2018-06-01", "day-number"),
    ("servers.bought_on", 43252.0, "2018-06-01", "day-number"),
    ("servers.bought_on", "2018年", "2018-01-01", "year-only"),
    ("servers.bought_on", dt.datetime(2018, 6, 5), "2018-06-05", ""),
    ("servers.bought_on", "无", "", "blank"),
    ("servers.warranty_until", "—", "", "blank"),
    ("servers.memory_gib", "不详", "", "blank"),
    ("servers.rack", "/", "", "blank"),
    ("systems.classified", "是", "true", "yes-no"),
    ("systems.classified", "否", "false", "yes-no"),
    ("systems.classified", "无", "false", "yes-no"),
    ("systems.classified", "√", "true", "yes-no"),
    ("systems.classified", 0.0, "false", "yes-no"),
    ("systems.classified", "不详", "", "blank"),
    ("systems.special_hardware", "无", "none", "label"),
    ("servers.arch", "Intel", "x86", "synonym"),
    ("servers.arch", "鲲鹏", "arm", "synonym"),
    ("servers.arch", "ＡＲＭ", "arm", "label"),
    ("servers.state", "使用中", "running", "synonym"),
    ("systems.owner_level", "旗县级", "banner", "synonym"),
    ("systems.hours", "7*24小时", "7x24", "synonym"),
    ("systems.approval_state", "已报待批复", "pending", "synonym"),
    ("systems.approval_state", "已行文，未批复", "pending", "synonym"),
    ("systems.approval_state", "原则同意", "in_principle", "synonym"),
    ("systems.approval_state", "口头同意", "in_principle", "synonym"),
    ("systems.approval_state", "上级已批复", "approved", "synonym"),
    ("systems.approval_state", "不同意", "refused", "synonym"),
    ("systems.approval_state", "未申请", "not_applied", "label"),
    ("servers.ips", "10.1.1.1、10.1.1.2", "10.1.1.1;10.1.1.2", "list"),
    ("servers.ips", "10.1.1.1\n10.1.1.2", "10.1.1.1;10.1.1.2", "list"),
    ("rooms.floor_area_m2", "４０㎡", "40", "amount"),
    ("rooms.floor_area_m2", "40 m²", "40", "amount"),
    ("servers.ips", "10.1.1.1/24", "10.1.1.1/24", ""),
    ("servers.ips", "10.1.1.2/255.255.255.0", "10.1.1.2/24", "list"),
    ("servers.ips", "10.1.1.2/255.255.255.0/10.1.1.254", "10.1.1.2/24", "list"),
    ("servers.ips", "10.1.1.2 / 255.255.254.0", "10.1.1.2/23", "list"),
    ("servers.ips", "10.1.1.1/10.1.1.2", "10.1.1.1;10.1.1.2", "list"),
    ("servers.ips", "fe80::1/64", "fe80::1/64", ""),
    ("servers.arch", "鲲鹏920", "arm", "synonym"),
    ("systems.classified", "/", "false", "yes-no"),
    ("servers.ips", "10.1.1.1 10.1.1.2", "10.1.1.1;10.1.1.2", "list"),
    ("servers.server", 123.0, "123", ""),
    ("servers.server", "\u200bＡ１２ ", "A12", "tidy"),
    ("servers.name", "水利局（二期）\u200b", "水利局（二期）", "tidy"),
    ("servers.name", "=1+1", "=1+1", ""),
]
LEFT: list[tuple[str, Cell]] = [
    ("servers.cores", "很多"),
    ("servers.memory_gib", "16G*8*2*3"),
    ("servers.memory_gib", "16核"),
    ("servers.memory_gib", "见附件"),
    ("servers.bought_on", "2018.13"),
    ("servers.bought_on", "前年"),
    ("servers.arch", "量子"),
    ("systems.max_outage_minutes", "半小时左右吧"),
    ("systems.classified", "可能"),
    ("systems.level", "二级或三级"),
    ("systems.level", "二级(拟升三级)"),
]


def column(name: str):
    table, _, column = name.partition(".")
    return schema().tables[table].by_name[column]


@pytest.mark.parametrize(("name", "cell", "text", "rule"), READ, ids=lambda value: repr(value)[:24])
def test_each_kind_is_read_by_its_rule_and_accepted(name: str, cell: Cell, text: str, rule: str) -> None:
    reading = read_cell(column(name), cell)
    assert (reading.text, reading.rule) == (text, rule)
    assert reading.doubt is (rule in ("about", "month-only", "year-only", "level-remark", "error-value"))
    if text:
        assert parse(column(name), [text], schema().vocabularies)[1] == []


@pytest.mark.parametrize(("name", "cell"), LEFT, ids=lambda value: repr(value)[:24])
def test_what_no_rule_reads_is_left_for_the_inventory_to_refuse(name: str, cell: Cell) -> None:
    reading = read_cell(column(name), cell)
    assert (reading.text, reading.rule) == (cell, "")
    assert len(parse(column(name), [reading.text], schema().vocabularies)[1]) == 1


def test_there_are_forty_kinds_and_more() -> None:
    assert len(READ) + len(LEFT) >= 40


def test_a_unit_of_the_heading_counts_unless_the_cell_has_its_own() -> None:
    storage = column("servers.storage_gib")
    assert read_cell(storage, "2", "TB").text == "2048"
    assert read_cell(storage, "600G*2", "TB").text == "1200"
    assert read_cell(storage, "3×2", "TB").text == "6144"


@pytest.mark.parametrize(
    ("text", "split"),
    [("E5-2620 v4*2", ("E5-2620 v4", 2)), ("2×E5-2620 v4", ("E5-2620 v4", 2)), ("鲲鹏920 x 2颗", ("鲲鹏920", 2)),
     ("E5-2620 v4", None), ("2*2", None)],
)  # fmt: skip
def test_processors_with_their_count(text: str, split: tuple[str, int] | None) -> None:
    assert processors(text) == split


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_rule_has_its_words(language: str) -> None:
    assert {f"intake.rule.{rule.replace('-', '_')}" for rule in (*RULES, "derived")} <= set(catalogue(language))
