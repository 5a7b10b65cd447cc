"""Addresses of machines, and coordinates."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator

from dialecto.corpus.pii.entity import Entity
from dialecto.corpus.pii.recogniser import Recogniser

_IPV4 = re.compile(r"(?<![\w.-])\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}(?![\w-]|\.\d)")
_IPV6 = re.compile(
    r"(?<![\w:.])(?:[0-9A-Fa-f]{1,4}:){2,7}(?::?[0-9A-Fa-f]{1,4}){1,6}(?![\w:])"
    r"|(?<![\w:.])(?:[0-9A-Fa-f]{1,4}:){1,6}:(?:[0-9A-Fa-f]{1,4}(?::[0-9A-Fa-f]{1,4}){0,5})?(?![\w:])"
)
_MAC = re.compile(
    r"(?<![\w:-])[0-9A-Fa-f]{2}([:-])(?:[0-9A-Fa-f]{2}\1){4}[0-9A-Fa-f]{2}(?![\w:-])"
    r"|(?<![\w.,-])(?=[0-9.]*[A-Fa-f])[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4}(?![\w,-]|\.\w)"
)
_VERSION = re.compile(r"(?:versi[oó]n|version|v|ver\.?|build|release|compilaci[óo]n)[ :.=]*$")


# A colon, some hexadecimal digits and another: what only addresses (and times) have.
_COLONS = re.compile(
    r":[0-9A-Fa-f]{0,4}:|-[0-9A-Fa-f]{2}-[0-9A-Fa-f]{2}-[0-9A-Fa-f]{2}-|\.[0-9A-Fa-f]{4}\."
)


def find_dotted(text: str, start: int, end: int) -> Iterator[Entity]:
    """IPv4 addresses, save those that stand for no machine in particular."""
    if text.count(".", start, end) < 3:
        return
    for match in _IPV4.finditer(text, start, end):
        octets = [int(part) for part in match.group().split(".")]
        before = text[max(0, match.start() - 16) : match.start()].lower()
        if max(octets) > 255 or octets[0] in {0, 127, 255} or 224 <= octets[0] <= 239:
            continue
        if octets[1:] != [0, 0, 0] and not _VERSION.search(before):
            yield Entity(*match.span(), "IP", match.group(), 0.93, "ip")


def find_parted(text: str, start: int, end: int) -> Iterator[Entity]:
    """IPv6 and MAC addresses."""
    done = start
    for hint in _COLONS.finditer(text, start, end):
        if hint.start() < done:
            continue
        begin, done = max(done, hint.start() - 8), min(end, hint.end() + 48)
        for match in _IPV6.finditer(text, begin, done):
            if _names_a_machine(match.group()):
                yield Entity(*match.span(), "IP", match.group(), 0.93, "ip")
        for match in _MAC.finditer(text, begin, done):
            yield Entity(*match.span(), "IP", match.group(), 0.9, "mac")


def _names_a_machine(value: str) -> bool:
    if value.count(":") < 4 and "::" not in value:
        return False
    try:
        address = ipaddress.ip_address(value)
    except ValueError:
        return False
    return not (address.is_loopback or address.is_unspecified or address.is_multicast)


_DEGREES = (
    r"\d{1,3}\s?[°º]\s?\d{1,2}(?:[.,]\d+)?\s?['′’](?:\s?\d{1,2}(?:[.,]\d+)?\s?(?:[\"″”]|''))?"
)
_COORDINATES = re.compile(
    # 40.416775, -3.703790; with a word for each: lat: 40,4168; lon: -3,7038; 40.4168° N, 3.7038° W
    r"(?<![\w.])[+-]?\d{1,2}\.\d{4,15}\s?[,;/ ]\s?[+-]?\d{1,3}\.\d{4,15}(?!\w|\.\w)"
    r"|(?i:\b(?:lat(?:itude|itud)?)\b\.?[\"']?\s?[:=]?\s?[\"']?(?P<a>[+-]?\d{1,2}[.,]\d{3,15})\s?°?[NS]?[\"']?"
    r"\s?[,;/]?\s?(?:y\s|e\s|and\s)?[\"']?lon(?:g|gitude|gitud)?\.?[\"']?\s?[:=]?\s?[\"']?(?P<b>[+-]?\d{1,3}[.,]\d{3,15}))"
    r"|\d{1,2}[.,]\d{3,15}\s?°\s?[NS],?\s?[;,y]?\s?\d{1,3}[.,]\d{3,15}\s?°\s?[EWO]"
    rf"|{_DEGREES}\s?[NS],?\s?[;,y]?\s?{_DEGREES}\s?[EWO]"
)


_FRACTION = re.compile(r"[.,]\d{3}|[°º]")


def find_coordinates(text: str, start: int, end: int) -> Iterator[Entity]:
    """Pairs of degrees: decimal, or in minutes and seconds."""
    if not _FRACTION.search(text, start, end):
        return
    for match in _COORDINATES.finditer(text, max(0, start - 16), end):
        begin = match.start("a") if match.group("a") else match.start()
        pair = re.findall(r"\d+(?:[.,]\d+)?", text[begin : match.end()])
        limits = (90, 180) if not re.search("[°º]", match.group()) or len(pair) == 2 else (999, 999)
        if all(float(p.replace(",", ".")) <= m for p, m in zip(pair, limits, strict=False)):
            value = text[begin : match.end()]
            yield Entity(begin, match.end(), "COORDINATES", value, 0.85, "coordinates")


_LINK = re.compile(r"(?:https?|ftp)://[^\s<>\"'`|]{3,400}|\bwww\.[^\s<>\"'`|]{4,200}")
_LINK_END = ".,;:!?)]}»”’*_"


def find_links(text: str, start: int, end: int) -> Iterator[Entity]:
    """Addresses on the web; the signs of the sentence around them are none of theirs."""
    for match in _LINK.finditer(text, start, end):
        value = match.group().rstrip(_LINK_END)
        yield Entity(match.start(), match.start() + len(value), "URL", value, 0.75, "url")


LINKS = Recogniser("url", ("URL",), find_links)
"""Only for those who ask: most addresses on the web show nobody."""

RECOGNISERS = (
    Recogniser("ip", ("IP",), find_dotted, digits=4),
    Recogniser("ip6", ("IP",), find_parted),
    Recogniser("coordinates", ("COORDINATES",), find_coordinates, digits=6),
)
