"""Seeded draws that give the same values on every machine and with every version of the libraries."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from statistics import NormalDist
from typing import TypeVar

T = TypeVar("T")


class Draw:
    """A stream of draws for one subject.

    Only :meth:`random.Random.random` is used, whose sequence Python promises to keep; the rest is worked out here.
    Each subject has its own stream, so that a change in one leaves the others as they were.

    Parameters
    ----------
    seed
        Seed of the estate.
    subject
        What is drawn, in a word.
    """

    def __init__(self, seed: int, subject: str) -> None:
        self._next = random.Random(f"{seed}:{subject}").random

    def uniform(self, low: float, high: float) -> float:
        """Draw evenly from [low, high)."""
        return low + (high - low) * self._next()

    def integer(self, low: int, high: int) -> int:
        """Draw an integer evenly from low to high, both included."""
        return low + int(self._next() * (high - low + 1))

    def chance(self, share: float) -> bool:
        """Come true with a probability."""
        return self._next() < share

    def pick(self, values: Sequence[T]) -> T:
        """Pick one value evenly."""
        return values[int(self._next() * len(values))]

    def weighted(self, weights: Mapping[T, float]) -> T:
        """Pick one value by weight."""
        mark = self._next() * sum(weights.values())
        for value, weight in weights.items():
            mark -= weight
            if mark < 0:
                return value
        return next(reversed(list(weights)))

    def shuffled(self, values: Sequence[T]) -> list[T]:
        """Shuffle into a new list."""
        out = list(values)
        for i in range(len(out) - 1, 0, -1):
            j = int(self._next() * (i + 1))
            out[i], out[j] = out[j], out[i]
        return out

    def quota(self, count: int, shares: Mapping[T, float]) -> list[T]:
        """Deal ``count`` values in exact shares (largest remainders get the rest), in a random order."""
        total = sum(shares.values())
        exact = {value: count * share / total for value, share in shares.items()}
        dealt = {value: int(amount) for value, amount in exact.items()}
        rest = count - sum(dealt.values())
        for value in sorted(exact, key=lambda v: dealt[v] - exact[v])[:rest]:
            dealt[value] += 1
        return self.shuffled([value for value, n in dealt.items() for _ in range(n)])

    def normal(self) -> float:
        """Draw from the standard normal distribution."""
        return NormalDist().inv_cdf(min(max(self._next(), 1e-9), 1 - 1e-9))

    def quantile(self, shares: Sequence[float], values: Sequence[float]) -> float:
        """Draw from a distribution given by some of its quantiles, straight between them."""
        return quantile_at(shares[0] + (shares[-1] - shares[0]) * self._next(), shares, values)


def quantile_at(mark: float, shares: Sequence[float], values: Sequence[float]) -> float:
    """Read one quantile of a distribution given by some of them, straight between them."""
    for k in range(1, len(shares)):
        if mark <= shares[k]:
            part = (mark - shares[k - 1]) / (shares[k] - shares[k - 1])
            return values[k - 1] + part * (values[k] - values[k - 1])
    return values[-1]
