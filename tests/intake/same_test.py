"""Which records are of one machine: the sample's servers seen by three sources that miss, misspell and contradict."""

from __future__ import annotations

import csv
from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest

from cloudplan.findings import Place
from cloudplan.intake.same import Sighting, placeholder, same_machines

ROOT = Path(__file__).parents[2]
LETTERS = "abcdefghijklmnopqrstuvwxyz"


def misspelt(name: str, rng: np.random.Generator) -> str:
    """Exchange, drop, double or replace one sign of a name that is not a digit."""
    places = [i for i, sign in enumerate(name) if sign.isalpha()]
    at = int(rng.choice(places))
    how = rng.integers(4)
    if how == 0 and at + 1 < len(name) and name[at + 1].isalpha():
        return name[:at] + name[at + 1] + name[at] + name[at + 2 :]
    if how == 1 and len(places) > 3:
        return name[:at] + name[at + 1 :]
    if how == 2:
        return name[: at + 1] + name[at:]
    return name[:at] + str(rng.choice(list(LETTERS))) + name[at + 1 :]


def three_sources(seed: int) -> tuple[list[Sighting], list[str]]:
    """The sample's servers in three files, with the truth: which server each record is of.

    30 % have no serial and 5 % a placeholder or another server's, 15 % of the names are misspelt, 10 % of the addresses
    belong to another server now, sizes differ now and then; each file misses some servers.
    """
    rng = np.random.default_rng(seed)
    with (ROOT / "inventory" / "servers.csv").open(encoding="utf-8-sig", newline="") as file:
        servers = list(csv.DictReader(file))
    serials = [f"SN{rng.integers(10**9, 10**10)}" for _ in servers]
    addresses = [f"10.{n // 250}.{n % 250}.{rng.integers(2, 250)}" for n in range(len(servers))]
    seen: list[Sighting] = []
    truth: list[str] = []
    for source, share in (("survey.xlsx", 0.95), ("tool.csv", 0.85), ("netbox.csv", 0.75)):
        for n, server in enumerate(servers):
            if rng.random() > share:
                continue
            draw = rng.random()
            serial = "" if draw < 0.30 else serials[n]
            if 0.30 <= draw < 0.35:
                serial = str(
                    rng.choice(["N/A", "To Be Filled By O.E.M.", "00000000", serials[int(rng.integers(len(serials)))]])
                )
            name = misspelt(server["name"], rng) if rng.random() < 0.15 else server["name"]
            address = addresses[int(rng.integers(len(servers)))] if rng.random() < 0.10 else addresses[n]
            memory = float(server["memory_gib"]) * (2.0 if rng.random() < 0.03 else 1.0)
            marks = (("serial", serial),) if serial else ()
            place = Place(source, None, len(seen) + 2)
            seen.append(Sighting(source, name, place, marks, (address,), (float(server["cores"]), memory)))
            truth.append(server["server"])
    return seen, truth


@pytest.mark.parametrize("seed", range(5))
def test_the_planted_truth_comes_back(seed: int) -> None:
    seen, truth = three_sources(seed)
    found = same_machines(seen)
    wrong = [group for group in found.groups if len({truth[i] for i in group}) > 1]
    assert wrong == [], [[seen[i] for i in group] for group in wrong]
    records: dict[str, list[int]] = defaultdict(list)
    for number, server in enumerate(truth):
        records[server].append(number)
    together = {number: group for group in found.groups for number in group}
    several = [numbers for numbers in records.values() if len(numbers) > 1]
    whole = sum(set(together[numbers[0]]) == set(numbers) for numbers in several)
    assert len(several) > 500
    assert whole / len(several) >= 0.97, f"{whole} of {len(several)} machines came together whole"


ALL = {"ip": "1.1.1.1", "size": (4, 8)}


def pair(one: dict[str, object], other: dict[str, object]) -> list[Sighting]:
    return [_sighting("a.csv", 2, **one), _sighting("b.csv", 2, **other)]


