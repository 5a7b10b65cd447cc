"""The held-out documents, and what baselines need to read them: bits per UTF-8 byte.

The same whole documents are read by the model, by the 5-gram model and by the compressors,
so that their numbers can be compared.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from dialecto.evaluation.compression import DICTIONARY_BYTES, gzip_bpb, zstd_bpb
from dialecto.models.ngram import train_ngram
from dialecto.runtime import Progress
from dialecto.runtime.files import read_json
from dialecto.tokenizer.shards import Tokens, TokenSplit
from dialecto.tokenizer.stage import read_texts

# More held-out text than this no longer moves the number; evenly spaced documents are read.
MOST_TEST_BYTES = 16 * 1024 * 1024
# What the 5-gram model counts within a gigabyte of memory.
MOST_TRAINING_TOKENS = 8_000_000


def heldout_texts(corpus: Path) -> tuple[list[str], int]:
    """(texts, step): every `step`-th test document, 1 unless the split is very large."""
    size = sum(len(text.encode()) for text in _texts(corpus, "test"))
    step = max(-(-size // MOST_TEST_BYTES), 1)
    return [text for i, text in enumerate(_texts(corpus, "test")) if i % step == 0], step


def ngram_bpb(tokenizer: Path, step: int, size: int, progress: Progress) -> float:
    """Bits per byte of a 5-gram Kneser-Ney model over the training shards' tokens.

    tokenizer: the artefact's folder; every `step`-th test document is read; size: their bytes.
    """
    shards = tokenizer / "shards"
    train = TokenSplit.open(shards, "train")
    thin = max(-(-train.tokens // MOST_TRAINING_TOKENS), 1)
    if thin > 1:
        progress.note(f"evaluate: the 5-gram model counts every {thin}th training document")
    model = train_ngram(
        _every(train, thin), vocabulary=int(read_json(shards / "index.json")["vocabulary"])
    )
    probabilities = model.probabilities(_every(TokenSplit.open(shards, "test"), step))
    return float(-np.log2(probabilities).sum()) / max(size, 1)


def compressor_bpb(corpus: Path, texts: list[str]) -> dict[str, float]:
    """`bpb.gzip` and `bpb.zstd`, as :mod:`dialecto.evaluation.compression` defines them."""
    size = sum(len(text.encode()) for text in _texts(corpus, "train"))
    step = max(-(-size // DICTIONARY_BYTES), 1)
    training = (text for i, text in enumerate(_texts(corpus, "train")) if i % step == 0)
    return {"bpb.gzip": gzip_bpb(texts), "bpb.zstd": zstd_bpb(texts, training)}


def _texts(corpus: Path, split: str) -> Iterator[str]:
    for batch in read_texts(corpus, split):
        yield from batch


def _every(split: TokenSplit, step: int) -> Iterator[Tokens]:
    return (document for i, document in enumerate(split) if i % step == 0)
