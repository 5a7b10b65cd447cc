"""The shipped lists: first names and surnames by language and gender, words of places."""

from __future__ import annotations

import gzip
import unicodedata
from dataclasses import dataclass
from functools import cache
from pathlib import Path

DATA = Path(__file__).parent / "data"


def fold(word: str) -> str:
    """Lower case without accents: `GARCÍA`, `García` and `garcia` are the same name.

    The tilde of ñ stays: Peña and Pena are two surnames.
    """
    lower = word.lower()
    if lower.isascii():
        return lower
    if max(lower) <= _LAST_LATIN:
        return lower.translate(_WITHOUT_ACCENTS)
    return "".join(_plain(c) for c in lower)


def _plain(letter: str) -> str:
    if letter == "ñ":
        return letter
    return "".join(c for c in unicodedata.normalize("NFD", letter) if not unicodedata.combining(c))


_LAST_LATIN = "\u024f"
_WITHOUT_ACCENTS = {n: _plain(chr(n)) for n in range(128, ord(_LAST_LATIN) + 1)}


@dataclass(frozen=True)
class Gazetteer:
    """Letters of each folded name part: f, m (first names), s (surname), e, p, n (languages).

    `spellings` are the parts as they are written, with accents, in the order of the file; `folded`
    are the same, folded.
    """

    letters: dict[str, frozenset[str]]
    spellings: tuple[tuple[str, frozenset[str]], ...]
    folded: tuple[str, ...]

    def of(self, word: str) -> frozenset[str]:
        return self.letters.get(fold(word), _NOTHING)


_NOTHING: frozenset[str] = frozenset()


@cache
def gazetteer() -> Gazetteer:
    """Read once for each process (about 60 ms)."""
    kinds: dict[str, frozenset[str]] = {}
    letters: dict[str, frozenset[str]] = {}
    spellings = []
    every = []
    text = gzip.decompress((DATA / "names.tsv.gz").read_bytes()).decode("utf-8")
    for line in text.rstrip("\n").split("\n"):
        part, _, code = line.partition("\t")
        kind = kinds.get(code) or kinds.setdefault(code, frozenset(code))
        spellings.append((part, kind))
        folded = fold(part)
        every.append(folded)
        known = letters.get(folded)
        if known is not kind:  # most are the very same set
            letters[folded] = kind if known is None else known | kind
    return Gazetteer(letters, tuple(spellings), tuple(every))


@cache
def towns() -> dict[str, str]:
    """Folded word -> `t` (a place's whole name), `u` (a part of one), or both."""
    with gzip.open(DATA / "towns.txt.gz", "rt", encoding="utf-8") as file:
        letters = dict.fromkeys(file.readline().split(), "t")
        for word in file.readline().split():
            letters[word] = letters.get(word, "") + "u"
    return letters


@cache
def word_set(name: str) -> frozenset[str]:
    """The words of `data/<name>.txt`, folded."""
    return frozenset(fold(word) for word in (DATA / f"{name}.txt").read_text("utf-8").split())
