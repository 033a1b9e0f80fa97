"""The zone graph of four zones, drawn by hand: what joins them, and which flows may pass."""

from __future__ import annotations

import pytest

from cloudplan.placement import example
from cloudplan.zones import AUTHORISED, PATH, ZoneGraph, zone_graph


def graph(**tables: object) -> ZoneGraph:
    """EXT ─allow─► IZ ─exchange, DATA and REQRESP─► PUB ◄─allow─► VPN; PUB ─exchange─► OUT; OUT ─deny─► PUB."""
    given = {
        "zones": {
            "EXT": {"hostable": False, "tiers": ()},
            "IZ": {"internet_exposed": True, "tiers": ("web",)},
            "PUB": {},
            "VPN": {"per_department": True},
            "OUT": {"hostable": False},
        },
        "conduits": {
            ("EXT", "IZ"): {"devices": ("firewall",), "throughput_mbps": 1000.0},
            ("IZ", "PUB"): {"mode": "exchange", "kinds": ("DATA", "REQRESP"), "devices": ("gap", "waf")},
            ("PUB", "VPN"): {},
            ("VPN", "PUB"): {},
            ("PUB", "OUT"): {"mode": "exchange"},
            ("OUT", "PUB"): {"mode": "deny", "kinds": ("DATA",)},
        },
        **tables,
    }
    return zone_graph(example.estate(**given))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("source", "target", "kind", "may"),
    [
        ("EXT", "IZ", "REQRESP", True),
        ("EXT", "IZ", "STREAM", True),  # allow without kinds lets everything pass
        ("IZ", "EXT", "REQRESP", False),  # a conduit has a direction
        ("EXT", "PUB", "REQRESP", False),  # no entry: denied, though a path leads over IZ
        ("IZ", "PUB", "DATA", True),
        ("IZ", "PUB", "REQRESP", True),
        ("IZ", "PUB", "STREAM", False),  # the border ferries what it lists
        ("PUB", "OUT", "FILE", True),  # an exchange that lists nothing ferries data and files
        ("PUB", "OUT", "REQRESP", False),
        ("OUT", "PUB", "DATA", False),  # deny, whatever kinds it names
    ],
)
def test_what_may_pass_between_zones(source: str, target: str, kind: str, may: bool) -> None:
    assert graph().permits(source, "D", target, "E", kind) is may


@pytest.mark.parametrize(("zone", "other", "may"), [("PUB", "E", True), ("VPN", "D", True), ("VPN", "E", False)])
def test_departments_share_a_zone_unless_each_has_its_own(zone: str, other: str, may: bool) -> None:
    assert graph().permits(zone, "D", zone, other, "REQRESP") is may


def test_a_conduit_names_its_devices_and_its_rate() -> None:
    zones = graph()
    border = zones.conduit("EXT", "IZ")
    assert border is not None
    assert (border.devices, border.throughput_mbps) == (("firewall",), 1000.0)
    gap = zones.conduit("IZ", "PUB")
    assert gap is not None
    assert (gap.mode, gap.devices, gap.throughput_mbps) == ("exchange", ("gap", "waf"), None)
    assert zones.conduit("OUT", "PUB") is None
    assert zones.conduit("EXT", "PUB") is None


def test_only_what_is_hostable_holds_tiers() -> None:
    zones = graph()
    assert dict(zones.hostable) == {
        "IZ": frozenset({"web"}),
        "PUB": frozenset({"app", "db", "web"}),
        "VPN": frozenset({"app", "db", "web"}),
    }
    assert zones.internet_exposed == {"IZ"}
    assert zones.per_department == {"VPN"}


def test_a_path_and_an_authorised_flow_are_edges_of_two_kinds() -> None:
    systems = {"A": {"zone": "IZ"}, "B": {"zone": "PUB"}}
    calls = {"source_system": "A", "source_tier": "web", "target_system": "B", "target_tier": "db"}
    flows = {
        "F1": {**calls, "authorised": True},
        "F2": {**calls, "authorised": False},
        "F3": {**calls, "authorised": True},
        "F4": {"source_zone": "EXT", "target_system": "B", "target_tier": "db", "authorised": True},
        "F5": {**calls},  # nobody said
    }
    zones = graph(systems=systems, flows=flows)
    edges = {(source, target): data["flows"] for source, target, key, data in zones.graph.edges(keys=True, data=True)
             if key == AUTHORISED}  # fmt: skip
    assert edges == {("IZ", "PUB"): ("F1", "F3"), ("EXT", "PUB"): ("F4",)}
    # authorised is not joined: no conduit leads from EXT to PUB
    assert not zones.graph.has_edge("EXT", "PUB", PATH)
