"""The ordered rules: each looks at one kind of evidence, and the first that speaks decides.

The order is a design of this project (a default, not a standard): what is decided beforehand or may not be touched
comes first, then whose consent is missing, then what need not live on, then what hinders a move, then how it moves. A
superior's system comes before a zombie: nobody but its owner may switch it off.

Each rule also says which evidence would lift it and which would make it speak, so that what would change a decision is
worked out by asking the rules again (:mod:`.changes`).

Length: one list, read from the first rule to the last.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

from cloudplan.evidence import SCENARIO, blank
from cloudplan.findings import Finding
from cloudplan.inventory.cells import SEPARATOR
from cloudplan.inventory.estate import holds
from cloudplan.inventory.schema import label
from cloudplan.placement.dispositions.case import Case
from cloudplan.placement.dispositions.codes import CODES, GONE, STAYS, worded
from cloudplan.placement.dispositions.rule import Asked, OrderedRule, Turn

ABOVE = ("city_cloud", "region_cloud")
"""Kinds of target to which a system can be moved up."""


class CarriedOut(OrderedRule):
    """What an earlier plan has carried out is a fact."""

    name = "carried-out"
    decides = ()
    evidence = ()
    fixed = True

    def says(self, case: Case) -> Finding | None:
        """Look whether its wave lies behind, or is under way."""
        if case.done is None:
            return None
        kind = "_under_way" if case.under_way else ""
        return self.because(case, kind, disposition=worded(case.done[0]), date=case.done[1])

    def allowed(self, case: Case) -> tuple[str, ...]:
        """Leave what was done."""
        return () if case.done is None else (case.done[0],)


class Locked(OrderedRule):
    """A decision taken beforehand stands."""

    name = "lock"
    decides = ()
    evidence = (f"{SCENARIO}.locks",)

    def says(self, case: Case) -> Finding | None:
        """Look for a lock on the disposition."""
        return None if case.lock is None else self.because(case, reason=case.lock.reason)

    def allowed(self, case: Case) -> tuple[str, ...]:
        """Leave what the lock states."""
        return () if case.lock is None or case.lock.disposition is None else (case.lock.disposition,)

    def lifted(self, case: Case) -> Iterator[Turn]:
        """Take the lock away."""
        yield self.turn(case, "lifted", {f"{SCENARIO}.locks": None})


class Classified(OrderedRule):
    """A classified system stays where it is: only its existence is recorded, and it never comes onto this cloud."""

    name = "classified"
    decides = ("KEEP",)
    evidence = ("systems.classified",)
    clause, mark = "Z01", "S"
    fixed = True

    def says(self, case: Case) -> Finding | None:
        """Read what is recorded."""
        return self.because(case) if holds(case.system.classified) else None


class CoreData(Asked):
    """A system with data of the core class (GB/T 43697-2024) stays where it is."""

    name = "core-data"
    decides = ("KEEP",)
    evidence = ("systems.data_class",)
    clause = "GB/T 43697-2024"
    column, wanted = "data_class", ("core",)

    def lifted(self, case: Case) -> Iterator[Turn]:
        """Grade the data one class lower."""
        yield self.turn(case, "lifted", {"systems.data_class": "important"})


class Vertical(OrderedRule):
    """A superior's system waits for its superior; only a formal approval settles it, agreement in principle doesn't."""

    name = "vertical"
    decides = ("NEED_SUPERIOR",)
    evidence = ("systems.owner_level", "systems.approval_state")
    bears = STAYS

    def says(self, case: Case) -> Finding | None:
        """Look whose it is, and what the superior said."""
        system = case.system
        if not awaits_superior(system):
            return None
        return self.because(case, level=label("owner_level", system.owner_level))

    def lifted(self, case: Case) -> Iterator[Turn]:
        """Have the superior approve."""
        state = case.system.approval_state
        kind = {None: "unrecorded", "in_principle": "in_principle"}.get(state, "lifted")
        values = {} if state in (None, "in_principle") else {"state": label("approval_state", state)}
        yield self.turn(case, kind, {"systems.approval_state": "approved"}, **values)


class SuperiorRun(OrderedRule):
    """A superior's system that the superior runs stays there, approved or not: nothing of it stands in the banner."""

    name = "superior-run"
    decides = ("KEEP",)
    evidence = ("systems.owner_level", "systems.deploy_model")
    fixed = True

    def says(self, case: Case) -> Finding | None:
        """Look whose it is and where it runs."""
        system = case.system
        above = system.owner_level != "banner" and system.deploy_model == "superior_central"
        return self.because(case) if above else None


