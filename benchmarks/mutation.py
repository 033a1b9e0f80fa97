"""Break every rule on purpose, one small slip at a time, and see whether its own tests find it.

``python -m benchmarks.mutation [--per-rule N] [--rule NAME]``

A mutant is the source of one rule's file with one place changed: a comparison, an arithmetic or a boolean operator, a
``not``, a constant, a condition, or a statement left out. Its class's methods take the place of the real ones while the
tests of its home run: maths against words over random states, the hand examples, for rules about a single choice the
second reading of the tables, for rules that can be soft the price on both sides. What none of these finds has survived.
Survivors are listed, each with its line: some mean the same as the original and can't be found by anyone.
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import inspect
import multiprocessing
import os
import random
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass
from functools import partial
from types import ModuleType
from typing import Any

from cloudplan.migration import rules as migration
from cloudplan.packing import rules as packing
from cloudplan.placement import rules as placement
from tests.migration import edges_test as migration_edges
from tests.migration import single_move_test
from tests.migration import soft_test as soft_waves_test
from tests.migration import twice_said_test as migration_test
from tests.packing import edges_test as packing_edges
from tests.packing import twice_said_test as packing_test
from tests.placement import edges_test as placement_edges
from tests.placement import facility_test, limits_test, remarks_test, shared_reading_test, single_choice_test, soft_test
from tests.placement import twice_said_test as placement_test

TESTS = {placement: placement_test, packing: packing_test, migration: migration_test}
EDGES = [placement_edges.EDGES, limits_test.EDGES, packing_edges.EDGES, migration_edges.EDGES]
"""Hand examples of where a rule turns, by the rule."""
COMPARED = {ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
            ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is}  # fmt: skip
REVERSED = {ast.Lt: ast.Gt, ast.LtE: ast.GtE, ast.Gt: ast.Lt, ast.GtE: ast.LtE}
RECKONED = {ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult}
SPARED = frozenset({
    "kept", "broken", "_problem", "misses", "faults", "gives", "eases", "relief", "reliefs", "weighs", "leasts",
    "granted", "_longer", "_longest", "_ahead", "_widened", "add_slots", "broken_slots", "violated_slots",
})  # fmt: skip
"""Functions that are no part of what the rule says: its examples, what it names, what would mend it, how its rows are
written by and by."""
SHARED: dict[str, list[Callable[[], None]]] = {
    "Conduits": [shared_reading_test.test_flows_without_a_conduit],
    "Facility": [
        *(partial(facility_test.test_rack_units, *case) for case in facility_test.RACKS),
        facility_test.test_blank_devices_take_the_defaults,
        facility_test.test_a_shared_machine_is_carried_whole,
        facility_test.test_devices_move_to_one_site_only,
    ],
    "GapFlows": [shared_reading_test.test_synchronous_flows_across_a_gap],
    "MinimumGain": [shared_reading_test.test_servers_that_serve_otherwise_than_the_plan_before_had_them],
    "Recovery": [
        *(
            partial(remarks_test.test_recovery_that_nobody_asks_or_nobody_offers, levels)
            for levels in remarks_test.LEVELS
        ),
        remarks_test.test_nothing_is_remarked_of_an_estate_that_stays,
    ],
    "Uplinks": [
        shared_reading_test.test_what_departments_ask_of_their_lines,
        remarks_test.test_lines_that_are_on_no_record_and_traffic_that_is_assumed,
    ],
    "PoolUse": [shared_reading_test.test_use_of_a_pool_at_the_hour_that_counts],
}
"""Second readings of what maths and words of a rule share, and of what it says it can't judge."""
SECONDS = 240.0
"""Longest a mutant may run; one that never ends has been found out."""


@dataclass(frozen=True)
class Mutant:
    """One slip: the rule, where, what was written and what is now."""

    rule: type
    line: int
    before: str
    after: str
    source: str


