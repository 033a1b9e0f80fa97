"""Why a system, and each of its components, is where it is, and every reason why it isn't elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import Any

from cloudplan import evidence
from cloudplan.explain.thing import alternatives, assumed
from cloudplan.explain.thing.clauses import explain_clauses
from cloudplan.explain.thing.elsewhere import elsewhere, free_of, known, nothing_runs, seat_of
from cloudplan.explain.thing.places import Elsewhere, in_common
from cloudplan.explain.view import View, blank, rule_name
from cloudplan.explain.words import Both, Line, Section, line, listed, one_of, said
from cloudplan.i18n import LANGUAGES
from cloudplan.inventory.schema import label
from cloudplan.placement.dispositions import GONE, cases_of, change_words, ground
from cloudplan.placement.dispositions import worded as disposition_words
from cloudplan.placement.problem import Candidate


def explain_system(view: View, system: str, pool: str | None) -> Iterator[Section]:
    """Explain a system: what becomes of it and what would change that; each component's seat; what that rests on."""
    components = [explain_component(view, name, pool) for name in view.problem.of_system[system]]
    others = [other for _, other in components]
    judged = (_fate(view, system), *_changes(view, system, _nearest(others, pool)))
    yield from judged
    keys, shared = in_common(others)
    if not components:
        pools = _others(view) if pool is None else [pool]
        yield Section(line("not.title_system", system=system), tuple(nothing_runs(view, system, pools)))
    for seat, other in components:
        yield seat
        yield other.section(keys)
        keys |= other.once  # how prices are reckoned is said once
    if shared is not None:
        yield shared
    clauses = tuple(explain_clauses(view, system))
    yield from clauses
    yield assumed.section((*assumed.of_today(view, *judged, *clauses), *_assumed(view, system)))


def explain_alone(view: View, component: str, pool: str | None) -> Iterator[Section]:
    """Explain one component, after what becomes of its system."""
    system = view.problem.components[component].system
    seat, other = explain_component(view, component, pool)
    fate = _fate(view, system)
    yield fate
    nearest = tuple(_nearest([other], pool))
    if nearest:
        yield Section(line("change.title"), nearest)
    yield seat
    yield other.section()
    yield assumed.section((*assumed.of_today(view, fate), *_assumed(view, system)))


def _nearest(others: Iterable[Elsewhere], pool: str | None) -> Iterator[Line]:
    """Say which alternative is nearest; nothing where one pool only was compared."""
    if pool is None:
        yield from alternatives.nearest(told for other in others for told in other.found if isinstance(told, Line))


def _fate(view: View, system: str) -> Section:
    record = view.plan.inventory["systems"].loc[system]
    department = view.name("departments", str(record["department"]))
    title = line("system.title", system=system, name=view.name("systems", system), department=department)
    row = view.row("dispositions", "system", system)
    if row is None:
        return Section(title, (line("system.undecided"),))
    options = view.problem.options[system]
    fate = disposition_words(str(row["disposition"]))
    lines = [
        line("system.fate", disposition=fate)
        if blank(row["target"]) or row["disposition"] == "KEEP"
        else line("system.fate_at", disposition=fate, target=view.name("targets", str(row["target"]))),
        line("system.reason", str(row["rule"]), decided=ground(str(row["rule"])), reason=view.reason(row)),
        *evidence_line(row),
        *(line("system.overruled", said.rule, decided=said.values["decided"], why=said.values["why"])
          for said in options.overruled),
    ]  # fmt: skip
    if len(options.allowed) == 1:
        lines.append(line("system.one_way" if by_cost(view, system) else "system.one_place"))
    else:
        lines.append(line("system.ways", ways=one_of([disposition_words(code) for code in options.allowed])))
    lines += [
        *_since(view, system),
        *_wave(view, system),
        *_copy(view, system),
        *missed(view, system),
        *_waves_missed(view, system),
    ]
    return Section(title, tuple(lines))


