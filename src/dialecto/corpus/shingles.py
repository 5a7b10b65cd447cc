"""Texts to sets of shingle hashes, all bytes of many documents in one go.

A shingle is a run of five words, compared without case, accents' composition, punctuation,
line breaks or markup, so that the same book in HTML and in plain text has the same shingles.
Hashes are made here by integer arithmetic alone, so that they are the same on every machine and
for every order of documents. They have 52 bits: above them there is room for the number of the
pair of documents that is compared, so that thousands of pairs are compared as one array.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np
from numpy.typing import NDArray

Hashes = NDArray[np.uint64]
Numbers = NDArray[np.int64]

SHINGLE_WORDS = 5
HASH_BITS = 52
VERSION = 2  # of what a shingle's hash is; raised with every change of it
_BATCH = 100_000  # bytes hashed in one go: what is made of them stays in the processor's cache
_LONG_WORD = 64  # bytes; longer words are hashed one by one
_TABLED = 0x3000  # characters up to here are looked up in a table, those beyond one by one
_BLOCK = 8  # bytes of a word hashed at a time
_BLANK = re.compile(rb"[\x00-\x20]")  # surely between words
_MULTIPLIERS = (0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9)
# Bytes of which words may be made: ASCII's letters and digits, and whatever is not ASCII.
_IN_WORD = bytes(code >= 0x80 or chr(code).isalnum() for code in range(256))
_FIRST_BYTES = np.array([(1 << (8 * n)) - 1 for n in range(_BLOCK + 1)], dtype=np.uint64)


@dataclass(frozen=True)
class ShingleSets:
    """The shingles of some documents: sorted and distinct within each.

    `hashes` has shape (shingles of all,), `ends` (documents,): where in it each one's end.
    """

    hashes: Hashes
    ends: Numbers

    @classmethod
    def of(cls, sets: Sequence[Hashes]) -> ShingleSets:
        """From one sorted array of distinct hashes for each document."""
        flat = np.concatenate(sets) if sets else np.zeros(0, dtype=np.uint64)
        return cls(flat, np.cumsum([len(own) for own in sets], dtype=np.int64))

    @cached_property
    def counts(self) -> Numbers:
        """How many shingles each document has; shape (documents,)."""
        return np.diff(self.ends, prepend=np.int64(0))

    @property
    def sums(self) -> Hashes:
        """Of each document the sum of its hashes, the same for the same shingles."""
        found = np.zeros(len(self), dtype=np.uint64)
        filled = np.flatnonzero(self.counts)
        if len(filled):
            found[filled] = np.add.reduceat(self.hashes, (self.ends - self.counts)[filled])
        return found

    def __len__(self) -> int:
        return len(self.ends)

    def __getitem__(self, document: int) -> Hashes:
        return self.hashes[self.ends[document - 1] if document else 0 : self.ends[document]]

    def take(self, documents: Numbers) -> Hashes:
        """The shingles of these documents, one after another."""
        counts = self.counts
        ends = self.ends[documents]
        bounds = zip((ends - counts[documents]).tolist(), ends.tolist(), strict=True)
        return np.concatenate([self.hashes[:0], *(self.hashes[a:b] for a, b in bounds)])

    def __iter__(self) -> Iterator[Hashes]:
        ends = self.ends.tolist()
        return (self.hashes[a:b] for a, b in zip([0, *ends], ends, strict=False))


class Shingler:
    """Texts to sets of shingle hashes, many at once: a call costs as much for one as for ten."""

    def __call__(self, text: str) -> Hashes:
        """Sorted, distinct hashes of the text's word 5-grams; shape (shingles,)."""
        return self.all([text]).hashes

    def all(self, texts: Sequence[str]) -> ShingleSets:
        """The same for each of these texts."""
        found: list[tuple[Hashes, Numbers]] = []
        pending: list[bytes] = []
        size = 0
        for text in texts:
            folded = text.casefold().encode("utf-8", "surrogatepass")
            if len(folded) > _BATCH:
                pieces = [_words([piece])[0] for piece in _pieces(folded)]
                words = np.concatenate(pieces)
                found += [_shingles(*_words(pending)), _shingles(words, np.array([0, len(words)]))]
                pending, size = [], 0
                continue
            pending.append(folded)
            size += len(folded) + 1
            if size >= _BATCH:
                found.append(_shingles(*_words(pending)))
                pending, size = [], 0
        found.append(_shingles(*_words(pending)))
        hashes, counts = zip(*found, strict=True)
        return ShingleSets(np.concatenate(hashes), np.cumsum(np.concatenate(counts)))


def _pieces(text: bytes) -> Iterator[bytes]:
    """A long text cut between words."""
    start = 0
    while start < len(text):
        end = _BLANK.search(text, start + _BATCH)
        yield text[start : end.start() if end else len(text)]
        start = end.start() if end else len(text)


def _words(texts: Sequence[bytes]) -> tuple[Hashes, Numbers]:
    """Of texts without case, a hash for each word, and where each text's words begin (and end)."""
    data = b"".join((b"\n", b"\n".join(texts), b"\n", bytes(_BLOCK)))
    inside = np.frombuffer(data.translate(_IN_WORD), dtype=np.bool_)
    if not data.isascii():
        inside = _only_letters(data, inside)
    edges = np.flatnonzero(inside[1:] != inside[:-1]) + 1
    begins, ends = edges[::2], edges[1::2]
    sizes = np.array([1, *(len(text) + 1 for text in texts)], dtype=np.int64)
    return _word_hashes(data, begins, ends), np.searchsorted(begins, np.cumsum(sizes))


