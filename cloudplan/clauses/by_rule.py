"""Clauses that rules of placement hold: the solver keeps them, and the same rules judge the plan's end once more."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from cloudplan.clauses.clause import Clause, Verdict
from cloudplan.clauses.estate import Estate
from cloudplan.clauses.facts import Fact, words_of
from cloudplan.findings import Finding, Severity
from cloudplan.placement.rules import PlacementRule, all_rules, resolve


@dataclass(frozen=True)
class ByRule(Clause):
    """A clause that a rule of placement holds.

    Where the rule holds hard the verdict is *by rule*; where the scenario switched it off, or lets it be missed at a
    price, its words judge the plan all the same. What breaks it is named thing by thing.

    Parameters
    ----------
    rule
        Name of the rule.
    policy
        Whether it is asked only where the scenario's level separation is ``separate_pool``: local policy, no standard.
    concerns
        Which of the rule's complaints are about this clause, where the rule holds several.
    """

    rule: str
    policy: bool = field(default=False, kw_only=True)
    concerns: Callable[[Finding], bool] = field(default=lambda finding: True, kw_only=True)

    def judge(self, estate: Estate) -> Iterator[Verdict]:
        """Let the rule's words judge the plan."""
        if self.policy and estate.problem.scenario.level_separation != "separate_pool":
            return
        on = {rule.name(): rule for rule in resolve(estate.problem.scenario.rules)[0]}
        rule = on.get(self.rule) or _default(self.rule)
        name = words_of(f"placement.rule.{self.rule.replace('-', '_')}")
        facts = [Fact("rule", self.rule, name)]
        found = [said for said in rule.violations(estate.problem, estate.state) if self.concerns(said)]
        for finding in found:
            yield replace(self.verdict(None, finding.subject, False, facts), reason=finding)
        if not found:
            how = "off" if self.rule not in on else "soft" if rule.soft is not None else ""
            met = self.verdict(None, "", True, facts, reason=f"clauses.said.rule_{how}") if how else None
            yield replace(met or self.verdict(None, "", "by_rule", facts), subject_kind="plan")


def _default(name: str) -> PlacementRule:
    return next(rule for rule in all_rules() if rule.name() == name)()


def _tenants(finding: Finding) -> bool:
    """A complaint about a flow within one kind of zone: between two departments' own networks."""
    return bool(finding.values["source_zone"] == finding.values["target_zone"])


def _says(message: str) -> Callable[[Finding], bool]:
    return lambda finding: finding.message == message


def _rule(code: str, rule: str, *levels: int, subject: str = "component", part: str = "", **how: Any) -> ByRule:
    return ByRule(code, "mlps", "T", levels, subject, (f"rule={rule}",), rule, part=part, stages=("after",), **how)


def _check(code: str, rule: str, mark: str, **how: Any) -> ByRule:
    how = {"severity": Severity.ERROR, "stages": ("after",), **how}
    return ByRule(code, "zoning", mark, (1, 2, 3, 4, 5), "component", (f"rule={rule}",), rule, **how)


CLAUSES = (
    _rule("EB-C02", "platform-level", 2, 3, 4),
    _rule("EB-C05", "level-four", 4),
    _rule("EB-G01", "zone", 2, 3, 4),
    _rule("EB-G02", "spare-hosts", 3, 4, subject="pool", part="hosts"),
    _rule("EB-G03", "conduits", 2, 3, 4),
    _rule("EB-G06", "ha-hosts", 3, 4, part="hosts"),
    _check("Z01", "scope", "S", concerns=_says("placement.scope.classified")),
    _check("Z02", "platform-level", "T"),
    _check("Z03", "level-four", "T"),
    _check("Z04", "conduits", "S", concerns=lambda finding: not _tenants(finding)),
    _check("Z06", "zone", "T", concerns=_says("placement.zone.exposed")),
    _check("Z07", "conduits", "S", concerns=_tenants),
    _check("Z08", "level-separation", "d", policy=True, severity=Severity.WARNING),
)
