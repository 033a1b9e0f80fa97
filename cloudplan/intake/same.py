"""Which records of several files are of one machine; never by likeness alone.

Evidence is used from the strongest down, and each step only joins what nothing contradicts:

1. an equal **serial**, **UUID**, **asset id** or **MAC**, unless it is a placeholder, stands twice in one file, or
   everything else speaks against it (names unlike, no shared address): then it is only proposed;
2. a shared **address** and names that are alike, of one department as far as both state theirs;
3. the same **name**, once in each file, where address or size agree, or one side states neither, and neither the
   addresses nor the departments that both state speak for two;
4. names that are **alike** (same digits, score at least :data:`ALIKE`), of the same size or address, each the other's
   best by :data:`MARGIN`. Without such support a pair is proposed, and somebody decides.

Two records of one file are never one machine. Nor are two with different serials, UUIDs or asset ids, unless name,
address and size all agree: then one of the marks is a slip, which the merge reports.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from cloudplan.findings import Place
from cloudplan.intake.join import short_name
from cloudplan.intake.likeness import digits, lettered, likeness
from cloudplan.intake.words import words
from cloudplan.inventory.schema import folded

ALIKE, LIKELY, MARGIN = 0.85, 0.7, 0.05
"""Least score of two names that are alike, of two that don't speak against one machine, and lead over the next best
(defaults of this project)."""
CROWD, LARGE = 12, 400
"""Most sightings of one address that still tells something, and of a block compared without cutting (defaults)."""
STRONG = ("serial", "uuid", "asset", "mac")
EXCLUSIVE = ("serial", "uuid", "asset")
"""Marks of which a machine has one only: two different ones are two machines."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """What one file says of one machine, as far as it tells it from others.

    Parameters
    ----------
    source
        The file; two sightings of one source are two machines.
    name, place
        As the file names it, and its row.
    marks
        Serial, UUID, asset id and MACs, by kind, as written.
    addresses
        IP addresses.
    size
        Cores and memory (GiB); ``None`` where unknown.
    department
        Whose it is, by one name for each department; ``""`` where unknown.
    """

    source: str
    name: str
    place: Place
    marks: tuple[tuple[str, str], ...] = ()
    addresses: tuple[str, ...] = ()
    size: tuple[float | None, float | None] = (None, None)
    department: str = ""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two sightings (by number), how they came together, and how alike their names are."""

    one: int
    other: int
    how: str
    score: float


@dataclass(frozen=True)
class Same:
    """Which sightings are of one machine.

    Parameters
    ----------
    groups
        Numbers of the sightings of each machine, every sighting in one group, in order of the first.
    joined
        The pairs that brought groups together.
    proposed
        Pairs that may be one machine, for somebody to decide.
    void
        Marks that told nothing: (kind, value, numbers of the sightings).
    """

    groups: tuple[tuple[int, ...], ...]
    joined: tuple[Pair, ...]
    proposed: tuple[Pair, ...]
    void: tuple[tuple[str, str, tuple[int, ...]], ...]


def placeholder(text: str) -> bool:
    """Whether a mark says only that nobody entered one: blank, a stock phrase, or one sign repeated."""
    bare = text.strip().casefold()
    return folded(text) in words().placeholders or len(set(re.sub(r"[\W_]", "", bare))) <= 1


def same_machines(
    sightings: Sequence[Sighting],
    accepted: Iterable[tuple[int, int]] = (),
    apart: Iterable[tuple[int, int]] = (),
) -> Same:
    """Find which sightings are of one machine.

    Parameters
    ----------
    sightings
        Of all files.
    accepted, apart
        Pairs (by number) that somebody has decided are one machine, or two.
    """
    return _Search(sightings, accepted, apart).run()


def _mark(kind: str, text: str) -> str:
    bare = re.sub(r"\s", "", text).casefold()
    return re.sub(r"[:.-]", "", bare) if kind in ("mac", "uuid") else bare


