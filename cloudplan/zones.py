"""The security zones as a graph: which path exists, which flow is authorised."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import networkx as nx

from cloudplan.inventory import Inventory
from cloudplan.inventory.estate import holds

PATH, AUTHORISED = "path", "authorised"


@dataclass(frozen=True, slots=True)
class Conduit:
    """How one zone may call another.

    Parameters
    ----------
    mode
        ``allow``, ``exchange`` or ``deny``.
    kinds
        Kinds of exchange that may pass; all of them where ``allow`` names none, ferried ones where ``exchange`` names
        none.
    devices
        Devices that it must pass.
    throughput_mbps
        What the border carries, or ``None``.
    """

    mode: str
    kinds: frozenset[str]
    devices: tuple[str, ...]
    throughput_mbps: float | None


FERRIED = frozenset({"DATA", "FILE"})
"""What an exchange-only border ferries unless the inventory lists more."""


@dataclass(frozen=True, eq=False)
class ZoneGraph:
    """Zones and what joins them.

    Parameters
    ----------
    graph
        A multigraph on zone codes with two kinds of edge, by key: ``path`` (a conduit exists, attribute ``conduit``)
        and ``authorised`` (a flow is on record, attribute ``flows``, their ids).
    per_department
        Zones of which every department has its own.
    internet_exposed
        Zones that take traffic from the internet.
    hostable
        Zones in which workloads may stand, with the tiers each may hold.
    """

    graph: nx.MultiDiGraph[str]
    per_department: frozenset[str]
    internet_exposed: frozenset[str]
    hostable: dict[str, frozenset[str]]

    def conduit(self, source: str, target: str) -> Conduit | None:
        """Conduit from one zone to another, or ``None`` where there is no entry (default: denied)."""
        data = self.graph.get_edge_data(source, target, PATH)
        found: Conduit | None = None if data is None else data["conduit"]
        return found

    def permits(self, source: str, source_tenant: str, target: str, target_tenant: str, kind: str) -> bool:
        """Whether a flow of one kind may pass between two zones, each seen with its department.

        Within a zone everything passes, except between two departments where each has its own (Z07: departments' VPN
        zones are not joined directly).
        """
        if source == target:
            return source not in self.per_department or source_tenant == target_tenant
        conduit = self.conduit(source, target)
        return conduit is not None and conduit.mode != "deny" and kind in conduit.kinds


def zone_graph(inventory: Inventory) -> ZoneGraph:
    """Build the graph from the tables zones, conduits and flows.

    An authorised edge is drawn between the zones in which the flow's systems stand today.
    """
    graph: nx.MultiDiGraph[str] = nx.MultiDiGraph()
    zones = inventory["zones"]
    row: Any
    for row in zones.itertuples():
        graph.add_node(row.Index, name=row.name, name_en=row.name_en)
    kinds = frozenset(map(str, inventory["flows"]["kind"])) | {"DATA", "FILE", "STREAM", "REQRESP"}
    for row in inventory["conduits"].reset_index(drop=True).itertuples():
        named: frozenset[str] = frozenset(row.kinds)
        conduit = Conduit(
            mode=row.mode,
            kinds=named or (kinds if row.mode == "allow" else FERRIED),
            devices=row.devices,
            throughput_mbps=None if row.throughput_mbps != row.throughput_mbps else float(row.throughput_mbps),
        )
        if row.mode != "deny":
            graph.add_edge(row.source_zone, row.target_zone, key=PATH, conduit=conduit)
    systems = inventory["systems"]["zone"]
    on_record: dict[tuple[str, str], list[str]] = {}
    for row in inventory["flows"].itertuples():
        if holds(row.authorised):
            source = row.source_zone or systems[row.source_system]
            target = row.target_zone or systems[row.target_system]
            on_record.setdefault((source, target), []).append(row.Index)
    for (source, target), flows in sorted(on_record.items()):
        graph.add_edge(source, target, key=AUTHORISED, flows=tuple(flows))
    hostable = {}
    for row in zones.itertuples():
        if holds(row.hostable):
            hostable[str(row.Index)] = frozenset(row.tiers)
    return ZoneGraph(
        graph=graph,
        per_department=frozenset(zones.index[zones["per_department"].fillna(False).astype(bool)]),
        internet_exposed=frozenset(zones.index[zones["internet_exposed"].fillna(False).astype(bool)]),
        hostable=hostable,
    )
