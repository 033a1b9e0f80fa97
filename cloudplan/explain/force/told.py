"""The words of a forced move: its price at once and at best, who follows, what else moves, or which rules refuse it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from cloudplan.costs import TERMS
from cloudplan.decide import Progress
from cloudplan.errors import BadInput, Infeasible, Usage
from cloudplan.explain.changes import changes, place, told
from cloudplan.explain.decision import standing
from cloudplan.explain.force.moves import Best, Own, alone, at_best, forced, own_price, sent_by
from cloudplan.explain.settled import SMALL, Alone, Answer, priced
from cloudplan.explain.view import View, rule_name
from cloudplan.explain.words import Line, Section, line, listed, said
from cloudplan.findings import Finding
from cloudplan.inventory.cells import closest_ids
from cloudplan.placement.problem import PlacementProblem


def pairs_of(view: View, given: Sequence[str]) -> list[tuple[str, str]]:
    """Read ``X=POOL``: a component or a system, and a pool.

    Raises
    ------
    Usage
        If one is not of that form, or one thing is sent to two pools.
    BadInput
        If the plan knows no such component, system or pool.
    """
    problem = view.problem
    found: dict[str, str] = {}
    faults: list[Finding] = []
    for text in given:
        name, sign, pool = text.rpartition("=")
        if not sign or not name or not pool:
            raise Usage([Finding("explain.force.form", values={"given": text})])
        if found.setdefault(name, pool) != pool:
            raise Usage([Finding("explain.force.twice", subject=name, values={"pools": (found[name], pool)})])
        things = [*problem.options, *problem.components]
        for known, key, message in (
            (things, name, "explain.force.unknown"),
            (list(problem.capacity.pools), pool, "explain.unknown_pool"),
        ):
            if key not in known:
                maybe = tuple(closest_ids(key, known, 3))
                faults.append(Finding(message if maybe else f"{message}.unlike", subject=key, values={"maybe": maybe}))
        if name in problem.options and not problem.of_system[name]:
            faults.append(Finding("explain.force.nothing_runs", subject=name))
    if faults:
        raise BadInput(faults)
    return list(found.items())


def explain_force(
    view: View, kind: str, subject: str, given: Sequence[str], tell: Progress, at_once: bool = False
) -> tuple[list[Section], dict[str, Any]]:
    """Judge a move at once and at best, and price it by itself; with ``at_once``, at once only.

    Returns
    -------
    tuple
        What there is to say, and the figures.

    Raises
    ------
    Infeasible
        If no plan makes the move; with every rule that refuses it.
    """
    pairs = pairs_of(view, given)
    problem = forced(view, pairs)
    sent = sent_by(problem, pairs)
    base = priced(view.problem, view.state, view.rules)
    asked = [said("explain.force.pair", thing=name, pool=view.pool(pool)) for name, pool in pairs]
    title = line("force.title", moves=listed(asked))
    seats = view.state.seats
    if all(name in seats and seats[name].pool == pool for name, pool in sent.items()):
        return [Section(title, (line("force.there"),))], {"already_there": True}
    tell("explain.force.at_once", {})
    once = alone(view, problem, sent)
    if once.answer is None and once.refused:
        raise Infeasible([Finding("explain.force.refused", subject=pairs[0][0], values={"moves": listed(asked)}),
                          *map(view.named, once.refused)])  # fmt: skip
    head = Section(title, (*_about(subject, problem, pairs, sent), *_now(view, sent), *_overruled(problem, sent)))
    overruled = [said_.rule for said_ in _overruled(problem, sent)]
    if at_once:
        hint = line("force.once.only")
        alone_ = Section(line("force.once.title"), (*_once(view, base, once, sent), hint))
        effect = _effect(view, kind, subject, pairs, once.answer)
        return [head, alone_, *effect], {**_figures(view, base, once), "overruled": overruled}
    tell("explain.force.at_best", {})
    best, once = at_best(view, problem, sent, once, tell)
    tell("explain.force.by_itself", {})
    own = own_price(view, problem, best)
    sections = [
        head,
        Section(line("force.once.title"), tuple(_once(view, base, once, sent))),
        Section(line("force.best.title"), tuple(_best(view, base, once, best, sent))),
        Section(line("force.own.title"), tuple(_own(base, best, own))),
    ]
    sections += _effect(view, kind, subject, pairs, best.answer)
    return sections, {**_figures(view, base, once, best, own), "overruled": overruled}


Pairs = Sequence[tuple[str, str]]


def _about(subject: str, problem: PlacementProblem, pairs: Pairs, sent: Mapping[str, str]) -> Iterator[Line]:
    """Say which thing is judged, where the one asked about is another."""
    systems = {problem.components[name].system for name in sent}
    if subject not in {*(name for name, _ in pairs), *sent, *systems}:
        yield line("force.about", subject=subject, moved=tuple(name for name, _ in pairs))


def _effect(view: View, kind: str, subject: str, pairs: Pairs, answer: Answer | None) -> Iterator[Section]:
    """Say what an answer does to the thing asked about, where that is not what is sent."""
    if answer is None or subject in {name for name, _ in pairs}:
        return
    was = standing(view, view.problem, view.state, kind, subject)
    now = standing(view, answer.problem, answer.state, kind, subject)
    same = "same" if was.key == now.key else "other"
    about = line(f"force.subject.{same}", was=was.words, now=now.words)
    yield Section(line("force.subject.title", subject=subject), (about,))


def _now(view: View, sent: Mapping[str, str]) -> Iterator[Line]:
    for name in sent:
        seat = view.state.seats.get(name)
        yield line("force.now", component=name, pool=place(view, "" if seat is None else seat.pool))


def _overruled(problem: PlacementProblem, sent: Mapping[str, str]) -> Iterator[Line]:
    """Name every ordered rule that the move goes against: it holds only if the evidence behind it changes."""
    for system in dict.fromkeys(problem.components[name].system for name in sent):
        for finding in problem.options[system].overruled:
            yield line("force.overruled", finding.rule, system=system, decided=finding.values["decided"],
                       why=finding.values["why"])  # fmt: skip


def _once(view: View, base: Answer, once: Alone, sent: Mapping[str, str]) -> Iterator[Line]:
    if once.answer is None:
        yield line("force.once.broken")
        for finding in once.broken:
            rule = finding.rule
            if rule:
                yield line("force.once.rule", rule, reason=view.worded(finding), name=rule_name(rule))
            else:
                yield line("force.once.packing", reason=view.worded(finding))
        return
    yield from _price(base, once.answer)
    yield from told(view, changes(view.problem, view.state, once.answer.problem, once.answer.state), sent)
    if once.in_time is False:
        yield line("force.once.late")


def _best(view: View, base: Answer, once: Alone, best: Best, sent: Mapping[str, str]) -> Iterator[Line]:
    if best.kept and best.from_scratch is None:
        yield line("force.best.only", yuan=best.answer.cost - base.cost)
    elif best.kept:
        scratch = (best.from_scratch or 0.0) - base.cost
        yield line("force.best.kept", scratch=scratch, yuan=best.answer.cost - base.cost)
    else:
        yield from _price(base, best.answer)
        yield from told(view, changes(view.problem, view.state, best.answer.problem, best.answer.state), sent)
    bound = float(view.plan.facts.get("bound") or base.cost)
    gap, own = max(0.0, best.answer.cost - best.bound), max(0.0, base.cost - bound)
    yield line("force.best.gap", gap=gap, plan=own) if math.isfinite(gap) else line("force.best.unproved", plan=own)


def _own(base: Answer, best: Best, own: Own | None) -> Iterator[Line]:
    """What the move itself costs, and how much of the difference to the plan isn't its doing."""
    if own is None:
        yield line("force.own.unknown")
        return
    yield from _price(own.without, own.with_it, own.exact_to)
    rest = best.answer.cost - base.cost - own.yuan
    if abs(rest) > own.exact_to:
        yield line(f"force.own.{'dearer' if rest > 0 else 'cheaper'}", yuan=abs(rest))


