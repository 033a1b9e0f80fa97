"""Why a component isn't elsewhere: every reason, and what each free place would cost; the cheapest first."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from cloudplan.explain.forced import dearer_terms, settled
from cloudplan.explain.view import View, rule_name
from cloudplan.explain.words import Both, Line, Section, alike, line, listed, merged, said, worded
from cloudplan.findings import Finding
from cloudplan.i18n import DEFAULT, LANGUAGES, say
from cloudplan.inventory.schema import label
from cloudplan.placement.dispositions import ground
from cloudplan.placement.dispositions import worded as disposition_words
from cloudplan.placement.moved import Move
from cloudplan.placement.problem import Candidate

PRICED = ("cheaper", "equal", "dearer")
"""What is said of places that no rule refuses."""
COMMON = frozenset({"refused", "disposition", "closed", "today"})
"""What may be said of several components of a system alike."""
ORDER = ("here", "once", *PRICED, "whole", "sibling", "together", "refused", "disposition", "closed", "today")
"""What is said of places, in the order in which it stands; those that are priced by their price."""


@dataclass(frozen=True)
class Refused:
    """What the rules say against a component in a pool.

    Parameters
    ----------
    component
        The component.
    pool
        The pool.
    name
        How it is called, as seen from where the component stands.
    ways
        What would become of the system there, where that is not what becomes of it; else ``None``.
    zones
        Zones that were asked about.
    groups
        Every reason with the zones for which it is given.
    """

    component: str
    pool: str
    name: Both
    ways: Both | None
    zones: frozenset[str]
    groups: tuple[tuple[Finding, tuple[str, ...]], ...]

    @property
    def line(self) -> Line:
        """All in one line; its refusals are (rule, message, zones)."""
        reasons = [said(self.wording(f, zones), zones=zones, reason=worded(f), name=rule_name(f.rule))
                   for f, zones in self.groups]  # fmt: skip
        return line(
            "not.refused",
            rules_of(self.groups),
            pool=_named((self.name,), self.ways),
            pool_id=self.pool,
            component=self.component,
            reasons=joined(reasons),
            refusals=tuple((finding.rule, finding.message, zones) for finding, zones in self.groups),
        )

    def wording(self, finding: Finding, zones: tuple[str, ...]) -> str:
        """Whether a reason holds in all zones or names them itself, or zones must be put to it."""
        plainly = len(zones) == len(self.zones) or "zone" in finding.values
        return "explain.not.reason" if plainly else "explain.not.reason_there"


@dataclass(frozen=True)
class Reason:
    """One reason, with all components and pools of which a rule says it.

    Parameters
    ----------
    finding
        What the rule says of the first of them.
    wording
        Message in which it stands.
    zones
        Zones for which it is given.
    ways
        What would become of the system there, where that is not what becomes of it; else ``None``.
    pools
        The pools, each with how it is called.
    components
        The components.
    """

    finding: Finding
    wording: str
    zones: tuple[str, ...]
    ways: Both | None
    pools: Mapping[str, Both]
    components: tuple[str, ...]

    @property
    def alike(self) -> str:
        """What is said, but for the pool and the component."""
        values = {name: value for name, value in self.finding.values.items() if name != "pool"}
        zones = self.zones if self.wording.endswith("there") else ()
        return repr((self.finding.rule, self.finding.message, values, zones, self.ways))

    @property
    def line(self) -> Line:
        """Say it of all of them."""
        finding, values = self.finding, self.finding.values
        if "pool" in values:
            finding = replace(finding, values={**values, "pool": tuple(self.pools)})
        if finding.subject in self.components:
            # a subject is one text; several stand as a value of the same name
            finding = replace(finding, values={**finding.values, "subject": self.components})
        told = said(self.wording, zones=self.zones, reason=worded(finding), name=rule_name(finding.rule))
        return line("not.refused", finding.rule, pool=_named(tuple(self.pools.values()), self.ways), reasons=told)


@dataclass(frozen=True)
class Elsewhere:
    """Why a component is in none of some pools.

    Parameters
    ----------
    component
        The component.
    found
        What is said of each pool: what is free by its price, then what is refused.
    """

    component: str
    found: tuple[Line | Refused, ...]

    def told(self) -> dict[str, Line | Reason]:
        """Say each thing once, with all pools that it is true of; by what tells it apart from the others."""
        reasons: dict[str, Reason] = {}
        for refused in self.found:
            if isinstance(refused, Line):
                continue
            for finding, zones in refused.groups:
                one = Reason(finding, refused.wording(finding, zones), zones, refused.ways,
                             {refused.pool: refused.name}, (self.component,))  # fmt: skip
                known = reasons.get(one.alike)
                reasons[one.alike] = one if known is None else replace(known, pools={**known.pools, **one.pools})
        lines = alike(x for x in self.found if isinstance(x, Line))
        texts: dict[str, Line | Reason] = {x.text(DEFAULT): x for x in lines}
        every = {**texts, **{f"{key} {list(x.pools.items())}": x for key, x in reasons.items()}}
        return dict(sorted(every.items(), key=lambda item: _rank(item[1])))

    def section(self, shared: Collection[str] = ()) -> Section:
        """Say it: a line a pool for other programs, a line a reason for people, but for what is said elsewhere."""
        every = tuple(x.line if isinstance(x, Refused) else x for x in self.found)
        shown = tuple(_line(x) for key, x in self.told().items() if key not in shared)
        return Section(line("not.title", component=self.component), every, shown)


def in_common(all_of: Sequence[Elsewhere]) -> tuple[frozenset[str], Section | None]:
    """Find what is refused to several components alike: what tells it apart, and a section that says it once."""
    told = [each.told() for each in all_of]
    keys = [key for key, x in told[0].items() if _kind(x) in COMMON] if len(told) > 1 else []
    keys = [key for key in keys if all(key in others for others in told)]
    if not keys:
        return frozenset(), None
    components = tuple(each.component for each in all_of)
    shown = tuple(_line(x, components) for x in (told[0][key] for key in keys))
    return frozenset(keys), Section(line("not.shared", count=len(told)), (), shown)


def elsewhere(view: View, here: Candidate, pools: Sequence[str], asked: bool) -> Elsewhere:
    """Say why a component is in none of some pools.

    Parameters
    ----------
    view
        The plan.
    here
        Where the component stands.
    pools
        Those to speak of.
    asked
        Whether somebody asked about this one pool.
    """
    found = [*(x for pool in pools for x in _why_not(view, here, pool, asked)), *_no_way(view, here, pools)]
    if any(_kind(x) in PRICED for x in found):
        found.append(line("not.once"))
    return Elsewhere(here.component, tuple(sorted(found, key=_rank)))


def _named(names: tuple[Both, ...], ways: Both | None) -> Both:
    name = listed(list(names))
    return name if ways is None else said("explain.not.otherwise", pool=name, ways=ways)


def _line(told: Line | Reason, components: tuple[str, ...] = ()) -> Line:
    return told if isinstance(told, Line) else replace(told, components=components or told.components).line


def _kind(told: Line | Refused | Reason) -> str:
    return told.message.rpartition(".")[2] if isinstance(told, Line) else "refused"


def _rank(told: Line | Refused | Reason) -> tuple[int, float]:
    kind = _kind(told)
    yuan = float(told.values.get("yuan", 0.0)) if isinstance(told, Line) else 0.0
    return ORDER.index(kind), -yuan if kind == "cheaper" else yuan


def free_of(view: View, component: str) -> list[Candidate]:
    """Choices of a component that no rule refuses."""
    numbers = view.problem.by_component[component]
    return [view.problem.candidates[i] for i in numbers if not view.refusals.candidate[i]]


def known(view: View, here: Candidate) -> bool:
    """Whether a seat is still among the choices."""
    return (here.component, here.disposition, here.pool, here.zone) in view.problem.number


def _why_not(view: View, here: Candidate, pool: str, asked: bool) -> Iterator[Line | Refused]:
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
    yield from _refused(view, here, own, name, _ways({problem.candidates[i].disposition for i in own}, here))
    others = [i for i in numbers if i not in own]
    yield from _refused(view, here, others, said("explain.not.own") if pool == here.pool else name, None)
    free = [problem.candidates[i] for i in numbers if not view.refusals.candidate[i] and problem.candidates[i] != here]
    ways: dict[tuple[str, str], list[Candidate]] = {}
    for candidate in free:
        ways.setdefault((candidate.disposition, candidate.target), []).append(candidate)
    for choices in ways.values():
        yield from _dearer(view, here, choices)


def _otherwise(name: Both, dispositions: set[str], here: Candidate) -> Both:
    """Name a pool with what would become of the system there, where that is not what becomes of it here."""
    ways = _ways(dispositions, here)
    return name if ways is None else said("explain.not.otherwise", pool=name, ways=ways)


def _ways(dispositions: set[str], here: Candidate) -> Both | None:
    if not dispositions or here.disposition in dispositions:
        return None
    return listed([disposition_words(code) for code in sorted(dispositions)])


def _refused(view: View, here: Candidate, numbers: list[int], name: Both, ways: Both | None) -> Iterator[Refused]:
    """Gather every reason against some candidates of one pool."""
    groups = _grouped(view, numbers)
    if groups:
        candidates = [view.problem.candidates[i] for i in numbers]
        zones = frozenset(c.zone for c in candidates)
        yield Refused(here.component, candidates[0].pool, name, ways, zones, tuple(groups))


def rules_of(groups: Iterable[tuple[Finding, tuple[str, ...]]]) -> str:
    """Name the rules of some reasons, with commas between."""
    return ",".join(dict.fromkeys(finding.rule for finding, _ in groups))


def joined(reasons: list[Both]) -> Both:
    """Put reasons after each other; a reason may hold commas itself."""
    return {
        language: say("explain.not.between", language).join(dict.fromkeys(reason[language] for reason in reasons))
        for language in LANGUAGES
    }


def _grouped(view: View, numbers: list[int]) -> list[tuple[Finding, tuple[str, ...]]]:
    """Reasons against some candidates, those that differ in nothing but the zone as one, each with its zones."""
    return merged((said, view.problem.candidates[i].zone) for i in numbers for said in view.refusals.candidate[i])


def _no_way(view: View, here: Candidate, pools: Sequence[str]) -> Iterator[Line]:
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
    name = view.pool(other.pool) if other.pool != here.pool else said("explain.not.same")
    values: dict[str, Any] = {"pool": name, "pool_id": other.pool, "zone": zones}
    move = Move(view.problem, view.rules, view.state, {here.component: tuple(choices)})
    if (other.disposition, other.target) != (here.disposition, here.target):
        fate = (other.disposition, other.target)
        for sibling in view.problem.of_system[here.system]:
            if sibling != here.component and all((c.disposition, c.target) != fate for c in free_of(view, sibling)):
                yield line("not.sibling", **values, disposition=disposition_words(other.disposition), sibling=sibling)
                return
        values["disposition"] = disposition_words(other.disposition)
        values["target"] = view.name("targets", other.target)
        yield line("not.whole", **values)
        values["pool"] = _otherwise(name, {other.disposition}, here)
    if not known(view, here):
        return
    once = settled(view, move, view.late)
    if once.answer is None:
        groups = [(finding, (other.zone,)) for finding in once.broken]
        said_of = [said("explain.not.reason", reason=worded(f), name=_by(f)) for f in once.broken]
        values["refusals"] = tuple((f.rule, f.message, zones) for f, zones in groups)
        yield line("not.together", rules_of(groups), **values, reasons=joined(said_of))
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
