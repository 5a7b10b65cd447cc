"""Addresses of machines, coordinates, and secrets: keys, tokens and passwords."""

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
_MAC = re.compile(r"(?<![\w:-])[0-9A-Fa-f]{2}([:-])(?:[0-9A-Fa-f]{2}\1){4}[0-9A-Fa-f]{2}(?![\w:-])")
_VERSION = re.compile(r"(?:versi[oó]n|version|v|ver\.?|build|release|compilaci[óo]n)[ :.=]*$")


def find_ips(text: str, start: int, end: int) -> Iterator[Entity]:
    """IPv4, IPv6 and MAC addresses, save those that stand for no machine in particular."""
    for shape in (_IPV4, _IPV6):
        for match in shape.finditer(text, start, end):
            value = match.group()
            try:
                address = ipaddress.ip_address(value)
            except ValueError:
                continue
            if address.is_loopback or address.is_unspecified or address.is_multicast:
                continue
            if shape is _IPV4:
                octets = [int(part) for part in value.split(".")]
                if octets[0] in {0, 255} or value.startswith("255.") or octets[1:] == [0, 0, 0]:
                    continue
                if _VERSION.search(text[max(0, match.start() - 16) : match.start()].lower()):
                    continue
            elif value.count(":") < 4 and "::" not in value:
                continue
            yield Entity(match.start(), match.end(), "IP", value, 0.93, "ip")
    for match in _MAC.finditer(text, start, end):
        yield Entity(match.start(), match.end(), "IP", match.group(), 0.9, "mac")


_COORDINATES = re.compile(
    r"(?<![\w.])-?\d{1,2}\.\d{4,8},\s?-?\d{1,3}\.\d{4,8}(?![\w.])"
    r"|\d{1,2}°\s?\d{1,2}['′]\s?[\d.,]*[\"″]?\s?[NS],?\s+\d{1,3}°\s?\d{1,2}['′]\s?[\d.,]*[\"″]?\s?[EWO]"
)


def find_coordinates(text: str, start: int, end: int) -> Iterator[Entity]:
    for match in _COORDINATES.finditer(text, start, end):
        yield Entity(match.start(), match.end(), "COORDINATES", match.group(), 0.85, "coordinates")


_KEY_FORMS = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]{1,8000}?-----END [A-Z ]*PRIVATE KEY-----"
    r"|\bAKIA[0-9A-Z]{16}\b|\bgh[pousr]_[A-Za-z0-9]{36,}\b|\bxox[abprs]-[A-Za-z0-9-]{10,}\b"
    r"|\bsk_live_[0-9A-Za-z]{16,}\b|\bsk-[A-Za-z0-9_-]{20,}\b|\bglpat-[A-Za-z0-9_-]{20,}\b"
    r"|\bAIza[0-9A-Za-z_-]{35}\b|\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]+"
    r"|\bhf_[A-Za-z0-9]{30,}\b|\bnpm_[A-Za-z0-9]{36}\b|\bSG\.[\w-]{22}\.[\w-]{43}\b"
)
_LABEL = re.compile(
    r"(?<![\w-])(?P<label>contrase[ñn]a|password|passwd|pwd|clave(?: de acceso| secreta| privada)?|"
    r"api[_ -]?key|apikey|secret(?:[_ -]?key|o)?|token(?: de acceso)?|access[_ -]?token|passphrase|senha)"
    r"(?:\s+(?:es|is|temporal|provisional|inicial)){0,2}\s*(?P<sign>[:=]|\bes\b|\bis\b)\s*"
    r"(?P<quote>[\"'«`]?)(?P<v>[^\s\"'«»`<>,;(){}\[\]]{6,80})",
    re.IGNORECASE,
)


def find_secrets(text: str, start: int, end: int) -> Iterator[Entity]:
    """Keys by their form, and what follows `contraseña:`, `clave =` when it is no plain word."""
    for match in _KEY_FORMS.finditer(text, start, end):
        yield Entity(match.start(), match.end(), "SECRET", match.group(), 0.98, "secret.key")
    for match in _LABEL.finditer(text, start, end):
        value = match.group("v").rstrip(".:!?")
        if _looks_secret(value):
            begin = match.start("v")
            yield Entity(begin, begin + len(value), "SECRET", value, 0.94, "secret.labelled")


def _looks_secret(value: str) -> bool:
    """Letters with digits or signs among them; not a variable, a placeholder or a path."""
    if len(value) < 6 or value[0] in "$%@#-&\\/*" or set(value) <= set("*xX.•-_"):
        return False
    if "(" in value or "\\" in value or "://" in value or ("@" in value[1:-1] and "." in value):
        return False
    has_digit = any(c.isdigit() for c in value)
    has_letter = any(c.isalpha() for c in value)
    has_sign = any(not c.isalnum() for c in value)
    return has_letter and has_digit and (has_sign or len(value) >= 8 or value.lower() != value)


RECOGNISERS = (
    Recogniser("ip", ("IP",), find_ips),
    Recogniser("coordinates", ("COORDINATES",), find_coordinates, digits=8),
    Recogniser("secret", ("SECRET",), find_secrets),
)
