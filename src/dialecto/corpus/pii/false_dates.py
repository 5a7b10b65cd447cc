# ruff: noqa: E501 - an expression or a list is clearer in one piece
"""False dates: moved by up to two years, written as the true one was."""

from __future__ import annotations

import re
from datetime import date, timedelta

from dialecto.corpus.pii.draws import Draw, redraw

_MONTHS = {
    "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "en": "january february march april may june july august september october november december",
    "pt": "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
}
_OF_A_YEAR = frozenset(("del", "año"))
_DATE_PARTS = re.compile(r"\d+|[^\W\d_]{3,}")


def shifted_date(value: str, key: bytes) -> str:
    """Up to two years to either side, written in the same way.

    The same day goes to the same day however it is written. A month of a year, and a year alone, are
    moved too. Nothing for what cannot be read, such as a date in words; of figures that make no date
    others are drawn.
    """
    parts = list(_DATE_PARTS.finditer(value))
    read = _read_date(parts) or _read_month(parts)
    if read is None:
        if re.search(r"[^\W\d_]{3}", value):
            return ""
        return redraw(value, Draw(key, "date", value.casefold()))
    day, slots, month_names = read
    draw = Draw(key, "date", day.isoformat())
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


def _read_month(parts: list[re.Match[str]]) -> tuple[date, list[str], list[str]] | None:
    """`mayo de 1980`, `05/1980`, `1980`: in the middle of what is said."""
    words = [match.group() for match in parts]
    years = [place for place, word in enumerate(words) if re.fullmatch(r"(?:1[89]|20)\d\d", word)]
    if len(years) != 1:
        return None
    (at,) = years
    slots = ["y" if place == at else "" for place in range(len(words))]
    year, names = int(words[at]), _MONTHS["es"].split()
    for place, word in enumerate(words):
        if word.isdigit() and place != at:
            if len(words) > 2 or not 1 <= int(word) <= 12:
                return None
            slots[place] = "m"
            return date(year, int(word), 15), slots, names
        if (known := _month_of(word)) and not word.isdigit():
            number, names = known
            slots[place] = "m"
            alone = all(w in _OF_A_YEAR for w in words[:place] + words[place + 1 :] if w.isalpha())
            return (date(year, number, 15), slots, names) if alone else None
    return date(year, 7, 1), slots, names


def _month_of(word: str) -> tuple[int, list[str]] | None:
    """The number of a month and the names of months of its language."""
    for months in _MONTHS.values():
        listed = months.split()
        number = next((i for i, m in enumerate(listed) if word.lower().startswith(m[:3])), None)
        if number is not None and (word.lower() in listed or len(word) <= 4):
            return number + 1, listed
    return None


def year_of(value: str) -> int | None:
    """The year of a date, written in four digits or in two."""
    if read := _read_date(list(_DATE_PARTS.finditer(value))):
        return read[0].year if re.search(r"\d\D+\d+\D*$|\d{4}", value) else None
    year = re.search(r"(?:1[89]|20)\d\d", value)
    return int(year.group()) if year else None


def _read_date(parts: list[re.Match[str]]) -> tuple[date, list[str], list[str]] | None:
    """The date, what each part is (d, m, y or nothing) and the month names of its language."""
    slots, found, names = [], {}, _MONTHS["es"].split()
    for match in parts:
        word = match.group()
        if not word.isdigit():
            slot = ""
            if known := _month_of(word):
                slot, (found["m"], names) = "m", known
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
