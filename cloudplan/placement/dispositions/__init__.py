"""What may become of each system: the ordered rules, the first that speaks decides, and what it leaves open.

The order is a design of this project (a default, not a standard); :func:`ordered_rules` lists it. ``rules`` holds the
rules, ``case`` what they look at, ``decide`` the first that speaks, ``changes`` what evidence would make it another.
"""

from cloudplan.placement.dispositions.case import Case, cases_of, effective_level
from cloudplan.placement.dispositions.changes import Change, change_words, changes_of, evidence_of, remarks_of
from cloudplan.placement.dispositions.codes import CODES, GONE, STAYS, ground, worded
from cloudplan.placement.dispositions.decide import Options, decide, options_of
from cloudplan.placement.dispositions.rule import OrderedRule
from cloudplan.placement.dispositions.rules import awaits_superior, ordered_rules
from cloudplan.scenario import CLOUD

__all__ = [
    "CLOUD",
    "CODES",
    "GONE",
    "STAYS",
    "Case",
    "Change",
    "Options",
    "OrderedRule",
    "awaits_superior",
    "cases_of",
    "change_words",
    "changes_of",
    "decide",
    "effective_level",
    "evidence_of",
    "ground",
    "options_of",
    "ordered_rules",
    "remarks_of",
    "worded",
]
