"""A frontier in words: what distinguishes each plan, in a sentence; the tables; what was proven."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from cloudplan.compare import aligned
from cloudplan.frontier import chart
from cloudplan.frontier.names import difference, row_of
from cloudplan.frontier.search import Frontier, Point
from cloudplan.i18n import LANGUAGES, say
from cloudplan.report.html import rendered
from cloudplan.report.numbers import money, number, percent
from cloudplan.report.section import Figure, Section, Table, View
from cloudplan.report.section import Point as Remark

SHOWN = 3
"""Groups of systems that a sentence names; the others are counted together."""
SAME = 0.05
"""Differences below vanish in the figures shown; points or hours."""


class Told:
    """A frontier in one language."""

    def __init__(self, front: Frontier, language: str) -> None:
        self.front, self.language = front, language
        self.view = View(front.points[0].plan, language)
        self.rows = [row_of(front, n) for n in range(len(front.points))]

    def say(self, message: str, /, **values: Any) -> str:
        """Put a message of the area ``frontier`` into words."""
        return say(f"frontier.{message}", self.language, **values)

    def name(self, n: int) -> str:
        """Call a plan by its number and kind."""
        return self.say("named", number=n + 1, kind=self.say(f"kind.{self.front.points[n].kind}"))

    def sentence(self, n: int) -> str:
        """Say what distinguishes a plan from the first."""
        kind = self.say(f"kind.{self.front.points[n].kind}")
        return self.say("words", number=n + 1, kind=kind, told=self.difference(n))

    def difference(self, n: int) -> str:
        """Say the same without naming the plan."""
        parts = [self.say("words.first")] if n == 0 else [*self._changes(n), *self._amounts(n), *self._bound(n)]
        return self.say("semicolon").join(parts) + self.say("stop")

    def _changes(self, n: int) -> Iterator[str]:
        told = difference(self.front, self.front.points[n])
        if not told.systems:
            yield self.say("words.same")
        else:
            yield self.say("words.systems", count=len(told.systems))
        groups = [
            *(("target", self.view.name("targets", name), count) for name, count in told.targets),
            *(("pool", self.view.pool(name), count) for name, count in told.pools),
            *(("disposition", self.view.disposition(name), count) for name, count in told.dispositions),
        ]
        groups.sort(key=lambda group: -group[2])
        for kind, name, count in groups[:SHOWN]:
            yield self.say(f"words.{kind}", count=count, name=name)
        if rest := sum(count for _, _, count in groups[SHOWN:]):
            yield self.say("words.rest", count=rest)
        for source, more in (("purchased", told.purchased), ("reused", told.reused)):
            if more:
                yield self.say(f"words.{source}_{'more' if more > 0 else 'less'}", count=abs(more))

    def _amounts(self, n: int) -> Iterator[str]:
        first, point = self.front.points[0], self.front.points[n]
        dearer = point.cost - first.cost
        share = percent(abs(dearer) / first.cost)
        if abs(dearer) < 0.0005 * first.cost:
            yield self.say("words.cost_same")
        else:
            amount = money(abs(dearer), self.language)
            yield self.say(f"words.cost_{'more' if dearer > 0 else 'less'}", share=share, amount=amount)
        for aim, word, unit in (("risk", "risk", "points"), ("disruption", "hours", "hours")):
            more = point.total(aim) - first.total(aim)
            if abs(more) >= 0.05:
                yield self.say(f"words.{word}_{'more' if more > 0 else 'less'}", **{unit: number(abs(more))})

    def _bound(self, n: int) -> Iterator[str]:
        """Say how little of its aim a plan could have at its budget, and whether it has no more than that."""
        point = self.front.points[n]
        if point.kind not in point.aims or not math.isfinite(point.bound):
            return
        total = point.total(point.kind)
        more = total - point.bound
        met = "met" if more < SAME else "above"
        figures = {"bound": number(point.bound, 1), "total": number(total, 1)}
        figures |= {"more": number(more, 1)} if met == "above" else {}
        yield self.say(f"own_bound.{point.kind}_{met}", share=percent(point.step, 0), **figures)

    def headline(self) -> str:
        """Say how many near plans differ really, and what is proven about more."""
        front = self.front
        found, proof = len(front.chosen), front.proof
        kind = "found" if found >= front.asked else "proved" if proof and proof.most is not None else "open"
        values = {"share": percent(front.share, 0), "found": found, "apart": front.apart}
        return self.say(f"headline.{kind}", **values, **({"most": proof.most} if kind == "proved" and proof else {}))

    def proof(self) -> Iterator[Remark]:
        """Say what the bound says, number by number."""
        proof = self.front.proof
        if proof is None:
            return
        budget = money(proof.budget, self.language)
        for count, (total, needed) in proof.sums.items():
            excluded = proof.most is not None and count > proof.most
            most = "∞" if total == math.inf else number(math.floor(max(0.0, total) + 1e-6))
            values = {"number": count, "budget": budget, "sum": most, "needed": number(needed)}
            told = self.say("proof.excluded" if excluded else "proof.not_excluded", **values)
            yield Remark(self.say("proof.title"), told, "proof" if excluded else "caution")

    def missed(self) -> Iterator[Remark]:
        """Say of which kinds no plan came about, or none worth a place."""
        for kind, step, _ in self.front.missed:
            told = self.say("missed", kind=self.say(f"kind.{kind}"), share=percent(step, 0))
            yield Remark(self.say("missed.label"), told, "caution")
        for kind, step in self.front.dropped:
            told = self.say("dropped", kind=self.say(f"kind.{kind}"), share=percent(step, 0))
            yield Remark(self.say("dropped.label"), told)

    def table(self) -> Table:
        """Put the plans beside each other."""
        heads = ("plan", "cost", "excess", "risk", "hours", "purchased", "reused", "rooms", "waves", "differs", "near")
        rows = tuple(
            (
                self.name(n),
                number(point.cost / 1e4, 1),
                percent(self.front.excess(point), 2),
                number(point.total("risk"), 1),
                number(point.total("disruption"), 1),
                number(row["hosts_purchased"]),
                number(row["hosts_reused"]),
                number(row["kpi_rooms_closed"]) if row.get("kpi_rooms_closed") is not None else "—",
                number(row["waves"]),
                number(row["differs_from_01"]) if n else "—",
                self.say("table.yes" if row["chosen"] else "table.no"),
            )
            for n, (point, row) in enumerate(zip(self.front.points, self.rows, strict=True))
        )
        return Table(
            "plans", "", tuple(self.say(f"table.{head}") for head in heads), rows, frozenset(range(1, 10)), short=True
        )

    def risk_table(self) -> Table:
        """Split every plan's risk points into their parts."""
        parts = list(self.front.points[0].aims["risk"])
        heads = (self.say("table.plan"), *(self.say(f"part.{p}") for p in parts), self.say("risk_table.total"),
                 self.say("risk_table.bound"))  # fmt: skip
        rows = tuple(
            (
                self.name(n),
                *(number(point.aims["risk"][part], 1) for part in parts),
                number(point.total("risk"), 1),
                self.say("risk_table.within", bound=number(point.bound, 1), share=percent(point.step, 0))
                if point.kind == "risk" and math.isfinite(point.bound)
                else "—",
            )
            for n, point in enumerate(self.front.points)
        )
        return Table("risk", self.say("risk_table.title"), heads, rows, frozenset(range(1, len(heads))))

    def pairs(self) -> Table:
        """Count the systems in which each two plans differ."""
        numbers = range(len(self.front.points))
        heads = (self.say("table.plan"), *(str(n + 1) for n in numbers))
        rows = tuple(
            (self.name(n), *("—" if m == n else number(self.rows[n][f"differs_from_{m + 1:02d}"]) for m in numbers))
            for n in numbers
        )
        return Table("pairs", self.say("table.pairs"), heads, rows, frozenset(range(1, len(heads))))

    def text(self) -> str:
        """Write what a terminal shows."""
        table = self.table()
        cells = [list(table.columns), *([str(cell) for cell in row] for row in table.rows)]
        lines = [self.headline(), "", aligned(cells), ""]
        lines += [self.sentence(n) for n in range(len(self.front.points))]
        lines += [remark.text for remark in (*self.proof(), *self.missed())]
        return "\n".join(lines)

    def page(self) -> str:
        """Write the page."""
        figure = Figure("panels", self.say("chart.caption"), partial(self._drawn), self.say("chart.note"))
        sections = (
            Section(
                "summary", self.say("section.compare"), self.headline(), (*self.proof(), *self.missed()),
                figures=(figure,), tables=(self.table(),),
            ),
            Section(
                "words", self.say("section.words"), "",
                tuple(Remark(self.name(n), self.difference(n)) for n in range(len(self.front.points))),
                tables=(self.risk_table(),),
            ),
            Section("pairs", self.say("section.pairs"), "", tables=(self.pairs(),)),
        )  # fmt: skip
        facts = self.front.points[0].plan.facts
        return rendered(
            self.say("title"),
            self.say("subtitle", name=title_of(self.front, self.language)),
            sections,
            self.language,
            self.say("page_kind"),
            self.say("footer", version=str(facts["cloudplan"])),
        )

    def _drawn(self) -> Any:
        chosen, points = self.front.chosen, list(enumerate(self.front.points))

        def bars(figure: Any, word: Any) -> list[chart.Bar]:
            return [chart.Bar(self.name(n), figure(p), word(figure(p)), n in chosen) for n, p in points]

        def total(aim: str, point: Point) -> float:
            return point.total(aim)

        return chart.panels(
            [
                (self.say("chart.cost"), bars(self.front.excess, lambda value: percent(value, 2))),
                (self.say("chart.risk"), bars(partial(total, "risk"), number)),
                (self.say("chart.disruption"), bars(partial(total, "disruption"), number)),
            ]
        )

    def as_json(self) -> dict[str, Any]:
        """Everything, for other programs."""
        front, proof = self.front, self.front.proof
        return {
            "share": front.share,
            "apart": front.apart,
            "asked": front.asked,
            "chosen": [self.rows[n]["plan"] for n in front.chosen],
            "plans": [{**row, "words": self.sentence(n)} for n, row in enumerate(self.rows)],
            "dropped": [{"kind": kind, "budget_share": step} for kind, step in front.dropped],
            "missed": [{"kind": k, "budget_share": step, "reasons": list(why)} for k, step, why in front.missed],
            "proof": None if proof is None else {
                "budget_yuan_per_year": proof.budget,
                "most": proof.most,
                "sums": [{"plans": n, "most": total, "needed": need} for n, (total, need) in proof.sums.items()],
                "over_whole_placements": list(proof.whole),
            },
        }  # fmt: skip


def title_of(front: Frontier, language: str) -> str:
    """Title of the scenario, or its name."""
    scenario = front.points[0].plan.scenario
    return scenario.title.get(language) or scenario.name


def titles(front: Frontier, number_: int) -> Mapping[str, str]:
    """Title of one plan in every language."""
    kind = front.points[number_].kind
    return {
        language: f"{title_of(front, language)} · "
        + say("frontier.named", language, number=number_ + 1, kind=say(f"frontier.kind.{kind}", language))
        for language in LANGUAGES
    }
