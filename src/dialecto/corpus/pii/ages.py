# ruff: noqa: E501 - an expression is clearer in one piece
"""Ages that a word beside them announces; others are for the model."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dialecto.corpus.pii.entity import Entity
from dialecto.corpus.pii.recogniser import Recogniser, at_cues

_YEARS = r"(?P<v>1[01]\d|[1-9]?\d)(?![\w%€$/]|[.,:-]\d| ?(?:%|euros?|pages?|percent|puntos?)\b)"
_BEFORE = re.compile(
    r"(?:(?:just |has |have |had )?turn(?:ed|ing|s)?|aged?(?: of| is|:)?|edad(?: de|:)?|idade(?: de|:)?"
    r"|cumpl(?:í|e|o|ió|en|ir|irá|iré)|complet(?:ou|a|ei))\s{1,2}(?:los )?"
    rf"{_YEARS}(?: (?:a[ñn]os|anos|years))?(?= ?(?:$|[.,;:!?)\"'\n]|(?:a[ñn]os|anos|years|years? old|and|y|last|this|on|in|el|en)\b))"
)
_BEING = re.compile(
    rf"(?:i am|i'm|s?he's|s?he (?:is|was))\s{_YEARS}(?= ?-?(?:y/?o\b|years?[ -]old|yrs?\b))", re.I
)


def age_at(text: str, place: int) -> Iterator[Entity]:
    """`she just turned 47`, `at the age of 61`, `I'm 26 y/o`, `cumplió 47 años`: the number."""
    if match := _BEFORE.match(text, place) or _BEING.match(text, place):
        yield Entity(*match.span("v"), "AGE", match.group("v"), 0.7, "age")


_CUES = frozenset(
    (
        *("turn", "turned", "turning", "turns", "age", "aged", "edad", "idade", "i"),
        *("he", "she", "cumpli", "cumple", "cumplo", "cumplio", "cumplen", "cumplir", "cumplira"),
        *("cumplire", "completou", "completa", "completei"),
    )
)
RECOGNISERS: tuple[Recogniser, ...] = (at_cues("age", ("AGE",), age_at, _CUES),)
