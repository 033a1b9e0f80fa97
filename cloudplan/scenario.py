"""The assumptions of one what-if: which inventory, which rules, which limits, from when.

Only the shapes are here; :mod:`cloudplan.scenario_file` reads them from YAML with line and column, resolves ``extends:``
and collects every fault.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field


class Part(BaseModel):
    """Base of every part: frozen, strict, an unknown key is a fault."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")


class DemandOptions(Part):
    """How much a workload needs after the move.

    Evidence shorter than ``minimum_days`` never shrinks anything; the declared size then counts, times
    ``nodata_factor`` for CPU use at peak.
    """

    minimum_days: float = Field(14, ge=0, description="Days of samples below which nothing is right-sized")
    target_utilisation: float = Field(0.7, gt=0, le=1, description="P95 CPU use a right-sized workload may reach")
    memory_margin: float = Field(0.2, ge=0, le=5, description="Added to the P99 of measured memory use")
    nodata_use: float = Field(1.0, gt=0, le=2, description="CPU use assumed of an unmeasured workload, as a share of what it declares")
    growth_per_year: float = Field(0.0, ge=-0.5, le=5, description="Yearly growth of every demand")
    growth_years: float = Field(0.0, ge=0, le=20, description="Years of growth that the plan must hold")


class CapacityOptions(Part):
    """What of a host may be used."""

    cpu_reserve: float = Field(0.10, ge=0, lt=1, description="CPU share kept for the hypervisor")
    cpu_headroom: float = Field(0.10, ge=0, lt=1, description="CPU share kept free for peaks")
    memory_reserve: float = Field(0.10, ge=0, lt=1, description="Memory share kept for the hypervisor")
    spare_hosts: int = Field(1, ge=0, le=10, description="k of N+k: empty hosts a pool")
    perf_per_core: float = Field(1.0, gt=0, description="Assumed where a server states none")


class PurchaseOptions(Part):
    """What may be bought."""

    allowed: bool = Field(True, description="Whether hosts may be bought")
    budget_yuan: float | None = Field(None, ge=0, description="Most that may be spent on hosts")


class ReuseOptions(Part):
    """Which servers may serve again."""

    allowed: bool = Field(True, description="Whether departments' servers may become hosts")
    younger_than_years: float = Field(3.0, ge=0, le=20, description="Younger servers may serve in production pools")
    life_years: float = Field(6.0, gt=0, le=20, description="A server older than this is scrapped")
    prepare_days: int = Field(14, ge=0, le=365, description="Days to transport, wipe and enrol a server")


class TargetOptions(Part):
    """Where systems may go."""

    open: tuple[str, ...] = Field(
        ("banner_pool", "colocation", "in_place", "superior"), description="Kinds of target that are open"
    )
    delay_months: int = Field(0, ge=0, le=120, description="Months by which the centre opens later than stated")
    opens_on: Mapping[str, dt.date] = Field(default_factory=dict, description="Opening date of single pools")


class Lock(Part):
    """One decision taken beforehand, with its reason."""

    system: str = Field(description="System it binds")
    disposition: str | None = Field(None, description="Disposition it fixes")
    pool: str | None = Field(None, description="Pool it fixes for all components of the system")
    reason: str = Field(min_length=1, description="Why")


class MigrationOptions(Part):
    """How fast systems can move."""

    starts_on: dt.date = Field(dt.date(2026, 3, 2), description="Earliest first wave")
    wave_days: int = Field(7, ge=1, le=90, description="Days from one wave to the next")
    most_waves: int = Field(104, ge=1, le=1000, description="Most waves that are tried")
    window_starts: str = Field("Fri 20:00", description="When the weekly window opens")
    window_hours: float = Field(52.0, gt=0, le=168, description="How long it stays open")
    rollback_share: float = Field(0.4, ge=0, lt=1, description="Share of the window kept for rolling back")
    systems_per_wave: int = Field(12, ge=1, le=1000, description="Most systems a wave")
    transfer_efficiency: float = Field(0.65, gt=0, le=1, description="Share of a link's rate that a transfer reaches")
    precopy_days: float = Field(5.0, ge=0, le=60, description="Days before the window in which data may be copied ahead")
    check_hours: float = Field(2.0, ge=0, le=100, description="Hours to verify and smoke-test a system")


class SolverOptions(Part):
    """Where the solver stops; no wall clock, so that the same inputs give the same plan."""

    gap: float = Field(0.001, ge=0, le=1, description="Relative gap at which it stops")
    nodes: int = Field(20000, ge=1, description="Most branch-and-bound nodes")
    rounds: int = Field(8, ge=1, le=100, description="Most rounds of the cut loop")


class Scenario(Part):
    """Everything a plan assumes.

    ``rules`` keeps the options of each rule raw: the rules' own classes judge them
    (:func:`cloudplan.placement.rules.resolve` and its siblings).
    """

    name: str = Field(min_length=1, description="Short name, used in file names")
    title: Mapping[str, str] = Field(default_factory=dict, description="Title by language (zh-CN, en)")
    inventory: str = Field(description="Folder of the inventory, relative to the scenario's own folder")
    today: dt.date = Field(description="Date at which the estate is judged")
    horizon_years: float = Field(5.0, gt=0, le=30, description="Years over which one-off efforts are spread")
    discount_rate: float = Field(0.04, ge=0, le=1, description="Yearly discount rate")
    seed: int = Field(1, ge=0, description="Seed of everything drawn at random")
    demand: DemandOptions = Field(default_factory=DemandOptions)
    capacity: CapacityOptions = Field(default_factory=CapacityOptions)
    purchases: PurchaseOptions = Field(default_factory=PurchaseOptions)
    reuse: ReuseOptions = Field(default_factory=ReuseOptions)
    targets: TargetOptions = Field(default_factory=TargetOptions)
    migration: MigrationOptions = Field(default_factory=MigrationOptions)
    solver: SolverOptions = Field(default_factory=SolverOptions)
    level_separation: Literal["separate_pool", "boundary_only"] = Field(
        "separate_pool", description="Local policy: level 3 in pools of its own, or only behind a border"
    )
    rules: Mapping[str, Any] = Field(
        default_factory=dict, description="Options by rule name; true or false switches a rule on or off"
    )
    weights: Mapping[str, float] = Field(default_factory=dict, description="Weight of a cost term in the objective (1)")
    locks: tuple[Lock, ...] = Field((), description="Decisions taken beforehand")
    prices: Mapping[str, float] = Field(default_factory=dict, description="Prices that replace those of the inventory")
    factors: Mapping[str, float] = Field(default_factory=dict, description="Factors that replace those of the inventory")
