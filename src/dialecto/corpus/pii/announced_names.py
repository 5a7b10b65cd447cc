# ruff: noqa: E501 - an expression is clearer in one piece
"""Names that their place announces: who speaks in a chat, and small letters after `me llamo`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dialecto.corpus.pii.entity import Entity
from dialecto.corpus.pii.gazetteer import fold, gazetteer, word_set
from dialecto.corpus.pii.name_mending import PART, PARTICLE
from dialecto.corpus.pii.recogniser import Recogniser, at_cues

_CAPITALISED = r"[A-ZÁÉÍÓÚÑ][a-záéíóúüñç]+"
# `[12:03] Marta: ...`, `12/3/24, 9:05 - Ana Gil: ...`
_SPEAKER = re.compile(
    r"^\[?(?:\d{1,2}[/.]\d{1,2}[/.]\d{2,4},? )?\d{1,2}:\d{2}(?::\d{2})?(?: ?[apAP]\.? ?[mM]\.?)?\]? (?:- )?"
    rf"(?P<v>{_CAPITALISED}(?: {_CAPITALISED}){{0,2}}): ",
    re.MULTILINE,
)


def find_speakers(text: str, start: int, end: int) -> Iterator[Entity]:
    """Who wrote a line of a conversation, with the hour before it."""
    if ":" not in text[start:end]:
        return
    begin = text.rfind("\n", 0, start + 1) + 1
    for match in _SPEAKER.finditer(text, begin, end + 64):
        value = match.group("v")
        if match.start() < end and fold(value) not in word_set("common_words"):
            yield Entity(*match.span("v"), "NAME", value, 0.8, "name.speaker")


_INTRODUCED = re.compile(
    r"(?:llamo|nombre(?: completo)? es|nombre(?: completo)?\s?:|name is|name\s?:|paciente\s?:|patient\s?:|"
    r"m[ée]dic[oa]\s?:|firmado\s?:|cliente\s?:|titular\s?:)[ \t]{1,3}(?P<v>[a-záéíóúüñç]{2,}(?: [a-záéíóúüñç]{1,}){1,5})"
)
_LESS = frozenset(("de", "del", "la", "las", "los"))


def introduced_at(text: str, place: int) -> Iterator[Entity]:
    """`me llamo carmen dominguez`: a first name and surnames that the lists know."""
    match = _INTRODUCED.match(text, place)
    if match is None:
        return
    common = word_set("common_words")
    words, taken = match.group("v").split(" "), 0
    for number, word in enumerate(words):
        letters = gazetteer().letters.get(fold(word), frozenset())
        if word in _LESS and number:
            continue
        if not letters & {"f", "m", "s"} or (number and fold(word) in common):
            break
        taken = number + 1
    first = gazetteer().letters.get(fold(words[0]), frozenset())
    if taken > 1 and first & {"f", "m"}:
        start = match.start("v")
        value = " ".join(words[:taken])
        yield Entity(start, start + len(value), "NAME", value, 0.75, "name.introduced")


# What only people do. Before it, two capitalised words that are no usual ones are somebody.
_SUBJECT = re.compile(
    rf"(?<![\w@#-])(?P<v>{PART}(?: (?:{PARTICLE} ){{0,2}}(?:{PART}|[A-Z]\.?)){{1,3}}) $"
)
_PERSONAL = frozenset(
    (
        *("lives", "lived", "resides", "married", "divorced", "graduated", "works", "worked"),
        *("vive", "vivía", "reside", "trabaja", "trabajaba", "nació", "falleció", "estudió"),
        *("comparece", "solicita", "manifiesta", "padece", "reside", "mora", "nasceu", "faleceu"),
    )
)


def subject_at(text: str, place: int) -> Iterator[Entity]:
    """`Tomomi Nishiyama lives at`, `Oluwaseun Adeyemi padece`: names that no list knows."""
    match = _SUBJECT.search(text, max(0, place - 64), place)
    if match is None:
        return
    parts = [word for word in match.group("v").split() if word[0].isupper()]
    if any(fold(word) in word_set("common_words") for word in parts):
        return
    if any(fold(word) in word_set("places") for word in parts):
        return
    yield Entity(*match.span("v"), "NAME", match.group("v"), 0.6, "name.subject")


_CUES = frozenset(
    (
        *("llamo", "nombre", "name", "paciente", "patient", "medico", "medica", "firmado"),
        *("cliente", "titular"),
    )
)
RECOGNISERS = (
    Recogniser("name.speaker", ("NAME",), find_speakers, digits=3),
    at_cues("name.introduced", ("NAME",), introduced_at, _CUES),
    at_cues("name.subject", ("NAME",), subject_at, frozenset(map(fold, _PERSONAL))),
)
