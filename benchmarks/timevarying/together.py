"""What sharing could save at most: all machines of a data set on one host that is large enough."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from benchmarks.timevarying.sizing import METHODS, fitted
from benchmarks.timevarying.sweep import Case
from benchmarks.timevarying.traces import Traces


def needed(traces: Traces, method: str) -> float:
    """Give the vCPU of the one host, by a way of sizing without headroom: the largest of its slots' sums."""
    return float(fitted(traces, METHODS[method]).sum(axis=0).max())


def together(cases: Sequence[Case]) -> Iterator[str]:
    """Write, for the first case of each name, what each way of sizing asks for and what was used at once."""
    yield (
        "| vCPU, all machines on one host | "
        + " | ".join(METHODS)
        + " | used at once, fitted | used at once, replayed |"
    )
    yield "|---" * (len(METHODS) + 3) + "|"
    known: set[str] = set()
    for case in cases:
        if case.name not in known:
            known.add(case.name)
            asked = [f"{needed(case.traces, name):.1f}" if name in case.methods else "" for name in METHODS]
            used = [f"{part.sum(axis=0).max():.1f}" for part in (case.traces.fit, case.traces.test)]
            yield f"| {case.name} | " + " | ".join([*asked, *used]) + " |"
    yield ""
