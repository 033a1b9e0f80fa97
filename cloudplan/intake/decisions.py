"""Pairs of records that somebody has decided are one machine, or two: a file that replays.

```yaml
same:
  - ["survey.xlsx: DB01", "tool.csv: DBO1"]
apart:
  - ["survey.xlsx: WEB", "netbox.csv: WEB"]
proposed:
  - ["survey.xlsx: app", "tool.csv: apps"]    # 0.86
```

An intake writes it with what it was given and what it proposes; whoever decides moves a line from ``proposed`` to
``same`` or ``apart`` and gives the file back.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from cloudplan.errors import BadInput
from cloudplan.findings import Finding, Place, Severity
from cloudplan.i18n import say
from cloudplan.intake.yaml_nodes import Reader

FILE = "accept.yaml"
"""Its name among an intake's lists."""
PARTS = ("same", "apart", "proposed")

Proposal = tuple[str, str, str, float]
"""Two records, how they are alike, and how much (0 to 1)."""


@dataclass(frozen=True)
class Decisions:
    """What was decided, and what waits for a decision.

    Parameters
    ----------
    same, apart
        Pairs of records (:func:`record_name`).
    proposed
        Pairs that wait.
    file
        Where they came from, ``""`` for none.
    """

    same: tuple[tuple[str, str], ...] = ()
    apart: tuple[tuple[str, str], ...] = ()
    proposed: tuple[Proposal, ...] = ()
    file: str = ""

    def numbers(self, records: Sequence[tuple[str, str]]) -> tuple[dict[str, list[tuple[int, int]]], list[Finding]]:
        """Find the records that the decisions speak of.

        Parameters
        ----------
        records
            File and name of each.

        Returns
        -------
        tuple
            ``same`` and ``apart`` as pairs of numbers, and a finding for each name that is no record's, or several'.
        """
        at: dict[str, list[int]] = {}
        for number, (file, name) in enumerate(records):
            at.setdefault(record_name(file, name), []).append(number)
        findings: list[Finding] = []
        out: dict[str, list[tuple[int, int]]] = {}
        for part, pairs in (("same", self.same), ("apart", self.apart)):
            out[part] = []
            for pair in pairs:
                found = [at.get(record, []) for record in pair]
                for record, numbers in zip(pair, found, strict=True):
                    if len(numbers) != 1:
                        values = {"record": record, "count": len(numbers)}
                        findings.append(
                            Finding("intake.decision_record", Severity.WARNING, values=values, place=Place(self.file))
                        )
                if all(len(numbers) == 1 for numbers in found):
                    out[part].append((found[0][0], found[1][0]))
        return out, findings

    def write(self, path: Path, language: str) -> Path:
        """Write the file, ready to be given back."""
        lines = [f"# {line}" for line in say("intake.decisions.head", language).strip().splitlines()]
        for part, pairs in (("same", self.same), ("apart", self.apart)):
            lines.append(f"{part}:" if pairs else f"{part}: []")
            lines += [f"  - {_pair(*pair)}" for pair in pairs]
        lines.append("proposed:" if self.proposed else "proposed: []")
        lines += [f"  - {_pair(one, other)}  # {how} {score:.2f}" for one, other, how, score in self.proposed]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join(lines) + "\n", "utf-8")
        return path


def record_name(file: str, name: str) -> str:
    """Name a record: its file, without the folder, and what that calls it."""
    return f"{Path(file).name}: {name}"


def read_decisions(path: Path) -> Decisions:
    """Read a file of decisions; what it still proposes is passed over, for it is found anew.

    Raises
    ------
    BadInput
        Every fault, with its line and column.
    """
    reader = Reader(str(path))
    root = reader.root(path)
    found: dict[str, list[tuple[str, str]]] = {part: [] for part in PARTS}
    if root is not None and not isinstance(root, yaml.MappingNode):
        reader.fault("intake.decision_shape", root, parts=PARTS)
    for key, value in root.value if isinstance(root, yaml.MappingNode) else ():
        if key.value not in PARTS or not isinstance(value, yaml.SequenceNode):
            reader.fault("intake.decision_shape", key, parts=PARTS)
            continue
        for item in value.value:
            texts = [node.value for node in item.value] if isinstance(item, yaml.SequenceNode) else []
            if len(texts) != 2 or not all(isinstance(text, str) for text in texts):
                reader.fault("intake.decision_pair", item)
                continue
            found[key.value].append((texts[0], texts[1]))
    if reader.findings:
        raise BadInput(reader.findings)
    return Decisions(tuple(found["same"]), tuple(found["apart"]), (), str(path))


def _pair(one: str, other: str) -> str:
    # JSON's strings are YAML's, whatever signs a name holds
    return json.dumps([one, other], ensure_ascii=False)
