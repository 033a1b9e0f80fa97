"""The rules of all three homes as a Markdown page, in either language: made from the rules, so that it can't drift.

``python -m cloudplan.rule_docs DOCS`` writes both pages anew.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from dataclasses import MISSING, Field, fields
from pathlib import Path
from typing import Any

from cloudplan.i18n import catalogue, say, words
from cloudplan.migration import rules as migration
from cloudplan.packing import rules as packing
from cloudplan.placement import rules as placement
from cloudplan.rule import Rule

PAGES = {"en": "rules.md", "zh-CN": "rules.zh-CN.md"}
HOMES = {"placement": placement, "packing": packing, "migration": migration}
OWN = """```python
# bureau/rules.py
from dataclasses import dataclass
from typing import ClassVar

from cloudplan.findings import Finding
from cloudplan.placement.choice import CandidateRule


@dataclass(frozen=True)
class NotInPool(CandidateRule):
    counts: ClassVar[str] = "seat"
    title: ClassVar = {"zh-CN": "%s", "en": "%s"}
    pool: str = ""

    def refuses(self, problem, candidate):
        if candidate.pool != self.pool:
            return None
        text = {
            "zh-CN": f"%s",
            "en": f"%s",
        }
        return Finding("rule.said", subject=candidate.component, rule=self.name(), values={"text": text})
```

```yaml
rules:
  bureau.rules.NotInPool: {pool: PUB-ARM-L2}
```"""


def rules_page(language: str) -> str:
    """Write the page in one language."""
    return "\n".join(_lines(language)) + "\n"


def _lines(language: str) -> Iterator[str]:
    def doc(message: str, **values: Any) -> str:
        return say(f"rules.doc.{message}", language, **values)

    yield from (f"# {doc('title')}", "", doc("intro"), "", doc("modes"), "")
    yield from _glance(language)
    yield from ("", doc("costs"))
    for home, rules in HOMES.items():
        yield from ("", f"## {doc(f'home.{home}')}")
        for cls in rules.all_rules():
            yield from _rule(home, cls, language)
    own = [say(f"rules.doc.own_{part}", each) for part in ("name", "text") for each in ("zh-CN", "en")]
    yield from ("", f"## {doc('own_title')}", "", doc("own"), "", OWN % tuple(own))


def _glance(language: str) -> Iterator[str]:
    """All rules on one table: what must hold, what is preferred and what is off by default, home by home."""
    every: dict[str, dict[str, list[str]]] = {}
    for home, rules in HOMES.items():
        for cls in rules.all_rules():
            price = _options(cls)["soft"].default
            link = f"[{_title(home, cls, language)}](#{home}-{cls.name()})"
            if not cls.by_default:
                held = "off"
            elif price is None:
                held = "must"
            elif price:
                held, link = "priced", say("rules.doc.at", language, rule=link, price=price)
            else:
                held = "warns"
            every.setdefault(held, {}).setdefault(home, []).append(link)
    columns = [say(f"rules.doc.home.{home}", language) for home in HOMES]
    yield from (f"|  | {' | '.join(columns)} |", "|---" * (len(HOMES) + 1) + "|")
    for held in ("must", "priced", "warns", "off"):
        cells = [say("rules.doc.comma", language).join(every[held].get(home, ())) for home in HOMES]
        yield f"| {say(f'rules.doc.held.{held}', language)} | {' | '.join(cells)} |"


def _title(home: str, cls: type[Rule[Any]], language: str) -> str:
    named = catalogue(language)
    name = cls.name().replace("-", "_")
    return named.get(f"{home}.rule.{name}") or named[f"rules.{home}.{name}.name"]


def _options(cls: type[Rule[Any]]) -> dict[str, Field[Any]]:
    return {field.name: field for field in fields(cls)}


def _rule(home: str, cls: type[Rule[Any]], language: str) -> Iterator[str]:
    def doc(message: str, **values: Any) -> str:
        return say(f"rules.doc.{message}", language, **values)

    name = cls.name()
    key = f"rules.{home}.{name.replace('-', '_')}"
    named = catalogue(language)
    title = f'<a id="{home}-{name}"></a>{_title(home, cls, language)} `{name}`'
    yield from ("", f"### {title}", "", say(f"{key}.about", language), "")
    # a source that is no clause has words of its own
    source = cls.clause or named.get(f"{key}.source") or doc("none")
    yield f"- {doc('source')}{doc('basis', clause=source, mark=doc(f'mark.{cls.mark}'))}"
    options = _options(cls)
    soft = options.pop("soft").default
    held = doc("off") if not cls.by_default else doc("hard") if soft is None else doc("warns")
    can = doc("soft", unit=say(f"rule.counts.{cls.counts}", language)) if cls.counts else doc("never")
    yield f"- {doc('default')}{held}{doc('between')}{can}"
    if options:
        listed = ", ".join(f"`{field.name}` = {_default(field, doc('blank'))}" for field in options.values())
        yield f"- {doc('options')}{listed}"
    yield f"- {doc('kept')}{say(f'{key}.kept', language)}"
    broken = next(iter(_broken(cls)), None)
    yield f"- {doc('broken')}{say(f'{key}.broken', language)}"
    if broken is not None:
        yield f"- {doc('said')}{words(broken, language)}"
    yield f"- {doc('maths', file=cls.__module__.replace('.', '/') + '.py')}"


def _broken(cls: type[Rule[Any]]) -> Iterator[Any]:
    """What the rule says of its own broken example."""
    module: Any = importlib.import_module(cls.__module__)
    problem, state = module.broken()
    raw = getattr(problem, "scenario", None)
    given = (raw.rules if raw is not None else getattr(problem, "options", {})) or {}
    options = given.get(cls.name(), {}) if isinstance(given, dict) else {}
    rules, _ = HOMES[cls.__module__.split(".")[1]].resolve({cls.name(): options or True})
    for rule in rules:
        if type(rule) is cls:
            yield from rule.violations(problem, state)


def _default(field: Field[Any], blank: str) -> str:
    value = field.default if field.default_factory is MISSING else field.default_factory()
    if value is None or value in ((), {}, ""):
        return blank
    return f"`{value}`"


if __name__ == "__main__":
    for page_language, page in PAGES.items():
        Path(sys.argv[1], page).write_text(rules_page(page_language), encoding="utf-8")
