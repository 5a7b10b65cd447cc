"""Characters by what they are: tables by code point, with which many texts are read at once."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

Hashes = NDArray[np.uint64]

LETTER, WORD, BLANK, TERMINAL, STOP = 1, 2, 4, 8, 16
_TERMINALS = ".?!\"'»”’…"  # C4's and FineWeb's, and how Spanish and good typography close a line
_SENTENCE_ENDS = ".?!…"
_PRIME = 0x9E3779B97F4A7C15
POWERS = 1 << 16


@dataclass(frozen=True)
class Tables:
    """By code point, up to U+FFFF: what a character is, its small letter, a random number."""

    kind: NDArray[np.uint8]
    lower: NDArray[np.uint16]
    random: Hashes
    power: Hashes
    inverse: Hashes


@cache
def tables() -> Tables:
    kind = np.zeros(1 << 16, dtype=np.uint8)
    lower = np.arange(1 << 16, dtype=np.uint16)
    for code in range(1 << 16):
        sign = chr(code)
        category = unicodedata.category(sign)
        if category[0] == "L":
            kind[code] = LETTER | WORD
            small = sign.lower()
            if len(small) == 1:
                lower[code] = ord(small)
        elif category[0] in "MN" or sign == "_":
            kind[code] = WORD
        elif sign.isspace():
            kind[code] = BLANK
    for sign in _TERMINALS:
        kind[ord(sign)] |= TERMINAL
    for sign in _SENTENCE_ENDS:
        kind[ord(sign)] |= STOP
    random = mix(np.arange(1, (1 << 16) + 1, dtype=np.uint64))
    power = np.cumprod(np.full(POWERS, _PRIME, dtype=np.uint64), dtype=np.uint64)
    inverse = np.cumprod(
        np.full(POWERS, pow(_PRIME, -1, 1 << 64), dtype=np.uint64), dtype=np.uint64
    )
    return Tables(kind, lower, random, power, inverse)


def mix(values: Hashes) -> Hashes:
    """Spreads every bit over the word (the finaliser of SplitMix64)."""
    values = values * np.uint64(0xBF58476D1CE4E5B9)
    values ^= values >> np.uint64(29)
    values = values * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(32))


def hashed(text: str) -> int:
    """The hash that `read` gives a stretch of these small letters."""
    known = tables()
    found = sum(int(known.random[ord(c)]) * int(known.power[at]) for at, c in enumerate(text))
    return found * int(known.inverse[0]) % (1 << 64)
