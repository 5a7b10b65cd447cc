# ruff: noqa: E501 - an expression or a list is clearer in one piece
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


# A colon, some hexadecimal digits and another: what only addresses (and times) have.
_COLONS = re.compile(r":[0-9A-Fa-f]{0,4}:|-[0-9A-Fa-f]{2}-[0-9A-Fa-f]{2}-[0-9A-Fa-f]{2}-")


def find_ips(text: str, start: int, end: int) -> Iterator[Entity]:
    """IPv4, IPv6 and MAC addresses, save those that stand for no machine in particular."""
    for match in _IPV4.finditer(text, start, end):
        octets = [int(part) for part in match.group().split(".")]
        before = text[max(0, match.start() - 16) : match.start()].lower()
        if max(octets) > 255 or octets[0] in {0, 127, 255} or 224 <= octets[0] <= 239:
            continue
        if octets[1:] != [0, 0, 0] and not _VERSION.search(before):
            yield Entity(*match.span(), "IP", match.group(), 0.93, "ip")
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
_KEY_HINTS = (
    *("-----BEGIN", "AKIA", "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "xox", "sk_live_", "sk-"),
    *("glpat-", "AIza", "eyJ", "hf_", "npm_", "SG."),
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
    hinted = any(hint in text for hint in _KEY_HINTS)
    keys = _KEY_FORMS.finditer(text, start, end) if hinted else ()
    for match in keys:
        yield Entity(match.start(), match.end(), "SECRET", match.group(), 0.98, "secret.key")
    for match in _labels(text, start, end):
        value = match.group("v").rstrip(".:!?")
        if _looks_secret(value):
            begin = match.start("v")
            yield Entity(begin, begin + len(value), "SECRET", value, 0.94, "secret.labelled")


# Searched for as plain strings first: the expression with all of its labels is slow.
_HINTS = ("contrase", "passw", "pwd", "clave", "api", "secret", "token", "passphrase", "senha")


def _labels(text: str, start: int, end: int) -> Iterator[re.Match[str]]:
    lower = text.lower()
    if len(lower) != len(text):  # a letter whose lower case is longer: positions would be off
        yield from _LABEL.finditer(text, start, end)
        return
    found = set()
    for hint in _HINTS:
        at = lower.find(hint, start, end)
        while at >= 0:
            found.add(at)
            at = lower.find(hint, at + 1, end)
    done = start
    for at in sorted(found):
        if at >= done and (match := _LABEL.match(text, at, end)):
            yield match
            done = match.end()


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
