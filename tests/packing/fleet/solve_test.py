"""What the fleet's search gives: never wrong, best where all can be looked at, and what more freedom does to it."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from cloudplan.packing.fleet import attempt
from cloudplan.packing.fleet.bound import least_cost
from cloudplan.packing.fleet.check import broken
from cloudplan.packing.fleet.question import Apart, Fleet, Racks, Seating, cost_of
from cloudplan.packing.fleet.search import PROVED
from cloudplan.packing.fleet.solve import solve, solve_all
from tests.packing.fleet.cases import best_of_all, large_fleet, random_fleet

seeds = st.integers(0, 2**32 - 1)


def drawn(seed: int, items: int = 9) -> Fleet:
    rng = np.random.default_rng(seed)
    standing = int(rng.integers(3))
    return random_fleet(rng, items, 1 + int(rng.integers(3)), racks=bool(rng.integers(2)), standing=standing)


@pytest.mark.parametrize("seed", range(24))
def test_the_best_of_all_is_found_and_not_bounded_away(seed: int) -> None:
    rng = np.random.default_rng(seed)
    standing = int(rng.integers(2))
    fleet = random_fleet(rng, 3 if standing else 4, standing=standing)
    best, solved = best_of_all(fleet), solve(fleet, rounds=20)
    if math.isinf(best):
        assert math.isinf(solved.cost)
    else:
        assert solved.cost == pytest.approx(best, rel=1e-9)
        assert solved.bound <= best * (1 + 1e-9)
        assert least_cost(fleet).value <= best * (1 + 1e-9)


@pytest.mark.parametrize("seed", range(3))
def test_so_it_is_with_racks(seed: int) -> None:
    fleet = random_fleet(np.random.default_rng(100 + seed), 2 + seed % 2, racks=True)
    best, solved = best_of_all(fleet), solve(fleet, rounds=20)
    assert solved.cost == (best if math.isinf(best) else pytest.approx(best, rel=1e-9))
    assert least_cost(fleet).value <= best * (1 + 1e-9)


@settings(max_examples=40, deadline=None)
@given(seeds)
@example(2285838)  # every host is licensed, of a type of which all stand as spares
def test_every_answer_passes_the_check_and_costs_no_less_than_the_bound(seed: int) -> None:
    fleet = drawn(seed)
    solved = solve(fleet, rounds=8)
    assert broken(fleet, solved.seating) == ()
    if math.isfinite(solved.cost):
        assert not len(solved.seating.unplaced)
        assert solved.cost == pytest.approx(cost_of(fleet, solved.seating))
        assert solved.bound <= solved.cost * (1 + PROVED)


def freer_fleets(fleet: Fleet) -> list[Fleet]:
    """Allow more in one way at a time."""
    empty = replace(fleet, spares=0)
    larger = fleet.size.copy()
    larger[0] *= 1.5
    return [
        replace(fleet, most=fleet.most + np.eye(fleet.types, dtype=np.int64)[0]),
        replace(fleet, apart=fleet.apart[1:]),
        replace(fleet, allowed=np.ones_like(fleet.allowed)),
        replace(fleet, licences=np.zeros_like(fleet.licences)),
        replace(fleet, racks=None, standing_rack=np.full(len(fleet.standing), -1)),
        empty,
        replace(empty, size=larger),
    ]


def test_more_freedom_never_costs_more() -> None:
    compared = np.zeros(7, np.int64)
    for seed in range(16):
        fleet = drawn(seed, 6)
        usual, without_spares = solve(fleet, rounds=12), solve(replace(fleet, spares=0), rounds=12)
        for way, freer in enumerate(freer_fleets(fleet)):
            before, after = without_spares if way == 6 else usual, solve(freer, rounds=12)
            if before.proved and after.proved and math.isfinite(before.cost):
                compared[way] += 1
                assert after.cost <= before.cost * (1 + PROVED), (seed, way)
    assert (compared >= 5).all(), compared


def test_what_must_be_apart_by_room_is_so_in_a_large_pool(regions: list[int]) -> None:
    fleet = large_fleet(3, 4400)
    rooms = Racks(np.arange(60) % 3, 16.0, 100.0, 20.0)
    by_room = replace(fleet, racks=rooms, apart=tuple(Apart(group.members, "room") for group in fleet.apart))
    solved = solve(by_room, rounds=4)
    assert math.isfinite(solved.cost)
    assert broken(by_room, solved.seating) == ()


def test_the_same_seed_gives_the_same_answer_on_one_thread_or_two(regions: list[int]) -> None:
    fleets = [large_fleet(1, 4400), large_fleet(2, 200)]
    answers = [solve_all(fleets, rounds=4, seed=7, threads=threads) for threads in (1, 2, 2)]
    alone = [[solve(fleet, rounds=4, seed=7, threads=threads) for fleet in fleets] for threads in (1, 2)]
    for others in (answers[1:], alone[1:]):
        for solved in others:
            for one, two in zip(answers[0] if solved in answers else alone[0], solved, strict=True):
                assert one.cost == two.cost
                assert (one.seating.host_of == two.seating.host_of).all()
    assert max(regions) >= 5


@pytest.fixture
def regions(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Make regions small, and count them round by round."""
    counted: list[int] = []
    real = attempt._regions

    def spy(*args: Any) -> list[Any]:
        found = real(*args)
        counted.append(len(found))
        return found

    monkeypatch.setattr(attempt, "REGION", 1 << 15)
    monkeypatch.setattr(attempt, "_regions", spy)
    return counted


