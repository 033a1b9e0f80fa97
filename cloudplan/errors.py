"""The few exceptions that cross a module's border; each carries findings, never a bare sentence."""

from __future__ import annotations

from collections.abc import Iterable

from cloudplan.findings import Finding


class CloudplanError(Exception):
    """Base of all: findings to show, and the exit status of the command line.

    Parameters
    ----------
    findings
        Every fault that was found, not only the first.
    """

    exit_status = 1

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings: tuple[Finding, ...] = tuple(findings)
        super().__init__("; ".join(f"{f.message} {f.subject}".strip() for f in self.findings))


class BadInput(CloudplanError):
    """The inventory, a scenario or a foreign file can't be used as it is (exit 1)."""

    exit_status = 1


class Usage(CloudplanError):
    """What was asked has no meaning, whatever the data are: the command line is wrong (exit 2)."""

    exit_status = 2


class Infeasible(CloudplanError):
    """No plan keeps every rule; the findings say which rules collide, on what and by how much (exit 3)."""

    exit_status = 3


class NoAnswer(CloudplanError):
    """A limit ran out before any plan was found (exit 4)."""

    exit_status = 4
