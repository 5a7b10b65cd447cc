"""`dialecto chat` and `dialecto generate` as a user starts them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from dialecto.cli.chat import chat
from dialecto.cli.generate import generate
from dialecto.runtime import DialectoError
from tests.tiny_model import DIGEST, make_project, save_tiny_model

app = typer.Typer()
app.command()(chat)
app.command()(generate)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("use")
    return make_project(folder / "project", save_tiny_model(folder / "model"))


def run(*words: str, input: str | bytes | None = None) -> Result:
    return CliRunner().invoke(app, list(words), input=input, catch_exceptions=False)


def test_chat_answers_lines_from_a_pipe(project: Path) -> None:
    result = run(
        "chat", "--project", str(project), "--max-tokens", "5", input="hola\n¿qué tal?\n/salir\n"
    )
    assert result.exit_code == 0
    assert len(result.stdout.splitlines()) >= 2
    assert "prueba" not in result.stdout
    assert "prueba" in result.stderr
    assert "Hasta pronto" in result.stderr


def test_chat_json_is_one_object_with_the_whole_conversation(project: Path) -> None:
    result = run(
        "chat", "--project", str(project), "--json", "--max-tokens", "5", "--system", "Sé amable",
        input="hola\nadiós\n",
    )  # fmt: skip
    facts = json.loads(result.stdout)
    assert [m["role"] for m in facts["messages"]] == ["system", *["user", "assistant"] * 2]
    assert [a["text"] for a in facts["answers"]] == [
        m["content"] for m in facts["messages"] if m["role"] == "assistant"
    ]
    assert facts["model"] == "prueba"
    assert facts["digest"] == DIGEST


def test_generate_prints_the_answer_and_nothing_else(project: Path) -> None:
    words = ("generate", "hola", "--project", str(project), "--max-tokens", "6")
    plain = run(*words)
    facts = json.loads(run(*words, "--json").stdout)
    assert plain.exit_code == 0
    assert facts["tokens"] == 6
    assert facts["finish_reason"] == "length"
    assert facts["prompt_tokens"] > 3
    assert plain.stdout.rstrip("\n").startswith(facts["text"][:3])


def test_generate_is_repeatable_with_a_seed_and_reads_standard_input(project: Path) -> None:
    words = ("--project", str(project), "--temperature", "1", "--max-tokens", "9", "--json")

    def text(prompt: str, seed: str, input: str | None = None) -> str:
        result = run("generate", prompt, *words, "--seed", seed, input=input)
        return str(json.loads(result.stdout)["text"])

    assert text("hola", "3") == text("hola", "3") == text("-", "3", "hola")
    assert text("hola", "3") != text("hola", "4")


def test_raw_continues_the_text_without_the_template(project: Path) -> None:
    words = ("generate", "hola", "--project", str(project), "--max-tokens", "3", "--json")
    assert (
        json.loads(run(*words, "--raw").stdout)["prompt_tokens"]
        < json.loads(run(*words).stdout)["prompt_tokens"]
    )


def test_a_model_that_was_changed_is_refused(project: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(project, copy, symlinks=True)
    weights = copy / "artifacts" / "tune" / DIGEST / "model" / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1] + b"\x01")
    with pytest.raises(DialectoError, match=r"model\.safetensors changed"):
        run("generate", "hola", "--project", str(copy))


def test_bad_values_are_bad_usage(project: Path) -> None:
    result = run("generate", "hola", "--project", str(project), "--temperature", "-1")
    assert result.exit_code == 2


def test_a_project_without_a_model_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("hola", encoding="utf-8")
    (tmp_path / "dialecto.yaml").write_text("name: x\nsources: [{path: a.txt}]\n", encoding="utf-8")
    with pytest.raises(DialectoError, match="dialecto run"):
        run("chat", "--project", str(tmp_path), input="")