def _price(base: Answer, answer: Answer, small: float = SMALL) -> Iterator[Line]:
    """The difference to the plan, and its terms, the largest first."""
    difference = answer.cost - base.cost
    message = "same" if abs(difference) < small else "dearer" if difference > 0 else "cheaper"
    yield line(f"force.price.{message}", yuan=abs(difference), was=base.cost, now=answer.cost)
    weights = answer.problem.scenario.weights
    terms = {name: weights.get(name, 1.0) * (answer.terms[name] - base.terms[name]) for name in TERMS}
    parts = [
        said("explain.force.term", term=said(f"costs.term.{name}"), yuan=yuan)
        for name, yuan in sorted(terms.items(), key=lambda item: -abs(item[1]))
        if abs(yuan) >= SMALL
    ]
    if abs(answer.missed - base.missed) >= SMALL:
        parts.append(said("explain.force.missed", yuan=answer.missed - base.missed))
    if parts:
        yield line("force.terms", terms=listed(parts))


def _figures(view: View, base: Answer, once: Alone, best: Best | None = None, own: Own | None = None) -> dict[str, Any]:
    def of(answer: Answer) -> dict[str, Any]:
        return {
            "cost": answer.cost,
            "difference": answer.cost - base.cost,
            "terms": {name: answer.terms[name] - base.terms[name] for name in TERMS},
            "missed": answer.missed - base.missed,
            "changes": changes(view.problem, view.state, answer.problem, answer.state).as_json(),
        }

    figures: dict[str, Any] = {
        "plan_cost": base.cost,
        "at_once": None if once.answer is None else of(once.answer),
        "at_once_breaks": [finding.rule or finding.check for finding in once.broken],
        "at_once_in_time": once.in_time,
    }
    if best is not None:
        more = {"bound": best.bound, "from_scratch": best.from_scratch, "as_at_once": best.kept}
        figures["at_best"] = {**of(best.answer), **more}
        figures["by_itself"] = None if own is None else {"yuan": own.yuan, "exact_to": own.exact_to}
    return figures
