"""On what the rules of an irreducible set collide: the parts of them, and the systems, that it takes.

Many are dropped at once, halves of them where that won't do, small systems first. Where the relaxation is infeasible
its Farkas certificate names what the proof rests on, which leaves few to be tried; each further proof names fewer. What
is left is then tried one by one with whole numbers if it is little. Where the relaxation proves nothing, whole numbers
are asked from the start.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cloudplan.placement.diagnosis import Diagnosis
from cloudplan.placement.rows import Part

QUESTIONS = 400
"""Questions to the relaxation about one collision."""
WHOLE_QUESTIONS, WHOLE_STEPS = 120, 60_000
"""Questions with whole numbers, and simplex iterations that they may take in all."""
FEW = 100
"""So many, left by the relaxation, are tried with whole numbers as well."""

WHOLE, RELAXED, UNSURE = "whole", "relaxed", "unsure"


@dataclass(frozen=True)
class Subjects:
    """On what rules collide.

    Parameters
    ----------
    parts
        Rule → subjects whose rows or refusals are needed.
    systems
        Systems that are needed.
    proven
        How far: ``whole`` if nothing collides once any of these is left out; ``relaxed`` if then the relaxation proves
        nothing any more, though whole numbers may still collide on fewer; ``unsure`` if a limit ran out.
    """

    parts: Mapping[str, tuple[str, ...]]
    systems: tuple[str, ...]
    proven: str


def narrow(case: Diagnosis, kept: Sequence[str], off: Collection[Part] = ()) -> Subjects:
    """Find on what the rules of an irreducible set collide.

    Parameters
    ----------
    case, kept
        The infeasible model, and the rules.
    off
        Parts of them that have given way already.
    """
    return _Narrowing(case, kept, off).done()


class _Narrowing:
    """What is still needed of a collision, and what has been asked about it."""

    def __init__(self, case: Diagnosis, kept: Sequence[str], off: Collection[Part]) -> None:
        self._case, self._kept, self._off = case, kept, off
        problem = case.problem
        self._parts: list[Part] = [part for part in case.rows.parts if part[0] in kept and part not in off]
        self._systems = sorted(
            (s for s, fates in problem.fates.items() if fates),
            key=lambda s: (sum(problem.amounts(c)["vcpu"] for c in problem.of_system[s]), s),
        )
        self._needed: dict[Any, None] = dict.fromkeys([*self._parts, *self._systems])

    def done(self) -> Subjects:
        """Ask until nothing more can be left out, or a limit runs out."""
        before, self._case.unsure = self._case.unsure, False
        proven = UNSURE
        self._whole, self._left = False, QUESTIONS
        relaxed = self._collides(self._needed)
        if relaxed and self._shrink_all():
            proven = RELAXED
        if not relaxed or len(self._needed) <= FEW:
            self._whole, self._left, self._until = True, WHOLE_QUESTIONS, self._case.rows.steps + WHOLE_STEPS
            tried = self._singly(list(self._needed)) if relaxed else self._shrink_all()
            if tried and not self._case.unsure:
                proven = WHOLE
        self._case.unsure = before
        parts: dict[str, tuple[str, ...]] = dict.fromkeys(self._kept, ())
        for name, subject in (part for part in self._parts if part in self._needed):
            parts[name] = (*parts[name], *((subject,) if subject else ()))
        return Subjects(parts, tuple(s for s in self._systems[::-1] if s in self._needed), proven)

    def _collides(self, items: Collection[Any]) -> bool:
        """Whether some items collide; the relaxation's proof then says which of them do."""
        self._left -= 1
        off = [*self._off, *(part for part in self._parts if part not in items)]
        absent = [system for system in self._systems if system not in items]
        if self._whole:
            collides = self._case.infeasible(self._kept, off, absent)
            self._needed = dict.fromkeys(items) if collides else self._needed
            return collides
        proof = self._case.rows.proof(self._kept, off, absent)
        if proof is not None:
            self._needed = {item: None for item in items if item in proof[0] or item in proof[1]}
        return proof is not None

    def _shrink_all(self) -> bool:
        """Drop what can be dropped; whether all that is left was tried singly."""
        rows = [part for part in self._parts if self._case.rows.parts[part].rows]
        tried = [self._shrink([p for p in rows if p[1] == about]) for about in dict.fromkeys(p[1] for p in rows)]
        tried.append(self._shrink(self._systems))
        # what a rule refuses a system that is gone is seldom needed
        self._shrink([p for p in self._parts if p not in rows and p[1] not in self._needed], deeper=False)
        tried.append(self._shrink([p for p in self._parts if p not in rows]))
        return all(tried)

    def _shrink(self, some: Sequence[Any], deeper: bool = True) -> bool:
        """Drop what can be dropped of some; whether all that is left of them was tried singly."""
        some = [item for item in some if item in self._needed]
        if not some:
            return True
        if self._left <= 0 or (self._whole and self._case.rows.steps >= self._until):
            return False
        if self._collides([item for item in self._needed if item not in some]):
            return True
        if len(some) == 1 or not deeper:
            return True
        if not self._whole:
            # of what a certificate names most is needed, which halves would only find out twice
            return self._singly(some)
        half = len(some) // 2
        first, second = self._shrink(some[:half]), self._shrink(some[half:])
        return first and second

    def _singly(self, items: Sequence[Any]) -> bool:
        tried = [self._shrink([item]) for item in items]
        return all(tried)
