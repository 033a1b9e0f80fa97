"""The assumptions of one what-if: which inventory, which rules, which limits, from when.

Only the shapes are here; :mod:`cloudplan.scenario_file` reads them from YAML with line and column, resolves
``extends:`` and collects every fault.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

TargetKind = Literal["banner_pool", "colocation", "city_cloud", "region_cloud", "superior", "in_place"]
"""Kinds of target; those of the inventory's schema."""

Disposition = Literal[
    "KEEP", "RETIRE", "MERGE", "RELOCATE", "REHOST", "REPLATFORM", "REFACTOR", "UPLIFT", "NEED_SUPERIOR"
]
"""What can become of a system."""

CLOUD: frozenset[Disposition] = frozenset({"REHOST", "REPLATFORM", "REFACTOR", "UPLIFT"})
"""Dispositions that move a system onto a cloud."""


WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
NotNegative = Annotated[float, Field(ge=0)]


class Part(BaseModel):
    """Base of every part: frozen, strict, an unknown key is a fault."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", allow_inf_nan=False)


class DemandOptions(Part):
    """How much a workload needs after the move.

    Evidence shorter than ``minimum_days`` never shrinks anything; the declared size then counts, times
    ``nodata_use`` for CPU use at peak.
    """

    minimum_days: float = Field(default=14, ge=0, description="Days of samples below which nothing is right-sized")
    target_utilisation: float = Field(
        default=0.7, gt=0, le=1, description="P95 CPU use a right-sized workload may reach"
    )
    memory_margin: float = Field(default=0.2, ge=0, le=5, description="Added to the P99 of measured memory use")
    nodata_use: float = Field(
        default=1.0, gt=0, le=2, description="CPU use assumed of an unmeasured workload, of its size"
    )
    blank_storage_gib: float = Field(
        default=100.0, ge=0, description="Storage assumed where a workload states none, GiB"
    )
    blank_mbps: float = Field(default=10.0, ge=0, description="Network assumed where a workload states none, Mbit/s")
    planned_use: float = Field(
        default=0.3, ge=0, le=1, description="CPU use of hosts assumed for energy while planning"
    )
    growth_per_year: float = Field(default=0.0, ge=-0.5, le=5, description="Yearly growth of every demand")
    growth_years: float = Field(default=0.0, ge=0, le=20, description="Years of growth that the plan must hold")


class CapacityOptions(Part):
    """What of a host may be used."""

    cpu_reserve: float = Field(default=0.10, ge=0, lt=1, description="CPU share kept for the hypervisor")
    cpu_headroom: float = Field(default=0.10, ge=0, lt=1, description="CPU share kept free for peaks")
    memory_reserve: float = Field(default=0.10, ge=0, lt=1, description="Memory share kept for the hypervisor")
    spare_hosts: int = Field(default=1, ge=0, le=10, description="k of N+k: empty hosts a pool")
    perf_per_core: float = Field(default=1.0, gt=0, description="Assumed where a server states none")


class PurchaseOptions(Part):
    """What may be bought."""

    allowed: bool = Field(default=True, description="Whether hosts may be bought")
    budget_yuan: float | None = Field(default=None, ge=0, description="Most that may be spent on hosts")


class ReuseOptions(Part):
    """Which servers may serve again."""

    allowed: bool = Field(default=True, description="Whether departments' servers may become hosts")
    younger_than_years: float = Field(
        default=3.0, ge=0, le=20, description="Younger servers may serve in production pools"
    )
    life_years: float = Field(default=6.0, gt=0, le=20, description="A server older than this is scrapped")
    prepare_days: int = Field(default=14, ge=0, le=365, description="Days to transport, wipe and enrol a server")


class TargetOptions(Part):
    """Where systems may go."""

    open: tuple[TargetKind, ...] = Field(
        default=("banner_pool", "colocation", "in_place", "superior"),
        strict=False,  # YAML has lists, not tuples
        description="Kinds of target that are open",
    )
    delay_months: int = Field(default=0, ge=0, le=120, description="Months by which the centre opens later than stated")
    opens_on: Mapping[str, dt.date] = Field(default_factory=dict, description="Opening date of single pools")


class Lock(Part):
    """One decision taken beforehand, with its reason; it binds one component, one system or one department.

    Of two locks that bind the same thing the more particular wins (:mod:`cloudplan.locks`).
    """

    model_config = ConfigDict(
        json_schema_extra={"oneOf": [{"required": [kind]} for kind in ("component", "system", "department")]}
    )

    component: str | None = Field(default=None, description="Component it binds (system/tier/architecture)")
    system: str | None = Field(default=None, description="System it binds")
    department: str | None = Field(default=None, description="Department of which it binds every system")
    disposition: Disposition | None = Field(default=None, description="Disposition it fixes")
    pool: str | None = Field(default=None, description="Pool it fixes for the component, or every component it binds")
    reason: str = Field(min_length=1, description="Why")

    @property
    def subjects(self) -> tuple[tuple[str, str], ...]:
        """Everything it names, each as (kind, id); a sound lock names one thing."""
        named = (("component", self.component), ("system", self.system), ("department", self.department))
        return tuple((kind, name) for kind, name in named if name is not None)

    @property
    def subject(self) -> tuple[str, str]:
        """The one thing it binds: ``component``, ``system`` or ``department``, and its id."""
        return next(iter(self.subjects), ("", ""))


class MigrationOptions(Part):
    """How fast systems can move."""

    starts_on: dt.date = Field(
        default=dt.date(2026, 3, 2), ge=dt.date(2000, 1, 1), le=dt.date(2200, 1, 1), description="Earliest first wave"
    )
    wave_days: int = Field(default=7, ge=1, le=90, description="Days between waves, in whole weeks (rounded up)")
    most_waves: int = Field(default=104, ge=1, le=1000, description="Most waves that are tried")
    window_starts: str = Field(
        default="Fri 20:00",
        pattern="^(Mon|Tue|Wed|Thu|Fri|Sat|Sun) ([01][0-9]|2[0-3]):[0-5][0-9]$",
        description="When the weekly window opens",
    )
    window_hours: float = Field(default=52.0, gt=0, le=168, description="How long it stays open")
    rollback_share: float = Field(default=0.4, ge=0, lt=1, description="Share of the window kept for rolling back")
    systems_per_wave: int = Field(default=12, ge=1, le=1000, description="Most systems a wave")
    transfer_efficiency: float = Field(
        default=0.65, gt=0, le=1, description="Share of a link's rate that a transfer reaches"
    )
    precopy_days: float = Field(
        default=5.0, ge=0, le=60, description="Days ahead of the window in which data may be copied"
    )
    check_hours: float = Field(default=2.0, ge=0, le=100, description="Hours to verify and smoke-test a system")

    @property
    def first_start(self) -> dt.datetime:
        """First time at which a window opens, on or after ``starts_on``."""
        weekday, _, time = self.window_starts.partition(" ")  # the pattern above lets no other shape pass
        days = (WEEKDAYS.index(weekday) - self.starts_on.weekday()) % 7
        return dt.datetime.combine(self.starts_on + dt.timedelta(days), dt.time.fromisoformat(time))

    @property
    def step_days(self) -> int:
        """Days between windows: ``wave_days`` rounded up to whole weeks, since a window keeps its weekday."""
        return 7 * -(-self.wave_days // 7)

    @property
    def last_start(self) -> dt.datetime:
        """Time at which the last of ``most_waves`` windows opens."""
        return self.first_start + dt.timedelta(self.step_days) * (self.most_waves - 1)


CopyPlace = Literal["office_storage", "city_cloud", "documented_equivalent"]
"""Where a department keeps the copy of its data that EB-C09 asks for."""


class CopyException(Part):
    """Where the copy of one department, or of one system, is kept instead."""

    place: CopyPlace = Field(description="Where the copy is kept")
    copies: int | None = Field(default=None, ge=1, le=10, description="Copies kept there, if not as many as elsewhere")
    document: str | None = Field(
        default=None, min_length=1, description="Number of the document, or the reason, that stands for a copy"
    )


class LocalCopyOptions(Part):
    """Where departments keep their own copy of the data that leave them for a cloud (GB/T 22239-2019, EB-C09).

    What is said of a system goes before what is said of its department, and that before ``place``.
    """

    place: CopyPlace = Field(default="office_storage", description="Where the copy is kept")
    copies: int = Field(default=1, ge=1, le=10, description="Copies kept there")
    document: str | None = Field(
        default=None, min_length=1, description="Number of the document, or the reason, that stands for a copy"
    )
    departments: Mapping[str, CopyException] = Field(
        default_factory=dict, description="Departments whose copies are kept otherwise"
    )
    systems: Mapping[str, CopyException] = Field(
        default_factory=dict, description="Systems whose copies are kept otherwise"
    )

    def said(self, system: str, department: str) -> tuple[str, LocalCopyOptions | CopyException]:
        """Find what holds for a system, and at which level it is said: ``system``, ``department`` or ``all``."""
        if system in self.systems:
            return "system", self.systems[system]
        if department in self.departments:
            return "department", self.departments[department]
        return "all", self

    @property
    def places(self) -> frozenset[str]:
        """Places that are said anywhere."""
        exceptions = (*self.departments.values(), *self.systems.values())
        return frozenset({self.place, *(exception.place for exception in exceptions)})


class SolverOptions(Part):
    """Where the solver stops; no wall clock, so that the same inputs give the same plan."""

    gap: float = Field(default=0.01, ge=0, le=1, description="Relative gap at which it stops")
    nodes: int = Field(default=20000, ge=1, description="Most branch-and-bound nodes")
    rounds: int = Field(default=12, ge=1, le=100, description="Most rounds of the cut loop")


class Scenario(Part):
    """Everything a plan assumes.

    ``rules`` keeps the options of each rule raw: the rules' own classes judge them
    (:func:`cloudplan.placement.rules.resolve` and its siblings).
    """

    name: str = Field(min_length=1, description="Short name, used in file names")
    title: Mapping[str, str] = Field(default_factory=dict, description="Title by language (zh-CN, en)")
    inventory: str = Field(description="Folder of the inventory, relative to the scenario's own folder")
    today: dt.date = Field(description="Date at which the estate is judged")
    horizon_years: float = Field(default=5.0, gt=0, le=30, description="Years over which one-off efforts are spread")
    discount_rate: float = Field(default=0.04, ge=0, le=1, description="Yearly discount rate")
    zombie_days: int = Field(
        default=180, ge=1, description="Days without a change of business data after which a system counts as a zombie"
    )
    seed: int = Field(default=1, ge=0, description="Seed of everything drawn at random")
    demand: DemandOptions = Field(default_factory=DemandOptions)
    capacity: CapacityOptions = Field(default_factory=CapacityOptions)
    purchases: PurchaseOptions = Field(default_factory=PurchaseOptions)
    reuse: ReuseOptions = Field(default_factory=ReuseOptions)
    targets: TargetOptions = Field(default_factory=TargetOptions)
    migration: MigrationOptions = Field(default_factory=MigrationOptions)
    local_copy: LocalCopyOptions = Field(default_factory=LocalCopyOptions)
    solver: SolverOptions = Field(default_factory=SolverOptions)
    level_separation: Literal["separate_pool", "boundary_only"] = Field(
        default="separate_pool", description="Local policy: level 3 in pools of its own, or only behind a border"
    )
    rules: Mapping[str, Any] = Field(
        default_factory=dict,
        description="Options by rule name; true or false switches a rule on or off, soft puts a price on it",
    )
    weights: Mapping[str, NotNegative] = Field(
        default_factory=dict, description="Weight of a cost term in the objective (1)"
    )
    locks: tuple[Lock, ...] = Field(default=(), strict=False, description="Decisions taken beforehand")
    prices: Mapping[str, NotNegative] = Field(default_factory=dict, description="Prices that replace the inventory's")
    factors: Mapping[str, NotNegative] = Field(default_factory=dict, description="Factors that replace the inventory's")
