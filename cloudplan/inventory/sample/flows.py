"""Flows within systems, between them, and with the world outside.

Only such flows are made as the matrix of zones can carry in *some* target design, the one :func:`seat` says: front
ends of systems on the internet in IZ, what has its own network (VPN) stays in it, everything else in the common zone,
exchange nodes in XCH, and what can't move where it is today. A broken flow carries no obligation and may be anything.
"""

from __future__ import annotations

from itertools import pairwise

from cloudplan.inventory.sample.draw import Draw
from cloudplan.inventory.sample.systems import HALL
from cloudplan.inventory.sample.target_design import conduit_rows

Row = dict[str, object]

SPECIAL = {"exchange": "XCH", "management": "MGT", "backup": "BAK"}
PORTS = {
    "app": (8080, "HTTP"),
    "web": (443, "HTTPS"),
    "db": (3306, "SQL"),
    "exchange": (8443, "HTTPS"),
    "proxy": (443, "HTTPS"),
    "management": (22, "SSH"),
    "backup": (9102, "TCP"),
}
BETWEEN, BROKEN, PLANNED = 100, 14, 8
APPROVAL = ("人社专业审批系统", "社会保险业务审批系统", "工程建设项目审批系统")
"""Systems to which, as the founding document says, the material of 高效办成一件事 can't be pushed."""


def seat(system: Row, tier: str, refusing: frozenset[str]) -> str:
    """Zone of a system's tier in one target design that satisfies everything."""
    home = str(system["zone"])
    if stays(system, refusing):
        return home
    if tier in SPECIAL:
        return SPECIAL[tier]
    if system["internet_facing"]:
        return "IZ" if tier in ("web", "proxy") else "PUB"
    return home if home in ("PUB", "VPN") else "PUB"


def stays(system: Row, refusing: frozenset[str]) -> bool:
    """Whether a system stays where it is: its department or itself refuses, it is a superior's, or works on site."""
    refuses = system["opinion"] == "refuses" or system["department"] in refusing
    return (
        bool(system["classified"])
        or system["owner_level"] != "banner"
        or refuses
        or system["special_hardware"] == "on_site"
    )


class Matrix:
    """Which kinds of exchange may pass from zone to zone."""

    def __init__(self) -> None:
        self.cells = {(r["source_zone"], r["target_zone"]): (r["mode"], r["kinds"]) for r in conduit_rows()}

    def permits(self, source: str, target: str, kind: str, same_department: bool) -> bool:
        """Say whether a flow may pass; VPNs of two departments are apart."""
        if source == target:
            return source != "VPN" or same_department
        mode, kinds = self.cells[source, target]
        named = kinds if isinstance(kinds, tuple) else ()
        return mode == "allow" or (mode == "exchange" and kind in named)


def flow_rows(seed: int, departments: list[Row], systems: list[Row], workloads: list[Row]) -> list[Row]:
    """Make the table ``flows``."""
    return _Wiring(seed, departments, systems, workloads).wire()


