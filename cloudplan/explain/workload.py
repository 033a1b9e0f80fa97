"""Why a workload is where it is: its host, what it needs and how that is known, then its component."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from cloudplan.demand import HOURS, Demand
from cloudplan.explain.system import explain_alone
from cloudplan.explain.view import View, blank
from cloudplan.explain.words import Line, Section, line
from cloudplan.inventory.schema import label


def explain_workload(view: View, workload: str, pool: str | None) -> Iterator[Section]:
    """Explain a workload: its host, its demand by resource and evidence, then its component."""
    problem, record = view.problem, view.plan.inventory["workloads"].loc[workload]
    title = line("workload.title", workload=workload, system=view.name("systems", str(record["system"])))
    row = view.row("placements", "workload", workload)
    lines = []
    if row is None or blank(row["pool"]):
        lines.append(line("workload.nowhere"))
    elif blank(row["host"]):
        lines.append(line("workload.pool", pool=view.pool(str(row["pool"]))))
    else:
        lines.append(line("workload.host", pool=view.pool(str(row["pool"])), host=str(row["host"])))
    position = problem.demand.position()
    if workload in position:
        lines += _needs(problem.demand, position[workload], record)
    else:
        lines.append(line("workload.stopped"))
    yield Section(title, tuple(lines))
    for component in problem.components.values():
        if workload in component.workloads:
            yield from explain_alone(view, component.component, pool)


def _needs(demand: Demand, row: int, record: Any) -> Iterator[Line]:
    def basis(resource: str) -> Any:
        return label("basis", demand.basis[resource][row])

    yield line("workload.cpu", vcpu=float(demand.vcpu[row]), declared=float(record["vcpu"]), basis=basis("vcpu"))
    # the week in which the peak lies says how it is known
    late = int(demand.cpu_use[row].argmax()) >= HOURS
    known = label("basis", demand.month_end_basis[row]) if late else basis("cpu")
    yield line("workload.peak", peak=float(demand.cpu_use[row].max(initial=0.0)), basis=known)
    memory = float(demand.memory_gib[row])
    yield line("workload.memory", memory=memory, declared=float(record["memory_gib"]), basis=basis("memory"))
    yield line("workload.storage", storage=float(demand.storage_gib[row]), basis=basis("storage"))
    yield line("workload.network", mbps=float(demand.mbps[row]), basis=basis("network"))
