"""What the gains are reckoned from and what comes out: :class:`Outcome`, :class:`Kpi`, :class:`Gains`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from cloudplan.findings import Finding
from cloudplan.state import Host, Seat


@dataclass(frozen=True)
class Outcome:
    """What a plan decided, as far as the gains depend on it.

    Parameters
    ----------
    dispositions
        What becomes of each system.
    seats
        Where each component ends.
    hosts
        Hosts of the pools, spares included, by id.
    host_of
        Host of each workload in a pool with hosts.
    fates
        What becomes of each server: ``reuse``, ``spare``, ``scrap``, ``keep`` or ``relocate``; a server that is not
        named keeps its place.
    closures
        Closing day of each room that may close, ``None`` where it stays open.
    """

    dispositions: Mapping[str, str]
    seats: Mapping[str, Seat]
    hosts: Mapping[str, Host]
    host_of: Mapping[str, str]
    fates: Mapping[str, str]
    closures: Mapping[str, dt.date | None]


@dataclass(frozen=True, slots=True)
class Kpi:
    """One key figure.

    Parameters
    ----------
    value
        The figure; ``None`` where there are no data for it (never a silent zero). Where a part of the machines was
        measured this is the measured part's figure.
    low, high
        Interval for all, the unmonitored ones at the priors; ``None`` where the figure is not uncertain in that way.
    unit
        ``share`` (of one), ``x`` (a ratio), ``kWh/a``, ``tCO2/a``, ``rooms``, ``servers``, ``hosts``, ``systems`` or
        ``count``.
    basis
        ``measured`` (of what was measured), ``declared`` (as the survey states; all storage), ``assumed``
        (of all, most of it by the priors), ``mixed`` (partly assumed) or ``planned`` (counted in the plan).
    """

    value: float | None
    low: float | None
    high: float | None
    unit: str
    basis: str


@dataclass(frozen=True, eq=False)
class Gains:
    """What a plan gains.

    Parameters
    ----------
    utilisation
        Columns as ``utilisation.csv``; shares of one. For each scope, id, resource and time two rows: basis
        ``measured`` (mean, P95 and peak of the measured set, of storage: of what the survey states; blank where there
        is none) and ``all`` (of
        everything, the unmonitored at the middle of the priors). ``low`` and ``high`` are in both rows the interval of
        the mean of all.
    kpis
        Key figures by name; a bare name is after the plan, ``…_before`` today, ``…_saved`` the difference. Names and
        explanations: ``gains.kpi.<name>`` and ``gains.kpi.<name>.about`` of the catalogues.
    energy
        Index: room (or pool, where it has no room); ``before_kwh``, ``before_low``, ``before_high``, ``after_kwh``,
        ``after_low``, ``after_high`` (kWh a year), ``basis`` (``meter``, ``it_load`` or ``machines``).
    findings
        What was assumed on the way.
    """

    utilisation: pd.DataFrame
    kpis: Mapping[str, Kpi]
    energy: pd.DataFrame
    findings: tuple[Finding, ...] = ()
