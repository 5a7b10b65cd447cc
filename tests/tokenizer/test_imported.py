"""Imported tokenizers split texts as their makers' own code does."""

from __future__ import annotations

import base64
import io
import json
import os
from pathlib import Path
from typing import Any

import pytest
import sentencepiece
import tiktoken
from transformers import AutoTokenizer, GPT2Tokenizer

from dialecto.recipe import TokenizerSection
from dialecto.runtime import DialectoError
from dialecto.tokenizer.imported import PATTERNS, read_tokenizer
from dialecto.tokenizer.make import make_tokenizer
from dialecto.tokenizer.train import SPECIAL_TOKENS, as_fast_tokenizer, byte_letters, train_bpe

SHARED = Path(os.environ.get("DIALECTO_TEST_DATA") or Path(__file__).parents[3] / "shared" / "data")
TEXTS = [
    "¿Cuánto cuesta? 1.234,50 €; I'VE said: it's  two   spaces\n\n\tand a tab.  \n",
    "El niño comió piñones en la montaña; después DURMIÓ.",
    "日本語 café naïve 👩‍👩‍👧 ﬁ\r\nfin",
    "  if x == 10000:\n      return [1, 2]  # hecho",
    "",
]
CORPUS = [*TEXTS[:4], "The cooperative sells olive oil and almonds. La cooperativa vende."] * 20


@pytest.fixture(scope="module")
def trained() -> Any:
    return train_bpe(CORPUS, vocabulary=500)


@pytest.fixture(scope="module")
def two_files(trained: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small vocabulary in the form of GPT-2's two files."""
    folder = tmp_path_factory.mktemp("gpt2")
    state = json.loads(trained.to_str())["model"]
    (folder / "encoder.json").write_text(json.dumps(state["vocab"]))
    merges = "\n".join(" ".join(pair) for pair in state["merges"])
    (folder / "vocab.bpe").write_text(f"#version: 0.2\n{merges}\n", encoding="utf-8")
    return folder


def check_gpt2(folder: Path) -> None:
    ours = read_tokenizer(folder)
    theirs = GPT2Tokenizer(vocab=str(folder / "encoder.json"), merges=str(folder / "vocab.bpe"))
    for text in TEXTS:
        ids = ours.encode(text).ids
        assert ids == theirs(text)["input_ids"]
        assert ours.decode(ids) == text


def test_two_files_of_gpt2(two_files: Path) -> None:
    check_gpt2(two_files)


def test_the_real_gpt2() -> None:
    folder = SHARED / "tokenizers" / "gpt2"
    if not folder.is_dir():
        pytest.skip("the shared data is not here")
    check_gpt2(folder)
    assert read_tokenizer(folder).encode("Hello world").ids == [15496, 995]


@pytest.mark.parametrize("pattern", sorted(PATTERNS))
def test_ranks_of_tiktoken(trained: Any, tmp_path: Path, pattern: str) -> None:
    bytes_of = {letter: byte for byte, letter in enumerate(byte_letters())}
    ranks: dict[bytes, int] = {}
    for token, _ in sorted(trained.get_vocab().items(), key=lambda item: item[1]):
        if token not in SPECIAL_TOKENS:
            ranks[bytes(bytes_of[letter] for letter in token)] = len(ranks)
    # Encodings hold tokens that no merge gives: a whole word is looked up first.
    ranks[b" zanahorias"] = len(ranks)
    file = tmp_path / "own.tiktoken"
    file.write_text("".join(f"{base64.b64encode(t).decode()} {r}\n" for t, r in ranks.items()))
    theirs = tiktoken.Encoding(
        "own", pat_str=PATTERNS[pattern], mergeable_ranks=ranks, special_tokens={}
    )
    ours = read_tokenizer(file, pattern)
    assert ours.encode("dos zanahorias").ids[-1] == ranks[b" zanahorias"]
    for text in [*TEXTS, "dos zanahorias"]:
        assert ours.encode(text).ids == theirs.encode(text)
        assert ours.decode(ours.encode(text).ids) == text
    with pytest.raises(DialectoError, match=r"tokenizer\.pattern"):
        read_tokenizer(file)


@pytest.mark.parametrize("kind", ["unigram", "bpe"])
@pytest.mark.parametrize(
    "options",
    [
        {"byte_fallback": True, "add_dummy_prefix": True, "remove_extra_whitespaces": False,
         "normalization_rule_name": "identity"},  # as in Llama
        {"normalization_rule_name": "nmt_nfkc"},  # as in T5
    ],
    ids=["llama", "t5"],
)  # fmt: skip
def test_models_of_sentencepiece(tmp_path: Path, kind: str, options: dict[str, Any]) -> None:
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter([line for text in CORPUS for line in text.splitlines() if line]),
        model_writer=model,
        model_type=kind,
        vocab_size=420,
        hard_vocab_limit=False,
        user_defined_symbols=["<marca>"] if kind == "unigram" else [],
        minloglevel=2,
        **options,
    )
    file = tmp_path / "tokenizer.model"
    file.write_bytes(model.getvalue())
    theirs = sentencepiece.SentencePieceProcessor(model_proto=model.getvalue())
    ours = read_tokenizer(file)
    for text in [*TEXTS, "una <marca> aquí", "<s> no es nada"]:
        ours.encode_special_tokens = True
        encoded = ours.encode(text)
        assert encoded.ids == theirs.encode(text), text
        if theirs.unk_id() not in encoded.ids:  # which SentencePiece writes as ⁇
            assert ours.decode(encoded.ids, skip_special_tokens=False) == theirs.decode(encoded.ids)


