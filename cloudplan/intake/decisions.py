"""What somebody decided: which records are one machine, and which file's value counts; a file that replays.

```yaml
same:
  - ["survey.xlsx: DB01", "tool.csv: DBO1"]
apart:
  - ["survey.xlsx: WEB", "netbox.csv: WEB"]
values:
  - {"machine": "survey.xlsx: DB01", "field": "memory_gib", "from": "tool.csv"}
proposed:
  - ["survey.xlsx: app", "tool.csv: apps"]    # 0.86
proposed_values:
  - {"machine": "survey.xlsx: app", "field": "cores", "from": "tool.csv"}    # 8, where 4 counts
```

An intake writes it with what it was given and what it proposes; whoever decides moves a line from ``proposed`` to
``same`` or ``apart``, from ``proposed_values`` to ``values``, and gives the file back. Records and files are called
what :mod:`cloudplan.intake.record_names` calls them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as made
from pathlib import Path

import yaml

from cloudplan.errors import BadInput
from cloudplan.findings import Finding, Place, Severity
from cloudplan.i18n import say
from cloudplan.intake.yaml_nodes import Reader

FILE = "accept.yaml"
"""Its name among an intake's lists."""
PAIRS = ("same", "apart", "proposed")
VALUES = ("values", "proposed_values")
PARTS = (*PAIRS[:2], VALUES[0], PAIRS[2], VALUES[1])
BLANK = "tag:yaml.org,2002:null"
KEYS = ("machine", "field", "from")
DECIDABLE = (
    "running", "os", "cores", "memory_gib", "storage_gib", "kind", "sockets", "serial", "asset", "uuid", "department",
    "host",
)  # fmt: skip
"""Fields that two files may contradict each other about, and that a decision may settle."""

Proposal = tuple[str, str, str, float]
"""Two records, how they are alike, and how much (0 to 1)."""


@dataclass(frozen=True, slots=True)
class Value:
    """Which file's value counts for a field of a machine, and where that was decided.

    Parameters
    ----------
    machine, field
        A record of the machine, and the field, one of :data:`DECIDABLE`.
    file
        Whose value counts.
    place
        Line and column of the decision.
    kept, other
        As a proposal: the value that counts, and the file's own.
    """

    machine: str
    field: str
    file: str
    place: Place = made(default=Place(""), compare=False)
    kept: str = made(default="", compare=False)
    other: str = made(default="", compare=False)


@dataclass(frozen=True)
class Decisions:
    """What was decided, and what waits for a decision.

    Parameters
    ----------
    same, apart
        Pairs of records.
    proposed
        Pairs that wait.
    file
        Where they came from, ``""`` for none.
    values, proposed_values
        Which file's value counts, and what waits.
    places
        Line and column of each pair.
    """

    same: tuple[tuple[str, str], ...] = ()
    apart: tuple[tuple[str, str], ...] = ()
    proposed: tuple[Proposal, ...] = ()
    file: str = ""
    values: tuple[Value, ...] = ()
    proposed_values: tuple[Value, ...] = ()
    places: Mapping[tuple[str, str], Place] = made(default_factory=dict, compare=False)

    def numbers(
        self, names: Sequence[str], short: Sequence[str]
    ) -> tuple[dict[str, list[tuple[int, int]]], list[Finding]]:
        """Find the records that the decisions speak of.

        Parameters
        ----------
        names, short
            What each record is called, and what it is called in short, which counts where it is no other's name.

        Returns
        -------
        tuple
            ``same`` and ``apart`` as pairs of numbers, and a finding for each name that is no record's, or several'.
        """
        at = positions(names, short)
        findings: list[Finding] = []
        out: dict[str, list[tuple[int, int]]] = {}
        for part, pairs in (("same", self.same), ("apart", self.apart)):
            out[part] = []
            for pair in pairs:
                found = [at.get(record, []) for record in pair]
                place = self.places.get(pair, Place(self.file))
                for record, numbers in zip(pair, found, strict=True):
                    if len(numbers) != 1:
                        findings.append(strange(record, len(numbers), place))
                if all(len(numbers) == 1 for numbers in found):
                    out[part].append((found[0][0], found[1][0]))
        return out, findings

    def write(self, path: Path, language: str) -> Path:
        """Write the file, ready to be given back."""
        lines = [f"# {line}" for line in say("intake.decisions.head", language).strip().splitlines()]
        written: dict[str, list[str]] = {
            "same": [_pair(*pair) for pair in self.same],
            "apart": [_pair(*pair) for pair in self.apart],
            "values": [_value(value) for value in self.values],
            "proposed": [f"{_pair(one, other)}  # {how} {score:.2f}" for one, other, how, score in self.proposed],
            "proposed_values": [f"{_value(value)}  # {_versus(value, language)}" for value in self.proposed_values],
        }
        for part, items in written.items():
            lines += [f"{part}:", *(f"  - {item}" for item in items)] if items else [f"{part}: []"]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join(lines) + "\n", "utf-8")
        return path


