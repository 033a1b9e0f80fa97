"""Sound files of every kind that is read, for the fuzz run to spoil."""

from __future__ import annotations

import gzip
import importlib.util
import json
from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from cloudplan.intake.survey.form import write_form
from tests.intake.books import load, machine, reports
from tests.intake.formats.aws_test import TITLES as AWS
from tests.intake.formats.azure_csv_test import TITLES as AZURE
from tests.intake.formats.azure_csv_test import server
from tests.intake.formats.bitbrains_test import META, row
from tests.intake.formats.files import write_csv
from tests.intake.formats.google_test import PERF, VM, sample, vm
from tests.intake.formats.gwa_test import MATERNA, RAW, raw
from tests.intake.formats.netbox_test import record
from tests.intake.formats.planetlab_test import TITLES as DAY
from tests.intake.formats.planetlab_test import day
from tests.intake.formats.rvtools_test import HOST, INFO, host
from tests.intake.formats.rvtools_test import vm as guest
from tests.intake.survey_test import dirty_book

CSV = """资产编号,设备名称,机房,总核数,线程数,CPU架构,内存(GB),U数,状态,购置日期
A-1,甲,一楼,16,32,x86,16G*8,2,在用,2018.6
合计,,,16,,,,,,
"""
PLAIN = """名称,核数,内存
甲,16,16G*8
"""


def survey_seeds(folder: Path) -> list[tuple[str, bytes]]:
    """Forms as people send them, by the names of their files."""
    write_form(folder / "form.xlsx", "水利局")
    dirty_book(folder / "dirty.xlsx")
    return [
        ("form.xlsx", (folder / "form.xlsx").read_bytes()),
        ("dirty.xlsx", (folder / "dirty.xlsx").read_bytes()),
        ("utf8.csv", CSV.encode("utf-8-sig")),
        ("gb.csv", CSV.encode("gb18030")),
        ("utf16.csv", (CSV * 50).encode("utf-16")),
    ]


def foreign_seeds(folder: Path) -> list[tuple[str, bytes]]:
    """Exports of every format, by the names of their files."""
    return [(path.name, path.read_bytes()) for path in _exports(folder)]


def _exports(folder: Path) -> Iterator[Path]:
    yield from reports(folder, [machine("a"), machine("b", **{"Power Stats": "OFF"})], [load("a"), load("b")])
    yield write_csv(folder / "azure.csv", AZURE, server("web01"), server("web02"))
    yield write_csv(folder / "aws.csv", AWS, {"ExternalId": "e1", "HostName": "db01", "RAM.TotalSizeInMB": 16384})
    yield write_csv(folder / "google-vm.csv", VM, vm("a"), vm("b"))
    yield write_csv(folder / "google-perf.csv", PERF, *(sample("a", f"2026-03-01 {n:02d}:00", n) for n in range(24)))
    yield write_csv(folder / "rvtools.csv", INFO, guest("a"), guest("b", Template="True"))
    book = folder / "rvtools.xlsx"
    with pd.ExcelWriter(book) as writer:
        pd.DataFrame([guest("a"), guest("b")], columns=INFO).to_excel(writer, sheet_name="vInfo", index=False)
        pd.DataFrame([host("esx1.gov.lan")], columns=HOST).to_excel(writer, sheet_name="vHost", index=False)
    yield book
    devices = [
        record("dcim.site", 1, name="s", slug="s"),
        record("dcim.rack", 1, name="k", site=1, u_height=42),
        record("virtualization.virtualmachine", 1, name="v", vcpus="2.00", memory=4096, disk=20, status="active"),
    ]
    text = json.dumps(devices).encode()
    for name, packed in (("netbox.json", text), ("netbox.json.gz", gzip.compress(text))):
        (folder / name).write_bytes(packed)
        yield folder / name
    for name, titles, rows, join in (
        ("gwa.csv", RAW, [raw(str(1376314846 + 300 * n)) for n in range(20)], ";\t"),
        ("materna.csv", MATERNA, [[f"31.12.2015 {n:02d}:00:00", *["1,5"] * 12] for n in range(20)], ";"),
    ):
        (folder / name).write_text("\n".join(join.join(line) for line in (titles, *rows)), "utf-8")
        yield folder / name
    yield write_csv(folder / "20110303.csv", DAY, day("a"), day("b"))
    (folder / "series.csv").write_text(
        "虚拟机,采集时间,CPU利用率\n" + "".join(f"甲,2026-03-01 {n:02d}:00,{n}\n" for n in range(24)), "utf-8"
    )
    yield folder / "series.csv"
    (folder / "plain.csv").write_text(PLAIN, "gb18030")
    yield folder / "plain.csv"
    if importlib.util.find_spec("pyarrow") is not None:
        pd.DataFrame([row(5 * n, 100.0 + n) for n in range(50)]).to_parquet(folder / "trace.parquet")
        META.to_parquet(folder / "meta.parquet")
        series = {"vm": "a", "time": pd.date_range("2026-03-01", periods=48, freq="h"), "cpu %": 10.0}
        pd.DataFrame(series).to_parquet(folder / "series.parquet")
        yield from (folder / f"{name}.parquet" for name in ("trace", "meta", "series"))
