"""Rules are found by listing a folder, and made from what a scenario says of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

import pytest

from cloudplan.findings import Place
from cloudplan.i18n import LANGUAGES, cure, words
from cloudplan.rule import Rule
from cloudplan.rule_reading import resolve_rules, rules_in


@dataclass(frozen=True)
class Demo(Rule[Any]):
    """A rule with an option of each type."""

    by_default: ClassVar[bool] = False

    share: float = field(default=0.5, metadata={"least": 0, "most": 1})
    count: int | None = field(default=None, metadata={"least": 1})
    strict: bool = False
    way: Literal["hard", "soft"] = "hard"
    names: tuple[str, ...] = field(default=(), metadata={"required": True})
    groups: tuple[tuple[str, ...], ...] = ()


NAME = Demo.name()


def resolve(options: object) -> tuple[tuple[Rule[Any], ...], tuple[Any, ...]]:
    return resolve_rules(
        [Demo], {NAME: options}, {(NAME,): Place("x.yaml", row=1), (NAME, "share"): Place("x.yaml", row=2)}
    )


def test_on_off_and_default() -> None:
    assert resolve_rules([Demo], {}) == ((), ())
    assert resolve(False) == ((), ())
    assert resolve({"names": ["a"]}) == ((Demo(names=("a",)),), ())


def test_options_are_converted() -> None:
    given = {"share": 1, "count": 3, "strict": True, "way": "soft", "names": ["a"], "groups": [["a", "b"], ["c"]]}
    (rule,), faults = resolve(given)
    assert not faults
    assert rule == Demo(1.0, 3, True, "soft", ("a",), (("a", "b"), ("c",)))


@pytest.mark.parametrize(
    ("options", "messages"),
    [
        (3, ["rule.not_options"]),
        (None, ["rule.not_options"]),
        (True, ["rule.missing_option"]),
        ({"names": [], "shar": 1}, ["rule.misspelt_option"]),
        ({"names": [], "qqq": 1}, ["rule.unknown_option"]),
        ({"names": "a"}, ["rule.wrong_type.list"]),
        ({"names": [1]}, ["rule.wrong_type.text"]),
        ({"names": [], "share": "1"}, ["rule.wrong_type.number"]),
        ({"names": [], "share": float("nan")}, ["rule.wrong_type.number"]),
        ({"names": [], "share": 1.5}, ["rule.out_of_range"]),
        ({"names": [], "count": 0}, ["rule.too_small"]),
        ({"names": [], "count": True}, ["rule.wrong_type.whole"]),
        ({"names": [], "strict": 1}, ["rule.wrong_type.yes_no"]),
        ({"names": [], "way": "firm"}, ["rule.wrong_type.choice"]),
        ({"share": 2, "count": 1.5}, ["rule.out_of_range", "rule.wrong_type.whole", "rule.missing_option"]),
    ],
)
def test_every_fault_is_said(options: object, messages: list[str]) -> None:
    rules, faults = resolve(options)
    assert rules == ()
    assert [fault.message for fault in faults] == messages
    for fault in faults:
        assert fault.rule == NAME
        assert fault.place is not None
        assert fault.place.row == (2 if fault.values.get("option") == "share" else 1)
        for language in LANGUAGES:
            assert words(fault, language)
            assert cure(fault, language)


def test_the_folder_is_the_registry() -> None:
    found = rules_in("cloudplan.packing.rules")
    assert [cls.name() for cls in found] == sorted(cls.name() for cls in found)
    assert "ha-separation" in {cls.name() for cls in found}
    assert all(cls.__module__.startswith("cloudplan.packing.rules.") for cls in found)