class Refusal(OrderedRule):
    """A system whose owner refuses stays where it is; a department's refusal holds for all its systems."""

    name = "refusal"
    decides = ("KEEP",)
    evidence = ("systems.opinion", "departments.opinion")

    def says(self, case: Case) -> Finding | None:
        """Look for a refusal, the system's own first."""
        for record in (case.system, case.department):
            if record.opinion == "refuses":
                return self.because(case, reason=record.opinion_reason or "—")
        return None

    def in_doubt(self, case: Case) -> bool:
        """Look for an opinion that is undecided or not recorded."""
        return case.system.opinion in (None, "undecided")

    def rests_on(self, case: Case) -> tuple[str, ...]:
        """Keep the opinions that refuse."""
        return tuple(name for name in self.evidence if case.cell(name).value == "refuses")

    def lifted(self, case: Case) -> Iterator[Turn]:
        """Have everyone agree who refuses."""
        refusing = self.rests_on(case)
        kind = "department" if refusing == ("departments.opinion",) else "lifted"
        yield self.turn(case, kind, dict.fromkeys(refusing, "agrees"))

    def struck(self, case: Case) -> Iterator[Turn]:
        """Have the owner refuse."""
        kind = "unknown" if case.system.opinion is None else "struck"
        yield self.turn(case, kind, {"systems.opinion": "refuses"})


class Zombie(OrderedRule):
    """A system whose business data has not changed for more than ``zombie_days`` is switched off."""

    name = "zombie"
    decides = ("RETIRE",)
    evidence = ("systems.last_data_on", f"{SCENARIO}.zombie_days")

    def says(self, case: Case) -> Finding | None:
        """Count the days."""
        last, days = case.system.last_data_on, case.scenario.zombie_days
        if not isinstance(last, dt.date) or last >= self._since(case):
            return None
        return self.because(case, date=last.isoformat(), days=days)

    def _since(self, case: Case) -> dt.date:
        """First day on which a change of data is young enough."""
        return case.scenario.today - dt.timedelta(case.scenario.zombie_days)

    def in_doubt(self, case: Case) -> bool:
        """Look for a blank."""
        return blank(case.system.last_data_on)

    def lifted(self, case: Case) -> Iterator[Turn]:
        """Let the data have changed on the last day that would do."""
        since = self._since(case)
        yield self.turn(case, "lifted", {"systems.last_data_on": since}, date=since.isoformat())

    def struck(self, case: Case) -> Iterator[Turn]:
        """Let the data have changed a day too early."""
        since = self._since(case)
        changed = {"systems.last_data_on": since - dt.timedelta(1)}
        yield self.turn(case, "unknown", changed, date=since.isoformat())


class Duplicate(OrderedRule):
    """A system that does what a unified platform above does is merged into it, or moved up where that is open."""

    name = "duplicate"
    decides = ("MERGE", "UPLIFT")
    evidence = ("systems.superseded_by", "systems.superseded_target", f"{SCENARIO}.targets.open")

    def says(self, case: Case) -> Finding | None:
        """Look for a platform that does the same."""
        platform = case.system.superseded_by
        return self.because(case, platform=platform) if platform else None

    def allowed(self, case: Case) -> tuple[str, ...]:
        """Leave moving up where the platform's target is open."""
        kind = case.targets.get(case.system.superseded_target or "")
        return self.decides if kind in case.scenario.targets.open else self.decides[:1]

    def lifted(self, case: Case) -> Iterator[Turn]:
        """Do something of its own; or open the platform's target, or record it."""
        yield self.turn(case, "lifted", {"systems.superseded_by": None})
        target, opened = case.system.superseded_target, case.scenario.targets.open
        kind = case.targets.get(target or "")
        if kind in ABOVE and kind not in opened:
            values = {"kind": label("target_kind", kind)}
            yield self.turn(case, "open", {f"{SCENARIO}.targets.open": (*opened, kind)}, **values)
        above = [name for name, there in case.targets.items() if there in ABOVE and there in opened]
        if target is None and above:
            values = {"kind": label("target_kind", case.targets[above[0]])}
            yield self.turn(case, "where", {"systems.superseded_target": above[0]}, **values)


class OnSite(Asked):
    """A system that needs real-time equipment on site (industrial, medical, video) stays there."""

    name = "on-site"
    decides = ("KEEP",)
    evidence = ("systems.special_hardware",)
    bears = GONE | STAYS
    column, wanted = "special_hardware", ("on_site",)

    def lifted(self, case: Case) -> Iterator[Turn]:
        """Do without."""
        yield self.turn(case, "lifted", {"systems.special_hardware": "none"})


class SpecialHardware(Asked):
    """A system that needs a dongle, a crypto card or a special interface moves with its machines."""

    name = "special-hardware"
    decides = ("RELOCATE",)
    evidence = ("systems.special_hardware",)
    bears = GONE | STAYS
    column, wanted = "special_hardware", ("dongle", "crypto_card", "interface")

    def says(self, case: Case) -> Finding | None:
        """Name the hardware."""
        value = self.value(case)
        return self.because(case, hardware=label("special_hardware", value)) if value in self.wanted else None

    def lifted(self, case: Case) -> Iterator[Turn]:
        """Do without."""
        values = {"hardware": label("special_hardware", self.value(case))}
        yield self.turn(case, "lifted", {"systems.special_hardware": "none"}, **values)


