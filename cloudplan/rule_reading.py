"""From a scenario's raw ``rules:`` to rules: which there are, which hold, with which options; every fault is named."""

from __future__ import annotations

import datetime as dt
import difflib
import importlib
import math
import pkgutil
import types
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import Field, fields
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from cloudplan.findings import Finding, Place
from cloudplan.rule import MARKS, Rule


def rules_in(package: str) -> tuple[type[Rule[Any]], ...]:
    """List the rules of a home, by listing its folder: one file, one rule.

    Parameters
    ----------
    package
        Dotted name of the home (``cloudplan.packing.rules``); modules with a leading underscore are not rules.

    Returns
    -------
    tuple of type
        In order of the files' names.

    Raises
    ------
    TypeError
        If a file holds no rule, or several.
    """
    found: list[type[Rule[Any]]] = []
    for module_info in sorted(pkgutil.iter_modules(importlib.import_module(package).__path__), key=lambda m: m.name):
        if module_info.name.startswith("_"):
            continue
        module = importlib.import_module(f"{package}.{module_info.name}")
        here = [
            value
            for value in vars(module).values()
            if isinstance(value, type) and issubclass(value, Rule) and value.__module__ == module.__name__
        ]
        if len(here) != 1:
            raise TypeError(f"{module.__name__} holds {len(here)} rules; a file of rules holds one")
        found += here
    return tuple(found)


def resolve_rules(
    classes: Iterable[type[Rule[Any]]],
    raw: Mapping[str, object],
    positions: Mapping[tuple[str, ...], Place] | None = None,
    problem: type | None = None,
    priced: bool = False,
) -> tuple[tuple[Rule[Any], ...], tuple[Finding, ...]]:
    """Make a home's rules from the scenario's raw ``rules:`` mapping, and say everything that is wrong with it.

    Parameters
    ----------
    classes
        Rules of one home. Names in ``raw`` that belong to none of them are passed over: another home may own them.
    raw
        Rule name → ``true``, ``false`` or a mapping of options.
    positions
        Where each name and option stands, by path: ``("ha-separation",)``, ``("ha-separation", "rack")``.
    problem
        Type of the home's problem, to load rules of one's own too (:func:`rules_named`).
    priced
        Whether the home can price what is missed; elsewhere no rule can be soft.

    Returns
    -------
    rules
        Those switched on, in the order of ``classes``, one's own last; a rule with a fault is left out.
    findings
        Every fault: unknown or missing options, wrong types, numbers out of range.
    """
    places = positions or {}
    rules: list[Rule[Any]] = []
    own, faulty = rules_named(raw, problem, positions) if problem is not None else ((), ())
    findings: list[Finding] = [*faulty]
    for cls in (*classes, *own):
        name = cls.name()
        given = raw.get(name, cls.by_default)
        if given is False:
            continue
        if given is not True and not isinstance(given, Mapping):
            findings.append(
                Finding(
                    "rule.not_options",
                    rule=name,
                    values={"rule": name, "given": repr(given)},
                    place=places.get((name,)),
                )
            )
            continue
        options, faults = _options_of(cls, {} if given is True else given, places)
        if options.get("soft") is not None and not (priced and cls.counts):
            place = places.get((name, "soft"), places.get((name,)))
            faults.append(Finding("rule.never_soft", rule=name, values={"rule": name}, place=place))
        findings += faults
        if not faults:
            rules.append(cls(**options))
    return tuple(rules), tuple(findings)


def _options_of(
    cls: type[Rule[Any]], given: Mapping[Any, object], places: Mapping[tuple[str, ...], Place]
) -> tuple[dict[str, Any], list[Finding]]:
    """Convert a rule's raw options to its fields, and collect what is wrong with them."""
    name = cls.name()
    hints = get_type_hints(cls)
    known = {f.name: f for f in fields(cls)}
    options: dict[str, Any] = {}
    faults: list[Finding] = []

    def fault(message: str, option: str, **values: Any) -> None:
        place = places.get((name, option), places.get((name,)))
        faults.append(Finding(message, rule=name, values={"rule": name, "option": option, **values}, place=place))

    for option, value in given.items():
        if option not in known:
            guess = difflib.get_close_matches(str(option), known, n=1)
            if guess:
                fault("rule.misspelt_option", str(option), guess=guess[0])
            else:
                fault("rule.unknown_option", str(option), known=tuple(known) or None)
            continue
        try:
            options[option] = _converted(value, hints[option])
        except ValueError as wrong:
            fault(f"rule.wrong_type.{wrong}", option, given=repr(value), allowed=_choices(hints[option]))
            continue
        faults += _out_of_range(name, known[option], options[option], places)
    for option, known_field in known.items():
        if known_field.metadata.get("required") and option not in given:
            fault("rule.missing_option", option)
    return options, faults


