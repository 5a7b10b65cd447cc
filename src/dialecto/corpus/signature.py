"""What a document looks like to the search for duplicates: shingles, MinHash, content key.

A shingle is a run of five words, compared without case, accents' composition, punctuation,
line breaks or markup, so that the same book in HTML and in plain text has the same shingles.
Hashes are made here from BLAKE2 and integer arithmetic alone, so that they are the same on
every machine and for every order of documents.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Hashes = NDArray[np.uint64]

SHINGLE_WORDS = 5
BANDS, ROWS = 32, 4
_PERMUTATIONS = BANDS * ROWS
_SEED = 20261
_WORD = re.compile(r"[^\W_]+")
_MULTIPLIERS = (0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9)
_VOCABULARY_LIMIT = 400_000  # words remembered before the memory is given back


def content_key(text: str) -> str:
    """SHA-256 of the text without case and with every run of white space as one space."""
    return hashlib.sha256(" ".join(text.casefold().split()).encode()).hexdigest()


class Shingler:
    """Texts to sets of shingle hashes. Remembers words; what it returns depends on none."""

    def __init__(self) -> None:
        self._words: dict[str, int] = {}

    def __call__(self, text: str) -> Hashes:
        """Sorted, distinct hashes of the text's word 5-grams; shape (shingles,)."""
        known = self._words
        if len(known) > _VOCABULARY_LIMIT:
            known.clear()
        words = _WORD.findall(text.casefold())
        for word in set(words):
            if word not in known:
                digest = hashlib.blake2b(word.encode(), digest_size=8).digest()
                known[word] = int.from_bytes(digest, "little")
        hashes = np.array([known[word] for word in words], dtype=np.uint64)
        size = min(SHINGLE_WORDS, len(hashes))
        if size == 0:
            return hashes
        count = len(hashes) - size + 1
        mixed = np.zeros(count, dtype=np.uint64)
        for offset in range(size):
            mixed = _mix(mixed ^ hashes[offset : offset + count]) + np.uint64(offset + 1)
        return np.unique(mixed)


def _mix(values: Hashes) -> Hashes:
    """Spreads every bit over the word (the finaliser of SplitMix64)."""
    values = values * np.uint64(_MULTIPLIERS[0])
    values ^= values >> np.uint64(29)
    values = values * np.uint64(_MULTIPLIERS[1])
    values ^= values >> np.uint64(32)
    return values


def band_hashes(shingles: Sequence[Hashes]) -> list[Hashes]:
    """For each document 32 hashes, shape (32,): two documents are candidates if one is equal.

    A document without words has none.
    """
    from rensa import RMinHash

    filled = [row for row in shingles if len(row)]
    if not filled:
        return [np.zeros(0, dtype=np.uint64) for _ in shingles]
    offsets = np.concatenate(([0], np.cumsum([len(row) for row in filled]))).astype(np.uint64)
    matrix = RMinHash.digest_matrix_from_flat_token_hashes(
        np.concatenate(filled), offsets, _PERMUTATIONS, _SEED
    )
    digests = np.array(matrix.to_rows(), dtype=np.uint64).reshape(len(filled), BANDS, ROWS)
    bands = np.tile(np.arange(BANDS, dtype=np.uint64), (len(filled), 1))
    mixed = _mix(bands + np.uint64(_MULTIPLIERS[2]))
    for row in range(ROWS):
        mixed = _mix(mixed ^ digests[:, :, row])
    rows = iter(mixed)
    return [next(rows) if len(row) else np.zeros(0, dtype=np.uint64) for row in shingles]


def jaccard(first: Hashes, second: Hashes) -> float:
    """Size of the intersection over size of the union of two sorted, distinct arrays."""
    if not len(first) or not len(second):
        return 0.0
    common = len(np.intersect1d(first, second, assume_unique=True))
    return common / (len(first) + len(second) - common)
