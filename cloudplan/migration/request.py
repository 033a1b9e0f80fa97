"""What would let all systems move, in lines that a request to a superior can quote, each tried before it is said."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cloudplan.findings import Finding, Severity
from cloudplan.i18n import LANGUAGES, say, words
from cloudplan.migration.levers import ENOUGH, Found
from cloudplan.migration.moves import SHOWN
from cloudplan.migration.trial import Outcome
from cloudplan.relief import Edit

Worded = Mapping[str, str]


@dataclass(frozen=True)
class Pulled:
    """What came of one lever, for programs: as in :class:`~cloudplan.migration.levers.Found`."""

    lever: str
    now: Any
    to: Any
    result: str
    least: bool
    left: tuple[str, ...]
    edits: tuple[Edit, ...]


def request(asked: Sequence[Finding], systems: Collection[str], outcome: Outcome | None) -> Finding:
    """Ask for some things together.

    Parameters
    ----------
    asked
        What would have to give, each worded by a rule.
    systems
        That find no wave as things are.
    outcome
        What seeking the waves again with all of it granted came to; ``None`` where it can't be granted by changing
        a value.
    """
    lines = [{language: words(said, language) for language in LANGUAGES} for said in asked]
    values = {"lines": _numbered(lines), "asked": len(asked), **named(systems)}
    edits = tuple(edit for said in asked for edit in said.values.get("edits", ()))
    if edits and all("edits" in said.values for said in asked):
        values["edits"] = tuple({repr(edit): edit for edit in edits}.values())
    values |= {"tried": _tried(outcome, len(systems)), "left": () if outcome is None else outcome.left}
    return Finding("migration.request", Severity.INFO, values=values)


def request_any(found: Sequence[Found], systems: Collection[str]) -> Finding:
    """Ask for any one of some things, each of which is enough."""
    values = {"lines": _numbered([_what(lever) for lever in found]), "asked": len(found), **named(systems)}
    return Finding("migration.request_any", Severity.INFO, values=values)


def enough(found: Found) -> Finding:
    """Say of a lever that it is enough, with the edit that grants it."""
    values = {**_values(found), "lever": found.name, "now": found.now, "to": found.to}
    if found.edits:
        values["edits"] = found.edits
    values["how"] = {language: say(f"migration.lever.how.{found.name}", language, **values) for language in LANGUAGES}
    return Finding(f"migration.lever.{_result(found)}", rule=found.rule, values=values)


def others(found: Sequence[Found], idle: Sequence[str] = ()) -> Finding:
    """Say of several levers what each does by itself, as one remark.

    Parameters
    ----------
    found
        Levers that were tried.
    idle
        Names of those that needn't be: even without the rule that they ease some systems find no wave.
    """
    lines = [
        {language: say(f"migration.lever.{_result(lever)}", language, **_values(lever)) for language in LANGUAGES}
        for lever in found
    ]
    if idle:
        nouns = tuple({lang: say(f"migration.lever.noun.{name}", lang) for lang in LANGUAGES} for name in idle)
        lines.append({language: say("migration.lever.idle", language, levers=nouns) for language in LANGUAGES})
    hosts = tuple(dict.fromkeys(h for lever in found if lever.outcome is not None for h in lever.outcome.instead))
    listed = tuple(
        Pulled(f.name, f.now, f.to, f.result, f.least, f.outcome.left if f.outcome else (), f.edits) for f in found
    )
    lines_and = {language: text + _instead(hosts)[language] for language, text in _numbered(lines).items()}
    values: dict[str, Any] = {"lines": lines_and, "levers": listed}
    return Finding("migration.levers", Severity.INFO, values=values)


def named(systems: Collection[str]) -> dict[str, Any]:
    """Values of a message that names some systems: the first ten of them, and how many they are."""
    first = tuple(systems)[:SHOWN]
    message = "migration.examples" if len(systems) <= SHOWN else "migration.examples_more"
    shown = {language: say(message, language, systems=first) for language in LANGUAGES}
    return {"systems": tuple(systems), "count": len(systems), "examples": shown}


def _tried(outcome: Outcome | None, count: int) -> Worded:
    values: dict[str, Any] = {"count": count}
    if outcome is None:
        message = "untried"
    elif outcome.left:
        message = "some"
        first = outcome.why[0]
        values |= named(outcome.left)
        values["reason"] = {language: words(first, language) for language in LANGUAGES}
    else:
        message = "all"
        values |= {"waves": outcome.waves, "last": outcome.last}
        values["instead"] = _instead(outcome.instead)
    return {language: say(f"migration.tried.{message}", language, **values) for language in LANGUAGES}


def _instead(hosts: Sequence[str]) -> Worded:
    if not hosts:
        return dict.fromkeys(LANGUAGES, "")
    values = {"hosts": tuple(hosts)[:SHOWN], "count": len(hosts)}
    return {language: f"\n{say('migration.tried.instead', language, **values)}" for language in LANGUAGES}


def _result(found: Found) -> str:
    return "enough_unsure" if found.result == ENOUGH and not found.least else found.result


def _values(found: Found) -> dict[str, Any]:
    values: dict[str, Any] = {"what": _what(found), "system": found.blocked}
    if found.outcome is not None:
        values |= {"waves": found.outcome.waves, "last": found.outcome.last, **named(found.outcome.left)}
    return values


def _what(found: Found) -> Worded:
    values = {"now": found.now, "to": found.to, **found.more}
    return {language: say(f"migration.lever.what.{found.name}", language, **values) for language in LANGUAGES}


def _numbered(lines: Sequence[Worded]) -> Worded:
    return {
        language: "\n".join(
            say("infeasible.line", language, number=number, text=line[language]) for number, line in enumerate(lines, 1)
        )
        for language in LANGUAGES
    }