class _Search:
    """The state of one search: groups that grow, and what each of them knows."""

    def __init__(
        self, sightings: Sequence[Sighting], accepted: Iterable[tuple[int, int]], apart: Iterable[tuple[int, int]]
    ) -> None:
        self.sightings, self.accepted = sightings, accepted
        self.parted = {frozenset(pair) for pair in apart}
        self.names = [short_name(sighting.name) for sighting in sightings]
        self.marks, self.void = self._marks()
        self.owned = self._owned()
        self.home = list(range(len(sightings)))
        self.members = {number: [number] for number in self.home}
        self.joined: list[Pair] = []
        self.proposed: dict[tuple[int, int], Pair] = {}

    def run(self) -> Same:
        """Take the steps in turn."""
        for one, other in self.accepted:
            self._join(one, other, "accepted")
        for kind in STRONG:
            for numbers in self._holders(kind):
                self._meet(numbers, kind)
        self._by_address()
        self._by_name()
        self._by_likeness()
        groups = sorted(tuple(sorted(found)) for found in self.members.values())
        open_ = [pair for (one, other), pair in sorted(self.proposed.items()) if not self._contradicted(one, other)]
        open_ = [pair for pair in open_ if self.home[pair.one] != self.home[pair.other]]
        return Same(tuple(groups), tuple(self.joined), tuple(open_), tuple(self.void))

    def _marks(self) -> tuple[list[dict[str, set[str]]], list[tuple[str, str, tuple[int, ...]]]]:
        """Give the marks of every sighting that tell anything, and those that don't."""
        told: list[dict[str, set[str]]] = []
        void: dict[tuple[str, str], list[int]] = {}
        count: Counter[tuple[str, str, str]] = Counter()
        for sighting in self.sightings:
            # a set: what one record lists twice is no second machine's
            count.update({(sighting.source, kind, _mark(kind, text)) for kind, text in sighting.marks})
        for number, sighting in enumerate(self.sightings):
            mine: dict[str, set[str]] = defaultdict(set)
            for kind, text in sighting.marks:
                if not text.strip():
                    continue
                bare = _mark(kind, text)
                if placeholder(text) or count[sighting.source, kind, bare] > 1:
                    void.setdefault((kind, text.strip()), []).append(number)
                else:
                    mine[kind].add(bare)
            told.append(dict(mine))
        return told, [(kind, text, tuple(numbers)) for (kind, text), numbers in void.items()]

    def _holders(self, kind: str) -> Iterator[list[int]]:
        holders: dict[str, list[int]] = defaultdict(list)
        for number, marks in enumerate(self.marks):
            for value in marks.get(kind, ()):
                holders[value].append(number)
        return (numbers for numbers in holders.values() if len(numbers) > 1)

    def _meet(self, numbers: Sequence[int], how: str) -> None:
        """Join the holders of one mark, each with the first it agrees with; the rest is proposed."""
        for at, other in enumerate(numbers):
            for one in numbers[:at]:
                if self.home[one] == self.home[other]:
                    break
                if self._supported(one, other) and self._join(one, other, how):
                    break
                self._propose(one, other, how)

    def _supported(self, one: int, other: int) -> bool:
        """Whether anything beside a mark speaks for one machine: names alike enough, or an address."""
        return likeness(self.names[one], self.names[other]) >= LIKELY or self._share_address(one, other)

    def _share_address(self, one: int, other: int) -> bool:
        return not set(self.sightings[one].addresses).isdisjoint(self.sightings[other].addresses)

    def _speaks_for_two(self, one: int, other: int) -> bool:
        """Whether both state addresses of their own, none of them the same, or different departments."""
        moved = bool(self.owned[one] and self.owned[other]) and not self._share_address(one, other)
        return moved or self._departments_differ(one, other)

    def _departments_differ(self, one: int, other: int) -> bool:
        a, b = self.sightings[one].department, self.sightings[other].department
        return bool(a and b and a != b)

    def _owned(self) -> list[set[str]]:
        """Give the addresses of every sighting but those that one of another name has too, which may be re-used."""
        at: dict[str, list[int]] = defaultdict(list)
        for number, sighting in enumerate(self.sightings):
            for address in set(sighting.addresses):
                at[address].append(number)
        owned: list[set[str]] = [set() for _ in self.sightings]
        for address, numbers in at.items():
            if len(numbers) > CROWD:
                continue
            for number in numbers:
                if all(likeness(self.names[number], self.names[other]) >= LIKELY for other in numbers):
                    owned[number].add(address)
        return owned

    def _size_agrees(self, one: int, other: int) -> bool | None:
        """Whether both sizes agree within 2 %; ``None`` where a side states none."""
        pairs = list(zip(self.sightings[one].size, self.sightings[other].size, strict=True))
        known = [(a, b) for a, b in pairs if a is not None and b is not None]
        return all(abs(a - b) <= 0.02 * max(a, b) for a, b in known) if known else None

    def _at_addresses(self) -> Iterator[list[int]]:
        """Sightings that share an address; one that half the estate has (a loopback, a gateway) tells nothing."""
        at: dict[str, list[int]] = defaultdict(list)
        for number, sighting in enumerate(self.sightings):
            for address in dict.fromkeys(sighting.addresses):
                at[address].append(number)
        return (numbers for numbers in at.values() if 1 < len(numbers) <= CROWD)

    def _small(self, blocks: Iterable[list[int]]) -> Iterator[list[int]]:
        """Cut blocks too large to compare pair by pair, by the first sign of the names."""
        for numbers in blocks:
            if len(numbers) <= LARGE:
                yield numbers
                continue
            parts: dict[str, list[int]] = defaultdict(list)
            for number in numbers:
                parts[self.names[number][:1]].append(number)
            yield from parts.values()

    def _by_address(self) -> None:
        for numbers in self._at_addresses():
            for at_, other in enumerate(numbers):
                for one in numbers[:at_]:
                    if likeness(self.names[one], self.names[other]) < ALIKE:
                        continue
                    # private networks of two departments have the same addresses
                    if self._departments_differ(one, other):
                        self._propose(one, other, "address")
                    else:
                        self._join(one, other, "address")

    def _by_name(self) -> None:
        named: dict[str, list[int]] = defaultdict(list)
        for number, name in enumerate(self.names):
            named[name].append(number)
        for name, numbers in named.items():
            if not name or max(Counter(self.sightings[i].source for i in numbers).values()) > 1:
                continue
            for at, other in enumerate(numbers):
                for one in numbers[:at]:
                    shared, size = self._share_address(one, other), self._size_agrees(one, other)
                    silent = not (self.sightings[one].addresses and self.sightings[other].addresses)
                    if not self._speaks_for_two(one, other) and (shared or size or (silent and size is None)):
                        self._join(one, other, "name", slip=bool(shared and size))
                    else:
                        self._propose(one, other, "name")

    def _by_likeness(self) -> None:
        """Join names that are alike, each the other's best, of one size or address."""
        blocks: dict[object, list[int]] = defaultdict(list)
        for number, sighting in enumerate(self.sightings):
            if None not in sighting.size:
                name = self.names[number]
                for known in {digits(name), digits(lettered(name))}:
                    blocks[known, sighting.size].append(number)
        for numbers in self._at_addresses():
            blocks[tuple(numbers)] = numbers
        scores: dict[tuple[int, int], float] = {}
        for numbers in self._small(blocks.values()):
            for at, other in enumerate(numbers):
                for one in numbers[:at]:
                    if self.sightings[one].source != self.sightings[other].source:
                        score = likeness(self.names[one], self.names[other])
                        if score >= LIKELY:
                            scores[one, other] = score
        best: dict[tuple[int, str], list[tuple[float, int]]] = defaultdict(list)
        for (one, other), score in scores.items():
            best[one, self.sightings[other].source].append((score, other))
            best[other, self.sightings[one].source].append((score, one))
        for (one, other), score in sorted(scores.items(), key=lambda item: (-item[1], item[0])):
            if self.home[one] == self.home[other]:
                continue
            rivals = [best[one, self.sightings[other].source], best[other, self.sightings[one].source]]
            next_ = max(
                (s for side, own in zip(rivals, (other, one), strict=True) for s, i in side if i != own), default=0.0
            )
            best_pair = score >= ALIKE and score - next_ >= MARGIN
            if best_pair and not self._speaks_for_two(one, other) and self._join(one, other, "likeness"):
                continue
            self._propose(one, other, "likeness")

    def _contradicted(self, one: int, other: int, slip: bool = False) -> bool:
        a, b = self.members[self.home[one]], self.members[self.home[other]]
        if not {self.sightings[i].source for i in a}.isdisjoint(self.sightings[i].source for i in b):
            return True
        if any(frozenset((i, j)) in self.parted for i in a for j in b):
            return True
        for kind in () if slip else EXCLUSIVE:
            mine = {value for i in a for value in self.marks[i].get(kind, ())}
            theirs = {value for i in b for value in self.marks[i].get(kind, ())}
            if mine and theirs and mine.isdisjoint(theirs):
                return True
        return False

    def _join(self, one: int, other: int, how: str, slip: bool = False) -> bool:
        first, second = self.home[one], self.home[other]
        if first == second:
            return True
        if self._contradicted(one, other, slip):
            return False
        for number in self.members[second]:
            self.home[number] = first
        self.members[first] += self.members.pop(second)
        self.joined.append(Pair(one, other, how, likeness(self.names[one], self.names[other])))
        return True

    def _propose(self, one: int, other: int, how: str) -> None:
        """Keep a pair for somebody to decide, unless it is out of the question anyway."""
        if not self._contradicted(one, other):
            pair = Pair(min(one, other), max(one, other), how, likeness(self.names[one], self.names[other]))
            self.proposed.setdefault((pair.one, pair.other), pair)
