"""What tokenizers are compared by, counted by hand on small texts."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tokenizers import Tokenizer, models, pre_tokenizers

from dialecto import Project
from dialecto.cli.main import run_command
from dialecto.tokenizer.compare import compare, measure
from dialecto.tokenizer.kinds import train_wordpiece
from dialecto.tokenizer.train import as_fast_tokenizer, train_bpe

TEXT = "la lenta mente come lentamente y la"


def by_hand() -> Tokenizer:
    """Words in two known parts, and one unknown."""
    pieces = ["[UNK]", "la", "lenta", "##mente", "mente", "come", "nunca"]
    vocabulary = {piece: number for number, piece in enumerate(pieces)}
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    return tokenizer


def test_measures_by_hand() -> None:
    found = measure(by_hand(), [TEXT], "es")
    assert (found.vocabulary, found.tokens) == (7, 8)
    assert found.fertility == pytest.approx(8 / 7)
    assert found.bytes_per_token == pytest.approx(len(TEXT) / 8)
    assert found.coverage == pytest.approx(1 - 1 / len(TEXT))  # the `y`
    assert found.used == pytest.approx(6 / 7)  # all but `nunca`
    # Behind a space stand lenta, mente, come, lentamente, la: all but one are whole.
    assert found.whole == pytest.approx(4 / 5)
    assert found.at_ending == 1.0
    assert measure(by_hand(), [TEXT], "en").at_ending is None


def test_a_letter_in_two_tokens_makes_no_whole_word() -> None:
    """`Ã` begins ú, é, ñ...: a small vocabulary of bytes joins it to the space before."""
    pieces = ["Ġ", "Ã", "©", "l", "ĠÃ", "©l"]
    numbers = {piece: number for number, piece in enumerate(pieces)}
    tokenizer = Tokenizer(models.BPE(numbers, [("Ġ", "Ã"), ("©", "l")]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    assert tokenizer.encode(" él").tokens == ["ĠÃ", "©l"]
    assert measure(tokenizer, ["l él"], "es").whole == 0


def test_a_wordpiece_over_bytes_knows_everything() -> None:
    tokenizer = train_wordpiece(["¡hola! ¿qué? ¡¡sí!!"] * 20, vocabulary=550)
    assert measure(tokenizer, ["¡¡hola!! 日本!!"], "es").coverage == 1


def test_what_is_unknown_is_no_whole_word() -> None:
    found = measure(by_hand(), ["la gente come"], "es")
    assert found.whole == pytest.approx(1 / 2)


def test_bytes_cover_everything_and_a_larger_vocabulary_needs_fewer_tokens() -> None:
    texts = {"es": ["El aceite de la cooperativa cuesta 12 euros, ¿no? 日本"] * 30}
    found = compare({str(n): train_bpe(texts["es"], vocabulary=n) for n in (300, 340)}, texts)
    assert found["300"]["es"]["coverage"] == found["340"]["es"]["coverage"] == 1
    assert found["340"]["es"]["fertility"] < found["300"]["es"]["fertility"]
    assert found["340"]["es"]["whole"] > found["300"]["es"]["whole"]


def test_the_command(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], trained_project: Project
) -> None:
    file, folder = tmp_path / "a.txt", tmp_path / "mine"
    file.write_text("La cooperativa vende aceite.\nY también vende almendras.\n" * 50)
    as_fast_tokenizer(train_bpe([file.read_text()], vocabulary=320)).save_pretrained(folder)
    plot = tmp_path / "plot.svg"
    words = ["tokenizer", "compare", str(folder), "--project", str(trained_project.root)]
    assert run_command([*words, "--text", str(file), "--plot", str(plot), "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert list(facts["tokenizers"]) == ["current", str(folder)]
    assert facts["texts"] == {"es": len(file.read_bytes())}
    assert plot.read_text().startswith("<svg")
    page = tmp_path / "page.html"
    assert run_command([*words, "--page", str(page), "--text", str(file)]) == 0
    assert "Tokenizadores comparados" in page.read_text()  # the recipe's language
    capsys.readouterr()
    assert run_command([*words, "--page", str(page), "--page-lang", "en"]) == 0
    assert "Tokenizers compared" in page.read_text()
    assert run_command([*words, "--page", str(page), "--page-lang", "fr"]) == 2
    capsys.readouterr()
    assert run_command(words) == 0
    assert "tokens/word" in capsys.readouterr().out
    assert run_command(["tokenizer", "compare", "nothing", "--project", str(tmp_path)]) == 2
