"""A census of 100,000 servers in one workbook, and 48 workbooks of departments, read beside openpyxl and pandas.

Target: 100,000 servers in under 15 s and 1.5 GiB, 48 workbooks in under 10 s. Each reader runs in a process of its own,
so that its memory is its own; the others only read cells, where this one also reads what they mean.
"""

from __future__ import annotations

import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import xlsxwriter

from cloudplan.inventory.schema import schema

COLUMNS = ("server", "department", "room", "name", "brand", "model", "serial", "form", "cpu_model", "sockets", "cores",
           "threads", "arch", "memory_gib", "storage_gib", "os", "ips", "bought_on", "state", "height_u")  # fmt: skip
SERVERS, BOOKS = 100_000, 48
READERS = {
    "cloudplan": "from cloudplan.intake.survey.read import read_survey\n"
    "found = read_survey([pathlib.Path(p) for p in sys.argv[1:]]).counts()['servers']",
    "cloudplan, files written": "import tempfile\n"
    "from cloudplan.intake.survey.result import census\n"
    "folder = pathlib.Path(tempfile.mkdtemp())\n"
    "files = [pathlib.Path(p) for p in sys.argv[1:]]\n"
    "result = census(files, folder / 'out', 'zh-CN', lambda message, values: None)\n"
    "found = result.survey.counts()['servers']\n"
    "__import__('shutil').rmtree(folder)",
    "openpyxl (read-only)": "import openpyxl\n"
    "found = sum(1 for p in sys.argv[1:] for _ in openpyxl.load_workbook(p, read_only=True).active.values) - {books}",
    "pandas (calamine)": "import pandas\n"
    "found = sum(len(pandas.read_excel(p, engine='calamine', dtype=str)) for p in sys.argv[1:])",
}


def write(path: Path, first: int, count: int) -> None:
    """Write servers as a department would, with units and shorthand in some cells."""
    table, draw = schema().tables["servers"], random.Random(first)
    with xlsxwriter.Workbook(str(path), {"constant_memory": True}) as book:
        sheet = book.add_worksheet(table.titles["zh-CN"])
        for at, name in enumerate(COLUMNS):
            sheet.write_string(0, at, table.by_name[name].headings["zh-CN"])
        for row in range(1, count + 1):
            n = first + row
            cells = (f"S{n}", f"D{n % BOOKS}", f"R{n % 60}", f"srv-{n}", "H3C", "R4900", f"SN{n}", "rack",
                     "E5-2620 v4*2",
                     2, "16核", 32, "x86", draw.choice(("16G*8", "128G", 256)), "1.2T*4", "Linux",
                     f"10.{n % 250}.{n % 199}.{n % 211}", "2018-06-05", "在用", 2)  # fmt: skip
            for at, cell in enumerate(cells):
                sheet.write(row, at, cell)


def run(name: str, files: list[Path], wanted: int) -> tuple[float, float]:
    """Seconds and MiB of one reader in a process of its own."""
    code = f"import pathlib, resource, sys\n{READERS[name].replace('{books}', str(len(files)))}\n"
    code += f"assert found == {wanted}, found\nprint(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10)"
    started = time.perf_counter()
    done = subprocess.run([sys.executable, "-c", code, *map(str, files)], check=True, capture_output=True, text=True)
    return time.perf_counter() - started, float(done.stdout)


def main() -> None:
    print(f"{resource.getpagesize()} bytes a page; {len(COLUMNS)} columns")
    with tempfile.TemporaryDirectory() as folder:
        one = [Path(folder) / "census.xlsx"]
        write(one[0], 0, SERVERS)
        many = [Path(folder) / f"department-{n:02d}.xlsx" for n in range(BOOKS)]
        for n, path in enumerate(many):
            write(path, n * 600, 600)
        for title, files, count in (("one workbook", one, SERVERS), (f"{BOOKS} workbooks", many, BOOKS * 600)):
            ours = None
            for name in READERS:
                seconds, mib = run(name, files, count)
                ours = seconds if ours is None else ours
                print(
                    f"{title:14} {count:7,} servers  {name:24} {seconds:6.1f} s {mib:6.0f} MiB  {seconds / ours:5.2f}"
                )


if __name__ == "__main__":
    main()
