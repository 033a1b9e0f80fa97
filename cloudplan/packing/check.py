"""The words of every rule over a state: what in it breaks the packing's rules."""

from __future__ import annotations

from cloudplan.findings import Finding
from cloudplan.packing.problem import PackingProblem
from cloudplan.packing.rules import resolve
from cloudplan.state import State


def violations(problem: PackingProblem, state: State) -> tuple[Finding, ...]:
    """Judge one moment of a pool by all rules that are on; it shares nothing with the methods that pack.

    Parameters
    ----------
    problem
        The pool's workloads and kinds of host.
    state
        Hosts of other pools and workloads that aren't the pool's are passed over; so are workloads without host.

    Returns
    -------
    tuple of Finding
        What is broken, rule by rule; faults in the rules' options come first.
    """
    rules, faults = resolve(problem.options)
    return faults + tuple(finding for rule in rules for finding in rule.violations(problem, state))