def _sighting(source: str, row: int, name: str = "db01", **given: object) -> Sighting:
    marks = tuple((kind, str(given[kind])) for kind in ("serial", "uuid", "asset", "mac") if kind in given)
    addresses = tuple(str(given.get("ip", "")).split()) if given.get("ip") else ()
    size, department = given.get("size", (None, None)), str(given.get("department", ""))
    return Sighting(source, name, Place(source, None, row), marks, addresses, size, department)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("one", "other", "same", "proposed"),
    [
        ({"serial": "SN 1a"}, {"serial": "sn1A", "name": "db02", "ip": "1.1.1.1"}, False, True),
        ({"serial": "X1", "ip": "1.1.1.1"}, {"serial": "x1", "name": "other", "ip": "1.1.1.1"}, True, False),
        ({"mac": "00:50:56:aa:bb:01"}, {"mac": "0050.56AA.BB01"}, True, False),
        ({"serial": "X1"}, {"serial": "X2"}, False, False),  # the same name, but two serials: two machines
        (
            {"serial": "X1", "ip": "1.1.1.1", "size": (4, 8)},
            {"serial": "X2", "ip": "1.1.1.1", "size": (4, 8)},
            True,
            False,
        ),
        ({"serial": "N/A"}, {"serial": "N/A", "name": "mail"}, False, False),
        ({"ip": "1.1.1.1"}, {"ip": "1.1.1.1", "name": "mail"}, False, False),  # an address alone is re-used
        ({"ip": "1.1.1.1", "name": "oracle-db"}, {"ip": "1.1.1.1", "name": "orcale-db"}, True, False),
        ({"name": "web.bureau.example"}, {"name": "WEB"}, True, False),
        ({"ip": "1.1.1.1", "size": (4, 8)}, {"ip": "1.1.1.2", "size": (8, 16)}, False, True),
        ({"name": "srv-01", "size": (4, 8)}, {"name": "srv-02", "size": (4, 8)}, False, False),
        ({"name": "oracle-db", "size": (4, 8)}, {"name": "orcale-db", "size": (4, 8)}, True, False),
        ({"name": "oracle-db", "size": (4, 8)}, {"name": "orcale-db", "size": (8, 8)}, False, False),
        # one name and one size, but addresses or departments that speak for two
        ({"ip": "1.1.1.1", "size": (4, 8)}, {"ip": "1.1.1.2", "size": (4, 8)}, False, True),
        ({"department": "a", "size": (4, 8)}, {"department": "b", "size": (4, 8)}, False, True),
        ({"department": "a", "size": (4, 8)}, {"department": "a", "size": (4, 8)}, True, False),
        ({"department": "a", "size": (4, 8)}, {"size": (4, 8)}, True, False),
        ({"ip": "1.1.1.1", "serial": "X1"}, {"ip": "1.1.1.2", "serial": "X1"}, True, False),
        ({"department": "a", "ip": "1.1.1.1"}, {"department": "b", "ip": "1.1.1.1"}, False, True),
        ({"department": "a", "serial": "X1"}, {"department": "b", "serial": "X1"}, True, False),
        # letters that look like digits
        ({"name": "DBO1", "size": (4, 8)}, {"name": "DB01", "size": (4, 8)}, True, False),
        ({"name": "dbl2", "ip": "1.1.1.1"}, {"name": "db12", "ip": "1.1.1.1"}, True, False),
        ({"name": "DBO1", "size": (4, 8)}, {"name": "DB02", "size": (4, 8)}, False, False),
        (
            {"name": "DBO1", "size": (4, 8), "ip": "1.1.1.1"},
            {"name": "DB01", "size": (4, 8), "ip": "1.1.1.2"},
            False,
            True,
        ),
    ],
)
def test_what_joins_two_records(one: dict[str, object], other: dict[str, object], same: bool, proposed: bool) -> None:
    found = same_machines(pair(one, other))
    assert (len(found.groups) == 1, len(found.proposed) == 1) == (same, proposed)


def test_an_address_that_another_name_has_too_speaks_for_nobody() -> None:
    seen = [_sighting("a.csv", 2, ip="1.1.1.1", size=(4, 8)), _sighting("b.csv", 2, ip="1.1.1.2", size=(4, 8))]
    assert len(same_machines(seen).groups) == 2
    seen.append(_sighting("a.csv", 3, "mail", ip="1.1.1.2", size=(8, 8)))
    assert sorted(same_machines(seen).groups) == [(0, 1), (2,)]


def test_two_rivals_are_proposed_and_not_chosen_from() -> None:
    seen = [_sighting("a.csv", 2, "oracle-db", size=(4, 8))]
    seen += [_sighting("b.csv", n, name, size=(4, 8)) for n, name in ((2, "orcle-db"), (3, "oracl-db"))]
    found = same_machines(seen)
    assert (len(found.groups), {(p.one, p.other) for p in found.proposed}) == (3, {(0, 1), (0, 2)})
    assert len(same_machines(seen, accepted=[(0, 2)]).groups) == 2
    assert [(p.one, p.other) for p in same_machines(seen, apart=[(0, 1)]).proposed] == [(0, 2)]


def test_what_one_record_lists_twice_still_tells_it() -> None:
    card = (("mac", "00:50:56:aa:bb:01"), ("mac", "00-50-56-AA-BB-01"))
    seen = [Sighting(file, "db01", Place(file), card, (), (size, 8.0)) for file, size in (("a", 4.0), ("b", 8.0))]
    assert len(same_machines(seen).groups) == 1


def test_two_records_of_one_file_are_two_machines() -> None:
    seen = [_sighting("a.csv", 2, serial="X1"), _sighting("a.csv", 3, serial="X1"), _sighting("b.csv", 2, serial="X1")]
    found = same_machines(seen)
    assert found.void[0][:2] == ("serial", "X1")
    assert all(not {0, 1} <= set(group) for group in found.groups)


@pytest.mark.parametrize("text", ["", " ", "0", "0000-0000", "n/a", "To be filled by O.E.M.", "无", "XXXXXXXX", "—"])
def test_placeholders(text: str) -> None:
    assert placeholder(text)


def test_a_real_serial_is_none() -> None:
    assert not any(placeholder(text) for text in ("CZ3402WQ8K", "210235A0000", "J30XK8V", "VMware-56 4d 1f"))
