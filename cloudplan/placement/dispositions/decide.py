"""The first rule that speaks decides: :class:`Options`, what it leaves open for each system."""

from __future__ import annotations

from dataclasses import dataclass, replace

from cloudplan.earlier import Earlier
from cloudplan.findings import Finding, Severity
from cloudplan.inventory import Inventory
from cloudplan.inventory.estate import holds
from cloudplan.locks import Locks, SystemLocks
from cloudplan.placement.dispositions.case import Case, cases_of
from cloudplan.placement.dispositions.rule import OrderedRule
from cloudplan.placement.dispositions.rules import ordered_rules
from cloudplan.scenario import Scenario


@dataclass(frozen=True, slots=True)
class Options:
    """What is left open for one system.

    Parameters
    ----------
    allowed
        Dispositions that the model may choose from.
    rule
        Name of the rule that decided.
    reason
        The reason, in words to come.
    """

    allowed: tuple[str, ...]
    rule: str
    reason: Finding


def decider(case: Case) -> tuple[OrderedRule, Finding]:
    """Find the first rule that speaks, and what it says."""
    for rule in ordered_rules():
        said = rule.says(case)
        if said is not None:
            return rule, said
    raise AssertionError("the last rule speaks of every case")


def decide(case: Case) -> Options:
    """Ask the rules in their order."""
    rule, said = decider(case)
    return Options(rule.allowed(case), rule.name, said)


def options_of(inventory: Inventory, scenario: Scenario, earlier: Earlier | None = None) -> dict[str, Options]:
    """Apply the ordered rules to every system.

    Returns
    -------
    dict
        Options by system, in the inventory's order.
    """
    locks = Locks(inventory, scenario)
    return {
        name: _sent(case, decide(case), locks.of_system.get(name, SystemLocks()), locks)
        for name, case in cases_of(inventory, scenario, earlier).items()
    }


def _sent(case: Case, ordered: Options, locked: SystemLocks, locks: Locks) -> Options:
    """Keep the ordered rules to what leads to the pools that locks state; where nothing does, the pools decide."""
    sent = {lock.pool: lock for lock in locked.pools.values() if lock.department is None}
    if not sent or ordered.rule == "carried-out":  # what an earlier plan has done is a fact
        return ordered
    name, system = case.name, case.system
    leading = tuple(d for d in ordered.allowed if all(locks.leads(name, d, pool or "") for pool in sent))
    if leading:
        return replace(ordered, allowed=leading)
    pool, lock = next(iter(sent.items()))
    if not locks.leads(name, "REHOST", pool or ""):
        ways: tuple[str, ...] = ("RELOCATE",) if locks.leads(name, "RELOCATE", pool or "") else ("KEEP",)
    elif locks.leads(name, "KEEP", pool or ""):
        ways = ("KEEP",)
    elif system.software_route == "rewrite":
        ways = ("REFACTOR",)
    elif system.support == "expired" or holds(system.xinchuang_due):
        ways = ("REPLATFORM",)
    else:
        ways = ("REHOST", "REPLATFORM") if system.software_route in ("adapted", "adaptable") else ("REHOST",)
    values = {"pool": pool, "reason": lock.reason}
    return Options(ways, "lock", Finding("placement.why.lock_pool", Severity.INFO, name, "lock", values))
