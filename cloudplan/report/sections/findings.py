"""What the checks and stages had to say."""

from __future__ import annotations

from collections import Counter

from cloudplan import i18n
from cloudplan.findings import Severity
from cloudplan.report.section import Cell, Section, View


def section(view: View) -> Section:
    """Write the findings, the gravest first."""
    found = sorted(view.plan.findings, key=lambda f: (-f.severity, f.message, f.subject))
    counts = Counter(f.severity for f in found)
    headline = (
        view.say("findings.headline", **{s.name.lower(): counts.get(s, 0) for s in Severity})
        if found
        else view.say("findings.none")
    )
    rows: list[tuple[Cell, ...]] = [
        (
            view.say(f"severity.{f.severity.name.lower()}"),
            f.subject or view.dash,
            (i18n.words(f, view.language), i18n.cure(f, view.language)),
            f.check,
            str(f.place) if f.place else view.dash,
        )
        for f in found
    ]
    tables = (view.table("findings", rows, folded=len(rows) > 15, short=len(rows) <= 40),) if rows else ()
    return Section("findings", view.say("findings.title"), headline, tables=tables)
