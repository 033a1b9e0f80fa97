"""What is said of a component's places: a refusal, a reason, a pool's whole passage; and how they are put together.

For other programs a line a place; for people each reason once, and of a pool that is open in some way all in a line.
What a rule says of zones, whatever the pool, stands by itself: the pools needn't each repeat it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from cloudplan.explain.view import rule_name
from cloudplan.explain.words import Both, Line, Section, alike, line, listed, said, worded
from cloudplan.findings import Finding
from cloudplan.i18n import DEFAULT, LANGUAGES, catalogue, say

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
    name, full
        How it is called, as seen from where the component stands, and by its name and id.
    ways
        What would become of the system there, where that is not what becomes of it; else ``None``.
    zones
        Zones that were asked about, each with its name.
    groups
        Every reason with the zones for which it is given.
    """

    component: str
    pool: str
    name: Both
    full: Both
    ways: Both | None
    zones: Mapping[str, Both]
    groups: tuple[tuple[Finding, tuple[str, ...]], ...]

    @property
    def line(self) -> Line:
        """All in one line; its refusals are (rule, message, zones)."""
        reasons = [self.words(f, zones) for f, zones in self.groups]
        return line(
            "not.refused",
            rules_of(self.groups),
            pool=_named((self.name,), self.ways),
            pool_id=self.pool,
            component=self.component,
            reasons=joined(reasons),
            refusals=tuple((finding.rule, finding.message, zones) for finding, zones in self.groups),
        )

    def words(self, finding: Finding, zones: tuple[str, ...]) -> Both:
        """One reason, without the pool."""
        named = tuple(self.zones[zone] for zone in zones)
        return said(self.wording(finding, zones), zones=named, reason=worded(finding), name=rule_name(finding.rule))

    @property
    def but_for_zones(self) -> Refused:
        """The same without what is said of zones whatever the pool."""
        return replace(self, groups=tuple(group for group in self.groups if not _of_zones(group[0])))

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
        Names of the zones for which it is given.
    ways
        What would become of the system there, where that is not what becomes of it; else ``None``.
    pools
        The pools, each with how it is called, as seen from where the component stands, and in full.
    components
        The components.
    anywhere
        Whether it holds in all these zones whatever the pool.
    """

    finding: Finding
    wording: str
    zones: tuple[Both, ...]
    ways: Both | None
    pools: Mapping[str, tuple[Both, Both]]
    components: tuple[str, ...]
    anywhere: bool = False

    @property
    def alike(self) -> str:
        """What is said, but for the pool and the component."""
        values = {name: value for name, value in self.finding.values.items() if name != "pool"}
        zones = self.zones if self.wording.endswith("there") else ()
        return repr((self.finding.rule, self.finding.message, values, zones, self.ways))

    @property
    def line(self) -> Line:
        """Say it of all of them; the pools stand before it where it doesn't name them itself."""
        finding, names_pools = self.finding, _says(self.finding, "pool")
        if names_pools:
            pools = tuple(full for _, full in self.pools.values())
            finding = replace(finding, values={**finding.values, "pool": pools})
        if finding.subject in self.components and len(self.components) > 1:
            # a subject is one text; what several are called stands as a value of the same name
            several = said("explain.not.several", component=self.components[0], more=len(self.components) - 1)
            finding = replace(finding, values={**finding.values, "subject": several})
        told = said(self.wording, zones=self.zones, reason=worded(finding), name=rule_name(finding.rule))
        names = tuple(name for name, _ in self.pools.values())
        values = {"pool": _named(names, self.ways), "reasons": told}
        if not (names_pools or self.anywhere):
            return line("not.refused", finding.rule, **values)
        if self.ways is None or self.anywhere:
            return line("not.named.refused", finding.rule, **values)
        return line("not.named.if.refused", finding.rule, **values, ways=self.ways)


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
        told = [text for x in self.parts for text in _part(x, self.parts)]
        first: dict[str, Any] = dict(self.parts[0].values) if isinstance(self.parts[0], Line) else {}
        kind, yuan = kind_of(self.parts[0]), first.get("yuan", 0.0)
        rules = ",".join(dict.fromkeys(x.rule for x in (part if isinstance(part, Line) else part.line
                                                        for part in self.parts) if x.rule))  # fmt: skip
        values = {"pool": self.name, "parts": joined(told)}
        return line("not.passage", rules, **values, first=kind, yuan=yuan)


def _part(told: Line | Refused, parts: Sequence[Line | Refused]) -> list[Both]:
    """Word one part of a passage, without the pool, each reason apart; what a price says already is left out."""
    if isinstance(told, Refused):
        return [told.words(f, zones) for f, zones in told.groups]
    kind, values = kind_of(told), dict(told.values)
    ways = [x.values.get("disposition") for x in parts if isinstance(x, Line) and kind_of(x) != "whole"]
    if kind == "whole" and values["disposition"] in ways:
        return []
    part = said(f"explain.not.part.{kind}", **{**values, "pool": ""})
    if "disposition" in values and kind not in ("whole", "sibling"):
        way = "target" if values["same_disposition"] else "way"
        part = said(f"explain.not.part.{way}", disposition=values["disposition"], target=values["target"], told=part)
    return [part]