def mutants_of(rule: type) -> Iterator[Mutant]:
    """Every single slip in a rule's file."""
    module = sys.modules[rule.__module__]
    tree = ast.parse(inspect.getsource(module))
    for number, place in enumerate(_places(tree)):
        for turn in range(_turns(place)):
            copy = deepcopy(tree)
            node = list(_places(copy))[number]
            before = ast.unparse(node)
            _slip(node, turn)
            yield Mutant(rule, place.lineno, before, ast.unparse(node), ast.unparse(ast.fix_missing_locations(copy)))


def _places(tree: ast.Module) -> list[Any]:
    """Nodes at which a slip is made, in order; annotations, docstrings, messages and examples are left alone."""
    found: list[Any] = []

    def walk(node: ast.AST) -> None:
        if isinstance(node, ast.FunctionDef) and (node.name in SPARED or _gives_words(node)):
            return
        if (
            isinstance(node, ast.Compare | ast.BoolOp | ast.IfExp | ast.If | ast.Continue)
            or (isinstance(node, ast.BinOp) and type(node.op) in RECKONED)
            or (isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not))
            or (isinstance(node, ast.Constant) and type(node.value) in (int, float))
        ):
            found.append(node)
        for name, value in ast.iter_fields(node):
            if name in ("annotation", "returns", "decorator_list"):
                continue
            for child in value if isinstance(value, list) else [value]:
                # what a finding says is words, not what the rule holds
                if isinstance(child, ast.AST) and not _is_words(child):
                    walk(child)

    for statement in tree.body:
        if isinstance(statement, ast.ClassDef | ast.FunctionDef):
            walk(statement)
    return found


def _gives_words(node: ast.FunctionDef) -> bool:
    return node.returns is not None and ast.unparse(node.returns).split("[")[0] in ("Relief", "Finding", "Misses")


def _is_words(node: ast.AST) -> bool:
    if isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign):
        target = node.targets[0] if isinstance(node, ast.Assign) else node.target
        target = target.value if isinstance(target, ast.Subscript) else target
        return (isinstance(target, ast.Name) and target.id in ("values", "missed", "why", "wanted")) or (
            isinstance(node, ast.AnnAssign) and "ClassVar" in ast.unparse(node.annotation)
        )
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("Finding", "field")


def _turns(node: Any) -> int:
    return 2 if isinstance(node, ast.Compare) and type(node.ops[0]) in REVERSED else 1


def _slip(node: Any, turn: int) -> None:
    if isinstance(node, ast.Compare):
        node.ops[0] = (REVERSED if turn else COMPARED)[type(node.ops[0])]()
    elif isinstance(node, ast.BoolOp):
        node.op = ast.Or() if isinstance(node.op, ast.And) else ast.And()
    elif isinstance(node, ast.BinOp):
        node.op = RECKONED[type(node.op)]()
    elif isinstance(node, ast.UnaryOp):
        node.op, node.operand = ast.Not(), ast.UnaryOp(ast.Not(), node.operand)
    elif isinstance(node, ast.Constant):
        node.value = node.value + 1
    elif isinstance(node, ast.IfExp):
        node.body, node.orelse = node.orelse, node.body
    elif isinstance(node, ast.If):
        node.test = ast.Constant(False)
    else:
        node.__class__ = ast.Pass


def run_tests(rule: type) -> None:
    """Run what holds a rule: raises where it is found out."""
    home = next(home for home in TESTS if rule in home.all_rules())
    tests: Any = TESTS[home]
    tests.test_hand_examples(rule)
    for edges in EDGES:
        for edge in edges.get(rule, ()):
            edge()
    if rule in single_choice_test.READINGS:
        single_choice_test.test_a_rule_refuses_what_a_plain_reading_of_the_tables_refuses(rule)
    if rule.__name__ == "ReuseAge":
        single_choice_test.test_a_server_serves_again_where_its_age_allows()
    if rule.__name__ == "Reuse":
        single_choice_test.test_a_server_serves_again_only_where_the_scenario_says_so()
    if rule.__name__ in ("LevelFour", "LevelSeparation"):
        for policy in single_choice_test.POLICIES:
            single_choice_test.test_level_4_is_the_standards_affair_and_level_3_the_policys(*policy)
    if rule in single_move_test.READINGS:
        single_move_test.test_a_rule_refuses_what_a_plain_reading_refuses(rule)
    for test in SHARED.get(rule.__name__, ()):
        test()
    if rule.__name__ == "Capacity" and home is placement:
        for resource, workload, use in placement_test.LIMITS:
            for ratio, share in ((1.0, 1.01), (2.0, 0.99), (2.0, 1.01)):
                placement_test.test_both_see_the_same_limit_of_a_host(resource, workload, use, ratio, share)
    if rule.__name__ == "Conduits":
        for case in shared_reading_test.OWN_ZONE:
            shared_reading_test.test_a_departments_own_zone_is_closed_to_others_and_open_to_itself(*case)
    tests.test_maths_and_words_agree(rule)
    if home is placement and rule.counts:  # type: ignore[attr-defined]
        soft_test.model_of.cache_clear()
        soft_test.test_the_price_is_the_same_on_both_sides(rule)
    if home is migration and rule.counts:  # type: ignore[attr-defined]
        soft_waves_test.test_the_price_is_the_same_on_both_sides(rule)
        soft_waves_test.test_a_wave_beside_whole_clusters_is_over_by_what_the_largest_leaves()


