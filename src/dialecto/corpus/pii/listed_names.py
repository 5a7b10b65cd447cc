# ruff: noqa: E501 - an expression or a list is clearer in one piece
"""Names that need no model: those that the lists know whole, and what follows `señora` or `Dr.`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import compress

from dialecto.corpus.pii.entity import Entity
from dialecto.corpus.pii.features import Line
from dialecto.corpus.pii.gazetteer import fold, word_set
from dialecto.corpus.pii.name_mending import PART, PARTICLE, mend
from dialecto.corpus.pii.name_words import (
    ANNOUNCES,
    kinds_of,
    letters_of,
    may_be_named_alone,
    may_name,
)
from dialecto.corpus.pii.reading import Reading

_WORD = re.compile(r"[^\W\d_]+")
_RUN = re.compile(
    rf"(?<![\w@.-]){PART}(?: (?:{PARTICLE} ){{0,2}}(?:[A-Z]\. )?{PART}){{1,9}}(?![\w@])"
)
_NO_PERSON_BEFORE = re.compile(
    r"(?i)(?:calle|c/|avda\.?|avenida|av\.|paseo|plaza|ronda|camino|rua|street|road|hospital|colegio|premio|fundaci[óo]n|"
    r"cl[íi]nica|instituto|universidad|escuela|sierra|r[íi]o|valle|san|santa|barrio|parque|teatro|museo|"
    r"edificio|centro|residencia|universitario|general|editorial|grupo|bodegas|talleres)(?: de| del| de la)? $"
)


def find_listed(text: str, line: Line) -> Iterator[Entity]:
    """Names that the lists know, a first name first, where no street is named.

    The model may take `cuenta 4277 de Alma Toledo Soria` for an address; the lists know better.
    """
    kinds = kinds_of(line.words)
    if _LISTED.search(kinds):
        yield from _find_full(text, line.start, line.end)
    if any(
        kind in "FB" and _AFTER_ALONE.match(text, at + len(word), line.end)
        for kind, word, at in zip(kinds, line.words, line.starts, strict=True)
    ):
        yield from _find_alone(text, line.start, line.end)


_LISTED = re.compile("[fbFB].*[sbB]")


_JOINS = frozenset(("de", "del", "la", "las", "los", "y"))


def _find_full(text: str, start: int, end: int) -> Iterator[Entity]:
    for match in _RUN.finditer(text, start, end):
        begin = _without_roles(text, *match.span())
        value = text[begin : match.end()]
        # In capitals, and in titles, particles have a capital too: MARÍA DE LA PAZ, De La Paz.
        letters = [w for w in _WORD.findall(value) if w[0].isupper() and w.lower() not in _JOINS]
        parts = [w for w in letters if len(w) > 1]
        if len(parts) < (3 if value.isupper() else 2) or not letters_of(parts[0]) & {"f", "m"}:
            continue
        if not all(letters_of(p) & {"f", "m", "s"} for p in parts):
            continue
        sure = len(letters) > 2 or not any(fold(p) in word_set("places") for p in parts)
        if not sure or sum(may_name(p) for p in parts) < 2 or "s" not in letters_of(parts[-1]):
            continue
        if not _NO_PERSON_BEFORE.search(text[max(0, begin - 24) : begin]):
            yield Entity(begin, match.end(), "NAME", value, 0.55, "listed")


def _without_roles(text: str, start: int, end: int) -> int:
    """Where a run of capitalised words begins when `Client`, `Testigo` are left out."""
    for word in _WORD.finditer(text, start, end):
        if fold(word.group()) not in word_set("before_names"):
            return word.start()
    return start


def _find_alone(text: str, start: int, end: int) -> Iterator[Entity]:
    for match in _ALONE.finditer(text, start, end):
        word = match.group("v")
        if may_be_named_alone(word) and fold(word) not in word_set("before_names"):
            yield Entity(*match.span("v"), "NAME", word, 0.5, "listed.first")


_AFTER = (
    r"(?: (?:said|told|asked|called|shouted|had|dijo|llamó|pidió|firmó|preguntó|respondió)\b"
    r"|[,!?:](?=\s|$)|'s\b)"
)
_AFTER_ALONE = re.compile(_AFTER)
# A word of people beside a single name: nothing else may stand there.
_ALONE = re.compile(
    rf"(?:\b(?:said|told|asked|shouted at|called|met|with|and|why is|why does|did|is|tell|ask|by|thanks?|to|y|con|a|dijo|"
    rf"llam[óa] a|seg[úu]n|pregunt[óa] a|gracias,?|soy),? |^|(?<=\n)|, )(?P<v>{PART})"
    rf"(?={_AFTER})",
)


_TITLED = re.compile(
    rf"(?<!\w)(?:[Ss]eñor(?:a|ita)?|[Dd]octora?|[Dd]ra?\.|[Ss]ra?\.|[Ss]rta\.|D\.ª?|D[ªa]\.?|Dña\.?|[Dd]on|[Dd]oña"
    rf"|Mrs?\.?|Ms\.?|Miss|Dr|Prof\.|Lic\.|Ing\.)[ \u00a0]?(?:(?<=[. \u00a0]))(?P<v>{PART}(?: (?:{PARTICLE} ){{0,2}}{PART}){{0,4}})"
)


_TITLES = frozenset(
    (
        *("Señor", "Señora", "Señorita", "Doctor", "Doctora", "Dr", "Dra", "Sr", "Sra", "Srta"),
        *("señor", "señora", "señorita", "doctor", "doctora", "dr", "dra", "sr", "sra", "srta"),
        *("D", "Da", "Dª", "Dña", "Don", "Doña", "don", "doña", "Mr", "Mrs", "Ms", "Miss"),
        *("Prof", "Lic", "Ing"),
    )
)


def find_titled(text: str, reading: Reading) -> Iterator[Entity]:
    """What follows `señora`, `Dr.`, `Mrs`: a name, whether on the lists or not."""
    done = 0
    for at in compress(reading.starts, map(_TITLES.__contains__, reading.words)):
        match = _TITLED.match(text, at) if at >= done else None
        if match is None:
            continue
        done = match.end()
        value = match.group("v")
        first = fold(_WORD.findall(value)[0])
        if (first in word_set("common_words") and not letters_of(first)) or first in ANNOUNCES:
            continue
        candidate = Entity(*match.span("v"), "NAME", value, 0.65, "titled")
        if mended := mend(text, candidate.start, candidate.end, candidate):
            yield mended
