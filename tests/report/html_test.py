"""The page: complete in both languages, offline, escaped, the same bytes every time, and alive in a browser."""

from __future__ import annotations

import dataclasses
import html
import json
import os
import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import NoReturn

import pandas as pd
import pytest

from cloudplan import i18n
from cloudplan.bundle import COLUMNS, Plan
from cloudplan.report.charts.theme import WIDTH
from cloudplan.report.html import _worded, breakable, page, tight, write_html
from cloudplan.report.section import Table, View
from cloudplan.report.sections import ORDER, sections_of

sys.path.insert(0, str(Path(__file__).parent))

from fake_plan import fake_plan

SECTIONS = [
    name for name in (module.__name__.rpartition(".")[2] for module in ORDER) if name != "changes"
]  # it follows none
EVIL = "</script></svg></title><img src=x onerror=alert(1)>\"'&{{ 7*7 }}"


class Seen(HTMLParser):
    """Collects tags with their attributes, and checks that every one that opens closes."""

    VOID = ("meta", "input", "img", "link", "br", "wbr")

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.fixture(scope="module", params=i18n.LANGUAGES)
def language(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def text(language: str) -> str:
    return page(fake_plan(), language)


def test_every_section_is_there_with_its_words(text: str, language: str) -> None:
    found = re.findall(r'<section id="([^"]+)">\s*<h2>([^<]+)</h2>\s*<p class="headline">([^<]+)</p>', text)
    assert [name for name, _, _ in found] == SECTIONS
    assert all(html.unescape(title) == i18n.say(f"report.{name}.title", language) for name, title, _ in found)
    assert all(headline.strip() for _, _, headline in found)
    assert f'<html lang="{language}">' in text


def test_every_figure_is_drawn_and_said(text: str) -> None:
    figures = re.findall(r"<figure>(.*?)</figure>", text, re.S)
    assert len(figures) == 11
    for figure in figures:
        assert re.search(r"<figcaption>[^<]+</figcaption>", figure)
        drawn = re.search(r"<svg.*</svg>", figure, re.S)
        assert drawn is not None
        assert "NaN" not in drawn[0]
        assert "undefined" not in drawn[0]


def test_nothing_is_asked_of_anywhere(text: str) -> None:
    assert "http:" not in text
    assert "https:" not in text
    for tag, attributes in Seen(text).tags:
        assert tag not in ("link", "img", "iframe", "object", "embed", "base", "image", "use")
        for name, value in attributes.items():
            assert name not in ("src", "srcset", "data", "action", "xlink:href"), (tag, name)
            assert not name.startswith("on"), (tag, name)
            if name == "href":
                assert (value or "").startswith("#")
    assert all(target.startswith("#") for target in re.findall(r"url\(([^)]*)\)", text))
    assert "@import" not in text


def test_ids_are_unique_and_links_lead_somewhere(text: str) -> None:
    tags = Seen(text).tags
    ids = [attributes["id"] for _, attributes in tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    targets = {(attributes["href"] or "")[1:] for tag, attributes in tags if tag == "a"}
    targets |= set(re.findall(r"url\(#([^)]+)\)", text))
    targets |= {attributes["data-table"] for _, attributes in tags if "data-table" in attributes}
    assert targets <= set(ids)


def test_the_same_plan_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_html(fake_plan(), tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_words_of_the_inventory_are_escaped() -> None:
    plan = fake_plan()
    tables = {
        name: frame.apply(lambda column: column.map(lambda cell: f"{cell}{EVIL}" if column.name in NAMED else cell))
        for name, frame in plan.tables.items()
    }
    inventory = dataclasses.replace(
        plan.inventory,
        tables={
            name: frame.assign(**{c: EVIL for c in ("name", "short_name", "name_en", "superior") if c in frame})
            for name, frame in plan.inventory.tables.items()
        },
    )
    scenario = plan.scenario.model_copy(update={"title": {"zh-CN": EVIL}})
    text = page(Plan(plan.facts, scenario, inventory, tables, plan.findings))
    seen = Seen(text)
    assert not [tag for tag, _ in seen.tags if tag == "img"]
    assert not [name for _, attributes in seen.tags for name in attributes if name.startswith("on")]
    assert sum(tag == "script" for tag, _ in seen.tags) == 1
    assert text.count("<img") == 0
    assert "&lt;img src=x" in text


NAMED = ("name", "reason", "why_not", "host", "host_type", "protocol", "source")


def test_a_plan_in_which_nothing_happens_still_reads(language: str) -> None:
    plan = fake_plan()
    tables = {name: pd.DataFrame(columns=list(columns), dtype=object) for name, columns in COLUMNS.items()}
    inventory = dataclasses.replace(plan.inventory, tables={n: f.iloc[:0] for n, f in plan.inventory.tables.items()})
    text = page(Plan({"status": "feasible"}, plan.scenario, inventory, tables), language)
    assert re.findall(r'<section id="([^"]+)">', text) == SECTIONS
    assert i18n.say("report.status.feasible", language) in text


def test_a_language_without_a_catalogue_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no catalogue"):
        write_html(fake_plan(), tmp_path / "x.html", "fr")


def test_invented_prices_and_the_bound_are_said(text: str, language: str) -> None:
    view = View(fake_plan(), language)
    assert view.basis("invented") in text
    assert view.say("trust.prices_label") in text
    assert view.money(view.plan.facts["bound"]) in text


PROBE = """<script>
const faults = [];
addEventListener("error", (event) => faults.push(event.message));
addEventListener("securitypolicyviolation", (event) => faults.push(event.violatedDirective + " " + event.blockedURI));
addEventListener("load", () => {
  const box = document.querySelector("input[data-table=table-hosts]");
  box.value = "P-ARM-2";
  box.dispatchEvent(new Event("input"));
  const shown = [...document.getElementById("table-hosts").tBodies[0].rows].filter((row) => !row.hidden).length;
  const wide = document.documentElement.scrollWidth > innerWidth;
  const cut = [...document.querySelectorAll(".picture svg")].filter((svg) => {
    const frame = svg.getBoundingClientRect();
    return [...svg.querySelectorAll("text")].some((words) => {
      const box = words.getBoundingClientRect();
      return box.width && (box.left < frame.left - 1 || box.right > frame.right + 1 || box.top < frame.top - 3
        || box.bottom > frame.bottom + 3);
    });
  }).map((svg) => svg.closest("figure").textContent.slice(0, 40));
  const loaded = performance.getEntriesByType("resource").length;
  document.title = JSON.stringify({ faults, loaded, shown, wide, cut });
});
</script>"""


def _not_opened(why: str) -> NoReturn:
    """Skip, but not in CI: there a browser has to be."""
    if os.environ.get("CI") == "true":
        pytest.fail(why)
    pytest.skip(why)


def test_the_page_lives_in_a_browser_from_disk_without_a_request(text: str, tmp_path: Path) -> None:
    names = ("chromium", "chromium-browser", "google-chrome")
    browser = next((found for name in names if (found := shutil.which(name))), None)
    if browser is None:
        _not_opened("no chromium on this machine: the page isn't opened in a browser")
    path = tmp_path / "report.html"
    path.write_text(text.replace("<head>", f"<head>{PROBE}", 1), encoding="utf-8")
    options = (
        "--headless --no-sandbox --disable-gpu --no-first-run --disable-background-networking "
        # the page has as long as it needs, however busy the machine is
        "--disable-component-update --virtual-time-budget=20000 "
        f"--disable-sync --enable-logging=stderr --window-size=1280,1000 --dump-dom --user-data-dir={tmp_path / 'p'}"
    )
    run = subprocess.run(
        [browser, *options.split(), path.as_uri()], capture_output=True, text=True, timeout=120, check=False
    )
    if "<title>" not in run.stdout:
        _not_opened(f"chromium doesn't start on this machine: {run.stderr[-300:]}")
    title = re.search(r"<title>(.*?)</title>", run.stdout)
    assert title is not None
    found = json.loads(html.unescape(title[1]))
    assert found == {"faults": [], "loaded": 0, "shown": 1, "wide": False, "cut": []}
    assert "CONSOLE" not in run.stderr


def test_a_folded_table_is_printed() -> None:
    style = re.search(r"@media print \{(.*)\n\}", page(fake_plan()), re.S)
    assert style is not None
    assert "details::details-content { content-visibility: visible" in style[1]
    assert not re.search(r"details(:not\(\[open\]\))? *\{[^}]*display: none", style[1])
    assert "tr[hidden] { display: table-row; }" in style[1]


def test_every_long_table_is_folded() -> None:
    tables = [table for section in sections_of(View(fake_plan(), "zh-CN")) for table in section.tables]
    assert any(table.folded for table in tables)
    assert [table.table for table in tables if len(table.rows) > 15 and not table.folded] == []


def test_short_columns_beside_a_long_one_keep_to_one_line() -> None:
    rows = (("公安局", "短", "很长的原因" * 40), ("生态环境分局", ("短", "R01"), "—"))
    assert tight(Table("t", "", ("部门", "机房", "原因"), rows)) == {0, 1}
    assert tight(Table("t", "", ("甲", "乙"), (("长" * 40, "长" * 30),))) == {1}


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("inventory/usage.csv:153:samples", "inventory/<wbr>usage.csv:<wbr>153:samples"),
        ("city_vcpu", "city_<wbr>vcpu"),
        ("2026-09-11 20:00", "2026-09-11 20:00"),
        ("元/vCPU", "元/vCPU"),
        ("a/<b>", "a/&lt;b&gt;"),
        ("a_b<c_d", "a_<wbr>b&lt;c_<wbr>d"),
    ],
)
def test_ids_and_places_break_between_their_parts(text: str, parts: str) -> None:
    assert str(breakable(text)) == parts


def test_words_in_a_column_of_numbers_may_break_and_figures_may_not() -> None:
    style = page(fake_plan())
    assert "td.words { white-space: normal; }" in style
    assert _worded("the pool, colocation in the centre, the superior's platform")
    assert not _worded("−2.23 million yuan")
    assert not _worded(("10.1% – 19.9%", "a second line however long" * 9))


def test_no_picture_is_so_wide_that_the_page_shrinks_it(text: str) -> None:
    widths = [float(width) for width in re.findall(r'<svg[^>]* viewBox="0 0 ([\d.]+) ', text)]
    assert len(widths) > 5
    assert max(widths) <= WIDTH + 10
