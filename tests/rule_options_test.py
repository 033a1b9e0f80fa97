"""Options of rules that the scenario's shape allows, but the inventory does not."""

from __future__ import annotations

from typing import Any

import pytest

from cloudplan.i18n import LANGUAGES, cure, words
from cloudplan.plan import check
from tests.tiny import tiny_inventory, tiny_scenario


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        ({"sites-apart": {"pairs": [["A-SITE", "B-PAY"]]}}, []),
        ({"sites-apart": {"pairs": [["A-SITE", "B-PAI"]]}}, [("placement.sites_apart.unknown", "B-PAI")]),
        ({"sites-apart": {"pairs": [["A-SITE", "A-SITE"]]}}, [("placement.sites_apart.itself", "A-SITE")]),
        ({"sites-apart": {"pairs": [["A-SITE", "B-PAY", "C-WORK"]]}}, [("rule.wrong_type.pair", "")]),
        ({"sites-apart": {"pairs": [[1, 2]]}}, [("rule.wrong_type.pair", "")]),
        ({"sites-apart": {"pairs": [["A-SITE"]]}}, [("rule.wrong_type.pair", "")]),
        ({"ha-separation": {"rack": True}}, [("packing.ha-separation.no_racks", "")]),
        ({"ha-separation": {"rack": False}}, []),
    ],
)
def test_options_are_held_against_the_inventory(rules: dict[str, Any], said: list[tuple[str, str]]) -> None:
    found = [f for f in check(tiny_scenario(rules=rules), tiny_inventory()) if f.rule in rules]
    assert [(f.message, f.subject) for f in found] == said
    for finding in found:
        assert all(words(finding, language) and cure(finding, language) for language in LANGUAGES)
