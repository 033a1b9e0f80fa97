"""Why no placement holds: the rules that collide, on what, what each would have to give, and what would mend it.

Three steps:

* **Collisions.** First system by system (:mod:`.blocked`), a proof by counting; then in the whole model
  (:mod:`.diagnosis`), the systems so blocked let off by the rule that may give. Whole rules are switched off in turn,
  in a fixed order, and stay off while the rest is still infeasible: what remains is *irreducible*, infeasible
  together, feasible without any one of them. The last rule of each set gives way, and the look repeats until nothing
  collides: sets may share rules, but all the last ones gone, there is a placement.
* **Subjects.** What a set's rules say is dropped subject by subject (a pool, a room, a system), and so are systems,
  until all that is left is needed (:mod:`.narrowing`). Where a limit of questions or nodes runs out that is said.
* **Relief.** The last rule of each set gives (fewer of them, where these mend all), the others hold: the least in sum,
  in natural units, by rows missed and by refused choices let go. Each of the other rules of a set may give in its
  stead, the other sets mended as said before. Nothing smaller *in sum* would do, where the search ended; the same sum
  may be spread otherwise.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cloudplan.findings import Finding, Severity
from cloudplan.i18n import LANGUAGES, say, words
from cloudplan.placement.blocked import Sets, blocked, collisions
from cloudplan.placement.choice import SHOWN
from cloudplan.placement.diagnosis import Diagnosis, Grant
from cloudplan.placement.dispositions import worded
from cloudplan.placement.granted import still_broken
from cloudplan.placement.narrowing import RELAXED, UNSURE, WHOLE, Subjects, narrow
from cloudplan.placement.problem import PlacementProblem
from cloudplan.placement.rows import INFEASIBLE, Part
from cloudplan.placement.rules import PlacementRule, Refusals
from cloudplan.relief import irreducible
from cloudplan.rule import MARKS, titled

KEPT_LAST = (
    "largest-workload", "spare-hosts", "ha-hosts", "facility", "pool-size", "storage", "capacity", "purchases",
)  # fmt: skip
"""Rules dropped last, so that the set names a quantity wherever one explains the collision."""
NEAR = 0.05
"""What a rule gives that mends its own set and not all, is sought to this share of the least."""
PROVEN = {
    WHOLE: "infeasible.subjects", RELAXED: "infeasible.subjects_relaxed", UNSURE: "infeasible.subjects_unsure",
}  # fmt: skip
"""How it is said on what rules collide, by how far that is proven."""


@dataclass(frozen=True)
class Collision:
    """Rules that collide.

    Parameters
    ----------
    rules
        Irreducible together; the last one is the first that may give.
    systems
        Systems that they leave no choice, each by itself; none where the collision is of the whole.
    proven
        Whether each of them is proven needed.
    subjects
        On what they collide, where that isn't each system by itself.
    """

    rules: tuple[str, ...]
    systems: tuple[str, ...] = ()
    proven: bool = True
    subjects: Subjects | None = None


def explain(
    problem: PlacementProblem, rules: Sequence[PlacementRule], refusals: Refusals, asked: Any = None
) -> list[Finding]:
    """Say which rules collide, on what, and by how much.

    Parameters
    ----------
    problem, rules, refusals
        What was asked, the hard rules, and what they refuse of it; the model is known to be infeasible.
    asked
        The infeasible model, for its allowance and the slots it had come to.

    Returns
    -------
    list of Finding
        For each collision ``infeasible.system``, ``infeasible.systems`` (blocked alike; with a refusal of the first for
        each rule) or ``infeasible.rules`` with ``infeasible.subjects``, the value ``rules`` holding the names; then,
        rule by rule, what it would have to give (``infeasible.short.<resource>``, with the ``edits`` that would grant
        it). Last ``infeasible.request``, which sums up one way to mend all. Without all rules so named there is a
        placement, unless a system has no choice at all (``infeasible.no_choice``).
    """
    by_name = {rule.name(): rule for rule in rules}

    # of the others, those that a standard or a source asks for are dropped first: a default gives sooner
    def order(name: str) -> tuple[int, str]:
        return (MARKS.index(by_name[name].mark), name) if name not in KEPT_LAST else (9 + KEPT_LAST.index(name), name)

    stuck = blocked(problem, refusals, order)
    nowhere = [system for system, sets in stuck.items() if not sets]
    if nowhere:
        alone = {system: sets for system, sets in stuck.items() if sets}
        return [
            *(Finding("infeasible.no_choice", subject=s, values={"dispositions": problem.options[s].allowed})
              for s in nowhere),
            *(said for collision in _alike(alone) for said in _said(problem, refusals, collision)),
        ]  # fmt: skip
    case = Diagnosis(problem, rules, refusals, asked)
    if case.rows.feasible(()) == INFEASIBLE:
        return [Finding("infeasible.skeleton")]
    found = [*_alike(stuck), *_of_the_whole(case, sorted(by_name, key=order), stuck)]
    if not found:
        # the solver said so of the same rules, and the limit here was too low to see it again
        return [Finding("infeasible.rules_unsure", values=_naming(list(by_name)))]
    return list(_report(case, refusals, found, sorted(by_name, key=order)))


def _alike(stuck: Mapping[str, Sets]) -> list[Collision]:
    alike: dict[Sets, list[str]] = {}
    for system, sets in stuck.items():
        alike.setdefault(sets, []).append(system)
    ranked = sorted(alike.items(), key=lambda item: -len(item[1]))
    return [Collision(kept, tuple(systems)) for sets, systems in ranked for kept in sets]


def _of_the_whole(case: Diagnosis, names: Sequence[str], stuck: Mapping[str, Sets]) -> Iterator[Collision]:
    """Collisions in the whole model, once every blocked system's last rule has given way."""
    off: list[Part] = list(dict.fromkeys((kept[-1], system) for system, sets in stuck.items() for kept in sets))
    judges = (lambda left: case.infeasible(left, off)), (lambda left: case.surely_infeasible(left, off))
    for kept in collisions(names, *judges):
        proven, case.unsure = not case.unsure, False
        yield Collision(kept, proven=proven, subjects=narrow(case, kept, off))


