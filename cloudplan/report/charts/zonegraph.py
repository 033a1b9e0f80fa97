"""The zones as a drawing: on an ellipse, so that no connection runs through a zone; the layout is networkx's."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import altair as alt
import networkx as nx

from cloudplan.report.charts.theme import AFTER, CAUTION, INK, MUTED, SIZE, WIDTH, values

RADIUS_X, RADIUS_Y, NODE = 320.0, 170.0, 19.0
LABEL = 34.0
"""Least distance between two numbers on conduits, px."""

PARTS = (0.36, 0.5, 0.62, 0.26, 0.72, 0.44, 0.56, 0.8, 0.2)
"""Where on a conduit its number may stand, the best first; shares of its length."""

HEIGHT = 2 * RADIUS_Y + 110


@dataclass(frozen=True)
class Node:
    """A zone: its name, a line below it, and whether workloads may stand in it."""

    zone: str
    name: str
    below: str
    hostable: bool
    exposed: bool


@dataclass(frozen=True)
class Edge:
    """A conduit from one zone to another; ``flows`` is how many flows of the plan take it."""

    source: str
    target: str
    exchange: bool
    flows: int


def layout(nodes: Sequence[Node], edges: Sequence[Edge]) -> dict[str, tuple[float, float]]:
    """Place the zones on an ellipse: those exposed to the internet on the left, neighbours in the graph side by side.

    Returns
    -------
    dict
        Zone → x, y in px, the middle of the drawing at 0, 0.
    """
    graph: nx.Graph[str] = nx.Graph()
    graph.add_nodes_from(node.zone for node in nodes)
    graph.add_edges_from((edge.source, edge.target) for edge in edges if edge.source in graph and edge.target in graph)
    order = _around(graph, [node.zone for node in nodes if node.exposed])
    circle = nx.circular_layout(nx.path_graph(order))
    turned = math.pi  # the first zone stands on the left
    return {
        zone: (
            RADIUS_X * (x * math.cos(turned) - y * math.sin(turned)),
            RADIUS_Y * (x * math.sin(turned) + y * math.cos(turned)),
        )
        for zone, (x, y) in circle.items()
    }


def _around(graph: nx.Graph[str], first: Sequence[str]) -> list[str]:
    """Walk the graph depth first from the exposed zones: who is connected stands near."""
    order: list[str] = []
    for start in [*first, *graph.nodes]:
        if start not in order:
            order += [zone for zone in nx.dfs_preorder_nodes(graph, start) if zone not in order]
    return order


def draw(nodes: Sequence[Node], edges: Sequence[Edge], words: tuple[str, str, str]) -> alt.LayerChart:
    """Draw zones and conduits; a conduit that the plan uses is thick and carries its number of flows.

    Parameters
    ----------
    nodes, edges
        Zones and conduits.
    words
        Legend: direct, by exchange only, not used by this plan.
    """
    at = layout(nodes, edges)
    direct, exchange, unused = words
    lines, heads = [], []
    labels: list[dict[str, object]] = []
    taken: list[tuple[float, float]] = []
    for edge in edges:
        if edge.source not in at or edge.target not in at or edge.source == edge.target:
            continue
        x, y, x2, y2, angle = _stroke(at[edge.source], at[edge.target])
        kind = unused if not edge.flows else exchange if edge.exchange else direct
        lines.append({"x": x, "y": y, "x2": x2, "y2": y2, "kind": kind, "width": 2.2 if edge.flows else 1.0})
        heads.append({"x": x2, "y": y2, "angle": angle, "kind": kind, "size": 70 if edge.flows else 34})
        if edge.flows:
            spots = [(x + (x2 - x) * part, y + (y2 - y) * part) for part in PARTS]
            room = [min((math.dist(spot, other) for other in taken), default=math.inf) for spot in spots]
            # the first spot with room enough, else the one with most
            best = next((n for n, free in enumerate(room) if free > LABEL), room.index(max(room)))
            taken.append(spots[best])
            labels.append({"x": taken[-1][0], "y": taken[-1][1], "text": f"{edge.flows:,}"})
    x_of = alt.Scale(domain=[-WIDTH / 2, WIDTH / 2], nice=False)
    y_of = alt.Scale(domain=[-HEIGHT / 2, HEIGHT / 2], nice=False)
    x, y = alt.X("x:Q", scale=x_of, axis=None), alt.Y("y:Q", scale=y_of, axis=None)
    kinds = list(words)
    colour = alt.Color(
        "kind:N",
        scale=alt.Scale(domain=kinds, range=[AFTER, CAUTION, "#b6c0cb"]),
        legend=alt.Legend(symbolType="stroke", symbolStrokeWidth=3),
    )
    dash = alt.StrokeDash("kind:N", scale=alt.Scale(domain=kinds, range=[[1, 0], [6, 4], [1, 0]]), legend=None)
    stroke = alt.StrokeWidth("width:Q", scale=None)
    rule = (
        alt.Chart(values(lines))
        .mark_rule()
        .encode(x=x, y=y, x2="x2:Q", y2="y2:Q", color=colour, strokeDash=dash, strokeWidth=stroke)
    )
    head = (
        alt.Chart(values(heads))
        .mark_point(shape="triangle", filled=True, opacity=1)
        .encode(x=x, y=y, angle=alt.Angle("angle:Q", scale=None), color=colour, size=alt.Size("size:Q", scale=None))
    )
    halo = (
        alt.Chart(values(labels))
        .mark_text(fontSize=SIZE, fontWeight="bold", stroke="white", strokeWidth=5)
        .encode(x=x, y=y, text="text:N")
    )
    count = (
        alt.Chart(values(labels)).mark_text(fontSize=SIZE, fontWeight="bold", color=INK).encode(x=x, y=y, text="text:N")
    )
    layers = [rule, head, halo, count, *_nodes(nodes, at, x_of, y_of)]
    return alt.layer(*layers).properties(width=WIDTH - 10, height=HEIGHT)


def _stroke(source: tuple[float, float], target: tuple[float, float]) -> tuple[float, float, float, float, float]:
    """Where a connection begins and ends: at the zones' rims, a little to its own right, so that pairs lie apart."""
    dx, dy = target[0] - source[0], target[1] - source[1]
    length = math.hypot(dx, dy) or 1.0
    ux, uy = dx / length, dy / length
    aside = 6.0
    start, stop = NODE + 2, NODE + 8
    return (
        source[0] + ux * start + uy * aside,
        source[1] + uy * start - ux * aside,
        target[0] - ux * stop + uy * aside,
        target[1] - uy * stop - ux * aside,
        90.0 - math.degrees(math.atan2(uy, ux)),
    )


