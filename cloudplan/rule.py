"""The base of every rule, and its contract: a rule is said twice, in one file.

Once as maths (:meth:`Rule.build`, rows in the rule's own Pyomo ``Block``), once in words about any state
(:meth:`Rule.violations`). For every state, *the Block is feasible with the state's decisions fixed (auxiliaries free)*
exactly when *no violation is found*; a generic test holds every rule of every home to that.

A rule about a single choice (one component in one pool, one workload on one host…) says :meth:`Rule.forbids` instead,
and both sayings follow from it.

A rule holds hard, or *soft*: then it may be missed at a price, ``soft`` yuan a year for each unit by which it is (of
the waves: once). The units are said twice as well, and equal: the least slack with which the Block's rows hold
(:meth:`Rule.misses`), and the sum of what the violations say they are short of (:meth:`Rule.missed`).

Where rules collide, each says what would have to give, and in which words (:meth:`Rule.gives`, :meth:`Rule.eases`,
:meth:`Rule.relief`).

A rule of one's own is a class in any module that Python can import, named in the scenario by its dotted name; the
problem in its base (``Rule[PlacementProblem]``) says to which home it belongs.
"""

from __future__ import annotations

import importlib
import types
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any, ClassVar, Generic, TypeVar

from cloudplan.findings import Finding, Severity
from cloudplan.i18n import DEFAULT, LANGUAGES, catalogue, say, words
from cloudplan.inventory import Inventory
from cloudplan.relief import Ease, Relief, asked
from cloudplan.state import State

OURS = "cloudplan."
"""Modules of the rules that come with the package, whose words are in the catalogues."""
MARKS = ("T", "S", "m", "d")
"""How well founded a rule can be, the best first (:attr:`Rule.mark`)."""
MISSES_LISTED = 5
"""Misses of one soft rule that are listed one by one, and things that are named of many alike."""
P = TypeVar("P")
"""The problem of a home: placement's, packing's or migration's."""
Misses = Mapping[tuple[str, str], Sequence[tuple[Any, float]]]
"""(Subject, resource) → rows that may be missed together, each with what one unit takes off its excess."""


@dataclass(frozen=True)
class Rule(Generic[P]):
    """A rule; its fields are its options in the scenario.

    Attributes
    ----------
    clause
        The clause or source it rests on (``GB/T 22239-2019 EB-C02``), ``""`` for a design default.
    mark
        How well founded it is: ``T`` the standard's text, ``S`` a public source, ``m`` unchecked, ``d`` a default.
    by_default
        Whether it holds where the scenario doesn't name it.
    counts
        What a soft rule is paid for, a message id below ``rule.counts`` (``host``, ``seat``…); ``""`` where the rule
        can't be soft, because it says what is possible at all, not what is wanted.
    title
        Its short name by language, for a rule whose words aren't in the catalogues.
    soft
        Price of missing it, yuan a year for each unit, of the waves once; ``None`` where it holds hard.

    Notes
    -----
    A field may carry metadata that :func:`resolve_rules` judges: ``required`` (who switches the rule on must
    state it), ``least`` and ``most`` (range of a number).
    """

    clause: ClassVar[str] = ""
    mark: ClassVar[str] = "d"
    by_default: ClassVar[bool] = True
    counts: ClassVar[str] = ""
    title: ClassVar[Mapping[str, str]] = types.MappingProxyType({})

    soft: float | None = field(default=None, kw_only=True, metadata={"least": 0})

    @classmethod
    def name(cls) -> str:
        """Name of the rule in a scenario: that of its file, with hyphens; of a rule of one's own, its dotted name."""
        if cls.__module__.startswith(OURS):
            return cls.__module__.rpartition(".")[2].replace("_", "-")
        return f"{cls.__module__}.{cls.__name__}"

    @classmethod
    def options(cls) -> dict[str, Any]:
        """Options with their defaults."""
        return {f.name: f.default for f in fields(cls)}

    def faults(self, inventory: Inventory) -> Iterator[Finding]:
        """Yield what in the rule's options does not fit the inventory: ids that aren't there, what nobody recorded."""
        yield from ()

    def forbids(self, problem: P, choice: Any) -> Finding | None:
        """Say why one choice is out of the question, or ``None``."""
        return None

    def build(self, block: Any, model: Any, problem: P) -> None:
        """Write the rule's rows into ``block``; ``model`` holds the home's variables."""

    def violations(self, problem: P, state: State) -> Iterator[Finding]:
        """Yield what in ``state`` breaks the rule; a value ``short`` says by how much, in units, else it counts 1."""
        yield from ()

    def unjudged(self, problem: P, state: State) -> Iterator[Finding]:
        """Say of how many things in ``state`` the rule cannot tell for want of records, as remarks."""
        yield from ()

    def misses(self, block: Any) -> Misses:
        """Group the rows that may be missed: each group by one amount, which is what its violation is short of.

        Returns
        -------
        Mapping
            (subject, resource) → rows, each with what one unit takes off its excess. The rows of
            :meth:`forbids`, one a choice, unless a rule says otherwise.
        """
        return {("refused", str(index)): [(row, 1.0)] for index, row in refused_rows(block)}

    def missed(self, problem: P, state: State) -> float:
        """By how many units a state misses the rule."""
        return sum(float(finding.values.get("short", 1.0)) for finding in self.violations(problem, state))

    def gives(self, problem: P, choice: Any) -> Iterator[tuple[Relief, float]]:
        """Yield what would have to give for a choice that the rule refuses, and by how much: all of it together."""
        said = self.forbids(problem, choice)
        if said is not None:
            yield Relief("exempt", said.subject), 1.0

    def eases(self, block: Any, model: Any, problem: P) -> Iterator[Ease]:
        """Yield the rows that may be missed, each with what is granted: the groups of :meth:`misses`."""
        for (subject, resource), rows in self.misses(block).items():
            for row, unit in rows if subject != "refused" else ():
                yield Ease(Relief(resource, subject), unit, row)

    def weighs(self, problem: P, given: Relief) -> float:
        """Say what a unit of a relief counts where the least in sum is sought: about one host, one system, one year."""
        return 1.0

    def reliefs(
        self,
        problem: P,
        short: Mapping[Relief, float],
        choices: Mapping[Relief, Collection[Any]],
        state: State | None = None,
    ) -> Iterator[Finding]:
        """Word all that must give at least: each by itself, unless a rule puts some into one sentence.

        ``state`` is the placement that needs no more, where it is whole.
        """
        for given, amount in short.items():
            yield self.relief(problem, given, amount, choices.get(given, ()))

    def relief(self, problem: P, given: Relief, short: float, choices: Collection[Any]) -> Finding:
        """Word the least that must give.

        Parameters
        ----------
        problem
            What was asked.
        given, short
            What would have to be granted, and by how much; in its unit.
        choices
            The refused choices that it would free in the placement which needs the least.
        """
        values: dict[str, Any] = {"short": short, "ask": asked(given.resource, short)}
        values["named"] = titled(self.name(), "placement")
        message = f"infeasible.short.{given.resource}"
        if message not in catalogue(DEFAULT):
            message = "infeasible.short.other"
            values["resource"] = given.resource
        return Finding(message, subject=given.subject, rule=self.name(), values=values)

    def softly(self, finding: Finding) -> Finding:
        """What the rule complains of: an error where it holds hard, a warning where it has a price."""
        return finding if self.soft is None else replace(finding, severity=Severity.WARNING)


