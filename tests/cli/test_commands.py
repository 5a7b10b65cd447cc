"""The command as people and scripts start it: output, streams, exit codes."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from dialecto import Project, __version__
from dialecto.cli import main
from dialecto.cli.reference import reference
from dialecto.cli.run import STAGE_HELP
from dialecto.project import runner, stages
from dialecto.project.stages import STAGES
from tests.project.fake import fake_stages, make_fake_project, no_energy

ROOT = Path(__file__).parents[2]


def dialecto(*words: str, **how: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "dialecto", *words], capture_output=True, encoding="utf-8", **how
    )


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with fast stages, for commands run inside this process."""
    monkeypatch.setattr(stages, "STAGES", fake_stages())
    monkeypatch.setattr(runner, "STAGES", fake_stages())
    monkeypatch.setattr(runner, "measured_energy", no_energy)
    return make_fake_project(tmp_path / "p")


def call(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, dict[str, Any]]:
    """Exit code and the one JSON object on standard output."""
    code = main.run_command([*words, "--json"])
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 1
    value: dict[str, Any] = json.loads(lines[0])
    return code, value


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys; from dialecto.cli.main import run_command; run_command(['--help']);"
        "print(sorted(sys.modules), file=sys.stderr)"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8")
    heavy = {
        "torch", "transformers", "numpy", "pyarrow", "duckdb", "pydantic", "yaml", "nicegui",
        "fastapi", "rich", "sqlite3", "matplotlib", "codecarbon", "pandas", "asyncio",
    }  # fmt: skip
    assert "Usage: dialecto" in result.stdout
    assert {name for name in heavy if f"'{name}'" in result.stderr} == set()


def test_a_run_with_nothing_to_do_imports_no_torch(trained_project: Project) -> None:
    code = (
        "import sys; from dialecto.cli.main import run_command;"
        f"assert run_command(['run', '--project', {str(trained_project.root)!r}, '--json']) == 0;"
        "print(sorted(sys.modules), file=sys.stderr)"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8")
    ran = {name: stage["ran"] for name, stage in json.loads(result.stdout)["stages"].items()}
    assert ran == dict.fromkeys([s.name for s in STAGES if s.name != "collect"], False)
    heavy = {"torch", "transformers", "numpy", "pyarrow", "codecarbon"}
    assert {name for name in heavy if f"'{name}'" in result.stderr} == set()


def test_the_stages_have_their_commands() -> None:
    assert list(STAGE_HELP) == [stage.name for stage in STAGES]


def test_the_reference_page_is_up_to_date() -> None:
    page = ROOT / "docs" / "reference" / "cli.md"
    assert page.read_text(encoding="utf-8") == reference(), (
        "python -m dialecto.cli.reference > docs/reference/cli.md"
    )


def test_version_and_bad_usage() -> None:
    assert dialecto("--version").stdout == f"dialecto {__version__}\n"
    wrong = dialecto("rnu")
    assert wrong.returncode == 2
    assert "Did you mean 'run'" in wrong.stderr
    assert wrong.stdout == ""
    assert dialecto("run", "--nothing").returncode == 2


def test_new_leaves_a_recipe_that_validates(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], conversation_line: str
) -> None:
    (tmp_path / "datos").mkdir()
    (tmp_path / "datos" / "a.md").write_text("Hola.", encoding="utf-8")
    (tmp_path / "datos" / "c.jsonl").write_text(conversation_line, encoding="utf-8")
    words = ["new", str(tmp_path / "p"), "--source", str(tmp_path / "datos"), "--lang", "en"]
    code, facts = call(capsys, *words, "--name", "Mi: modelo", "--budget", "1m")
    assert code == 0
    assert facts["objective"] == "chat"
    assert [s["kind"] for s in facts["sources"]] == ["documents", "conversations"]
    recipe = Project.open(tmp_path / "p").recipe
    assert (recipe.name, recipe.lang, recipe.budget) == ("Mi: modelo", "en", "1m")
    code, facts = call(capsys, *words)
    assert code == 2
    assert "is there already" in facts["error"]


