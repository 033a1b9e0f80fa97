"""The shape of the repository: no import circle, small modules, files that ship, documents whose commands exist."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from fnmatch import fnmatch
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import click
import pytest

import cloudplan
from cloudplan import cli

PACKAGE = Path(cloudplan.__file__).parent
ROOT = PACKAGE.parent
LONGEST = 400
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


def module_name(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


MODULES = {module_name(path): path for path in sorted(PACKAGE.rglob("*.py"))}


def imported(name: str) -> Iterator[str]:
    """Our own modules that a module imports anywhere in its text, inside functions too."""
    path = MODULES[name]
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in MODULES)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                above = package.split(".")[: len(package.split(".")) - node.level + 1]
                base = ".".join([*above, base]).strip(".")
            for alias in node.names:
                target = f"{base}.{alias.name}"
                if target in MODULES:
                    yield target
                elif base in MODULES:
                    yield base


def test_no_import_circle_lazy_ones_included() -> None:
    graph = {name: set(imported(name)) - {name} for name in MODULES}
    assert "cloudplan.inventory.write" in graph["cloudplan.verbs.new"], "lazy imports are not seen"
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(f"import circle: {' → '.join(error.args[1])}")


@pytest.mark.parametrize("name", MODULES)
def test_a_long_module_says_why(name: str) -> None:
    text = MODULES[name].read_text("utf-8")
    if text.count("\n") > LONGEST:
        docstring = ast.get_docstring(ast.parse(text)) or ""
        assert re.search(r"^Length: \S", docstring, re.MULTILINE), f"{name} is over {LONGEST} lines and gives no reason"


@pytest.mark.parametrize("name", [n for n, path in MODULES.items() if path.stat().st_size])
def test_every_module_says_what_it_is(name: str) -> None:
    assert ast.get_docstring(ast.parse(MODULES[name].read_text("utf-8")))


def test_a_verb_is_a_file_and_a_file_a_verb() -> None:
    assert sorted(cli.VERBS) == sorted(path.stem for path in (PACKAGE / "verbs").glob("[!_]*.py"))


def test_everything_beside_the_code_ships() -> None:
    patterns = PROJECT["tool"]["setuptools"]["package-data"]["cloudplan"]
    for path in PACKAGE.rglob("*"):
        if path.is_file() and path.suffix != ".py" and path.parent.name != "__pycache__":
            name = path.relative_to(PACKAGE).as_posix()
            assert any(
                fnmatch(f"/{name}", pattern.replace("**", "*")) or fnmatch(name, pattern) for pattern in patterns
            ), f"{name} would be missing from an installed cloudplan"


def test_every_code_folder_is_a_package() -> None:
    for path in MODULES.values():
        assert (path.parent / "__init__.py").is_file(), f"{path.parent} would be missing from an installed cloudplan"


def test_the_lock_names_every_dependency_and_no_address() -> None:
    lock = (ROOT / "requirements.lock").read_text("utf-8")
    assert "://" not in lock
    locked = set(re.findall(r"^([a-z0-9-]+)==", lock, re.MULTILINE))
    stated = [*PROJECT["project"]["dependencies"]]
    for name, extra in PROJECT["project"]["optional-dependencies"].items():
        # solvers that our own is measured beside; no user needs them
        stated += extra if name != "bench" else []
    wanted = {re.split(r"[<>=!~;\[ ]", line)[0].lower().replace("_", "-") for line in stated}
    assert wanted <= locked
    assert lock.count("==") <= lock.count("--hash=")


def test_the_version_is_said_once() -> None:
    assert PROJECT["project"]["version"] == cloudplan.__version__
    assert f"## [{cloudplan.__version__}]" in (ROOT / "CHANGELOG.md").read_text("utf-8")


DOCUMENTS = [*sorted(ROOT.glob("README*.md")), *sorted((ROOT / "docs").rglob("*.md"))]


def commands(text: str) -> Iterator[list[str]]:
    """The words of every command in the fenced blocks of a document, continued lines joined."""
    for block in re.findall(r"^```[a-z]*\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
        for line in block.replace("\\\n", " ").splitlines():
            words = line.removeprefix("$ ").split("#")[0].split()
            if words:
                yield words


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_commands_of_the_documents_exist(document: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    for words in commands(document.read_text("utf-8")):
        if words[0] == "make":
            assert {w for w in words[1:] if "=" not in w} <= targets, " ".join(words)
        if words[0].endswith("cloudplan") and len(words) > 1:
            group = cli.CommandLine()
            context = click.Context(group)
            command: click.Command | None = group
            if not words[1].startswith("-"):
                command = group.get_command(context, words[1])
                assert command is not None, " ".join(words)
            known = {option for parameter in command.params for option in parameter.opts}
            assert {w.split("=")[0] for w in words if w.startswith("-")} <= known, " ".join(words)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_of_the_documents_lead_somewhere(document: Path) -> None:
    for target in re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", document.read_text("utf-8")):
        assert (document.parent / target).exists(), f"{document.name} → {target}"


def test_the_index_of_the_documents_names_every_page() -> None:
    index = (ROOT / "docs" / "README.md").read_text("utf-8")
    pages = [path.relative_to(ROOT / "docs").as_posix() for path in (ROOT / "docs").rglob("*.md")]
    assert [page for page in pages if page != "README.md" and f"({page})" not in index] == []


@pytest.mark.parametrize("pair", [("README.md", "README.zh-CN.md")])
def test_both_readmes_name_the_same_commands(pair: tuple[str, str]) -> None:
    english, chinese = (list(commands((ROOT / name).read_text("utf-8"))) for name in pair)
    assert english
    assert [" ".join(words) for words in english] == [" ".join(words) for words in chinese]
