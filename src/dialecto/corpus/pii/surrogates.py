"""False values in the form of the true ones, one function for each kind of personal data."""

from __future__ import annotations

import re
from functools import cache

import phonenumbers
from stdnum import iban
from stdnum.es import ccc

from dialecto.corpus.pii.draws import Draw, like, redraw
from dialecto.corpus.pii.false_names import PARTICLES
from dialecto.corpus.pii.gazetteer import DATA, fold
from dialecto.corpus.pii.recogniser import Check

ATTEMPTS = 20_000


def checked(
    value: str, draw: Draw, check: Check | None, fixed: int = 0, *, letters: bool = True
) -> str | None:
    """Drawn until the recogniser's own check accepts it; None if that never happens.

    `letters=False` keeps them: the V of a Venezuelan, the LP of La Paz. What does not succeed
    with everything redrawn may have words or fixed fields in it: then the letters stay, and
    later on half of the digits too.
    """
    for attempt in range(ATTEMPTS):
        new = redraw(value, draw, fixed)
        if not letters or (check is not None and attempt >= 200):
            new = "".join(o if o.isalpha() else n for o, n in zip(value, new, strict=True))
        if attempt >= 4_000:
            pairs = zip(value, new, strict=True)
            new = "".join(o if o.isalnum() and draw.below(2) else n for o, n in pairs)
        if new != value and (check is None or check(new)):
            return new
    return None


def iban_account(value: str, draw: Draw) -> str:
    """Same country and length, its check digits right; those of a Spanish account too."""
    body = redraw("".join(c for c in value if c.isalnum())[4:].upper(), draw)
    country = value[:2].upper()
    if country == "ES" and len(body) == 20 and body.isdigit():
        body = body[:8] + ccc.calc_check_digits(body) + body[10:]
    new = iter(country + iban.calc_check_digits(f"{country}00{body}") + body)
    return like(value, "".join(next(new) if c.isalnum() else c for c in value))


def phone(value: str, draw: Draw, regions: tuple[str, ...]) -> str:
    """All but the last six digits stay; these are redrawn until a valid number is valid again.

    Counted from the end, so that a number is the same one with its country code and without.
    """
    places = [i for i, c in enumerate(value) if c.isdigit()]
    if len(places) < 6:
        return redraw(value, draw)
    head = places[max(1, len(places) - 6)]
    # What is no number of these regions seldom becomes one; 200 trials in ten regions take long.
    needed = _is_valid_phone(value, regions)
    best = ""
    for _ in range(200):
        drawn = iter([str(draw.below(10)) for _ in range(6)][-len(places) + 1 :])
        best = value[:head] + "".join(next(drawn) if c.isdigit() else c for c in value[head:])
        if best != value and (not needed or _is_valid_phone(best, regions)):
            return best
    return best if best != value else redraw(value, draw)


def _is_valid_phone(value: str, regions: tuple[str, ...]) -> bool:
    for region in regions or ("ES",):
        try:
            if phonenumbers.is_valid_number(phonenumbers.parse(value, region)):
                return True
        except phonenumbers.NumberParseException:
            continue
    return False


@cache
def word_list(name: str) -> tuple[str, ...]:
    """The words of `data/<name>.txt`."""
    return tuple((DATA / f"{name}.txt").read_text(encoding="utf-8").split())


@cache
def street_marks() -> frozenset[str]:
    """Words of addresses that say nothing of where: kinds of street, floor, door."""
    return frozenset(word_list("street_marks")) | PARTICLES


def address(value: str, key: bytes) -> str:
    """The kind of street and its signs stay; its name and every number change.

    A number's surrogate depends on the street, so `C/ Mayor 84` and `Calle Mayor, 84, 3.º` agree.
    """
    street = ""

    def swap(match: re.Match[str]) -> str:
        nonlocal street
        part = match.group()
        if part[0].isdigit():
            return redraw(part, Draw(key, "door", street, part))
        folded = fold(part)
        if folded in street_marks() or len(part) == 1:
            return part
        street = street or folded
        word_draw = Draw(key, "street", folded)
        while fold(new := word_draw.choice(word_list("street_names"))) == folded:
            pass
        return like(part, new)

    new = re.sub(r"\d+|[^\W\d_]+", swap, value)
    return new if new != value else redraw(value, Draw(key, "address", value))


def place(value: str, key: bytes) -> str:
    """Another town of the list; a postal code keeps its province (two digits)."""

    def swap(match: re.Match[str]) -> str:
        part = match.group()
        if part[0].isdigit():
            return redraw(part, Draw(key, "postal code", part), 2)
        folded = fold(part)
        if folded in street_marks() or len(part) == 1:
            return part
        draw = Draw(key, "place", folded)
        while fold(new := draw.choice(word_list("places"))) == folded:
            pass
        return like(part, new.capitalize() if part[0].isupper() else new)

    return re.sub(r"\d+|[^\W\d_]+", swap, value)


_YEARS_OFF = 3


def age(value: str, draw: Draw) -> str:
    """Up to three years more or less, months and weeks too; nothing for an age in words."""

    def swap(match: re.Match[str]) -> str:
        number, step = int(match.group()), draw.below(_YEARS_OFF) + 1
        return str(number - step if number > step and draw.below(2) else number + step)

    return re.sub(r"\d+", swap, value) if re.search(r"\d", value) else ""


def coordinates(value: str, draw: Draw) -> str:
    """The degrees stay; minutes, seconds and decimals are redrawn."""
    parts = re.split(r"(\d+)", value)
    decimals = re.search(r"\d[.,]\d{3,}", value) is not None
    for i in range(1, len(parts), 2):
        after_point = parts[i - 1].endswith((".", ",")) and len(parts[i]) >= 3
        degrees = not after_point if decimals else parts[i + 1].lstrip()[:1] in ("°", "º")
        if not degrees:
            size = len(parts[i])
            parts[i] = str(draw.below(10**size if after_point else 60)).zfill(size)[-size:]
    return "".join(parts)


def mac(value: str, draw: Draw) -> str:
    """Other hexadecimal digits between the same signs, in the range for private use (IEEE 802)."""
    drawn = iter("02" + "".join(draw.choice("0123456789abcdef") for _ in range(10)))
    return like(value, "".join(next(drawn) if c.isalnum() else c for c in value))


def ip(value: str, draw: Draw) -> str:
    """An address of the ranges kept for documentation (RFC 5737, RFC 3849)."""
    if ":" in value:
        groups = ":".join(f"{draw.below(0xFFFF) + 1:x}" for _ in range(3))
        return f"2001:db8::{groups}"
    network = draw.choice(("192.0.2", "198.51.100", "203.0.113"))
    return f"{network}.{draw.below(254) + 1}"
