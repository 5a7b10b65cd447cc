# ruff: noqa: E501 - an expression or a list is clearer in one piece
"""Postal addresses: a kind of street, its name, the number, the door, and the town after it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dialecto.corpus.pii.entity import Entity
from dialecto.corpus.pii.gazetteer import fold, word_set
from dialecto.corpus.pii.recogniser import at_cues


def either(words: str) -> str:
    """Alternatives of a regular expression, written as words; longer ones first."""
    return "|".join(sorted(words.split(), key=lambda word: (-len(word), word)))


_STREETS_ES = either(
    r"""[Cc]alle [Cc]/ [Cc]l\. [Aa]venida [Aa]vd?a?\. [Aa]vda [Aa]v [Pp]aseo [Pp]º [Pp]\.º [Pp]laza [Pp]za
    [Pp]l\. [Cc]arretera [Cc]tra\.? [Cc]amino [Cc]no\. [Rr]onda [Rr]da\. [Tt]raves[ií]a [Tt]rav\.
    [Cc]alzada [Bb]oulevard [Bb]ulevar [Bb]lvr?d\.? [Jj]ir[óo]n [Jj]r\.? [Pp]asaje [Pp]sa?je\. [Pp]je\.
    [Cc]arrera [CcKk]ra\.? [Dd]iagonal [Dd]iag\. [Dd]g\.? [Tt]ransversal [Tt]v\. [Pp]rolongaci[óo]n
    [Pp]rol\. [Pp]rivada [Pp]riv\. [Cc]allej[óo]n [Cc]ircuito [Rr]ambla [Gg]lorieta [Cc]uesta
    [Uu]rbanizaci[óo]n [Uu]rb\. [Pp]ol[íi]gono [Pp]assatge [Cc]arrer [Rr][úu]a [Tt]ravessa [Aa]lameda
    [Ee]strada [Pp]ra[çz]a [Aa]vinguda [Pp]laça [Aa]ndador [Cc]orredor [Pp]eatonal [Rr]etorno
    [Ee]je\s[Vv]ial [Vv]ereda [Bb]arriada [Pp]artida [Ee]dificio [Ee]dif\. [Cc]onjunto [Kk]ale [Mm]zna?\. [Cc]ostanilla [Ss]enda [Gg]ran\s[Vv]ía
    [Aa]utov[ií]a [Bb]ajada [Ss]ubida CALLE AVENIDA AVDA\.? PASEO PLAZA CARRETERA CAMINO RONDA
    CARRERA JIR[ÓO]N RUA PASAJE"""
)
CAPITALISED = r"(?:[A-ZÁÉÍÓÚÑÜÇÀÈÒ][\w'’·-]*|[A-Z][a-z]{0,4}\.)"
_SMALL = r"(?:de|del|la|las|los|el|y|e|da|do|dos|das|d[’']|san|santa|i|els|les|en|al|a)"
_NUMBERED = r"\d{1,3}[A-Za-z]?(?:\s(?:[Nn]orte|[Ss]ur|[Ee]ste|[Oo]este|[Bb]is|[A-Z]))?"
_CAP_NAME = (
    rf"(?:\d{{1,2}}\s)?(?:{_SMALL}\s)*{CAPITALISED}(?:\s(?:{_SMALL}\s)*{CAPITALISED}){{0,6}}"
)
_NAME = (
    rf"(?:{_CAP_NAME}"
    rf"|[a-záéíóúñ]{{2,}}(?:\s[\w-]*[^\W\d]){{0,4}}|{_NUMBERED})"
)
_NUMBER_SIGN = r"[nN]\s?\.?[ºo°]\.?|[nN][úu]m(?:ero)?\.?|[Nn]ro\.?|No\.?|#|[Nn]\.|[Kk]m\.?"
_NUMBER = (
    rf"(?:[,.]?\s*(?:{_NUMBER_SIGN})?\s*\d{{1,5}}(?![\d/])(?:[.,]\d\b(?!,))?"
    r"(?:[A-Z]{1,2}(?:\s(?i:bis|sur|este))?\s?[-–]\s?\d{1,3}\b|(?:\s?[-–]\s?\d{1,3}\b(?![ºª°]))?(?:[- ]?(?![yeo]\b)[A-Za-z]\b(?!\s[a-záéíóú]|[/.]))?(?:\s?bis)?)|,?\s*s/n)"
)
_ORDINAL = r"\d{1,2}(?:\.?[ºª°]|\.?(?:er|do|ro|to|a|o|n|r|t)\b)"
_SIDE = r"(?:[A-Z]\b|(?i:izq(?:uierda|da)?|izqda?|iz|dcha|derecha|der|ctro|centro)\b\.?|puerta\s\w{1,3})"
_IN_HOUSE = either(
    r"""piso planta puerta pta\.? escalera esc\.? bloque blq?\.? portal dpto\.? depto\.? departamento
    apto\.? apartamento ap\.? of\.? oficina local int\.? interior ext\.? torre edificio edif\.? casa
    mz\.? manzana lt\.? lote unidad nave bloco parcela zona"""
)
_UNIT = (
    rf"(?:[,.\s-]{{1,3}}(?:(?i:{_IN_HOUSE})\.?\s?(?:n[ºo°]\.?\s?)?"
    rf"(?:\d{{1,4}}[ºª°]?(?:[- ]?[A-Z]\b)?|[A-Z]\b)"
    rf"|{_ORDINAL}(?:[\s,-]*(?:{_SIDE}|{_ORDINAL}))?"
    rf"|(?i:bajo|ático|entresuelo|principal)\b(?:\s{_SIDE})?"
    rf"|\d{{1,2}}[,\s]{{0,2}}{_SIDE}(?!\s[a-záéíóú]|[/.]\w)|(?<=,\s)\d{{1,2}}(?![\d./º])|(?<=,\s)[A-Z]\b(?![./])))"
)
# Instead of a number: `Polígono El Pino, nave 7`, `Urb. Los Olivos, calle 3, casa 12`.
_SITE = (
    r"(?:,?\s(?i:nave|parcela|casa|piso|planta|lote|lt|mz|manzana|calle|portal|bloque|torre|apartamento|apto|local|oficina)"
    r"\.?\s(?:\d{1,4}(?:-?[A-Z]\b)?|[A-Z]\b))"
)
_CORNER = (
    rf"(?:,?\s(?:y\s(?:{_STREETS_ES})(?:\.\s*|\s)(?:{_CAP_NAME}|\d{{1,3}}\b)"
    rf"|entre\s(?:{_CAP_NAME}|\d{{1,3}})\sy\s(?:{_CAP_NAME}|\d{{1,3}}\b)"
    rf"|esq(?:uina|\.)?\s(?:con\s|a\s)?(?:{_CAP_NAME}|\d{{1,3}}\b)))"
)
# A whole word, and on one line: the next line's label is no part of a town.
TOWN_WORD = r"[A-ZÁÉÍÓÚÑ](?:[^\W\d]|['’-])+(?![\w'’-])"
_TOWN = rf"{TOWN_WORD}(?:[ \t](?:(?:de|del|la|las|los|el|y)[ \t]){{0,2}}{TOWN_WORD}){{0,3}}"
_PLACE_AFTER = re.compile(
    rf"(?:,?\s(?P<quarter>(?:Col\.|Colonia|Barrio|Bo\.|Urb\.|Urbanización|Residencial|Bairro)\s{_TOWN}))?"
    rf"(?:[,.\s-]{{0,4}}(?:[Cc]\.?[Pp]\.?:?\s?|[Cc][óo]digo [Pp]ostal:?\s?)?"
    rf"(?P<code>(?:[A-Z]?\d{{4}}(?:[A-Z]{{3}})?|\d{{5}}(?:-\d{{3}})?|\d{{6,7}}))(?![\w/])"
    rf"(?:(?:[, \t]{{1,2}}|,?\n(?={_TOWN}\s*(?:$|[,.(\n])))(?P<town>{_TOWN})(?!\s?:))?|,\s(?P<near>{_TOWN})(?!\s?:))?"
)
_END = re.compile(r"\s*(?:$|[.;)\]\"|(<\n,])")
_KIND_END = r"(?:\.\s*|\s+|(?<=/)\s*|(?<=º)\s*)"
ADDRESS_ES = re.compile(
    rf"(?<![\w/.])(?:(?=[A-Z]|c/|avda|av\.)(?:{_STREETS_ES}){_KIND_END}(?:(?:de|del|la|el)\s)*{_NAME}"
    rf"|(?:{_STREETS_ES})(?:[ \t]+|(?<=[./º])[ \t]*)(?:(?:de|del|la|las|los|el)\s)*{_CAP_NAME})(?:{_NUMBER}(?:{_UNIT}){{0,4}}|{_SITE}(?:{_UNIT}){{0,3}})(?:{_CORNER})?"
)

_ORDINAL_BEFORE = re.compile(r"(?<!\w)\d{1,2}\.?(?:ª|a\.?|[rdtvn]a\.?)\s$")  # 3.ª Avenida


def spanish_at(text: str, place: int) -> Iterator[Entity]:
    """Calle, avenida, carrera, rua... and, apart, the postal code and the town behind it.

    The town is a PLACE named `address.place`: part of the address for those who replace
    addresses, a place for those who ask for places.
    """
    if match := ADDRESS_ES.match(text, place):
        start = match.start()
        if before := _ORDINAL_BEFORE.search(text, max(0, start - 6), start):
            start = before.start()
        stop = match.start() + len(match.group().rstrip(" ,.;-\n"))
        yield Entity(start, stop, "ADDRESS", text[start:stop], 0.91, "address")
        yield from places_after(text, stop)


def places_after(text: str, stop: int) -> Iterator[Entity]:
    """Quarter, postal code and town behind an address that ends at `stop`.

    A town without a code must be known, or end the sentence or the field.
    """
    match = _PLACE_AFTER.match(text, stop)
    for group in ("quarter", "code", "town", "near") if match else ():
        found = match.group(group) if match else None
        if not match or not found:
            continue
        if group == "near":
            first = fold(found.split()[0])
            if first not in word_set("places") and not _END.match(text, match.end()):
                continue
        yield Entity(*match.span(group), "PLACE", found, 0.9, "address.place")


_LABELLED = re.compile(
    r"(?:\b|^)(?:[Dd]omicilio|[Dd]irecci[óo]n|DOMICILIO|DIRECCI[ÓO]N|[Aa]ddress|[Ee]ndere[çc]o)"
    r"(?: (?:postal|particular|habitual|fiscal|de env[íi]o|de facturaci[óo]n))?:[ \t]*(?P<v>[^\n:;|\t]{5,90})"
)
_LABELLED_END = re.compile(
    r"[,.]?\s+(?:-\s)?(?:C\.?P\.?:?\s?)?\d{5}\b|(?<!\bCol)(?<!\bUrb)(?<!\bFra[cq])(?<!\bEsq)(?<!\bEdif)(?<!\b[A-Z][a-z])(?<!\b[A-Z])\.\s+[A-ZÁÉÍÓÚ]\w{2,}|\s{2,}|\s+(?:Tel|E-?mail)|\s\("
)


def labelled_at(text: str, place: int) -> Iterator[Entity]:
    """What stands on the line after `Domicilio:`, if it holds a number."""
    match = _LABELLED.match(text, place)
    if match is None:
        return
    value = match.group("v")
    stop = _LABELLED_END.search(value)
    value = (value[: stop.start()] if stop else value).rstrip(" ,.;-")
    if not re.search(r"\d|s/n", value) or "@" in value or "://" in value or len(value.split()) < 2:
        return
    begin = match.start("v")
    yield Entity(begin, begin + len(value), "ADDRESS", value, 0.92, "address.labelled")
    yield from places_after(text, begin + len(value))


_DWELLS = re.compile(
    r"(?:domiciliad[oa]s?|domicilio|residentes?|reside[ns]?|resido|vive[ns]?|vivo|vivimos|mora|morada)"
    rf"(?:\s\w{{1,10}})?\s(?:en|na|no|em|at)\s(?:(?:el|la|los|las)\s)?(?P<v>{_CAP_NAME}"
    rf"(?:,?\s?(?:{_NUMBER_SIGN})?\s?\d{{1,4}}(?![\w%/])|{_SITE})(?:{_UNIT}){{0,4}})(?=\s*(?:$|[.,;)\n])|\sdesde\b)"
)


def dwelling_at(text: str, place: int) -> Iterator[Entity]:
    """Where people live when no kind of street is named: `reside en Los Olivos 12, casa 3`."""
    match = _DWELLS.match(text, place)
    if match is None:
        return
    start, stop = match.span("v")
    yield Entity(start, stop, "ADDRESS", text[start:stop], 0.8, "address.dwelling")
    yield from places_after(text, stop)


def join_places(text: str, entities: list[Entity]) -> list[Entity]:
    """Addresses with the postal code and town that were found behind them, as one entity."""
    joined: list[Entity] = []
    for entity in entities:
        last = joined[-1] if joined else None
        if entity.recogniser != "address.place":
            joined.append(entity)
        elif last is not None and last.type == "ADDRESS" and entity.start - last.end <= 24:
            value = text[last.start : entity.end]
            joined[-1] = Entity(
                last.start, entity.end, "ADDRESS", value, last.score, last.recogniser
            )
    return joined


def cue_words(alternatives: str) -> frozenset[str]:
    """The folded first words of an expression's alternatives: `[CcKk]ra\\.?` -> cra, kra."""
    found: set[str] = set()
    for written in alternatives.split("|"):
        spellings = {""}
        for part, optional in re.findall(r"(\[[^]]+\]|\\.|.)(\??)", written):
            if part[0] != "[" and not part.isalpha():
                break  # a sign or a space: the first word ends
            longer = {b + letter for b in spellings for letter in part.strip("[]").lower()}
            spellings = spellings | longer if optional else longer
        found.update(map(fold, spellings))
    return frozenset(found)


_LABEL_CUES = frozenset(("domicilio", "direccion", "address", "endereco"))
_DWELLING_CUES = frozenset(
    (
        *("domicilio", "domiciliado", "domiciliada", "domiciliados", "domiciliadas", "residente"),
        *("residentes", "reside", "residen", "resido", "vive", "viven", "vivo", "vivimos"),
        *("mora", "morada"),
    )
)


RECOGNISERS = (
    at_cues("address", ("ADDRESS", "PLACE"), spanish_at, cue_words(_STREETS_ES)),
    at_cues("address.labelled", ("ADDRESS", "PLACE"), labelled_at, _LABEL_CUES),
    at_cues("address.dwelling", ("ADDRESS", "PLACE"), dwelling_at, _DWELLING_CUES),
)
