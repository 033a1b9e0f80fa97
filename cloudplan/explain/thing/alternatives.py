"""The words of another choice of hosts: what it costs more or less, what else changes, or which rules refuse it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Any

from cloudplan.explain.settled import SMALL, Alone, Answer
from cloudplan.explain.thing.places import joined
from cloudplan.explain.thing.prices import MISSED, behind, differences
from cloudplan.explain.thing.refit import Wish, other_hosts
from cloudplan.explain.view import View, said_by
from cloudplan.explain.words import NOTHING, Both, Line, Section, line, listed, said
from cloudplan.findings import Finding
from cloudplan.state import State

PRICED = frozenset(f"explain.other.{kind}" for kind in ("equal", "dearer", "cheaper", "cheaper.anew"))
"""What is said of alternatives that no rule refuses."""
NAMED = 3
"""How many alternatives at the same cost are named."""
HOSTS_NAMED = 6
"""How many changes of a pool's hosts are named in a line."""


def asked(view: View, what: Both, wish: Wish, known: str = "", **values: Any) -> Line:
    """Ask for other hosts, and say what comes of it.

    Parameters
    ----------
    view
        The plan.
    what
        The wish, in words.
    wish
        What is asked of the hosts.
    known
        The server that it is about: the reader knows of it.
    values
        Further values of the line, for other programs.
    """
    alone = other_hosts(view, wish)
    cheaper = alone.answer is not None and alone.answer.cost < view.cost - SMALL
    return told(view, what, alone, known, cheapest(view, wish.anew) if cheaper else None, **values)


@lru_cache(maxsize=64)
def cheapest(view: View, pools: frozenset[str]) -> float | None:
    """What the cheapest hosts of some pools would make of the plan's cost, with nothing asked of them; yuan a year."""
    answer = other_hosts(view, Wish((), pools)).answer
    return None if answer is None else min(answer.cost, view.cost)


def told(view: View, what: Both, alone: Alone, known: str = "", base: float | None = None, **values: Any) -> Line:
    """Say what an alternative costs a year more or less, and what else changes; or which rules refuse it.

    Parameters
    ----------
    view
        The plan.
    what
        The alternative, in words.
    alone
        What came of it.
    known
        The server that it is about: the reader knows of it.
    base
        Cost of the plan with the hosts concerned chosen anew, nothing asked of them; yuan a year.
    values
        Further values of the line, for other programs.
    """
    if alone.answer is None:
        return refused(view, what, alone.broken, **values)
    difference = alone.answer.cost - view.cost
    found = changed(view, alone.answer.state, known)
    values |= {"what": what, "changes": said("explain.other.changes", changes=joined(found)) if found else NOTHING}
    if abs(difference) < SMALL:
        return line("other.equal", **values)
    values["terms"] = terms_of(view, alone.answer)
    values["prices"] = behind(view, alone.answer)
    if difference > 0:
        return line("other.dearer", **values, yuan=difference)
    if base is not None and alone.answer.cost - base >= SMALL:
        net, free = alone.answer.cost - base, view.cost - base
        return line("other.cheaper.anew", **values, yuan=-difference, free=free, net=net)
    return line("other.cheaper", **values, yuan=-difference)


def refused(view: View, what: Both, reasons: Iterable[Finding], **values: Any) -> Line:
    """Say which rules refuse an alternative, each in its own words."""
    found = tuple(reasons)
    if not found:
        return line("other.none", what=what, **values)
    told_of = [said("explain.not.reason", reason=view.worded(f), name=said_by(f)) for f in found]
    rules = ",".join(dict.fromkeys(f.rule for f in found if f.rule))
    refusals = tuple((f.rule, f.message) for f in found)
    return line("other.refused", rules, what=what, reasons=joined(told_of), refusals=refusals, **values)


def terms_of(view: View, answer: Answer) -> Both:
    """By how much each term differs from the plan's, the largest first; together the whole difference."""
    return listed([_term(name, yuan) for name, yuan in differences(view, answer)])


def _term(name: str, yuan: float) -> Both:
    if name == MISSED:
        return said("explain.force.missed", yuan=yuan)
    return said("explain.force.term", term=said(f"costs.term.{name}"), yuan=yuan)


def changed(view: View, now: State, known: str = "") -> list[Both]:
    """Say, pool by pool, which hosts another choice has instead of the plan's, but for a server known of."""
    parts = []
    for pool in view.problem.clusters:
        swaps = list(_swaps(view.state, now, pool, known))
        if swaps:
            more = [said("explain.other.more", count=len(swaps) - HOSTS_NAMED)] if len(swaps) > HOSTS_NAMED else []
            named = listed([*swaps[:HOSTS_NAMED], *more])
            parts.append(said("explain.other.pool", pool=view.pool(pool), swaps=named))
    return parts


