"""What becomes of every server: the ordered rules, the first that speaks decides, and what would change it."""

from cloudplan.placement.fates.case import ServerCase, server_cases
from cloudplan.placement.fates.changes import ServerChange, server_change_words, server_changes, server_evidence
from cloudplan.placement.fates.decide import Fate, decide_fate, fates_of
from cloudplan.placement.fates.rules import FateRule, ordered_fate_rules

__all__ = [
    "Fate",
    "FateRule",
    "ServerCase",
    "ServerChange",
    "decide_fate",
    "fates_of",
    "ordered_fate_rules",
    "server_cases",
    "server_change_words",
    "server_changes",
    "server_evidence",
]