def _only_letters(data: bytes, inside: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """False at the bytes of the characters beyond ASCII that are neither letter nor digit."""
    codes = np.frombuffer(data, dtype=np.uint8)
    first = np.flatnonzero(codes >= 0xC0)
    lead = codes[first].astype(np.int32)
    second, third, fourth = (codes[first + n].astype(np.int32) & 0x3F for n in (1, 2, 3))
    size = 2 + (lead >= 0xE0) + (lead >= 0xF0)
    character = np.select(
        [size == 2, size == 3],
        [(lead & 0x1F) << 6 | second, (lead & 0x0F) << 12 | second << 6 | third],
        (lead & 0x07) << 18 | second << 12 | third << 6 | fourth,
    )
    sign = ~_letters()[np.minimum(character, _TABLED)]
    beyond = np.flatnonzero(character >= _TABLED)
    if len(beyond):
        others = character[beyond].tolist()
        known = {code: chr(code).isalnum() for code in set(others)}
        sign[beyond] = [not known[code] for code in others]
    inside = inside.copy()
    for byte in range(4):
        inside[first[sign & (size > byte)] + byte] = False
    return inside


@cache
def _letters() -> NDArray[np.bool_]:
    """For each character below `_TABLED`, whether words are made of it; False for that one."""
    signs = map(chr, range(_TABLED))
    found = np.zeros(_TABLED + 1, dtype=np.bool_)
    found[:-1] = np.fromiter(map(str.isalnum, signs), dtype=np.bool_, count=_TABLED)
    return found


def _word_hashes(data: bytes, begins: Numbers, ends: Numbers) -> Hashes:
    """Of each word its bytes, eight at a time as a number; shape (words,).

    No word has a zero byte, so one that is shorter than its last block is like no other.
    """
    lengths = ends - begins
    # At each byte the number that begins there.
    blocks = np.ndarray((len(data) - _BLOCK + 1,), dtype="<u8", buffer=data, strides=(1,))
    found = mix(blocks[begins] & _FIRST_BYTES[np.minimum(lengths, _BLOCK)])
    more = np.flatnonzero(lengths > _BLOCK)
    for done in range(_BLOCK, _LONG_WORD, _BLOCK):
        if not len(more):
            return found
        block = blocks[begins[more] + done]
        block &= _FIRST_BYTES[np.minimum(lengths[more] - done, _BLOCK)]
        found[more] = mix(found[more] ^ block)
        more = more[lengths[more] > done + _BLOCK]
    for word in more.tolist():
        whole = hashlib.blake2b(data[begins[word] : ends[word]], digest_size=8).digest()
        found[word] = int.from_bytes(whole, "little")
    return found


def _shingles(words: Hashes, limits: Numbers) -> tuple[Hashes, Numbers]:
    """Sorted, distinct hashes of five words in a row, text by text, and how many each has.

    A text of fewer words has one shingle: all of them.
    """
    counts = np.diff(limits)
    here = np.ones(max(len(words) - SHINGLE_WORDS + 1, 0), dtype=np.bool_)
    for back in range(1, SHINGLE_WORDS):  # five words that begin here would run into the next text
        across = limits[1:] - back
        here[across[(across >= 0) & (across < len(here))]] = False
    hashes = _windows(words)[here]
    short = np.flatnonzero((counts > 0) & (counts < SHINGLE_WORDS))
    sizes = np.maximum(counts - SHINGLE_WORDS + 1, 0)
    sizes[short] = 1
    ends = np.cumsum(sizes)
    if len(short):
        own = np.zeros((len(short), SHINGLE_WORDS), dtype=np.uint64)
        for place in range(SHINGLE_WORDS - 1):
            some = counts[short] > place
            own[some, place] = words[limits[short[some]] + place]
        others = np.ones(ends[-1], dtype=np.bool_)
        others[ends[short] - 1] = False
        every = np.empty(ends[-1], dtype=np.uint64)
        every[others], every[ends[short] - 1] = hashes, _windows(own.reshape(-1))[::SHINGLE_WORDS]
        hashes = every
    begin = 0
    for end in ends.tolist():
        if end - begin > 1:
            hashes[begin:end].sort()
        begin = end
    fresh = np.ones(len(hashes), dtype=np.bool_)
    fresh[1:] = hashes[1:] != hashes[:-1]
    fresh[(ends - sizes)[sizes > 0]] = True  # the first of each text
    if fresh.all():
        return hashes, sizes
    total = np.concatenate(([0], np.cumsum(fresh)))
    return hashes[fresh], total[ends] - total[ends - sizes]


def _windows(words: Hashes) -> Hashes:
    """A hash for each five words in a row; shape (words - 4,), or none."""
    if len(words) < SHINGLE_WORDS:
        return np.zeros(0, dtype=np.uint64)
    one, two, three = (np.uint64(multiplier) for multiplier in _MULTIPLIERS)
    pairs = words[:-1] * one
    pairs += words[1:]
    four = pairs[:-3] * two
    four += pairs[2:-1]
    four *= three
    four += words[4:]
    return mix(four) >> np.uint64(64 - HASH_BITS)


def mix(values: Hashes) -> Hashes:
    """Spreads every bit over the word (in the manner of SplitMix64's finaliser)."""
    values = values * np.uint64(_MULTIPLIERS[0])
    values ^= values >> np.uint64(29)
    values *= np.uint64(_MULTIPLIERS[1])
    values ^= values >> np.uint64(32)
    return values
