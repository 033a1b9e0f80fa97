"""How alike two names of machines are, digits apart: servers are numbered, and two numbers are two servers."""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from functools import lru_cache

_LOOK_ALIKES = str.maketrans("oil", "011")


@lru_cache(maxsize=200_000)
def likeness(one: str, other: str) -> float:
    """How alike two short names are, 0 to 1; names with different digits are no slips of one another: 0.

    Unless the letters o, i and l are what looks like digits: ``DBO1`` and ``DB01`` are one name, written twice.
    """
    if digits(one) != digits(other):
        one, other = lettered(one), lettered(other)
        if digits(one) != digits(other):
            return 0.0
    return SequenceMatcher(None, one, other, autojunk=False).ratio()


def lettered(name: str) -> str:
    """Write the letters of a name that look like digits as these."""
    return name.translate(_LOOK_ALIKES)


def digits(name: str) -> tuple[str, ...]:
    """Give the numbers in a name, as they are written."""
    return tuple(re.findall(r"\d+", name))
