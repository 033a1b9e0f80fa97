"""Servers, pools and hosts explained: every price against all choices of hosts, every refusal against its rule."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import cache
from itertools import product
from typing import Any

import pytest

from cloudplan.clusters import packing_problem
from cloudplan.explain import Explanation, explain
from cloudplan.explain.settled import priced
from cloudplan.explain.thing import refit as refits
from cloudplan.explain.thing.closing import closed
from cloudplan.explain.thing.refit import Likely, Limit, Wish, as_planned, other_hosts, without_spares
from cloudplan.explain.view import View
from cloudplan.explain.words import Line
from cloudplan.findings import errors_in
from cloudplan.i18n import LANGUAGES
from cloudplan.packing.pack import pack
from cloudplan.placement.solve import violations
from cloudplan.placement.terms import cost
from cloudplan.plan import make_plan
from cloudplan.state import Host, State
from tests.tiny import Rows, tiny_inventory, tiny_scenario, tiny_tables

MOST_BOUGHT = 3


def tables_of() -> dict[str, Rows]:
    """The tiny estate with two types of host, and three idle servers: two alike, one that is dear to run."""
    tables = tiny_tables()
    small = {"host_type": "H16", "cores": 8, "threads": 16, "memory_gib": 96, "price_yuan": 25000, "power_max_w": 300}
    tables["host_types"].append({**tables["host_types"][0], **small})
    old = tables["servers"][0]
    for name, start, bought, threads in (("S5", 10, "2025-06-01", 32), ("S6", 12, "2024-06-01", 32),
                                         ("S7", 14, "2025-01-01", 64)):  # fmt: skip
        more = {"server": name, "start_u": start, "bought_on": bought, "threads": threads, "cores": threads // 2}
        tables["servers"].append({**old, **more, "state": "spare"})
    tables["servers"][-1] |= {"power_idle_w": 2000, "power_max_w": 2500}
    return tables


@cache
def seen() -> View:
    return View(make_plan(tiny_scenario(), tiny_inventory(tables_of())))


def hosts_of(view: View, pool: str) -> Iterator[tuple[Host, ...]]:
    """Every choice of hosts for a pool, up to three bought of each type, with each as the empty one."""
    problem = view.problem
    elsewhere = {h.kind for h in view.state.hosts.values() if h.pool != pool}
    servers = [
        server
        for server, there in problem.reuse
        if there == pool
        and server not in elsewhere
        and (server, pool) not in view.refusals.server
        and (server, pool) not in view.late
    ]
    types = [kind for kind, there in problem.buyable if there == pool]
    for reused in product((False, True), repeat=len(servers)):
        for bought in product(range(MOST_BOUGHT + 1), repeat=len(types)):
            kinds = [s for s, used in zip(servers, reused, strict=True) if used]
            kinds += [k for k, n in zip(types, bought, strict=True) for _ in range(n)]
            for spare in {kind: n for n, kind in enumerate(kinds)}.values():
                yield tuple(
                    Host(f"{pool}-{n}", pool, kind, "reused" if kind in servers else "purchased", n == spare)
                    for n, kind in enumerate(kinds)
                )


@cache
def every(pool: str) -> tuple[tuple[float, State], ...]:
    """Every choice of hosts for a pool that keeps the rules and can be packed, with its cost; all else as it is."""
    view = seen()
    others = {name: host for name, host in view.state.hosts.items() if host.pool != pool}
    out = []
    for hosts in hosts_of(view, pool):
        state = State(dispositions=view.state.dispositions, seats=view.state.seats,
                      hosts={**others, **{h.host: h for h in hosts}})  # fmt: skip
        if errors_in(violations(view.problem, view.rules, state)):
            continue
        if not pack(packing_problem(view.problem, state, pool), fewest=False).unplaced:
            out.append((cost(view.problem, state, view.rules), state))
    return tuple(out)


def wishes(pool: str) -> Iterator[Wish]:
    view = seen()
    own = [h for h in view.state.hosts.values() if h.pool == pool]
    yield Wish((), frozenset({pool}))
    for limit in (Limit(pool, most=len(own) - 1), Limit(pool, least=len(own) + 1), Limit(pool, most=0)):
        yield Wish((limit,), likely=tuple(as_planned(view).without(h.host) for h in own))
    for kind in ("H64", "H16"):
        count = sum(h.kind == kind for h in own)
        yield Wish((Limit(pool, least=count + 1, kinds=frozenset({kind})),))
        yield Wish((Limit(pool, most=0, kinds=frozenset({kind})),))
    for server in ("S1", "S4", "S5", "S6", "S7"):
        yield Wish((Limit(pool, most=0, kinds=frozenset({server})),))
        if (server, pool) in view.problem.reuse:
            here = as_planned(view).having(Host(server, pool, server, "reused"))
            yield Wish((Limit(pool, least=1, kinds=frozenset({server})),), likely=(here,))


@pytest.mark.parametrize("pool", ["P-IZ", "P-PUB"])
def test_other_hosts_are_the_cheapest_of_all_that_grant_the_wish(pool: str) -> None:
    view, refused = seen(), 0
    for wish in wishes(pool):
        alone = other_hosts(view, wish)
        best = min((yuan for yuan, state in every(pool) if wish.granted(state)), default=None)
        if alone.answer is None:
            assert best is None, wish
            refused += 1
            continue
        assert best is not None
        state = alone.answer.state
        assert wish.granted(state)
        assert state.seats == view.state.seats
        assert {h for h in state.hosts.values() if h.pool != pool} == {
            h for h in view.state.hosts.values() if h.pool != pool
        }
        assert not errors_in(violations(view.problem, view.rules, state))
        assert alone.answer.cost == pytest.approx(cost(view.problem, state, view.rules))
        assert alone.answer.cost == pytest.approx(best, abs=1.0), wish
    assert refused


@pytest.mark.parametrize("pool", ["P-IZ", "P-PUB"])
def test_what_refuses_a_wish_is_said_by_rules_of_the_plan_s_own_hosts_with_just_that_changed(pool: str) -> None:
    view, met = seen(), 0
    rules = {rule.name(): rule for rule in view.rules}
    for wish in wishes(pool):
        for said in other_hosts(view, wish).broken:
            assert any(str(said) in [str(x) for x in rules[said.rule].violations(view.problem, one.state)]
                       for one in wish.likely)  # fmt: skip
            met += 1
    assert met


def test_hosts_that_can_not_be_packed_are_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """Loaded hosts of the same sizes, or fewer, are not offered again; the answer is the next best."""
    view, pool = seen(), "P-PUB"
    kinds = view.problem.capacity.kinds

    def loaded(state: State) -> Counter[float]:
        return Counter(kinds[h.kind].threads for h in state.hosts.values() if h.pool == pool and not h.spare)

    ranked = sorted(every(pool), key=lambda one: one[0])
    barred = loaded(ranked[0][1])
    offered: list[Counter[float]] = []

    def unpacked(view: View, move: Any, state: State) -> dict[str, Any]:
        offered.append(loaded(state))
        return {pool: (0.1, ())} if loaded(state) <= barred else {}

    monkeypatch.setattr(refits, "unpacked", unpacked)
    answer = other_hosts(view, Wish((), frozenset({pool}))).answer
    assert offered.count(barred) == 1
    assert answer is not None
    assert answer.cost == pytest.approx(next(yuan for yuan, s in ranked if not loaded(s) <= barred), abs=1.0)


def lines(explanation: Explanation, message: str) -> list[Line]:
    return [x for s in explanation.sections for x in s.lines if x.message.startswith(f"explain.{message}")]


def prices(explanation: Explanation) -> list[Line]:
    notes = ("once", "decided", "decided_anew", "saves", "as_good")
    return [x for x in lines(explanation, "other.") if x.message.rpartition(".")[2] not in notes]


def yuan(line: Line) -> float:
    sign = {"dearer": 1.0, "cheaper": -1.0, "equal": 0.0}[line.message.split(".")[2]]
    return sign * float(line.values.get("yuan", 0.0))


def best_with(pool: str, server: str, there: bool) -> float:
    found = [price for price, state in every(pool)
             if any(h.kind == server for h in state.hosts.values() if h.pool == pool) == there]  # fmt: skip
    return min(found) - seen().cost


def test_a_server_that_serves_says_what_it_would_cost_without_it() -> None:
    view = seen()
    serving = [(name, host.pool) for name, host in view.state.hosts.items() if host.source == "reused"]
    assert serving
    for server, pool in serving:
        unused = next(x for x in prices(explain(view.plan, server)) if "not used" in x.values["what"]["en"])
        assert yuan(unused) == pytest.approx(best_with(pool, server, there=False), abs=1.0)


def test_a_server_left_over_says_what_it_would_cost_in_each_pool() -> None:
    view, met = seen(), 0
    left = [s for s, _ in view.problem.reuse if s not in view.state.hosts and s in ("S5", "S6", "S7")]
    assert left
    for server in dict.fromkeys(left):
        explanation = explain(view.plan, server)
        for told in prices(explanation):
            if "pool_id" in told.values and told.message != "explain.other.refused":
                assert yuan(told) == pytest.approx(best_with(told.values["pool_id"], server, there=True), abs=1.0)
                met += 1
        assert lines(explanation, "server.free_of_charge"), "scrapping it costs the same"
        assert server not in str([x.values.get("changes") for x in prices(explanation)])
    assert met


def test_the_other_hosts_of_a_price_are_named() -> None:
    view = seen()
    serving = next(name for name, host in view.state.hosts.items() if host.source == "reused")
    unused = next(x for x in prices(explain(view.plan, serving)) if "not used" in x.values["what"]["en"])
    assert "+" in unused.values["changes"]["en"] or "bought" in unused.values["changes"]["en"]


def test_the_prices_behind_a_difference_stand_with_their_marks() -> None:
    view = seen()
    for subject in (*view.state.hosts, "P-PUB"):
        for told in lines(explain(view.plan, subject), "other.decided"):
            assert "invented" in told.values["prices"]["en"]
    scenario = tiny_scenario(prices={"reuse_warranty_yuan_per_year": 1499})
    plan = make_plan(scenario, tiny_inventory(tables_of()))
    said = str([x.values["prices"] for x in lines(explain(plan, "P-PUB"), "other.") if "prices" in x.values])
    assert "1,499" in said
    assert "set by the scenario" in said


def test_a_pool_says_why_it_has_that_many_hosts() -> None:
    view, pool = seen(), "P-PUB"
    explanation = explain(view.plan, pool)
    hosts = [h for h in view.state.hosts.values() if h.pool == pool]
    fewer = next(x for x in prices(explanation) if "one fewer" in x.values["what"]["en"])
    assert fewer.message == "explain.other.refused" or yuan(fewer) >= -1.0
    more = next(x for x in prices(explanation) if "one more" in x.values["what"]["en"])
    found = [price for price, s in every(pool) if sum(h.pool == pool for h in s.hosts.values()) > len(hosts)]
    assert yuan(more) == pytest.approx(min(found) - view.cost, abs=1.0)
    (spare,) = lines(explanation, "pool.spare")
    bare = without_spares(view, pool)
    assert bare is not None
    assert spare.values["yuan"] == pytest.approx(view.cost - bare.cost, abs=1.0)
    assert spare.rule == "spare-hosts"
    assert not any(h.spare for h in bare.state.hosts.values() if h.pool == pool)


def test_a_pool_that_its_components_can_not_leave_names_them_and_what_refuses_the_others() -> None:
    view, pool = seen(), "P-IZ"
    (bound,) = lines(explain(view.plan, pool), "pool.bound_to")
    free = {c.component for i, c in enumerate(view.problem.candidates)
            if not view.refusals.candidate[i] and c.pool != pool}  # fmt: skip
    assert bound.values["bound"] == ("A-SITE/web/x86",)
    assert not free & set(bound.values["bound"])
    told = {f.rule for i, c in enumerate(view.problem.candidates) for f in view.refusals.candidate[i]
            if c.component in bound.values["bound"] and c.pool != pool}  # fmt: skip
    assert set(bound.rule.split(",")) == told


def test_a_pool_that_all_could_leave_says_what_closing_it_costs() -> None:
    tables = tiny_tables()
    tables["pools"].append({**tables["pools"][1], "pool": "P-TWO"})
    plan = make_plan(tiny_scenario(), tiny_inventory(tables))
    view = View(plan)
    used = next(p for p in ("P-PUB", "P-TWO") if any(s.pool == p for s in view.state.seats.values()))
    (closing,) = [x for x in prices(explain(plan, used)) if "without the pool" in x.values["what"]["en"]]
    members = [name for name, seat in view.state.seats.items() if seat.pool == used]
    answer = closed(view, members, {used}).answer
    assert answer is not None
    assert not any(at.pool == used for at in (*answer.state.seats.values(), *answer.state.hosts.values()))
    assert not errors_in(violations(view.problem, view.rules, answer.state))
    assert yuan(closing) == pytest.approx(cost(view.problem, answer.state, view.rules) - view.cost, abs=0.5)


def test_a_bought_host_says_what_breaks_without_it_and_what_other_types_cost() -> None:
    view = seen()
    name, host = next((n, h) for n, h in view.state.hosts.items() if h.source == "purchased")
    explanation = explain(view.plan, name)
    hosts = {n: h for n, h in view.state.hosts.items() if n != name}
    state = State(dispositions=view.state.dispositions, seats=view.state.seats, hosts=hosts)
    broken = {x.rule for x in errors_in(violations(view.problem, view.rules, state))}
    assert {x.rule for x in lines(explanation, "host.without")} == broken
    assert broken
    other = next(x for x in prices(explanation) if "kind" in x.values)
    kind = other.values["kind"]
    count = sum(h.kind == host.kind and h.pool == host.pool for h in view.state.hosts.values())
    had = sum(h.kind == kind and h.pool == host.pool for h in view.state.hosts.values())
    swapped = [
        price
        for price, s in every(host.pool)
        if sum(h.kind == kind and h.pool == host.pool for h in s.hosts.values()) > had
        and sum(h.kind == host.kind and h.pool == host.pool for h in s.hosts.values()) < count
    ]
    if swapped:
        assert yuan(other) == pytest.approx(min(swapped) - view.cost, abs=1.0)
    else:
        assert other.message in ("explain.other.refused", "explain.other.none")


def test_a_likely_answer_keeps_what_another_host_carried() -> None:
    view = seen()
    name = next(iter(view.state.hosts))
    host = view.state.hosts[name]
    twin = Likely(view.state).having(Host("X", host.pool, host.kind, "purchased"), name)
    assert name not in twin.state.hosts
    assert twin.instead == {name: "X"}
    assert twin.state.hosts["X"].spare == host.spare
    assert priced(view.problem, twin.without("X").state, view.rules).cost < view.cost


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_is_left_blank(language: str) -> None:
    view = seen()
    for subject in (*view.state.hosts, "S2", "S7", "P-PUB", "P-COLO", "R1", "R2"):
        text = explain(view.plan, subject).text(language)
        assert "{" not in text
        assert "None" not in text
        assert "  " not in text.replace("\n  - ", "\n- ")
