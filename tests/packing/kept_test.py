"""Workloads keep the hosts of an earlier plan where those still do."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from cloudplan.packing.check import violations
from cloudplan.packing.example import problem_of
from cloudplan.packing.kept import kept_where_it_was
from cloudplan.packing.pack import end_state, pack


@pytest.mark.parametrize(
    ("use", "before", "after"),
    [
        # as it was, though packing would have put them otherwise
        ({"a": [1], "b": [1]}, {"a": "h2", "b": "h2"}, {"a": "h2", "b": "h2"}),
        # a new one joins the others
        ({"a": [1], "b": [1], "new": [1]}, {"a": "h2", "b": "h2"}, {"a": "h2", "b": "h2", "new": "h2"}),
        # two hosts where one would do are not kept
        ({"a": [1], "b": [1]}, {"a": "h1", "b": "h2"}, None),
        # hosts that are gone are nobody's
        ({"a": [1], "b": [1]}, {"a": "gone", "b": "gone"}, None),
    ],
)
def test_hosts_are_kept_where_they_do(
    use: Mapping[str, list[float]], before: Mapping[str, str], after: Mapping[str, str] | None
) -> None:
    problem = problem_of(use, {"h1": "large", "h2": "large"})
    packed = pack(problem)
    kept = kept_where_it_was(problem, packed, before)
    assert kept.host_of == (packed.host_of if after is None else after)
    assert kept.hosts_used == packed.hosts_used
    assert violations(problem, end_state(problem, dict(kept.host_of))) == ()


def test_what_a_host_can_no_longer_carry_leaves_it_the_small_first() -> None:
    # a small host carries 4 of use: a has grown, and b, the smaller one, gives way
    problem = problem_of({"a": [3.5], "b": [1], "c": [1]}, {"h1": "small", "h2": "small"})
    kept = kept_where_it_was(problem, pack(problem), {"a": "h2", "b": "h2", "c": "h1"})
    assert kept.host_of == {"a": "h2", "b": "h1", "c": "h1"}
