"""Cost against risk against disruption: a plan's scenario planned again and again, for plans that really differ."""

from __future__ import annotations

from cloudplan.frontier.folder import page_of, refuse_foreign, save_frontier
from cloudplan.frontier.names import folder_of
from cloudplan.frontier.search import Frontier, Point, frontier
from cloudplan.frontier.told import Told

__all__ = ["Frontier", "Point", "Told", "folder_of", "frontier", "page_of", "refuse_foreign", "save_frontier"]
