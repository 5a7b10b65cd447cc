"""Wider values: a date's year, an age's band, an address's town, a place's rough position."""

from __future__ import annotations

import re

from dialecto.corpus.pii.addresses import ADDRESS_ES, places_after
from dialecto.corpus.pii.false_dates import year_of
from dialecto.corpus.pii.gazetteer import fold
from dialecto.corpus.pii.surrogates import street_marks

_BAND = 10  # years


def generalise(type: str, value: str) -> str:
    """The wider form of a value, or `[TYPE]` for what has none."""
    wider = ""
    if type in ("DATE", "BIRTH_DATE"):
        year = year_of(value)
        wider = str(year) if year else ""
    elif type == "AGE" and (age := re.search(r"\d{1,3}", value)):
        low = int(age.group()) // _BAND * _BAND
        wider = f"{value[: age.start()]}{low}-{low + _BAND - 1}{value[age.end() :]}"
    elif type == "ADDRESS":
        wider = _town(value)
    elif type == "PLACE" and re.fullmatch(r"[\d -]{4,10}", value):
        wider = value[:2] + re.sub(r"\d", "*", value[2:])
    elif type == "COORDINATES":
        wider = _rough(value)
    elif type == "IP":
        wider = _network(value)
    return wider or f"[{type}]"


def _town(address: str) -> str:
    """The town that an address ends with; nothing of the street."""
    if street := ADDRESS_ES.match(address):
        stop = len(address[: street.end()].rstrip(" ,.;-\n"))
        towns = [e.text for e in places_after(address, stop) if not re.search(r"\d", e.text)]
        if towns:
            return towns[-1]
    for part in reversed(re.split(r"[,\n]", address)[1:]):
        town = re.sub(r"^\W*\d[\d-]*\s+", "", part).strip(" .;-")
        words = re.findall(r"[^\W\d_]+", town)
        if len(town) >= 3 and words and not re.search(r"\d", town) and town[0].isupper():
            return "" if any(fold(word) in street_marks() for word in words[:1]) else town
    return ""


def _rough(value: str) -> str:
    """Degrees to one decimal (about 10 km), in the same order, with the same letters."""
    degrees = re.findall(
        r"(-?)(\d{1,3})(?:[.,](\d+))?\s?°?\s?(?:(\d{1,2})(?:[.,]\d+)?\s?['′’])?"
        r"(?:\s?\d{1,2}(?:[.,]\d+)?\s?(?:[\"″”]|''))?\s?([NSEWO]?)",
        value,
    )
    rounded = []
    for sign, whole, decimals, minutes, letter in degrees[:2]:
        number = float(f"{whole}.{decimals or 0}") + int(minutes or 0) / 60
        rounded.append(f"{sign}{number:.1f}{'° ' + letter if letter else ''}")
    return ", ".join(rounded) if len(rounded) == 2 else ""


def _network(value: str) -> str:
    """The network of an address: 24 bits of IPv4, 48 of IPv6."""
    from ipaddress import ip_network

    try:
        bits = 48 if ":" in value else 24
        return str(ip_network(f"{value}/{bits}", strict=False).network_address)
    except ValueError:
        return ""
