"""Panama's tax number (RUC) and its two digits of control (DV)."""

from __future__ import annotations

import re

_FORM = re.compile(
    r"(?:(?P<first>\d{1,10})|(?P<province>\d{1,2})-?(?P<mark>AV|PI|NT)|(?P<letter>PE|E|N))"
    r"-(?P<book>\d{1,4})-(?P<entry>\d{1,7})(?:\W*D\W*V\W*(?P<dv>\d{1,2}))?",
    re.IGNORECASE,
)
_PROVINCES = 13
_CODES = {"": "00", "E": "50", "N": "40", "PE": "75", "AV": "15", "PI": "79", "NT": "43"}
_SIX = ("E", "N", "NT")  # whose entries may have six digits instead of five
# In a company's old number: what counts for the sixth and seventh of the twenty digits, 10 to 49.
_OLD = "1234567891234789234567891234567891234567"


def panamanian_ruc(value: str) -> bool:
    """A person's cédula (province or letters, book, entry), a company's three numbers or an NT.

    The number is written in twenty digits; from the right they weigh 2, 3, 4, ... and the sum
    mod 11 gives the first digit of the DV (11 - rest; 0 for a rest of 0 or 1), the sum with
    that digit at the end the second. Without a DV the form decides, and what may be a date is
    refused. Rare forms (letters with a book of four digits, longer entries) have exceptions that
    programs read differently: there any DV is accepted. Source: Dirección General de Ingresos
    (Panama), "Algoritmo para el cálculo del dígito verificador (DV)", version 201805.
    """
    match = _FORM.fullmatch(value)
    if match is None or not 1 <= int(match["province"] or 1) <= _PROVINCES:
        return False
    if match["dv"] is None:
        return _is_plain(match)
    known = _controls(match)
    return not known or match["dv"].zfill(2) in known


def _is_plain(match: re.Match[str]) -> bool:
    """Whether it is a RUC by its form alone."""
    first, book, entry = match["first"], match["book"], match["entry"]
    if first is None:
        return True
    if _is_province(first):
        return not (int(book) <= 31 and len(entry) in (2, 4)) and len(entry) >= 2
    return len(first) >= 3 and 4 <= len(entry) <= 6


def _is_province(number: str) -> bool:
    return len(number) <= 2 and 1 <= int(number) <= _PROVINCES


def _controls(match: re.Match[str]) -> set[str]:
    """The DVs of all that the number may be: a person's, a company's. Empty: any is accepted."""
    first, book, entry = match["first"], match["book"], match["entry"]
    mark = (match["mark"] or match["letter"] or "").upper()
    found: set[str] = set()
    if first and len(entry) <= 6:
        digits = first.zfill(10) + book.zfill(4) + entry.zfill(6)
        old = digits[3:5] == "00" and digits[5] < "5"
        if old and digits[5] != "0":
            digits = f"{digits[:5]}0{_OLD[int(digits[5:7]) - 10]}{digits[7:]}"
        found.add(_control(digits, old))
    if first and not _is_province(first):
        return found
    if (len(book) <= 3 or not mark) and len(entry) <= (6 if mark in _SIX else 5):
        province = (first or match["province"] or "").zfill(2)
        digits = province + _CODES[mark] + book.zfill(3) + entry.zfill(5)
        found.add(_control(f"5{digits}"))
        if mark == "NT":  # an office's or an association's; persons without a cédula have the 5
            found.add(_control(digits))
    return found


def _control(digits: str, old: bool = False) -> str:
    first = _digit(digits, old)
    return first + _digit(digits + first, old)


def _digit(digits: str, old: bool) -> str:
    """In old numbers the eleventh digit from the right weighs 11 as the tenth does."""
    weights = (place + 2 - (old and place >= 10) for place in range(len(digits)))
    rest = sum(int(d) * w for d, w in zip(reversed(digits), weights, strict=True)) % 11
    return str(11 - rest) if rest > 1 else "0"
