"""Why no placement holds: the rules that collide, on what, and by how much.

Two looks:

* **System by system.** A system has no choice left if each of its fates (disposition, target) has a component whose
  every seat some rule refuses. Rules are dropped in turn; those without which the system would have a choice remain.
  It is a proof, about this system alone: single choices are counted, no sums.
* **The whole model**, with the systems found so let off the rules that block them. Whole rules are switched off in
  turn, in a fixed order, and stay off while the rest is still infeasible. What remains is *irreducible*: infeasible
  together, feasible without any one of them, at the level of whole rules (not of single rows) and beside the skeleton.
  An infeasible linear relaxation is a proof and is asked first; a feasible one is none, so that the mixed-integer model
  confirms it within a limit of nodes. Where the limit runs out the rule is kept, and the finding says that the set may
  be too large.

Both looks repeat without the rules found, so that the sets share no rule and, all of them dropped, nothing collides;
there may be other irreducible sets, with rules of several of these.

The shortfall frees the rows of one rule of the set at a time and minimises by how much they are missed, in natural
units, all the other rules kept (where these collide among themselves too: those of the set only). Nothing smaller
*in sum* would do, with whole numbers where the search ended, else by the relaxation, which may be too little and is
said so (``infeasible.at_least``); the same sum may be spread over pools in other ways.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from cloudplan.findings import Finding
from cloudplan.i18n import LANGUAGES, say
from cloudplan.placement.model import build_model
from cloudplan.placement.problem import PlacementProblem
from cloudplan.placement.rows import INFEASIBLE, UNDECIDED, Rows
from cloudplan.placement.rules import PlacementRule, Refusals
from cloudplan.rule import Misses, Rule, titled

Blocked = Mapping[str, tuple[tuple[str, ...], ...]]
"""System → the sets of rules that leave it no choice."""
EXAMPLES = 10
"""Systems that are named of those that are blocked alike."""
NODES = 200
"""Branch-and-bound nodes a question; most are answered at the root."""
KEPT_LAST = (
    "largest-workload", "spare-hosts", "ha-hosts", "facility", "pool-size", "storage", "capacity", "purchases",
)  # fmt: skip
"""Rules dropped last, so that the set names a quantity wherever one explains the collision."""
QUANTITIES = frozenset({
    "cpu", "vcpu", "memory_gib", "mbps", "storage_high", "storage_normal", "storage_object", "u", "power", "cooling",
    "pool_size", "hosts", "budget", "ha_hosts", "spare_hosts",
})  # fmt: skip
"""Resources of which it is said by how much they are missed (``infeasible.short.<resource>``)."""


def explain(
    problem: PlacementProblem, rules: Sequence[PlacementRule], refusals: Refusals, asked: Any = None
) -> list[Finding]:
    """Say which rules collide, on what, and by how much.

    Parameters
    ----------
    problem, rules, refusals
        What was asked, and what the rules refuse of it; the model is known to be infeasible.
    asked
        The infeasible model, for its allowance and the slots it had come to.

    Returns
    -------
    list of Finding
        ``infeasible.no_choice`` and ``infeasible.system`` or, of systems blocked alike, ``infeasible.systems`` (with a
        refusal of the first for each rule named),
        ``infeasible.rules`` with the shortfalls ``infeasible.short.<resource>`` for the whole. The value ``rules``
        holds the names; without all rules so named there is a placement, unless a system has no choice at all.
    """
    blocked = dict(_blocked(problem, refusals))
    found = list(_of_systems(problem, refusals, blocked))
    if any(not sets for sets in blocked.values()):
        return found
    further = _model(problem, rules, _exempt(problem, refusals, blocked), asked)
    if not found and not further:
        # the solver said so of the same rules, and the limit here was too low to see it again
        return [Finding("infeasible.rules_unsure", values=_naming([rule.name() for rule in rules]))]
    return found + further


def _naming(names: Sequence[str]) -> dict[str, Any]:
    """Rules by their ids, for machines, and with their names in words, for people."""
    said = [
        {
            language: say("infeasible.rule", language, rule=name, name=titled(name, "placement")[language])
            for language in LANGUAGES
        }
        for name in names
    ]
    return {"rules": tuple(names), "named": tuple(said)}


def _exempt(problem: PlacementProblem, refusals: Refusals, blocked: Blocked) -> Refusals:
    """What is refused if the systems without a choice were let off the rules that block them."""
    off = {system: {name for names in sets for name in names} for system, sets in blocked.items()}
    return Refusals(
        candidate=tuple(
            tuple(said for said in found if said.rule not in off.get(problem.candidates[i].system, ()))
            for i, found in enumerate(refusals.candidate)
        ),
        server=refusals.server,
    )


def _blocked(problem: PlacementProblem, refusals: Refusals) -> Iterator[tuple[str, tuple[tuple[str, ...], ...]]]:
    """Systems without a choice, each with the sets of rules that block it; none where no rule is to blame."""
    for system, fates in problem.fates.items():
        # for each fate: the components, for each of them the sets of rules that refuse its seats
        reasons = [_refusing(problem, refusals, system, fate) for fate in fates]
        names = sorted({rule for fate in reasons for seats in fate.values() for seat in seats for rule in seat})
        if not _has_choice(reasons, names):
            free = _has_choice(reasons, ())
            yield system, tuple(_sets(names, partial(_stuck, reasons))) if free else ()


def _of_systems(problem: PlacementProblem, refusals: Refusals, blocked: Blocked) -> Iterator[Finding]:
    alike: dict[tuple[tuple[str, ...], ...], list[str]] = {}
    for system, sets in blocked.items():
        alike.setdefault(sets, []).append(system)
    for sets, systems in sorted(alike.items(), key=lambda item: -len(item[1])):
        for system in systems if not sets else ():
            allowed = problem.options[system].allowed
            yield Finding("infeasible.no_choice", subject=system, values={"dispositions": allowed})
        for kept in sets:
            values = {**_naming(kept), "count": len(systems), "systems": tuple(systems)}
            values["examples"] = tuple(systems[:EXAMPLES])
            message = "infeasible.system" if len(systems) == 1 else "infeasible.systems"
            yield Finding(message, subject=systems[0], rule=kept[0], values=values)
            yield from _examples(problem, refusals, systems[0], kept)


def _refusing(
    problem: PlacementProblem, refusals: Refusals, system: str, fate: tuple[str, str]
) -> dict[str, list[set[str]]]:
    out: dict[str, list[set[str]]] = {}
    if fate[0] in ("RETIRE", "MERGE"):
        return out
    for name in problem.of_system[system]:
        numbers = [
            i
            for i in problem.by_component[name]
            if (problem.candidates[i].disposition, problem.candidates[i].target) == fate
        ]
        out[name] = [{said.rule for said in refusals.candidate[i]} for i in numbers]
    return out


def _has_choice(reasons: list[dict[str, list[set[str]]]], names: Collection[str]) -> bool:
    """Whether some fate has a free seat for each of its components, under the named rules."""
    return any(all(any(seat.isdisjoint(names) for seat in seats) for seats in fate.values()) for fate in reasons)


def _stuck(reasons: list[dict[str, list[set[str]]]], names: Collection[str]) -> bool:
    return not _has_choice(reasons, names)


def irreducible(names: Sequence[str], infeasible: Callable[[Collection[str]], bool]) -> tuple[str, ...]:
    """Deletion filter: drop names in turn, for good where what is left is still infeasible; what remains is needed.

    Parameters
    ----------
    names
        Infeasible together; those to drop first come first.
    infeasible
        Judges a collection of names. More names are never less infeasible.
    """
    kept = list(names)
    for name in names:
        less = [other for other in kept if other != name]
        if infeasible(less):
            kept = less
    return tuple(kept)


def _sets(names: Sequence[str], infeasible: Callable[[Collection[str]], bool]) -> Iterator[tuple[str, ...]]:
    """Irreducible sets that share no name, until the names of none are left: all of them dropped, nothing collides."""
    left = list(names)
    while left and infeasible(left):
        kept = irreducible(left, infeasible)
        if not kept:
            return
        yield kept
        left = [name for name in left if name not in kept]


def _examples(problem: PlacementProblem, refusals: Refusals, system: str, names: Collection[str]) -> Iterator[Finding]:
    """One refusal for each rule, in the rule's own words."""
    wanted = list(names)
    for component in problem.of_system[system]:
        for i in problem.by_component[component]:
            for said in refusals.candidate[i]:
                if said.rule in wanted:
                    wanted.remove(said.rule)
                    yield said


