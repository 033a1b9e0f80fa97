"""Where workloads find no host, the rule that is to blame beside capacity is named, and the hosts that would do."""

from __future__ import annotations

from dataclasses import replace

from cloudplan.findings import Finding
from cloudplan.i18n import LANGUAGES, cure, words
from cloudplan.packing.collisions import collisions
from cloudplan.packing.example import problem_of
from cloudplan.packing.pack import pack
from cloudplan.packing.problem import PackingProblem


def said_of(problem: PackingProblem) -> list[Finding]:
    packed = pack(problem)
    assert packed.unplaced
    found = list(collisions(problem, packed))
    for finding in found:
        for language in LANGUAGES:
            assert words(finding, language)
            assert cure(finding, language)
    return found


def test_members_that_must_stand_apart_need_a_second_host() -> None:
    pair = problem_of({"a": [1], "b": [1]}, {"h1": "large"}, ha={"a": "G", "b": "G"})
    collide, hosts = said_of(replace(pair, purchasable=("small",)))
    assert (collide.message, collide.values["rules"]) == ("packing.collide.rules", ("ha-separation",))
    assert (hosts.values["kind"], hosts.values["ask"]) == ("small", 1)


def test_full_hosts_are_no_rules_fault() -> None:
    full = problem_of({name: [3] for name in "abcde"}, {"h1": "large"})
    collide, hosts = said_of(replace(full, purchasable=("small", "large")))
    assert (collide.message, collide.values["rules"]) == ("packing.collide.room", ())
    # two of three vCPU fit on eight: five need two more
    assert (hosts.values["kind"], hosts.values["ask"]) == ("large", 2)


def test_spares_that_are_kept_take_the_room() -> None:
    kept = problem_of({"a": [6], "b": [6]}, {"h1": "large", "h2": "large"}, spare_hosts=1)
    (collide,) = said_of(kept)
    assert collide.values["rules"] == ("spare-hosts",)
