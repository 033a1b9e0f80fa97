"""A rule from outside the package: loaded by its dotted name, it counts in the model, in words, and in explanations."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest

from cloudplan.errors import BadInput
from cloudplan.explain import explain
from cloudplan.findings import Place
from cloudplan.i18n import LANGUAGES, cure, words
from cloudplan.packing.problem import PackingProblem
from cloudplan.placement import example
from cloudplan.placement.problem import PlacementProblem
from cloudplan.placement.rules import refusals_of, resolve
from cloudplan.placement.solve import solve
from cloudplan.plan import check, make_plan
from cloudplan.rule import Rule, titled
from cloudplan.rule_reading import resolve_rules, rules_named
from tests.tiny import tiny_inventory, tiny_scenario

SOURCE = '''
from dataclasses import dataclass
from typing import ClassVar

from cloudplan.findings import Finding
from cloudplan.placement.choice import CandidateRule


@dataclass(frozen=True)
class Shunned(CandidateRule):
    """Nobody wants the pool."""

    counts: ClassVar[str] = "seat"
    title: ClassVar = {"zh-CN": "不进某池", "en": "a pool that is shunned"}

    pool: str = "P"

    def refuses(self, problem, candidate):
        if candidate.pool != self.pool:
            return None
        name = candidate.component
        text = {"zh-CN": f"{name} 不进 {self.pool}", "en": f"{name} shuns {self.pool}"}
        return Finding("rule.said", subject=name, rule=self.name(), values={"text": text})


class Thing:
    pass
'''


@pytest.fixture
def bureau(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    (tmp_path / "bureau_rules.py").write_text(SOURCE, encoding="utf-8")
    (tmp_path / "broken_rules.py").write_text("import nothing_of_the_kind\n", encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "bureau_rules", raising=False)
    return "bureau_rules.Shunned"


def test_it_is_loaded_with_its_options_and_refuses(bureau: str) -> None:
    problem = example.problem(pools={"Q": {}})
    rules, faults = resolve({bureau: {"pool": "P"}})
    assert not faults
    assert [rule.name() for rule in rules][-1] == bureau
    refused = refusals_of(problem, rules)
    at_p = [i for i, c in enumerate(problem.candidates) if c.pool == "P"]
    for i in at_p:
        (said,) = [finding for finding in refused.candidate[i] if finding.rule == bureau]
        assert words(said, "en").endswith("shuns P")
    assert {seat.pool for seat in solve(problem, rules).state.seats.values()} == {"Q"}
    assert titled(bureau, "placement")["en"] == "a pool that is shunned"


def test_it_can_be_off_or_soft(bureau: str) -> None:
    assert bureau not in {rule.name() for rule in resolve({bureau: False})[0]}
    problem = example.problem()
    placed = solve(problem, resolve({bureau: {"soft": 5}})[0])
    assert placed.penalties == {bureau: 5.0}


def test_only_its_own_home_takes_it(bureau: str) -> None:
    class Elsewhere:
        pass

    assert rules_named({bureau: True}, Elsewhere) == ((), ())
    assert [cls.__name__ for cls in rules_named({bureau: True}, PlacementProblem)[0]] == ["Shunned"]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("no_such_module.Rule", "rule.not_imported"),
        ("broken_rules.Rule", "rule.not_imported"),
        ("bureau_rules.Thing", "rule.no_rule"),
        ("bureau_rules.Nothing", "rule.no_rule"),
    ],
)
def test_what_cannot_be_loaded_is_said_with_its_place(bureau: str, name: str, message: str) -> None:
    rules, faults = resolve_rules((), {name: True}, {(name,): Place("x.yaml", row=3)}, PlacementProblem)
    assert rules == ()
    (fault,) = faults
    assert (fault.message, fault.place) == (message, Place("x.yaml", row=3))
    for language in LANGUAGES:
        assert name in words(fault, language)
        assert cure(fault, language)
    scenario = example.problem().scenario.model_copy(update={"rules": {name: True}})
    assert [finding.message for finding in check(scenario, None)] == [message]


@pytest.mark.parametrize("mark", ['"X"', "None", '["T"]'])
def test_a_mark_that_is_none_is_said(mark: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = SOURCE.replace('    pool: str = "P"', f'    mark = {mark}\n    pool: str = "P"')
    (tmp_path / "marked_rules.py").write_text(source, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "marked_rules", raising=False)
    name = "marked_rules.Shunned"
    scenario = example.problem().scenario.model_copy(update={"rules": {name: True}})
    assert resolve(scenario.rules)[0] == resolve({})[0]
    (fault,) = check(scenario, None)
    assert (fault.message, fault.rule) == ("rule.no_mark", name)
    assert all(name in words(fault, language) and cure(fault, language) for language in LANGUAGES)


def test_a_rule_that_says_of_no_problem_what_it_is_about_is_none() -> None:
    name = f"{Rule.__module__}.Rule"
    assert [fault.message for fault in rules_named({name: True}, PlacementProblem)[1]] == ["rule.no_rule"]


def test_a_rule_of_packing_has_no_price(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = SOURCE.replace("cloudplan.placement.choice import CandidateRule", "cloudplan.rule import Rule")
    source = source.replace("(CandidateRule)", "(Rule[PackingProblem])")
    source = source.replace(
        "from cloudplan.rule", "from cloudplan.packing.problem import PackingProblem\nfrom cloudplan.rule"
    )
    (tmp_path / "packing_rules.py").write_text(source, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    _, faults = resolve_rules((), {"packing_rules.Shunned": {"soft": 5}}, None, PackingProblem)
    assert [fault.message for fault in faults] == ["rule.never_soft"]


def test_a_saved_plan_whose_own_rule_is_gone_says_so(bureau: str) -> None:
    plan = make_plan(tiny_scenario(rules={bureau: {"pool": "NOWHERE"}}), tiny_inventory())
    assert explain(plan, "B-PAY").text("en")
    gone = plan.scenario.model_copy(update={"rules": {"no_such_module.Rule": True}})
    with pytest.raises(BadInput) as caught:
        explain(replace(plan, scenario=gone), "B-PAY")
    assert [finding.message for finding in caught.value.findings] == ["rule.not_imported"]