def _out_of_range(
    name: str, field: Field[Any], value: object, places: Mapping[tuple[str, ...], Place]
) -> Iterator[Finding]:
    least, most = field.metadata.get("least", -math.inf), field.metadata.get("most", math.inf)
    if isinstance(value, (int, float)) and not least <= value <= most:
        message = "rule.out_of_range" if math.isfinite(most) else "rule.too_small"
        values = {"rule": name, "option": field.name, "given": value, "least": least, "most": most}
        yield Finding(message, rule=name, values=values, place=places.get((name, field.name), places.get((name,))))


def _choices(hint: Any) -> tuple[str, ...]:
    """Values that a ``Literal`` (or a union with one) allows."""
    if get_origin(hint) is Literal:
        return tuple(str(choice) for choice in get_args(hint))
    return tuple(choice for part in get_args(hint) for choice in _choices(part))


def _converted(value: object, hint: Any) -> Any:
    """Turn a raw YAML value into what a field's type asks.

    Raises
    ------
    ValueError
        Its text is the last part of the message id ``rule.wrong_type.<…>``.
    """
    origin, parts = get_origin(hint), get_args(hint)
    if hint is Any:
        return value
    if origin in (Union, types.UnionType):
        if value is None and type(None) in parts:
            return None
        kinds = [part for part in parts if part is not type(None)]
        for part in kinds[:-1]:
            try:
                return _converted(value, part)
            except ValueError:
                continue
        return _converted(value, kinds[-1])
    if origin is Literal:
        if value in parts and type(value) in {type(part) for part in parts}:
            return value
        raise ValueError("choice")
    if origin is tuple:
        if not isinstance(value, (list, tuple)):
            raise ValueError("list")
        if parts[-1] is not Ellipsis and len(value) != len(parts):
            raise ValueError("pair")
        try:
            return tuple(_converted(item, parts[0]) for item in value)
        except ValueError:
            if parts[-1] is Ellipsis:
                raise
            raise ValueError("pair") from None
    if isinstance(origin, type) and issubclass(origin, Mapping):
        if not isinstance(value, Mapping):
            raise ValueError("mapping")
        return {_converted(key, parts[0]): _converted(item, parts[1]) for key, item in value.items()}
    return _plain(value, hint)


def _plain(value: object, hint: Any) -> Any:
    if hint is bool:
        if isinstance(value, bool):
            return value
        raise ValueError("yes_no")
    if hint is int:
        if isinstance(value, int) and not isinstance(value, bool):
            return value
        raise ValueError("whole")
    if hint is float:
        if isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value):
            return float(value)
        raise ValueError("number")
    if hint is dt.date:
        if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
            return value
        raise ValueError("date")
    if isinstance(value, str):
        return value
    raise ValueError("text")


def rules_named(
    raw: Mapping[str, object], problem: type, positions: Mapping[tuple[str, ...], Place] | None = None
) -> tuple[tuple[type[Rule[Any]], ...], tuple[Finding, ...]]:
    """Load the rules of one's own that a scenario names by a dotted name, as ``bureau.rules.NoOldCity``.

    Parameters
    ----------
    raw
        The scenario's ``rules:``; names without a dot are passed over.
    problem
        Type of the home's problem: only rules about it are returned.
    positions
        Where each name stands.

    Returns
    -------
    classes
        In the order of the scenario.
    findings
        Names that can't be imported, that are no rule, or whose ``mark`` is none.
    """
    found: list[type[Rule[Any]]] = []
    findings: list[Finding] = []
    for name in raw:
        if "." not in name:
            continue
        module_name, _, attribute = name.rpartition(".")
        place = (positions or {}).get((name,))
        try:
            loaded = getattr(importlib.import_module(module_name), attribute, None)
        except Exception as wrong:  # a module of someone else may fail in any way
            values: dict[str, Any] = {"rule": name, "module": module_name, "why": f"{type(wrong).__name__}: {wrong}"}
            findings.append(Finding("rule.not_imported", rule=name, values=values, place=place))
            continue
        about = problem_of_rule(loaded) if isinstance(loaded, type) and issubclass(loaded, Rule) else None
        if about is None or loaded is None:
            values = {"rule": name, "module": module_name, "class": attribute}
            findings.append(Finding("rule.no_rule", rule=name, values=values, place=place))
        elif loaded.mark not in MARKS:
            marked: dict[str, Any] = {"rule": name, "given": repr(loaded.mark), "known": MARKS}
            findings.append(Finding("rule.no_mark", rule=name, values=marked, place=place))
        elif about is problem:
            found.append(loaded)
    return tuple(found), tuple(findings)


def problem_of_rule(rule: type[Rule[Any]]) -> type | None:
    """Type of the problem that a rule is about, from its base ``Rule[…]``; ``None`` where it states none."""
    for cls in rule.__mro__:
        for base in vars(cls).get("__orig_bases__", ()):
            if get_origin(base) is Rule and isinstance(about := get_args(base)[0], type):
                return about
    return None
