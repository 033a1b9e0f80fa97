"""The whole flow on one page: place, pack, order the waves, reckon the gains, put the tables together.

The cut loop is here, in plain sight: placement judges a pool by its sums; where packing finds that the sums were too
kind (some workload is left over), that pool's demand is enlarged by an allowance and its hosts are chosen anew. The
bound stays the first one, which no allowance touched: it holds for every plan.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import cloudplan.migration.rules
import cloudplan.packing.rules
import cloudplan.placement.rules
from cloudplan import migration, packing, placement
from cloudplan.assumptions import factors_of
from cloudplan.bundle import Plan
from cloudplan.costs import TERMS
from cloudplan.errors import BadInput, Infeasible, NoAnswer
from cloudplan.findings import Finding, errors_in
from cloudplan.gains import Outcome, gains
from cloudplan.inventory import Inventory
from cloudplan.migration import asked, waves
from cloudplan.migration.problem import MigrationPlan
from cloudplan.packing.pack import pack, unplaced_findings
from cloudplan.packing.problem import Packing, PackingProblem
from cloudplan.placement import candidates
from cloudplan.placement.problem import PlacementProblem
from cloudplan.placement.rules import PlacementRule
from cloudplan.placement.solve import Placement, solve
from cloudplan.rule import resolve_rules
from cloudplan.scenario import Scenario
from cloudplan.scenario_file import Positions, check_against
from cloudplan.tables import Result, facts_of, fates_of, tables_of

Progress = Callable[[str, Mapping[str, Any]], None]


def make_plan(scenario: Scenario, inventory: Inventory, progress: Progress | None = None) -> Plan:
    """Plan one scenario.

    Parameters
    ----------
    scenario, inventory
        The assumptions and the estate.
    progress
        Told the id and the values of a message whenever a stage begins or a solver run ends.

    Raises
    ------
    BadInput
        If the scenario names rules, options, locks or prices that don't exist.
    Infeasible
        If no plan keeps every rule.
    NoAnswer
        If a limit ran out before any plan was found.
    """
    tell = progress or (lambda message, values: None)
    findings = check(scenario, inventory)
    if errors_in(findings):
        raise BadInput(findings)
    tell("plan.placing", {})
    problem = candidates.problem_of(inventory, scenario)
    rules, _ = placement.rules.resolve(scenario.rules)
    placed, bound, packings = _place_and_pack(problem, rules, tell)
    host_of = {workload: host for packed in packings for workload, host in packed.host_of.items()}
    tell("plan.ordering", {"systems": len(placed.dispositions)})
    moves = waves.plan_waves(asked.problem_of(problem, placed, host_of))
    if moves.unscheduled:
        raise Infeasible(errors_in(moves.findings))
    tell("plan.reckoning", {})
    gained = gains(inventory, scenario, problem.demand, problem.capacity, _outcome(problem, placed, host_of, moves),
                   factors_of(inventory, scenario))  # fmt: skip
    result = Result(problem, placed, bound, packings, host_of, moves, gained)
    return Plan(
        facts=facts_of(result),
        scenario=scenario,
        inventory=inventory,
        tables=tables_of(result),
        findings=(*inventory.findings, *findings, *moves.findings, *gained.findings),
    )


def check(scenario: Scenario, inventory: Inventory, positions: Positions | None = None) -> tuple[Finding, ...]:
    """Say everything that is wrong between a scenario and its inventory: locks, dates, prices, rules, weights."""
    findings = list(check_against(scenario, inventory, positions))
    homes = (placement.rules.all_rules(), packing.rules.all_rules(), migration.rules.all_rules())
    places = {}
    if positions is not None:
        for name, options in scenario.rules.items():
            places[(name,)] = positions.key("rules", name)
            for option in options if isinstance(options, Mapping) else ():
                places[(name, str(option))] = positions.key("rules", name, str(option))
    said: dict[tuple[str, str], None] = {}
    for classes in homes:
        for finding in resolve_rules(classes, scenario.rules, places)[1]:
            if said.setdefault((finding.message, str(finding.values)), None) is None:
                findings.append(finding)
    known = sorted({rule.name() for classes in homes for rule in classes})
    for name in scenario.rules:
        if name not in known:
            findings.append(Finding("plan.unknown_rule", rule=name, values={"rule": name, "known": known}, place=places.get((name,))))
    for name in scenario.weights:
        if name not in TERMS:
            place = positions.key("weights", name) if positions is not None else None
            findings.append(Finding("plan.unknown_term", subject=name, values={"known": TERMS}, place=place))
    return tuple(findings)


def _place_and_pack(
    problem: PlacementProblem, rules: tuple[PlacementRule, ...], tell: Progress
) -> tuple[Placement, float, tuple[Packing, ...]]:
    placed = solve(problem, rules, progress=tell)
    bound, seated, allowance = placed.bound, placed.state, dict[str, float]()
    for round_ in range(problem.scenario.solver.rounds + 1):
        tell("plan.packing", {"hosts": len(placed.state.hosts)})
        asked_of = [packing_problem(problem, placed, pool) for pool in problem.clusters]
        packings = tuple(pack(asked) for asked in asked_of if asked.workloads)
        failed = {packed.pool: packed for packed in packings if packed.unplaced}
        if not failed:
            return placed, bound, packings
        if round_ == problem.scenario.solver.rounds:
            break
        for pool, packed in failed.items():
            # a first step of the share that was left over, at least 2 %, then larger ones
            share = len(packed.unplaced) / max(1, len(packed.unplaced) + len(packed.host_of))
            allowance[pool] = allowance.get(pool, 0.0) + max(0.02 * (round_ + 1), share)
        tell("plan.cut", {"pools": sorted(failed), "round": round_ + 1})
        try:
            placed = solve(problem, rules, allowance, tell, seated)
        except Infeasible:
            placed = solve(problem, rules, allowance, tell)
            seated = placed.state
    left = {asked.pool: asked for asked in asked_of}
    raise NoAnswer(f for pool, packed in failed.items() for f in unplaced_findings(left[pool], packed))


def packing_problem(problem: PlacementProblem, placed: Placement, pool: str) -> PackingProblem:
    """Ask how one cluster's workloads fit on the hosts that placement chose for it."""
    state, demand = placed.state, problem.demand
    rows = sorted(r for c, seat in state.seats.items() if seat.pool == pool for r in problem.components[c].rows)
    groups = problem.inventory["workloads"]["ha_group"]
    hosts = tuple(host for host in state.hosts.values() if host.pool == pool)
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
        options=problem.scenario.rules,
    )


def _outcome(
    problem: PlacementProblem, placed: Placement, host_of: Mapping[str, str], moves: MigrationPlan
) -> Outcome:
    return Outcome(
        dispositions=placed.state.dispositions,
        seats=placed.state.seats,
        hosts=moves.hosts,
        host_of=host_of,
        fates={server: fate for server, (fate, _) in fates_of(problem, placed).items()},
        closures={closure.room: closure.closes_on for closure in moves.closures},
    )
