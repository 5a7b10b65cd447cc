"""Passwords in the columns of tables: `| usuario | contraseña |`, `user;password`.

The header names the column, and each row below it has its password there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from dialecto.corpus.pii.secret_forms import is_placeholder

_HEADERS = re.compile(
    r"(?:contrase[ñn]as?|passwords?|passwd|pass|pwd|senhas?|claves?(?: de acceso)?|pin|"
    r"api[ _-]?keys?|secretos?|secrets?|tokens?)(?: (?:inicial|provisional|temporal|actual))?",
    re.IGNORECASE,
)
_WEAK = re.compile(r"clave|token|secret", re.IGNORECASE)
_RULE = re.compile(r"[\s|:+=-]+")
_PLAIN_HEADER = re.compile(r"[\w .º/()*-]{1,30}")
_SIGNS = ("|", "\t", ";", ",")
_LONGEST = 1_000  # characters of a header before and behind its label: a line of labels is no table


def table_secrets(text: str, place: int, end: int) -> Iterator[tuple[int, int]]:
    """The values of the column whose header is around `place`; nothing where it heads no column."""
    first = text.rfind("\n", max(0, place - _LONGEST), place) + 1
    last = text.find("\n", place, min(end, place + _LONGEST))
    if last < 0 or (not first and place > _LONGEST):
        return
    header = text[first:last]
    sign = next((sign for sign in _SIGNS if sign in header), "")
    if not sign:
        return
    cells = _cells(header, sign)
    number = next((n for n, (a, b) in enumerate(cells) if first + a <= place < first + b), None)
    if number is None:
        return
    names = [header[a:b].strip(" *`\"'") for a, b in cells]
    if not _HEADERS.fullmatch(names[number]) or not all(
        _PLAIN_HEADER.fullmatch(name) or (not name and sign == "|") for name in names
    ):
        return
    if sign == "," and ", " in header:
        return  # words of a sentence
    before = max(0, first - 1)
    above = text[max(text.rfind("\n", 0, before) + 1, before - 2 * _LONGEST) : before]
    if above.count(sign) == header.count(sign):
        return  # a row among others, not the first one: `test_login,pass`
    yield from _column(text, last + 1, end, sign, number, names)


def _column(
    text: str, start: int, end: int, sign: str, number: int, names: list[str]
) -> Iterator[tuple[int, int]]:
    weak = bool(_WEAK.match(names[number]))
    while start < end:
        stop = text.find("\n", start, end)
        stop = end if stop < 0 else stop
        row = text[start:stop]
        cells = _cells(row, sign)
        if len(cells) != len(names):
            return
        if not (sign == "|" and _RULE.fullmatch(row)):
            a, b = cells[number]
            value = row[a:b].strip(" *`\"'")
            if _is_secret(value, weak):
                begin = start + a + row[a:b].index(value)
                yield begin, begin + len(value)
        start = stop + 1


def _cells(row: str, sign: str) -> list[tuple[int, int]]:
    """Where each cell of a row begins and ends."""
    places = [-1, *(at for at, letter in enumerate(row) if letter == sign), len(row)]
    return [(a + 1, b) for a, b in pairwise(places)]


def _is_secret(value: str, weak: bool) -> bool:
    if len(value) < 4 or " " in value or is_placeholder(value):
        return False
    letters, digits = any(map(str.isalpha, value)), any(map(str.isdigit, value))
    if weak:
        return letters and digits and len(value) >= 8
    return digits or any(not c.isalnum() for c in value)
