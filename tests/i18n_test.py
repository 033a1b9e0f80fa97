"""The catalogues: complete in both languages, and the only place where Chinese sentences stand."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest

from cloudplan import i18n
from cloudplan.findings import Finding

PACKAGE = Path(i18n.__file__).parents[1]
MODULES = sorted(PACKAGE.rglob("*.py"))
IDEOGRAPH = re.compile("[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
CHINESE, ENGLISH = (i18n.catalogue(language) for language in ("zh-CN", "en"))
AREAS = {message.partition(".")[0] for message in CHINESE}
MESSAGE = re.compile(rf"({'|'.join(sorted(AREAS))})(\.[a-z0-9_]+)+")
# "plan.json" or "inventory.csv" look like ids, and are files
FILES = (".json", ".csv", ".yaml", ".yml", ".toml", ".html", ".css", ".j2", ".md", ".txt", ".xlsx", ".py")


def placeholders(message: str) -> set[str]:
    """Names of what a message shows; a number that only chooses a word needs no counterpart in the other language."""
    parts = [(name, spec or "") for _, name, spec, _ in Formatter().parse(message) if name is not None]
    return {re.split(r"[.\[]", name)[0] for name, spec in parts if not spec.startswith("|")}


def constants(tree: ast.AST) -> Iterator[ast.Constant]:
    """All string constants but docstrings and the parts of f-strings."""
    skipped = set()
    for node in ast.walk(tree):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
            for statement in node.body:
                if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
                    skipped.add(statement.value)
        if isinstance(node, ast.JoinedStr):
            skipped.update(part for part in node.values if isinstance(part, ast.Constant))
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in skipped:
            yield node


def parsed(module: Path) -> ast.Module:
    return ast.parse(module.read_text("utf-8"))


def name(module: Path) -> str:
    return str(module.relative_to(PACKAGE))


def test_both_catalogues_have_the_same_messages() -> None:
    assert set(CHINESE) == set(ENGLISH)


@pytest.mark.parametrize("area", sorted(AREAS))
def test_both_catalogues_have_the_same_placeholders(area: str) -> None:
    ids = [message for message in CHINESE if message.startswith(f"{area}.")]
    differing = {m: (CHINESE[m], ENGLISH.get(m)) for m in ids if placeholders(CHINESE[m]) != placeholders(ENGLISH[m])}
    assert not differing


@pytest.mark.parametrize("area", sorted(AREAS))
def test_a_cure_needs_no_more_than_its_message(area: str) -> None:
    for message in (m for m in CHINESE if m.startswith(f"{area}.") and m.endswith(".cure")):
        said = message.removesuffix(".cure")
        assert said in CHINESE, f"{message} cures nothing"


def test_each_catalogue_is_written_in_its_language() -> None:
    # an English sentence may quote a Chinese word; a Chinese one holds at least one ideograph
    assert {m: t for m, t in ENGLISH.items() if len(IDEOGRAPH.findall(t)) > len(t) / 10} == {}
    sentence = re.compile("[a-z]{4,} [a-z]{2,}")
    assert {m: t for m, t in CHINESE.items() if sentence.search(t) and not IDEOGRAPH.search(t)} == {}


def test_chinese_sentences_use_full_width_punctuation() -> None:
    # "键: 值" and [甲, 乙] quote YAML, which takes half-width signs only
    han = IDEOGRAPH.pattern
    mixed = re.compile(rf"{han}[,:;()!?]|[,:;()!?]{han}")
    quoted = re.compile(rf"(?<={han}): (?={han})|\[{han}(, {han})*\]")
    assert {m: t for m, t in CHINESE.items() if mixed.search(quoted.sub("", t))} == {}


@pytest.mark.parametrize("module", MODULES, ids=name)
def test_every_message_that_the_code_names_exists(module: Path) -> None:
    # a package may put its own area before its ids, as the report's view does
    area = name(module).partition("/")[0]
    for node in constants(parsed(module)):
        if MESSAGE.fullmatch(node.value) and not node.value.endswith(FILES):
            known = any(f"{m}.".startswith((f"{node.value}.", f"{area}.{node.value}.")) for m in CHINESE)
            assert known, f"{name(module)}:{node.lineno}: no message {node.value}"


@pytest.mark.parametrize("module", MODULES, ids=name)
def test_every_error_has_a_cure(module: Path) -> None:
    helpless = []
    for node in ast.walk(parsed(module)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Finding" and node.args:
            given = {k.arg: ast.unparse(k.value) for k in node.keywords}
            severity = ast.unparse(node.args[1]) if len(node.args) > 1 else given.get("severity", "Severity.ERROR")
            if severity == "Severity.ERROR":
                named = [c.value for c in constants(node.args[0]) if MESSAGE.fullmatch(c.value)]
                helpless += [message for message in named if f"{message}.cure" not in CHINESE]
    assert helpless == []


def is_data_of_the_sample(module: Path) -> bool:
    return "sample" in name(module)


@pytest.mark.parametrize("module", [m for m in MODULES if not is_data_of_the_sample(m)], ids=name)
def test_code_holds_no_chinese_sentence(module: Path) -> None:
    parts = [node for node in ast.walk(parsed(module)) if isinstance(node, ast.JoinedStr)]
    inner = [part for node in parts for part in node.values if isinstance(part, ast.Constant)]
    found = [(n.lineno, n.value) for n in [*constants(parsed(module)), *inner] if IDEOGRAPH.search(str(n.value))]
    assert not found


@pytest.mark.parametrize("page", sorted(PACKAGE.rglob("*.j2")), ids=name)
def test_templates_hold_no_chinese_sentence(page: Path) -> None:
    assert not IDEOGRAPH.search(page.read_text("utf-8"))


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (1, "1 host chosen"),
        ("1", "1 host chosen"),
        (0, "0 hosts chosen"),
        (2, "2 hosts chosen"),
        ("1,001", "1,001 hosts chosen"),
    ],
)
def test_a_number_chooses_its_word(given: object, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(i18n, "_area", lambda language, area: {"plan.x": "{n} {n:|host|hosts} chosen"})
    assert i18n.say("plan.x", "en", n=given) == said


COUNTED = re.compile(
    r"\{(count|rows|hosts|systems|rooms|servers|departments|workloads|machines|flows|records)\} [a-z]+s\b"
)


@pytest.mark.parametrize(("given", "chinese", "english"), [(3, "三级", "3"), (None, "无", "none"), (9, "9", "9")])
def test_a_level_is_said_as_the_language_says_it(
    given: object, chinese: str, english: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = {"zh-CN": CHINESE, "en": ENGLISH}
    monkeypatch.setattr(i18n, "_area", lambda language, area: {**words[language], "plan.x": "{n:#}"})
    assert (i18n.say("plan.x", "zh-CN", n=given), i18n.say("plan.x", "en", n=given)) == (chinese, english)


def test_chinese_says_no_level_in_two_ways() -> None:
    assert {m: t for m, t in CHINESE.items() if re.search(r"第 ?[0-9{][^}]*}? ?级", t)} == {}


def test_english_counts_no_one_thing_in_the_plural() -> None:
    """A noun in the plural follows a number only as one of two words; after "of" a verb may stand."""
    verbs = ("is", "was", "has", "goes", "stands")
    found = {m: f[0] for m, t in ENGLISH.items() if (f := COUNTED.search(t)) and not f[0].endswith(verbs)}
    assert found == {}


def test_words_and_cure_of_a_finding() -> None:
    finding = Finding("cli.usage.verb", values={"given": "plna", "maybe": ("plan", "explain")})
    assert i18n.words(finding, "en") == "There is no verb plna"
    assert i18n.cure(finding, "en") == "Maybe plan, explain"
    assert i18n.cure(finding) == "也许是：plan、explain"
    assert i18n.cure(Finding("cli.stopped")) == ""


def test_an_unknown_language_is_refused() -> None:
    with pytest.raises(ValueError, match="no catalogue"):
        i18n.catalogue("fr")
