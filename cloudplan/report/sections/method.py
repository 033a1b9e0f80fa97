"""Terms, how the figures are reckoned and where that is written, and what the plan was made from."""

from __future__ import annotations

from cloudplan.report import numbers
from cloudplan.report.section import Cell, Section, View

TERMS = ("p95", "interval", "measured", "bound", "spare", "disposition", "wave", "yearly", "pue", "conduit")


def section(view: View) -> Section:
    """Write the glossary and the plan's provenance."""
    facts = view.plan.facts
    terms: list[tuple[Cell, ...]] = [(view.say(f"term.{name}"), view.say(f"term.{name}_means")) for name in TERMS]
    made: list[tuple[Cell, ...]] = [
        (view.say("made.version"), str(facts.get("cloudplan", view.dash))),
        (view.say("made.scenario"), view.plan.scenario.name),
        (view.say("made.today"), str(view.plan.scenario.today)),
        (view.say("made.seed"), str(facts.get("seed", view.dash))),
        (
            view.say("made.status"),
            view.word(f"report.status.{facts.get('status')}", str(facts.get("status", view.dash))),
        ),
    ]
    for stage, values in facts.get("stages", {}).items():
        if isinstance(values, dict) and not numbers.missing(values.get("objective")):
            text = view.say(
                "made.stage",
                objective=view.money(values["objective"]),
                bound=view.money(values["bound"]),
                gap=view.percent(values.get("gap")),
            )
            made.append((view.word(f"report.stage.{stage}", stage), text))
    versions = facts.get("versions", {})
    made.append(
        (
            view.say("made.libraries"),
            view.say("list_join").join(f"{name} {v}" for name, v in sorted(versions.items())) or view.dash,
        )
    )
    inputs: list[tuple[Cell, ...]] = [
        (str(name), str(digest)) for name, digest in sorted(facts.get("inputs", {}).items())
    ]
    tables = [view.table("terms", terms), view.table("made", made)]
    if inputs:
        tables.append(view.table("inputs", inputs, folded=True))
    return Section(
        "method",
        view.say("method.title"),
        view.say("method.headline"),
        tables=tuple(tables),
        notes=(view.say("method.note"),),
    )
