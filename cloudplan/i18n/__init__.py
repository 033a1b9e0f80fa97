"""Words: every sentence a user reads, by message id, in zh-CN (the default) and English.

A catalogue is a folder of TOML files, one an area (``inventory.toml``, ``placement.toml``…); the id of a message is
``<area>.<name>``. Messages use :meth:`str.format` placeholders, the same ones in both languages; ``{n:|room|rooms}``
is the first word where ``n`` is 1, else the second; ``{n:#}`` is a protection level as the language says it
(``words.level``).
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from string import Formatter
from typing import Any

from cloudplan.findings import Finding

LANGUAGES = ("zh-CN", "en")
DEFAULT = "zh-CN"
ALSO = {"zh": "zh-CN"}
"""Other names by which a language may be asked for."""
_FOLDER = Path(__file__).parent


def _known(language: str) -> None:
    if language not in LANGUAGES:
        raise ValueError(f"no catalogue for language {language!r}; there are {', '.join(LANGUAGES)}")


@cache
def catalogue(language: str) -> dict[str, str]:
    """Read all messages of one language.

    Raises
    ------
    ValueError
        If there is no catalogue of that language.
    """
    _known(language)
    messages: dict[str, str] = {}
    for path in sorted((_FOLDER / language).glob("*.toml")):
        messages.update(_area(language, path.stem))
    return messages


@cache
def _area(language: str, area: str) -> dict[str, str]:
    """Read one file of a catalogue: the help of the command line needs no other than its own."""
    _known(language)
    messages: dict[str, str] = {}
    path = _FOLDER / language / f"{area}.toml"
    if path.is_file():
        _flatten(area, tomllib.loads(path.read_text("utf-8")), messages)
    return messages


def _flatten(prefix: str, node: dict[str, Any], into: dict[str, str]) -> None:
    for key, value in node.items():
        # "_" holds the message of an id that has messages below it (x, x.cure)
        name = prefix if key == "_" else f"{prefix}.{key}"
        if isinstance(value, dict):
            _flatten(name, value, into)
        else:
            into[name] = value


def say(message: str, language: str = DEFAULT, /, **values: Any) -> str:
    """Put one message into words.

    Parameters
    ----------
    message
        Its id, ``<area>.<name>``.
    language
        ``"zh-CN"`` or ``"en"``.
    **values
        The placeholders' values; floats are rounded by the message's own format.

    Raises
    ------
    KeyError
        If the catalogue has no such message (a fault of the program; a test keeps the catalogues complete).
    """
    text, worded = (
        _area(language, message.partition(".")[0])[message],
        {k: _value(v, language) for k, v in values.items()},
    )
    # formatting in Python is slow: only where a number becomes a word
    return _NUMBERED[language].format(text, **worded) if ":|" in text or ":#" in text else text.format(**worded)


class _Numbered(Formatter):
    """Formatting in which ``{n:|room|rooms}`` is the word that goes with the number ``n``, and ``{n:#}`` a level."""

    def __init__(self, language: str) -> None:
        self.language = language

    def format_field(self, value: Any, format_spec: str) -> str:
        if format_spec == "#":
            return _area(self.language, "words").get(f"words.level.{value}", str(value))
        if not format_spec.startswith("|"):
            return str(super().format_field(value, format_spec))
        one, many = format_spec[1:].split("|")
        return one if value in (1, "1") else many


_NUMBERED = {language: _Numbered(language) for language in LANGUAGES}


def _value(value: Any, language: str) -> Any:
    if isinstance(value, bool) or value is None:
        return _area(language, "words")[f"words.{'none' if value is None else 'yes' if value else 'no'}"]
    if isinstance(value, (list, tuple, set, frozenset)):
        items = sorted(value) if isinstance(value, (set, frozenset)) else value
        return _area(language, "words")["words.comma"].join(str(_value(item, language)) for item in items)
    if isinstance(value, Mapping):  # a word with its translations, as the schema's headings are
        return value[language]
    return value


def words(finding: Finding, language: str = DEFAULT) -> str:
    """Say what a finding complains about, without its place and cure."""
    return say(finding.message, language, **{"subject": finding.subject, **finding.values})


def cure(finding: Finding, language: str = DEFAULT) -> str:
    """Say what would cure a finding, or ``""`` where the catalogue has no cure for it."""
    if f"{finding.message}.cure" not in _area(language, finding.message.partition(".")[0]):
        return ""
    return say(f"{finding.message}.cure", language, **{"subject": finding.subject, **finding.values})
