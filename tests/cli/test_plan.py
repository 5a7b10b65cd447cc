"""`dialecto plan` on a project whose corpus is not made, and for machines that are not here."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dialecto.cli.main import run_command
from dialecto.project import Project
from dialecto.project.planning import corpus_size
from dialecto.tokenizer.vocabulary import bytes_per_token


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "a.txt").write_text("El riego de la huerta. " * 4000, encoding="utf-8")
    talks = '{"messages": []}\n' * 7
    (tmp_path / "talks.jsonl").write_text(talks, encoding="utf-8")
    recipe = "name: x\nbudget: 2m\nsources:\n  - path: docs\n"
    recipe += "  - {path: talks.jsonl, kind: conversations}\n"
    (tmp_path / "dialecto.yaml").write_text(recipe, encoding="utf-8")
    return tmp_path


def facts(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, object]:
    assert run_command(["plan", *words, "--json"]) == 0
    found: dict[str, object] = json.loads(capsys.readouterr().out)
    return found


def test_before_the_corpus_is_made_tokens_are_estimated(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = facts(capsys, "--project", str(project), "--on", "H200", "--price", "4")
    corpus, run, plan = found["corpus"], found["run"], found["plan"]
    assert isinstance(corpus, dict)
    assert isinstance(run, dict)
    assert isinstance(plan, dict)
    assert corpus["documents"] == 1
    assert corpus["conversations"] == 7
    assert corpus["measured"] is False
    per_token = bytes_per_token(corpus["vocabulary"])
    assert corpus["tokens"] == pytest.approx(92_000 * 0.8 * 0.7 / per_token, rel=0.01)
    assert plan["epochs"] <= 4.5
    assert run["price"] == pytest.approx(4 * run["device_hours"])
    assert not (project / "artifacts").exists()
    assert [item["level"] for item in found["advice"]] == [  # type: ignore[attr-defined]
        "scratch", "finetune", "lora", "retrieval",
    ]  # fmt: skip


def test_when_it_is_made_they_are_counted(trained_project: Project) -> None:
    size = corpus_size(trained_project)
    assert size.measured
    assert size.vocabulary == 600
    assert 1.5 < size.bytes_per_token < 6


def test_another_budget_is_planned_with_the_tokenizer_in_use(trained_project: Project) -> None:
    size = corpus_size(trained_project.changed(budget="3h"))
    assert size.measured
    assert size.tokenizer == corpus_size(trained_project).tokenizer


def test_money_and_energy_become_time(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    on = ("--project", str(project), "--on", "2xH200")
    plan = facts(capsys, *on, "--budget", "10eur", "--price", "2")["plan"]
    assert isinstance(plan, dict)
    # Two devices at 2 an hour; a fifth is kept for tuning.
    assert plan["budget"]["seconds"] == pytest.approx(0.8 * 10 / 4 * 3600)
    assert plan["budget"]["text"] == "10eur"
    plan = facts(capsys, *on, "--budget", "3kWh")["plan"]
    assert isinstance(plan, dict)
    watts = 2 * 700 * 0.85 * 1.2
    assert plan["budget"]["seconds"] == pytest.approx(0.8 * 3 * 3.6e6 / watts)
    assert run_command(["plan", *on, "--budget", "10eur"]) == 2
    assert "price_per_hour" in capsys.readouterr().err


def test_a_described_run_needs_no_project(capsys: pytest.CaptureFixture[str]) -> None:
    found = facts(capsys, "--on", "8xA100-80GB", "--model", "124M", "--tokens", "10B",
                  "--context", "1024", "--country", "FR")["run"]  # fmt: skip
    assert isinstance(found, dict)
    assert found["devices"] == 8
    assert 1 < found["hours"] < 4
    assert found["memory"]["layout"] == "data_parallel"
    french = found["kg_co2"] / found["kilowatt_hours"]
    polish = facts(capsys, "--on", "8xA100-80GB", "--model", "124M", "--tokens", "10B",
                   "--country", "POL")["run"]  # fmt: skip
    assert isinstance(polish, dict)
    assert polish["kg_co2"] / polish["kilowatt_hours"] > 5 * french


def test_the_table_speaks_the_recipe_s_language(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command(["plan", "--project", str(project), "--on", "L4"]) == 0
    printed = capsys.readouterr()
    assert "vueltas a los datos" in printed.out
    assert "recuperación" in printed.out
    assert "capas de" in printed.out  # the reasons, too
    assert "se estiman" in printed.err


@pytest.mark.parametrize(
    ("words", "says"),
    [(["--on", "Z80"], "no machine that is known"), (["--on", " "], "no machine that is known"),
     (["--on", "0xH200"], "no machine that is known"), (["--model", "7B"], "--on"),
     (["--on", "H200", "--model", "7B"], "--tokens"),
     (["--on", "H200", "--model", "x", "--tokens", "1B"], "is not an amount"),
     (["--on", "H200", "--model", "7B", "--tokens", "1B", "--country", "XX"], "country")],
)  # fmt: skip
def test_mistakes_are_answered(
    words: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command(["plan", *words]) != 0
    assert says in capsys.readouterr().err


@pytest.mark.parametrize("words", [("7Z", "140B"), ("7B", "plenty")])
def test_an_amount_that_is_none_is_said(
    words: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    model, tokens = words
    assert run_command(["plan", "--on", "H200", "--model", model, "--tokens", tokens]) == 2
    assert "is not an amount" in capsys.readouterr().err


def test_other_machines_in_spanish(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["plan", "--project", str(project), "--on", "8xA100-80GB"]) == 0
    shown = capsys.readouterr().out
    assert "8 dispositivos" in shown
    assert "copias enteras; desde 1 dispositivo" in shown
    assert "devices" not in shown


def test_a_model_that_does_not_fill_the_device_is_said_to_take_longer(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command(["plan", "--project", str(project), "--on", "H200", "--price", "2"]) == 0
    shown = capsys.readouterr().out
    assert "no llena el dispositivo" in shown
    assert "0.0 min" not in shown  # what is small is shown with its digits
    assert run_command(["plan", "--on", "H200", "--model", "125M", "--tokens", "1B"]) == 0
    assert "does not fill" not in capsys.readouterr().out
