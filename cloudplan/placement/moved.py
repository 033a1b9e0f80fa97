"""Some components sent elsewhere while all else stays: the placement's own model, narrowed to what may change.

Or some systems free to go where they are best, which asks whether they would still stand where they do.

Every other component keeps its seat, and every pool that nothing leaves or enters keeps its hosts; the hosts of the
others are chosen anew. A component whose pool belongs to another target, or that can come there only by another
disposition, takes its siblings along, since a system has one target and one disposition: they are seated anew too.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from cloudplan.findings import Finding
from cloudplan.placement.dispositions import GONE
from cloudplan.placement.model import build_model
from cloudplan.placement.problem import Candidate, PlacementProblem
from cloudplan.placement.readback import state_of
from cloudplan.placement.rules import PlacementRule, Refusals
from cloudplan.placement.rules.capacity import add_slots, violated_slots
from cloudplan.placement.solver import run
from cloudplan.scenario import SolverOptions
from cloudplan.state import State

GAP = 1e-4
"""Relative gap at which the narrowed model stops: a move costs far less than the whole."""
NODES = 5000
"""Branch-and-bound nodes after which it stops with the best it has."""


@dataclass(frozen=True, eq=False)
class Move:
    """What sending some components elsewhere leaves open.

    Parameters
    ----------
    problem
        What is asked, under the locks that send them.
    rules
        Those in force.
    state
        Where everything stands, and the hosts.
    sent
        What each of these components may take: its choices in the pool to which it is sent.
    free
        Systems that may become whatever the rules let them.
    anew
        Further clusters whose hosts are chosen anew.
    gap
        Relative gap at which the narrowed model stops.
    further
        Writes further rows into the narrowed model, as what is asked of the hosts.
    """

    problem: PlacementProblem
    rules: tuple[PlacementRule, ...]
    state: State
    sent: Mapping[str, tuple[Candidate, ...]]
    free: tuple[str, ...] = ()
    anew: frozenset[str] = frozenset()
    gap: float = GAP
    further: Callable[[Any], None] | None = None

    @cached_property
    def systems(self) -> tuple[str, ...]:
        """Systems that may change: those of the components that are sent, and the free ones."""
        return tuple(dict.fromkeys((*(self.problem.components[name].system for name in self.sent), *self.free)))

    @property
    def possible(self) -> bool:
        """Whether every component that is sent, and its siblings, have somewhere to go."""
        of_sent = {self.problem.components[name].system for name in self.sent}
        return all(self.choices[name] for system in of_sent for name in self.problem.of_system[system])

    @cached_property
    def refused(self) -> dict[str, tuple[tuple[Candidate, tuple[Finding, ...]], ...]]:
        """Every choice of each component of these systems, or where it is sent, with what refuses it."""
        every, numbers = self.problem.candidates, self.problem.by_component
        return {
            name: tuple(
                (choice, tuple(self._reasons(choice)))
                for choice in self.sent.get(name, tuple(every[i] for i in numbers[name]))
            )
            for system in self.systems
            for name in self.problem.of_system[system]
        }

    def _reasons(self, choice: Candidate) -> Iterator[Finding]:
        for rule in self.rules:
            if rule.soft is None and (said := rule.forbids(self.problem, choice)) is not None:
                yield said

    def _fate(self, system: str) -> tuple[str, str]:
        """Disposition and target of a system as it is."""
        seats = (self.state.seats.get(name) for name in self.problem.of_system[system])
        pools = (self.problem.capacity.pools[seat.pool] for seat in seats if seat is not None)
        return self.state.dispositions.get(system, ""), next((pool.target for pool in pools), "")

    def _free(self, name: str, fate: tuple[str, str]) -> list[Candidate]:
        return [c for c, reasons in self.refused[name] if not reasons and (c.disposition, c.target) == fate]

    @cached_property
    def choices(self) -> dict[str, tuple[Candidate, ...]]:
        """What each component of these systems may take; empty for a system that can't follow.

        Where the system keeps its disposition and target, only what is sent moves.
        """
        out: dict[str, tuple[Candidate, ...]] = {}
        for system in self.systems:
            names, current = self.problem.of_system[system], self._fate(system)
            stays = {n: self._taken(n, current) for n in names if n not in self.sent}
            if (
                system not in self.free
                and all(stays.values())
                and all(self._free(n, current) for n in names if n in self.sent)
            ):
                out |= {n: tuple(stays[n] if n in stays else self._free(n, current)) for n in names}
                continue
            fates = [f for f in self.problem.fates[system] if f[0] in GONE or all(self._free(n, f) for n in names)]
            out |= {n: tuple(c for fate in fates for c in self._free(n, fate)) for n in names}
        return out

    def _taken(self, name: str, fate: tuple[str, str]) -> list[Candidate]:
        seat = self.state.seats.get(name)
        return [c for c, _ in self.refused[name] if seat and (c.pool, c.zone) == (seat.pool, seat.zone)
                and (c.disposition, c.target) == fate]  # fmt: skip

    @cached_property
    def pools(self) -> frozenset[str]:
        """Clusters that something leaves or may enter: their hosts are chosen anew."""
        seats = self.state.seats
        touched = set()
        for name, choices in self.choices.items():
            here = {seats[name].pool} if name in seats else set()
            there = {choice.pool for choice in choices}
            touched |= here | there if here != there or name in self.sent else set()
        return frozenset((touched | self.anew) & set(self.problem.clusters))

    @cached_property
    def _beside(self) -> frozenset[str]:
        """Components that keep their seats and that the model needs to see beside those that may move.

        They share a pool or a room, talk with one, or stand on carried machines or on servers that could serve in the
        pools concerned. A rule that binds others too is found out when the whole answer is checked.
        """
        problem, seats = self.problem, self.state.seats
        pools, components = problem.capacity.pools, problem.components
        calls = [(call.source, call.target) for call in problem.calls]
        talking = {end for ends in calls if self.choices.keys() & set(ends) for end in ends if end is not None}
        wanted = {server for server, pool in problem.reuse if pool in self.pools}
        rooms = {components[name].room for name in self.choices}

        def seen(name: str) -> bool:
            kind = pools[seats[name].pool].kind
            if kind == "today":
                return components[name].room in rooms or not wanted.isdisjoint(components[name].servers)
            return kind == "colocation" or seats[name].pool in self.pools or name in talking

        return frozenset(name for name in seats if name not in self.choices and seen(name))

    def _narrowed(self, late: Collection[tuple[str, str]], whole: bool) -> PlacementProblem:
        """The problem in which everything else has one choice only; with ``whole``, not without the uninvolved."""
        state, problem = self.state, self.problem
        kept: list[Candidate] = []
        for name, component in problem.components.items():
            if name in self.choices:
                kept += self.choices[name]
            elif name in state.seats and (whole or name in self._beside):
                seat, fate = state.seats[name], state.dispositions[component.system]
                kept.append(problem.candidates[problem.number[name, fate, seat.pool, seat.zone]])
        components = {name: problem.components[name] for name in dict.fromkeys(c.component for c in kept)}
        fates = state.dispositions
        return problem.changed(
            scenario=problem.scenario.model_copy(update={"solver": SolverOptions(gap=self.gap, nodes=NODES)}),
            options={
                system: problem.options[system]
                if system in self.systems
                else replace(problem.options[system], allowed=(fates[system],))
                for system in dict.fromkeys(component.system for component in components.values())
            },
            components=components,
            candidates=tuple(kept),
            calls=tuple(c for c in problem.calls if {c.source, c.target} <= {None, *components}),
            reuse=tuple(pair for pair in problem.reuse if self._offered(*pair, late)),
        )

    @cached_property
    def _serving(self) -> dict[str, str]:
        return {host.kind: host.pool for host in self.state.hosts.values() if host.source != "purchased"}

    def _offered(self, server: str, pool: str, late: Collection[tuple[str, str]]) -> bool:
        """Whether a server may serve in a pool: where it does, or in a pool that is chosen anew."""
        now = self._serving.get(server)
        if pool not in self.pools or server in self.problem.capacity.existing:
            return now == pool
        if (server, pool) in late or not (now is None or now in self.pools):
            return False
        hard = (rule for rule in self.rules if rule.soft is None)
        return all(rule.forbids(self.problem, (server, pool)) is None for rule in hard)

    def answer(
        self, late: Collection[tuple[str, str]] = (), allowance: Mapping[str, float] | None = None, whole: bool = False
    ) -> State | None:
        """Choose seats and hosts of what may change; ``None`` if no choice keeps the rules with all else as it is.

        Parameters
        ----------
        late
            Pairs (server, pool) that no wave could have in time.
        allowance
            Share by pool by which demand is enlarged.
        whole
            Whether the model holds what looks uninvolved, too.
        """
        problem, allowed = self._narrowed(late, whole), dict(allowance or {})
        free = Refusals(candidate=tuple(() for _ in problem.candidates))
        model = build_model(problem, self.rules, free, self._slots(problem), allowed)
        self._settle(model)
        if self.further is not None:
            self.further(model)
        while True:
            if run(model, problem.scenario).status != "solved":
                return None
            state = state_of(model, problem)
            missing = violated_slots(problem, state, allowed) if "capacity" in model.rule else set()
            missing = {(pool, slot) for pool, slot in missing if pool in self.pools}
            if not missing:
                break
            add_slots(model.rule["capacity"], model, problem, missing)
        return self._put_back(state)

    def _slots(self, problem: PlacementProblem) -> tuple[int, ...]:
        """The two slots at which all that may stand in each pool concerned needs most; others are added as violated."""
        use: dict[str, Any] = {}
        for pool, name in sorted({(c.pool, c.component) for c in problem.candidates if c.pool in self.pools}):
            use[pool] = use.get(pool, 0.0) + problem.cpu_use(name)
        return tuple(sorted({int(slot) for total in use.values() for slot in np.argsort(-total, kind="stable")[:2]}))

    def _settle(self, model: Any) -> None:
        """Keep the hosts of every pool that nothing leaves or enters."""
        counts: dict[tuple[str, str], list[int]] = {}
        for host in self.state.hosts.values():
            counted = counts.setdefault((host.kind, host.pool), [0, 0])
            counted[0] += 1
            counted[1] += host.spare
        for own, spare in ((model.hosts, model.spare), (model.reuse, model.reuse_spare)):
            for pair in own:
                if pair[1] not in self.pools:
                    count, empty = counts.get(pair, (0, 0))
                    own[pair].fix(count)
                    spare[pair].fix(empty)

    def _put_back(self, state: State) -> State:
        """Put the answer into the whole state: what the narrowed model didn't hold is as it was."""
        gone = {name for name in self.choices if name not in state.seats}
        return replace(
            self.state,
            dispositions={
                **self.state.dispositions,
                **{s: d for s, d in state.dispositions.items() if s in self.systems},
            },
            seats={
                **{name: seat for name, seat in self.state.seats.items() if name not in gone},
                **{name: seat for name, seat in state.seats.items() if name in self.choices},
            },
            hosts={
                **{name: host for name, host in self.state.hosts.items() if host.pool not in self.pools},
                **{name: host for name, host in state.hosts.items() if host.pool in self.pools},
            },
        )
