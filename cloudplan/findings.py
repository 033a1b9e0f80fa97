"""Findings: the only shape in which cloudplan complains about anything.

A finding names what is wrong (a message id with its values), how grave it is, on what subject, where the figure came
from and what would cure it. It holds no sentence: the words live in the catalogues (:mod:`cloudplan.i18n`), so one
finding reads the same in every language.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from types import MappingProxyType
from typing import Any

_NOTHING: Mapping[str, Any] = MappingProxyType({})


class Severity(IntEnum):
    """How grave a finding is; only an ``ERROR`` stops a plan or makes a state a wrong one."""

    INFO = 1
    WARNING = 2
    ERROR = 3


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value stands, so that a person can go and mend it.

    Parameters
    ----------
    file
        The file as the user named it (``inventory/servers.csv``, ``scenarios/base.yaml``).
    sheet
        The worksheet, where the file is a workbook.
    row
        The row as a spreadsheet counts it (the header of a CSV is row 1); the line of a YAML file.
    column
        The column's name in a table, or the position (1, 2, …) in a line of a YAML file.
    """

    file: str
    sheet: str | None = None
    row: int | None = None
    column: str | int | None = None

    def __str__(self) -> str:
        text = self.file
        if self.sheet is not None:
            text += f"!{self.sheet}"
        if self.row is not None:
            text += f":{self.row}"
        if self.column is not None:
            text += f":{self.column}"
        return text


@dataclass(frozen=True, slots=True)
class Finding:
    """One complaint or remark.

    Parameters
    ----------
    message
        Id of the message in the catalogues, ``<area>.<name>``; ``<id>.cure`` is the next step, where there is one.
    severity
        How grave it is.
    subject
        Id of the thing it is about (a system, server, room, pool…), or ``""`` for the whole.
    rule
        Name of the rule that said it, or ``""``.
    values
        What the message's placeholders stand for; numbers carry their unit in the message's words.
    place
        Where the offending value stands, where known.
    """

    message: str
    severity: Severity = Severity.ERROR
    subject: str = ""
    rule: str = ""
    values: Mapping[str, Any] = field(default_factory=lambda: _NOTHING)
    place: Place | None = None

    @property
    def check(self) -> str:
        """Name of the rule or check that said it: the rule's, or else the message's own (``weak-room``)."""
        return self.rule or self.message.partition(".")[2].replace("_", "-")


def errors_in(findings: Iterable[Finding]) -> list[Finding]:
    """Keep the findings that are errors."""
    return [finding for finding in findings if finding.severity is Severity.ERROR]
