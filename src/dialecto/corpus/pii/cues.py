"""Words of context: what stands before a number and says what it is.

They are written as plain phrases. A text is searched with an expression made of them, that does
without accents, dots and spaces; and a part of a text that holds none of their first words is not
searched at all, so that a hundred recognisers cost little more than ten.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from dialecto.corpus.pii.gazetteer import fold

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


def words_in(text: str, start: int, end: int) -> set[str]:
    """The folded words of a part of a text."""
    return set(_WORD.findall(fold(text[max(0, start) : end])))


PAPERS = (
    *("documento", "documento de identidad", "documento nacional de identidad", "identidad"),
    *("identidade", "identificación", "identification", "identity card", "document"),
)
"""Words before any country's identity number."""