def by_cost(view: View, system: str) -> bool:
    """Whether cost had a choice: several ways, or several places for a component."""
    names = view.problem.of_system[system]
    return len(view.problem.options[system].allowed) > 1 or any(len(free_of(view, name)) > 1 for name in names)


def missed(view: View, subject: str) -> Iterator[Line]:
    """Say which soft rules the plan misses on a thing, and what that costs in its objective."""
    for rule, finding in view.missed:
        if finding.subject == subject:
            priced = "missed" if rule.soft else "missed_free"
            reason = view.worded(finding)
            yield line(priced, rule.name(), name=rule_name(rule.name()), reason=reason, yuan=rule.soft or 0.0)


def evidence_line(row: dict[str, Any]) -> Iterator[Line]:
    """Say on which cells a decision rests, where the table states them."""
    cells = row.get("evidence")
    if not blank(cells):
        yield line("evidence", cells={language: evidence.worded(str(cells), language) for language in LANGUAGES})


def change_section(sentences: Callable[[str], Sequence[str]], further: Iterable[Line] = ()) -> Iterator[Section]:
    """Say what evidence would change a decision, where there is any, and what else there is to say of that."""
    by_language = [sentences(language) for language in LANGUAGES]
    told = [line("change.line", sentence=dict(zip(LANGUAGES, s, strict=True))) for s in zip(*by_language, strict=True)]
    told += further
    if told:
        yield Section(line("change.title"), tuple(told))


def _changes(view: View, system: str, nearest: Iterable[Line]) -> Iterator[Section]:
    """What would change what becomes of a system, and which alternative is nearest."""
    case = cases_of(view.plan.inventory, view.plan.scenario, view.plan.earlier)[system]
    row = view.row("dispositions", "system", system)
    present = "" if row is None else str(row["disposition"])
    yield from change_section(partial(change_words, case, present=present), nearest)


def _since(view: View, system: str) -> Iterator[Line]:
    """How it fares against the plan before, where there is one."""
    if view.plan.earlier is None:
        return
    rows = [row for row in view.rows("changes", "id", system) if row["what"] == "system"]
    if not rows:
        yield line("system.as_before")
    for row in rows:
        yield line("system.changed", str(row["rule"]), reason=view.reason(row, "why"))


def _wave(view: View, system: str) -> Iterator[Line]:
    row, decided = view.row("waves", "system", system), view.row("dispositions", "system", system)
    becomes, rule = ("", "") if decided is None else (str(decided["disposition"]), str(decided["rule"]))
    if row is None or blank(row["wave"]):
        stays = {"KEEP": "system.stays", "NEED_SUPERIOR": "system.pending"}.get(becomes, "system.unscheduled")
        yield line("system.done" if rule == "carried-out" else stays)
        return
    hours = row.get("outage_hours")
    yield line(
        "system.wave_off" if becomes in GONE else "system.wave",
        wave=int(float(row["wave"])),
        starts=str(row["window_start"]),
        outage=said("explain.outage.unknown") if blank(hours) else outage(float(str(hours))),
    )


def outage(hours: float) -> Both:
    """Word how long a system is down, in minutes below an hour."""
    minutes = round(60.0 * hours)
    if minutes >= 60:
        return said("explain.outage.hours", hours=hours)
    return said("explain.outage.minutes", minutes=minutes) if minutes else said("explain.outage.none")


def _waves_missed(view: View, system: str) -> Iterator[Line]:
    """Say which soft rules of the waves the plan misses on a system, each with its price."""
    for finding in view.plan.findings:
        if finding.message.startswith("migration.missed") and system in finding.values["subjects"]:
            yield line("system.wave_missed", finding.rule, reason=view.worded(finding))


def _copy(view: View, system: str) -> Iterator[Line]:
    """Where its department keeps a copy of its data, if they leave it for a cloud."""
    row = view.row("copies", "system", system)
    if row is None:
        return
    place = said(f"copies.place.{row['place']}")
    if not blank(row["document"]):
        yield line("system.copy_documented", place=place, document=str(row["document"]))
    else:
        yield line("system.copy", place=place, gib=float(row["gib"]), yuan=float(row["yuan_per_year"]))


