"""The whole flow on one page: check, decide (:mod:`cloudplan.decide`), reckon gains and clauses, make the tables."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from cloudplan import migration, packing, placement
from cloudplan.assumptions import DEFAULT_FACTORS, factors_of
from cloudplan.blanks import stood_in
from cloudplan.bundle import Plan
from cloudplan.clauses import verdicts_of
from cloudplan.costs import PRICES, TERMS, missing_prices
from cloudplan.decide import Decision, Progress, decide
from cloudplan.earlier import Earlier
from cloudplan.errors import BadInput, Infeasible, NoAnswer
from cloudplan.findings import Finding, Place, Severity, errors_in
from cloudplan.gains import Outcome, gains
from cloudplan.i18n import LANGUAGES, words
from cloudplan.inventory import Inventory
from cloudplan.inventory.cells import closest
from cloudplan.inventory.schema import schema
from cloudplan.migration.calendar import windows, within
from cloudplan.migration.problem import Freeze, MigrationPlan
from cloudplan.placement import candidates, infeasible
from cloudplan.placement.fates import fates_of
from cloudplan.placement.problem import PlacementProblem
from cloudplan.placement.rules import PlacementRule, Refusals
from cloudplan.placement.solve import Further, Placement, violations
from cloudplan.replan import changed_inputs, changes_of, servers_told_apart
from cloudplan.replan.carried import carried_out
from cloudplan.replan.onward import closed_before, onward
from cloudplan.rule import MISSES_LISTED, titled
from cloudplan.scenario import Scenario
from cloudplan.scenario_file import Holes, Positions, check_against
from cloudplan.tables import Result, facts_of, tables_of

NEEDED = ("departments", "systems", "zones", "pools", "targets")
"""Tables without a record of which there is nothing to plan, or nowhere to plan it."""


def make_plan(
    scenario: Scenario,
    inventory: Inventory,
    progress: Progress | None = None,
    positions: Positions | None = None,
    since: Plan | None = None,
) -> Plan:
    """Plan one scenario.

    Parameters
    ----------
    scenario, inventory
        The assumptions and the estate.
    progress
        Told the id and the values of a message whenever a stage begins or a solver run ends.
    positions
        Where the scenario's values stand, so that a fault names its line and column.
    since
        A plan in progress that this one follows: what of it is done is a fact, and what isn't changes only for a
        reason, which ``changes`` states.

    Raises
    ------
    BadInput
        If the scenario names rules, options, locks or prices that don't exist.
    Infeasible
        If no plan keeps every rule.
    NoAnswer
        If a limit ran out before any plan was found. Both carry the warnings and remarks of :func:`check` too: what
        stood in for a blank may be why.
    """
    tell = progress or (lambda message, values: None)
    question = question_of(scenario, inventory, positions, since)
    tell("plan.placing", {})
    decided = settle(question, tell)
    return bundle_of(question, decided, tell)


@dataclass(frozen=True, eq=False)
class Question:
    """What is asked: the problem, the rules that hold, what they refuse, and what the checks had to say.

    ``since`` is the plan in progress that it follows, if any, and ``stated`` the inventory before what that plan has
    done was entered into it.
    """

    problem: PlacementProblem
    rules: tuple[PlacementRule, ...]
    refusals: Refusals
    findings: tuple[Finding, ...]
    since: Plan | None
    stated: Inventory


def question_of(
    scenario: Scenario, inventory: Inventory, positions: Positions | None = None, since: Plan | None = None
) -> Question:
    """Put together what a scenario asks; see :func:`make_plan` for what it raises."""
    scenario = scenario if since is None else onward(scenario)
    findings = check(scenario, inventory, positions)
    if errors_in(findings):
        raise BadInput(findings)
    followed = None if since is None else carried_out(inventory, since, scenario.today)
    if followed is None:
        return _question(scenario, inventory, findings)
    question = _question(scenario, followed.inventory, (*findings, *followed.findings), followed.earlier)
    return replace(question, since=since, stated=inventory)


def asked_again(plan: Plan) -> Question:
    """Ask once more what a saved plan was asked, from its own inputs."""
    findings = check(plan.scenario, plan.inventory)
    if errors_in(findings):
        raise BadInput(findings)
    return _question(plan.scenario, plan.inventory, findings, plan.earlier)


def _question(
    scenario: Scenario, inventory: Inventory, findings: tuple[Finding, ...], earlier: Earlier | None = None
) -> Question:
    problem = candidates.problem_of(inventory, scenario, earlier)
    rules, _ = placement.rules.resolve(scenario.rules)
    refusals = placement.rules.refusals_of(problem, rules)
    return Question(problem, rules, refusals, (*findings, *_overruled(problem)), None, inventory)


def settle(question: Question, tell: Progress, further: Callable[[int], Further | None] | None = None) -> Decision:
    """Decide what is asked; an error carries what the checks had to say, and the locks that can't hold.

    ``further`` is what :func:`cloudplan.decide.decide` takes.
    """
    problem, refusals = question.problem, question.refusals
    unheld = infeasible.of_locks(problem, refusals)
    locks = tuple(dict.fromkeys(said.values["lock"] for said in unheld if "lock" in said.values))
    if locks:
        tell("plan.locks_refused", {"locks": locks, "count": len(locks)})  # known at once, what else collides is not
    try:
        return decide(problem, question.rules, refusals, tell, further)
    except (Infeasible, NoAnswer) as error:
        # a lock that can't hold is told first; what the collision says of it in the same words isn't told again
        known = {(said.message, said.subject, str(said.values)) for said in unheld}
        new = [f for f in error.findings if (f.message, f.subject, str(f.values)) not in known]
        raise type(error)([*unheld, *new, *question.findings]) from error


def bundle_of(question: Question, decided: Decision, tell: Progress) -> Plan:
    """Reckon the gains of a decision and put its tables together."""
    problem, rules, refusals = question.problem, question.rules, question.refusals
    scenario, inventory, earlier = problem.scenario, problem.inventory, problem.earlier
    placed, moves, host_of = decided.placed, closed_before(decided.moves, earlier), decided.host_of
    tell("plan.reckoning", {})
    fates = {server: fated.fate for server, fated in fates_of(problem, placed.state, refusals).items()}
    outcome = _outcome(placed, host_of, moves, fates)
    gained = gains(inventory, scenario, problem.demand, problem.capacity, outcome, factors_of(inventory, scenario))
    verdicts = verdicts_of(problem, replace(placed.state, host_of=host_of, cutovers=moves.cutovers))
    result = Result(
        problem=problem,
        rules=rules,
        refusals=refusals,
        placed=placed,
        bound=decided.bound,
        packings=decided.packings,
        host_of=host_of,
        asked=decided.journey,
        moves=moves,
        late=decided.late,
        allowance=decided.allowance,
        gained=gained,
        verdicts=verdicts,
    )
    tables = tables_of(result)
    apart: tuple[Finding, ...] = ()
    if question.since is not None:
        tell("plan.comparing", {})
        tables["changes"] = changes_of(question.since, question.stated, result, rules, tables, decided.late)
        apart = (
            *changed_inputs(question.since, question.stated, scenario),
            *servers_told_apart(question.since, question.stated, result, tables),
        )
    return Plan(
        facts=facts_of(result),
        scenario=scenario,
        inventory=inventory,
        tables=tables,
        findings=(
            *inventory.findings,
            *(finding for finding in question.findings if finding not in inventory.findings),
            *_missed(problem, rules, placed),
            *(finding for rule in rules for finding in rule.unjudged(problem, placed.state)),
            *moves.findings,
            *gained.findings,
            *apart,
        ),
        earlier=earlier,
    )


def _overruled(problem: PlacementProblem) -> Iterator[Finding]:
    """Name the ordered rules that locks overrule, as warnings: once for each lock and rule, with the systems."""
    alike: dict[tuple[str, str], list[Finding]] = {}
    for options in problem.options.values():
        for said in options.overruled:
            alike.setdefault((said.rule, str(said.values["lock"])), []).append(said)
    for (rule, _), found in alike.items():
        first, *more = found
        if not more:
            yield first
            continue
        subjects = tuple(str(said.subject) for said in found)
        values = {**first.values, "count": len(found), "examples": subjects[:MISSES_LISTED], "subjects": subjects}
        yield Finding("plan.overruled_many", Severity.WARNING, rule=rule, values=values)


def judged_locks(scenario: Scenario, inventory: Inventory) -> list[Finding]:
    """Judge the locks without solving anything: those that no plan can hold are errors, what others overrule warnings.

    Parameters
    ----------
    scenario, inventory
        What :func:`check` found nothing wrong with.
    """
    if not scenario.locks:
        return []
    question = _question(scenario, inventory, ())
    return [*infeasible.of_locks(question.problem, question.refusals), *question.findings]


def _missed(problem: PlacementProblem, rules: tuple[PlacementRule, ...], placed: Placement) -> Iterator[Finding]:
    """What the plan misses of the soft rules, as warnings; many of one rule as one, with the first as examples."""
    for rule in rules:
        found = violations(problem, [rule], placed.state) if rule.soft is not None else ()
        if len(found) <= MISSES_LISTED:
            yield from found
            continue
        subjects = tuple(dict.fromkeys(finding.subject for finding in found))
        first = {language: words(found[0], language) for language in LANGUAGES}
        values = {"rule": titled(rule.name(), "placement"), "count": len(found), "first": first}
        values |= {"examples": subjects[:MISSES_LISTED], "subjects": subjects}
        yield Finding("plan.missed_many", Severity.WARNING, rule=rule.name(), values=values)


def check(
    scenario: Scenario, inventory: Inventory | None, positions: Positions | None = None, holes: Holes | None = None
) -> tuple[Finding, ...]:
    """Say what is wrong between a scenario and its inventory: locks, dates, prices, rules, weights; and what stands in.

    What stands in for a blank is a remark, and comes last (:func:`~cloudplan.blanks.stood_in`).

    Parameters
    ----------
    scenario, inventory
        What was read, as far as it could be; without an inventory only rules and weights are judged.
    positions
        Where the scenario's values stand.
    holes
        What couldn't be read, and isn't judged.
    """
    holes, rules = holes or Holes(), _check_rules(scenario, positions)
    if inventory is None:
        return rules
    rules = (*rules, *_check_options(scenario, inventory, positions, holes))
    stated = check_against(scenario, inventory, positions or Positions(""), PRICES, DEFAULT_FACTORS, holes)
    findings = [finding if positions is not None else replace(finding, place=None) for finding in stated]
    priced = holes.tables.isdisjoint({"prices", "pools", "targets"})
    missing = missing_prices(inventory, scenario) if priced else []
    empty = [
        Finding("plan.empty_table", subject=table, place=Place(str(Path(inventory.origin, f"{table}.csv"))),
                values={"table": schema().tables[table].titles, "file": f"{table}.csv"})
        for table in NEEDED if table not in holes.tables and inventory[table].empty
    ]  # fmt: skip
    found = (*findings, *rules, *empty, *missing, *_check_calendar(scenario, inventory, holes))
    if errors_in((*found, *inventory.findings)):
        return found  # what stands in for a blank is reckoned from sound tables only
    return (*found, *stood_in(inventory, scenario))


def _check_rules(scenario: Scenario, positions: Positions | None = None) -> tuple[Finding, ...]:
    """Say everything that is wrong with a scenario's rules and weights; no inventory is needed."""
    homes = (placement.rules, packing.rules, migration.rules)
    places: dict[tuple[str, ...], Place] = {}
    if positions is not None:
        for name, options in scenario.rules.items():
            places[(name,)] = positions.key("rules", name)
            for option in options if isinstance(options, Mapping) else ():
                places[(name, str(option))] = positions.key("rules", name, str(option))
    said: dict[tuple[str | None, ...], Finding] = {}
    for home in homes:
        for finding in home.resolve(scenario.rules, places)[1]:
            said.setdefault((finding.message, finding.rule, finding.subject, str(finding.values)), finding)
    findings = list(said.values())
    known = sorted({rule.name() for home in homes for rule in home.all_rules()})
    for name in scenario.rules:
        if name not in known and "." not in name:
            values = {"rule": name, "known": closest(name, known) or known}
            findings.append(Finding("plan.unknown_rule", rule=name, values=values, place=places.get((name,))))
    for name in scenario.weights:
        if name not in TERMS:
            place = positions.key("weights", name) if positions is not None else None
            near: Any = closest(name, TERMS) or TERMS
            findings.append(Finding("plan.unknown_term", subject=name, values={"known": near}, place=place))
    return tuple(findings)


