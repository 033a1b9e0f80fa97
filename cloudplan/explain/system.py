"""Why a system, and each of its components, is where it is, and every reason why it isn't elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import Any

from cloudplan import evidence
from cloudplan.explain.clauses import explain_clauses
from cloudplan.explain.forced import dearer_terms, settled
from cloudplan.explain.view import View, blank, rule_name
from cloudplan.explain.words import Both, Line, Section, line, listed, merged, said, worded
from cloudplan.findings import Finding
from cloudplan.i18n import LANGUAGES, say
from cloudplan.inventory.schema import label
from cloudplan.placement.dispositions import GONE, cases_of, change_words, ground
from cloudplan.placement.dispositions import worded as disposition_words
from cloudplan.placement.moved import Move
from cloudplan.placement.problem import Candidate, Component


def explain_system(view: View, system: str, pool: str | None) -> Iterator[Section]:
    """Explain a system: what becomes of it, each component's seat, and what that rests on."""
    yield _fate(view, system)
    yield from _changes(view, system)
    sections = [s for component in view.problem.of_system[system] for s in explain_component(view, component, pool)]
    yield from sections
    yield from explain_clauses(view, system)
    yield Section(line("assumed.title"), (*_nearest(sections), *_assumed(view, system)))


def explain_alone(view: View, component: str, pool: str | None) -> Iterator[Section]:
    """Explain one component, after what becomes of its system."""
    system = view.problem.components[component].system
    yield _fate(view, system)
    sections = list(explain_component(view, component, pool))
    yield from sections
    yield Section(line("assumed.title"), (*_nearest(sections), *_assumed(view, system)))


def _nearest(sections: Iterable[Section]) -> Iterator[Line]:
    """Say by which term the cheapest alternative lost: the prices behind it decided."""
    dearer = [said for section in sections for said in section.lines if said.message == "explain.not.dearer"]
    if dearer:
        nearest = min(dearer, key=lambda said: float(said.values["yuan"]))
        values = {key: nearest.values[key] for key in ("component", "pool", "yuan", "terms")}
        yield line("assumed.decided", **values)


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
    ]
    if len(options.allowed) == 1:
        lines.append(line("system.one_way"))
    else:
        ways = listed([disposition_words(code) for code in options.allowed])
        lines.append(line("system.ways", ways=ways))
    lines += [*_since(view, system), *_wave(view, system), *_copy(view, system)]
    return Section(title, tuple(lines))


def evidence_line(row: dict[str, Any]) -> Iterator[Line]:
    """Say on which cells a decision rests, where the table states them."""
    cells = row.get("evidence")
    if not blank(cells):
        yield line("evidence", cells={language: evidence.worded(str(cells), language) for language in LANGUAGES})


def change_section(sentences: Callable[[str], Sequence[str]]) -> Iterator[Section]:
    """Say what evidence would change a decision, where there is any."""
    by_language = [sentences(language) for language in LANGUAGES]
    told = [line("change.line", sentence=dict(zip(LANGUAGES, s, strict=True))) for s in zip(*by_language, strict=True)]
    if told:
        yield Section(line("change.title"), tuple(told))


def _changes(view: View, system: str) -> Iterator[Section]:
    """What would change what becomes of a system."""
    case = cases_of(view.plan.inventory, view.plan.scenario, view.plan.earlier)[system]
    yield from change_section(partial(change_words, case))


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
    row = view.row("waves", "system", system)
    if row is None or blank(row["wave"]):
        yield line("system.no_wave")
        return
    hours = row.get("outage_hours")
    yield line(
        "system.wave",
        wave=int(float(row["wave"])),
        starts=str(row["window_start"]),
        hours=0.0 if blank(hours) else float(str(hours)),
    )


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


def explain_component(view: View, component: str, pool: str | None) -> Iterator[Section]:
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
    row = view.row("components", "component", component)
    if row is None or blank(row["pool"]):
        yield Section(title, (need, line("component.gone")))
        return
    here = _seat(view, record, row)
    lines = [need, line("component.seat", pool=view.pool(here.pool), zone=view.zone(here.zone))]
    lines += _funnel(view, component)
    lines += _why(view, here)
    yield Section(title, tuple(lines))
    pools = [p.pool for p in problem.capacity.pools.values() if p.kind != "today" or p.pool == here.pool]
    if pool is not None:
        pools = [pool]
    against = [reason for other in pools for reason in _why_not(view, here, other, pool is not None)]
    yield Section(line("not.title", component=component), (*against, *_no_way(view, here, pools)))


