"""The host-mix bound on pools small enough to reckon by hand. A large host has 8 vCPU, 32 GiB; a small one 4 and 16."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cloudplan.errors import BadInput
from cloudplan.packing.bound import host_mix_bound
from cloudplan.packing.example import problem_of
from cloudplan.packing.pack import pack

LARGE = {f"l{i}": "large" for i in range(6)}


def test_cpu_by_slot_not_by_peak() -> None:
    use = {"d1": [4, 0], "d2": [4, 0], "n1": [0, 4], "n2": [0, 4]}
    assert host_mix_bound(problem_of(use, LARGE, memory_gib=1)).value == 1


def test_memory_in_whole_hosts() -> None:
    assert host_mix_bound(problem_of({f"w{i}": [0.1] for i in range(5)}, LARGE, memory_gib=13)).value == 3


def test_items_over_half_a_host_stand_alone() -> None:
    # 3 × 4.5 of 8 vCPU: two hosts by volume, three because no two fit together
    assert host_mix_bound(problem_of({f"w{i}": [4.5] for i in range(3)}, LARGE)).value == 3


def test_largest_ha_group() -> None:
    ha = dict.fromkeys(["a", "b", "c"], "g")
    problem = problem_of({"a": [0.1], "b": [0.1], "c": [0.1]}, LARGE, ha=ha)
    assert host_mix_bound(problem).value == 3
    assert host_mix_bound(replace(problem, options={"ha-separation": False})).value == 1


def test_an_item_that_fits_the_large_kind_only_asks_for_one() -> None:
    problem = problem_of({"big": [6], "a": [1], "b": [1]}, {"s1": "small", "s2": "small", "l1": "large"})
    proof = host_mix_bound(problem, {"small": 1, "large": 100})
    assert proof.value == pytest.approx(100, rel=1e-5)
    assert proof.mix == {"large": 1}


def test_too_large_for_all() -> None:
    assert not host_mix_bound(problem_of({"big": [9]}, LARGE)).feasible


def test_most_workloads_and_affinity() -> None:
    use = {f"w{i}": [0.1] for i in range(4)}
    assert host_mix_bound(problem_of(use, LARGE, memory_gib=1, options={"most-workloads": {"most": 1}})).value == 4
    together = {"affinity": {"groups": [["w0", "w1"], ["w1", "w2"]]}}
    # three of 11 GiB that share a host want 33 of 32 GiB
    assert not host_mix_bound(problem_of(use, LARGE, memory_gib=11, options=together)).feasible


def test_pinned_hosts_count() -> None:
    use = {"a": [0.1], "b": [0.1], "c": [0.1]}
    assert host_mix_bound(problem_of(use, LARGE, pinned={"a": "l0", "b": "l3"})).value == 2
    assert not host_mix_bound(problem_of(use, LARGE, pinned={"a": "gone"})).feasible


def test_hosts_offered_and_hosts_that_may_be_bought() -> None:
    problem = problem_of({f"w{i}": [4] for i in range(5)}, {"l0": "large"})
    assert not host_mix_bound(problem).feasible
    assert host_mix_bound(replace(problem, purchasable=("small",))).mix == {"large": 1, "small": 3}
    single = replace(problem.kinds["small"], kind="srv", server="srv")
    one = replace(problem, kinds={**problem.kinds, "srv": single}, purchasable=("srv",))
    assert not host_mix_bound(one).feasible


def test_named_spares_carry_nothing() -> None:
    problem = problem_of({"a": [1], "b": [1]}, {"l0": "large"})
    spare = replace(problem, hosts=tuple(replace(host, spare=True) for host in problem.hosts))
    assert not host_mix_bound(spare).feasible
    assert host_mix_bound(replace(spare, options={"spare-hosts": False})).value == 1


def test_an_unknown_network_size_is_no_limit() -> None:
    problem = problem_of({"a": [1], "b": [1]}, LARGE)
    unknown = replace(problem.kinds["large"], mbps=float("inf"))
    assert host_mix_bound(replace(problem, kinds={"large": unknown})).value == 1


def test_without_the_capacity_rule_one_host_holds_all() -> None:
    problem = problem_of({"a": [9], "b": [9]}, LARGE, options={"capacity": False})
    assert host_mix_bound(problem).value == 1
    assert pack(problem).hosts_used == 1


def test_the_solver_says_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    host_mix_bound(problem_of({"a": [1]}, LARGE))
    assert capfd.readouterr() == ("", "")


def test_faults() -> None:
    problem = problem_of({"a": [1]}, LARGE)
    with pytest.raises(ValueError, match="large"):
        host_mix_bound(problem, {"small": 1.0})
    with pytest.raises(BadInput):
        host_mix_bound(replace(problem, options={"most-workloads": {"most": 0}}))