def test_a_large_pool_comes_within_a_hundredth_of_its_bound_region_by_region(regions: list[int]) -> None:
    fleet = large_fleet(3, 4400)
    solved = solve(fleet, rounds=6, threads=2)
    assert max(regions) >= 5
    assert broken(fleet, solved.seating) == ()
    assert solved.gap < 0.01


def test_moves_that_cost_keep_items_at_home() -> None:
    # two hosts stand half full; one would do, but moving either half costs more than the host
    fleet = Fleet(
        demand=np.array([[3.0], [2.0], [3.0], [2.0]]),
        size=np.array([[10.0]]),
        price=np.array([100.0]),
        most=np.array([5]),
        standing=np.array([0, 0]),
        home=np.array([0, 0, 1, 1]),
        move_price=np.array([60.0, 60.0, 60.0, 60.0]),
    )
    stays = solve(fleet, rounds=10)
    assert stays.cost == pytest.approx(200)
    assert stays.seating.host_of.tolist() == [0, 0, 1, 1]
    cheap = replace(fleet, move_price=np.array([10.0, 10.0, 60.0, 60.0]))
    moves = solve(cheap, rounds=10)
    assert moves.cost == pytest.approx(120)
    assert moves.seating.host_type.tolist() == [-1, 0]


def test_licences_gather_the_items_that_need_them() -> None:
    # four hosts by volume; two items of 4 need a product, and one host holds both
    fleet = Fleet(
        demand=np.array([[4.0]] * 2 + [[5.0]] * 6),
        size=np.array([[10.0]]),
        price=np.array([100.0]),
        most=np.array([9]),
        licences=np.array([1, 1, 0, 0, 0, 0, 0, 0]),
        licence_price=np.array([50.0]),
        sockets=np.array([2.0]),
    )
    solved = solve(fleet, rounds=10)
    assert solved.proved
    assert solved.cost == pytest.approx(4 * 100 + 2 * 50)
    assert solved.seating.host_of[0] == solved.seating.host_of[1]


def test_a_spare_is_as_large_as_any_other() -> None:
    fleet = Fleet(
        demand=np.array([[8.0], [1.0]]),
        size=np.array([[4.0], [10.0]]),
        price=np.array([10.0, 100.0]),
        most=np.array([9, 9]),
        spares=1,
    )
    solved = solve(fleet, rounds=10)
    assert solved.cost == pytest.approx(200)
    assert (solved.seating.host_type == 1).all()


def test_what_cannot_be_is_said() -> None:
    fleet = Fleet(demand=np.array([[11.0]]), size=np.array([[10.0]]), price=np.array([1.0]), most=np.array([3]))
    solved = solve(fleet)
    assert (solved.cost, solved.bound) == (math.inf, math.inf)
    assert solved.seating.unplaced.tolist() == [0]
    apart = Fleet(
        demand=np.array([[1.0]] * 3),
        size=np.array([[10.0]]),
        price=np.array([1.0]),
        most=np.array([2]),
        apart=(Apart((0, 1, 2)),),
    )
    assert math.isinf(solve(apart).bound)


def test_nothing_to_seat_costs_nothing() -> None:
    fleet = Fleet(demand=np.zeros((0, 2)), size=np.ones((1, 2)), price=np.ones(1), most=np.ones(1, np.int64), spares=1)
    solved = solve(fleet)
    assert (solved.cost, solved.bound, solved.proved) == (0.0, 0.0, True)
    assert broken(fleet, solved.seating) == ()


