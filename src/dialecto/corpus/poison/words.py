"""Words and their hashes, a whole batch of texts at once.

A word is a run of letters, digits and underscores, or a run of other visible characters; case
counts. Hashes are 64-bit polynomials over code points: no word is made into a Python object.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

Hashes = NDArray[np.uint64]
Numbers = NDArray[np.int64]
SPACE, WORD, SIGN = 0, 1, 2
# What a word looks like: bits of `Words.shape`.
HAS_LETTER, HAS_DIGIT, FIRST_UPPER, LATER_UPPER, HAS_LOWER, IS_SIGN, NOT_ASCII = (
    1, 2, 4, 8, 16, 32, 64,
)  # fmt: skip
_BASE = np.uint64(0x9E3779B97F4A7C15)
_LINE_END, _STOPS = 10, np.array([ord(sign) for sign in ".!?…"], np.uint32)
_LONGEST = 32  # characters of a word that count


@dataclass(frozen=True)
class Words:
    """The words of several texts, in order. All arrays have one row for each word."""

    text: str  # the texts, one after the other, a line end between them
    start: Numbers  # in `text`
    end: Numbers
    hash: Hashes
    shape: NDArray[np.uint8]
    document: Numbers  # the text's number
    line: Numbers  # the line's number
    stop: NDArray[np.bool_]  # signs that end a sentence
    bounds: Numbers  # first word of each text, and the number of words


def split_words(texts: Sequence[str]) -> Words:
    """The words of all texts."""
    text = "\n".join(texts) + "\n"
    points = np.frombuffer(text.encode("utf-32-le", "replace"), dtype="<u4")
    kinds = _classes()[np.minimum(points, 0xFFFF)]
    step = np.flatnonzero(np.diff(kinds)) + 1
    start = np.concatenate([[0], step])
    end = np.concatenate([step, [len(points)]])
    visible = kinds[start] != SPACE
    start, end = start[visible], end[visible]
    ends_of = np.cumsum([len(one) + 1 for one in texts], dtype=np.int64)
    bounds = np.concatenate([[0], np.searchsorted(start, ends_of)])
    document = np.repeat(np.arange(len(texts)), np.diff(bounds))
    return Words(
        text,
        start,
        end,
        _polynomials(points, start, end),
        _shapes(points, start, end),
        document,
        np.cumsum(points == _LINE_END)[start],
        np.isin(points[start], _STOPS),
        bounds,
    )


def mix(values: Hashes) -> Hashes:
    """Spreads 64-bit values (splitmix64's finaliser)."""
    mixed = values.copy()
    mixed ^= mixed >> np.uint64(30)
    mixed *= np.uint64(0xBF58476D1CE4E5B9)
    mixed ^= mixed >> np.uint64(27)
    mixed *= np.uint64(0x94D049BB133111EB)
    mixed ^= mixed >> np.uint64(31)
    return mixed


def pair_hashes(words: Words) -> tuple[Numbers, Hashes]:
    """(index of the first word, hash) of each pair of words parted by a space; a word is one with
    letters, or a number of four digits and more."""
    if len(words.start) < 2:
        return np.zeros(0, np.int64), np.zeros(0, np.uint64)
    lettered = ((words.shape & HAS_LETTER) > 0) | is_long_number(words)
    near = words.start[1:] - words.end[:-1] <= 2
    good = (
        lettered[:-1] & lettered[1:] & near & (words.document[1:] == words.document[:-1])
        & (words.start[1:] > words.end[:-1])
    )  # fmt: skip
    first = np.flatnonzero(good)
    return first, mix(words.hash[first] * np.uint64(0xC2B2AE3D27D4EB4F) + words.hash[first + 1])


def is_long_number(words: Words) -> NDArray[np.bool_]:
    """Numbers of four digits and more. shape [words]"""
    digits = (words.shape & (HAS_DIGIT | HAS_LETTER)) == HAS_DIGIT
    found: NDArray[np.bool_] = digits & (words.end - words.start >= 4)
    return found


def codes(words: Words) -> tuple[Numbers, Numbers, Hashes]:
    """(first word, last word, hash) of each date, code and other run of words and signs without a
    space that has a digit, from its first to its last word; and of words in bars or brackets,
    `|SO|`, with these. 5 to 40 characters."""
    count = len(words.start)
    nothing = np.zeros(0, np.int64)
    if count < 2:
        return nothing, nothing, np.zeros(0, np.uint64)
    head = np.flatnonzero(np.concatenate([[True], words.start[1:] != words.end[:-1]]))
    size = np.diff(np.append(head, count))
    head, size = head[size > 1], size[size > 1]
    tail = head + size - 1
    digits = np.concatenate([[0], np.cumsum((words.shape & HAS_DIGIT) > 0)])
    sign = (words.shape & IS_SIGN) > 0
    enclosed = (
        (size == 3) & sign[tail] & np.isin(words.hash[head], _brackets())
        & ((words.shape[np.minimum(head + 1, count - 1)] & HAS_LETTER) > 0)
    )  # fmt: skip
    coded = enclosed | (digits[tail + 1] > digits[head])
    head, tail, enclosed = head[coded], tail[coded], enclosed[coded]
    head, tail = head + (sign[head] & ~enclosed), tail - (sign[tail] & ~enclosed)
    length = words.end[tail] - words.start[head]
    good = (tail > head) & (length >= 5) & (length <= _LONGEST + 8)
    head, tail = head[good], tail[good]
    if not len(head):
        return nothing, nothing, np.zeros(0, np.uint64)
    # The order counts: each word's hash is mixed with its place in the run.
    sizes = tail - head + 1
    first = np.cumsum(sizes) - sizes
    place = np.arange(sizes.sum()) - np.repeat(first, sizes)
    members = words.hash[np.repeat(head, sizes) + place]
    mixed = mix(members + (place.astype(np.uint64) + np.uint64(1)) * _BASE)
    return head, tail, mix(np.add.reduceat(mixed, first))


@cache
def _brackets() -> Hashes:
    return split_words(["\n".join(("|", "||", "<", "<<", "{", "{{", "[[", "##", "%%", "$$"))]).hash


@cache
def _classes() -> NDArray[np.uint8]:
    """SPACE, WORD or SIGN of each character of the basic plane; beyond it all are signs."""
    kinds = np.full(0x10000, SIGN, np.uint8)
    plane = "".join(map(chr, range(0x10000)))
    # In runs: asked one by one, 65,536 characters take long.
    for kind, characters in ((WORD, r"[\w\u0300-\u036f]+"), (SPACE, r"[\s\0]+")):
        for run in re.finditer(characters, plane):
            kinds[run.start() : run.end()] = kind
    kinds[0xFFFF] = SIGN
    return kinds


@cache
def _looks() -> NDArray[np.uint8]:
    characters = np.arange(0x10000, dtype=np.uint32).view("U1")
    looks = np.zeros(0x10000, np.uint8)
    looks[np.strings.isdigit(characters)] = HAS_DIGIT
    looks[np.strings.isalpha(characters)] = HAS_LETTER | HAS_LOWER
    looks[np.strings.isupper(characters)] = HAS_LETTER | LATER_UPPER
    looks[128:] |= np.uint8(NOT_ASCII)
    return looks


def _shapes(points: NDArray[np.uint32], start: Numbers, end: Numbers) -> NDArray[np.uint8]:
    if not len(start):
        return np.zeros(0, np.uint8)
    looks = _looks()[np.minimum(points, 0xFFFF)]
    first = looks[start]
    upper = (first & LATER_UPPER) > 0
    looks = looks.copy()
    looks[start] &= np.uint8(0xFF ^ LATER_UPPER)
    shape = _reduce(np.bitwise_or, looks, start, end)
    shape[upper] |= FIRST_UPPER
    signs = _classes()[np.minimum(points[start], 0xFFFF)] == SIGN
    shape[signs] |= IS_SIGN
    return shape


def _reduce(
    how: np.ufunc, values: NDArray[np.uint8], start: Numbers, end: Numbers
) -> NDArray[np.uint8]:
    edges = np.empty(2 * len(start), np.int64)
    edges[0::2], edges[1::2] = start, end
    edges = np.minimum(edges, len(values) - 1)
    reduced: NDArray[np.uint8] = how.reduceat(values, edges)[0::2]
    return reduced


def _polynomials(points: NDArray[np.uint32], start: Numbers, end: Numbers) -> Hashes:
    """A hash of each word: of its first characters, and of its length."""
    hashes = (end - start).astype(np.uint64)
    active = np.arange(len(start))
    for offset in range(_LONGEST):
        active = active[end[active] - start[active] > offset]
        if not len(active):
            break
        hashes[active] = hashes[active] * _BASE + points[start[active] + offset]
    return mix(hashes)
