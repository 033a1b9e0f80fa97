"""What can become of a system, by code, and the words for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cloudplan.i18n import LANGUAGES, say

CODES = ("KEEP", "RETIRE", "MERGE", "RELOCATE", "REHOST", "REPLATFORM", "REFACTOR", "UPLIFT", "NEED_SUPERIOR")
GONE = frozenset({"RETIRE", "MERGE"})
"""Dispositions after which a system stands nowhere."""
STAYS = frozenset({"KEEP", "NEED_SUPERIOR"})
"""Dispositions after which a system is where it was (but for a superior's front end that moves)."""


def worded(disposition: str) -> Mapping[str, str]:
    """Word a disposition, by language."""
    return {language: say(f"placement.disposition.{disposition}", language) for language in LANGUAGES}


def ground(rule: str) -> Mapping[str, str]:
    """Word the rule that decided, by language."""
    return {language: say(f"placement.decided.{rule.replace('-', '_')}", language) for language in LANGUAGES}


def either(dispositions: Sequence[str]) -> Mapping[str, str]:
    """Word dispositions, one or another, by language."""
    return {
        language: say("placement.change.either", language).join(
            say("placement.change.named", language, disposition=worded(code)) for code in dispositions
        )
        for language in LANGUAGES
    }
