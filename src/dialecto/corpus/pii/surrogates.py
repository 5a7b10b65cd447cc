# ruff: noqa: E501 - an expression or a list is clearer in one piece
"""False values in the form of the true ones, one function for each kind of personal data."""

from __future__ import annotations

import re
from datetime import date, timedelta
from functools import cache

import phonenumbers
from stdnum import iban
from stdnum.es import ccc

from dialecto.corpus.pii.draws import Draw, like, redraw
from dialecto.corpus.pii.gazetteer import DATA, fold, gazetteer
from dialecto.corpus.pii.recogniser import Check

ATTEMPTS = 20_000

LANGUAGE_LETTER = {"es": "E", "pt": "P", "en": "N"}
_NAME_WORD = re.compile(r"[^\W\d_]+")
PARTICLES = frozenset(
    [
        "de",
        "del",
        "la",
        "las",
        "los",
        "el",
        "y",
        "e",
        "i",
        "da",
        "do",
        "dos",
        "das",
        "van",
        "von",
        "der",
        "di",
        "le",
        "mc",
        "o",
    ]
)


@cache
def name_pool(kind: frozenset[str], lang: str) -> tuple[str, ...]:
    """Name parts of the same kind (gender, first name or surname, or both) in a language."""
    language = LANGUAGE_LETTER.get(lang, "E")
    pool = tuple(
        part
        for part, letters in gazetteer().spellings
        if language in letters and letters & {"f", "m", "s"} == kind and len(part) > 2
    )
    if len(pool) >= 20:
        return pool
    for wider in (kind - {"s"}, frozenset({"s"})):
        if wider != kind and wider:
            return name_pool(wider, lang)
    return pool


def name_part(part: str, key: bytes, lang: str) -> str:
    """The false part for a part of a name: the same wherever that part appears."""
    folded = fold(part)
    draw = Draw(key, "name", lang, folded)
    if len(part) == 1:
        return like(part, draw.choice([c for c in "ABCDEFGHIJLMNPRSTV" if c != part.upper()]))
    letters = gazetteer().of(part) & {"f", "m", "s"}
    pool = name_pool(letters or frozenset({"s"}), lang)
    while fold(new := draw.choice(pool)) == folded:
        pass
    return like(part, new)


def name(value: str, key: bytes, lang: str) -> str:
    """Part by part, so that `García` alone becomes what it became in `María García`."""

    def swap(match: re.Match[str]) -> str:
        part = match.group()
        return part if part.islower() and part in PARTICLES else name_part(part, key, lang)

    return _NAME_WORD.sub(swap, value)


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


def checked(value: str, draw: Draw, check: Check | None, fixed: int = 0) -> str | None:
    """Drawn until the recogniser's own check accepts it; None if that never happens."""
    for attempt in range(ATTEMPTS):
        new = redraw(value, draw, fixed)
        if check is not None and attempt >= 200:
            # Identifiers with words in them (a state's code, a type's letter): keep the letters.
            new = "".join(o if o.isalpha() else n for o, n in zip(value, new, strict=True))
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
    """Country code, area and first digits stay; the rest is redrawn until it is valid again."""
    digits = [i for i, c in enumerate(value) if c.isdigit()]
    if len(digits) < 6:
        return redraw(value, draw)
    keep = (
        max(1, len(digits) - 6) if value.startswith(("+", "00", "(")) else min(2, len(digits) - 4)
    )
    head = digits[max(keep, 1)] if len(digits) > keep else 0
    best = ""
    for _ in range(200):
        tail = "".join(str(draw.below(10)) if c.isdigit() else c for c in value[head:])
        best = value[:head] + tail
        if best != value and _is_valid_phone(best, regions):
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


_MONTHS = {
    "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "en": "january february march april may june july august september october november december",
    "pt": "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
}
_DATE_PARTS = re.compile(r"\d+|[^\W\d_]{3,}")


