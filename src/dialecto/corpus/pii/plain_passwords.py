# ruff: noqa: E501 - an expression or a list is clearer in one piece
"""Passwords that are words: `contraseña: caballo` on a line of its own, not what manuals say of one."""

from __future__ import annotations

import re

# What forms and manuals say of a password; a word that stands alone and is none of these is one.
_OF_PASSWORDS = re.compile(
    r"(?:obligatori|requerid|incorrect|correct|inv[áa]lid|v[áa]lid|personal|caducad|olvidad|nuev|actual|anterior|"
    r"vac[íi]|ocult|segur|d[ée]bil|fuerte|ningun|pendiente|distint|num[ée]ric|alfanum|temporal|cifrad|"
    r"encriptad|robust|protegid|secret[ao]s?$|compartid|igual|minim|m[íi]nim|m[áa]xim|protec|gesti|pol[íi]tic|"
    r"gu[íi]a|recuper|cambi|confirm|texto|cadena|campo|consta|procede|desconocid|asignad|enviad|s[íi]$|"
    r"introdu|escrib|tecle|repit|elija|elige|pulse|vea|v[ée]ase|seg[úu]n|misma|clave|contrase|palabra|usuario|"
    r"required|correct|incorrect|wrong|invalid|valid|expired|missing|empty|weak|strong|forgot|change|reset|"
    r"see|enter|same|true|false|yes|null|none|str$|secretstr|input|form|confirm|must|may|can|never|not|"
    r"hash|plain|encrypted|protected|random|generated|unknown|auto|case|sensi|sencill|larg|cort|f[áa]cil|dif[íi]cil|"
    r"comple|simple|buen|mal[ao]|mejor|long|short|easy|hard|good|bad|primer|siempre|demasiado|muy|too|very)",
    re.IGNORECASE,
)
_SPANISH_LABEL = re.compile(r"contrase|senha|clave|palavra|palabra", re.IGNORECASE)
_BEFORE_LABELS = frozenset(("", "la", "mi", "tu", "su", "nuestra", "my", "your", "the", "our"))
_COMMONEST = frozenset(
    "letmein qwerty iloveyou welcome monkey dragon football sunshine princess hunter toor admin root abracadabra".split()  # noqa: SIM905
)


def says_what_passwords_are(word: str) -> bool:
    """Whether manuals say this of passwords: `obligatoria`, `case-sensitive`."""
    return _OF_PASSWORDS.match(word) is not None


def is_common_password(value: str) -> bool:
    return value.lower() in _COMMONEST


def is_plain_password(match: re.Match[str], value: str) -> bool:
    """`contraseña: caballo`, where a line begins and ends. Of English labels, which code has too,
    only the commonest passwords.
    """
    text, end = match.string, match.start("v") + len(value)
    line = text[text.rfind("\n", 0, match.start()) + 1 : match.start()]
    line = line.strip(" \t-*>#|_").lower()
    if not value.isalpha() or len(value) < 4 or line not in _BEFORE_LABELS:
        return False
    if text[end : text.find("\n", end) if "\n" in text[end:] else len(text)].strip(" \t;*_|"):
        return False
    if value.lower() in _COMMONEST:
        return True
    return bool(_SPANISH_LABEL.match(match.group())) and not _OF_PASSWORDS.match(value)
