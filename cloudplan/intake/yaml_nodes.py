"""YAML read node by node, so that every fault has a line and a column and all of them are found at once."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from cloudplan.findings import Finding, Place

_WIDE = "：，　"
"""Full-width signs that YAML doesn't take for its own, a common slip of Chinese keyboards."""


@dataclass
class Reader:
    """Walks the nodes of one file and collects the faults.

    Parameters
    ----------
    file
        The file, as the user named it.
    findings
        What was found wrong so far.
    """

    file: str
    findings: list[Finding] = field(default_factory=list)

    def root(self, path: Path) -> yaml.Node | None:
        """Compose the file's only document; ``None`` (with a finding) where that can't be done."""
        try:
            text = path.read_text("utf-8-sig")
        except (OSError, UnicodeDecodeError) as fault:
            values = {"reason": str(fault)}
            self.findings.append(Finding("intake.mapping_unreadable", values=values, place=Place(self.file)))
            return None
        try:
            node = yaml.compose(text, Loader=yaml.CSafeLoader)
        except yaml.YAMLError as fault:
            mark = getattr(fault, "problem_mark", None)
            line, column = (mark.line + 1, mark.column + 1) if mark is not None else (None, None)
            near = text.splitlines()[max(0, (line or 1) - 2) : line or 1]
            wide = any(sign in part for part in near for sign in _WIDE)
            message = "intake.mapping_wide_sign" if wide else "intake.mapping_syntax"
            values = {"reason": getattr(fault, "problem", None) or "YAML"}
            self.findings.append(Finding(message, values=values, place=Place(self.file, None, line, column)))
            return None
        if node is None:
            self.findings.append(Finding("intake.mapping_empty", place=Place(self.file)))
        return node

    def fault(self, message: str, node: yaml.Node, /, **values: Any) -> None:
        """Note a fault at a node."""
        self.findings.append(Finding(message, values=values, place=self.place(node)))

    def place(self, node: yaml.Node) -> Place:
        """Say where a node stands: line and column, from 1."""
        return Place(self.file, None, node.start_mark.line + 1, node.start_mark.column + 1)

    def mapping(
        self, node: yaml.Node, what: str, allowed: Iterable[str], required: Iterable[str] = ()
    ) -> dict[str, tuple[yaml.Node, yaml.Node]]:
        """Give key → (key node, value node), with a fault for every key that is unknown, doubled or missing."""
        if not isinstance(node, yaml.MappingNode):
            self.fault("intake.mapping_no_mapping", node, what=what)
            return {}
        known = list(allowed)
        found: dict[str, tuple[yaml.Node, yaml.Node]] = {}
        for key_node, value_node in node.value:
            key = str(key_node.value) if isinstance(key_node, yaml.ScalarNode) else "?"
            if key in found:
                self.fault("intake.mapping_doubled_key", key_node, key=key, line=found[key][0].start_mark.line + 1)
            elif key not in known:
                near = difflib.get_close_matches(key, known, n=1, cutoff=0.5)
                if near:
                    self.fault("intake.mapping_unknown_key_maybe", key_node, key=key, what=what, maybe=near[0])
                else:
                    self.fault("intake.mapping_unknown_key", key_node, key=key, what=what, allowed=known)
            else:
                found[key] = (key_node, value_node)
        for key in required:
            if key not in found:
                self.fault("intake.mapping_missing_key", node, key=key, what=what)
        return found

    def items(self, node: yaml.Node, what: str) -> Iterator[yaml.Node]:
        """Yield the items of a list."""
        if not isinstance(node, yaml.SequenceNode):
            self.fault("intake.mapping_no_list", node, what=what)
            return
        yield from node.value

    def scalar(self, node: yaml.Node, what: str) -> Any:
        """Give a scalar as YAML reads it (``None``, bool, int, float, str, date); a fault where it is none."""
        if not isinstance(node, yaml.ScalarNode):
            self.fault("intake.mapping_no_scalar", node, what=what)
            return None
        try:
            return yaml.SafeLoader("").construct_object(node)
        except (ValueError, yaml.YAMLError):  # such as a month 13
            self.fault("intake.mapping_bad_scalar", node, what=what, value=node.value)
            return None

    def one_of(self, node: yaml.Node, what: str, value: Any, allowed: Iterable[str] | Mapping[str, Any]) -> bool:
        """Whether a value is among those allowed; a fault, with the likest, where it isn't."""
        known = [str(entry) for entry in allowed]
        if str(value) in known:
            return True
        near = difflib.get_close_matches(str(value), known, n=1, cutoff=0.5)
        if near:
            self.fault("intake.mapping_bad_value_maybe", node, what=what, value=str(value), maybe=near[0])
        else:
            self.fault("intake.mapping_bad_value", node, what=what, value=str(value), allowed=known)
        return False