def shifted_date(value: str, draw: Draw) -> str:
    """Up to two years to either side, written in the same way. Unreadable dates are redrawn."""
    parts = list(_DATE_PARTS.finditer(value))
    read = _read_date(parts)
    if read is None:
        return redraw(value, draw)
    day, slots, month_names = read
    shift = draw.below(700) + 31
    new = day + timedelta(days=shift if draw.below(2) else -shift)
    result, last = [], 0
    for match, slot in zip(parts, slots, strict=True):
        result.append(value[last : match.start()])
        last = match.end()
        old = match.group()
        if slot == "y":
            result.append(f"{new.year:04d}" if len(old) == 4 else f"{new.year % 100:02d}")
        elif slot == "d":
            result.append(
                str(new.day).zfill(len(old) if old.startswith("0") else 1 if len(old) == 1 else 2)
            )
        elif slot == "m" and old.isdigit():
            result.append(
                str(new.month).zfill(len(old) if old.startswith("0") else 1 if len(old) == 1 else 2)
            )
        elif slot == "m":
            month = month_names[new.month - 1]
            month = month if len(old) > 4 or old.lower() in month_names else month[:3]
            result.append(
                month.upper()
                if old.isupper()
                else month.capitalize()
                if old[0].isupper()
                else month
            )
        else:
            result.append(old)
    return "".join(result) + value[last:]


def _read_date(parts: list[re.Match[str]]) -> tuple[date, list[str], list[str]] | None:
    """The date, what each part is (d, m, y or nothing) and the month names of its language."""
    slots, found, names = [], {}, _MONTHS["es"].split()
    for match in parts:
        word = match.group()
        if not word.isdigit():
            slot = ""
            for months in _MONTHS.values():
                listed = months.split()
                number = next(
                    (i for i, m in enumerate(listed) if word.lower().startswith(m[:3])), None
                )
                if number is not None and (word.lower() in listed or len(word) <= 4):
                    slot, names = "m", listed
                    found["m"] = number + 1
                    break
            slots.append(slot)
        elif len(word) == 4 and "y" not in found:
            found["y"] = int(word)
            slots.append("y")
        else:
            slots.append("?")
    unknown = [i for i, slot in enumerate(slots) if slot == "?"]
    order = [s for s in ("md" if slots and slots[0] == "y" else "dm") if s not in found] + (
        [] if "y" in found else ["y"]
    )
    for i, slot in zip(unknown, order, strict=False):
        slots[i] = slot
        found[slot] = int(parts[i].group())
    if found.get("m", 0) > 12 >= found.get("d", 99):  # month first, as in 12/31/1980
        found["m"], found["d"] = found["d"], found["m"]
        slots = [{"m": "d", "d": "m"}.get(s, s) for s in slots]
    year = found.get("y", 2001)
    if year < 100:
        year += 1900 if year > 30 else 2000
    try:
        return date(year, found["m"], found["d"]), slots, names
    except (KeyError, ValueError):
        return None


@cache
def word_list(name: str) -> tuple[str, ...]:
    """The words of `data/<name>.txt`."""
    return tuple((DATA / f"{name}.txt").read_text(encoding="utf-8").split())


@cache
def street_marks() -> frozenset[str]:
    """Words of addresses that say nothing of where: kinds of street, floor, door."""
    return frozenset(word_list("street_marks")) | PARTICLES


def address(value: str, key: bytes, draw: Draw) -> str:
    """The kind of street and its signs stay; its name and every number change."""

    def swap(match: re.Match[str]) -> str:
        part = match.group()
        if part[0].isdigit():
            return redraw(part, draw)
        folded = fold(part)
        if folded in street_marks() or len(part) == 1:
            return part
        word_draw = Draw(key, "street", folded)
        while fold(new := word_draw.choice(word_list("street_names"))) == folded:
            pass
        return like(part, new)

    new = re.sub(r"\d+|[^\W\d_]+", swap, value)
    return new if new != value else redraw(value, draw)


def ip(value: str, draw: Draw) -> str:
    """An address of the ranges kept for documentation (RFC 5737, RFC 3849)."""
    if ":" in value:
        groups = ":".join(f"{draw.below(0xFFFF) + 1:x}" for _ in range(3))
        return f"2001:db8::{groups}"
    network = draw.choice(("192.0.2", "198.51.100", "203.0.113"))
    return f"{network}.{draw.below(254) + 1}"
