"""What consolidation gains: utilisation, machines, rooms, energy and carbon, before and after, by one set of formulas.

A side (today's estate, or the estate that the plan leads to) is a list of powered machines with their capacity and the
workloads on each (:mod:`.sides`); loads (:mod:`.loads`) are the same on both sides: today's, without growth. From these
two follow utilisation (:mod:`.utilisation`), energy (:mod:`.electricity`) and the key figures (:mod:`.kpis`); what is
left in the packed pools is in :mod:`.packed`.
"""

from __future__ import annotations

from collections.abc import Mapping

from cloudplan.assumptions import DEFAULT_FACTORS
from cloudplan.capacity import Capacity
from cloudplan.demand import Demand
from cloudplan.findings import Finding, Severity
from cloudplan.gains.electricity import energy_of
from cloudplan.gains.kpis import kpis_of
from cloudplan.gains.loads import PRIORS, loads_of
from cloudplan.gains.sides import idle_machines, side_after, side_today
from cloudplan.gains.utilisation import over_full, utilisation_of
from cloudplan.gains.values import Gains, Kpi, Outcome
from cloudplan.inventory import Inventory
from cloudplan.scenario import Scenario

__all__ = ["Gains", "Kpi", "Outcome", "gains"]


def gains(
    inventory: Inventory,
    scenario: Scenario,
    demand: Demand,
    capacity: Capacity,
    outcome: Outcome,
    factors: Mapping[str, float],
) -> Gains:
    """Reckon what a plan gains over today's estate.

    Parameters
    ----------
    inventory, scenario, demand, capacity
        What was planned with.
    outcome
        What the plan decided.
    factors
        In force (:func:`cloudplan.assumptions.factors_of`); the project's default stands in for one that is absent, and
        a finding says so for the priors of what was neither monitored nor stated.

    Returns
    -------
    Gains
        The same inputs give the same values.
    """
    known = {**{name: value for name, (value, _) in DEFAULT_FACTORS.items()}, **factors}
    findings = [
        Finding("gains.prior_default", Severity.INFO, name, values={"value": known[name]})
        for pair in PRIORS.values()
        for name in pair
        if name not in factors
    ]
    loads = loads_of(inventory, scenario, demand, known)
    before = side_today(inventory, scenario, demand, known)
    if empty := idle_machines(before):
        values = {"servers": len(empty), "examples": tuple(empty[:5])}
        findings.append(Finding("gains.runs_nothing", Severity.WARNING, values=values))
    after = side_after(inventory, scenario, demand, capacity, outcome, known)
    utilisation = utilisation_of(inventory, demand, loads, before, after)
    findings += over_full(utilisation)
    energy = energy_of(inventory, outcome, loads.cpu, before, after, known)
    kpis = kpis_of(inventory, scenario, demand, capacity, outcome, utilisation, energy, before, after, known)
    return Gains(utilisation, kpis, energy.rooms, tuple(findings))
