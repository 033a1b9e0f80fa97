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
  by rows missed and by refused choices let go, each weighed as its rule says; of the plans that need no more, one that
  takes few refused choices and is cheap says where. Each of the other rules of a set may give in its stead, the other
  sets mended as said before, and where it alone won't do, together with rules about hosts. A search for the least has
  its steps, all have them together; where they run out that is said.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cloudplan.findings import Finding
from cloudplan.i18n import LANGUAGES, say, words
from cloudplan.placement.blocked import Sets, blocked, collisions
from cloudplan.placement.choice import SHOWN
from cloudplan.placement.diagnosis import Diagnosis
from cloudplan.placement.dispositions import STAYS, worded
from cloudplan.placement.narrowing import RELAXED, UNSURE, WHOLE, Subjects, narrow
from cloudplan.placement.package import Trial, least_package, request
from cloudplan.placement.problem import PlacementProblem
from cloudplan.placement.rows import INFEASIBLE, Part
from cloudplan.placement.rules import PlacementRule, Refusals, resolve
from cloudplan.placement.ways import Way, headed, naming, short
from cloudplan.relief import irreducible
from cloudplan.rule import MARKS, titled

KEPT_LAST = (
    "largest-workload", "spare-hosts", "ha-hosts", "capacity", "facility", "pool-size", "storage", "reuse", "purchases",
)  # fmt: skip
"""Rules dropped last, so that the set names a quantity wherever one explains the collision."""
ALONG = ("spare-hosts", "facility", "pool-size", "storage", "capacity", "reuse", "purchases", "reuse-age")
"""Rules that may give along with another; that a workload fits on a host and copies stand apart is nobody's to give."""
STEPS = 60_000
"""Simplex iterations that all searches for the least may take together."""
Progress = Callable[[str, Mapping[str, Any]], None]
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
    problem: PlacementProblem,
    rules: Sequence[PlacementRule],
    refusals: Refusals,
    tell: Progress | None = None,
    trial: Trial | None = None,
) -> list[Finding]:
    """Say which rules collide, on what, and by how much.

    Parameters
    ----------
    problem, rules, refusals
        What was asked, the rules, and what they refuse of it; no placement is known to keep the hard ones.
    tell
        Told of each set as soon as it is found, and of each relief before it is sought.
    trial
        How what is asked for is tried, so that it is enough for packing and waves too; else only sums are judged.

    Returns
    -------
    list of Finding
        For each collision ``infeasible.system``, ``infeasible.systems`` (blocked alike; with a refusal of the first for
        each rule), ``infeasible.rules`` or ``infeasible.rule_alone`` with ``infeasible.subjects``, the value ``rules``
        holding the names; then, way by way (``infeasible.way``), what its rules would have to give
        (``infeasible.short.<resource>``, with the ``edits`` that would grant it). Last ``infeasible.request``, which
        sums up one way to mend all. Without all rules so named there is a placement, unless a system has no choice at
        all (``infeasible.no_choice``).
    """
    by_name = {rule.name(): rule for rule in rules if rule.soft is None}
    tell = tell or (lambda message, values: None)

    # of the others, those that a standard or a source asks for are dropped first: a default gives sooner
    def order(name: str) -> tuple[int, str]:
        return (MARKS.index(by_name[name].mark), name) if name not in KEPT_LAST else (9 + KEPT_LAST.index(name), name)

    tell("infeasible.searching", {})
    stuck = blocked(problem, refusals, order)
    nowhere = [system for system, sets in stuck.items() if not sets]
    if nowhere:
        alone = {system: sets for system, sets in stuck.items() if sets}
        return [
            *(Finding("infeasible.no_choice", subject=s, values={"dispositions": problem.options[s].allowed})
              for s in nowhere),
            *(said for collision in _alike(alone) for said in _said(problem, refusals, collision)),
        ]  # fmt: skip
    found: list[Collision] = []
    for collision in _alike(stuck):
        found.append(collision)
        _tell(tell, collision)
    case = Diagnosis(problem, tuple(by_name.values()), refusals)
    if case.rows.feasible(()) == INFEASIBLE:
        return [Finding("infeasible.skeleton")]
    names = sorted(by_name, key=order)
    for collision in _of_the_whole(case, names, stuck):
        found.append(collision)
        _tell(tell, collision)
    if not found:
        # the solver said so of the same rules, and the limit here was too low to see it again
        return [Finding("infeasible.rules_unsure", values=naming(list(by_name)))]
    case.limit(STEPS)
    return list(_report(case, refusals, found, names, trial, tell))


