"""What a document looks like to the search for duplicates: shingles, MinHash, content key.

A shingle is a run of five words, compared without case, accents' composition, punctuation,
line breaks or markup, so that the same book in HTML and in plain text has the same shingles.
Hashes are made here by integer arithmetic alone, so that they are the same on
every machine and for every order of documents.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Hashes = NDArray[np.uint64]

SHINGLE_WORDS = 5
BANDS, ROWS = 32, 4
_PERMUTATIONS = BANDS * ROWS
_SEED = 20261
_BATCH = 500_000  # characters hashed in one go
_TOGETHER, _ROWS_TOGETHER = 500_000, 1_000  # shingles, documents
_NO_WORD = re.compile(r"[\W_]")
_MULTIPLIERS = (0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9)
_SPREAD = np.uint64(0x27D4EB2F165667C5)  # so that no character counts for nothing


def content_key(text: str) -> str:
    """SHA-256 of the text without case and with every run of white space as one space."""
    return hashlib.sha256(" ".join(text.casefold().split()).encode()).hexdigest()


class Shingler:
    """Texts to sets of shingle hashes, many at once: a call costs as much for one as for ten."""

    def __call__(self, text: str) -> Hashes:
        """Sorted, distinct hashes of the text's word 5-grams; shape (shingles,)."""
        return self.all([text])[0]

    def all(self, texts: Sequence[str]) -> list[Hashes]:
        """The same for each of these texts."""
        found: list[Hashes] = []
        pending: list[str] = []
        size = 0
        for text in texts:
            folded = text.casefold()
            if len(folded) > _BATCH:
                joined = np.concatenate([_words([piece])[0] for piece in _pieces(folded)])
                found += _windows(*_words(pending)) + _windows(joined, np.array([0, len(joined)]))
                pending, size = [], 0
                continue
            pending.append(folded)
            size += len(folded) + 1
            if size >= _BATCH:
                found += _windows(*_words(pending))
                pending, size = [], 0
        return found + _windows(*_words(pending))


def _pieces(text: str) -> Iterator[str]:
    """A long text cut between words."""
    start = 0
    while start < len(text):
        end = _NO_WORD.search(text, start + _BATCH)
        yield text[start : end.start() if end else len(text)]
        start = end.start() if end else len(text)


def _words(texts: Sequence[str]) -> tuple[Hashes, NDArray[np.int64]]:
    """Of texts without case, a hash for each word, and where each text's words begin (and end).

    The work is done on all characters together.
    """
    codes = np.frombuffer("\n".join(texts).encode("utf-32-le", "surrogatepass"), dtype="<u4")
    inside = np.zeros(len(codes) + 2, dtype=np.int8)
    inside[1:-1] = _alphanumeric(int(codes.max(initial=0)))[codes]
    steps = np.diff(inside)
    begins, ends = np.flatnonzero(steps == 1), np.flatnonzero(steps == -1)
    lengths = np.array([0, *(len(text) + 1 for text in texts)], dtype=np.int64)
    return _word_hashes(codes, begins, ends), np.searchsorted(begins, np.cumsum(lengths))


def _windows(words: Hashes, limits: NDArray[np.int64]) -> list[Hashes]:
    """Sorted, distinct hashes of five words in a row, for each text; of all, if they are fewer."""
    counts = np.diff(limits)
    mixed = np.zeros(len(words), dtype=np.uint64)
    short: dict[int, Hashes] = {}
    for offset in range(min(SHINGLE_WORDS, len(words))):
        mixed = _mix(mixed[: len(words) - offset] ^ words[offset:]) + np.uint64(offset + 1)
        for text in np.flatnonzero(counts == offset + 1).tolist():
            short[text] = mixed[limits[text] : limits[text] + 1].copy()
    found = []
    for text, (begin, count) in enumerate(zip(limits[:-1].tolist(), counts.tolist(), strict=True)):
        if count <= SHINGLE_WORDS:
            found.append(short[text] if count else np.zeros(0, dtype=np.uint64))
            continue
        own = np.sort(mixed[begin : begin + count - SHINGLE_WORDS + 1])
        fresh = own[1:] != own[:-1]
        found.append(own if fresh.all() else own[np.concatenate(([True], fresh))])
    return found


def _word_hashes(
    codes: NDArray[np.uint32], begins: NDArray[np.int64], ends: NDArray[np.int64]
) -> Hashes:
    """A polynomial of each word's characters, by sums of all characters up to its two ends."""
    powers, inverse = _powers(1 << max(len(codes), 1).bit_length())
    sums = np.zeros(len(codes) + 1, dtype=np.uint64)
    np.cumsum((codes.astype(np.uint64) + _SPREAD) * powers[: len(codes)], out=sums[1:])
    return _mix((sums[ends] - sums[begins]) * inverse[begins])


