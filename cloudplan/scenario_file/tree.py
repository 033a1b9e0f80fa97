"""YAML with positions: :func:`read_tree` keeps the line and column of every key and value, and every fault."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from cloudplan.findings import Finding, Place

Steps = tuple[str | int, ...]
"""The way to a value: keys of mappings and positions (from 0) in lists."""

MOST_NODES = 100_000
"""More values than any scenario has; aliases of aliases could make a short file endless."""

TABLES = frozenset({".csv", ".tsv", ".xls", ".xlsx", ".xlsm", ".et", ".ods"})
"""Endings of tables; the fault of one that is taken for a scenario is none of YAML."""

_WIDE_COLON = re.compile("^([ \t\u3000]*(?:- )?[\\w.-]+)\uff1a[ \u3000]?")
_WIDE_INDENT = re.compile("^([ \t]*)(\u3000+)")
_TAB_INDENT = re.compile("^( *)(\t+)[ \t]*")
_ODD_NUMBER = re.compile(r"[-+]?(0[0-7_]+|0b.*|0x.*|.*[:_].*)")
"""Numbers that YAML 1.1 doesn't read as decimal: octal, binary, hexadecimal, sexagesimal, with underscores."""


@dataclass(frozen=True)
class Positions:
    """Where the values and keys of a scenario stand, over all the files it extends.

    Parameters
    ----------
    path
        The scenario's file, as the user named it.
    values, keys
        Place of each value, and of the key that names it, by the way to it.
    written
        Each scalar as it is written, before YAML makes a number, a date or a truth of it.
    """

    path: str
    values: Mapping[Steps, Place] = field(default_factory=dict)
    keys: Mapping[Steps, Place] = field(default_factory=dict)
    written: Mapping[Steps, str] = field(default_factory=dict)

    def place(self, *steps: str | int) -> Place:
        """Say where a value stands; for one that isn't there, where the nearest value around it stands."""
        return self.values[steps] if steps in self.values else self.place(*steps[:-1]) if steps else Place(self.path)

    def key(self, *steps: str | int) -> Place:
        """Say where the key of a value stands; for one that isn't there, where the value around it stands."""
        return self.keys[steps] if steps in self.keys else self.place(*steps)


@dataclass
class Tree:
    """One YAML file as plain values.

    Parameters
    ----------
    path
        The file, as the user named it.
    data
        Its values; ``None`` if it can't be read as a mapping.
    values, keys, written
        As in :class:`Positions`.
    broken
        Ways to values that have a fault already.
    findings
        What is wrong with the file as YAML.
    whole
        Whether every key could be read, of this file and of those it extends.
    """

    path: str
    data: dict[str, Any] | None = None
    values: dict[Steps, Place] = field(default_factory=dict)
    keys: dict[Steps, Place] = field(default_factory=dict)
    written: dict[Steps, str] = field(default_factory=dict)
    broken: set[Steps] = field(default_factory=set)
    findings: list[Finding] = field(default_factory=list)
    whole: bool = True

    def fault(self, message: str, line: int | None = None, column: int | None = None, /, **values: Any) -> None:
        """Note a fault at a line and column (both from 1)."""
        self.findings.append(Finding(f"scenario.{message}", values=values, place=Place(self.path, None, line, column)))


def read_tree(path: str) -> Tree:
    """Read a YAML file whose top is a mapping.

    Signs that Chinese input methods produce (full-width colon and blank) and tabs are named where they stand; the file
    is then read as it was meant, so that its other faults come to light in the same run.

    Parameters
    ----------
    path
        The file, as the user named it.
    """
    tree = Tree(path)
    if Path(path).is_dir():
        tree.fault("is_folder", file=path)
        return tree
    if Path(path).suffix.lower() in TABLES and Path(path).is_file():
        tree.fault("is_table", file=path, folder=str(Path(path).parent))
        return tree
    try:
        text = Path(path).read_bytes().decode("utf-8-sig")
    except OSError:
        tree.fault("no_file", file=path)
        return tree
    except UnicodeDecodeError:
        tree.fault("not_utf8")
        return tree
    try:
        node, loader = _composed(text)
        if not isinstance(node, yaml.MappingNode) or _wide_keys(node):
            raise yaml.YAMLError
    except yaml.YAMLError:
        text = _mended(text, tree)
        try:
            node, loader = _composed(text)
        except yaml.YAMLError as error:
            _syntax(error, text, tree)
            return tree
    if isinstance(node, yaml.MappingNode):
        _Walk(tree, loader).convert(node, ())
        tree.data = tree.data or {}
    elif not tree.findings:
        tree.fault("not_a_scenario", 1, 1)
    return tree