def _model(problem: PlacementProblem, rules: Sequence[PlacementRule], refusals: Refusals, asked: Any) -> list[Finding]:
    free = Refusals(candidate=tuple(() for _ in problem.candidates))
    slots, allowance = set(_slots(problem)), None
    if asked is not None:
        slots, allowance = slots.union(asked.slots), asked.allowance
        if "capacity" in asked.rule:
            slots |= {slot for _, slot in asked.rule["capacity"].slot}
    model = build_model(problem, rules, free, sorted(slots), allowance, tight=False)
    refused: dict[str, list[Any]] = {}
    for i, reasons in enumerate(refusals.candidate):
        for name in {said.rule for said in reasons}:
            refused.setdefault(name, []).append(model.place[i])
    for pair, reasons in refusals.server.items():
        for name in {said.rule for said in reasons}:
            refused.setdefault(name, []).append(model.reuse[pair])
    rows = Rows(model, refused, NODES, problem.scenario.seed)
    names = sorted(rows.rules, key=lambda name: KEPT_LAST.index(name) if name in KEPT_LAST else -1)
    if rows.feasible(()) == INFEASIBLE:
        return [Finding("infeasible.skeleton")]
    groups = _groups(model, rules)
    # rules that say where things may stand, not how much fits: they hold while a shortfall is sought
    only_refuse = {rule.name() for rule in rules if type(rule).build is Rule.build} | {"conduits"}
    out: list[Finding] = []
    unsure: list[Collection[str]] = []

    def infeasible(left: Collection[str]) -> bool:
        if rows.feasible(left) == INFEASIBLE:
            return True
        answer = rows.feasible(left, whole=True)
        if answer == UNDECIDED:
            unsure.append(left)
        return answer == INFEASIBLE

    for kept in _sets(names, infeasible):
        message = "infeasible.rules_unsure" if unsure else "infeasible.rules"
        out.append(Finding(message, rule=kept[-1], values=_naming(kept)))
        for name in reversed(kept):  # what is missed in hosts or money says more than what that does to each pool
            if groups.get(name):
                out += _short(
                    name, kept, names, [n for n in names if n in kept or n in only_refuse], rows, groups[name]
                )
        unsure.clear()
    return out


