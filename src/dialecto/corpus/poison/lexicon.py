"""How odd a word is: ordinary, rare, unknown, or not like a word of any language at hand."""

from __future__ import annotations

import gzip
import re
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from dialecto.corpus.common_words import LANGUAGES, frequencies

ORDINARY, RARE, UNKNOWN, GIBBERISH = 0, 1, 2, 3
_COMMON = 2e-6  # share of running text from which a word of the dictionary is ordinary
_INFLECTION = 4  # letters of an ending
_STEM = range(5, 11)  # letters of a beginning that tells a word's family
_USUAL = 3  # occurrences of a triple of letters of which words are made
_YEAR = 4  # characters
_DRAWN = frozenset(
    "|-=_*#~+:.,;/\\()[]{}<>'\"!?^`\u2500\u2501\u2502\u2550 "  # rules, tables, code
    # what people type
    "\u00a1\u00bf\u00ab\u00bb\u2018\u2019\u201c\u201d\u2013\u2014\u2026\u2022\u00b7"
    "\u00b0\u00ba\u00aa\u20ac\u00a3\u00a9\u00ae\u2122\u00d7\u00b1\u2192"
)
# Forms of irregular verbs that the lists lack or count as a thousandth of what they are.
_IRREGULAR = (
    "va vas vayamos ibas fuiste ido ven dan das eras han haya pone ponen sale salen oye oyen cae "
    "caen cupo lee leen cree creen trae traen"
)
_LETTERS = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True)
class Lexicon:
    """Words with their occurrences by language, in order, and triples of letters.

    Kept as the lists come, because making tables of shares and beginnings takes seconds.
    """

    counts: Mapping[str, Mapping[str, int]]
    totals: Mapping[str, int]
    forms: frozenset[str]
    words: Sequence[str]  # sorted
    letters: Mapping[str, int]  # their places in `triples`; a line feed is a word's either end
    triples: NDArray[np.int64]  # occurrences, shape (letters, letters, letters)

    def share(self, word: str) -> float:
        """Of running text, the larger of the languages'; 0 for a word that is not listed."""
        shares = [own[word] / self.totals[lang] for lang, own in self.counts.items() if word in own]
        return max([*shares, _COMMON if word in self.forms else 0.0])

    def begins(self, stem: str) -> bool:
        """Whether a word begins so."""
        at = bisect_left(self.words, stem)
        return len(stem) in _STEM and at < len(self.words) and self.words[at].startswith(stem)

    def strange(self, word: str) -> int:
        """How many of a word's triples of letters, its ends counted as letters, are unusual."""
        places = [self.letters.get(letter, -1) for letter in f"\n{word}\n"]
        triples = zip(places, places[1:], places[2:], strict=False)
        return sum(min(triple) < 0 or self.triples[triple] < _USUAL for triple in triples)


@cache
def lexicon() -> Lexicon:
    """Spanish and English, from the frequency lists of pyspellchecker. Takes 0.2 seconds."""
    counts = {lang: frequencies(lang) for lang in LANGUAGES}
    totals = {lang: sum(own.values()) for lang, own in counts.items()}
    forms = frozenset(_forms())
    words = sorted(forms.union(*counts.values()))
    text = "\n" + "\n".join(words) + "\n"
    codes = np.frombuffer(text.encode("utf-32-le"), dtype="<u4")
    letters, places = _places(codes)
    size = len(letters)
    numbers = (places[:-2] * size + places[1:-1]) * size + places[2:]
    triples = np.bincount(numbers, minlength=size**3).reshape(size, size, size)
    return Lexicon(counts, totals, forms, words, letters, triples)


def _places(codes: NDArray[np.uint32]) -> tuple[dict[str, int], NDArray[np.int64]]:
    """The letters of a text with a number for each, and the text in these numbers."""
    known = np.flatnonzero(np.bincount(codes))
    table = np.zeros(int(known[-1]) + 1, dtype=np.int64)
    table[known] = np.arange(len(known))
    return {chr(code): place for place, code in enumerate(known.tolist())}, table[codes]


def _forms() -> list[str]:
    """Forms of words that the frequency lists lack (made by benchmarks/poison_forms.py)."""
    packed = (files("dialecto.corpus.poison") / "forms.txt.gz").read_bytes()
    return [*gzip.decompress(packed).decode().split(), *_IRREGULAR.split()]


def oddness(text: str) -> int:
    """The oddness of the oddest word in a unit's text; signs, dates and codes are odd as such."""
    found = _LETTERS.findall(text)
    if not found and any(sign.isdigit() for sign in text):
        return UNKNOWN if len(text) > _YEAR else ORDINARY
    if not found or "".join(found) != "".join(text.split()):
        if found:
            return UNKNOWN  # letters mixed with digits
        return ORDINARY if set(text) <= _DRAWN else GIBBERISH
    return max(map(_of_word, found))


def _of_word(word: str) -> int:
    if len(word) == 1:  # also ª and º, but not the letters of other scripts
        return ORDINARY if ord(word) < 0x250 else UNKNOWN
    known = lexicon()
    lower = word.lower()
    share = known.share(lower)
    if share >= _COMMON:
        return RARE if len(word) > 2 and word.isupper() else ORDINARY
    inflected = len(lower) >= 7 and known.begins(lower[: max(5, len(lower) - _INFLECTION)])
    if inflected and not word.isupper():
        return RARE if share else ORDINARY
    if share and len(word) > 2:
        return RARE
    if known.strange(lower) >= max(1, 0.3 * len(lower)):
        return GIBBERISH
    return UNKNOWN
