"""False names: part by part, of the same gender and language, the same in the whole corpus.

A keyed circle runs through all common names of a kind (Spanish women's first names, Portuguese
surnames...), and a name becomes the next one on its circle: nobody keeps their name, and two
common names never become the same one. A name that is on no circle draws from it. A part of a
name becomes the same wherever it stands, so `García`, `Dr. García` and `María García López` agree.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache, lru_cache

from dialecto.corpus.pii.draws import Draw, like, redraw
from dialecto.corpus.pii.gazetteer import fold, gazetteer
from dialecto.corpus.pii.keys import digest

_LANGUAGE_LETTER = {"es": "E", "pt": "P", "en": "N"}
_NAME_WORD = re.compile(r"[^\W\d_]+")
_KINDS = frozenset("fms")
PARTICLES = frozenset(
    "de del la las los el y e i da do dos das van von der di le mc o".split()  # noqa: SIM905
)

_JOINS = frozenset(("de", "del", "la", "las", "los"))


@cache
def name_pool(kind: frozenset[str], lang: str) -> tuple[str, ...]:
    """Name parts of the same kind (gender, first name or surname, or both) in a language."""
    language = _LANGUAGE_LETTER.get(lang, "E")
    fitting = {letters for letters in _parts() if language in letters and letters & _KINDS == kind}
    places = sorted(place for letters in fitting for place in _parts()[letters])
    spellings = gazetteer().spellings
    pool = tuple(spellings[place][0] for place in places)
    if len(pool) >= 20:
        return pool
    for wider in (kind - {"s"}, frozenset({"s"})):
        if wider != kind and wider:
            return name_pool(wider, lang)
    return pool


@cache
def _parts() -> dict[frozenset[str], list[int]]:
    """The places, among the spellings, of the parts of three letters and more by what is known of
    all their spellings: Ángel and Angel are one name."""
    names = gazetteer()
    found: dict[frozenset[str], list[int]] = {}
    for place, (folded, (part, _)) in enumerate(zip(names.folded, names.spellings, strict=True)):
        if len(part) > 2:
            found.setdefault(names.letters[folded], []).append(place)
    return found


@lru_cache(maxsize=64)
def _circle(kind: frozenset[str], lang: str, key: bytes) -> dict[str, str]:
    """Folded name part -> the part that follows it, in an order that only the key tells."""
    parts = {plain(part): part for part in name_pool(kind, lang)}
    order = sorted(parts, key=lambda folded: digest(key, "circle", folded))
    return {here: parts[after] for here, after in zip(order, [*order[1:], *order[:1]], strict=True)}


def _language_of(letters: frozenset[str], corpus_lang: str) -> str:
    """The corpus' language when the name is used in it, otherwise the name's own."""
    for lang in dict.fromkeys((corpus_lang, "es", "pt", "en")):
        letter = _LANGUAGE_LETTER.get(lang, "E")
        if letter in letters or letter.lower() in letters:
            return lang
    return corpus_lang


def plain(part: str) -> str:
    """A name as an e-mail address writes it: without accents and tildes."""
    return fold(part).replace("ñ", "n")


def letters_of(part: str) -> frozenset[str]:
    """What the lists say of a part of a name, whether its ñ is written or not."""
    letters = gazetteer().of(part)
    for spelling in _with_tilde().get(plain(part), ()):
        letters |= gazetteer().letters[spelling]
    return letters | gazetteer().letters.get(plain(part), frozenset())


@cache
def _with_tilde() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for folded in gazetteer().letters:
        if "ñ" in folded:
            found.setdefault(folded.replace("ñ", "n"), []).append(folded)
    return found


def name_part(part: str, key: bytes, lang: str) -> str:
    """The false part for a part of a name: the same wherever that part appears.

    `lang` is the corpus' language, not the document's: a person keeps one pseudonym in both.
    """
    folded = plain(part)
    draw = Draw(key, "name", folded)
    if len(part) == 1:
        return like(part, draw.choice([c for c in "ABCDEFGHIJLMNPRSTV" if c != part.upper()]))
    letters = letters_of(part)
    kind = letters & _KINDS or frozenset({"s"})
    language = _language_of(letters, lang)
    if known := _circle(kind, language, key).get(folded):
        return like(part, known)
    pool = name_pool(kind, language)
    while plain(new := draw.choice(pool)) == folded:
        pass
    return like(part, new)


def name(value: str, key: bytes, lang: str, initials: dict[str, str] | None = None) -> str:
    """Part by part. `initials` maps a letter of this name to the first name it stands for."""

    def swap(match: re.Match[str]) -> str:
        part = match.group()
        if part.islower() and part in PARTICLES:
            return part
        if match.start() and part.lower() in _JOINS:  # DE LA TORRE, De La Torre
            return part
        if len(part) == 1 and initials and (first := initials.get(part.upper())):
            return like(part, name_part(first, key, lang)[0])
        return name_part(part, key, lang)

    return _NAME_WORD.sub(swap, value)


def people_of(names: Iterable[str]) -> list[tuple[str, frozenset[str]]]:
    """(first name, folded further parts) of the full names of a document."""
    people = set()
    for value in names:
        parts = [p for p in _NAME_WORD.findall(value) if p.lower() not in PARTICLES]
        if len(parts) >= 2 and len(parts[0]) > 1:
            people.add((parts[0], frozenset(fold(p) for p in parts[1:] if len(p) > 1)))
    return sorted(people, key=lambda person: (fold(person[0]), sorted(person[1])))


def initials_of(value: str, people: Iterable[tuple[str, frozenset[str]]]) -> dict[str, str]:
    """What the initials of `M. García` stand for, where the document leaves only one choice."""
    parts = _NAME_WORD.findall(value)
    letters = {p.upper() for p in parts if len(p) == 1}
    surnames = {fold(p) for p in parts if len(p) > 1 and p.lower() not in PARTICLES}
    found = {}
    for letter in letters if surnames else ():
        fitting = {
            fold(first): first
            for first, others in people
            if surnames <= others and fold(first)[0].upper() == letter
        }
        if len(fitting) == 1:
            found[letter] = next(iter(fitting.values()))
    return found


DOMAINS = ("example.com", "example.org", "example.net")  # reserved by RFC 2606


def email(value: str, key: bytes, lang: str) -> str:
    """The name parts of the local part become those of the false name; digits are redrawn."""
    local, _, domain = value.rpartition("@")
    draw = Draw(key, "email", value.lower())

    def swap(match: re.Match[str]) -> str:
        part = match.group()
        if part.isdigit():
            return redraw(part, draw)
        new = fold(name_part(part, key, lang)).replace("ñ", "n")
        return new if part.islower() else like(part, new.capitalize())

    new_local = re.sub(r"[^\W\d_]+|\d+", swap, local)
    return f"{new_local}@{Draw(key, 'domain', domain.lower()).choice(DOMAINS)}"


def username(value: str, key: bytes, lang: str) -> str:
    draw = Draw(key, "username", value.lower())

    def swap(match: re.Match[str]) -> str:
        part = match.group()
        return redraw(part, draw) if part.isdigit() else fold(name_part(part, key, lang))

    return re.sub(r"[^\W\d_]+|\d+", swap, value)
