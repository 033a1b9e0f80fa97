"""The whole flow on one page: place, pack, order the waves, reckon the gains, ask the clauses, put the tables together.

The cut loop is here, in plain sight: placement judges a pool by its sums; where packing finds that the sums were too
kind (some workload is left over), that pool's demand is enlarged by an allowance and its hosts are chosen anew. The
bound stays the first one, which no allowance touched: it holds for every plan.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from cloudplan import migration, packing, placement
from cloudplan.assumptions import DEFAULT_FACTORS, factors_of
from cloudplan.blanks import stood_in
from cloudplan.bundle import Plan
from cloudplan.clauses import verdicts_of
from cloudplan.costs import PRICES, TERMS, missing_prices
from cloudplan.errors import BadInput, Infeasible, NoAnswer
from cloudplan.findings import Finding, Place, Severity, errors_in
from cloudplan.gains import Outcome, gains
from cloudplan.i18n import LANGUAGES, words
from cloudplan.inventory import Inventory
from cloudplan.inventory.cells import closest
from cloudplan.inventory.schema import schema
from cloudplan.migration import asked, waves
from cloudplan.migration.calendar import windows, within
from cloudplan.migration.problem import Freeze, MigrationPlan, MigrationProblem
from cloudplan.packing.pack import pack, unplaced_findings
from cloudplan.packing.problem import Packing, PackingProblem
from cloudplan.placement import candidates
from cloudplan.placement.dispositions import STAYS
from cloudplan.placement.fates import fates_of
from cloudplan.placement.problem import PlacementProblem
from cloudplan.placement.rules import PlacementRule, Refusals
from cloudplan.placement.soft import penalties
from cloudplan.placement.solve import Placement, solve, violations
from cloudplan.placement.terms import cost, cost_by_term
from cloudplan.rule import titled
from cloudplan.scenario import Scenario
from cloudplan.scenario_file import Holes, Positions, check_against
from cloudplan.tables import Result, facts_of, tables_of

MISSES_LISTED = 5
"""Misses of one soft rule that are listed one by one."""
NEEDED = ("departments", "systems", "zones", "pools", "targets")
"""Tables without a record of which there is nothing to plan, or nowhere to plan it."""

Progress = Callable[[str, Mapping[str, Any]], None]


def make_plan(
    scenario: Scenario, inventory: Inventory, progress: Progress | None = None, positions: Positions | None = None
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
    findings = check(scenario, inventory, positions)
    if errors_in(findings):
        raise BadInput(findings)
    tell("plan.placing", {})
    try:
        problem = candidates.problem_of(inventory, scenario)
        rules, _ = placement.rules.resolve(scenario.rules)
        refusals = placement.rules.refusals_of(problem, rules)
        placed, bound, packings, journey, moves = _decide(problem, rules, refusals, tell)
    except (Infeasible, NoAnswer) as error:
        raise type(error)([*error.findings, *findings]) from error
    host_of = _hosts(packings)
    tell("plan.reckoning", {})
    fates = {server: decided.fate for server, decided in fates_of(problem, placed.state, refusals).items()}
    outcome = _outcome(placed, host_of, moves, fates)
    gained = gains(inventory, scenario, problem.demand, problem.capacity, outcome, factors_of(inventory, scenario))
    verdicts = verdicts_of(problem, replace(placed.state, host_of=host_of, cutovers=moves.cutovers))
    result = Result(problem, rules, refusals, placed, bound, packings, host_of, journey, moves, gained, verdicts)
    return Plan(
        facts=facts_of(result),
        scenario=scenario,
        inventory=inventory,
        tables=tables_of(result),
        findings=(
            *inventory.findings,
            *(finding for finding in findings if finding not in inventory.findings),
            *_missed(problem, rules, placed),
            *moves.findings,
            *gained.findings,
        ),
    )


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


def _decide(
    problem: PlacementProblem, rules: tuple[PlacementRule, ...], refusals: Refusals, tell: Progress
) -> tuple[Placement, float, tuple[Packing, ...], MigrationProblem, MigrationPlan]:
    """Place, pack and order the waves; cut off what packing or the waves refuse, and choose the hosts again."""
    allowance: dict[str, float] = {}
    barred: set[tuple[str, str]] = set()
    placed = solve(problem, rules, progress=tell, refusals=refusals)
    bound, seated = placed.bound, placed.state
    complaints: list[Finding] = []
    last = problem.scenario.solver.rounds
    for round_ in range(1, last + 1):
        tell("plan.packing", {"hosts": len(placed.state.hosts)})
        asked_of = {pool: packing_problem(problem, placed, pool) for pool in problem.clusters}
        packings = tuple(pack(question) for question in asked_of.values() if question.workloads)
        failed = {packed.pool: packed for packed in packings if packed.unplaced}
        if not failed:
            tell("plan.ordering", {"systems": len(placed.dispositions)})
            journey = asked.problem_of(problem, placed, _hosts(packings))
            moves = waves.plan_waves(journey)
            if not moves.unscheduled:
                packings = _as_moved(packings, moves)
                placed, journey, moves = _lean(problem, rules, placed, packings, journey, moves)
                packings = _as_moved(packings, moves)
                tell("plan.decided", {"hosts": len(placed.state.hosts), "cost": placed.objective})
                return placed, bound, packings, journey, moves
            complaints, late = errors_in(moves.findings), _late(problem, placed, moves)
            if not late - barred:
                raise NoAnswer([Finding("plan.no_order", values={"count": len(moves.unscheduled)}), *complaints])
            barred |= late
        else:
            complaints = [said for pool in failed for said in unplaced_findings(asked_of[pool], failed[pool])]
            for pool, packed in failed.items():
                more = max(0.03 * round_, _left_over(asked_of[pool], packed))
                allowance[pool] = allowance.get(pool, 0.0) + more
        if round_ == last:
            break
        if failed:
            tell("plan.cut", {"pools": sorted(failed), "round": round_})
        else:
            tell("plan.late", {"count": len({server for server, _ in late}), "round": round_})
        try:
            placed = solve(problem, rules, allowance, tell, seated, barred, refusals)
        except Infeasible:
            try:
                placed = solve(problem, rules, allowance, tell, None, barred, refusals)
            except Infeasible as infeasible:
                # the cuts alone make it so, and nobody proved what they cut off impossible
                raise NoAnswer([Finding("plan.cut_off"), *infeasible.findings, *complaints]) from infeasible
            seated = placed.state
    raise NoAnswer([Finding("plan.rounds", values={"rounds": last}), *complaints])


def _as_moved(packings: tuple[Packing, ...], moves: MigrationPlan) -> tuple[Packing, ...]:
    """Leave workloads where the last wave has them: a host that joins after it has nothing to wait for."""
    if not moves.states:
        return packings
    ends = moves.states[-1].host_of
    moved = []
    for packed in packings:
        host_of = {workload: ends.get(workload, host) for workload, host in packed.host_of.items()}
        moved.append(replace(packed, host_of=host_of, hosts_used=len(set(host_of.values()))))
    return tuple(moved)


def _lean(
    problem: PlacementProblem,
    rules: tuple[PlacementRule, ...],
    placed: Placement,
    packings: tuple[Packing, ...],
    journey: MigrationProblem,
    moves: MigrationPlan,
) -> tuple[Placement, MigrationProblem, MigrationPlan]:
    """Do without the hosts that nothing ever uses, if the waves can."""
    lean = _trimmed(problem, rules, placed, packings, moves)
    if len(lean.state.hosts) < len(placed.state.hosts):
        shorter = asked.problem_of(problem, lean, _hosts(packings))
        again = waves.plan_waves(shorter)
        if not again.unscheduled:
            return lean, shorter, again
    return placed, journey, moves


def _trimmed(
    problem: PlacementProblem,
    rules: tuple[PlacementRule, ...],
    placed: Placement,
    packings: tuple[Packing, ...],
    moves: MigrationPlan,
) -> Placement:
    """Leave out hosts that stay empty in the end and in every wave and that are no spares, while every rule is kept."""
    loaded = {host for packed in packings for host in packed.host_of.values()}
    loaded |= {host for state in moves.states for host in state.host_of.values()}
    loaded |= {name for state in moves.states for name, host in state.hosts.items() if host.spare}
    hosts = placed.state.hosts
    idle = [name for name, host in hosts.items() if name not in loaded and not host.spare and host.source != "existing"]
    dearest = sorted(idle, key=lambda n: (-sum(problem.host_price(hosts[n].kind, hosts[n].pool).values()), n))
    state = placed.state
    for name in dearest:
        fewer = replace(state, hosts={n: host for n, host in state.hosts.items() if n != name})
        if not errors_in(violations(problem, rules, fewer)):
            state = fewer
    return replace(
        placed,
        state=state,
        objective=cost(problem, state, rules),
        terms=cost_by_term(problem, state),
        penalties=penalties(problem, rules, state),
    )


def _hosts(packings: tuple[Packing, ...]) -> dict[str, str]:
    return {workload: host for packed in packings for workload, host in packed.host_of.items()}


def _left_over(question: PackingProblem, packed: Packing) -> float:
    """Share of a pool's demand that packing left over, in the resource where it is largest."""
    rows = [i for i, workload in enumerate(question.workloads) if workload in set(packed.unplaced)]
    sizes = (question.vcpu, question.memory_gib, question.cpu_use.max(axis=1))
    return max(float(size[rows].sum() / size.sum()) for size in sizes if size.sum() > 0)