def _swaps(was: State, now: State, pool: str, known: str) -> Iterator[Both]:
    """Servers that come or go, and types that are bought more or less."""
    had, has = (
        [h.kind for h in state.hosts.values() if h.pool == pool and h.source != "purchased" and h.kind != known]
        for state in (was, now)
    )
    yield from (said("explain.other.comes", server=server) for server in has if server not in had)
    yield from (said("explain.other.goes", server=server) for server in had if server not in has)
    before, after = (
        Counter(h.kind for h in state.hosts.values() if h.pool == pool and h.source == "purchased")
        for state in (was, now)
    )
    for kind in sorted(before | after):
        if before[kind] != after[kind]:
            yield said("explain.other.bought", kind=kind, was=before[kind], now=after[kind])


def headed(title: Line, lines: Sequence[Line], known: Iterable[Line] = ()) -> Section:
    """Put alternatives under a heading, with how they are priced unless others were before; people read each once."""
    notes = () if known else note(lines)
    return Section(title, (*notes, *lines), (*notes, *told_once(lines, known)))


def noted(lines: Sequence[Line]) -> tuple[Line, ...]:
    """Say first how prices are reckoned, where some lines state one."""
    return (*note(lines), *lines)


def note(lines: Sequence[Line]) -> tuple[Line, ...]:
    """Say how prices are reckoned, where some lines state one."""
    return (line("other.once"),) if any(told.message in PRICED for told in lines) else ()


def told_once(lines: Iterable[Line], known: Iterable[Line] = ()) -> tuple[Line, ...]:
    """For people: of several ways to ask that came to the same answer, tell the answer once and name it then.

    Parameters
    ----------
    lines
        What is said of alternatives.
    known
        What the reader has read before.
    """
    read: dict[str, Line] = {}
    for told in known:
        read.setdefault(_answer(told), told)
    out = []
    for told in lines:
        first = read.setdefault(_answer(told), told) if "what" in told.values else told
        same = first is not told and first.values["what"] != told.values["what"]
        out.append(line("other.same", what=told.values["what"], other=first.values["what"]) if same else told)
    return tuple(out)


def _answer(told: Line) -> str:
    """What an alternative comes to, whatever was asked."""
    found = {key: told.values.get(key) for key in ("yuan", "terms", "changes", "reasons")}
    return repr((told.message, {**found, "yuan": round(float(found["yuan"] or 0.0))}))


def nearest(lines: Iterable[Line], above: bool = False) -> Iterator[Line]:
    """Say of the alternatives that no rule refuses which is nearest: one that costs less, those alike, the cheapest.

    What costs less only because hosts were chosen anew stands by what it costs more than those.

    Parameters
    ----------
    lines
        What is said of alternatives.
    above
        Whether the reader has read them: then the terms are not told again.
    """
    by_kind: dict[str, list[Line]] = {}
    for told in lines:
        by_kind.setdefault(told.message.partition(".")[2].partition(".")[2], []).append(told)
    dearer = [(float(x.values["yuan"]), "decided", x) for x in by_kind.get("dearer", ())]
    dearer += [(float(x.values["net"]), "decided_anew", x) for x in by_kind.get("cheaper.anew", ())]
    if cheaper := by_kind.get("cheaper"):
        yield _near("saves", max(cheaper, key=lambda x: float(x.values["yuan"])), above)
    elif equal := by_kind.get("equal"):
        yield _as_good(equal)
    elif dearer:
        _, kind, told = min(dearer, key=lambda offer: offer[0])
        yield _near(kind, told, above)


def _as_good(equal: Sequence[Line]) -> Line:
    """Name alternatives at the same cost; count places, of which there may be many, and say how to fix one."""
    if "lock" not in equal[0].values:
        more = [said("explain.other.more", count=len(equal) - NAMED)] if len(equal) > NAMED else []
        return line("other.as_good", what=listed([*(x.values["what"] for x in equal[:NAMED]), *more]))
    values: dict[str, Any] = {
        "count": len(equal),
        "components": tuple(dict.fromkeys(x.values["component"] for x in equal)),
        "what": listed([x.values["what"] for x in equal]),
    }
    locks = [x.values["lock"] for x in equal if x.values["lock"] is not None]
    return line("other.as_good.places", **values, lock=locks[0]) if locks else line("other.as_good.zones", **values)


def _near(kind: str, told: Line, above: bool) -> Line:
    """Word the nearest alternative, with the prices on which it hangs."""
    values = {key: told.values[key] for key in ("what", "yuan", "terms", "net") if key in told.values}
    if above:
        values["terms"] = said("explain.other.above")
    prices = told.values["prices"]
    hangs = said("explain.other.hangs", prices=prices) if prices["en"] else said("explain.other.hangs_somehow")
    return line(f"other.{kind}", **values, prices=prices, hangs=hangs)
