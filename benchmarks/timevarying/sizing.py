"""Ways of sizing a machine by what it used: one figure, or one for each slot of the day or the week."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from benchmarks.timevarying.traces import Floats, Traces


def _steps(low: float, high: float, step: float) -> Iterator[float]:
    yield from (round(low + step * k, 4) for k in range(round((high - low) / step) + 1))


@dataclass(frozen=True)
class Method:
    """A way of sizing.

    Parameters
    ----------
    what
        In words, for the table.
    quantile
        Of the samples in each slot; ``None`` is their mean.
    slots
        ``one`` figure for all times, or one for each hour of the ``day`` or of the ``week``.
    low, high, step
        Headrooms of its sweep; between 0 and 40 % it goes in steps of 2.5 %, where the step is not a coarse one.
    """

    what: str
    quantile: float | None
    slots: Literal["one", "day", "week"]
    low: float
    high: float
    step: float = 0.05

    @property
    def headrooms(self) -> list[float]:
        """List the headrooms to try, rising."""
        fine = _steps(0.0, 0.4, 0.025) if self.step < 0.1 else ()
        return sorted({*_steps(self.low, self.high, self.step), *fine})


METHODS = {
    "max": Method("individual peak: max of all samples", 1.0, "one", -0.8, 0.6),
    "p95": Method("individual P95", 0.95, "one", -0.6, 0.8),
    "mean": Method("individual mean (control: no time, no peak)", None, "one", -0.2, 3.0, 0.1),
    "day": Method("P95 in each hour of the day", 0.95, "day", -0.5, 0.8),
    "week": Method("P95 in each hour of the week", 0.95, "week", -0.5, 0.8),
    "week-max": Method("max in each hour of the week", 1.0, "week", -0.5, 0.8),
}


def slot_of(traces: Traces, method: Method) -> npt.NDArray[np.int64]:
    """Give the slot of each sample of the period fitted, from 0 without holes."""
    if method.slots == "one":
        return np.zeros(len(traces.hour), np.int64)
    hour = traces.hour if method.slots == "week" else traces.hour % 24
    return np.unique(hour, return_inverse=True)[1].astype(np.int64)


def fitted(traces: Traces, method: Method, *, memory: bool = False) -> Floats:
    """Size each machine, without headroom; vCPU, or GiB of the memory in use, shape (n, slots)."""
    use = traces.memory_fit if memory and traces.memory_fit is not None else traces.fit
    slot = slot_of(traces, method)
    columns = []
    for number in range(int(slot.max()) + 1):
        samples = use[:, slot == number]
        columns.append(
            samples.mean(axis=1) if method.quantile is None else np.quantile(samples, method.quantile, axis=1)
        )
    return np.stack(columns, axis=1)
