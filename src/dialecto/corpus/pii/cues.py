"""Words of context: what stands before a number and says what it is.

They are written as plain phrases. A text is searched with an expression made of them, that does
without accents, dots and spaces; and a part of a text that holds none of their first words is not
searched at all, so that a hundred recognisers cost little more than ten.
"""

from __future__ import annotations

import re
from collections.abc import Container
from dataclasses import dataclass

from dialecto.corpus.pii.gazetteer import fold
from dialecto.corpus.pii.reading import PerWord, read

_WORD = re.compile(r"[^\W\d_]+")
_ACCENTS = {"a": "[aáàâã]", "e": "[eéê]", "i": "[ií]", "o": "[oóôõ]", "u": "[uúü]", "c": "[cç]"}


@dataclass(frozen=True)
class Cues:
    """`pattern` matches lower-case text; `words` are folded words of which one must be near."""

    pattern: re.Pattern[str]
    words: frozenset[str]


def cues(*phrases: str) -> Cues:
    """From phrases: "d.n.i." matches `DNI` too, "cédula de identidad" `cedula de identidad`."""
    ordered = sorted(set(phrases), key=lambda phrase: (-len(phrase), phrase))
    words = {word for phrase in phrases for word in _first_words(phrase)}
    alternatives = "|".join(map(_expression, ordered))
    return Cues(re.compile(rf"(?<!\w)(?:{alternatives})(?!\w)"), frozenset(words))


def _expression(phrase: str) -> str:
    parts = []
    for character in phrase:
        if character == ".":
            parts.append(r"\.?\s?")
        elif character == " ":
            parts.append(r"\s+")
        elif character == "º":
            parts.append("[ºo°]?")
        else:
            plain = fold(character)
            parts.append(_ACCENTS.get(plain, re.escape(character)))
    plural = "s?" if len(phrase) > 3 and phrase[-1].isalpha() else ""
    return "".join(parts) + plural


def _first_words(phrase: str) -> set[str]:
    whole = fold(phrase.replace(".", "").split(" ")[0])
    found = {whole, *_WORD.findall(fold(phrase))[:1]}
    if "." in phrase:
        found.add(fold(phrase[0]))
    return found | {f"{word}s" for word in found if len(word) > 3}


def _plain_letters() -> dict[int, int]:
    """Accented letter -> the letter; ñ stays. One for one, so that places stay where they are."""
    table = {}
    for code in range(0xC0, 0x250):
        folded = fold(chr(code))
        if len(folded) == 1 and folded != chr(code):
            table[code] = ord(folded)
    return table


_PLAIN = _plain_letters()


def plain(word: str) -> str:
    """A word in lower case and without accents, as words of context are written."""
    lower = word.lower()
    if len(lower) != len(word):
        lower = "".join(c.lower() if len(c.lower()) == 1 else c for c in word)
    return lower if lower.isascii() else lower.translate(_PLAIN)


def cues_among(wanted: Container[str]) -> PerWord[str]:
    """A word of a text -> the wanted word that it is, or nothing."""
    return PerWord(lambda word: found if (found := plain(word)) in wanted else "")


def cue_places(text: str, cue_of: PerWord[str]) -> list[tuple[int, str]]:
    """(place, plain word) of those words of a text that are cues, in order."""
    reading = read(text)
    return [
        (start, cue)
        for start, cue in zip(reading.starts, cue_of.each(reading.words), strict=True)
        if cue
    ]


PAPERS = (
    *("documento", "documento de identidad", "documento nacional de identidad", "identidad"),
    *("identidade", "identificación", "identification", "identity card", "document"),
)
"""Words before any country's identity number."""
