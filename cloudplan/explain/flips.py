"""The words of a sensitivity: every flip, confirmed on both sides, and what was tried without one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from cloudplan.explain.forced import Progress
from cloudplan.explain.inputs import Input, inputs_of
from cloudplan.explain.sensitivity import STEPS, Flip, Outcome, Question, Search
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
    search = Search(question, view.problem, tell)
    trying = [input_ for input_ in inputs if search.matters(input_)]
    idle = [input_ for input_ in inputs if input_ not in trying]
    numbers = sum(not input_.switch for input_ in trying)
    positions = sum(len(input_.tried) for input_ in trying if input_.switch)
    # each end once, closing in with small re-solves, the two sides once, closing in with large ones
    small, large = 2 * numbers * (2 + 4 * STEPS) + positions, 2 * numbers * (3 + 2 * STEPS) + positions
    before = search.solved["small"]
    tell("explain.flip.plan", {"inputs": len(trying), "small": small + before, "large": large})
    flips: list[Flip] = []
    for number, input_ in enumerate(trying, start=1):
        tell("explain.flip.trying", {"number": number, "count": len(trying), "name": input_.words})
        flips += search.flips(input_)
    moved = {id(flip.input) for flip in flips} | {id(input_) for input_, _ in search.without}
    still = [input_ for input_ in trying if id(input_) not in moved]
    sure = [flip for flip in flips if flip.confirmed]
    unsure = [flip for flip in flips if not flip.confirmed]
    decided = line("flip.decided", decided=search.plan.decided.words)
    notes = [decided]
    if search.now.decided.key != search.plan.decided.key:
        yuan = search.plan.cost - search.now.cost
        notes.append(line("flip.cheaper", decided=search.now.decided.words, yuan=yuan))
    told = [part for flip in sure for part in _flip(view, flip)] or [line("flip.none")]
    sections = [
        Section(line("flip.title", subject=subject), tuple(notes)),
        Section(line("flip.flips"), tuple(told)),
        Section(line("flip.tried.title"), tuple(_tried(still, unsure, search.without, idle))),
    ]
    return sections, {
        "decision": search.plan.decided.words,
        "flips": [_as_json(flip) for flip in flips],
        "no_flip": {input_.name: list(input_.tried) for input_ in still},
        "no_plan": [{"input": input_.name, "value": value} for input_, value in search.without],
        "no_influence": [input_.name for input_ in idle],
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
    return Question(view, kind, subject, tuple(dict.fromkeys(free)), anew)


def _flip(view: View, flip: Flip) -> Iterator[Line]:
    input_, near, far = flip.input, flip.near, flip.far
    values: dict[str, Any] = {"name": input_.words, "unit": input_.unit, "now": shown(input_.value)}
    values |= {"decided": far.decided.words, "stays": near.decided.words}
    if input_.switch:
        yield line("flip.switch", **values, then=shown(far.value))
        return
    at = (float(near.value) + float(far.value)) / 2.0
    values |= {"at": shown(at), "near": shown(near.value), "far": shown(far.value)}
    yield line("flip.falls" if far.value < input_.value else "flip.rises", **values)


def _tried(
    still: list[Input], unsure: list[Flip], without: list[tuple[Input, Any]], idle: list[Input]
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
            said("explain.flip.position", name=i.words, tried=listed([shown(value) for value in i.tried]))
            for i in switches
        ]
        yield line("flip.tried.switches", count=len(switches), names=listed(parts))
    if without:
        parts = [said("explain.flip.position", name=i.words, tried=shown(value)) for i, value in without]
        yield line("flip.tried.without", count=len(without), names=listed(parts))
    if unsure:
        parts = [said("explain.flip.near", name=f.input.words, at=shown(f.far.value)) for f in unsure]
        yield line("flip.tried.unsure", count=len(unsure), names=listed(parts))
    if idle:
        yield line("flip.tried.idle", count=len(idle), names=listed([input_.words for input_ in idle]))


def shown(value: Any) -> Both:
    """Word a value of an input."""
    if isinstance(value, bool):
        return said(f"explain.flip.{'on' if value else 'off'}")
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