class _Wiring:
    def __init__(self, seed: int, departments: list[Row], systems: list[Row], workloads: list[Row]) -> None:
        self.draw = Draw(seed, "flows")
        self.refusing = frozenset(str(d["department"]) for d in departments if d["opinion"] == "refuses")
        self.systems = {str(s["system"]): s for s in systems}
        self.named = {str(s["name"]): str(s["system"]) for s in systems}
        self.tiers: dict[str, list[str]] = {}
        for w in workloads:
            listed = self.tiers.setdefault(str(w["system"]), [])
            if w["tier"] not in listed:
                listed.append(str(w["tier"]))
        self.matrix = Matrix()
        self.rows: list[Row] = []
        self.seen: set[tuple[object, ...]] = set()

    def wire(self) -> list[Row]:
        for name in self.systems:
            if name in self.tiers:
                self._within(name)
                self._outside(name)
        self._hall()
        self._uplinks()
        self._between()
        self._not_working()
        return self.rows

    def _within(self, name: str) -> None:
        tiers = self.tiers[name]
        chain = [t for t in ("proxy", "web", "app", "db") if t in tiers]
        for source, target in pairwise(chain):
            self._add((name, source), (name, target), "REQRESP", False, 0.5)
        if "exchange" in tiers and "app" in tiers:
            self._add((name, "app"), (name, "exchange"), "DATA", True, 0.2)

    def _outside(self, name: str) -> None:
        system, tiers = self.systems[name], self.tiers[name]
        first = next((t for t in ("proxy", "web", "app", "db") if t in tiers), None)
        if system["owner_level"] != "banner":
            if "exchange" in tiers:
                self._add((name, "exchange"), "VERT", "DATA", True, 0.5)
                if system["downlink_ok"]:
                    self._add("VERT", (name, "exchange"), "DATA", True, 0.2)
            return
        if first is None:
            return
        if system["internet_facing"] and first in ("proxy", "web"):
            self._add("EXT", (name, first), "REQRESP", False, 3.0)
            if self.draw.chance(0.15):
                self._add((name, first), "EXT", "REQRESP", False, 0.3)
        elif self.draw.chance(0.32):
            self._add("LAN", (name, first), "REQRESP", False, 0.6)

    def _hall(self) -> None:
        """Tie together the systems that the founding document names: one cluster around the service hall."""
        hotline, site, window, package, utilities, firms, uplink = (self.named[n] for n in HALL)
        one_way = ((window, package), (package, window), (utilities, window), (firms, window), (hotline, window))
        for source, target in one_way:
            self._add((source, "app"), (target, "app"), "REQRESP", False, 0.4)
        self._add((window, "app"), (site, "web"), "DATA", True, 0.2)
        self._add((package, "app"), (uplink, "exchange"), "DATA", True, 0.8)
        self._add((window, "app"), (uplink, "exchange"), "DATA", True, 0.8)
        for name in ("电子证照应用系统", "社会信用信息归集系统", "不动产登记系统", "房屋网签备案系统"):
            self._add((window, "app"), (self.named[name], "app"), "REQRESP", True, 0.3)

    def _uplinks(self) -> None:
        """Send shared data up to the city's platform through the one exchange node, and get data back."""
        uplink = self.named[HALL[-1]]
        self._add((uplink, "exchange"), "PUB", "DATA", True, 4.0)
        self._add("PUB", (uplink, "exchange"), "DATA", True, 1.5)
        mains: dict[str, str] = {}
        for name, system in self.systems.items():
            if system["owner_level"] == "banner" and "app" in self.tiers.get(name, ()):
                mains.setdefault(str(system["department"]), name)
        for department, name in mains.items():
            if department != "D01":
                self._add((name, "app"), (uplink, "exchange"), "DATA" if self.draw.chance(0.7) else "FILE", True, 0.3)

    def _between(self) -> None:
        apps = [n for n, t in self.tiers.items() if "app" in t and self._alive(n)]
        fronts = {
            str(s["department"]): n
            for n, s in self.systems.items()
            if "exchange" in self.tiers.get(n, ()) and s["owner_level"] != "banner"
        }
        by_department: dict[str, list[str]] = {}
        for name in apps:
            by_department.setdefault(str(self.systems[name]["department"]), []).append(name)
        for department, front in fronts.items():
            for name in by_department.get(department, [])[:2]:
                self._add((name, "app"), (front, "exchange"), "DATA", True, 0.2)
        pairs = [names for names in by_department.values() if len(names) > 3]
        for names in pairs:
            # a small synchronous knot in each larger department; everything else could be asynchronous
            first, second = self.draw.shuffled(names)[:2]
            self._add((first, "app"), (second, "app"), "REQRESP", False, 0.2)
        made = 0
        while made < BETWEEN:
            source, target = self.draw.pick(apps), self.draw.pick(apps)
            kind = self.draw.weighted({"DATA": 0.55, "FILE": 0.25, "REQRESP": 0.2})
            if source != target:
                made += self._add((source, "app"), (target, "app"), kind, True, 0.3)

    def _alive(self, name: str) -> bool:
        system = self.systems[name]
        return (
            system["owner_level"] == "banner"
            and not system["superseded_by"]
            and str(system["last_data_on"]) >= "2025-07-10"
        )

    def _not_working(self) -> None:
        package = self.named["高效办成一件事集成办理系统"]
        for name in APPROVAL:
            self._add((package, "app"), (self.named[name], "app"), "DATA", True, 0.2, "broken")
        verticals = [n for n, s in self.systems.items() if s["owner_level"] != "banner" and n in self.tiers]
        apps = [n for n, t in self.tiers.items() if "app" in t and self._alive(n)]
        made = 0
        while made < BROKEN - len(APPROVAL):
            source, target = self.draw.pick(verticals), self.draw.pick(apps)
            made += self._add((source, self.tiers[source][0]), (target, "app"), "DATA", True, 0.1, "broken")
        made = 0
        while made < PLANNED:
            source, target = self.draw.pick(apps), self.draw.pick(apps)
            if source != target:
                made += self._add((source, "app"), (target, "app"), "DATA", True, 0.1, "planned")

    def _add(
        self,
        source: tuple[str, str] | str,
        target: tuple[str, str] | str,
        kind: str,
        asynchronous: bool,
        size: float,
        state: str = "ok",
    ) -> int:
        """Add a flow if both ends exist and, unless it is broken, the matrix can carry it; say whether it was added."""
        ends = [e for e in (source, target) if isinstance(e, tuple)]
        if any(tier not in self.tiers.get(name, ()) for name, tier in ends) or (source, target, kind) in self.seen:
            return 0
        at, to = (e if isinstance(e, str) else seat(self.systems[e[0]], e[1], self.refusing) for e in (source, target))
        owners = {self.systems[name]["department"] for name, _ in ends}
        if state != "broken" and not self.matrix.permits(at, to, kind, len(owners) == 1):
            return 0
        self.seen.add((source, target, kind))
        draw = self.draw
        port, protocol = PORTS[target[1]] if isinstance(target, tuple) else (443, "HTTPS")
        if kind == "FILE":
            port, protocol = 22, "SFTP"
        gib = size * draw.quantile((0, 0.5, 0.9, 1), (0.05, 0.6, 2.5, 8)) if state == "ok" else 0.0
        self.rows.append(
            {
                "flow": f"F{len(self.rows) + 1:04d}",
                "source_system": source[0] if isinstance(source, tuple) else None,
                "source_tier": source[1] if isinstance(source, tuple) else None,
                "source_zone": None if isinstance(source, tuple) else source,
                "target_system": target[0] if isinstance(target, tuple) else None,
                "target_tier": target[1] if isinstance(target, tuple) else None,
                "target_zone": None if isinstance(target, tuple) else target,
                "kind": kind,
                "protocol": protocol,
                "port": port if draw.chance(0.85) else None,
                "gib_per_day": round(gib, 2) if draw.chance(0.9) else None,
                "mbps": round(max(0.1, gib * draw.uniform(0.2, 0.8)), 1) if draw.chance(0.85) else None,
                "can_be_async": asynchronous,
                "authorised": draw.chance(0.7) if state != "planned" else False,
                "state": state,
            }
        )
        return 1
