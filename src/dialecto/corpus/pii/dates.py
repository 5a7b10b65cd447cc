# ruff: noqa: E501 - an expression or a list is clearer in one piece
"""Dates in the ways that people write them; those of birth are told apart by context."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dialecto.corpus.pii.entity import Entity
from dialecto.corpus.pii.gazetteer import fold
from dialecto.corpus.pii.recogniser import Recogniser, at_cues, context_distance, words

MONTHS_ES = [
    "enero",
    "febrero",
    "marzo",
    "abril",
    "mayo",
    "junio",
    "julio",
    "agosto",
    "septiembre",
    "octubre",
    "noviembre",
    "diciembre",
]
MONTHS_EN = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
]
MONTHS_PT = [
    "janeiro",
    "fevereiro",
    "março",
    "abril",
    "maio",
    "junho",
    "julho",
    "agosto",
    "setembro",
    "outubro",
    "novembro",
    "dezembro",
]

_MONTH = (
    "|".join(sorted({*MONTHS_ES, *MONTHS_EN, *MONTHS_PT, "setiembre"}, key=len, reverse=True))
    + r"|(?:jan|feb|mar|apr|jun|jul|aug|sep|sept|oct|nov|dec|ene|abr|ago|set|dic)\b\.?"
)
_DAY, _YEAR = r"(?:0?[1-9]|[12]\d|3[01])", r"(?:1[89]\d\d|20\d\d)"
_DAY_IN_WORDS = (
    "primero|uno|dos|tres|cuatro|cinco|seis|siete|ocho|nueve|diez|once|doce|trece|catorce|quince|diecis[ée]is|"
    "diecisiete|dieciocho|diecinueve|veinte|veinti(?:uno|d[óo]s|tr[ée]s|cuatro|cinco|s[ée]is|siete|ocho|nueve)|"
    "treinta(?: y uno)?"
)
_TENS = "diez|veinte|treinta|cuarenta|cincuenta|sesenta|setenta|ochenta|noventa"
_YEAR_IN_WORDS = rf"(?:mil (?:ochocientos|novecientos)|dos mil)(?: (?:(?:{_TENS})(?: y \w{{3,6}})?|{_DAY_IN_WORDS}))?"
_BEFORE_MONTH = re.compile(rf"\b(?:{_DAY_IN_WORDS}|{_DAY}) de (?:mes de )?$", re.IGNORECASE)
_AFTER_MONTH = re.compile(
    rf"\w+,? del? (?:a[ñn]o )?(?:{_YEAR}|{_YEAR_IN_WORDS})(?!\w)", re.IGNORECASE
)
_IN_FIGURES = re.compile(
    r"(?<![\w/.-])(?:"
    rf"{_DAY}(?P<s>[/.-])(?:0?[1-9]|1[0-2])(?P=s)(?:{_YEAR}|\d\d)"
    rf"|{_YEAR}(?P<t>[-/.])(?:0[1-9]|1[0-2])(?P=t)(?:0[1-9]|[12]\d|3[01])"
    rf"|(?:0?[1-9]|1[0-2])/{_DAY}/(?:{_YEAR}|\d\d)"
    r")(?![\w/]|[.-]\d)"
)
_IN_WORDS = re.compile(
    rf"(?<![\w/.-]){_DAY}(?:[º°]|\.º|st|nd|rd|th|ero|ro|er)?(?:[ -](?i:de |of )?|/)(?i:{_MONTH})"
    rf"(?:(?:,? (?i:del? )?|-|/){_YEAR}|(?: (?i:del) |['’])\d\d(?!\d))?"
    r"(?![\w/]|[.-]\d)"
    rf"|\b(?i:{_MONTH}) {_DAY}(?:st|nd|rd|th)?,? (?i:del? )?{_YEAR}\b"
)
_MONTH_IN_WORDS = re.compile(rf"\b(?i:(?:{_MONTH})(?:,? (?i:del? )?|-|/){_YEAR})(?!\w)")
_MONTH_IN_FIGURES = re.compile(rf"(?<![\w/.-])(?:0[1-9]|1[0-2])[/-]{_YEAR}(?![\w/-])")
_PARTED = re.compile(r"\d[/.-]\d")
_YEAR_ALONE = re.compile(
    r"\b(?:[Ee]n|[Aa]ño|[Dd]esde|[Hh]asta|[Ii]n|[Ss]ince|[Yy]ear|[Uu]ntil)(?: el| the)?(?: año| year)?"
    rf" (?P<v>{_YEAR})(?![\w/.-]\w|\w)"
)
_HAS_YEAR = re.compile(r"(?:1[89]|20)\d\d")
BIRTH = words(
    r"nacid[oa](?:s)?(?: el| en .{1,25}? el)?",
    r"naci[óo](?: el| en .{1,25}? el)?",
    r"(?:fecha|fec\.?|f\.?)[\s_]?(?:de[\s_]?)?nac(?:imiento|\.)?",
    r"nacimiento",
    r"f\.? ?n\.?",
    r"born(?: on)?",
    r"date[ _]of[ _]birth",
    r"birth[ _]?date",
    r"birthday",
    r"d\.?o\.?b\.?",
    r"nascimento",
    r"nascid[oa](?: em)?",
    r"cumplea[ñn]os",
    r"natalicio",
)
_STOP = re.compile(r"[;.!?]\s+\w|\n.*\n|\d")


def find_in_figures(text: str, start: int, end: int) -> Iterator[Entity]:
    """BIRTH_DATE where a word of birth stands before the date in the same sentence, else DATE."""
    if not _PARTED.search(text, start, end):
        return
    for match in _IN_FIGURES.finditer(text, start, end):
        yield _judged(text, match)
    for match in _MONTH_IN_FIGURES.finditer(text, start, end):
        yield _judged(text, match, 0.8, "date.month")


def find_in_words(text: str, start: int, end: int) -> Iterator[Entity]:
    """The same for `4 de mayo de 1980` and months of years."""
    for match in _IN_WORDS.finditer(text, start, end):
        yield _judged(text, match)
    if not _HAS_YEAR.search(text, start, end):
        return
    for match in _MONTH_IN_WORDS.finditer(text, start, end):
        yield _judged(text, match, 0.8, "date.month")


def spelt_at(text: str, place: int) -> Iterator[Entity]:
    """`tres de mayo de mil novecientos ochenta`: a day or a year in words beside a month."""
    before = _BEFORE_MONTH.search(text, max(0, place - 24), place)
    after = _AFTER_MONTH.match(text, place)
    start = before.start() if before else place
    month = re.compile(r"\w+").match(text, place)
    end = after.end() if after else month.end() if month else place
    spelt = (before and before.group()[0].isalpha()) or (after and not after.group()[-1].isdigit())
    if not spelt or not (before or after):
        return
    near = context_distance(text, start, BIRTH)
    born = near is not None and not _STOP.search(text[start - near : start])
    kind = "BIRTH_DATE" if born else "DATE"
    yield Entity(start, end, kind, text[start:end], 0.95 if born else 0.9, "date.spelt")


def find_years(text: str, start: int, end: int) -> Iterator[Entity]:
    """Years alone: `en 1980`."""
    if not _HAS_YEAR.search(text, start, end):
        return
    for match in _YEAR_ALONE.finditer(text, start, end):
        yield Entity(*match.span("v"), "DATE", match.group("v"), 0.5, "date.year")


def _judged(text: str, match: re.Match[str], score: float = 0.85, name: str = "date") -> Entity:
    begin = match.start()
    near = context_distance(text, begin, BIRTH)
    born = near is not None and not _STOP.search(text[begin - near : begin])
    kind = "BIRTH_DATE" if born else "DATE"
    return Entity(begin, match.end(), kind, match.group(), score + 0.05 * born, name)


_MONTH_CUES = frozenset(
    (
        *(fold(month) for month in (*MONTHS_ES, *MONTHS_EN, *MONTHS_PT, "setiembre")),
        *("jan", "feb", "mar", "apr", "jun", "jul", "aug", "sep", "sept", "oct", "nov", "dec"),
        *("ene", "abr", "ago", "set", "dic"),
    )
)
_YEAR_CUES = frozenset(("en", "ano", "desde", "hasta", "in", "since", "year", "until"))
_KINDS = ("DATE", "BIRTH_DATE")
RECOGNISERS = (
    Recogniser("date", _KINDS, find_in_figures, digits=4),
    Recogniser("date.words", _KINDS, find_in_words, digits=1, cues=_MONTH_CUES),
    at_cues("date.spelt", _KINDS, spelt_at, frozenset(map(fold, [*MONTHS_ES, "setiembre"]))),
    Recogniser("date.year", ("DATE",), find_years, digits=4, cues=_YEAR_CUES),
)