def _late(problem: PlacementProblem, placed: Placement, moves: MigrationPlan) -> set[tuple[str, str]]:
    """Servers that a pool waits for in vain, and all others whose own load waits for that pool."""
    waiting = {
        (host, moves.hosts[host].pool)
        for finding in moves.findings
        for host in finding.values.get("waiting") or ()
        if host in moves.hosts and moves.hosts[host].source == "reused"
    }
    seats = placed.state.seats
    stuck = {pool for _, pool in waiting}
    bound_for = {
        (server, seats[name].pool)
        for name, component in problem.components.items()
        if name in seats and seats[name].pool in stuck
        for server in component.servers
    }
    return waiting | {pair for pair in bound_for & set(problem.reuse) if pair[0] not in problem.capacity.existing}


def packing_problem(problem: PlacementProblem, placed: Placement, pool: str) -> PackingProblem:
    """Ask how one cluster's workloads fit on the hosts that placement chose for it."""
    state, demand = placed.state, problem.demand
    rows = sorted(r for c, seat in state.seats.items() if seat.pool == pool for r in problem.components[c].rows)
    groups = problem.inventory["workloads"]["ha_group"]
    hosts = tuple(host for host in state.hosts.values() if host.pool == pool)
    # what stays in a pool stays on its host
    stays = {c for c in state.seats if state.dispositions.get(problem.components[c].system) in STAYS}
    home = problem.inventory["workloads"]["server"]
    pinned = {w: str(home[w]) for c in stays if state.seats[c].pool == pool for w in problem.components[c].workloads}
    buyable = tuple(kind for kind, name in problem.buyable if name == pool)
    return PackingProblem(
        pool=pool,
        workloads=tuple(demand.workloads[r] for r in rows),
        cpu_use=demand.cpu_use[rows],
        vcpu=demand.vcpu[rows],
        memory_gib=demand.memory_gib[rows],
        mbps=demand.mbps[rows],
        cpu_ratio=problem.clusters[pool].cpu_ratio,
        ha_group=tuple(groups[demand.workloads[r]] for r in rows),
        hosts=hosts,
        kinds={kind: problem.capacity.kinds[kind] for kind in {*buyable, *(host.kind for host in hosts)}},
        purchasable=buyable if problem.scenario.purchases.allowed else (),
        spare_hosts=problem.clusters[pool].spare_hosts,
        pinned=dict(sorted(pinned.items())),
        options=problem.scenario.rules,
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
