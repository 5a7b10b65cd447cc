"""Words, lines and paragraphs of many documents, found and hashed at once.

Some hundred documents are joined together and read with numpy, so that short documents cost no
more than long ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dialecto.corpus.quality.characters import BLANK, POWERS, WORD, Hashes, tables

Numbers = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True)
class Spans:
    """Stretches of characters (words, lines, paragraphs): of whom, from where to where."""

    owner: Integers
    start: Integers
    end: Integers
    hash: Hashes

    @property
    def length(self) -> Integers:
        return self.end - self.start


@dataclass(frozen=True)
class Documents:
    """Where each document begins and ends among the characters, and its size, at least 1."""

    start: Integers
    end: Integers
    size: Integers

    def __len__(self) -> int:
        return len(self.size)

    def count(self, owner: Integers, weights: NDArray[Any] | None = None) -> Integers:
        """The sum of the weights (or the number) of what each document owns."""
        if weights is None:
            return np.bincount(owner, minlength=len(self))
        # Sums of whole numbers below 2^53: exact also as floats.
        return np.bincount(owner, weights=weights, minlength=len(self)).astype(np.int64)


@dataclass(frozen=True)
class Read:
    """Documents, their words and their lines that are not empty; of each line the number of its
    paragraph, from 1; of each character its code point (up to U+FFFF) and what it is."""

    documents: Documents
    words: Spans
    lines: Spans
    paragraph: Integers
    codes: NDArray[np.uint16]
    kind: NDArray[np.uint8]


def read(texts: Sequence[str]) -> Read:
    """Finds the words, lines and paragraphs of the texts, joined together."""
    known = tables()
    sizes = np.array([len(text) for text in texts], dtype=np.int64)
    ends = np.cumsum(sizes + 1) - 1  # each text is followed by a line end
    starts = ends - sizes
    joined = "\n".join([*texts, ""]).encode("utf-32-le", "surrogatepass")
    codes = np.minimum(np.frombuffer(joined, dtype=np.uint32), 0xFFFF).astype(np.uint16)
    kind = known.kind[codes]
    breaks = np.flatnonzero(codes == 10)
    line_starts = np.concatenate(([0], breaks[:-1] + 1))
    in_line = np.arange(len(codes), dtype=np.int32)
    in_line -= np.repeat(line_starts.astype(np.int32), breaks + 1 - line_starts)
    in_line &= POWERS - 1
    sums = np.zeros(len(codes) + 1, dtype=np.uint64)
    np.cumsum(known.random[known.lower[codes]] * known.power[in_line], out=sums[1:])

    def hashed(first: Integers, last: Integers) -> Hashes:
        found: Hashes = (sums[last] - sums[first]) * known.inverse[in_line[first]]
        return found

    def owners(first: Integers) -> Integers:
        return np.searchsorted(ends, first, side="left")

    is_word = np.zeros(len(codes) + 1, dtype=bool)
    is_word[1:] = kind & WORD
    edges = np.flatnonzero(is_word[1:] != is_word[:-1])  # the last character is a line end
    first, last = edges[::2], edges[1::2]
    words = Spans(owners(first), first, last, hashed(first, last))

    solid = np.flatnonzero((kind & BLANK) == 0)
    left, right = np.searchsorted(solid, line_starts), np.searchsorted(solid, breaks)
    full = right > left
    first, last = solid[left[full]], solid[right[full] - 1] + 1
    lines = Spans(owners(first), first, last, hashed(first, last))
    paragraph = np.cumsum(
        np.concatenate(([True], (np.diff(np.flatnonzero(full)) > 1) | (np.diff(lines.owner) > 0)))
    )[: len(first)]
    each = Documents(starts, ends, np.maximum(sizes, 1))
    return Read(each, words, lines, paragraph, codes, kind)


def share(part: Integers, whole: Integers) -> Numbers:
    """part / whole, not above 1, and 0 where there is nothing."""
    return np.minimum(part / np.maximum(whole, 1), 1.0)
