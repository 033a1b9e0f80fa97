"""What is said of a component's places: a refusal, a reason, a pool's whole passage; and how they are put together.

For other programs a line a place; for people each reason once, and of a pool that is open in some way all in a line.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from cloudplan.explain.view import rule_name
from cloudplan.explain.words import Both, Line, Section, alike, line, listed, said, worded
from cloudplan.findings import Finding
from cloudplan.i18n import DEFAULT, LANGUAGES, say

PRICED = ("cheaper", "equal", "dearer")
"""What is said of places that no rule refuses."""
COMMON = frozenset({"refused", "disposition", "closed", "today"})
"""What may be said of several components of a system alike."""
OPEN = (*PRICED, "whole", "sibling", "together")
"""What is said of a pool that no rule closes to the component in some way: all that is said of it stands together."""
ORDER = ("here", "once", *OPEN, "refused", "disposition", "closed", "today")
"""What is said of places, in the order in which it stands; those that are priced by their price."""


@dataclass(frozen=True)
class Refused:
    """What the rules say against a component in a pool.

    Parameters
    ----------
    component
        The component.
    pool
        The pool.
    name
        How it is called, as seen from where the component stands.
    ways
        What would become of the system there, where that is not what becomes of it; else ``None``.
    zones
        Zones that were asked about.
    groups
        Every reason with the zones for which it is given.
    """

    component: str
    pool: str
    name: Both
    ways: Both | None
    zones: frozenset[str]
    groups: tuple[tuple[Finding, tuple[str, ...]], ...]

    @property
    def line(self) -> Line:
        """All in one line; its refusals are (rule, message, zones)."""
        reasons = [said(self.wording(f, zones), zones=zones, reason=worded(f), name=rule_name(f.rule))
                   for f, zones in self.groups]  # fmt: skip
        return line(
            "not.refused",
            rules_of(self.groups),
            pool=_named((self.name,), self.ways),
            pool_id=self.pool,
            component=self.component,
            reasons=joined(reasons),
            refusals=tuple((finding.rule, finding.message, zones) for finding, zones in self.groups),
        )

    def wording(self, finding: Finding, zones: tuple[str, ...]) -> str:
        """Whether a reason holds in all zones or names them itself, or zones must be put to it."""
        plainly = len(zones) == len(self.zones) or "zone" in finding.values
        return "explain.not.reason" if plainly else "explain.not.reason_there"


@dataclass(frozen=True)
class Reason:
    """One reason, with all components and pools of which a rule says it.

    Parameters
    ----------
    finding
        What the rule says of the first of them.
    wording
        Message in which it stands.
    zones
        Zones for which it is given.
    ways
        What would become of the system there, where that is not what becomes of it; else ``None``.
    pools
        The pools, each with how it is called.
    components
        The components.
    """

    finding: Finding
    wording: str
    zones: tuple[str, ...]
    ways: Both | None
    pools: Mapping[str, Both]
    components: tuple[str, ...]

    @property
    def alike(self) -> str:
        """What is said, but for the pool and the component."""
        values = {name: value for name, value in self.finding.values.items() if name != "pool"}
        zones = self.zones if self.wording.endswith("there") else ()
        return repr((self.finding.rule, self.finding.message, values, zones, self.ways))

    @property
    def line(self) -> Line:
        """Say it of all of them."""
        finding, values = self.finding, self.finding.values
        if "pool" in values:
            finding = replace(finding, values={**values, "pool": tuple(self.pools)})
        if finding.subject in self.components:
            # a subject is one text; several stand as a value of the same name
            finding = replace(finding, values={**finding.values, "subject": self.components})
        told = said(self.wording, zones=self.zones, reason=worded(finding), name=rule_name(finding.rule))
        return line("not.refused", finding.rule, pool=_named(tuple(self.pools.values()), self.ways), reasons=told)


@dataclass(frozen=True)
class Passage:
    """All that is said of a pool that is open to a component in some way: what that costs, and what is refused there.

    Parameters
    ----------
    name
        How the pool is called.
    parts
        What is said of it, the cheapest first.
    """

    name: Both
    parts: tuple[Line | Refused, ...]

    @property
    def line(self) -> Line:
        """All in one line, with the price and the rank of its first part."""
        told = [_part(x, self.parts) for x in self.parts]
        first: dict[str, Any] = dict(self.parts[0].values) if isinstance(self.parts[0], Line) else {}
        kind, yuan = kind_of(self.parts[0]), first.get("yuan", 0.0)
        rules = ",".join(dict.fromkeys(x.rule for x in (part if isinstance(part, Line) else part.line
                                                        for part in self.parts) if x.rule))  # fmt: skip
        values = {"pool": self.name, "parts": joined([part for part in told if part is not None])}
        return line("not.passage", rules, **values, first=kind, yuan=yuan)


def _part(told: Line | Refused, parts: Sequence[Line | Refused]) -> Both | None:
    """Word one part of a passage, without the pool; what a price says already is left out."""
    if isinstance(told, Refused):
        reasons = [said(told.wording(f, zones), zones=zones, reason=worded(f), name=rule_name(f.rule))
                   for f, zones in told.groups]  # fmt: skip
        return joined(reasons)
    kind, values = kind_of(told), dict(told.values)
    ways = [x.values.get("disposition") for x in parts if isinstance(x, Line) and kind_of(x) != "whole"]
    if kind == "whole" and values["disposition"] in ways:
        return None
    part = said(f"explain.not.part.{kind}", **{**values, "pool": ""})
    if "disposition" in values and kind not in ("whole", "sibling"):
        way = "target" if values["same_disposition"] else "way"
        return said(f"explain.not.part.{way}", disposition=values["disposition"], target=values["target"], told=part)
    return part


@dataclass(frozen=True)
class Elsewhere:
    """Why a component is in none of some pools.

    Parameters
    ----------
    component
        The component.
    found
        What is said of each pool: what is free by its price, then what is refused.
    """

    component: str
    found: tuple[Line | Refused, ...]

    def told(self) -> dict[str, Line | Reason | Passage]:
        """Say each thing once: a pool that is open in some way with all that is said of it, the others by the reason.

        Returns
        -------
        dict
            By what tells each apart from the others.
        """
        opened = dict.fromkeys(_pool(x) for x in self.found if isinstance(x, Line) and kind_of(x) in OPEN)
        parts = {pool: tuple(x for x in self.found if _pool(x) == pool and kind_of(x) != "here") for pool in opened}
        passages = {f"passage {pool}": Passage(_called(some), some) for pool, some in parts.items()}
        reasons: dict[str, Reason] = {}
        for refused in self.found:
            if isinstance(refused, Line) or refused.pool in opened:
                continue
            for finding, zones in refused.groups:
                one = Reason(finding, refused.wording(finding, zones), zones, refused.ways,
                             {refused.pool: refused.name}, (self.component,))  # fmt: skip
                known = reasons.get(one.alike)
                reasons[one.alike] = one if known is None else replace(known, pools={**known.pools, **one.pools})
        lines = alike(x for x in self.found if isinstance(x, Line) and kind_of(x) not in OPEN)
        texts: dict[str, Line | Reason | Passage] = {x.text(DEFAULT): x for x in lines}
        every = {**texts, **passages, **{f"{key} {list(x.pools.items())}": x for key, x in reasons.items()}}
        return dict(sorted(every.items(), key=lambda item: rank(item[1])))

    def places(self, kind: str) -> list[Both]:
        """Name the places that are cheaper, equal or dearer: pool and zone."""
        lines = [x for x in self.found if isinstance(x, Line) and kind_of(x) == kind]
        return [said("explain.not.place", pool=x.values["pool"], zone=x.values["zone"]) for x in lines]

    def section(self, shared: Collection[str] = ()) -> Section:
        """Say it: a line a pool for other programs, a line a reason for people, but for what is said elsewhere."""
        every = tuple(x.line if isinstance(x, Refused) else x for x in self.found)
        shown = tuple(_line(x) for key, x in self.told().items() if key not in shared)
        return Section(line("not.title", component=self.component), every, shown)


def in_common(all_of: Sequence[Elsewhere]) -> tuple[frozenset[str], Section | None]:
    """Find what is refused to several components alike: what tells it apart, and a section that says it once."""
    told = [each.told() for each in all_of]
    keys = [key for key, x in told[0].items() if kind_of(x) in COMMON] if len(told) > 1 else []
    keys = [key for key in keys if all(key in others for others in told)]
    if not keys:
        return frozenset(), None
    components = tuple(each.component for each in all_of)
    shown = tuple(_line(x, components) for x in (told[0][key] for key in keys))
    return frozenset(keys), Section(line("not.shared", count=len(told)), (), shown)


def _named(names: tuple[Both, ...], ways: Both | None) -> Both:
    name = listed(list(names))
    return name if ways is None else said("explain.not.otherwise", pool=name, ways=ways)


def _pool(told: Line | Refused) -> str:
    return str(told.values.get("pool_id", "")) if isinstance(told, Line) else told.pool


def _called(parts: Iterable[Line | Refused]) -> Both:
    """How a pool is called, whatever would become of the system there."""
    return next(x.values["name"] for x in parts if isinstance(x, Line))


def _line(told: Line | Reason | Passage, components: tuple[str, ...] = ()) -> Line:
    if isinstance(told, Reason):
        return replace(told, components=components or told.components).line
    return told if isinstance(told, Line) else told.line


def kind_of(told: Line | Refused | Reason | Passage) -> str:
    """What is said of a place; of a whole passage, what its first part says."""
    if isinstance(told, Passage):
        return kind_of(told.parts[0])
    return told.message.rpartition(".")[2] if isinstance(told, Line) else "refused"


def rank(told: Line | Refused | Reason | Passage) -> tuple[int, float]:
    """Where it stands among what is said: by its kind, then by its price."""
    if isinstance(told, Passage):
        return rank(told.parts[0])
    kind = kind_of(told)
    yuan = float(told.values.get("yuan", 0.0)) if isinstance(told, Line) else 0.0
    return ORDER.index(kind), -yuan if kind == "cheaper" else yuan


def rules_of(groups: Iterable[tuple[Finding, tuple[str, ...]]]) -> str:
    """Name the rules of some reasons, with commas between."""
    return ",".join(dict.fromkeys(finding.rule for finding, _ in groups))


def joined(reasons: list[Both]) -> Both:
    """Put reasons after each other; a reason may hold commas itself."""
    return {
        language: say("explain.not.between", language).join(dict.fromkeys(reason[language] for reason in reasons))
        for language in LANGUAGES
    }