def test_run_then_status_then_ledger_then_lineage(
    fake: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    where = ["--project", str(fake / "docs")]  # a folder inside the project will do
    code, facts = call(capsys, "run", *where, "--until", "tokenizer")
    assert code == 0
    assert {k: v["ran"] for k, v in facts["stages"].items()} == {"corpus": True, "tokenizer": True}
    code, facts = call(capsys, "status", *where)
    assert facts["project"] == "falso"
    assert {k: v["state"] for k, v in facts["stages"].items()} == {
        "corpus": "done", "tokenizer": "done", "pretrain": "missing", "report": "missing",
    }  # fmt: skip
    assert all(
        set(v) >= {"state", "digest", "seconds", "metrics"} for v in facts["stages"].values()
    )
    assert call(capsys, "corpus", *where)[1]["stages"]["corpus"]["ran"] is False
    assert call(capsys, "corpus", "--again", *where)[1]["stages"]["corpus"]["ran"] is True
    code, facts = call(capsys, "ledger", "verify", *where)
    assert code == 0
    assert facts == {"intact": True, "entries": facts["entries"], "faults": []}
    code, facts = call(capsys, "ledger", "show", "--limit", "1", *where)
    assert [entry["action"] for entry in facts["entries"]] == ["stage.done"]
    code, facts = call(capsys, "lineage", "--verify", *where)
    assert code == 0
    assert [link["stage"] for link in facts["chain"]] == ["tokenizer", "corpus"]
    assert list(facts["chain"][1]["sources"]) == [str(fake / "docs")]
    for words in (["run"], ["status"], ["lineage"], ["ledger", "show"], ["ledger", "verify"]):
        assert main.run_command([*words, *where]) == 0  # as text too
    assert "already done" in capsys.readouterr().out


def test_tampering_is_found_and_named(fake: Path, capsys: pytest.CaptureFixture[str]) -> None:
    import sqlite3
    from contextlib import closing

    where = ["--project", str(fake)]
    assert main.run_command(["run", *where]) == 0
    capsys.readouterr()
    part = Project.open(fake).artefact("corpus") / "parts" / "0.txt"
    part.write_bytes(part.read_bytes().swapcase())
    code, facts = call(capsys, "lineage", "--verify", *where)
    assert code == 1
    assert "parts/0.txt is not what was made" in facts["faults"][0]
    with closing(sqlite3.connect(fake / "ledger.db", isolation_level=None)) as connection:
        connection.execute("DROP TRIGGER append_only_update")
        connection.execute("UPDATE entries SET actor = 'nobody' WHERE seq = 3")
    code, facts = call(capsys, "ledger", "verify", *where)
    assert code == 1
    assert facts["intact"] is False
    assert facts["faults"][0]["seq"] == 3
    assert main.run_command(["ledger", "verify", *where]) == 1
    assert "entry 3: was changed" in capsys.readouterr().out


def test_a_wrong_recipe_is_answered_whole(fake: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (fake / "dialecto.yaml").write_text("nam: x\nsources: [{path: nada}]\n", encoding="utf-8")
    code, facts = call(capsys, "run", "--project", str(fake))
    assert code == 2
    assert [(p["line"], p["field"]) for p in facts["problems"]] == [
        (1, "name"), (1, "nam"), (2, "sources.0.path"),
    ]  # fmt: skip
    assert main.run_command(["status", "--project", str(fake)]) == 2
    assert "Did you mean `name`?" in capsys.readouterr().err
    # What does not need the recipe's content still answers.
    assert call(capsys, "ledger", "verify", "--project", str(fake))[0] == 0


def test_no_project_and_no_such_stage(
    tmp_path: Path, fake: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    code, facts = call(capsys, "status", "--project", str(empty))
    assert code == 2
    assert "dialecto new" in facts["error"]
    code, facts = call(capsys, "status", "--project", str(fake / "typo"))
    assert code == 2
    assert "does not exist" in facts["error"]
    code, facts = call(capsys, "run", "--until", "nada", "--project", str(fake))
    assert code == 2
    assert "corpus, tokenizer" in facts["error"]


def test_the_unexpected_leaves_a_log_and_no_traceback(
    fake: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("by zero")

    monkeypatch.setattr("tests.project.fake.copy", broken)
    code = main.run_command(["run", "--project", str(fake), "--json"])
    output = capsys.readouterr()
    assert code == 1
    facts = json.loads(output.out)
    assert facts["error"] == "ZeroDivisionError: by zero"
    assert "Traceback" not in output.err
    assert "Traceback" in Path(facts["log"]).read_text(encoding="utf-8")


@pytest.mark.skipif(os.name == "nt", reason="signals")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_says_where_its_work_is(
    untrained_project: Path, tmp_path: Path, number: signal.Signals
) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(untrained_project.parent, copy, ignore=shutil.ignore_patterns("artifacts"))
    root = copy / untrained_project.name
    process = subprocess.Popen(
        [sys.executable, "-m", "dialecto", "run", "--project", str(root), "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    while not list((root / "artifacts").glob("corpus/.work-*/.begun.json")):
        assert process.poll() is None
        time.sleep(0.02)
    process.send_signal(number)
    output, errors = process.communicate(timeout=60)
    assert process.returncode == 130, errors
    facts = json.loads(output)
    assert Path(facts["saved"]).is_dir()
    assert facts["saved"] in errors.decode()
    assert b"Traceback" not in errors


INTERRUPTED = """
from dialecto.cli import main

def interrupted(words):
    try:
        exec("raise KeyboardInterrupt")
    except KeyboardInterrupt:
        return 130

main.run_command = interrupted
main.main()
"""


@pytest.mark.skipif(os.name == "nt", reason="signals")
def test_an_interrupt_in_compiled_text_is_an_exit_code_too(tmp_path: Path) -> None:
    """Such code leaves a mark by which the interpreter would end itself by SIGINT (-2)."""
    (tmp_path / "interrupted.py").write_text(INTERRUPTED)
    command = [sys.executable, "-m", "interrupted"]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    assert subprocess.run(command, cwd=tmp_path, env=environment).returncode == 130


@pytest.mark.skipif(os.name == "nt", reason="pipes")
def test_a_reader_that_goes_away_is_no_failure(fake: Path) -> None:
    words = f"{sys.executable} -m dialecto ledger show --project {fake}"
    result = subprocess.run(
        ["bash", "-c", f"{words} | true; echo ${{PIPESTATUS[0]}}"],
        capture_output=True,
        encoding="utf-8",
    )
    assert "Traceback" not in result.stderr
    assert "Exception ignored" not in result.stderr
    assert result.stdout.strip() in ("0", "1")
