"""What placement is asked: components, the choices each has, the hosts that could carry them.

Length: one value, and everything that is reckoned of it once and remembered.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from cloudplan.capacity import STORAGE_TIERS, Capacity, HostKind, Pool
from cloudplan.copies import LocalCopy, local_copies
from cloudplan.costs import Costs
from cloudplan.demand import Demand, Floats
from cloudplan.earlier import Earlier
from cloudplan.inventory import Inventory
from cloudplan.locks import Locks
from cloudplan.placement.dispositions import CLOUD, STAYS, Options
from cloudplan.scenario import Scenario
from cloudplan.state import Seat, State
from cloudplan.zones import ZoneGraph

_OF_DEMAND = ("_peaks", "_sums")
"""What is reckoned of demand alone."""
_OF_COSTS = ("systems", "targets", "rooms", "copies", "_host_prices", "_machine_price", "_seat_prices", "_fate_prices")
"""What is reckoned of inventory, capacity and costs alone."""
_OF_CANDIDATES = ("by_component", "number")
"""What is reckoned of components and candidates alone."""


@dataclass(frozen=True, slots=True)
class Component:
    """A system's running workloads of one tier and architecture: what is placed.

    Parameters
    ----------
    component, system, department
        Its id and whose it is.
    tier, arch, level
        What it is; ``level`` is the protection level used for placement.
    zone
        Zone of the system today.
    internet_facing
        Whether the system serves the internet.
    room
        Room in which most of its servers stand, or ``None`` (run by a superior).
    workloads
        Its workloads.
    rows
        Their rows in the demand.
    servers
        The servers they run on today.
    """

    component: str
    system: str
    department: str
    tier: str
    arch: str
    level: int
    zone: str
    internet_facing: bool
    room: str | None
    workloads: tuple[str, ...]
    rows: tuple[int, ...]
    servers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Candidate:
    """One choice for one component: a disposition of its system, a pool and a zone."""

    component: str
    system: str
    disposition: str
    target: str
    pool: str
    zone: str


@dataclass(frozen=True, slots=True)
class Call:
    """A flow between components, or between a component and a zone outside.

    ``source`` and ``target`` are components; where one is ``None`` the zone of that end is given.
    """

    flow: str
    kind: str
    source: str | None
    source_zone: str | None
    target: str | None
    target_zone: str | None


@dataclass(frozen=True, eq=False)
class PlacementProblem:
    """Everything a placement depends on.

    Parameters
    ----------
    inventory, scenario, demand, capacity, zones, costs
        The stages below.
    options
        What is left open for each system.
    components
        By id.
    candidates
        Every choice of every component that is structurally there, before any rule has refused one.
    calls
        Flows that must work after the move.
    reuse
        Pairs (server, pool) that structurally could be: same architecture, pool a cluster.
    earlier
        What a plan in progress has decided, where this one follows another.
    """

    inventory: Inventory
    scenario: Scenario
    demand: Demand
    capacity: Capacity
    zones: ZoneGraph
    costs: Costs
    options: Mapping[str, Options]
    components: Mapping[str, Component]
    candidates: tuple[Candidate, ...]
    calls: tuple[Call, ...]
    reuse: tuple[tuple[str, str], ...]
    earlier: Earlier | None = None

    def changed(self, **parts: Any) -> PlacementProblem:
        """Put other parts in; what was reckoned of demand and capacity, which stay, is not reckoned again.

        Nor are prices, but where costs or the inventory change; another scenario alone brings other locks or limits.
        """
        new = replace(self, **parts)
        stays = list(_OF_DEMAND)
        if new.costs is self.costs and new.inventory is self.inventory:
            stays += _OF_COSTS
        if new.candidates is self.candidates and new.components is self.components:
            stays += _OF_CANDIDATES
        vars(new).update({name: vars(self)[name] for name in stays if name in vars(self)})
        return new

    @cached_property
    def locks(self) -> Locks:
        """What is decided beforehand, by system and component."""
        return Locks(self.inventory, self.scenario)

    @cached_property
    def clusters(self) -> dict[str, Pool]:
        """Pools with hosts of their own."""
        return {name: pool for name, pool in self.capacity.pools.items() if pool.kind == "cluster"}

    @cached_property
    def buyable(self) -> tuple[tuple[str, str], ...]:
        """Pairs (host type, pool) that structurally could be bought."""
        return tuple(
            (kind, name)
            for name, pool in self.clusters.items()
            for kind in self.capacity.purchasable
            if self.capacity.kinds[kind].arch == pool.arch
        )

    @cached_property
    def on_order(self) -> dict[tuple[str, str], int]:
        """Hosts that an earlier plan has ordered, by (type, pool), where both are still on record."""
        ordered = () if self.earlier is None else self.earlier.ordered
        counted = Counter((host.kind, host.pool) for host in ordered)
        return {pair: count for pair, count in counted.items() if pair in set(self.buyable)}

    @cached_property
    def by_component(self) -> dict[str, tuple[int, ...]]:
        """Candidates of each component, by their number."""
        numbers: dict[str, list[int]] = {name: [] for name in self.components}
        for number, candidate in enumerate(self.candidates):
            numbers[candidate.component].append(number)
        return {name: tuple(found) for name, found in numbers.items()}

    @cached_property
    def of_system(self) -> dict[str, tuple[str, ...]]:
        """Components of each system."""
        names: dict[str, list[str]] = {system: [] for system in self.options}
        for component in self.components.values():
            names[component.system].append(component.component)
        return {system: tuple(found) for system, found in names.items()}

    @cached_property
    def fates(self) -> dict[str, tuple[tuple[str, str], ...]]:
        """Choices (disposition, target) of each system: those of its candidates, and those that leave no seat."""
        out: dict[str, dict[tuple[str, str], None]] = {system: {} for system in self.options}
        for candidate in self.candidates:
            out[candidate.system].setdefault((candidate.disposition, candidate.target))
        for system, options in self.options.items():
            for disposition in options.allowed:
                if disposition in ("RETIRE", "MERGE") or not self.of_system[system]:
                    out[system].setdefault((disposition, self._target_without_seat(system, disposition)))
        return {system: tuple(found) for system, found in out.items()}

    def _target_without_seat(self, system: str, disposition: str) -> str:
        """Target of a system that stands nowhere: where its platform is, or whose it stays."""
        record, targets = self.inventory["systems"].loc[system], self.inventory["targets"]["kind"]
        if disposition in ("MERGE", "UPLIFT"):
            return record["superseded_target"] or ""
        stays = "superior" if record["deploy_model"] == "superior_central" else "in_place"
        wanted = {"KEEP": stays, "NEED_SUPERIOR": stays, "RELOCATE": "colocation"}.get(disposition)
        return next((str(target) for target, kind in targets.items() if kind == wanted), "")

    def room_kept_by(self, number: int) -> tuple[str, ...]:
        """Rooms that a candidate keeps open: those of the component's servers, where it stays in place."""
        candidate = self.candidates[number]
        pool = self.capacity.pools.get(candidate.pool)
        if pool is None or pool.kind != "today":
            return ()
        servers = self.components[candidate.component].servers
        rooms = self.inventory["servers"]["room"]
        return tuple(dict.fromkeys(str(rooms[server]) for server in servers))

    @cached_property
    def rooms_held(self) -> frozenset[str]:
        """Rooms that a device holds open whatever the systems do."""
        devices = self.inventory["devices"]
        return frozenset(str(room) for room in devices.loc[devices["fate"] == "keep", "room"])

    def rooms_open(self, numbers: Iterable[int]) -> set[str]:
        """Departments' rooms that stay open when some candidates are taken."""
        kinds = self.inventory["rooms"]["kind"]
        held = set(self.rooms_held).union(*(self.room_kept_by(i) for i in numbers))
        return {room for room in held if kinds[room] == "department"}

    def taken(self, state: State) -> list[int]:
        """Candidates that a state takes; a seat that no candidate offers is left out (rules complain of it)."""
        out = []
        for name, seat in state.seats.items():
            disposition = state.dispositions.get(self.components[name].system)
            number = self.number.get((name, disposition or "", seat.pool, seat.zone))
            if number is not None:
                out.append(number)
        return out

    @cached_property
    def number(self) -> dict[tuple[str, str, str, str], int]:
        """Number of a candidate by (component, disposition, pool, zone)."""
        return {(c.component, c.disposition, c.pool, c.zone): i for i, c in enumerate(self.candidates)}

    @cached_property
    def staying(self) -> frozenset[int]:
        """Candidates that leave a component where it stands today, on the host it has."""
        return frozenset(i for i, c in enumerate(self.candidates) if c.disposition in STAYS or self.moved_already(i))

    def moved_already(self, number: int) -> bool:
        """Whether a candidate is where an earlier plan has already taken its component."""
        candidate, earlier = self.candidates[number], self.earlier
        if earlier is None or candidate.system not in earlier.done:
            return False
        return earlier.seats.get(candidate.component) == Seat(candidate.pool, candidate.zone)

    def machines_of(self, number: int) -> tuple[tuple[str, str], ...]:
        """Machines that a candidate keeps running or carries along, each with its pool; none where load moves alone.

        A machine that several components share is one machine: it stays, or is carried, for the first of them.
        """
        candidate = self.candidates[number]
        pool = self.capacity.pools.get(candidate.pool)
        if pool is None or pool.kind not in ("today", "colocation"):
            return ()
        return tuple((server, candidate.pool) for server in self.components[candidate.component].servers)

    @cached_property
    def machines(self) -> tuple[tuple[str, str], ...]:
        """Pairs (server, pool) that some candidate keeps or carries."""
        every = (pair for number in range(len(self.candidates)) for pair in self.machines_of(number))
        return tuple(dict.fromkeys(every))

    def machines_at(self, numbers: Iterable[int]) -> set[tuple[str, str]]:
        """Pairs (server, pool) that are kept or carried when some candidates are taken."""
        return {pair for number in numbers for pair in self.machines_of(number)}

    @cached_property
    def machine_prices(self) -> dict[tuple[str, str], Mapping[str, float]]:
        """Yearly cost of every machine that is kept or carried, by term."""
        for server, name in self.machines:
            if (server, name) not in self._machine_price:
                self._machine_price[server, name] = self._machine(server, self.capacity.pools[name])
        return {pair: self._machine_price[pair] for pair in self.machines}

    @cached_property
    def _machine_price(self) -> dict[tuple[str, str], Mapping[str, float]]:
        return {}

    def _machine(self, server: str, pool: Pool) -> dict[str, float]:
        price = {"energy": self.costs.machine_energy(server, pool.site)}
        if pool.kind == "colocation":
            height = float(self.inventory["servers"]["height_u"][server])
            price["space"] = self.costs.colocation(height)
            price["migration"] = self.costs.relocation(height)
        return price

    def host_price(self, kind: str, pool: str) -> Mapping[str, float]:
        """Yearly cost of a host in a pool by term."""
        known = self._host_prices.get((kind, pool))
        if known is None:
            purchased = self.capacity.kinds[kind].server is None
            known = self.costs.host(self.capacity.kinds[kind], self.capacity.pools[pool], purchased)
            self._host_prices[kind, pool] = known
        return known

    @cached_property
    def _host_prices(self) -> dict[tuple[str, str], Mapping[str, float]]:
        return {}

    @cached_property
    def candidate_prices(self) -> tuple[Mapping[str, float], ...]:
        """Yearly cost of every candidate by term, without the machines it keeps or carries."""
        # a price doesn't depend on the zone, but on how many siblings share it
        known = self._seat_prices
        siblings = {system: len(names) for system, names in self.of_system.items()}
        keys = [(c.component, c.disposition, c.pool, siblings[c.system]) for c in self.candidates]
        for key, candidate in zip(keys, self.candidates, strict=True):
            if key not in known:
                known[key] = self._candidate_price(candidate)
        return tuple(known[key] for key in keys)

    @cached_property
    def _seat_prices(self) -> dict[tuple[str, str, str, int], Mapping[str, float]]:
        return {}

    def _candidate_price(self, candidate: Candidate) -> dict[str, float]:
        pool = self.capacity.pools.get(candidate.pool)
        if pool is None:
            return {}
        amounts = self.amounts(candidate.component)
        disks = {tier: amounts[tier] for tier in STORAGE_TIERS}
        if pool.kind == "cluster":
            return {"storage": self.costs.storage(disks), "adaptation": self._isa_change(candidate)}
        if pool.kind == "service" and pool.target_kind != "superior":
            fee = self.costs.service(pool, amounts["vcpu"], amounts["memory_gib"], sum(disks.values()))
            return {"services": fee, "adaptation": self._isa_change(candidate)}
        return {}

    def changes_isa(self, candidate: Candidate) -> bool:
        """Whether a candidate adapts its component to another instruction set; x86 software runs on both x86 kinds."""
        arch, pool = self.components[candidate.component].arch, self.capacity.pools.get(candidate.pool)
        if candidate.disposition != "REPLATFORM" or pool is None or pool.kind not in ("cluster", "service"):
            return False
        return arch != pool.arch and not {arch, str(pool.arch)} <= {"x86", "x86_xc"}

    def _isa_change(self, candidate: Candidate) -> float:
        """A component's part of adapting its system to another instruction set."""
        if not self.changes_isa(candidate):
            return 0.0
        return self.costs.isa_change(candidate.system) / len(self.of_system[candidate.system])

    def fate_price(self, system: str, disposition: str) -> Mapping[str, float]:
        """Yearly cost of what becomes of a system, wherever it goes, by term."""
        workloads = self._workloads[system]
        known = self._fate_prices.get((system, disposition, workloads))
        if known is None:
            known = {
                "adaptation": self.costs.adaptation(system, disposition),
                "local_copy": self._copy_price(system, disposition),
                "migration": self.costs.migration(disposition, workloads),
            }
            self._fate_prices[system, disposition, workloads] = known
        return known

    @cached_property
    def copies(self) -> Mapping[str, LocalCopy]:
        """The department's own copy of each system's data, which it owes once they leave it for a cloud (EB-C09)."""
        return local_copies(self.inventory, self.scenario, self.demand)

    def _copy_price(self, system: str, disposition: str) -> float:
        copy = self.copies[system]
        return self.costs.local_copy(copy.place, copy.gib) if disposition in CLOUD else 0.0

    @cached_property
    def _fate_prices(self) -> dict[tuple[str, str, int], Mapping[str, float]]:
        return {}

    @cached_property
    def _workloads(self) -> dict[str, int]:
        """How many workloads each system runs."""
        components = self.components
        return {system: sum(len(components[c].workloads) for c in names) for system, names in self.of_system.items()}

    def hosts_of(self, pool: str) -> tuple[HostKind, ...]:
        """Kinds of host that could stand in a pool."""
        return self._kinds_of.get(pool, ())

    @cached_property
    def _kinds_of(self) -> dict[str, tuple[HostKind, ...]]:
        found: dict[str, list[HostKind]] = {}
        for kind, pool in (*self.buyable, *self.reuse):
            found.setdefault(pool, []).append(self.capacity.kinds[kind])
        return {pool: tuple(kinds) for pool, kinds in found.items()}

    @cached_property
    def ha_members(self) -> dict[str, int]:
        """Members of each component's largest high-availability group: they need a host each; 0 without a group."""
        groups = self.inventory["workloads"]["ha_group"]
        named = {
            name: Counter(groups[w] for w in component.workloads if groups[w] is not None)
            for name, component in self.components.items()
        }
        return {name: max(found.values(), default=0) for name, found in named.items()}

    def sizes(self, pool: str) -> tuple[tuple[HostKind, ...], ...]:
        """Kinds of host that could stand in a pool, grouped by equal capacity: its size classes."""
        return self._sizes.get(pool, ())

    @cached_property
    def _sizes(self) -> dict[str, tuple[tuple[HostKind, ...], ...]]:
        out = {}
        for pool, kinds in self._kinds_of.items():
            found: dict[tuple[float, ...], list[HostKind]] = {}
            for kind in kinds:
                size = (kind.usable_cpu, kind.threads, kind.usable_memory_gib, kind.mbps)
                found.setdefault(size, []).append(kind)
            out[pool] = tuple(tuple(members) for members in found.values())
        return out

    @cached_property
    def systems(self) -> dict[str, Any]:
        """The systems' records, by id."""
        return self._records("systems")

    @cached_property
    def targets(self) -> dict[str, Any]:
        """The targets' records, by id."""
        return self._records("targets")

    @cached_property
    def rooms(self) -> dict[str, Any]:
        """The rooms' records, by id."""
        return self._records("rooms")

    def _records(self, table: str) -> dict[str, Any]:
        return {str(row.Index): row for row in self.inventory[table].itertuples()}

    def cpu_use(self, component: str) -> Floats:
        """CPU use of a component per slot, reference vCPU; shape (slots,)."""
        return self._sums[component][0]

    def amounts(self, component: str) -> Mapping[str, float]:
        """Flat demand of a component: ``vcpu``, ``memory_gib``, ``mbps``, ``high``, ``normal``, ``object`` (GiB)."""
        return self._sums[component][1]

    def peak(self, row: int) -> float:
        """Highest CPU use of one workload in any slot, reference vCPU."""
        return float(self._peaks[row])

    @cached_property
    def _peaks(self) -> Floats:
        return np.asarray(self.demand.cpu_use.max(axis=1, initial=0.0))

    @cached_property
    def _sums(self) -> dict[str, tuple[Floats, dict[str, float]]]:
        demand = self.demand
        out = {}
        for name, component in self.components.items():
            rows = list(component.rows)
            flat = {
                "vcpu": float(demand.vcpu[rows].sum()),
                "memory_gib": float(demand.memory_gib[rows].sum()),
                "mbps": float(demand.mbps[rows].sum()),
                **{tier: float(amount[rows].sum()) for tier, amount in demand.storage.items()},
            }
            out[name] = (np.asarray(demand.cpu_use[rows].sum(axis=0)), flat)
        return out