class Rewrite(Asked):
    """Software that can't run on the cloud is rewritten for it."""

    name = "rewrite"
    decides = ("REFACTOR",)
    evidence = ("systems.software_route",)
    bears = GONE | STAYS | {"RELOCATE"}
    column, wanted = "software_route", ("rewrite",)

    def lifted(self, case: Case) -> Iterator[Turn]:
        """Move as it is, or be adapted."""
        yield self.turn(case, "as_is", {"systems.software_route": "as_is"})
        yield self.turn(case, "adaptable", {"systems.software_route": "adaptable"})


class Unsupported(Asked):
    """A system whose OS or database is out of support is adapted to one that is not."""

    name = "unsupported"
    decides = ("REPLATFORM",)
    evidence = ("systems.support", "systems.os", "systems.database")
    bears = GONE | {"REFACTOR"}
    column, wanted, unknown = "support", ("expired",), (None, "unknown")

    def says(self, case: Case) -> Finding | None:
        """Name what may be out of support: the record says it only of the software as a whole."""
        if self.value(case) not in self.wanted:
            return None
        cells = (case.system.os, case.system.database)
        named = (part.strip() for cell in cells if cell for part in SEPARATOR.split(str(cell)))
        software = tuple(dict.fromkeys(part for part in named if part))
        kind = "_some" if len(software) > 1 else "" if software else "_unnamed"
        return self.because(case, kind, software=software)

    def lifted(self, case: Case) -> Iterator[Turn]:
        """Be supported still."""
        yield self.turn(case, "lifted", {"systems.support": "supported"})


class Xinchuang(Asked):
    """A system that is due for a domestic platform is adapted to one."""

    name = "xinchuang"
    decides = ("REPLATFORM",)
    evidence = ("systems.xinchuang_due",)
    bears = GONE | {"REFACTOR"}
    column, wanted = "xinchuang_due", (True,)

    def lifted(self, case: Case) -> Iterator[Turn]:
        """Not be due."""
        yield self.turn(case, "lifted", {"systems.xinchuang_due": False})


class Pooled(OrderedRule):
    """A system that runs on servers of one pool already is on the cloud, and stays in its pool."""

    name = "pooled"
    decides = ("KEEP",)
    evidence = ("servers.pool",)
    bears = frozenset(CODES)

    def says(self, case: Case) -> Finding | None:
        """Look for the pool."""
        return None if case.pooled is None else self.because(case)

    def lifted(self, case: Case) -> Iterator[Turn]:
        """Let one of its servers stand outside the pool."""
        server, pool = case.pooled or ("", "")
        yield self.turn(case, "lifted", {"servers.pool": None}, server=server, pool=pool)


class Adaptable(Asked):
    """Software that is or can be adapted moves as it is or is adapted, whichever costs less a year."""

    name = "adaptable"
    decides = ("REHOST", "REPLATFORM")
    evidence = ("systems.software_route", "systems.support", "systems.xinchuang_due")
    bears = frozenset(CODES)
    column, wanted = "software_route", ("adaptable", "adapted")

    def lifted(self, case: Case) -> Iterator[Turn]:
        """Move as it is only; or let a rule about the software speak that is silent for what is recorded."""
        yield self.turn(case, "lifted", {"systems.software_route": "as_is"})
        yield from _software(case)


class Movable(OrderedRule):
    """Everything else moves as it is."""

    name = "movable"
    decides = ("REHOST",)
    evidence = ("systems.software_route", "systems.support", "systems.xinchuang_due")
    bears = frozenset(CODES)

    def says(self, case: Case) -> Finding | None:
        """Speak of whatever is left."""
        return self.because(case)

    def lifted(self, case: Case) -> Iterator[Turn]:
        """Let a rule about the software speak that is silent for what is recorded."""
        yield from _software(case)
        if not ADAPTABLE.in_doubt(case):
            yield from ADAPTABLE.struck(case)


REWRITE, UNSUPPORTED, XINCHUANG, ADAPTABLE = Rewrite(), Unsupported(), Xinchuang(), Adaptable()

ORDER: tuple[OrderedRule, ...] = (
    CarriedOut(),
    Locked(),
    Classified(),
    CoreData(),
    Vertical(),
    SuperiorRun(),
    Refusal(),
    Zombie(),
    Duplicate(),
    OnSite(),
    SpecialHardware(),
    REWRITE,
    UNSUPPORTED,
    XINCHUANG,
    Pooled(),
    ADAPTABLE,
    Movable(),
)


def ordered_rules() -> tuple[OrderedRule, ...]:
    """List the rules in the order in which they are asked."""
    return ORDER


def awaits_superior(system: Any) -> bool:
    """Whether a system is a superior's, and the superior has not formally approved a move."""
    return bool(system.owner_level != "banner" and system.approval_state != "approved")


def _software(case: Case) -> Iterator[Turn]:
    for rule in (REWRITE, UNSUPPORTED, XINCHUANG):
        if not rule.in_doubt(case):
            yield from rule.struck(case)