def _short(
    name: str,
    kept: Sequence[str],
    names: Sequence[str],
    seated: Sequence[str],
    rows: Rows,
    groups: Misses,
) -> list[Finding]:
    """By how much one rule must be missed at least, all others kept.

    Where that helps nothing, because others collide too, those of the set and those that say where things may stand;
    where even that helps nothing, those of the set alone.
    """
    asked = ((active, whole) for active in (names, seated, kept) for whole in (True, False))
    answers = ((rows.shortfall(active, groups, whole), whole) for active, whole in asked)
    found, sure = next(((short, whole) for short, whole in answers if short is not None), ({}, True))
    said = [
        Finding(f"infeasible.short.{resource}", subject=subject, rule=name, values={"short": short})
        for (subject, resource), short in found.items()
    ]
    # whole hosts were not to be had: what the relaxation misses is the least, and may not be enough
    if said and not sure:
        said.append(Finding("infeasible.at_least", rule=name, values={"named": _naming([name])["named"]}))
    return said


def _slots(problem: PlacementProblem) -> tuple[int, ...]:
    """Slots at which all that might stand in a pool, in a zone, of a level or of an architecture peaks."""
    groups: dict[Any, Any] = {}
    seen = {(candidate.pool, candidate.component) for candidate in problem.candidates}
    keys: list[tuple[Any, str]] = [(key, name) for key, name in seen if key in problem.clusters]
    for name, c in problem.components.items():
        keys += [((c.zone, c.arch, c.level), name), ("all", name)]
    for key, name in keys:
        groups[key] = groups.get(key, 0.0) + problem.cpu_use(name)
    return tuple(sorted({int(np.argmax(use)) for use in groups.values()}))


def _groups(model: Any, rules: Sequence[PlacementRule]) -> dict[str, Misses]:
    """Rows that may be missed: rule → (subject, resource) → rows, each with its unit."""
    groups = {rule.name(): rule.misses(model.rule[rule.name()]) for rule in rules}
    return {name: {key: rows for key, rows in found.items() if key[1] in QUANTITIES} for name, found in groups.items()}
