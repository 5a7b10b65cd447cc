"""Bank accounts and payment cards, by their check digits."""

from __future__ import annotations

import re
from collections.abc import Iterator

from stdnum import iban, luhn

from dialecto.corpus.pii.entity import Entity
from dialecto.corpus.pii.recogniser import (
    Recogniser,
    context_distance,
    digits_of,
    pattern,
    words,
)


def iban_is_valid(value: str) -> bool:
    return bool(iban.is_valid(value, check_country=False))


def card_is_valid(value: str) -> bool:
    """12 to 19 digits that pass the Luhn rule and begin as the card networks' numbers do."""
    digits = digits_of(value)
    return (
        12 <= len(digits) <= 19
        and digits[0] in "23456"
        and len(set(digits)) > 1
        and bool(luhn.is_valid(digits))
    )


CARD = words(
    r"tarjetas?",
    r"visa",
    r"mastercard",
    r"amex",
    r"maestro",
    r"cr[ée]dito",
    r"d[ée]bito",
    r"cards?(?: number| no\.?| #)?",
    r"cc",
    r"credit",
    r"debit",
    r"cart[ãa]o",
    r"american express",
)
ACCOUNT = words("cuenta", "ccc", "c/c", "iban", "account", "domiciliaci[óo]n", "conta")

_IBAN = re.compile(r"(?<![\w@/=])[A-Za-z]{2}\d{2}(?:[ -]?[0-9A-Za-z]){11,32}")
_SHORTEST_IBAN = 15
_IBAN_ROOM = 40  # characters of a number whose first digits end a part of the text


def find_ibans(text: str, start: int, end: int) -> Iterator[Entity]:
    """Account numbers of ISO 13616. The words behind one look like groups of it, so the longest
    part that ends with a word and passes mod 97 is the number.
    """
    for match in _IBAN.finditer(text, start, min(len(text), end + _IBAN_ROOM)):
        if match.start() >= end:
            return
        stop = match.end()
        while stop > match.start():
            value = text[match.start() : stop]
            if not text[stop : stop + 1].isalnum() and iban_is_valid(value):
                near = context_distance(text, match.start(), ACCOUNT)
                score = 0.97 if near is None else 0.999
                yield Entity(match.start(), stop, "IBAN", value, score, "iban")
                break
            stop = match.start() + max(value.rfind(" "), value.rfind("-"), 0)
            if sum(map(str.isalnum, text[match.start() : stop])) < _SHORTEST_IBAN:
                break


RECOGNISERS = (
    Recogniser("iban", ("IBAN",), find_ibans, digits=8, check=iban_is_valid, fixed=2),
    pattern(
        "card",
        "CARD",
        strong=r"\d{4}([ .-])\d{4}\1\d{4}\1\d{1,7}|3[47]\d{2}([ -])\d{6}\2\d{5}"
        r"|(?:4\d{3}|5[1-5]\d{2}|2[2-7]\d{2}|6011|65\d{2}|3[47]\d{2})\d{11,12}",
        weak=r"\d{12,19}|\d{4}[ -]\d{6}[ -]\d{4,5}",
        check=card_is_valid,
        context=CARD,
        digits=12,
        score=0.93,
        fixed=1,
    ),
    pattern(
        # Beside the words "credit card number" a number is one, mistyped or not.
        "card_mistyped",
        "CARD",
        weak=r"\d{4}([ .-]?)\d{4}\1\d{4}\1\d{2,7}",
        context=words(
            r"tarjeta(?: de (?:cr[ée]dito|d[ée]bito))?(?: n[úu]mero| n[ºo°]\.?)?",
            r"card(?: number| no\.?| #)?",
        ),
        digits=14,
        score=0.8,
        fixed=1,
    ),
)