def _nodes(
    nodes: Sequence[Node], at: dict[str, tuple[float, float]], x_of: alt.Scale, y_of: alt.Scale
) -> list[alt.Chart]:
    rows = []
    for node in nodes:
        px, py = at[node.zone]
        # at the top and the bottom a label beside its zone would lie on the connections
        aside = abs(px) > RADIUS_X * 0.3 and abs(py) < RADIUS_Y * 0.85
        side = "center" if not aside else "left" if px > 0 else "right"
        gap = NODE + 8
        shift_x = gap if side == "left" else -gap if side == "right" else 0.0
        shift_y = 0.0 if side != "center" else (gap + 12 if py > 0 else -gap - 10)
        rows.append(
            {
                "x": px,
                "y": py,
                "name": node.name,
                "below": node.below,
                "code": node.zone,
                "side": side,
                "tx": px + shift_x,
                "ty": py + shift_y,
                "hostable": node.hostable,
            }
        )
    base = alt.Chart(values(rows)).encode(x=alt.X("x:Q", scale=x_of, axis=None), y=alt.Y("y:Q", scale=y_of, axis=None))
    area = math.pi * NODE**2
    solid = base.transform_filter("datum.hostable").mark_point(filled=True, size=area, opacity=1, color=AFTER)
    hollow = base.transform_filter("!datum.hostable").mark_point(
        filled=True, size=area, opacity=1, color="white", stroke=MUTED, strokeWidth=1.5
    )
    charts = [solid, hollow]
    for hostable, colour in ((True, "white"), (False, INK)):
        charts.append(
            base.transform_filter(f"datum.hostable == {str(hostable).lower()}")
            .mark_text(fontSize=SIZE - 3, fontWeight="bold", color=colour)
            .encode(text="code:N")
        )
    tx, ty = alt.X("tx:Q", scale=x_of, axis=None), alt.Y("ty:Q", scale=y_of, axis=None)
    for side in ("left", "right", "center"):
        part = alt.Chart(values([row for row in rows if row["side"] == side])).encode(x=tx, y=ty)
        for halo in ({"stroke": "white", "strokeWidth": 5}, {"color": INK}):
            named = part.mark_text(align=side, fontSize=SIZE, fontWeight="bold", dy=-8, **halo)
            charts.append(named.encode(text="name:N"))
        charts.append(part.mark_text(align=side, fontSize=SIZE - 1, color=MUTED, dy=9).encode(text="below:N"))
    return charts
