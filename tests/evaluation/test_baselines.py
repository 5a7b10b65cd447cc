"""Compressors and samples."""

from __future__ import annotations

import gzip
import random
from pathlib import Path

import pytest
import zstandard

from dialecto.evaluation import compression
from dialecto.evaluation.compression import dictionary_of, gzip_bpb, zstd_bpb
from dialecto.evaluation.heldout import compressor_bpb, heldout_texts, ngram_bpb
from dialecto.evaluation.samples import beginnings, first_words, repetition
from dialecto.runtime import SilentProgress

TEXTS = [f"El pedido {i} de queso curado salió hacia Robledo en camión." for i in range(40)]


def test_gzip_is_the_size_that_gzip_gives() -> None:
    data = "".join(TEXTS).encode()
    expected = 8 * len(gzip.compress(data, 9)) / len(data)
    assert gzip_bpb(TEXTS) == pytest.approx(expected, rel=1e-3)


def test_zstd_profits_from_the_training_text_and_can_be_unpacked() -> None:
    alone = 8 * len(zstandard.compress(TEXTS[0].encode(), 19)) / len(TEXTS[0].encode())
    with_dictionary = zstd_bpb(TEXTS[:1], TEXTS[1:])
    assert with_dictionary < alone / 2
    noise = random.Random(0).randbytes(500).hex()
    assert zstd_bpb([noise], TEXTS) > 4  # hexadecimal digits hold 4 bits each
    assert zstd_bpb([noise], []) > 4


def test_the_dictionary_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compression, "DICTIONARY_BYTES", 100)
    assert len(dictionary_of(TEXTS)) == 100
    assert dictionary_of(TEXTS).startswith(TEXTS[0].encode())


def test_large_splits_are_thinned_to_whole_documents(
    artefacts: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    texts, step = heldout_texts(artefacts["corpus"])
    assert (len(texts), step) == (6, 1)
    size = sum(len(text.encode()) for text in texts)
    monkeypatch.setattr("dialecto.evaluation.heldout.MOST_TEST_BYTES", size // 2)
    monkeypatch.setattr("dialecto.evaluation.heldout.MOST_TRAINING_TOKENS", 500)
    monkeypatch.setattr("dialecto.evaluation.heldout.DICTIONARY_BYTES", 1000)
    some, step = heldout_texts(artefacts["corpus"])
    assert (some, step) == (texts[::step], step)
    assert 1 < step <= 3
    part = sum(len(text.encode()) for text in some)
    assert 0 < ngram_bpb(artefacts["tokenizer"], step, part, SilentProgress()) < 8
    assert set(compressor_bpb(artefacts["corpus"], some)) == {"bpb.gzip", "bpb.zstd"}


def test_repetition_counts_what_was_there_before() -> None:
    assert repetition(["uno dos tres cuatro cinco"]) == 0
    assert repetition(["a b c d a b c d"]) == pytest.approx(1 / 5)
    assert repetition(["la la la la la la la"]) == pytest.approx(3 / 4)
    assert repetition(["uno dos", ""]) == 0
    # The same text twice is two samples that agree, not one that repeats itself.
    assert repetition(["uno dos tres cuatro"] * 2) == 0


def test_beginnings_are_the_first_words_of_drawn_texts() -> None:
    long = " ".join(f"palabra{i}" for i in range(30))
    texts = ["corto", long, "", f"  {long} más", long.upper()]
    assert beginnings(texts, 3, seed=1) == [
        first_words(texts[1]),
        first_words(texts[3]),
        first_words(texts[4]),
    ]
    assert first_words("  uno\n dos ") == "uno\n dos"
    assert len(first_words(long).split()) == 12
    assert len(first_words("x" * 5000)) == 200
    assert beginnings(["corto", ""], 5, seed=1) == ["corto"]
    assert beginnings([], 3, seed=1) == []
    assert beginnings(texts * 5, 3, seed=1) == beginnings(texts * 5, 3, seed=1)
