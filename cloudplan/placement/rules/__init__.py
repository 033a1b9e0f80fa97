"""The rules of placement: one file a rule; the file's name is the rule's name in a scenario."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from cloudplan.findings import Finding, Place
from cloudplan.placement.problem import PlacementProblem
from cloudplan.rule import Rule
from cloudplan.rule_reading import resolve_rules, rules_in

PlacementRule = Rule[PlacementProblem]


def all_rules() -> tuple[type[PlacementRule], ...]:
    """List the rules of this home, by listing its folder."""
    return rules_in(__name__)


def resolve(
    raw: Mapping[str, object], positions: Mapping[tuple[str, ...], Place] | None = None
) -> tuple[tuple[PlacementRule, ...], tuple[Finding, ...]]:
    """Make the rules that a scenario's ``rules:`` switches on; see :func:`cloudplan.rule.resolve_rules`."""
    return resolve_rules(all_rules(), raw, positions, PlacementProblem, priced=True)


@dataclass(frozen=True)
class Refusals:
    """Choices that some rule refuses, each with every reason.

    Parameters
    ----------
    candidate
        Reasons by the candidate's number; empty where it is free to take.
    server
        Reasons by pair (server, pool); only refused pairs are there.
    """

    candidate: tuple[tuple[Finding, ...], ...]
    server: Mapping[tuple[str, str], tuple[Finding, ...]] = field(default_factory=dict)


def refusals_of(problem: PlacementProblem, rules: Sequence[PlacementRule]) -> Refusals:
    """Ask every rule about every choice; what a soft rule only puts a price on is not refused."""
    hard = [rule for rule in rules if rule.soft is None]

    def reasons(choice: object) -> tuple[Finding, ...]:
        return tuple(said for rule in hard if (said := rule.forbids(problem, choice)) is not None)

    servers = {pair: reasons(pair) for pair in problem.reuse}
    return Refusals(
        candidate=tuple(reasons(candidate) for candidate in problem.candidates),
        server={pair: said for pair, said in servers.items() if said},
    )
