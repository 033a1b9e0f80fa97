"""What packing gives back: rules kept, what is left over said, the same every time."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from cloudplan.errors import BadInput
from cloudplan.i18n import LANGUAGES, cure, words
from cloudplan.packing.check import violations
from cloudplan.packing.example import problem_of, state_of
from cloudplan.packing.first_fit import Bins, close, insert, repair
from cloudplan.packing.pack import pack, unplaced_findings
from cloudplan.packing.problem import PackingProblem
from cloudplan.packing.slots import leading_slots
from tests.packing.cases import large_pool, random_problem


def why(problem: PackingProblem) -> list[str]:
    found = unplaced_findings(problem, pack(problem))
    for finding in found:
        for language in LANGUAGES:
            assert words(finding, language)
            assert cure(finding, language)
    return [finding.message for finding in found]


def test_a_large_pool_is_packed_close_to_its_bound() -> None:
    for seed in (1, 2):
        problem = large_pool(seed)
        answer = pack(problem)
        assert not answer.unplaced
        assert answer.bound <= answer.hosts_used <= 1.15 * answer.bound + 1
        assert not violations(problem, state_of(problem, answer.host_of))


def test_two_runs_are_the_same() -> None:
    first, second = pack(large_pool(3, n=120)), pack(large_pool(3, n=120))
    assert list(first.host_of.items()) == list(second.host_of.items())
    assert first == second


def test_every_rule_is_kept_at_once() -> None:
    options = {"most-workloads": {"most": 4}, "affinity": {"groups": [["w0", "w1"]]}, "ha-separation": {"rack": True}}
    for seed in range(30):
        rng = np.random.default_rng(seed)
        problem = random_problem(rng, 14, 6, spare_hosts=1, options=options, pins=2, named_spares=True)
        answer = pack(problem)
        assert not violations(problem, state_of(problem, answer.host_of))
        assert answer.bound <= answer.hosts_used == len(set(answer.host_of.values()))
        assert len(unplaced_findings(problem, answer)) == len(answer.unplaced)


def test_what_is_left_over_is_said() -> None:
    assert why(problem_of({"a": [9]}, {"h": "large"})) == ["packing.too_large.cpu"]
    assert why(problem_of({"a": [1]}, {"h": "large", "s": "small"}, memory_gib=40)) == ["packing.too_large.memory"]
    assert why(problem_of({"a": [8], "b": [8]}, {"h": "large"})) == ["packing.unplaced.no_room"]
    assert why(problem_of({"a": [1]}, {"h": "large"}, pinned={"a": "gone"})) == ["packing.unplaced.pinned_host_missing"]
    assert why(problem_of({"a": [1]}, {"h": "small"}, spare_hosts=1)) == ["packing.unplaced.no_spare"]
    two = {"h": "large", "s": "small"}
    assert why(problem_of({"a": [1]}, two, spare_hosts=2)) == ["packing.unplaced.no_spare"]
    assert why(problem_of({"a": [5]}, two, pinned={"a": "s"})) == ["packing.unplaced.forbidden"]
    assert why(problem_of({"a": [1]}, {})) == ["packing.unplaced.no_room"]


def test_a_clash_of_two_rules_leaves_the_workloads_over() -> None:
    groups = {"affinity": {"groups": [["a", "b"]]}}
    problem = problem_of({"a": [1], "b": [1]}, {"h": "large", "i": "large"}, ha={"a": "g", "b": "g"}, options=groups)
    assert pack(problem).unplaced == ("a", "b")
    assert why(problem) == ["packing.unplaced.clash"] * 2


def test_spares_stay_empty_and_bought_hosts_rather_than_owned() -> None:
    problem = problem_of({"a": [1], "b": [1]}, {"h1": "large", "h2": "large", "h3": "large"}, spare_hosts=1)
    bought = replace(
        problem, hosts=tuple(replace(h, source="existing" if h.host == "h3" else "purchased") for h in problem.hosts)
    )
    assert set(pack(bought).host_of.values()) == {"h3"}
    named = replace(problem, hosts=tuple(replace(h, spare=h.host != "h2") for h in problem.hosts))
    assert set(pack(named).host_of.values()) == {"h2"}


def test_faulty_options() -> None:
    with pytest.raises(BadInput):
        pack(problem_of({"a": [1]}, {"h": "large"}, options={"ha-separation": {"rak": True}}))


def bins_of(demand: list[float], capacity: list[float]) -> Bins:
    n, hosts = len(demand), len(capacity)
    return Bins(
        np.array(demand)[:, None], np.array(capacity)[:, None], np.ones((n, hosts), dtype=bool), ((),) * n, 0,
        np.arange(hosts),
    )  # fmt: skip


def test_repair_ejects_what_fits_elsewhere() -> None:
    # 6 has no host: 3 must leave the first one (of 7) for the second (of 4)
    bins = bins_of([6, 3, 1], [7, 4])
    bins.put(1, 0)
    bins.put(2, 1)
    repair(bins, np.arange(2))
    assert bins.host_of.tolist() == [0, 1, 1]


def test_an_insertion_in_vain_changes_nothing() -> None:
    bins = bins_of([6, 3, 3], [7, 4])
    bins.put(1, 0)
    bins.put(2, 1)
    assert not insert(bins, 0, np.arange(2), 2, [100])
    assert bins.host_of.tolist() == [-1, 0, 1]
    assert bins.left[:, 0].tolist() == [4, 1]


def test_hosts_are_closed_down_to_the_bound() -> None:
    bins = bins_of([2, 2, 2], [4, 4, 4])
    for item in range(3):
        bins.put(item, item)
    assert len(close(bins, np.arange(3), 0).used()) == 2
    assert len(close(bins, np.arange(3), 3).used()) == 3


def test_leading_slots_decide_like_all_slots() -> None:
    rng = np.random.default_rng(5)
    use = rng.integers(0, 4, (3, 12)).astype(float)
    leading = leading_slots(use)
    assert 0 < len(leading) < 12
    for subset in ([0], [1], [2], [0, 1], [0, 2], [1, 2], [0, 1, 2]):
        assert use[subset].sum(axis=0).max() == use[subset][:, leading].sum(axis=0).max()


def test_without_looking_for_fewer_hosts_as_many_workloads_find_one() -> None:
    left_over = []
    for seed in range(30):
        problem = random_problem(np.random.default_rng(seed), 14, 4 + 4 * (seed % 2), spare_hosts=1, pins=1)
        every, some = pack(problem), pack(problem, fewest=False)
        assert not violations(problem, state_of(problem, some.host_of))
        assert len(some.unplaced) == len(every.unplaced)
        assert some.bound == 0
        left_over.append(len(some.unplaced))
    assert 0 in left_over
    assert any(left_over)
