"""The words of a sensitivity: every flip, confirmed on both sides, and what was tried without one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from cloudplan.decide import Progress
from cloudplan.explain.sensitivity.inputs import Input, inputs_of
from cloudplan.explain.sensitivity.particulars import particulars
from cloudplan.explain.sensitivity.question import Outcome, Question
from cloudplan.explain.sensitivity.search import LARGE_STEPS, STEPS, Flip, Search
from cloudplan.explain.view import View
from cloudplan.explain.words import Both, Line, Section, line, listed, said
from cloudplan.i18n import LANGUAGES


def explain_sensitivity(view: View, kind: str, subject: str, tell: Progress) -> tuple[list[Section], dict[str, Any]]:
    """Say which inputs flip the decision about a thing, and where.

    Returns
    -------
    tuple
        What there is to say, and the figures.
    """
    question = _question(view, kind, subject)
    servers = {s for system in question.free for c in view.problem.of_system[system]
               for s in view.problem.components[c].servers} | ({subject} if kind == "server" else set())  # fmt: skip
    rooms = {str(view.problem.inventory["servers"].at[server, "room"]) for server in servers}
    rooms |= {subject} if kind == "room" else set()
    rooms |= {pool.site for pool in view.problem.clusters.values() if pool.site is not None}
    own = tuple(sorted(servers)) if kind == "server" else ()
    inputs = inputs_of(view, frozenset(rooms), question.free, own)
    inputs += particulars(view, question.free, question.anew)
    tell("explain.flip.exactly", {})
    search = Search(question, view.problem)
    trying = [input_ for input_ in inputs if search.matters(input_)]
    idle = [input_ for input_ in inputs if input_ not in trying and (input_.switch or input_.scale)]
    zero = [input_ for input_ in inputs if input_ not in trying and not (input_.switch or input_.scale)]
    numbers = sum(not input_.switch for input_ in trying)
    positions = sum(len(input_.tried) for input_ in trying if input_.switch)
    # of a number in each direction: the end, closing in, the two sides, the end again, closing in again
    small = search.solved["small"] + positions + 2 * numbers * (2 + 2 * STEPS + 2 * LARGE_STEPS)
    large = search.solved["large"] + positions + 2 * numbers * (3 + 2 * LARGE_STEPS)
    tell("explain.flip.plan", {"inputs": len(trying), "small": small, "large": large})
    flips: list[Flip] = []
    for number, input_ in enumerate(trying, start=1):
        tell("explain.flip.trying", {"number": number, "count": len(trying), "name": input_.words})
        flips += search.flips(input_)
    moved = {id(flip.input) for flip in flips} | {id(input_) for input_, _ in search.without}
    still = [input_ for input_ in trying if id(input_) not in moved]
    sure = [flip for flip in flips if flip.confirmed]
    unsure = [flip for flip in flips if not flip.confirmed]
    notes = [line("flip.decided", decided=search.plan.decided.words),
             line("flip.start", less=search.plan.cost - search.now.cost, worth=search.question.worth)]  # fmt: skip
    if search.now.decided.key != search.plan.decided.key:
        notes.append(line("flip.cheaper", decided=search.now.decided.words))
    told = [part for flip in sure for part in _flip(view, flip)] or [line("flip.none")]
    sections = [
        Section(line("flip.title", subject=subject), tuple(notes)),
        Section(line("flip.flips"), tuple(told)),
        Section(line("flip.tried.title"), tuple(_tried(still, unsure, search.without, idle, zero))),
    ]
    return sections, {
        "decision": search.plan.decided.words,
        "flips": [_as_json(flip) for flip in flips],
        "no_flip": {input_.name: list(input_.tried) for input_ in still},
        "no_plan": [{"input": input_.name, "value": value} for input_, value in search.without],
        "no_influence": [input_.name for input_ in idle],
        "zero": [input_.name for input_ in zero],
        "least_gain": search.question.worth,
        "accuracy": search.accuracy,
        "solves": dict(search.solved),
    }


def _question(view: View, kind: str, subject: str) -> Question:
    """What may change with a thing: its systems, or the hosts of the clusters that it could serve in."""
    problem, free, anew = view.problem, list[str](), frozenset[str]()
    components = problem.components.values()
    if kind == "system":
        free = [subject]
    elif kind == "component":
        free = [problem.components[subject].system]
    elif kind == "workload":
        free = [str(view.plan.inventory["workloads"].at[subject, "system"])]
    elif kind == "department":
        free = [c.system for c in components if c.department == subject]
    elif kind == "server":
        free = [c.system for c in components if subject in c.servers]
        anew = frozenset(pool for server, pool in problem.reuse if server == subject)
    elif kind == "room":
        rooms = view.plan.inventory["servers"]["room"]
        free = [c.system for c in components if any(rooms[server] == subject for server in c.servers)]
    elif kind == "pool":
        anew = frozenset({subject} & problem.clusters.keys())
    else:
        host = view.state.hosts.get(subject)
        anew = frozenset(() if host is None else (host.pool,))
    return Question(view, kind, subject, tuple(dict.fromkeys(free)), anew, view.state)


def _flip(view: View, flip: Flip) -> Iterator[Line]:
    input_, near, far = flip.input, flip.near, flip.far
    values: dict[str, Any] = {"name": input_.words, "unit": input_.unit, "now": position(input_, input_.value)}
    values |= {"decided": far.decided.words, "stays": near.decided.words}
    if input_.switch:
        yield line("flip.switch", **values, then=position(input_, far.value))
        return
    values |= {"near": shown(near.value), "far": shown(far.value)}
    way = "falls" if far.value < input_.value else "rises"
    if flip.close:
        yield line(f"flip.{way}", **values, at=shown((float(near.value) + float(far.value)) / 2.0))
    else:
        yield line(f"flip.{way}.between", **values)


def _tried(
    still: list[Input], unsure: list[Flip], without: list[tuple[Input, Any]], idle: list[Input], zero: list[Input]
) -> Iterator[Line]:
    numbers = [input_ for input_ in still if not input_.switch]
    if numbers:
        parts = [
            said("explain.flip.range", name=i.words, least=shown(i.tried[0]), most=shown(i.tried[1]), unit=i.unit)
            for i in numbers
        ]
        yield line("flip.tried.numbers", count=len(numbers), names=listed(parts))
    switches = [input_ for input_ in still if input_.switch]
    if switches:
        parts = [
            said("explain.flip.position", name=i.words, tried=listed([position(i, value) for value in i.tried]))
            for i in switches
        ]
        yield line("flip.tried.switches", count=len(switches), names=listed(parts))
    if without:
        parts = [said("explain.flip.position", name=i.words, tried=position(i, value)) for i, value in without]
        yield line("flip.tried.without", count=len(without), names=listed(parts))
    if unsure:
        parts = [said("explain.flip.near", name=f.input.words, at=shown(f.far.value)) for f in unsure]
        yield line("flip.tried.unsure", count=len(unsure), names=listed(parts))
    # whole terms are left out: the prices that they add up are named
    prices = [input_.words for input_ in idle if not input_.name.startswith("weights.")]
    if prices:
        yield line("flip.tried.idle", count=len(prices), names=listed(prices))
    if zero:
        yield line("flip.tried.zero", count=len(zero), names=listed([input_.words for input_ in zero]))
    yield line("flip.tried.never")


def position(input_: Input, value: Any) -> Both:
    """Word a position of a switch, or the value of a number."""
    if isinstance(value, bool):
        kind, _, _ = input_.name.partition(".")
        pair = {"targets": ("closed", "open"), "rules": ("off", "on")}.get(kind, ("forbidden", "allowed"))
        return said(f"explain.flip.{pair[value]}")
    return shown(value)


def shown(value: Any) -> Both:
    """Word a number, or one of several words."""
    if isinstance(value, (int, float)):
        text = f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"
        return dict.fromkeys(LANGUAGES, text)
    return said(f"explain.flip.{value}")


def _as_json(flip: Flip) -> dict[str, Any]:
    def side(outcome: Outcome) -> dict[str, Any]:
        return {"value": outcome.value, "decision": outcome.decided.words, "cost": outcome.cost}

    return {
        "input": flip.input.name,
        "value": flip.input.value,
        "unit": flip.input.unit,
        "near": side(flip.near),
        "far": side(flip.far),
        "confirmed": flip.confirmed,
    }
