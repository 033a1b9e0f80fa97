"""Mutated files end in a result or a finding, never in a traceback; a slice of the run that ``COUNT`` makes long.

``CLOUDPLAN_FUZZ=20000 python -m pytest tests/intake/fuzz_test.py`` is the whole run.
"""

from __future__ import annotations

import os
import random
import resource
import zipfile
from collections import Counter
from io import BytesIO
from pathlib import Path

import pytest

from cloudplan.i18n import words
from cloudplan.intake.survey.form import write_form
from cloudplan.intake.survey.read import read_survey
from tests.intake.survey_test import dirty_book

COUNT = int(os.environ.get("CLOUDPLAN_FUZZ", "300"))
MOST_SECONDS = 20.0
CSV = """资产编号,设备名称,机房,总核数,线程数,CPU架构,内存(GB),U数,状态,购置日期
A-1,甲,一楼,16,32,x86,16G*8,2,在用,2018.6
合计,,,16,,,,,,
"""


@pytest.fixture(scope="module")
def seeds(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[str, bytes]]:
    folder = tmp_path_factory.mktemp("seeds")
    write_form(folder / "form.xlsx", "水利局")
    dirty_book(folder / "dirty.xlsx")
    return [
        (".xlsx", (folder / "form.xlsx").read_bytes()),
        (".xlsx", (folder / "dirty.xlsx").read_bytes()),
        (".csv", CSV.encode("utf-8-sig")),
        (".csv", CSV.encode("gb18030")),
        (".csv", (CSV * 50).encode("utf-16")),
    ]


def parts_of(raw: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(BytesIO(raw)) as packed:
        return {name: packed.read(name) for name in packed.namelist()}


def packed_of(parts: dict[str, bytes]) -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, part in parts.items():
            packed.writestr(name, part)
    return out.getvalue()


def truncated(rng: random.Random, raw: bytes) -> bytes:
    return raw[: rng.randrange(len(raw) + 1)]


def flipped(rng: random.Random, raw: bytes) -> bytes:
    changed = bytearray(raw)
    for _ in range(rng.randrange(1, 12)):
        changed[rng.randrange(len(changed))] = rng.randrange(256)
    return bytes(changed)


def with_nul(rng: random.Random, raw: bytes) -> bytes:
    at = rng.randrange(len(raw))
    return raw[:at] + b"\0" * rng.randrange(1, 5) + raw[at:]


def repeated(rng: random.Random, raw: bytes) -> bytes:
    a, b = sorted((rng.randrange(len(raw)), rng.randrange(len(raw))))
    return raw[:b] + raw[a:b] * rng.randrange(1, 4) + raw[b:]


def in_a_part(rng: random.Random, raw: bytes) -> bytes:
    """Change the inside of a workbook, and pack it soundly again."""
    if not raw.startswith(b"PK"):
        return flipped(rng, raw)
    parts = parts_of(raw)
    name = rng.choice(list(parts))
    change = rng.choice([truncated, flipped, with_nul, repeated])
    parts[name] = change(rng, parts[name]) if parts[name] else b"<"
    return packed_of(parts)


def without_a_part(rng: random.Random, raw: bytes) -> bytes:
    if not raw.startswith(b"PK"):
        return truncated(rng, raw)
    parts = parts_of(raw)
    del parts[rng.choice(list(parts))]
    return packed_of(parts)


def bomb(rng: random.Random, raw: bytes) -> bytes:
    """A part that unpacks into far more than it is."""
    parts = parts_of(raw) if raw.startswith(b"PK") else {"xl/worksheets/sheet1.xml": b""}
    name = rng.choice(list(parts))
    parts[name] = parts[name] + b" " * (rng.choice([4, 40]) * 2**20)
    return packed_of(parts)


def far_away(rng: random.Random, raw: bytes) -> bytes:
    """A sheet that holds little, and a cell at the far end."""
    if not raw.startswith(b"PK"):
        return raw + b"\n" * 200_000
    parts = parts_of(raw)
    for name in parts:
        if name.startswith("xl/worksheets/sheet"):
            at = rng.choice([b"C1048576", b"XFD9000", b"XFD1048576", b"ZZ200000"])
            row = at.lstrip(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ")
            cell = b'<row r="%s"><c r="%s" t="inlineStr"><is><t>end</t></is></c></row></sheetData>' % (row, at)
            parts[name] = parts[name].replace(b"</sheetData>", cell)
            break
    return packed_of(parts)


def injected(rng: random.Random, raw: bytes) -> bytes:
    evil = rng.choice([b"=cmd|' /C calc'!A0", b"+1+1", b"@SUM(A1)", b"-2+3", b"{{7*7}}", b"../../etc/passwd", b"%s%n"])
    if raw.startswith(b"PK"):
        parts = parts_of(raw)
        name = "xl/sharedStrings.xml"
        if name in parts:
            parts[name] = parts[name].replace("设备".encode(), evil.replace(b"'", b"&apos;"), 3)
        return packed_of(parts)
    return raw + evil + b"," + evil + b"\n"


MUTATIONS = (truncated, flipped, with_nul, repeated, in_a_part, in_a_part, in_a_part, without_a_part, injected)
RARE = (bomb, far_away)


def test_no_mutated_file_ends_in_a_traceback(seeds: list[tuple[str, bytes]], tmp_path: Path) -> None:
    rng = random.Random(1)
    ends: Counter[str] = Counter()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for number in range(COUNT):
        suffix, raw = seeds[number % len(seeds)]
        change = rng.choice(RARE) if number % 60 == 59 else rng.choice(MUTATIONS)
        path = tmp_path / f"file{suffix}"
        path.write_bytes(change(rng, raw))
        started = resource.getrusage(resource.RUSAGE_SELF).ru_utime
        survey = read_survey([path])
        used = resource.getrusage(resource.RUSAGE_SELF).ru_utime - started
        assert used < MOST_SECONDS, (change.__name__, number)
        assert survey.sheets or survey.findings, (change.__name__, number)
        assert all(words(finding, "zh-CN") for finding in survey.findings)
        ends["read" if survey.sheets else "refused"] += 1
    assert min(ends["read"], ends["refused"]) > COUNT / 20
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < 2**20, f"{grown / 2**10:.0f} MiB more"
