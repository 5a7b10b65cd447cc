"""Every kind of vocabulary: any text comes back, nothing is unknown, twice the same."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import sentencepiece
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer
from transformers import AutoTokenizer

from dialecto.recipe import TokenizerSection
from dialecto.runtime import DialectoError, StageContext
from dialecto.tokenizer.kinds import train_sentencepiece
from dialecto.tokenizer.make import make_tokenizer
from dialecto.tokenizer.sentencepieces import from_sentencepiece
from dialecto.tokenizer.shards import encode_texts
from dialecto.tokenizer.stage import SENTENCEPIECE, run
from dialecto.tokenizer.train import SPECIAL_TOKENS

KINDS = ("wordpiece", "unigram", "sentencepiece")
TEXTS = [
    "La cooperativa abre a las 9:30. ¿Cuánto cuesta el aceite? Cuesta 12,50 euros.",
    "El niño comió piñones en la montaña; después durmió la siesta y la siesta fue larga.",
    "# The warranty\n\n## lasts 24 months.\n\n  def f(x):\n      return x + 1  # more\n",
    "<|endoftext|> palabra [UNK] <unk> <s> <0x41> ##a ###",
] * 10


def make(kind: str) -> Tokenizer:
    section = TokenizerSection.model_validate(
        {"kind": kind, "extra_special_tokens": ["<x>", "siesta"]}
    )
    return make_tokenizer(section, lambda: TEXTS, vocabulary=600).tokenizer


MADE = {kind: make(kind) for kind in KINDS}


@pytest.mark.parametrize("kind", KINDS)
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # a busy machine
@given(st.text())
def test_any_text_comes_back(kind: str, text: str) -> None:
    (tokens,) = encode_texts(MADE[kind], [text])
    wanted = text.replace("▁", " ") if kind == "sentencepiece" else text
    assert MADE[kind].decode(tokens[1:].tolist(), skip_special_tokens=False) == wanted


@pytest.mark.parametrize("kind", KINDS)
def test_text_never_becomes_a_special_token(kind: str) -> None:
    tokenizer = MADE[kind]
    specials = {tokenizer.token_to_id(name) for name in (*SPECIAL_TOKENS, "<x>", "siesta")}
    assert None not in specials
    for (_, *tokens), text in zip(encode_texts(tokenizer, TEXTS), TEXTS, strict=True):
        assert not specials & set(tokens)
        assert tokenizer.decode(tokens, skip_special_tokens=False) == text


@pytest.mark.parametrize("kind", KINDS)
def test_numbers_have_no_gaps_and_fit_the_vocabulary(kind: str) -> None:
    numbers = sorted(MADE[kind].get_vocab().values())
    assert numbers == list(range(len(numbers)))
    assert 300 < len(numbers) <= 600


@pytest.mark.parametrize("kind", KINDS)
def test_the_stage_twice_gives_the_same_bytes_and_plain_transformers_loads_it(
    tmp_path: Path, kind: str
) -> None:
    source = tmp_path / "corpus"
    (source / "documents").mkdir(parents=True)
    for split in ("train", "validation", "test"):
        pq.write_table(pa.table({"text": TEXTS}), source / "documents" / f"{split}-00000.parquet")
    contents = []
    for name in ("one", "two"):
        work = tmp_path / name
        work.mkdir()
        section = TokenizerSection.model_validate({"kind": kind, "vocabulary": 600})
        run(StageContext(work), {"corpus": source}, section=section, seed=1)
        files = sorted(p for p in work.rglob("*") if p.is_file())
        contents.append({p.relative_to(work): p.read_bytes() for p in files})
    assert contents[0] == contents[1]
    assert (Path(SENTENCEPIECE) in contents[0]) == (kind == "sentencepiece")
    loaded = AutoTokenizer.from_pretrained(tmp_path / "one" / "tokenizer", local_files_only=True)
    said = loaded.apply_chat_template([{"role": "user", "content": "el niño"}], tokenize=False)
    assert said == "<|im_start|>user\nel niño<|im_end|>\n"
    ids = loaded(said)["input_ids"]
    assert ids[0] == loaded.convert_tokens_to_ids("<|im_start|>")
    assert loaded.decode(ids) == said


@pytest.mark.parametrize("letter", ["x", "ñ", "日"])
def test_a_word_without_end_is_looked_at_in_parts(letter: str) -> None:
    """WordPiece takes the cube of a word's length: a genome took days."""
    tokenizer = MADE["wordpiece"]
    word = letter * 3000
    parts = tokenizer.pre_tokenizer.pre_tokenize_str(word)
    assert max(len(part) for part, _ in parts) == 100
    assert tokenizer.decode(tokenizer.encode(word).ids) == word


def test_a_sentencepiece_of_ours_splits_as_the_library_does() -> None:
    model = train_sentencepiece(TEXTS, vocabulary=500)
    theirs = sentencepiece.SentencePieceProcessor(model_proto=model)
    ours = from_sentencepiece(model)
    for text in [*TEXTS[:4], "  dos  espacios  y 日本", "12345 ñandú\tz"]:
        assert ours.encode(text).ids == theirs.encode(text)
        assert theirs.decode(ours.encode(text).ids) == text


def test_too_small_a_vocabulary_is_answered_in_words() -> None:
    with pytest.raises(DialectoError, match=r"tokenizer\.vocabulary"):
        train_sentencepiece(["".join(map(chr, range(0x4E00, 0x4F00)))], vocabulary=300)