def _check_options(
    scenario: Scenario, inventory: Inventory, positions: Positions | None, holes: Holes
) -> Iterator[Finding]:
    """Ask every rule that holds whether its options fit the inventory, as far as that could be read."""
    if holes.tables:
        return
    for home in (placement, packing, migration):
        for rule in home.rules.resolve(scenario.rules)[0]:
            for said in rule.faults(inventory):
                place = positions.key("rules", rule.name()) if positions is not None else None
                yield replace(said, place=place)


def _check_calendar(scenario: Scenario, inventory: Inventory, holes: Holes) -> Iterator[Finding]:
    """Name the entries of the calendar that allow cutovers on their days only, where no window fits any of them."""
    if "calendar" in holes.tables or not holes.sound("migration"):
        return
    listed = windows(scenario.migration)
    row: Any
    for row in inventory["calendar"].itertuples():
        entry = Freeze(row.name, row.starts_on, row.ends_on)
        if row.kind == "window" and not any(within(entry, window) for window in listed):
            values = {"name": row.name, "starts_on": row.starts_on, "ends_on": row.ends_on,
                      "window": scenario.migration.window_starts, "hours": scenario.migration.window_hours}  # fmt: skip
            yield Finding(
                "plan.no_window",
                Severity.WARNING,
                row.Index,
                values=values,
                place=inventory.place("calendar", row.Index),
            )


def _outcome(placed: Placement, host_of: Mapping[str, str], moves: MigrationPlan, fates: Mapping[str, str]) -> Outcome:
    return Outcome(
        dispositions=placed.state.dispositions,
        seats=placed.state.seats,
        hosts=moves.hosts,
        host_of=host_of,
        fates=fates,
        closures={closure.room: closure.closes_on for closure in moves.closures},
    )
