"""What a document looks like to the search for duplicates: content key, MinHash, similarity.

All of it from the hashes that `shingles` makes, by integer arithmetic, so that it is the same on
every machine and for every order of documents.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import lru_cache
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from dialecto.corpus.shingles import HASH_BITS, Hashes, Numbers, ShingleSets, mix

BANDS, ROWS = 32, 4
_PERMUTATIONS = BANDS * ROWS
_BIN = np.uint64(HASH_BITS - _PERMUTATIONS.bit_length() + 1)  # a hash's bits after its bin
_SEED = 20261
_START = 0x165667B19E3779F9
_TOGETHER, _ROWS_TOGETHER = 100_000, 250  # shingles, documents
_PAIRS_TOGETHER, _COMPARED_TOGETHER = 1 << (64 - HASH_BITS), 200_000  # pairs, shingles


def content_key(text: str) -> str:
    """SHA-256 of the text without case and with every run of white space as one space."""
    return hashlib.sha256(" ".join(text.casefold().split()).encode()).hexdigest()


def band_hashes(sets: ShingleSets) -> Hashes:
    """For each document 32 hashes: two documents are candidates if one is equal.

    Shape (documents, 32). The row of a document without shingles is zero and means nothing.
    """
    counts = sets.counts
    filled = np.flatnonzero(counts)
    found = np.zeros((len(sets), BANDS), dtype=np.uint64)
    for start, end in _slices(counts[filled], _TOGETHER, _ROWS_TOGETHER):
        rows = filled[start:end]
        # Documents between these have no shingles: what lies between the two ends is theirs.
        first, last = sets.ends[rows[0]] - counts[rows[0]], sets.ends[rows[-1]]
        found[rows] = _bands(_min_hashes(sets.hashes[first:last], counts[rows]))
    return found


def _slices(sizes: Numbers, most: int, most_rows: int) -> Iterator[tuple[int, int]]:
    """Runs of rows of no more than `most` in size together, or one row."""
    ends = np.cumsum(sizes)
    start = 0
    while start < len(ends):
        before = ends[start - 1] if start else 0
        end = int(np.searchsorted(ends, before + most, side="right"))
        end = max(start + 1, min(end, start + most_rows))
        yield start, end
        start = end


def _bands(least: Hashes) -> Hashes:
    digests = least.reshape(len(least), BANDS, ROWS)
    mixed = mix(np.arange(BANDS, dtype=np.uint64) + np.uint64(_START))[np.newaxis]
    for row in range(ROWS):
        mixed = mix(mixed ^ digests[:, :, row])
    return mixed


def _min_hashes(hashes: Hashes, counts: Numbers) -> Hashes:
    """MinHash by one permutation, shape (documents, 128), of documents with so many hashes each.

    The hashes are dealt out to 128 bins by their first seven bits, and the least of each bin is
    taken (Li, Owen and Zhang 2012): in sorted hashes that is the first of each bin. An empty bin
    takes that of another, drawn in the same order for all documents (Shrivastava 2017).
    """
    rows = np.arange(len(counts), dtype=np.uint64) * np.uint64(_PERMUTATIONS)
    place = ((hashes >> _BIN) | np.repeat(rows, counts)).view(np.int64)
    first = np.concatenate(([0], np.flatnonzero(place[1:] != place[:-1]) + 1))
    least = np.zeros(len(counts) * _PERMUTATIONS, dtype=np.uint64)
    filled = np.zeros(len(least), dtype=np.bool_)
    place = place[first]
    least[place], filled[place] = hashes[first], True
    empty = np.flatnonzero(~filled)
    for step in _draws():
        if not len(empty):
            break
        donor = empty + step[empty & (_PERMUTATIONS - 1)]
        some = filled[donor]
        least[empty[some]] = least[donor[some]]
        empty = empty[~some]
    return least.reshape(len(counts), _PERMUTATIONS)


@lru_cache(maxsize=1)
def _draws() -> list[Numbers]:
    """How far from each bin are those to take from: first drawn at random, then all in turn."""
    bins = np.arange(_PERMUTATIONS, dtype=np.int64)
    drawn = [
        (mix((bins + _SEED + attempt * _PERMUTATIONS).astype(np.uint64)) >> np.uint64(57)).astype(
            np.int64
        )
        for attempt in range(64)
    ]
    turns = [(bins + step) % _PERMUTATIONS for step in range(1, _PERMUTATIONS)]
    return [other - bins for other in (*drawn, *turns)]


class ShingleSource(Protocol):
    """Where the shingles of documents are read: in memory or on disk."""

    @property
    def counts(self) -> Numbers:
        """How many each document has; shape (documents,)."""

    def take(self, documents: Numbers) -> Hashes:
        """The sorted, distinct hashes of these documents, one after another."""


def similarities(
    first: Numbers, second: Numbers, source: ShingleSource, least: float = 0.0
) -> NDArray[np.float64]:
    """The Jaccard similarity of each pair of documents, of their shingles; shape (pairs,).

    Pairs of sizes that allow no similarity of `least` are not looked at: 0. Thousands of pairs
    are compared in one array, where a hash has its pair's number above it: a pair's common
    shingles stand side by side when its two sorted sets are merged.
    """
    found = np.zeros(len(first), dtype=np.float64)
    sizes = np.stack([source.counts[first], source.counts[second]])
    fewer, more = sizes.min(axis=0), sizes.max(axis=0)
    chosen = np.flatnonzero((fewer > 0) & (fewer >= least * more))
    sizes = sizes[:, chosen]
    for start, end in _slices(sizes.sum(axis=0), _COMPARED_TOGETHER, _PAIRS_TOGETHER):
        some = chosen[start:end]
        numbers = np.arange(len(some), dtype=np.uint64) << np.uint64(HASH_BITS)
        merged = source.take(np.concatenate([first[some], second[some]]))
        merged |= np.repeat(np.tile(numbers, 2), sizes[:, start:end].reshape(-1))
        merged.sort(kind="stable")  # two sorted runs: they are only merged
        twice = merged[1:][merged[1:] == merged[:-1]] >> np.uint64(HASH_BITS)
        common = np.bincount(twice.view(np.int64), minlength=len(some))
        found[some] = common / (sizes[0, start:end] + sizes[1, start:end] - common)
    return found
