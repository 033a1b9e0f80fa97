"""The command line: what its help loads, what it answers to bad calls, and that --json is always one document."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from cloudplan import cli
from cloudplan.errors import BadInput, Infeasible, NoAnswer
from cloudplan.findings import Finding, Place, Severity
from cloudplan.i18n import LANGUAGES, say
from cloudplan.screen import Screen, plain

HEAVY = ("pandas", "pyomo", "numba", "pydantic", "numpy", "networkx", "highspy", "altair", "rich", "yaml", "jinja2")
ROOT = Path(__file__).parents[1]


def call(capsys: pytest.CaptureFixture[str], *argv: str) -> tuple[int, str, str]:
    status = cli.main(argv)
    captured = capsys.readouterr()
    return status, captured.out, captured.err


@pytest.mark.parametrize("argv", [["--help"], ["--version"], *([verb, "--help"] for verb in cli.VERBS)], ids=" ".join)
def test_help_loads_nothing_heavy(argv: list[str]) -> None:
    code = (
        "import sys; from cloudplan.cli import main; status = main(sys.argv[2:]);"
        "loaded = [m for m in sys.argv[1].split() if m in sys.modules];"
        "print('LOADED', *loaded); sys.exit(status)"
    )
    command = [sys.executable, "-c", code, " ".join(HEAVY), *argv]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}
    ran = subprocess.run(command, capture_output=True, encoding="utf-8", env=environment, cwd=ROOT, check=False)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.splitlines()[-1].strip() == "LOADED"
    assert len(ran.stdout.splitlines()) > 1, "the help itself is missing"


@pytest.mark.parametrize("language", LANGUAGES)
def test_help_lists_every_verb_and_every_parameter(capsys: pytest.CaptureFixture[str], language: str) -> None:
    status, out, _ = call(capsys, "--help", "--lang", language)
    assert status == 0
    for verb in cli.VERBS:
        assert f"\n  {verb} " in out
        status, own, _ = call(capsys, verb, "--lang", language, "--help")
        assert status == 0
        for option in ("--lang", "--json", "--debug", "--help"):
            assert option in own


def test_english_help_begins_every_line_small() -> None:
    for verb in cli.VERBS:
        command = cli.CommandLine().get_command(None, verb)  # type: ignore[arg-type]
        assert command is not None
        names = ["about", *(param.name for param in command.params if param.expose_value)]
        said = [say(f"cli.{verb}.{name}", "en") for name in names]
        assert [text for text in said if text[0].isupper()] == []


def test_language_comes_from_option_then_environment_then_chinese(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CLOUDPLAN_LANG", raising=False)
    assert cli.asked(["--help"], {}).language == "zh-CN"
    assert cli.asked(["--help"], {"CLOUDPLAN_LANG": "en"}).language == "en"
    assert cli.asked(["check", "x", "--lang=zh-CN"], {"CLOUDPLAN_LANG": "en"}).language == "zh-CN"
    assert cli.asked(["check", "x", "--lang", "zh"], {"CLOUDPLAN_LANG": "en"}).language == "zh-CN"
    monkeypatch.setenv("CLOUDPLAN_LANG", "fr")
    status, _, err = call(capsys, "check", "x", "--lang", "en")
    assert status == 2
    assert "CLOUDPLAN_LANG" in err


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["plna"], "cli.usage.verb"),
        (["plan"], "cli.usage.missing"),
        (["plan", "x.yaml"], "cli.usage.missing"),
        (["plan", "x.yaml", "-o"], "cli.usage.option_value"),
        (["plan", "x.yaml", "-o", "--lang", "en"], "cli.usage.option_value"),
        (["explain", "runs/a", "--pool", "--lang", "en"], "cli.usage.option_value"),
        (["plan", "x.yaml", "--outt", "y"], "cli.usage.option"),
        (["check", "a", "b"], "cli.usage.extra"),
        (["check", "a", "--lang", "fr"], "cli.usage.choice"),
        (["report", "a", "--format", "odt"], "cli.usage.choice"),
        (["new", "a", "--seed", "-1"], "cli.usage.number"),
        (["new", "a", "--seed", "one"], "cli.usage.number"),
        (["compare", "a"], "cli.usage.two_plans"),
    ],
)
def test_wrong_usage_exits_2_with_a_finding(
    capsys: pytest.CaptureFixture[str], argv: list[str], message: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    status, out, _ = call(capsys, *argv, "--json")
    assert status == 2
    document = json.loads(out)
    assert (document["status"], document["exit"]) == ("usage", 2)
    assert [finding["message"] for finding in document["findings"]] == [message]
    assert document["findings"][0]["cure"]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("argv", [[], ["--lang", "en"]])
def test_without_a_verb_the_help_is_shown(capsys: pytest.CaptureFixture[str], argv: list[str]) -> None:
    status, out, err = call(capsys, *argv)
    assert (status, out) == (2, "")
    assert "explain" in err


@pytest.mark.parametrize("argv", [["--help"], ["check", "lost", "--json"], ["check", "inventory"], ["check", "lost"]])
def test_a_reader_that_has_gone_ends_it_quietly(argv: list[str]) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}
    read, write = os.pipe()
    os.close(read)
    streams: dict[str, Any] = {"stdout": write, "stderr": subprocess.PIPE}
    if argv == ["check", "lost"]:  # a fault in words goes to stderr
        streams = {"stdout": subprocess.PIPE, "stderr": write}
    command = [sys.executable, "-m", "cloudplan", *argv]
    ran = subprocess.run(command, encoding="utf-8", env=environment, cwd=ROOT, check=False, **streams)
    os.close(write)
    assert ran.returncode == 141
    assert not ran.stdout
    assert not ran.stderr


FAULTS = [
    Finding("cli.file.missing", values={"path": "a"}, place=Place("servers.csv", row=57, column="memory_gib")),
    Finding("cli.file.denied", severity=Severity.WARNING, values={"path": "b"}),
]


@pytest.mark.parametrize(
    ("error", "status", "name"),
    [(BadInput, 1, "bad_input"), (Infeasible, 3, "infeasible"), (NoAnswer, 4, "limit")],
)
def test_every_finding_of_a_failure_is_shown(
    capsys: pytest.CaptureFixture[str], error: type[BadInput], status: int, name: str
) -> None:
    assert Screen("en").failure(error(FAULTS)) == status
    captured = capsys.readouterr()
    lines = captured.err.splitlines()
    assert captured.out == ""
    assert lines[0] == "servers.csv:57:memory_gib: error: a is not there"
    assert lines[1].startswith("    ")
    assert lines[2].startswith("warning: b ")
    assert Screen("zh-CN", as_json=True).failure(error(FAULTS)) == status
    document = json.loads(capsys.readouterr().out)
    assert (document["status"], document["exit"]) == (name, status)
    assert document["findings"][0]["place"] == {"file": "servers.csv", "sheet": None, "row": 57, "column": "memory_gib"}


@pytest.mark.parametrize(
    ("raised", "status", "message"),
    [
        (FileNotFoundError(2, "gone", "lost.csv"), 1, "cli.file.missing"),
        (PermissionError(13, "no", "shut.csv"), 1, "cli.file.denied"),
        (IsADirectoryError(21, "dir", "folder"), 1, "cli.file.is_folder"),
        (OSError(28, "disk full", "full.csv"), 1, "cli.file.other"),
        (KeyError("pool"), 70, "cli.fault"),
    ],
)
def test_no_traceback_reaches_a_user(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    raised: Exception,
    status: int,
    message: str,
) -> None:
    def fail(*args: Any) -> None:
        raise raised

    monkeypatch.setattr("cloudplan.saved.load", fail)
    got, out, err = call(capsys, "explain", "plan", "S1", "--json")
    assert got == status
    assert err == ""
    assert [finding["message"] for finding in json.loads(out)["findings"]] == [message]
    got, _, err = call(capsys, "explain", "plan", "S1", "--debug")
    assert got == status
    assert "Traceback" in err


OUT = [
    ["plan", "base.yaml", "-o"],
    ["report", "run", "-o"],
    ["new"],
    ["survey", "new", "-o"],
    ["survey", "read", "form.csv", "-o"],
    ["intake", "servers.csv", "--mapping", "map.yaml", "-o"],
]


@pytest.mark.parametrize("argv", OUT, ids=" ".join)
@pytest.mark.parametrize(
    ("raised", "path", "message"),
    [
        (None, "letter.txt/run.xlsx", "cli.file.below_file"),
        (PermissionError(13, "no", "/scratch/.run-x"), "deep/run.xlsx", "cli.file.denied"),
    ],
)
def test_a_path_that_cant_be_written_is_refused_before_all_else(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    argv: list[str],
    raised: Exception | None,
    path: str,
    message: str,
) -> None:
    def shut(*args: Any, **options: Any) -> None:
        assert raised is not None
        raise raised

    monkeypatch.chdir(tmp_path)
    (tmp_path / "letter.txt").write_text("mine")
    if raised is not None:
        monkeypatch.setattr("tempfile.TemporaryFile", shut)
    status, out, _ = call(capsys, *argv, path, "--json")
    assert status == 1
    (finding,) = json.loads(out)["findings"]
    assert (finding["message"], finding["values"]["path"]) == (message, path)
    assert finding["cure"]
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]


def test_plan_refuses_a_folder_that_is_not_a_plan(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("mine")
    status, out, _ = call(capsys, "plan", "base.yaml", "-o", str(tmp_path), "--json")
    assert status == 1
    assert json.loads(out)["findings"][0]["message"] == "cli.plan.foreign"
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]


def test_a_missing_inventory_or_plan_is_bad_input(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    lost = str(tmp_path / "lost")
    for argv in (["check", lost], ["explain", lost, "S1"], ["report", lost], ["compare", lost, lost]):
        status, out, err = call(capsys, *argv, "--json")
        assert (status, err) == (1, ""), argv
        assert json.loads(out)["findings"], argv


def test_progress_talks_on_stderr_only(capsys: pytest.CaptureFixture[str]) -> None:
    with Screen("en").progress() as progress:
        progress("cli.plan.saving", {"folder": "runs/x"})
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.endswith("s  Write the plan to runs/x\n")
    with Screen("en", as_json=True).progress() as progress:
        progress("cli.plan.saving", {"folder": "runs/x"})
    assert capsys.readouterr() == ("", "")


def test_plain_turns_everything_into_what_json_holds() -> None:
    import datetime as dt

    import numpy as np

    given = {
        "nan": float("nan"),
        "number": np.float64(1.5),
        "count": np.int64(3),
        "yes": np.bool_(True),
        "day": dt.date(2026, 3, 2),
        "path": Path("a") / "b",
        "set": {"b", "a"},
        1: (None, float("inf")),
    }
    want = {
        "nan": None,
        "number": 1.5,
        "count": 3,
        "yes": True,
        "day": "2026-03-02",
        "path": str(Path("a") / "b"),
        "set": ["a", "b"],
        "1": [None, None],
    }
    assert json.loads(json.dumps(plain(given), allow_nan=False)) == want


class Said:
    """Stands for an explanation or a comparison."""

    def text(self, language: str) -> str:
        return f"words in {language}"

    def as_json(self) -> dict[str, Any]:
        return {"reasons": [float("nan")]}


def test_explain_and_compare_print_words_or_json(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Any] = []
    monkeypatch.setattr("cloudplan.saved.load", lambda folder: folder.name)
    monkeypatch.setattr("cloudplan.explain.explain", lambda *args: asked.append(args) or Said())
    monkeypatch.setattr("cloudplan.compare.compare", lambda plans: asked.append(plans) or Said())
    assert call(capsys, "explain", "runs/a", "S1", "--pool", "P", "--lang", "en") == (0, "words in en\n", "")
    assert call(capsys, "compare", "runs/a", "runs/b") == (0, "words in zh-CN\n", "")
    explained, compared = asked
    assert (explained[:5], explained[-1], compared) == (("a", "S1", "P", (), False), False, ["a", "b"])
    _, out, _ = call(capsys, "explain", "runs/a", "S1", "--json")
    document = json.loads(out)
    assert (document["status"], document["explanation"]) == ("done", {"reasons": [None]})
    _, out, _ = call(capsys, "compare", "runs/a", "runs/b", "--json")
    assert json.loads(out)["comparison"] == {"reasons": [None]}


def test_report_writes_a_page_into_the_plan_or_where_it_is_told(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("cloudplan.saved.load", lambda folder: "plan")
    monkeypatch.setattr("cloudplan.report.html.write_html", lambda plan, path, language: path.write_text(language))
    monkeypatch.setattr("cloudplan.report.text.text_report", lambda plan, language: f"text in {language}")
    status, out, _ = call(capsys, "report", str(tmp_path), "--json")
    assert status == 0
    assert json.loads(out)["report"] == str(tmp_path / "report.zh-CN.html")
    assert (tmp_path / "report.zh-CN.html").read_text() == "zh-CN"
    elsewhere = tmp_path / "new" / "page.html"
    status, out, _ = call(capsys, "report", str(tmp_path), "-o", str(elsewhere), "--lang", "en")
    assert out == f"The report is in {elsewhere}\n"
    assert elsewhere.read_text() == "en"
    assert call(capsys, "report", str(tmp_path), "--format", "text") == (0, "text in zh-CN\n", "")


def test_plan_that_fails_writes_nothing(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def fail(*args: Any) -> None:
        raise Infeasible(FAULTS)

    call(capsys, "new", str(tmp_path / "p"))
    monkeypatch.setattr("cloudplan.scenario_file.read_all", lambda *given: ("scenario", "inventory", None))
    monkeypatch.setattr("cloudplan.plan.make_plan", fail)
    out_folder = tmp_path / "run"
    status, out, err = call(capsys, "plan", str(tmp_path / "p/scenarios/base.yaml"), "-o", str(out_folder), "--lang=en")
    assert (status, out) == (3, "")
    assert "a is not there" in err
    assert not out_folder.exists()


def test_warnings_of_a_kind_are_counted_and_no_error_is_left_out() -> None:
    weak = [
        Finding("inventory.weak_room", Severity.WARNING, f"S{n}", values={"level": 3, "rooms": "R"}) for n in range(9)
    ]
    lost = [Finding("cli.file.missing", values={"path": f"file-{n}"}) for n in range(9)]
    lines = Screen("en").findings([*weak, *lost]).splitlines()
    said = [line for line in lines if not line.startswith(" ")]
    assert [line.startswith("error: file-") for line in said] == 9 * [True] + 3 * [False]
    assert [line for line in lines if "6 more" in line and "weak-room" in line]
    assert Screen("en").findings(weak[:4]).count("warning") == 4


@pytest.mark.parametrize("language", LANGUAGES)
def test_one_fault_in_many_rows_is_worded_three_times_and_counted(
    capsys: pytest.CaptureFixture[str], language: str
) -> None:
    def lost(value: str, row: int, column: str = "department") -> Finding:
        values = {"value": value, "table": "T", "file": "f.csv", "maybe": None}
        place = Place("systems.csv", row=row, column=column)
        return Finding("inventory.unknown_reference", subject=f"S{row}", values=values, place=place)

    findings = [lost("D02", row) for row in range(2, 33)]
    findings[5:5] = [lost("D77", 90), lost("D02", 91, "owner")]
    lines = Screen(language).findings(findings).splitlines()
    assert len([line for line in lines if line.startswith("systems.csv:")]) == 5
    assert [line for line in lines if " 28 " in line and "--json" in line]
    assert any(":90:" in line and "D77" in line for line in lines)
    assert any(":91:owner" in line for line in lines)
    Screen(language, as_json=True).failure(BadInput(findings))
    assert len(json.loads(capsys.readouterr().out)["findings"]) == 33


def test_one_cure_for_several_in_a_row_is_said_once() -> None:
    alike = [Finding("explain.force.no_way", subject=name, values={"pool": "P"}) for name in ("A", "B", "D")]
    other = Finding("explain.force.nothing_runs", subject="C")
    lines = Screen("en").findings([*alike[:2], other, alike[2]]).splitlines()
    assert [line.startswith("    ") for line in lines] == [False, False, True, False, True, False, True]
