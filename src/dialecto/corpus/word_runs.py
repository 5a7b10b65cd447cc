"""Texts as hashes of their words, and of so many words in a row: what two texts share."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

import numpy as np

from dialecto.corpus.poison.words import IS_SIGN, Hashes, mix, split_words

_STEP = np.uint64(0x9E3779B97F4A7C15)
_ACCENTS = re.compile(r"[\u0300-\u036f]")


def unaccented(text: str) -> str:
    """Without accents and other forms of the same letters, which a copy may have lost."""
    if text.isascii():
        return text
    return _ACCENTS.sub("", unicodedata.normalize("NFKD", text))


def word_hashes(texts: Sequence[str]) -> list[Hashes]:
    """Hashes of each text's words, in order, without case and signs."""
    if not texts:
        return []
    words = split_words([text.casefold() for text in texts])
    said = (words.shape & IS_SIGN) == 0
    hashes, document = words.hash[said], words.document[said]
    bounds = np.searchsorted(document, np.arange(len(texts) + 1))
    return [hashes[bounds[n] : bounds[n + 1]] for n in range(len(texts))]


def runs_of(hashes: Hashes, words: int) -> Hashes:
    """A hash for each run of so many words; none when there are fewer."""
    count = len(hashes) - words + 1
    if count <= 0:
        return np.zeros(0, np.uint64)
    total = np.zeros(count, np.uint64)
    for offset in range(words):
        total = total * _STEP + hashes[offset : offset + count]
    return mix(total)
