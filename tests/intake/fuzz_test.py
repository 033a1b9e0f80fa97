"""Mutated files end in a result or a finding, never in a traceback; a slice of the run that ``COUNT`` makes long.

``CLOUDPLAN_FUZZ=20000 python -m pytest tests/intake/fuzz_test.py`` is the whole run.
"""

from __future__ import annotations

import gzip
import os
import random
import resource
import zipfile
from collections import Counter
from collections.abc import Callable, Sequence
from io import BytesIO
from pathlib import Path

import pytest

from cloudplan.findings import Finding
from cloudplan.i18n import words
from cloudplan.intake.decisions import Decisions
from cloudplan.intake.grid import GZIPPED
from cloudplan.intake.mapping_columns import read_columns
from cloudplan.intake.merge import merge
from cloudplan.intake.recognise import read_foreign
from cloudplan.intake.survey.read import read_survey
from cloudplan.intake.usage import measure
from tests.intake.books import mapping, write_mapping
from tests.intake.fuzz_seeds import foreign_seeds, survey_seeds

COUNT = int(os.environ.get("CLOUDPLAN_FUZZ", "300"))
MOST_SECONDS = 20.0


@pytest.fixture(scope="module")
def seeds(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[str, bytes]]:
    return survey_seeds(tmp_path_factory.mktemp("forms"))


@pytest.fixture(scope="module")
def exports(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[str, bytes]]:
    return foreign_seeds(tmp_path_factory.mktemp("exports"))


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


def inside(change: Callable[[random.Random, bytes], bytes], rng: random.Random, raw: bytes) -> bytes:
    """Change what gzip packed, now and then, and pack it soundly again."""
    if raw.startswith(GZIPPED) and rng.random() < 0.7:
        return gzip.compress(change(rng, gzip.decompress(raw)))
    return change(rng, raw)


def spoil(
    seeds: list[tuple[str, bytes]], folder: Path, read: Callable[[Path], tuple[bool, Sequence[Finding]]]
) -> Counter[str]:
    """Spoil files one after the other and read each; give how they ended."""
    rng = random.Random(1)
    ends: Counter[str] = Counter()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    slowest = 0.0
    for number in range(COUNT):
        name, raw = seeds[number % len(seeds)]
        change = rng.choice(RARE) if number % 60 == 59 else rng.choice(MUTATIONS)
        path = folder / name
        path.write_bytes(inside(change, rng, raw))
        started = resource.getrusage(resource.RUSAGE_SELF).ru_utime
        found, findings = read(path)
        used = resource.getrusage(resource.RUSAGE_SELF).ru_utime - started
        slowest = max(slowest, used)
        assert used < MOST_SECONDS, (change.__name__, number, name)
        assert found or findings, (change.__name__, number, name)
        assert all(words(finding, "zh-CN") for finding in findings)
        ends["read" if found else "refused"] += 1
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    print(f"{COUNT} files: {dict(ends)}; slowest {slowest:.1f} s; {grown / 2**10:.0f} MiB more")
    assert grown < 2**20, f"{grown / 2**10:.0f} MiB more"
    return ends


def test_no_mutated_form_ends_in_a_traceback(seeds: list[tuple[str, bytes]], tmp_path: Path) -> None:
    def read(path: Path) -> tuple[bool, Sequence[Finding]]:
        survey = read_survey([path])
        return bool(survey.sheets), survey.findings

    ends = spoil(seeds, tmp_path, read)
    assert min(ends["read"], ends["refused"]) > COUNT / 20


def test_no_mutated_export_ends_in_a_traceback(exports: list[tuple[str, bytes]], tmp_path: Path) -> None:
    content = mapping() | {"columns": {"plain.csv": {"名称": "name", "核数": "cores", "内存": "memory"}}}
    columns = read_columns(write_mapping(tmp_path, content))

    def read(path: Path) -> tuple[bool, Sequence[Finding]]:
        reads, known, findings = read_foreign([path], columns)
        merge([m for each in reads for m in each.machines], [str(path)], Decisions())
        measure([m for each in reads for m in each.machines], [one for each in reads for one in each.series])
        return bool(known), findings

    ends = spoil(exports, tmp_path, read)
    assert min(ends["read"], ends["refused"]) > COUNT / 20
