"""What a person (or a program, with ``--json``) sees of a verb: results on stdout, talk and progress on stderr."""

from __future__ import annotations

import json
import math
import sys
import time
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields, is_dataclass
from typing import Any

from cloudplan import i18n
from cloudplan.errors import CloudplanError
from cloudplan.findings import Finding, Severity

Progress = Callable[[str, Mapping[str, Any]], None]
"""Tells that a step begins: the id of its message and the message's values."""

ALIKE = 3
"""How many findings that are alike are worded in full."""

STATUS = {0: "done", 1: "bad_input", 2: "usage", 3: "infeasible", 4: "limit"}
"""Name of each exit status in JSON."""


@dataclass(frozen=True, slots=True)
class Screen:
    """How one call of the command line speaks.

    Parameters
    ----------
    language
        ``"zh-CN"`` or ``"en"``.
    as_json
        Whether stdout gets one JSON document instead of text.
    debug
        Whether a failure shows its traceback.
    """

    language: str = i18n.DEFAULT
    as_json: bool = False
    debug: bool = False

    def say(self, message: str, /, **values: Any) -> str:
        """Put a message of the catalogue into words."""
        return i18n.say(message, self.language, **values)

    def result(self, text: str, facts: Mapping[str, Any], findings: Sequence[Finding] = ()) -> None:
        """Show what a verb found or made.

        Parameters
        ----------
        text
            What is printed without ``--json``.
        facts
            What the JSON document holds beside ``status``, ``exit`` and ``findings``.
        findings
            Remarks and warnings; ``text`` says about them what it likes, the document lists them.
        """
        if self.as_json:
            self._document(0, findings, facts)
        else:
            print(text)

    def failure(self, error: CloudplanError) -> int:
        """Show every finding of an error and return the exit status."""
        if self.as_json:
            self._document(error.exit_status, error.findings, {})
        else:
            print(self.findings(error.findings), file=sys.stderr)
        return error.exit_status

    def _document(self, status: int, findings: Iterable[Finding], facts: Mapping[str, Any]) -> None:
        head = {"status": STATUS.get(status, "fault"), "exit": status}
        listed = [as_json(finding, self.language) for finding in findings]
        print(json.dumps(plain({**head, **facts, "findings": listed}), ensure_ascii=False, indent=2, allow_nan=False))

    def findings(self, findings: Iterable[Finding]) -> str:
        """Word findings, the gravest first: place, severity, what is wrong, and the cure on a line of its own.

        One cure for several in a row stands behind the last of them.

        Every distinct error is worded; of errors that are word for word the same in many rows of one column, and of
        warnings and remarks of one kind, the first :data:`ALIKE`, and how many more there are.
        """
        alike: dict[Hashable, list[Finding]] = {}
        for finding in sorted(findings, key=lambda f: -f.severity):
            alike.setdefault(self._kind(finding), []).append(finding)
        lines: list[str] = []
        cure = ""
        for group in alike.values():
            shown = len(group) if len(group) <= ALIKE + 1 else ALIKE
            for finding in group[:shown]:
                if cure and cure == i18n.cure(finding, self.language):
                    lines.pop()  # one cure for several in a row stands behind the last of them
                text, cure = self._finding(finding)
                lines += [text, f"    {cure}"] if cure else [text]
            if len(group) > shown:
                same = "alike_rows" if group[0].severity is Severity.ERROR else "alike"
                lines.append(self.say(f"cli.{same}", more=len(group) - shown, check=group[0].check))
                cure = ""
        return "\n".join(lines)

    def _kind(self, finding: Finding) -> Hashable:
        """Say what makes findings alike; an error only if nothing but its row tells it from another."""
        place = finding.place
        if finding.severity is not Severity.ERROR:
            return finding.message
        if place is None or place.row is None:
            return id(finding)
        said = i18n.words(finding, self.language), i18n.cure(finding, self.language)
        return (finding.message, place.file, place.sheet, place.column, *said)

    def _finding(self, finding: Finding) -> tuple[str, str]:
        severity = self.say(f"cli.severity.{finding.severity.name.lower()}")
        text = self.say("cli.finding", severity=severity, words=i18n.words(finding, self.language))
        if finding.place is not None:
            text = f"{finding.place}: {text}"
        return text, i18n.cure(finding, self.language)

    def counted(self, findings: Sequence[Finding]) -> str:
        """Say how many findings there are of each severity, the gravest first."""
        counts = {s: sum(f.severity is s for f in findings) for s in sorted(Severity, reverse=True)}
        return self.say("cli.counted", **{s.name.lower(): n for s, n in counts.items()})

    @contextmanager
    def progress(self) -> Iterator[Progress]:
        """Show steps as they begin: a live line on a terminal, plain lines otherwise, nothing with ``--json``."""
        start = time.monotonic()
        if self.as_json:
            yield lambda message, values: None
        elif sys.stderr.isatty():
            from rich.console import Console
            from rich.text import Text

            console = Console(stderr=True, highlight=False)
            with console.status(Text("")) as status:
                yield lambda message, values: status.update(Text(self.say(message, **values)))
        else:

            def line(message: str, values: Mapping[str, Any]) -> None:
                print(f"{time.monotonic() - start:6.1f} s  {self.say(message, **values)}", file=sys.stderr, flush=True)

            yield line


def as_json(finding: Finding, language: str) -> dict[str, Any]:
    """Turn a finding into plain values: its parts and its words."""
    place = finding.place
    return {
        "message": finding.message,
        "severity": finding.severity.name.lower(),
        "subject": finding.subject,
        "rule": finding.check,
        "text": i18n.words(finding, language),
        "cure": i18n.cure(finding, language),
        "place": None if place is None else {k: getattr(place, k) for k in ("file", "sheet", "row", "column")},
        "values": dict(finding.values),
    }


def plain(value: Any) -> Any:
    """Turn a value into what JSON can hold.

    Numbers of numpy become Python's, NaN and infinity ``null``, dates and paths text, sets sorted lists.
    """
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (set, frozenset)):
        return [plain(item) for item in sorted(value)]
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if hasattr(value, "item") and not isinstance(value, (str, bytes)):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if value is None or isinstance(value, (str, int, float)):
        return value
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
