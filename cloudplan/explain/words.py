"""The value that explaining makes: sections of lines, each a message id with its values."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from cloudplan import i18n
from cloudplan.findings import Finding

Both = Mapping[str, str]
"""A text by language."""
NOTHING: Both = MappingProxyType(dict.fromkeys(i18n.LANGUAGES, ""))
"""No text, in every language."""
LISTED = 20
"""Lines of a kind that people are shown; the others are counted, and stand in the answer for other programs."""


@dataclass(frozen=True, slots=True)
class Line:
    """One sentence.

    Parameters
    ----------
    message
        Its id in the catalogues.
    values
        What its placeholders stand for; a text by language is a mapping.
    rule
        Name of the rule that gives the reason, where the line is one; of several, with commas between.
    """

    message: str
    values: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    rule: str = ""

    def text(self, language: str) -> str:
        """Say it."""
        return i18n.say(self.message, language, **self.values)

    def as_json(self) -> dict[str, Any]:
        """Its parts, and its words in every language."""
        return {
            "message": self.message,
            "rule": self.rule,
            "values": dict(self.values),
            "text": {language: self.text(language) for language in i18n.LANGUAGES},
        }


@dataclass(frozen=True, slots=True)
class Section:
    """A heading, and the lines below it.

    Parameters
    ----------
    title
        The heading.
    lines
        All there is to say; none where the section only puts together, for people, what others say.
    told
        The same in fewer lines, for people; ``None`` where they read all.
    follows
        Whether it goes with the section before: people see no gap between the two.
    """

    title: Line
    lines: tuple[Line, ...] = ()
    told: tuple[Line, ...] | None = None
    follows: bool = False

    @property
    def shown(self) -> tuple[Line, ...]:
        """Lines that people read."""
        return self.lines if self.told is None else self.told

    def text(self, language: str) -> str:
        """Say it, a line each."""
        return "\n".join([self.title.text(language), *(f"  - {begun(line.text(language))}" for line in self.shown)])


WORD = re.compile(r"[a-z]+(?=[ ,;]|: )")
"""A word in small letters, no id or unit that is written so."""


def begun(text: str) -> str:
    """Begin with a capital, whatever may stand before the same words in another place."""
    return text[:1].upper() + text[1:] if WORD.match(text) else text


@dataclass(frozen=True)
class Explanation:
    """Why a thing is where it is.

    Parameters
    ----------
    kind
        ``system``, ``component``, ``workload``, ``server``, ``host``, ``room`` or ``pool``.
    subject
        Its id.
    sections
        What there is to say; the title of the first names the thing.
    figures
        What it rests on, for other programs.
    """

    kind: str
    subject: str
    sections: tuple[Section, ...]
    figures: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))

    def text(self, language: str) -> str:
        """Say everything, sections apart; but for the first, a heading under which nothing stands is left out."""
        first = self.sections[:1]
        shown = [s for s in self.sections if s.shown or s in first]
        texts = [("\n" if s.follows else "\n\n") + s.text(language) for s in shown]
        return "".join(texts).lstrip("\n")

    def as_json(self) -> dict[str, Any]:
        """Everything, for other programs."""
        return {
            "kind": self.kind,
            "subject": self.subject,
            **({"figures": dict(self.figures)} if self.figures else {}),
            "sections": [
                {"title": section.title.as_json(), "lines": [line.as_json() for line in section.lines]}
                for section in self.sections
                if section.lines or not section.told
            ],
        }


def line(message: str, rule: str = "", **values: Any) -> Line:
    """Make a line of the area ``explain``."""
    return Line(f"explain.{message}", values, rule)


def said(message: str, **values: Any) -> Both:
    """Word a message in every language, to stand inside another."""
    return {language: i18n.say(message, language, **values) for language in i18n.LANGUAGES}


def worded(finding: Finding) -> Both:
    """Word a finding in every language."""
    return {language: i18n.words(finding, language) for language in i18n.LANGUAGES}


def listed(items: list[Both]) -> Both:
    """Put words after each other, with the language's own comma."""
    return {
        language: i18n.say("words.comma", language).join(item[language] for item in items)
        for language in i18n.LANGUAGES
    }


def one_of(items: Sequence[Both]) -> Both:
    """Word a choice: each in quotes, with the language's own "or" between."""
    quoted = [said("placement.change.named", disposition=item) for item in items]
    return {
        language: i18n.say("placement.change.either", language).join(item[language] for item in quoted)
        for language in i18n.LANGUAGES
    }


def alike(lines: Iterable[Line]) -> tuple[Line, ...]:
    """Put lines that say the same of several pools together, each where the first of them stood."""
    groups: dict[tuple[str, ...], list[Line]] = {}
    for told in lines:
        if "pool" in told.values:
            unnamed = replace(told, values={**told.values, "pool": ""})
            key = (told.message, *(unnamed.text(language) for language in i18n.LANGUAGES))
        else:
            key = (told.message, str(len(groups)))
        groups.setdefault(key, []).append(told)
    return tuple(
        group[0]
        if len(group) == 1
        else replace(group[0], values={**group[0].values, "pool": listed([told.values["pool"] for told in group])})
        for group in groups.values()
    )


def shortened(lines: Iterable[Line], most: int = LISTED) -> tuple[Line, ...]:
    """Show the first of many lines, and count the others."""
    every = tuple(lines)
    return every if len(every) <= most + 1 else (*every[:most], line("more", count=len(every) - most))


def merged(reasons: Iterable[tuple[Finding, str]]) -> list[tuple[Finding, tuple[str, ...]]]:
    """Put reasons, each with its zone, together where they differ in nothing but the zone: each with its zones."""
    groups: dict[tuple[str, str, str, str], tuple[Finding, dict[str, None]]] = {}
    for finding, zone in reasons:
        alike = str({name: value for name, value in finding.values.items() if name != "zone"})
        key = (finding.rule, finding.message, finding.subject, alike)
        groups.setdefault(key, (finding, {}))[1][zone] = None
    return [
        (replace(f, values={**f.values, "zone": tuple(zones)}) if "zone" in f.values else f, tuple(zones))
        for f, zones in groups.values()
    ]
