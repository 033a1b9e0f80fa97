"""The headings by which clouds of public bodies are evaluated in China, answered as far as a plan can."""

from __future__ import annotations

from cloudplan.findings import errors_in
from cloudplan.report import numbers
from cloudplan.report.section import Cell, Section, View, rows_of, yes
from cloudplan.report.sections.dispositions import CLOUD, ENDS
from cloudplan.report.sections.utilisation import uses_of
from cloudplan.report.sections.zones import unrecorded_flows


def section(view: View) -> Section:
    """Write the scorecard."""
    rows: list[tuple[Cell, ...]] = [
        (view.say(f"evaluation.{name}"), value or view.dash, view.say(f"evaluation.{name}_how"))
        for name, value in (
            ("share", _share(view)),
            ("internet", _peaks(view, exposed=True)),
            ("extranet", _peaks(view, exposed=False)),
            ("fees", _fees(view)),
            ("energy", _pue(view)),
            ("compliance", _compliance(view)),
            ("service", _outage(view)),
            ("satisfaction", view.say("evaluation.later")),
        )
    ]
    return Section(
        "evaluation",
        view.say("evaluation.title"),
        view.say("evaluation.headline"),
        tables=(view.table("evaluation", rows, short=True),),
    )


def _share(view: View) -> str:
    systems, frame = view.plan.inventory["systems"], view.frame("dispositions")
    classified = {str(s) for s, secret in systems["classified"].items() if yes(secret)}
    counted = frame[~frame["system"].isin(classified) & ~frame["disposition"].isin(ENDS)]
    if not len(counted):
        return ""
    cloud = int(counted["disposition"].isin(CLOUD).sum())
    return view.say(
        "evaluation.share_value", share=numbers.percent(cloud / len(counted)), cloud=cloud, systems=len(counted)
    )


def _peaks(view: View, exposed: bool) -> str:
    """Peak CPU use of the pools that carry (or don't carry) a zone exposed to the internet."""
    zones, pools = view.plan.inventory["zones"], view.plan.inventory["pools"]
    open_zones = {zone for zone, faces in zones["internet_exposed"].items() if yes(faces)}
    wanted = {pool for pool, of in pools["zones"].items() if bool(open_zones & set(of or ())) is exposed}
    rows = uses_of(view.frame("utilisation"), "pool", "cpu")
    parts = [
        view.say("evaluation.peak", pool=view.pool(row.id), peak=view.percent(row.peak))
        for row in rows_of(rows[rows["when"] == "after"])
        if row.id in wanted and row.peak is not None
    ]
    return view.say("list_join").join(parts)


def _fees(view: View) -> str:
    if view.yearly is None:
        return ""
    value = view.money(view.yearly_after) + view.say("money.yearly")
    return view.say("evaluation.fees_value", value=value, prices=view.basis("invented")) if view.invented else value


def _pue(view: View) -> str:
    frame = view.frame("assumptions")
    row = frame[frame["name"] == "centre_pue"]
    return (
        ""
        if not len(row)
        else view.say(
            "evaluation.energy_value",
            pue=numbers.exact(float(row["value"].iloc[0])),
            source=view.basis(row["source"].iloc[0]),
        )
    )


def _compliance(view: View) -> str:
    return view.say(
        "evaluation.compliance_value",
        errors=len(errors_in(view.plan.findings)),
        flows=view.count(unrecorded_flows(view.frame("conduits"))),
    )


def _outage(view: View) -> str:
    hours = [float(v) for v in view.frame("waves")["outage_hours"] if not numbers.missing(v)]
    return (
        view.say("evaluation.service_value", total=numbers.number(sum(hours), 0), longest=numbers.number(max(hours)))
        if hours
        else ""
    )
