"""What the lists say of words that may be names, and the sentences with such a word in them.

The model only reads the sentences that may name somebody: where a capitalised word is on the
lists of names and is not a common word, or a title or a label announces a name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import compress

from dialecto.corpus.pii.gazetteer import fold, gazetteer, word_set
from dialecto.corpus.pii.reading import PerWord, Reading

_CAPITALISED = re.compile(r"[A-ZÀ-ÖØ-ÞŁŚŠŽČĆĐŐŰ][^\W\d_]+")
# The end of a sentence that is no abbreviation.
_STOP = re.compile(r"[.!?]+[\"»)]? +(?=[A-ZÁÉÍÓÚÑ¿¡\"«(])")
ANNOUNCES = word_set("announces")
_SHORTEST = 200
"""Characters of a line that are one sentence, whatever stops are in them."""


def letters_of(word: str) -> frozenset[str]:
    """The letters that the lists give a word: see `Gazetteer`."""
    return gazetteer().letters.get(fold(word.rstrip(".")), frozenset())


def _may_name(word: str) -> bool:
    folded = fold(word)
    if folded in ANNOUNCES:
        return True
    if folded in word_set("common_words"):
        return False
    return bool(gazetteer().letters.get(folded, frozenset()) & {"f", "m", "s"})


_MAY_NAME = PerWord(_may_name)


def may_name(word: str) -> bool:
    """Whether this capitalised word may be a part of a name, or announces one."""
    return _MAY_NAME[word]


def is_strange(word: str) -> bool:
    """Whether a capitalised word is in no list of words and no acronym."""
    return not word.isupper() and fold(word) not in word_set("common_words")


def stands_alone(word: str) -> bool:
    """Whether a word is a name without others: on the lists of our languages, no acronym."""
    letters = gazetteer().letters.get(fold(word), frozenset())
    return bool(letters & {"e", "p", "n"}) and not (word.isupper() and len(word) < 5)


def may_be_named_alone(word: str) -> bool:
    """Whether a word is a first name that needs no others beside it, and no place."""
    if fold(word) in word_set("places") | ANNOUNCES or not may_name(word):
        return False
    return bool(letters_of(word) & {"f", "m"}) and stands_alone(word)


def _kind(word: str) -> str:
    if len(word) < 2 or not word[0].isupper():
        return "-"
    letters = letters_of(word)
    first, last = bool(letters & {"f", "m"}), "s" in letters
    if first and may_be_named_alone(word):
        return "B" if last else "F"
    return ("b" if last else "f") if first else ("s" if last else "-")


_KIND = PerWord(_kind)


def kinds_of(words: list[str]) -> str:
    """A letter for each word: `f` for a first name, `s` a surname, `b` both, `-` neither;
    `F` and `B` for first names that may stand alone.
    """
    return "".join(map(_KIND.__getitem__, words))


_NAMES, _STRANGE = 1, 2


def _interest(word: str) -> int:
    """0, or `_NAMES`, or `_STRANGE` more than where the strange part of the word begins."""
    match = _CAPITALISED.search(word)
    if match is None:
        return 0
    if may_name(match.group()):
        return _NAMES
    return _STRANGE + match.start() if is_strange(match.group()) else 0


_INTEREST = PerWord(_interest)


def worth_reading(text: str, reading: Reading) -> Iterator[tuple[int, int]]:
    """The sentences where the model may find a name."""
    spans = sentences(text)
    span = next(spans, None)
    marked = False
    last = -1
    interest = _INTEREST.each(reading.words)
    words = zip(compress(reading.words, interest), compress(reading.starts, interest), strict=True)
    for (word, at), kind in zip(words, filter(None, interest), strict=True):
        while span is not None and at >= span[1]:
            if marked:
                yield span
            span, marked, last = next(spans, None), False, -1
        if span is None:
            return
        if kind == _NAMES:
            marked = True
        elif not marked:
            # Two strange words side by side may be a name that no list has.
            marked = at + kind - _STRANGE - last == 1
            last = at + len(word)
    if span is not None and marked:
        yield span


def sentences(text: str, start: int = 0, end: int | None = None) -> Iterator[tuple[int, int]]:
    """(start, end) of lines, and of the sentences of long ones."""
    end = len(text) if end is None else end
    while start < end:
        line_end = text.find("\n", start, end)
        line_end = end if line_end < 0 else line_end
        while line_end - start > _SHORTEST and (stop := _first_stop(text, start, line_end)):
            yield start, stop[0]
            start = stop[1]
        if start < line_end:
            yield start, line_end
        start = line_end + 1


def _first_stop(text: str, start: int, end: int) -> tuple[int, int] | None:
    """Where the sentence ends and the next one begins."""
    first = start + _SHORTEST
    while first > start and text[first - 1] in ".!?":
        first -= 1  # a row of stops is one: it begins with its first
    for match in _STOP.finditer(text, first, end):
        at = match.start()
        if at - start >= _SHORTEST and not text[max(0, at - 4) : at].strip()[-1:].isupper():
            return at + 1, match.end()
    return None
