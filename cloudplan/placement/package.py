"""The least that would mend every collision at once, held against packing and the waves before it is asked for.

The sums of a pool may be too kind (:mod:`cloudplan.decide`): what mends the sums need not be enough for the hosts to
hold every workload. So the placement that needs no more than what is asked is carried out, as if all were granted.
Where packing leaves something over, the pool's demand is enlarged by an allowance, where a server comes too late for
its wave it is barred, and the least is sought anew. At last the scenario is decided with all granted: only where that
finds a plan is it said that what is asked for is enough.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from cloudplan.findings import Finding, Severity
from cloudplan.i18n import LANGUAGES, say, words
from cloudplan.placement.choice import SHOWN
from cloudplan.placement.diagnosis import Diagnosis, Grant
from cloudplan.placement.granted import broken_by, problem_granted
from cloudplan.placement.problem import PlacementProblem
from cloudplan.placement.ways import Way, short
from cloudplan.rule import named_rules
from cloudplan.state import State

ROUNDS = 8
"""Times that the least is sought anew because packing or the waves asked for it."""

Progress = Callable[[str, Mapping[str, Any]], None]


@dataclass(frozen=True)
class Carried:
    """How far a placement could be carried out.

    Parameters
    ----------
    allowance
        Share by pool by which demand should be enlarged next; as it was where every workload has a host.
    barred
        Pairs (server, pool) that are had for no wave in time, with those barred before.
    unscheduled
        Systems without a wave.
    """

    allowance: Mapping[str, float] = field(default_factory=dict)
    barred: frozenset[tuple[str, str]] = frozenset()
    unscheduled: tuple[str, ...] = ()


@dataclass(frozen=True)
class Trial:
    """How what is asked for is tried, as if it were granted.

    Parameters
    ----------
    carry
        Packs a placement and orders its waves; given the allowances, and without which servers, it was found.
    decide
        Decides a problem; what the plan costs, yuan a year, ``None`` where none was found.
    """

    carry: Callable[[PlacementProblem, State, Mapping[str, float], frozenset[tuple[str, str]]], Carried]
    decide: Callable[[PlacementProblem], float | None]


@dataclass(frozen=True)
class Package:
    """One way to mend all.

    Parameters
    ----------
    case
        The model that was asked last, with the allowances that packing needs.
    grant
        What must give, of each rule that gives; ``None`` where no way was found.
    asked
        The same in words, each thing once.
    carried
        How far it was carried out; ``None`` where that can't be judged, because what is asked for is no edit of a value
        or changes what the components are.
    broken
        Rules that the placement breaks once all is granted: granting one thing may wake another rule.
    proven
        Whether nothing less in sum would do; what only the cuts ask for is not proved.
    yuan
        What a plan costs with all granted, where one was decided outright; yuan a year.
    """

    case: Diagnosis
    grant: Grant | None
    asked: tuple[Finding, ...]
    carried: Carried | None = None
    broken: tuple[str, ...] = ()
    proven: bool = False
    yuan: float | None = None

    @property
    def packed(self) -> bool:
        """Whether every workload is known to have a host."""
        return self.carried is not None and self.carried.allowance == self.case.allowance

    @property
    def settled(self) -> bool:
        """Whether there is nothing to cut off."""
        return self.packed and self.carried is not None and self.carried.barred == self.case.barred


def least_package(
    case: Diagnosis, givers: Sequence[str], names: Sequence[str], trial: Trial | None, tell: Progress
) -> Package:
    """Seek the least that some rules must give so that all others hold, and try it.

    Parameters
    ----------
    case
        The infeasible model.
    givers, names
        The rules that give, of all that hold.
    trial
        How it is tried; ``None`` where only sums are asked.
    tell
        Told before each search.
    """
    round_, proved, found, in_vain = 0, None, None, None
    while True:
        tell("infeasible.weighing", named_rules(givers, "placement"))
        grant = case.least(givers, names)
        if grant is None and found is not None:
            return found  # a limit ended the search for more: what was found is not carried out whole
        if not round_ and grant is not None and grant.proven:
            proved = grant.amounts  # before any cut
        proven = grant is not None and grant.amounts == proved
        asked = _asked(case, grant, givers)
        state = grant.state if grant is not None else None
        again = problem_granted(case.problem, asked) if state is not None else None
        if again is None or state is None:
            return Package(case, grant, asked, proven=proven)
        broken = broken_by(again, state)
        if trial is None or broken:
            return Package(case, grant, asked, broken=broken, proven=proven)
        first = not round_ and case.only_choices(givers)  # no quantity is asked for: nothing but a plan can tell more
        if first and (yuan := trial.decide(again)) is not None:
            return Package(case, grant, asked, proven=proven, yuan=yuan)
        in_vain = _worded(asked) if first else in_vain
        carried = trial.carry(again, state, case.allowance, case.barred)
        found = Package(case, grant, asked, carried, proven=proven)
        if found.settled or round_ == ROUNDS:
            whole = found.settled and not carried.unscheduled and _worded(asked) != in_vain
            return replace(found, yuan=trial.decide(again)) if whole else found
        round_ += 1
        more = [pool for pool, share in carried.allowance.items() if share != case.allowance.get(pool)]
        late = len(carried.barred - case.barred)
        tell(f"infeasible.{'unpacked' if more else 'late'}", {"pools": more, "count": late, "round": round_})
        case = case.cut(carried.allowance, carried.barred)


def _asked(case: Diagnosis, grant: Grant | None, givers: Sequence[str]) -> tuple[Finding, ...]:
    if grant is None:
        return ()
    said = [f for name in givers for f in short(case, Way(grant, (name,), False))]
    # two rules may ask for the same
    return tuple({words(f): f for f in said if f.message.startswith("infeasible.short.")}.values())


def _worded(asked: Sequence[Finding]) -> tuple[str, ...]:
    return tuple(words(finding) for finding in asked)


def request(package: Package) -> Finding:
    """Sum up one way to mend all, as lines that a request to a superior can quote, and say how far it was tried."""
    bought = [finding.values for finding in package.asked if "yuan" in finding.values]
    total = {"hosts": sum(values["hosts"] for values in bought), "yuan": sum(values["yuan"] for values in bought)}
    total["basis"] = bought[0]["basis"] if bought else ""
    lines = {
        language: "\n".join(
            [
                *(
                    say("infeasible.line", language, number=number, text=words(finding, language))
                    for number, finding in enumerate(package.asked, 1)
                ),
                *([say("infeasible.total", language, **total)] if len(bought) > 1 else []),
            ]
        )
        for language in LANGUAGES
    }
    values: dict[str, Any] = {"lines": lines, "count": len(package.asked)}
    if package.broken:
        values["named"] = named_rules(package.broken, "placement")["named"]
        return Finding("infeasible.request_and_more", Severity.INFO, values=values)
    values |= {"tried": {language: _tried(package, language) for language in LANGUAGES}, "held": _held(package)}
    return Finding(f"infeasible.{'request' if package.proven else 'request_enough'}", Severity.INFO, values=values)


def _held(package: Package) -> str:
    """How far what is asked was tried."""
    if package.yuan is not None:
        return "plan"
    if package.carried is None:
        return "sums"
    if not package.packed:
        return "unpacked"
    return "no_wave" if package.carried.unscheduled else "no_plan"


def _tried(package: Package, language: str) -> str:
    late = package.carried.unscheduled if package.carried is not None else ()
    values = {"count": len(late), "examples": late[:SHOWN], "rounds": ROUNDS, "yuan": package.yuan}
    return say(f"infeasible.tried.{_held(package)}", language, **values)
