"""The report as one offline page: everything inline, no request to anywhere, the same bytes every time."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Any

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from cloudplan import i18n
from cloudplan.bundle import Plan
from cloudplan.report.charts.theme import svg
from cloudplan.report.section import Figure, View
from cloudplan.report.sections import sections_of


def write_html(plan: Plan, path: Path, language: str = i18n.DEFAULT) -> None:
    """Write the report of a plan as one HTML file.

    The page holds its style, script and pictures; nothing is loaded from elsewhere. All words that come from the plan
    are escaped. The same plan gives the same bytes.

    Parameters
    ----------
    plan
        The plan.
    path
        The file to write; its folder must exist.
    language
        ``"zh-CN"`` or ``"en"``.

    Raises
    ------
    ValueError
        If there is no catalogue of that language.
    OSError
        If the file can't be written.
    """
    Path(path).write_bytes(page(plan, language).encode("utf-8"))


def page(plan: Plan, language: str = i18n.DEFAULT) -> str:
    """Make the page's text; see :func:`write_html`."""
    view = View(plan, language)
    environment = Environment(
        loader=FunctionLoader(_source), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.get_template("page.html.j2").render(
        language=language,
        title=view.title,
        subtitle=view.subtitle,
        sections=sections_of(view),
        draw=_draw,
        say=view.say,
        style=Markup(_source("page.css")),  # ours, not the plan's
        words=_words(view),
        made=str(plan.facts.get("cloudplan", "")),
    )


def _source(name: str) -> str:
    return files(__package__).joinpath(name).read_text("utf-8")


def _draw(figure: Figure) -> Markup:
    return Markup(svg(figure.draw(), figure.figure))  # the renderer escapes what it writes


def _words(view: View) -> dict[str, Any]:
    return {"filter": view.say("page.filter"), "shown": view.say("page.shown")}