def refused_rows(block: Any) -> Iterator[tuple[Any, Any]]:
    """Rows that keep a refused choice at 0, by choice."""
    for family in ("refused", "refused_servers"):
        rows = block.component(family)
        yield from rows.items() if rows is not None else ()


def titled(name: str, area: str) -> Mapping[str, str]:
    """Word a rule's short name by language: from the catalogues, or as a rule of one's own states it.

    Parameters
    ----------
    name
        Its name in a scenario.
    area
        Catalogue of its home (``placement``).
    """
    if "." not in name:
        key = name.replace("-", "_")
        known = f"{area}.rule.{key}"
        message = known if known in catalogue(DEFAULT) else f"rules.{area}.{key}.name"
        return {language: say(message, language) for language in LANGUAGES}
    module, _, attribute = name.rpartition(".")
    stated: Mapping[str, str] = getattr(importlib.import_module(module), attribute).title
    return {language: stated.get(language, name) for language in LANGUAGES}


def named_rules(names: Sequence[str], area: str) -> dict[str, Any]:
    """Values of a finding that names some rules: their names, for machines, and each with its name in words.

    Parameters
    ----------
    names
        Their names in a scenario.
    area
        Their home.
    """
    worded = [
        {
            language: say("infeasible.rule", language, rule=name, name=short)
            for language, short in titled(name, area).items()
        }
        for name in names
    ]
    return {"rules": tuple(names), "named": tuple(worded)}


def by_sort(said: Iterable[Finding]) -> list[list[Finding]]:
    """Put findings with one message together, in the order in which each comes first."""
    sorts: dict[str, list[Finding]] = {}
    for finding in said:
        sorts.setdefault(finding.message, []).append(finding)
    return list(sorts.values())


def as_one(found: Sequence[Finding], shown: int) -> dict[str, Any]:
    """Values of a finding that stands for many of one sort: how many, the first in words, and every edit once."""
    subjects = tuple(dict.fromkeys(finding.subject for finding in found))
    values: dict[str, Any] = {"count": len(found), "examples": subjects[:shown], "sort": found[0].message}
    values["first"] = {language: words(found[0], language) for language in LANGUAGES}
    if all("edits" in finding.values for finding in found):
        edits = (edit for finding in found for edit in finding.values["edits"])
        values["edits"] = tuple({repr(edit): edit for edit in edits}.values())
    return values
