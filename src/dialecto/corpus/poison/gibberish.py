"""Runs of words that no language at hand would write, by the likelihood of their letters.

A table of how likely a letter is after two others, over Latin letters without accents, made from
word lists and the Declaration of Human Rights in 18 languages (benchmarks/poison_forms.py). Only
words in lower case or with one capital count; code, hashes, base64 and tables have signs, digits
and capitals between their letters, which end a run.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from io import BytesIO

import numpy as np
from numpy.typing import NDArray

from dialecto.corpus.poison.words import (
    HAS_DIGIT,
    HAS_LETTER,
    IS_SIGN,
    LATER_UPPER,
    Words,
)

_SCALE = 8.0  # the table holds eighths of a bit
_RUN = 12  # words looked at together
LIKELY = -5.9  # bits a letter below which a run of words is gibberish
_BOUND = 26


@cache
def _table() -> NDArray[np.float32]:
    raw = (files("dialecto.corpus.poison") / "letters.npy").read_bytes()
    table: NDArray[np.float32] = np.load(BytesIO(raw)).astype(np.float32) / _SCALE
    return table


@cache
def _letters() -> NDArray[np.int8]:
    """0 to 25 of each Latin letter, accents taken off; 26 of other characters, 27: not Latin."""
    import unicodedata

    codes = np.full(0x10000, _BOUND, np.int8)
    for point in range(0x10000):
        character = chr(point)
        if not character.isalpha():
            continue
        base = unicodedata.normalize("NFD", character.lower())[0]
        codes[point] = ord(base) - 97 if "a" <= base <= "z" else 27
    return codes


def gibberish_words(words: Words, documents: int) -> NDArray[np.int64]:
    """How many words of each document stand in runs of gibberish. shape [documents]"""
    found = np.zeros(documents, np.int64)
    if len(words.start) < _RUN:
        return found
    points = np.frombuffer(words.text.encode("utf-32-le", "replace"), dtype="<u4")
    codes = _letters()[np.minimum(points, 0xFFFF)].astype(np.int64)
    foreign = np.concatenate([[0], np.cumsum(codes == 27)])
    codes = np.where(codes == 27, _BOUND, codes)
    before = np.concatenate([[_BOUND], codes[:-1]])
    earlier = np.concatenate([[_BOUND, _BOUND], codes[:-2]])
    earlier = np.where(before == _BOUND, _BOUND, earlier)
    bits = _table()[earlier, before, codes]
    bits = np.where((codes == _BOUND) & (before == _BOUND), 0, bits)
    sums = np.concatenate([[0.0], np.cumsum(bits, dtype=np.float64)])
    shape = words.shape
    plain = (
        ((shape & HAS_LETTER) > 0) & ((shape & (HAS_DIGIT | LATER_UPPER | IS_SIGN)) == 0)
        & (foreign[words.end] == foreign[words.start]) & (words.end - words.start <= 16)
    )  # fmt: skip
    value = sums[np.minimum(words.end + 1, len(sums) - 1)] - sums[words.start]
    letters = (words.end - words.start + 1).astype(np.float64)
    total = np.concatenate([[0.0], np.cumsum(value)])
    size = np.concatenate([[0.0], np.cumsum(letters)])
    good = np.concatenate([[0], np.cumsum(plain)])
    head = np.arange(len(words.start) - _RUN + 1)
    tail = head + _RUN
    unlikely = (
        (good[tail] - good[head] == _RUN)
        & (words.document[tail - 1] == words.document[head])
        & ((total[tail] - total[head]) < LIKELY * (size[tail] - size[head]))
    )
    hit = np.zeros(len(words.start) + 1, np.int64)
    at = head[unlikely]
    np.add.at(hit, at, 1)
    np.add.at(hit, at + _RUN, -1)
    inside = np.cumsum(hit)[:-1] > 0
    return np.bincount(words.document[inside], minlength=documents).astype(np.int64)


def gibberish(texts: Sequence[str]) -> list[int]:
    """The same from texts."""
    from dialecto.corpus.poison.words import split_words

    return [int(count) for count in gibberish_words(split_words(texts), len(texts))]