def _report(case: Diagnosis, refusals: Refusals, found: Sequence[Collision], names: Sequence[str]) -> Iterator[Finding]:
    givers = _givers(case, found, names)
    package = case.least(givers, names)
    settled = package.amounts if package is not None and package.whole else {}
    mended: list[Finding] = []
    for collision in found:
        yield from _said(case.problem, refusals, collision)
        first = next(name for name in reversed(collision.rules) if name in givers)
        for name in (first, *(name for name in reversed(collision.rules) if name != first)):
            giving, enough = package, True
            if name != first or package is None:
                shared = [giver for giver in givers if giver not in (name, first)]
                giving, enough = _instead(case, collision, (name, first), shared, settled, names)
            said = list(_short(case, name, giving)) if giving is not None else []
            if name == first and package is not None:
                known = {(finding.message, finding.subject, finding.rule) for finding in mended}
                mended += [f for f in said if (f.message, f.subject, f.rule) not in known]
            yield from said
            if not said or not enough:
                yield Finding("infeasible.not_alone", rule=name, values={"named": _naming([name])["named"]})
    if package is not None and package.state is not None:
        yield _request(case, mended, package)


def _givers(case: Diagnosis, found: Sequence[Collision], names: Sequence[str]) -> list[str]:
    """Rules that give way, none of them needlessly: each set holds one at least."""
    last = list(dict.fromkeys(collision.rules[-1] for collision in found))

    def enough(givers: Collection[str]) -> bool:
        mends = not case.infeasible([name for name in names if name not in givers])
        sure, case.unsure = not case.unsure, False
        return mends and sure

    return list(irreducible(last, enough)) if len(last) > 1 else last


def _instead(
    case: Diagnosis,
    collision: Collision,
    swapped: tuple[str, str],
    others: Sequence[str],
    settled: Mapping[str, Any],
    names: Sequence[str],
) -> tuple[Grant | None, bool]:
    """What a rule would have to give so that the one that gives for its set need not, and whether that mends the set.

    The other givers give what they give anyway. Where that doesn't mend it, because the rule that would otherwise give
    collides with others too: what it gives to this set.
    """
    name, first = swapped
    shared = {giver: settled.get(giver, {}) for giver in others}
    firm: dict[str, Collection[str]] = {}
    if collision.systems and first != name:
        # it still gives to the systems of other sets
        shared[first], firm[first] = settled.get(first, {}), collision.systems
    grant = case.least([name], names, shared, firm, relaxed=not settled)
    if grant is not None:
        return grant, True
    return case.least([name], collision.rules, gap=NEAR), False


