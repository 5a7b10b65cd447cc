"""How odd a word is: ordinary, rare, unknown, or not like a word of any language at hand."""

from __future__ import annotations

import gzip
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

ORDINARY, RARE, UNKNOWN, GIBBERISH = 0, 1, 2, 3
_COMMON = 2e-6  # share of running text from which a word of the dictionary is ordinary
_INFLECTION = 4  # letters of an ending
_LANGUAGES = ("es", "en")
_DRAWN = frozenset("|-=_*#~+:.,;/\\()[]{}<>'\"!?^`\u2500\u2501\u2502\u2550 ")  # rules, tables, code
_LETTERS = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True)
class Lexicon:
    """Words with their share of running text, beginnings of words, and usual triples of letters."""

    shares: Mapping[str, float]
    stems: frozenset[str]
    triples: Mapping[str, int]


@cache
def lexicon() -> Lexicon:
    """Spanish and English, from the frequency lists of pyspellchecker. Takes about 2 seconds."""
    from spellchecker import SpellChecker

    shares: dict[str, float] = {}
    for lang in _LANGUAGES:
        words = SpellChecker(language=lang).word_frequency
        total = words.total_words
        for word, count in words.dictionary.items():
            shares[word] = max(shares.get(word, 0.0), count / total)
    for word in _forms():
        shares.setdefault(word, _COMMON)
    stems = {word[:size] for word in shares for size in range(5, 11) if len(word) >= size}
    triples: Counter[str] = Counter()
    for word in shares:
        triples.update(_triples(word))
    return Lexicon(shares, frozenset(stems), dict(triples))


def _forms() -> list[str]:
    """Forms of words that the frequency lists lack (made by benchmarks/poison_forms.py)."""
    packed = (files("dialecto.corpus.poison") / "forms.txt.gz").read_bytes()
    return gzip.decompress(packed).decode().split()


def _triples(word: str) -> list[str]:
    framed = f"^{word}$"
    return [framed[at : at + 3] for at in range(len(framed) - 2)]


def oddness(text: str) -> int:
    """The oddness of the oddest word in a unit's text; signs and numbers are odd as such."""
    found = _LETTERS.findall(text)
    if not found or "".join(found) != "".join(text.split()):
        if found:
            return UNKNOWN  # letters mixed with digits
        return ORDINARY if set(text) <= _DRAWN else GIBBERISH
    return max(map(_of_word, found))


def _of_word(word: str) -> int:
    known = lexicon()
    lower = word.lower()
    share = known.shares.get(lower, 0.0)
    if share >= _COMMON:
        return RARE if len(word) > 2 and word.isupper() else ORDINARY
    inflected = len(lower) >= 7 and lower[: max(5, len(lower) - _INFLECTION)] in known.stems
    if inflected and not word.isupper():
        return RARE if share else ORDINARY
    if share and len(word) > 2:
        return RARE
    strange = sum(known.triples.get(triple, 0) < 3 for triple in _triples(lower))
    if strange >= max(1, 0.3 * len(lower)):
        return GIBBERISH
    return UNKNOWN