def _tell(tell: Progress, collision: Collision) -> None:
    message = "found_systems" if collision.systems else "found"
    tell(f"infeasible.{message}", {**naming(collision.rules), "count": len(collision.systems)})


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


def _report(
    case: Diagnosis,
    refusals: Refusals,
    found: Sequence[Collision],
    names: Sequence[str],
    trial: Trial | None,
    tell: Progress,
) -> Iterator[Finding]:
    givers = _givers(case, found, names)
    package = least_package(case, givers, names, trial, tell)
    case = package.case
    settled = package.grant.amounts if package.grant is not None and package.grant.whole else {}
    for collision in found:
        yield from _said(case.problem, refusals, collision)
        first = next(name for name in reversed(collision.rules) if name in givers)
        ways = (first, *(name for name in reversed(collision.rules) if name != first))
        number = 0
        for name in ways:
            way = Way(package.grant, (name,), case.ran_out)
            if name != first or package.grant is None:
                tell("infeasible.weighing", naming([name]))
                way = _instead(case, collision, (name, first), givers, settled, names)
            if len(ways) > 1 and way.grant is not None:
                number += 1
                yield headed(number, name, way)
            yield from short(case, way)
    if package.grant is not None and package.grant.state is not None:
        yield request(package)


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
    givers: Sequence[str],
    settled: Mapping[str, Any],
    names: Sequence[str],
) -> Way:
    """What a rule would have to give so that the one that gives for its set need not.

    The other givers give what they give anyway. Where that won't do, because what would otherwise give mends more than
    this set, rules about hosts give along with it.
    """
    name, first = swapped
    others = [giver for giver in givers if giver not in (name, first)]
    shared = {giver: settled.get(giver, {}) for giver in others}
    firm: dict[str, Collection[str]] = {}
    if collision.systems and first != name:
        # it still gives to the systems of other sets
        shared[first], firm[first] = settled.get(first, {}), collision.systems
    grant = case.least([name], names, shared, firm, relaxed=not settled)
    ran_out = case.ran_out
    along: tuple[str, ...] = ()
    if grant is None and not ran_out:
        still = {first} if first != name and not collision.systems else set()
        along = _along(case, name, [n for n in names if n not in shared], still.union(collision.rules))
        if along:
            grant = case.least([name, *along], names, shared, firm, relaxed=not settled)
            ran_out = case.ran_out
    return Way(grant, (name, *along), ran_out)


def _along(case: Diagnosis, name: str, names: Sequence[str], held: Collection[str]) -> tuple[str, ...]:
    """Rules about hosts that have to give along with one, none of them needlessly; none where that won't do either."""
    quantities = [n for n in ALONG if n in names and n not in held]

    def enough(givers: Collection[str]) -> bool:
        return not case.surely_infeasible([n for n in names if n != name and n not in givers])

    return irreducible(quantities, enough) if enough(quantities) else ()


def _said(problem: PlacementProblem, refusals: Refusals, collision: Collision) -> Iterator[Finding]:
    """Which rules collide, and on what."""
    values = naming(collision.rules)
    if not collision.systems:
        message = ("rules" if len(collision.rules) > 1 else "rule_alone") if collision.proven else "rules_unsure"
        yield Finding(f"infeasible.{message}", rule=collision.rules[-1], values=values)
        if collision.subjects is not None:
            yield _where(collision, collision.subjects)
            if collision.subjects.proven != UNSURE:
                yield from _decided_before(problem, collision.subjects.systems)
        return
    values |= {"count": len(collision.systems), "systems": collision.systems, "examples": collision.systems[:SHOWN]}
    message = "infeasible.system" if len(collision.systems) == 1 else "infeasible.systems"
    yield Finding(message, subject=collision.systems[0], rule=collision.rules[0], values=values)
    yield from _one_each(problem, refusals, collision.systems[0], collision.rules)
    yield from _decided_before(problem, collision.systems)


