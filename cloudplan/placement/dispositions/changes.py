"""What evidence would change what becomes of a system: the ordered rules asked again with other evidence.

Nothing is said of a change that was not worked out: each states cells, and the outcome is what the rules decide with
these cells changed and all others as they are.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from cloudplan.evidence import Cell
from cloudplan.findings import Finding, Severity
from cloudplan.i18n import say, words
from cloudplan.placement.dispositions.case import Case, effective_level
from cloudplan.placement.dispositions.codes import either, ground
from cloudplan.placement.dispositions.decide import Options, decide, decider
from cloudplan.placement.dispositions.rule import Turn
from cloudplan.placement.dispositions.rules import ordered_rules
from cloudplan.scenario import CLOUD


@dataclass(frozen=True, slots=True)
class Change:
    """Evidence that would change a decision, and what would be decided then.

    Parameters
    ----------
    cells
        The cells, as they would have to be.
    conditions
        The same in words to come, all of which must hold.
    outcome
        What the rules would leave.
    """

    cells: tuple[Cell, ...]
    conditions: tuple[Finding, ...]
    outcome: Options


def evidence_of(case: Case) -> tuple[Cell, ...]:
    """List the cells that the deciding rule rests on, blank ones too: a blank may be what decided."""
    rule, _ = decider(case)
    return tuple(case.cell(name) for name in rule.rests_on(case))


def changes_of(case: Case) -> tuple[Change, ...]:
    """Work out what would change a decision.

    The evidence of the rule that decided, at its threshold; where another rule would leave the same, its evidence too,
    until something else is left. Then every blank cell for which a rule that comes earlier did not speak.
    """
    now, (deciding, _) = decide(case), decider(case)
    earlier = ordered_rules()[: ordered_rules().index(deciding)]
    recorded = [turn for rule in earlier if rule.in_doubt(case) for turn in rule.struck(case)]
    lifted = [_until_other(case, turn, now) for turn in deciding.lifted(case)]
    struck = [Change(turn.cells, (turn.condition,), decide(case.edited(turn.cells))) for turn in recorded]
    return (
        *(c for c in lifted if (c.outcome.rule, c.outcome.allowed) != (now.rule, now.allowed)),
        *(c for c in struck if c.outcome.allowed != now.allowed),
    )


def _until_other(case: Case, turn: Turn, now: Options) -> Change:
    """Follow a turn by those of the rules that would leave the same, until something else is left or none can be."""
    cells, conditions = list(turn.cells), [turn.condition]
    case = case.edited(turn.cells)
    outcome, last = decide(case), now
    while outcome.allowed == now.allowed and outcome.rule != last.rule:
        rule, _ = decider(case)
        more = next(iter(rule.lifted(case)), None)
        if more is None:
            break
        cells += more.cells
        conditions.append(more.condition)
        case, last = case.edited(more.cells), outcome
        outcome = decide(case)
    return Change(tuple(cells), tuple(conditions), outcome)


def remarks_of(case: Case) -> Iterator[Finding]:
    """Say what else bears on the outcome: what nobody here can change, what costs decide, and blanks that only cost."""
    rule, _ = decider(case)
    allowed = rule.allowed(case)

    def remark(kind: str, **values: object) -> Finding:
        return Finding(f"placement.change.{kind}", Severity.INFO, case.name, rule.name, values)

    if rule.fixed:
        yield remark(f"fixed.{rule.name.replace('-', '_')}")
    if len(allowed) > 1:
        yield remark("cost", ways=either(allowed))
    effort = "REPLATFORM" in allowed and case.system.software_route != "adapted"
    if effort and pd.isna(case.system.adapt_effort):
        yield remark("effort" if len(allowed) == 1 else "effort_decides", ways=either(allowed))
    if pd.isna(case.system.level) and CLOUD & set(allowed):
        yield remark("level" if len(allowed) == 1 else "level_decides", level=effective_level(case.system))


def change_words(case: Case, language: str, present: str = "") -> tuple[str, ...]:
    """Say what would change a decision, a sentence for each outcome, and what else bears on it.

    Parameters
    ----------
    case, language
        What is on record, and the language.
    present
        What the plan does with the system, where costs chose: evidence that leaves only that changes nothing in it.
    """
    now = decide(case)
    by_outcome: dict[tuple[str, ...], dict[str, str]] = {}
    for change in changes_of(case):
        together = say("placement.change.and", language).join(words(c, language) for c in change.conditions)
        by_outcome.setdefault(change.outcome.allowed, {}).setdefault(together, change.outcome.rule)
    said = []
    for allowed, decided in by_outcome.items():
        kind = "still" if allowed == now.allowed else "only" if allowed == (present,) else "then"
        by = tuple(dict.fromkeys(ground(rule)[language] for rule in decided.values()))
        joined = say("placement.change.or", language).join(decided)
        said.append(say(f"placement.change.{kind}", language, conditions=joined, ways=either(allowed), decided=by))
    said += [words(remark, language) for remark in remarks_of(case)]
    return tuple(said)