@lru_cache(maxsize=2)
def _powers(size: int) -> tuple[Hashes, Hashes]:
    """The powers of an odd number and of its inverse, modulo 2^64."""
    tables = []
    for base in (_MULTIPLIERS[0], pow(_MULTIPLIERS[0], -1, 1 << 64)):
        table = np.full(size, np.uint64(base))
        table[0] = 1
        tables.append(np.cumprod(table, dtype=np.uint64))
    return tables[0], tables[1]


@lru_cache(maxsize=2)
def _letters(size: int) -> NDArray[np.int8]:
    return np.fromiter((chr(code).isalnum() for code in range(size)), dtype=np.int8, count=size)


def _alphanumeric(largest: int) -> NDArray[np.int8]:
    """For each character up to this one at least, whether words are made of it."""
    return _letters(0x3000 if largest < 0x3000 else 0x110000)


def _mix(values: Hashes) -> Hashes:
    """Spreads every bit over the word (the finaliser of SplitMix64)."""
    values = values * np.uint64(_MULTIPLIERS[0])
    values ^= values >> np.uint64(29)
    values = values * np.uint64(_MULTIPLIERS[1])
    values ^= values >> np.uint64(32)
    return values


def band_hashes(shingles: Sequence[Hashes]) -> list[Hashes]:
    """For each document 32 hashes, shape (32,): two documents are candidates if one is equal.

    A document without words has none. The shingles of each are sorted and distinct.
    """
    filled = [own for own in shingles if len(own)]
    found: list[Hashes] = []
    start = size = 0
    for end, own in enumerate(filled, 1):
        size += len(own)
        if size >= _TOGETHER or end - start >= _ROWS_TOGETHER or end == len(filled):
            found += _bands(filled[start:end])
            start, size = end, 0
    rows = iter(found)
    return [next(rows) if len(own) else np.zeros(0, dtype=np.uint64) for own in shingles]


def _bands(shingles: Sequence[Hashes]) -> Iterator[Hashes]:
    digests = _min_hashes(shingles).reshape(len(shingles), BANDS, ROWS)
    mixed = _mix(np.arange(BANDS, dtype=np.uint64) + np.uint64(_MULTIPLIERS[2]))[np.newaxis]
    for row in range(ROWS):
        mixed = _mix(mixed ^ digests[:, :, row])
    return iter(mixed)


def _min_hashes(shingles: Sequence[Hashes]) -> Hashes:
    """MinHash by one permutation, shape (documents, 128).

    The hashes are dealt out to 128 bins by their first seven bits, and the least of each bin is
    taken (Li, Owen and Zhang 2012): in sorted hashes that is the first of each bin. An empty bin
    takes that of another, drawn in the same order for all documents (Shrivastava 2017).
    """
    flat = np.concatenate(shingles)
    counts = np.array([len(own) for own in shingles])
    document = np.repeat(np.arange(len(shingles)), counts)
    bins = (flat >> np.uint64(57)).astype(np.int64)
    place = document * _PERMUTATIONS + bins
    first = np.flatnonzero(np.concatenate(([True], place[1:] != place[:-1])))
    least = np.zeros(len(shingles) * _PERMUTATIONS, dtype=np.uint64)
    filled = np.zeros(len(least), dtype=bool)
    least[place[first]], filled[place[first]] = flat[first], True
    empty = np.flatnonzero(~filled)
    for draw in _draws():
        if not len(empty):
            break
        own = empty % _PERMUTATIONS
        donor = empty - own + draw[own]
        some = filled[donor]
        least[empty[some]] = least[donor[some]]
        empty = empty[~some]
    return least.reshape(len(shingles), _PERMUTATIONS)


@lru_cache(maxsize=1)
def _draws() -> list[NDArray[np.int64]]:
    """For each bin others to take from: first drawn at random, then all in turn."""
    bins = np.arange(_PERMUTATIONS, dtype=np.uint64)
    drawn = [
        (_mix(bins + np.uint64(_SEED + attempt * _PERMUTATIONS)) >> np.uint64(57)).astype(np.int64)
        for attempt in range(64)
    ]
    turns = [(bins.astype(np.int64) + step) % _PERMUTATIONS for step in range(1, _PERMUTATIONS)]
    return drawn + turns


def jaccard(first: Hashes, second: Hashes) -> float:
    """Size of the intersection over size of the union of two sorted, distinct arrays."""
    if not len(first) or not len(second):
        return 0.0
    few, many = (first, second) if len(first) < len(second) else (second, first)
    places = np.searchsorted(many, few)
    places[places == len(many)] = 0  # past the end: compared with another, unlike it
    common = int(np.count_nonzero(many[places] == few))
    return common / (len(first) + len(second) - common)
