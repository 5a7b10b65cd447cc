"""Postal addresses: a kind of street, its name, the number and what follows it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dialecto.corpus.pii.entity import Entity
from dialecto.corpus.pii.recogniser import Recogniser

_STREETS_ES = (
    r"[Cc]alle|[Cc]/\.?|[Cc]l\.|[Aa]venida|[Aa]vd?a?\.|[Aa]vda|[Pp]aseo|P(?:\.?º|[º°]\.?)|[Pp]laza|[Pp]z?l?a?\.|"
    r"[Cc]arretera|[Cc]tra\.?|[Cc]amino|[Cc]no\.|[Rr]onda|[Rr]da\.|[Tt]raves[ií]a|[Tt]rav\.|[Cc]alzada|"
    r"[Bb]oulevard|[Bb]ulevar|[Bb]lvr?d\.?|[Jj]ir[óo]n|[Jj]r\.?|[Pp]asaje|[Pp](?:sa)?je\.|[Cc]arrera|[CcKk]ra\.?|"
    r"[Dd]iagonal|[Dd]iag\.|[Dd]g\.?|[Tt]ransversal|[Tt]v\.|[Pp]rolongaci[óo]n|[Pp]rol\.|[Pp]rivada|[Pp]riv\.|"
    r"[Cc]allej[óo]n|[Cc]ircuito|[Rr]ambla|[Gg]lorieta|[Cc]uesta|[Uu]rbanizaci[óo]n|[Uu]rb\.|[Pp]ol[íi]gono|"
    r"[Pp]assatge|[Cc]arrer|[Rr][úu]a|[Tt]ravessa|[Tt]v\.|[Aa]lameda|[Ee]strada|[Pp]ra[çz]a|[Aa]vinguda|[Pp]laça|"
    r"[Aa]ndador|[Cc]orredor|[Pp]eatonal|[Rr]etorno|[Ee]je [Vv]ial|[Vv]ereda|[Bb]arriada|[Bb]arrio|[Cc]osta(?:nilla)?|"
    r"[Aa]cceso|[Cc]olonia|[Cc]ol\.|[Ss]enda|[Vv]ía|[Gg]ran [Vv]ía|[Aa]utov[ií]a|[Bb]ajada|[Ss]ubida|[Pp]arque|[Rr]ua|"
    r"CALLE|AVENIDA|AVDA\.?|PASEO|PLAZA|CARRETERA|CAMINO|RONDA|CARRERA|JIR[ÓO]N|RUA|PASAJE"
)
_STREETS_EN = (
    r"Streets?|St\.?|Avenues?|Ave\.?|Roads?|Rd\.?|Lanes?|Ln\.?|Drives?|Dr\.?|Boulevard|Blvd\.?|Courts?|Ct\.?|Way|"
    r"Squares?|Sq\.?|Places?|Pl\.?|Terrace|Close|Crescent|Gardens?|Highway|Hwy\.?|Parkway|Pkwy\.?|Circles?|Trail|Row|"
    r"Walks?|Mews|Groves?|Hills?|Alley|Plaza|Loop|Pike|Turnpike|Ridges?|Coves?|Crossing|Route|Mount|Green|Park|Fields?|"
    r"Meadows?|Village|Valley|Passage|Path|Point|Haven|Heights|Harbors?|Junctions?|Keys?|Islands?|Glens?|Forges?"
)
_CAP = r"(?:[A-ZÁÉÍÓÚÑÜÇÀÈÒ][\w'’·-]*|[A-Z][a-z]{0,4}\.)"
_SMALL = r"(?:de|del|la|las|los|el|y|e|da|do|dos|das|d[’']|san|santa|i|els|les|en|al|a)"
_NUMBERED = r"\d{1,3}[A-Z]?(?:\s(?:[Nn]orte|[Ss]ur|[Ee]ste|[Oo]este|[Bb]is|[A-Z]))?"
_NAME = (
    rf"(?:(?:\d{{1,2}}\s)?(?:{_SMALL}\s)*{_CAP}(?:\s(?:{_SMALL}\s)*{_CAP}){{0,6}}"
    rf"|{_SMALL}(?:\s[a-záéíóúñ]+){{1,3}}|[a-záéíóúñ]{{4,}}(?:\s{_SMALL})*(?:\s{_CAP}){{0,3}}|{_NUMBERED})"
)
_NUMBER = (
    r"(?:,?\s*(?:[nN]\s?[.]?[ºo°]\.?|[nN][úu]m(?:ero)?\.?|[Nn]ro\.?|No\.?|#|[Nn]\.|[Kk]m\.?)?\s*"
    r"\d{1,5}(?:[.,]\d(?!\d))?(?:\s?[-–/]\s?\d{1,5})*(?:[- ]?[A-Za-z]\b(?!\s[a-záéíóú]))?(?:\s?bis)?|,?\s*s/n)"
)
_ORDINAL = r"\d{1,2}(?:\.?[ºª°]|\.?(?:er|do|ro|to|a|o)\b)"
_SIDE = (
    r"(?:[A-Z]\b|izq(?:uierda|da)?\.?|[Ii]zqda?\.?|dcha\.?|derecha|ctro\.?|centro|puerta\s\w{1,3})"
)
_PLACE_IN_HOUSE = (
    r"piso|planta|puerta|pta\.?|escalera|esc\.?|bloque|blq?\.?|portal|dpto\.?|depto\.?|departamento|apto\.?|"
    r"apartamento|ap\.?|of\.?|oficina|local|int\.?|interior|ext\.?|torre|edificio|edif\.?|casa|mz\.?|manzana|lt\.?|"
    r"lote|unidad|nave|bloco"
)
_UNIT = (
    rf"(?:[,\s-]+(?:(?i:{_PLACE_IN_HOUSE})\.?\s?(?:n[ºo°]\.?\s?)?(?:\d{{1,4}}[ºª°]?(?:[- ]?[A-Z]\b)?|[A-Z]\b)"
    rf"|{_ORDINAL}(?:[\s,-]*(?:{_SIDE}|{_ORDINAL}))?|(?i:bajo|ático|entresuelo|principal)\b(?:\s{_SIDE})?))"
)
_CITY = r"(?:[A-ZÁÉÍÓÚÑ][\w'’-]+(?:\s(?:(?:de|del|la|las|los|el|y)\s){0,2}[A-ZÁÉÍÓÚÑ][\w'’-]+){0,3})"
_POSTCODE = rf"(?:[,.\s-]+(?:[Cc]\.?[Pp]\.?:?\s?|[Cc][óo]digo [Pp]ostal:?\s?)?\d{{4,5}}(?:-\d{{3}})?(?!\d)(?:[,\s]+{_CITY})?)"
ADDRESS_ES = re.compile(
    rf"(?<![\w/])(?:{_STREETS_ES})\s*(?:(?:de|del|la|el)\s)*{_NAME}{_NUMBER}(?:{_UNIT}){{0,4}}{_POSTCODE}?"
)
ADDRESS_EN = re.compile(
    rf"(?<![\w.,/-])\d{{1,5}}[A-Za-z]?,?\s(?:(?:North|South|East|West|[NSEW]\.?)\s)?"
    rf"(?:(?:{_CAP}|\d{{1,3}}(?:st|nd|rd|th))\s){{1,4}}?(?:{_STREETS_EN})(?![\w-])\.?"
    r"(?:,?\s(?:Apt|Apartment|Suite|Ste|Unit|Flat|Floor|Fl|Room)\.?\s?#?\d{1,5}[A-Z]?)?"
    rf"(?:,?\s{_CITY}(?=,|\s\d|\s[A-Z]{{2}}))?(?:,?\s[A-Z]{{2}}\b)?"
    r"(?:,?\s(?:\d{5}(?:-\d{4})?|[A-Z]{1,2}\d[\dA-Z]?\s\d[A-Z]{2}))?"
)
_BOX = re.compile(
    r"\b(?:P\.?\s?O\.?\s?Box|PSC|Unit|Apartado(?: de [Cc]orreos)?|Apdo\.?|Casilla|Caixa Postal)\s\d{1,6}"
    r"(?:,?\s(?:Box\s)?\d{1,6})?(?:\s(?:[AFD]PO)\s[A-Z]{2}\s\d{5})?"
)


def find_spanish(text: str, start: int, end: int) -> Iterator[Entity]:
    """Calle, avenida, carrera, rua... The street's name stands before the digits of its number."""
    for match in ADDRESS_ES.finditer(text, max(0, start - 72), min(len(text), end + 48)):
        value = match.group().rstrip(" ,.;-\n")
        yield Entity(match.start(), match.start() + len(value), "ADDRESS", value, 0.91, "address")


def find_english(text: str, start: int, end: int) -> Iterator[Entity]:
    """`12 Crown Street, Suite 4, London`, `PO Box 123`."""
    for shape in (ADDRESS_EN, _BOX):
        for match in shape.finditer(text, start, min(len(text), end + 72)):
            value = match.group().rstrip(" ,;\n")
            stop = match.start() + len(value)
            yield Entity(match.start(), stop, "ADDRESS", value, 0.88, "address.en")


RECOGNISERS = (
    Recogniser("address", ("ADDRESS",), find_spanish, digits=1),
    Recogniser("address.en", ("ADDRESS",), find_english, digits=1),
)