def _seat(view: View, component: Component, row: dict[str, Any]) -> Candidate:
    decided = view.row("dispositions", "system", component.system)
    disposition = "" if decided is None else str(decided["disposition"])
    target = "" if blank(row["target"]) else str(row["target"])
    zone = component.zone if blank(row["zone"]) else str(row["zone"])
    return Candidate(component.component, component.system, disposition, target, str(row["pool"]), zone)


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


def _free(view: View, component: str) -> list[Candidate]:
    numbers = view.problem.by_component[component]
    return [view.problem.candidates[i] for i in numbers if not view.refusals.candidate[i]]


def _known(view: View, here: Candidate) -> bool:
    return (here.component, here.disposition, here.pool, here.zone) in view.problem.number


def _why(view: View, here: Candidate) -> Iterator[Line]:
    free = _free(view, here.component)
    if not _known(view, here):
        yield line("why.unknown")
    elif len(free) == 1:
        yield line("why.only")
    else:
        yield line("why.cheapest", count=len(free))


def _why_not(view: View, here: Candidate, pool: str, asked: bool) -> Iterator[Line]:
    """Every reason why a component isn't in a pool (or in another zone of its own), or what it would cost there."""
    problem, name = view.problem, view.pool(pool)
    if pool == here.pool and asked:
        yield line("not.here", pool=name)
    numbers = [i for i in problem.by_component[here.component] if problem.candidates[i].pool == pool]
    if not numbers and pool != here.pool:
        there = problem.capacity.pools[pool]
        if there.kind == "today":
            yield line("not.today", pool=name)
        elif there.target_kind not in problem.scenario.targets.open:
            yield line("not.closed", pool=name, kind=label("target_kind", there.target_kind))
    own = [i for i in numbers if (pool, problem.candidates[i].zone) == (here.pool, here.zone)]
    yield from _refused(view, here, own, _otherwise(name, {problem.candidates[i].disposition for i in own}, here))
    yield from _refused(view, here, [i for i in numbers if i not in own], _there(view, here, pool))
    free = [problem.candidates[i] for i in numbers if not view.refusals.candidate[i] and problem.candidates[i] != here]
    ways: dict[tuple[str, str], list[Candidate]] = {}
    for candidate in free:
        ways.setdefault((candidate.disposition, candidate.target), []).append(candidate)
    for choices in ways.values():
        yield from _dearer(view, here, choices)


def _there(view: View, here: Candidate, pool: str) -> Both:
    """Name a pool as seen from a seat: its own pool's other zones are not another pool."""
    return said("explain.not.own") if pool == here.pool else view.pool(pool)


def _otherwise(name: Both, dispositions: set[str], here: Candidate) -> Both:
    """Name a pool with what would become of the system there, where that is not what becomes of it here."""
    if not dispositions or here.disposition in dispositions:
        return name
    ways = listed([disposition_words(code) for code in sorted(dispositions)])
    return said("explain.not.otherwise", pool=name, ways=ways)


def _refused(view: View, here: Candidate, numbers: list[int], name: Both) -> Iterator[Line]:
    """Put every reason against some candidates of one pool into one line; its refusals are (rule, message, zones)."""
    groups = _grouped(view, numbers)
    if not groups:
        return
    every = {view.problem.candidates[i].zone for i in numbers}
    reasons, refusals = [], []
    for finding, zones in groups:
        plainly = len(zones) == len(every) or "zone" in finding.values  # all zones, or the reason names them itself
        message = "explain.not.reason" if plainly else "explain.not.reason_there"
        reasons.append(said(message, zones=zones, reason=worded(finding), name=rule_name(finding.rule)))
        refusals.append((finding.rule, finding.message, zones))
    values = {"pool": name, "pool_id": view.problem.candidates[numbers[0]].pool, "component": here.component}
    yield line("not.refused", _rules(groups), **values, reasons=_joined(reasons), refusals=tuple(refusals))


def _rules(groups: Iterable[tuple[Finding, tuple[str, ...]]]) -> str:
    return ",".join(dict.fromkeys(finding.rule for finding, _ in groups))


def _joined(reasons: list[Both]) -> Both:
    """Put reasons after each other; a reason may hold commas itself."""
    return {
        language: say("explain.not.between", language).join(dict.fromkeys(reason[language] for reason in reasons))
        for language in LANGUAGES
    }