def _composed(text: str) -> tuple[yaml.Node | None, Any]:
    loader = yaml.CSafeLoader(text)
    return loader.get_single_node(), loader


def _wide_keys(node: yaml.Node) -> bool:
    """Say whether a key begins with a full-width blank, which YAML takes for a letter."""
    return isinstance(node, yaml.MappingNode) and any(
        isinstance(key, yaml.ScalarNode) and key.value.startswith("\u3000") for key, _ in node.value
    )


def _mended(text: str, tree: Tree) -> str:
    lines = text.split("\n")
    for number, line in enumerate(lines, 1):
        if line.lstrip().startswith("#"):
            continue
        if match := _TAB_INDENT.match(line):
            tree.fault("tab", number, match.end(1) + 1)
            line = match[1] + "  " * len(match[2]) + line[match.end() :]
        if match := _WIDE_INDENT.match(line):
            tree.fault("wide_blank", number, match.end(1) + 1)
            line = match[1] + " " * len(match[2]) + line[match.end() :]
        if match := _WIDE_COLON.match(line):
            tree.fault("wide_colon", number, match.end(1) + 1, line=line.strip())
            line = f"{match[1]}: {line[match.end() :]}"
        lines[number - 1] = line
    return "\n".join(lines)


def _syntax(error: yaml.YAMLError, text: str, tree: Tree) -> None:
    lines = text.split("\n")
    marks = [getattr(error, "problem_mark", None), getattr(error, "context_mark", None)]
    known = [mark for mark in marks if mark is not None]
    if not known:
        tree.fault("bad_character")
        return
    # what is never closed is noticed at the end of the file; where it was opened says more
    filled = [mark for mark in known if mark.line < len(lines) and lines[mark.line].strip()]
    if filled:
        number, column = filled[0].line, filled[0].column
    else:
        number, column = max((n for n, line in enumerate(lines) if line.strip()), default=0), 0
    tree.fault("bad_yaml", number + 1, column + 1, line=lines[number].strip())


class _Walk:
    """Turns the nodes of one file into plain values, noting where each stands."""

    def __init__(self, tree: Tree, loader: Any) -> None:
        self.tree, self.loader = tree, loader
        self.open: set[int] = set()
        self.seen = 0

    def _fault(self, message: str, node: yaml.Node, steps: Steps, /, **values: Any) -> None:
        mark = node.start_mark
        self.tree.broken.add(steps)
        self.tree.fault(message, mark.line + 1, mark.column + 1, **values)

    def convert(self, node: yaml.Node, steps: Steps) -> Any:
        mark = node.start_mark
        self.tree.values[steps] = Place(self.tree.path, None, mark.line + 1, mark.column + 1)
        self.seen += 1
        if id(node) in self.open or self.seen > MOST_NODES:
            if self.seen <= MOST_NODES + 1:
                self._fault("endless", node, steps)
            self.tree.broken.add(steps)
            return None
        self.open.add(id(node))
        try:
            if isinstance(node, yaml.MappingNode):
                return self._mapping(node, steps)
            if isinstance(node, yaml.SequenceNode):
                return [self.convert(item, (*steps, i)) for i, item in enumerate(node.value)]
            return self._scalar(node, steps)
        finally:
            self.open.discard(id(node))

    def _mapping(self, node: yaml.MappingNode, steps: Steps) -> dict[str, Any]:
        out: dict[str, Any] = {}
        if not steps:
            self.tree.data = out
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                self._fault("bad_key", key, (*steps, "?"))
                self.tree.whole = False
                continue
            name, way = key.value, (*steps, key.value)  # as written: on, no and 2026 are names here
            line, column = key.start_mark.line + 1, key.start_mark.column + 1
            if name in out:
                self.tree.fault("double_key", line, column, key=name, first=self.tree.keys[way].row)
            self.tree.keys[way] = Place(self.tree.path, None, line, column)
            out[name] = self.convert(value, way)
        return out

    def _scalar(self, node: yaml.Node, steps: Steps) -> Any:
        self.tree.written[steps] = node.value
        try:
            value = self.loader.construct_object(node)
        except yaml.constructor.ConstructorError:
            self._fault("bad_tag", node, steps, tag=node.tag)
            return None
        except ValueError:
            self._fault("no_such_day", node, steps, value=node.value)
            return None
        if isinstance(value, (int, float)) and not isinstance(value, bool) and _ODD_NUMBER.fullmatch(node.value):
            self._fault("odd_number", node, steps, value=node.value, read=value)
        return value