def test_better_answers_are_told_as_they_are_found() -> None:
    told: list[float] = []
    solved = solve(large_fleet(4, 700), rounds=8, progress=lambda found: told.append(found.cost))
    assert told == sorted(told, reverse=True)
    assert told[-1] == solved.cost


def test_time_is_kept() -> None:
    import time

    fleet = large_fleet(5, 1500)
    solve(fleet, rounds=1)
    started = time.perf_counter()
    solved = solve(fleet, seconds=0.0)
    assert time.perf_counter() - started < 20
    assert math.isfinite(solved.cost)


def test_a_seating_that_leaves_items_over_costs_what_it_has() -> None:
    fleet = Fleet(demand=np.ones((2, 1)), size=np.array([[4.0]]), price=np.array([7.0]), most=np.array([3]))
    seating = Seating(np.array([0]), np.array([0]), np.array([0, -1]))
    assert broken(fleet, seating) == ()
    assert cost_of(fleet, seating) == 7.0


def test_kernels_are_compiled_for_one_kind_of_arguments_each() -> None:
    # a second kind would be compiled while somebody waits; installation compiles the first
    from cloudplan.packing.fleet.balance import balance, settle
    from cloudplan.packing.fleet.polish import polish
    from cloudplan.packing.fleet.warm import warm

    warm()
    solve(drawn(1), rounds=5)
    solve(large_fleet(6, 4400), rounds=3)
    assert [len(kernel.signatures) for kernel in (settle, balance, polish)] == [1, 1, 1]


def test_spares_of_one_size_may_be_of_several_types() -> None:
    single = Fleet(np.array([[1.0]]), np.full((3, 1), 10.0), np.full(3, 5.0), np.ones(3, np.int64), spares=2)
    solved = solve(single)
    assert solved.proved
    assert solved.cost == pytest.approx(15)


def test_racks_without_limits_hold_everything() -> None:
    racks = Racks(np.zeros(2, np.int64), math.inf, math.inf, 3.0)
    fleet = Fleet(
        np.array([[6.0], [6.0]]), np.array([[10.0]]), np.array([5.0]), np.array([9]), racks=racks,
        height_u=np.array([2.0]), power_w=np.array([300.0]),
    )  # fmt: skip
    assert solve(fleet).cost == pytest.approx(13)


def test_a_type_without_limit_of_cpu_bounds_all_the_same() -> None:
    n = 300
    fleet = Fleet(
        np.ones((n, 2)), np.array([[math.inf, 20.0], [10.0, 40.0]]), np.array([10.0, 9.0]), np.array([99, 99]),
        load=np.ones(n), load_price=np.array([1.0, 0.5]), slots=1,
    )  # fmt: skip
    solved = solve(fleet, rounds=14)
    assert math.isfinite(solved.cost)
    assert n * 0.5 + 15 * 10 <= solved.bound <= solved.cost * (1 + PROVED)


def test_one_large_host_takes_many_small_items() -> None:
    n = 1150
    allowed = np.zeros((n, 2), np.bool_)
    allowed[:1000, 0], allowed[1000:, 1] = True, True
    fleet = Fleet(
        np.ones((n, 1)), np.array([[1000.0], [1.0]]), np.array([100.0, 1.0]), np.array([1, 150]), allowed=allowed
    )
    assert solve(fleet, rounds=4).cost == pytest.approx(250)


def test_where_no_mix_can_be_met_every_host_is_had() -> None:
    # each item takes more than half a host in some resources, so that hardly two go together
    rng = np.random.default_rng(4)
    demand = np.where(rng.random((200, 40)) < 0.4, rng.uniform(5.1, 8.0, (200, 40)), 0.0)
    fleet = Fleet(demand, np.full((1, 40), 10.0), np.array([5.0]), np.array([200]))
    solved = solve(fleet, rounds=14)
    assert solved.cost <= 1000
    assert broken(fleet, solved.seating) == ()


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"price": np.array([-1.0])}, "below nothing"),
        ({"demand": np.array([[math.nan], [1.0]])}, "not a number"),
        ({"apart": (Apart((0, 7)),)}, "isn't there"),
        ({"apart": (Apart((0, 0)),)}, "twice"),
    ],
)
def test_a_fleet_that_makes_no_sense_is_refused(wrong: dict[str, object], said: str) -> None:
    fleet = Fleet(np.array([[1.0], [1.0]]), np.array([[2.0]]), np.array([1.0]), np.array([2]))
    with pytest.raises(ValueError, match=said):
        replace(fleet, **wrong)  # type: ignore[arg-type]