@dataclass(frozen=True)
class Elsewhere:
    """Why a component is in none of some pools.

    Parameters
    ----------
    component
        The component.
    found
        What is said of each pool: what is free by its price, then what is refused.
    seated
        Whether it stands somewhere.
    """

    component: str
    found: tuple[Line | Refused, ...]
    seated: bool = True

    def told(self) -> dict[str, Line | Reason | Passage]:
        """Say each thing once: a pool that is open in some way with all that is said of it, the others by the reason.

        Returns
        -------
        dict
            By what tells each apart from the others.
        """
        found = [x if isinstance(x, Line) else x.but_for_zones for x in self.found]
        found = [x for x in found if isinstance(x, Line) or x.groups]
        opened = dict.fromkeys(_pool(x) for x in found if isinstance(x, Line) and kind_of(x) in OPEN)
        parts = {pool: tuple(x for x in found if _pool(x) == pool and kind_of(x) != "here") for pool in opened}
        passages = {f"passage {pool}": Passage(_called(some), some) for pool, some in parts.items()}
        reasons: dict[str, Reason] = {}
        for refused in found:
            if isinstance(refused, Line) or refused.pool in opened:
                continue
            for finding, zones in refused.groups:
                one = _reason(refused, finding, zones)
                known = reasons.get(one.alike)
                reasons[one.alike] = one if known is None else replace(known, pools={**known.pools, **one.pools})
        lines = _kinds(alike(x for x in found if isinstance(x, Line) and kind_of(x) not in OPEN))
        texts: dict[str, Line | Reason | Passage] = {x.text(DEFAULT): x for x in lines}
        every = {**texts, **passages}
        for key, reason in {**reasons, **self._of_zones()}.items():
            every[f"{key} {list(reason.pools.items())}"] = reason
        return dict(sorted(every.items(), key=lambda item: rank(item[1])))

    def _of_zones(self) -> dict[str, Reason]:
        """What is said of zones whatever the pool: of all zones at once, with the pools that have one of them."""
        refusals = [x for x in self.found if isinstance(x, Refused)]
        given: dict[str, list[tuple[Refused, Finding, tuple[str, ...]]]] = {}
        for refused in refusals:
            for finding, zones in refused.groups:
                if _of_zones(finding):
                    given.setdefault(_but_for_zone(finding), []).append((refused, finding, zones))
        out = {}
        for key, some in given.items():
            names = {zone: refused.zones[zone] for refused, _, zones in some for zone in zones}
            met = {(refused.pool, zone) for refused, _, zones in some for zone in zones}
            anywhere = all((refused.pool, zone) in met for refused in refusals for zone in names.keys() & refused.zones)
            refused, finding, _ = some[0]
            finding = replace(finding, values={**finding.values, "zone": tuple(names.values())})
            pools = {pool: name for each, _, _ in some for pool, name in _reason(each, finding, ()).pools.items()}
            one = _reason(refused, finding, ())
            out[key] = replace(one, ways=None if anywhere else one.ways, pools=pools, anywhere=anywhere)
        return out

    def places(self, kind: str) -> list[Both]:
        """Name the places that are cheaper, equal or dearer: pool and zone."""
        return [x.values["place"] for x in self.found if isinstance(x, Line) and kind_of(x) == kind]

    @property
    def once(self) -> frozenset[str]:
        """What tells apart the line that says how its prices are reckoned, if it has one."""
        return frozenset(key for key, told in self.told().items() if kind_of(told) == "once")

    def section(self, shared: Collection[str] = ()) -> Section:
        """Say it: a line a pool for other programs, a line a reason for people, but for what is said elsewhere."""
        every = tuple(x.line if isinstance(x, Refused) else x for x in self.found)
        shown = tuple(_line(x) for key, x in self.told().items() if key not in shared)
        title = line("not.title" if self.seated else "not.title_gone", component=self.component)
        return Section(title, every, shown, follows=True)


def in_common(all_of: Sequence[Elsewhere]) -> tuple[frozenset[str], Section | None]:
    """Find what is refused to several components alike: what tells it apart, and a section that says it once."""
    told = [each.told() for each in all_of]
    keys = [key for key, x in told[0].items() if kind_of(x) in COMMON] if len(told) > 1 else []
    keys = [key for key in keys if all(key in others for others in told)]
    if not keys:
        return frozenset(), None
    components = tuple(each.component for each in all_of)
    shown = tuple(_line(x, components) for x in (told[0][key] for key in keys))
    return frozenset(keys), Section(line("not.shared", count=len(told), components=components), (), shown)


def _kinds(lines: Sequence[Line]) -> list[Line]:
    """Put kinds of target that the scenario doesn't open into one line."""
    shut = [x for x in lines if x.message == "explain.not.closed"]
    if len(shut) < 2:
        return list(lines)
    pools = [said("explain.not.kinds.pool", pool=x.values["pool"], kind=x.values["kind"]) for x in shut]
    return [*(x for x in lines if x not in shut), line("not.kinds.closed", pools=listed(pools))]


def _of_zones(finding: Finding) -> bool:
    """Whether a rule speaks of a zone, whatever the pool."""
    return _says(finding, "zone") and not _says(finding, "pool")


def _says(finding: Finding, name: str) -> bool:
    """Whether the words of a finding hold one of its values; other programs may be told more."""
    return name in finding.values and f"{{{name}}}" in catalogue(DEFAULT).get(finding.message, "")


def _but_for_zone(finding: Finding) -> str:
    """What a rule says, but for the zone and the component."""
    values = {name: value for name, value in finding.values.items() if name not in ("zone", "pool")}
    return repr((finding.rule, finding.message, values))


def _reason(refused: Refused, finding: Finding, zones: tuple[str, ...]) -> Reason:
    """One reason against one component in one pool."""
    named = tuple(refused.zones[zone] for zone in zones)
    pools = {refused.pool: (refused.name, refused.full)}
    return Reason(finding, refused.wording(finding, zones), named, refused.ways, pools, (refused.component,))


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
