"""The first rule that speaks decides about a server: :class:`Fate`."""

from __future__ import annotations

from dataclasses import dataclass, replace

from cloudplan.findings import Finding
from cloudplan.placement.fates.case import ServerCase, server_cases
from cloudplan.placement.fates.rules import FateRule, ordered_fate_rules
from cloudplan.placement.problem import PlacementProblem
from cloudplan.placement.rules import Refusals
from cloudplan.state import State


@dataclass(frozen=True, slots=True)
class Fate:
    """What becomes of one server.

    Parameters
    ----------
    fate
        ``reuse``, ``spare``, ``scrap``, ``keep`` or ``relocate``.
    allowed
        Fates that the rules leave; of several the model chose.
    rule
        The rule that decided.
    reason
        The reason, in words to come.
    """

    fate: str
    allowed: tuple[str, ...]
    rule: FateRule
    reason: Finding


def decide_fate(case: ServerCase, serves: bool = False) -> Fate:
    """Ask the rules in their order; ``serves`` says whether the model made it a host."""
    for rule in ordered_fate_rules():
        said = rule.says(case)
        if said is not None:
            chosen = serves and len(rule.decides) > 1
            if chosen:
                said = replace(said, message="plan.server.reuse")
            return Fate(rule.decides[0] if chosen else rule.decides[-1], rule.decides, rule, said)
    raise AssertionError("the last rule speaks of every case")


def fates_of(problem: PlacementProblem, state: State, refusals: Refusals) -> dict[str, Fate]:
    """Decide what becomes of every server.

    Returns
    -------
    dict
        By server, in the inventory's order. Where every pool refuses one, its reason is the first refusal's.
    """
    cases = server_cases(problem, state, refusals)
    return {name: decide_fate(case, name in state.hosts) for name, case in cases.items()}
