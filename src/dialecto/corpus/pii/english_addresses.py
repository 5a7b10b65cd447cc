# ruff: noqa: E501 - an expression or a list is clearer in one piece
"""Postal addresses as English texts write them: the number first, and anybody's street."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dialecto.corpus.pii.addresses import CAPITALISED, TOWN_WORD, cue_words, either
from dialecto.corpus.pii.entity import Entity
from dialecto.corpus.pii.gazetteer import fold, word_set
from dialecto.corpus.pii.recogniser import Recogniser, at_cues

_STREETS = either(
    r"""Streets? St\.? Str\.? Avenues? Ave\.? Roads? Rd\.? Lanes? Ln\.? Drives? Dr\.? Boulevard Blvd\.? Courts?
    Ct\.? Way Squares? Sq\.? Places? Pl\.? Terrace Close Crescent Gardens? Highway Hwy\.? Parkway Pkwy\.?
    Circles? Trail Row Walks? Mews Groves? Hills? Alley Plaza Loop Pike Turnpike Ridges? Coves? Crossing
    Route Mount Green Park Fields? Meadows? Village Valley Passage Path Point Haven Heights Harbors?
    Junctions? Keys? Islands? Glens? Forges?"""
)
_ROOM = 160  # characters after the digits that an address may still take
_UNIT = r"(?i:Apt|Apartment|Suite|Ste|Unit|Flat|Floor|Fl|Room)\.?\s?#?\d{1,5}[A-Z]?"
_TOWN = rf"{TOWN_WORD}(?:[ \t]{TOWN_WORD}){{0,3}}"
_CODE = r"(?:\d{5}(?:-\d{4})?|\d{4,6}|[A-Z]{1,2}\d[\dA-Z]?\s\d[A-Z]{2})"
_STREET = re.compile(
    r"(?<![\w.,/-])(?:(?:Flat|Apt\.?|Unit|Suite)\s\d{1,4}[A-Z]?,\s)?(?:\d{3,5}\s)?\d{1,5}[A-Za-z]?,?\s(?:(?:North|South|East|West|[NSEW]\.?)\s)?"
    rf"(?:(?:{CAPITALISED}|\d{{1,3}}(?:st|nd|rd|th))\s){{1,4}}?(?:{_STREETS})(?![\w-])\.?"
    rf"(?:[,\s>]{{1,6}}{_UNIT})?"
)
# A flat says that this is an address whatever the street is called: 28245 Puruntie 82 Apt. 595.
_FLAT = re.compile(
    r"(?<![\w.,/-])(?:\d{3,5}\s)?\d{1,5}(?:\s[^\W\d_][\w'’.-]*){1,5}(?:\s\d{1,4}[A-Za-z]?\.?)?[,\s>]{1,6}"
    r"(?i:Apt|Suite|Flat|Unit)\.?\s\d{1,5}"
)
_BOX = re.compile(
    r"\b(?:P\.?\s?O\.?\s?Box|PSC|Unit|Apartado(?: de [Cc]orreos)?|Apdo\.?|Casilla|Caixa Postal)"
    r"\s\d{1,6}(?:,?\s(?:Box\s)?\d{1,6})?(?:\s(?:[AFD]PO)\s[A-Z]{2}\s\d{5})?"
)
# Town, state, country and postal code, on the same line or on the next ones, quoted or not.
_AFTER = re.compile(
    rf"(?P<towns>(?:[,\s>]{{1,6}}{_TOWN}){{0,3}}?)(?:[,\s>]{{1,6}}(?:[A-Z]{{2}}|nan)\b)?(?:[,\s>]{{1,6}}(?P<code>{_CODE})(?![\w@]|[-/.]\d))"
)
_NEAR = re.compile(rf",?\s(?P<town>{_TOWN})(?=,|\s\d|\s[A-Z]{{2}}|\s[A-Z]\d)(?:,?\s[A-Z]{{2}}\b)?")
_ANY_CAPITALISED = r"[A-ZÀ-ÖØ-ÞĀ-Ž][\w'’.·-]*"
_LIVES = re.compile(
    r"(?:(?:live[sd]?|living|resides?|residing)\sat|address(?:es)?\s(?:is|are|with))\s"
    rf"(?P<v>(?:\d{{2,5}} )?(?:{_ANY_CAPITALISED} ){{1,4}}\d{{1,4}}\b|\d{{1,5}}(?: {_ANY_CAPITALISED}){{1,4}}(?: \d{{1,4}}\b)?)"
)
_ZIP = re.compile(
    r"(?i:zip(?:\s?code)?|post\s?code|postal\scode|c[óo]digo\spostal|c\.?p\.?)(?:\s?(?:is|es|:|=))?\s{0,2}(?P<v>(?-i:[A-Z]{1,2}\d[\dA-Z]?\s\d[A-Z]{2})|\d{3}\s?\d{2}|\d{4,6}(?:-\d{3,4})?)(?![\w@]|[-/.,]\d)"
)


def find_english(text: str, start: int, end: int) -> Iterator[Entity]:
    """`12 Crown Street, Suite 4, London`, `PO Box 123`."""
    for shape in (_STREET, _FLAT, _BOX):
        for match in shape.finditer(text, start, end + _ROOM):
            if match.start() > end:
                break
            stop = match.start() + len(match.group().rstrip(" ,;\n"))
            yield _address(text, match.start(), _to_its_end(text, stop), "address.en")


def lives_at(text: str, place: int) -> Iterator[Entity]:
    """`She lives at 86036 Rua do Arenque 1634`: where no kind of street is known."""
    if match := _LIVES.match(text, place):
        start, stop = match.start("v"), match.start() + len(match.group().rstrip())
        yield _address(text, start, _to_its_end(text, stop), "address.lives")


def zip_at(text: str, place: int) -> Iterator[Entity]:
    """`ZIP: 28245`, `código postal 28013`: by itself no address, but a place."""
    if match := _ZIP.match(text, place):
        yield Entity(*match.span("v"), "PLACE", match.group("v"), 0.88, "zip")


def _address(text: str, start: int, stop: int, name: str) -> Entity:
    return Entity(start, stop, "ADDRESS", text[start:stop], 0.88, name)


def _to_its_end(text: str, stop: int) -> int:
    """Behind the town and the postal code, or a town that ends in a place that is known."""
    if match := _AFTER.match(text, stop):
        return match.end()
    if match := _NEAR.match(text, stop):
        return match.end()
    if (towns := _TOWNS.match(text, stop)) and _is_place(
        towns.group().split("\n")[-1].split()[-2:]
    ):
        return towns.end()
    return stop


_TOWNS = re.compile(rf"(?:[,\s>]{{1,6}}{_TOWN}){{1,3}}(?=\s*(?:$|[.,;)?\n]))")


def _is_place(words: list[str]) -> bool:
    """Whether the last word of a line, or its last two together, are on the list of places."""
    return bool(words) and fold(words[-1].strip(",>")) in word_set("places")


_CUES = cue_words(_STREETS) | frozenset(
    "apt suite flat unit box psc apartado apdo casilla caixa".split()  # noqa: SIM905
)
_LIVES_CUES = frozenset(
    "live lives lived living reside resides residing address addresses".split()  # noqa: SIM905
)
_ZIP_CUES = frozenset("zip zipcode post postcode postal codigo cp".split())  # noqa: SIM905


RECOGNISERS = (
    Recogniser("address.en", ("ADDRESS",), find_english, digits=1, cues=_CUES),
    at_cues("address.lives", ("ADDRESS",), lives_at, _LIVES_CUES),
    at_cues("zip", ("PLACE",), zip_at, _ZIP_CUES),
)