def _decided_before(problem: PlacementProblem, systems: Collection[str]) -> Iterator[Finding]:
    """Name what left systems of a collision no choice before any placement was sought: a lock, or evidence to stay."""
    bound = [name for name in systems if _bound_before(problem, name)]
    for system in bound[:SHOWN]:
        options = problem.options[system]
        decided = tuple(worded(disposition) for disposition in options.allowed)
        lock = problem.locks.of_system.get(system)
        stated = lock.disposition if lock is not None else None
        if stated is not None:
            values: dict[str, Any] = {"decided": decided, "lock": stated.subject[1], "reason": stated.reason}
            yield Finding("infeasible.decided_by_lock", subject=system, rule="locks", values=values)
        else:
            why = {language: words(options.reason, language) for language in LANGUAGES}
            yield Finding("infeasible.decided_before", subject=system, values={"decided": decided, "why": why})


def _bound_before(problem: PlacementProblem, system: str) -> bool:
    """Whether a lock decided a system's disposition, or an ordered rule that it stays."""
    lock = problem.locks.of_system.get(system)
    return (lock is not None and lock.disposition is not None) or set(problem.options[system].allowed) <= STAYS


def _one_each(problem: PlacementProblem, refusals: Refusals, system: str, rules: Collection[str]) -> Iterator[Finding]:
    """One refusal of a system for each rule, in the rule's own words; of where a lock sends it, if one does."""
    wanted = list(rules)
    numbers = [(name, i) for name in problem.of_system[system] for i in problem.by_component[name]]
    barred = {i for _, i in numbers if any(said.rule == "locks" for said in refusals.candidate[i])}
    bound = {name for name, i in numbers if i in barred}
    for _, i in sorted(numbers, key=lambda pair: (pair[0] not in bound, pair[1] in barred)):
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
    values: dict[str, Any] = {"where": where or naming(collision.rules)["named"], "parts": tuple(on.parts.items())}
    values |= {"systems": on.systems, "count": len(on.systems), "examples": on.systems[:SHOWN]}
    return Finding(PROVEN[on.proven], rule=collision.rules[-1], values=values)


def of_locks(problem: PlacementProblem, refusals: Refusals) -> list[Finding]:
    """Name every lock that no placement can hold, with the rules that refuse it; no solver is asked.

    It is a proof about one system at a time, like the look system by system: a lock that only sums refuse isn't found.
    """
    locked = problem.locks.of_system
    out: list[Finding] = []
    mark = {rule.name(): MARKS.index(rule.mark) for rule in resolve(problem.scenario.rules)[0]}
    stuck = blocked(problem, refusals, lambda name: ((name != "locks") * (1 + mark[name]), name), tuple(locked))
    for system, sets in stuck.items():
        found = [locked[system].disposition, *locked[system].pools.values()]
        rules = tuple(dict.fromkeys(name for names in sets for name in names if name != "locks"))
        for lock in {lock.subject: lock for lock in found if lock is not None}.values():
            decided: list[Any] = [] if lock.disposition is None else [worded(lock.disposition)]
            decided += [] if lock.pool is None else [lock.pool]
            values: dict[str, Any] = {"lock": lock.subject[1], "decided": tuple(decided), "reason": lock.reason}
            values |= {"system": system, **naming(rules)}
            message = "infeasible.lock" if rules else "infeasible.lock_nowhere"
            out.append(Finding(message, subject=system, rule="locks", values=values))
            out += _one_each(problem, refusals, system, rules)
    return list({(said.message, said.subject, str(said.values)): said for said in out}.values())