def explain_component(view: View, component: str, pool: str | None) -> tuple[Section, Elsewhere]:
    """Explain a component: its seat, what the rules leave of its choices, and why no other pool."""
    problem, record = view.problem, view.problem.components[component]
    amounts = problem.amounts(component)
    title = line(
        "component.title",
        component=component,
        tier=label("tier", record.tier),
        arch=label("arch", record.arch),
        level=record.level,
    )
    need = line(
        "component.need",
        workloads=len(record.workloads),
        vcpu=amounts["vcpu"],
        memory=amounts["memory_gib"],
        storage=sum(amounts[tier] for tier in problem.demand.storage),
    )
    here = seat_of(view, record)
    other = elsewhere(view, here, _others(view, here.pool) if pool is None else [pool], pool is not None)
    if not here.pool:
        return Section(title, (need, line("component.gone"))), other
    stays = problem.capacity.pools[here.pool].kind == "today"
    seat = line(f"component.seat{'.stays' * stays}", pool=view.pool(here.pool), zone=view.zone(here.zone))
    funnel, why = tuple(_funnel(view, component)), (*_why(view, here, other, pool is None), *missed(view, component))
    stands = line(f"component.stands{'.stays' * stays}", **need.values, **seat.values)
    return Section(title, (need, seat, *funnel, *why), (stands, _in_short(funnel), *why)), other


def _others(view: View, here: str = "") -> list[str]:
    """Pools of which it is said why not: all but rooms as they are, those only of what stands there."""
    return [p.pool for p in view.problem.capacity.pools.values() if p.kind != "today" or p.pool == here]


def _funnel(view: View, component: str) -> Iterator[Line]:
    """Choices left after each rule in turn."""
    left = list(view.problem.by_component[component])
    yield line("funnel.all", count=len(left))
    for rule in view.rules:
        name = rule.name()
        kept = [i for i in left if all(said.rule != name for said in view.refusals.candidate[i])]
        if len(kept) < len(left):
            yield line("funnel.left", rule=name, name=rule_name(name), count=len(kept), gone=len(left) - len(kept))
        left = kept


def _in_short(funnel: Sequence[Line]) -> Line:
    """Put the choices left after each rule into one sentence."""
    first, *steps = funnel
    if not steps:
        return first
    gone = [said("explain.funnel.step", name=step.values["name"], gone=step.values["gone"]) for step in steps]
    return line("funnel.short", count=first.values["count"], steps=listed(gone), left=steps[-1].values["count"])


def _why(view: View, here: Candidate, other: Elsewhere, all_compared: bool) -> Iterator[Line]:
    """Why this place: the only one, the cheapest, one of several that cost the same; no more than was compared."""
    free = free_of(view, here.component)
    found = {kind: other.places(kind) for kind in ("cheaper", "equal", "dearer")}
    if not known(view, here):
        yield line("why.unknown")
    elif len(free) == 1:
        yield line("why.only")
    elif not all_compared:
        yield line("why.free", count=len(free))
    elif found["cheaper"]:
        yield line("why.dearest", count=len(free), places=listed(found["cheaper"]))
    elif found["equal"]:
        yield line("why.equal", count=len(free), places=listed(found["equal"]), others=len(found["equal"]))
    elif found["dearer"]:
        yield line("why.cheapest", count=len(free))
    else:
        yield line("why.together", count=len(free))


def _assumed(view: View, system: str) -> Iterator[Line]:
    """Assumptions that matter for a system; prices and the gap only where cost had a choice."""
    problem = view.problem
    components = [problem.components[name] for name in problem.of_system[system]]
    if bool(view.plan.inventory["systems"]["level"].isna()[system]) and components:
        yield line("assumed.level", level=components[0].level)
    yield from assumed.of_demand(view, [row for component in components for row in component.rows])
    decided = view.row("dispositions", "system", system)
    if by_cost(view, system):
        yield from assumed.of_prices(view)
        if decided is not None and str(decided["disposition"]) not in GONE:
            yield from assumed.of_gap(view)