def _said(problem: PlacementProblem, refusals: Refusals, collision: Collision) -> Iterator[Finding]:
    """Which rules collide, and on what."""
    values = _naming(collision.rules)
    if not collision.systems:
        message = "infeasible.rules" if collision.proven else "infeasible.rules_unsure"
        yield Finding(message, rule=collision.rules[-1], values=values)
        if collision.subjects is not None:
            yield _where(collision, collision.subjects)
        return
    values |= {"count": len(collision.systems), "systems": collision.systems, "examples": collision.systems[:SHOWN]}
    message = "infeasible.system" if len(collision.systems) == 1 else "infeasible.systems"
    yield Finding(message, subject=collision.systems[0], rule=collision.rules[0], values=values)
    yield from _one_each(problem, refusals, collision.systems[0], collision.rules)


def _one_each(problem: PlacementProblem, refusals: Refusals, system: str, rules: Collection[str]) -> Iterator[Finding]:
    """One refusal of a system for each rule, in the rule's own words."""
    wanted = list(rules)
    for component in problem.of_system[system]:
        for i in problem.by_component[component]:
            for said in refusals.candidate[i]:
                if said.rule in wanted:
                    wanted.remove(said.rule)
                    yield said


def _where(collision: Collision, on: Subjects) -> Finding:
    """On which subjects the rules collide, and which systems it takes."""
    where = tuple(
        {
            language: say("infeasible.where", language, rule=titled(name, "placement")[language],
                          subjects=subjects[:SHOWN], count=len(subjects))
            for language in LANGUAGES
        }
        for name, subjects in on.parts.items() if subjects
    )  # fmt: skip
    values: dict[str, Any] = {"where": where or _naming(collision.rules)["named"], "parts": tuple(on.parts.items())}
    values |= {"systems": on.systems, "count": len(on.systems), "examples": on.systems[:SHOWN]}
    return Finding(PROVEN[on.proven], rule=collision.rules[-1], values=values)


def _short(case: Diagnosis, name: str, grant: Grant) -> Iterator[Finding]:
    """What one rule would have to give."""
    said = [
        case.rules[name].relief(case.problem, given, short, grant.choices.get(given, ()))
        for given, short in grant.amounts.get(name, {}).items()
        # a part of a refused choice is no sentence
        if grant.whole or not case.refuses(name, given)
    ]
    yield from said
    if said and not (grant.whole and grant.proven):
        message = "infeasible.perhaps_less" if grant.whole else "infeasible.at_least"
        yield Finding(message, rule=name, values={"named": _naming([name])["named"]})


def _request(case: Diagnosis, mended: Sequence[Finding], package: Grant) -> Finding:
    """Sum up one way to mend all, as lines that a request to a superior can quote; held against every rule's words."""
    # two rules may ask for the same
    once = {(f.message, f.subject, words(f)): f for f in mended if f.message.startswith("infeasible.short.")}
    asked = list(once.values())
    lines = {
        language: "\n".join(
            say("infeasible.line", language, number=number, text=words(finding, language))
            for number, finding in enumerate(asked, 1)
        )
        for language in LANGUAGES
    }
    values: dict[str, Any] = {"lines": lines, "count": len(asked)}
    broken = still_broken(case.problem, asked, package.state) if package.state is not None else ()
    if broken:
        values["named"] = _naming(broken)["named"]
        return Finding("infeasible.request_and_more", Severity.INFO, values=values)
    least = "request" if package.proven else "request_enough"
    return Finding(f"infeasible.{least}", Severity.INFO, values=values)


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


def of_locks(problem: PlacementProblem, refusals: Refusals) -> list[Finding]:
    """Name every lock that no placement can hold, with the rules that refuse it; no solver is asked.

    It is a proof about one system at a time, like the look system by system: a lock that only sums refuse isn't found.
    """
    locked = problem.locks.of_system
    out: list[Finding] = []
    stuck = blocked(problem, refusals, lambda name: (name == "locks", name), tuple(locked)) if locked else {}
    for system, sets in stuck.items():
        found = [locked[system].disposition, *locked[system].pools.values()]
        rules = tuple(dict.fromkeys(name for names in sets for name in names if name != "locks"))
        for lock in {lock.subject: lock for lock in found if lock is not None}.values():
            decided: list[Any] = [] if lock.disposition is None else [worded(lock.disposition)]
            decided += [] if lock.pool is None else [lock.pool]
            values: dict[str, Any] = {"lock": lock.subject[1], "decided": tuple(decided), "reason": lock.reason}
            values |= {"system": system, **_naming(rules)}
            message = "infeasible.lock" if rules else "infeasible.lock_nowhere"
            out.append(Finding(message, subject=system, rule="locks", values=values))
            out += _one_each(problem, refusals, system, rules)
    return list({str(said): said for said in out}.values())