def test_a_folder_of_hugging_face(trained: Any, tmp_path: Path) -> None:
    as_fast_tokenizer(trained).save_pretrained(tmp_path)
    loaded = AutoTokenizer.from_pretrained(tmp_path, local_files_only=True)
    for path in (tmp_path, tmp_path / "tokenizer.json"):
        ours = read_tokenizer(path)
        assert [ours.encode(t).ids for t in TEXTS] == [loaded(t)["input_ids"] for t in TEXTS]


def test_our_special_tokens_are_added_behind_and_the_own_kept(two_files: Path) -> None:
    section = TokenizerSection(base="gpt2", extra_special_tokens=["<x>"])
    made = make_tokenizer(section, lambda: [], vocabulary=0, base=two_files).tokenizer
    before = read_tokenizer(two_files)
    vocabulary = made.get_vocab()
    assert {*SPECIAL_TOKENS, "<x>"} <= set(vocabulary)
    assert vocabulary.items() >= before.get_vocab().items()
    assert made.encode("La casa").ids == before.encode("La casa").ids


def test_damage_is_answered_in_words(tmp_path: Path) -> None:
    with pytest.raises(DialectoError, match="no tokenizer in"):
        read_tokenizer(tmp_path)
    for name, content in {
        "tokenizer.json": b'{"model": 1}',
        "a.model": b"\xff\xff not a model",
        "b.tiktoken": b"!!! x",
        "c.tiktoken": b"YQ== 0\n",
    }.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(DialectoError, match="cannot be read"):
            read_tokenizer(tmp_path / name, "gpt2")
    (tmp_path / "tokenizer.json").unlink()
    pair = tmp_path / "pair"
    pair.mkdir()
    (pair / "vocab.bpe").write_text("#version: 0.2\na b\n")
    for vocabulary in ("[1, 2]", '{"a": "b"}'):
        (pair / "encoder.json").write_text(vocabulary)
        with pytest.raises(DialectoError, match="does not give each token a number"):
            read_tokenizer(pair)
    with pytest.raises(DialectoError, match="holds 3 tokenizers"):
        read_tokenizer(tmp_path)


def test_gaps_in_the_numbers_are_refused(two_files: Path, tmp_path: Path) -> None:
    vocabulary = json.loads((two_files / "encoder.json").read_text())
    vocabulary["ĠĠĠĠĠ"] = 9999
    (tmp_path / "encoder.json").write_text(json.dumps(vocabulary))
    (tmp_path / "vocab.bpe").write_bytes((two_files / "vocab.bpe").read_bytes())
    with pytest.raises(DialectoError, match="gaps"):
        read_tokenizer(tmp_path)