def positions(names: Sequence[str], short: Sequence[str]) -> dict[str, list[int]]:
    """Give the numbers of records by their names, and by their short ones where these are no other's."""
    at: dict[str, list[int]] = {}
    for number, name in enumerate(names):
        at.setdefault(name, []).append(number)
    shorter: dict[str, list[int]] = {}
    for number, name in enumerate(short):
        shorter.setdefault(name, []).append(number)
    return {**shorter, **at}


def strange(record: str, count: int, place: Place) -> Finding:
    """Say that a decision speaks of no record, or of several."""
    values = {"record": record, "count": count}
    return Finding("intake.decision_record", Severity.WARNING, values=values, place=place)


def read_decisions(path: Path) -> Decisions:
    """Read a file of decisions; what it still proposes is passed over, for it is found anew.

    Raises
    ------
    BadInput
        Every fault, with its line and column.
    """
    reader = Reader(str(path))
    root = reader.root(path)
    pairs: dict[str, list[tuple[str, str]]] = {part: [] for part in PAIRS}
    values: list[Value] = []
    places: dict[tuple[str, str], Place] = {}
    if root is not None and not isinstance(root, yaml.MappingNode):
        reader.fault("intake.decision_shape", root, parts=PARTS)
    for key, value in root.value if isinstance(root, yaml.MappingNode) else ():
        if key.value in PARTS and value.tag == BLANK:
            continue  # its last line was moved away
        if key.value not in PARTS or not isinstance(value, yaml.SequenceNode):
            reader.fault("intake.decision_shape", key, parts=PARTS)
            continue
        for item in value.value:
            if key.value in VALUES:
                found = _read_value(reader, item)
                if found is not None and key.value == "values":
                    _once(reader, item, found, values)
                continue
            texts = [node.value for node in item.value] if isinstance(item, yaml.SequenceNode) else []
            if len(texts) != 2 or not all(isinstance(text, str) for text in texts):
                reader.fault("intake.decision_pair", item)
                continue
            pairs[key.value].append((texts[0], texts[1]))
            places.setdefault((texts[0], texts[1]), reader.place(item))
    if reader.findings:
        raise BadInput(reader.findings)
    return Decisions(tuple(pairs["same"]), tuple(pairs["apart"]), (), str(path), values=tuple(values), places=places)


def _read_value(reader: Reader, node: yaml.Node) -> Value | None:
    if not isinstance(node, yaml.MappingNode):
        reader.fault("intake.decision_value", node, keys=KEYS)
        return None
    found = reader.mapping(node, "values", KEYS, KEYS)
    if set(found) != set(KEYS):
        return None
    texts = {key: str(reader.scalar(value, key)) for key, (_, value) in found.items()}
    if not reader.one_of(found["field"][1], "field", texts["field"], DECIDABLE):
        return None
    return Value(texts["machine"], texts["field"], texts["from"], reader.place(node))


def _once(reader: Reader, node: yaml.Node, found: Value, values: list[Value]) -> None:
    if any((each.machine, each.field) == (found.machine, found.field) for each in values):
        reader.fault("intake.decision_twice", node, machine=found.machine, field=found.field)
    else:
        values.append(found)


def _pair(one: str, other: str) -> str:
    # JSON's strings are YAML's, whatever signs a name holds
    return json.dumps([one, other], ensure_ascii=False)


def _value(value: Value) -> str:
    return json.dumps(dict(zip(KEYS, (value.machine, value.field, value.file), strict=True)), ensure_ascii=False)


def _versus(value: Value, language: str) -> str:
    return say("intake.decisions.versus", language, kept=value.kept, other=value.other)