def survives(mutant: Mutant) -> bool:
    """Put a mutant in the rule's place, in this process, and run its tests."""
    twin = ModuleType(mutant.rule.__module__)
    with contextlib.suppress(Exception):
        exec(compile(mutant.source, f"<mutant of {mutant.rule.__module__}>", "exec"), vars(twin))
    wrong = getattr(twin, mutant.rule.__name__, None)
    if wrong is None:
        return False
    for name, method in vars(wrong).items():
        if inspect.isfunction(method) and not name.startswith("__"):
            setattr(mutant.rule, name, method)
    try:
        run_tests(mutant.rule)
    except BaseException:
        return False
    return True


def judged(mutant: Mutant) -> bool:
    """Judge a mutant in a process of its own: the next one starts from the real rule."""
    forked: Any = multiprocessing.get_context("fork")
    answer = forked.Value("b", 0)

    def work() -> None:
        with open(os.devnull, "w") as nowhere, contextlib.redirect_stdout(nowhere), contextlib.redirect_stderr(nowhere):
            answer.value = 1 if survives(mutant) else 0

    process = forked.Process(target=work)
    process.start()
    process.join(SECONDS)
    if process.is_alive():
        process.kill()
        process.join()
        return False
    return bool(answer.value)


def main() -> None:
    """Print the share of mutants that were found out, rule by rule, and who survived."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--per-rule", type=int, default=12, help="mutants of each rule, drawn by a fixed seed; 0: all")
    parser.add_argument("--rule", help="only this rule, as placement.rules.zone, or this home's, as placement")
    options = parser.parse_args()
    began = time.perf_counter()
    total = Counter[str]()
    for home in TESTS:
        here = Counter[str]()
        for rule in home.all_rules():
            where = rule.__module__.removeprefix("cloudplan.")
            if options.rule and not f"{where}.".startswith(f"{options.rule}."):
                continue
            run_tests(rule)  # as it is it passes, and what the tests remember is there for every mutant
            every = list(mutants_of(rule))
            some = every
            if options.per_rule and len(every) > options.per_rule:
                some = sorted(random.Random(where).sample(every, options.per_rule), key=lambda m: m.line)
            survivors = [mutant for mutant in some if judged(mutant)]
            here.update(found=len(some) - len(survivors), drawn=len(some), possible=len(every))
            print(
                f"{where:45} {len(some) - len(survivors):3} of {len(some):3} found ({len(every)} possible)", flush=True
            )
            for mutant in survivors:
                print(f"    line {mutant.line}: {mutant.before!r} -> {mutant.after!r}", flush=True)
        total += here
        if here:
            print(_summed(home.__name__.split(".")[1], here), flush=True)
    print(f"{_summed('all', total)}; {time.perf_counter() - began:.0f} s")


def _summed(name: str, counts: Counter[str]) -> str:
    found, drawn, possible = counts["found"], counts["drawn"], counts["possible"]
    return f"{name}: {found} of {drawn} found, {found / max(drawn, 1):.1%}; {possible} possible"


if __name__ == "__main__":
    main()
