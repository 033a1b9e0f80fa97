"""The first rule that speaks decides: :class:`Options`, what it leaves open for each system."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from cloudplan.earlier import Earlier
from cloudplan.findings import Finding, Severity
from cloudplan.i18n import LANGUAGES, words
from cloudplan.inventory import Inventory
from cloudplan.inventory.estate import holds
from cloudplan.locks import Locks, SystemLocks
from cloudplan.placement.dispositions.case import Case, cases_of
from cloudplan.placement.dispositions.codes import either, ground
from cloudplan.placement.dispositions.rule import OrderedRule
from cloudplan.placement.dispositions.rules import Locked, ordered_rules
from cloudplan.scenario import Scenario

LOCK = Locked.name
"""The rule that decides where a lock states a disposition, or a pool to which nothing else leads."""


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
    overruled
        What a lock overrules: each rule of the order that speaks of the system and that what is left goes against.
    """

    allowed: tuple[str, ...]
    rule: str
    reason: Finding
    overruled: tuple[Finding, ...] = ()


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
    out = {}
    for name, case in cases_of(inventory, scenario, earlier).items():
        locked = locks.of_system.get(name, SystemLocks())
        left = _sent(case, decide(case), locked, locks)
        out[name] = replace(left, overruled=tuple(_overruled(case, left))) if left.rule == LOCK else left
    return out


def _overruled(case: Case, left: Options) -> Iterator[Finding]:
    """Name every rule that speaks of a locked system and that what its lock leaves goes against."""
    for rule in ordered_rules():
        said = None if rule.name == LOCK else rule.says(case)
        if said is None or rule.bears.union(rule.allowed(case)).intersection(left.allowed):
            continue
        values = {
            "ways": either(left.allowed),
            "decided": ground(rule.name),
            "why": {language: words(said, language) for language in LANGUAGES},
            "lock": {language: words(left.reason, language) for language in LANGUAGES},
        }
        yield Finding("placement.overruled", Severity.WARNING, case.name, rule.name, values)


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
    return Options(ways, LOCK, Finding("placement.why.lock_pool", Severity.INFO, name, LOCK, values))
