"""What evidence would change what becomes of a server: problem and rules asked again with other evidence.

All servers whose evidence would have to change in some way are changed at once, as no rule about one server looks at
another: a handful of problems answers for the whole estate.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from cloudplan.capacity import capacity_of
from cloudplan.evidence import SCENARIO, Cell, edited
from cloudplan.findings import Finding, Severity
from cloudplan.i18n import LANGUAGES, say, words
from cloudplan.placement.candidates import reuse_pairs
from cloudplan.placement.fates.case import ServerCase, server_cases
from cloudplan.placement.fates.decide import Fate, decide_fate, fates_of
from cloudplan.placement.fates.rules import ARCH, ServerTurn
from cloudplan.placement.problem import PlacementProblem
from cloudplan.placement.rules import PlacementRule, Refusals, refusals_of
from cloudplan.state import State


@dataclass(frozen=True, slots=True)
class ServerChange:
    """Evidence that would change what becomes of a server, and what that would be.

    Parameters
    ----------
    turn
        The evidence, as it would have to be.
    outcome
        What the rules would leave.
    pools
        Pools that would be open to it.
    """

    turn: ServerTurn
    outcome: Fate
    pools: tuple[str, ...]


def server_evidence(case: ServerCase) -> tuple[Cell, ...]:
    """List the cells that the deciding rule rests on."""
    return tuple(cell for name in decide_fate(case).rule.evidence for cell in case.cells(name))


def server_changes(
    problem: PlacementProblem,
    state: State,
    refusals: Refusals,
    rules: Sequence[PlacementRule],
    only: Collection[str] | None = None,
) -> dict[str, tuple[ServerChange, ...]]:
    """Work out what would change what becomes of every server.

    Parameters
    ----------
    problem, state, refusals
        The problem, the state that a plan ends in, and the choices that its rules refuse.
    rules
        The rules in force, asked again about other evidence.
    only
        The servers it is worked out for; all by default.
    """
    cases = server_cases(problem, state, refusals)
    fates = fates_of(problem, state, refusals)
    now = {name: (fate, cases[name].open) for name, fate in fates.items() if only is None or name in only}
    turns = {name: tuple(fate.rule.lifted(cases[name])) for name, (fate, _) in now.items()}
    found: dict[tuple[str, int], ServerCase] = {}
    for layer in _layers(turns):
        other = _edited(problem, [cell for name, n in layer for cell in turns[name][n].cells])
        again = server_cases(other, state, _refusals(other, rules, {name for name, _ in layer}))
        found |= {(name, n): again[name] for name, n in layer}
    out: dict[str, tuple[ServerChange, ...]] = {}
    for name, listed in turns.items():
        changes, seen = [], [_outcome(*now[name])]
        for n, turn in enumerate(listed):
            case = replace(found[name, n], stays={}, travels={}) if turn.freed else found[name, n]
            fate, pools = decide_fate(case), case.open
            if _outcome(fate, pools) not in seen:
                seen.append(_outcome(fate, pools))
                changes.append(ServerChange(turn, fate, pools))
        out[name] = tuple(changes)
    return out


def _outcome(fate: Fate, pools: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    return fate.rule.name, pools if len(fate.allowed) > 1 else ()


def _layers(turns: Mapping[str, Sequence[ServerTurn]]) -> Iterator[list[tuple[str, int]]]:
    """Gather turns that can be tried at once: one a server, with the same options of the scenario and further pools."""
    layers: dict[tuple[int, tuple[Cell, ...]], list[tuple[str, int]]] = {}
    for name, listed in turns.items():
        for n, turn in enumerate(listed):
            for_all = tuple(
                cell for cell in turn.cells if cell.table == SCENARIO or f"{cell.table}.{cell.column}" == ARCH
            )
            layers.setdefault((n, for_all), []).append((name, n))
    yield from layers.values()


def _edited(problem: PlacementProblem, cells: Iterable[Cell]) -> PlacementProblem:
    """Ask the same with other evidence; a further instruction set gets pools like those that are there."""
    listed = list(cells)
    further = {cell.value for cell in listed if f"{cell.table}.{cell.column}" == ARCH}
    stated = [cell for cell in listed if f"{cell.table}.{cell.column}" != ARCH]
    inventory, scenario = edited(problem.inventory, problem.scenario, dict.fromkeys(stated))
    capacity = capacity_of(inventory, scenario)
    like = [pool for pool in capacity.pools.values() if pool.kind == "cluster"]
    more = {
        f"{pool.pool}+{arch}": replace(pool, pool=f"{pool.pool}+{arch}", arch=arch) for arch in further for pool in like
    }
    capacity = replace(capacity, pools={**capacity.pools, **more})
    return replace(problem, inventory=inventory, scenario=scenario, capacity=capacity, reuse=reuse_pairs(capacity))


def _refusals(problem: PlacementProblem, rules: Sequence[PlacementRule], servers: set[str]) -> Refusals:
    """Ask the rules about some servers only."""
    pairs = tuple(pair for pair in problem.reuse if pair[0] in servers)
    return refusals_of(replace(problem, candidates=(), reuse=pairs), rules)


def server_change_words(fate: Fate, changes: Iterable[ServerChange], language: str) -> tuple[str, ...]:
    """Say what would change what becomes of a server, a sentence for each, and what else bears on it."""
    said = []
    for change in changes:
        named = all(cell.table != "pools" for cell in change.turn.cells)  # pools that are not there have no name
        kind = "open" if len(change.outcome.allowed) > 1 and named else "then"
        kind = "still" if change.outcome.allowed == fate.allowed and kind == "then" else kind
        values = {
            "condition": words(change.turn.condition, language),
            "ways": _either(change.outcome.allowed),
            "decided": say(f"placement.server_rule.{change.outcome.rule.name.replace('-', '_')}", language),
            "pools": change.pools,
        }
        said.append(say(f"placement.server_change.{kind}", language, **values))
    if fate.rule.fixed:
        said.append(words(_remark(f"fixed.{fate.rule.name.replace('-', '_')}", fate), language))
    if len(fate.allowed) > 1:
        said.append(words(_remark("cost", fate, ways=_either(fate.allowed)), language))
    return tuple(said)


def _remark(kind: str, fate: Fate, **values: object) -> Finding:
    return Finding(f"placement.server_change.{kind}", Severity.INFO, fate.reason.subject, fate.rule.name, values)


def _either(fates: Sequence[str]) -> Mapping[str, str]:
    return {
        language: say("placement.change.either", language).join(
            say("placement.change.named", language, disposition=say(f"placement.fate.{fate}", language))
            for fate in fates
        )
        for language in LANGUAGES
    }