def _grouped(view: View, numbers: list[int]) -> list[tuple[Finding, tuple[str, ...]]]:
    """Reasons against some candidates, those that differ in nothing but the zone as one, each with its zones."""
    return merged((said, view.problem.candidates[i].zone) for i in numbers for said in view.refusals.candidate[i])


def _no_way(view: View, here: Candidate, pools: list[str]) -> Iterator[Line]:
    """Pools to which nothing that may become of the system leads."""
    problem, options = view.problem, view.problem.options[here.system]
    offered = {problem.candidates[i].pool for i in problem.by_component[here.component]} | {here.pool}
    away = [
        view.pool(name)
        for name in pools
        if name not in offered
        and (there := problem.capacity.pools[name]).kind != "today"
        and there.target_kind in problem.scenario.targets.open
    ]
    if away:
        ways, reason = listed([disposition_words(code) for code in options.allowed]), worded(options.reason)
        yield line(
            "not.disposition", options.rule, pools=listed(away), ways=ways, reason=reason, decided=ground(options.rule)
        )


def _dearer(view: View, here: Candidate, choices: list[Candidate]) -> Iterator[Line]:
    """Say what free choices of one pool and disposition would cost at once, and who would have to follow."""
    other, zones = choices[0], listed([view.zone(choice.zone) for choice in choices])
    name = view.pool(other.pool) if other.pool != here.pool else _there(view, here, other.pool)
    values: dict[str, Any] = {"pool": name, "pool_id": other.pool, "zone": zones}
    move = Move(view.problem, view.rules, view.state, {here.component: tuple(choices)})
    if (other.disposition, other.target) != (here.disposition, here.target):
        fate = (other.disposition, other.target)
        for sibling in view.problem.of_system[here.system]:
            if sibling != here.component and all((c.disposition, c.target) != fate for c in _free(view, sibling)):
                yield line("not.sibling", **values, disposition=disposition_words(other.disposition), sibling=sibling)
                return
        values["disposition"] = disposition_words(other.disposition)
        values["target"] = view.name("targets", other.target)
        yield line("not.whole", **values)
        values["pool"] = _otherwise(name, {other.disposition}, here)
    if not _known(view, here):
        return
    once = settled(view, move, view.late)
    if once.answer is None:
        groups = [(finding, (other.zone,)) for finding in once.broken]
        said_of = [said("explain.not.reason", reason=worded(f), name=_by(f)) for f in once.broken]
        values["refusals"] = tuple((f.rule, f.message, zones) for f, zones in groups)
        yield line("not.together", _rules(groups), **values, reasons=_joined(said_of))
        return
    seat = once.answer.state.seats[here.component]
    values["zone"] = view.zone(seat.zone)
    difference = once.answer.cost - view.cost
    if abs(difference) < 0.5:
        yield line("not.equal", **values)
    elif difference > 0:
        terms = listed(dearer_terms(view, once.answer))
        yield line("not.dearer", **values, component=here.component, yuan=difference, terms=terms)
    else:
        yield line("not.cheaper", **values, yuan=-difference)


def _by(finding: Finding) -> Both:
    """Name who says a reason: a rule of placement, or packing."""
    return rule_name(finding.rule) if finding.rule else said("explain.not.packing")


def _assumed(view: View, system: str) -> Iterator[Line]:
    """Assumptions that matter for a system."""
    inventory, problem = view.plan.inventory, view.problem
    components = [problem.components[name] for name in problem.of_system[system]]
    if bool(inventory["systems"]["level"].isna()[system]) and components:
        yield line("assumed.level", level=components[0].level)
    rows = [row for component in components for row in component.rows]
    for resource in ("cpu", "memory", "storage", "network"):
        blind = sum(problem.demand.basis[resource][row] == "assumed" for row in rows)
        if blind:
            yield line(f"assumed.{resource}", count=blind, total=len(rows))
    declared = sum(problem.demand.basis["memory"][row] == "declared" for row in rows)
    if declared:
        yield line("assumed.memory_declared", count=declared, total=len(rows))
    prices = inventory["prices"]
    invented = [
        str(p) for p in prices.index if prices.at[p, "basis"] == "invented" and p not in view.plan.scenario.prices
    ]
    hosts = int((inventory["host_types"]["price_basis"] == "invented").sum())
    if invented or hosts:
        yield line("assumed.prices", count=len(invented), hosts=hosts)
    decided = view.row("dispositions", "system", system)
    if decided is not None and str(decided["disposition"]) not in GONE:
        yield line("assumed.gap", gap=100.0 * float(view.plan.facts.get("gap") or 0.0))
