# ruff: noqa: E501 - an expression or a list is clearer in one piece
"""Passwords in sentences: `pon Verano2024 como contraseña`, `el PIN de la tarjeta es el 4821`.

What stands before its label, and what sentences say of codes. A value without a digit or a sign in
it is only one in quotation marks: the rest is prose about passwords.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from dialecto.corpus.pii.plain_passwords import says_what_passwords_are
from dialecto.corpus.pii.secret_forms import is_placeholder

_BEFORE = 96  # characters before a label
_PUT = re.compile(
    r"\b(?:pon(?:ed|er|ga|gan|go|le|dr[áa])?|puse|puso|pusimos|pusieron|puesto|us(?:a|e|ad|ar|en|o|é|aré)|utili(?:za|ce|zar|zad|zo|cen)|"
    r"tecle(?:a|e|ar|en)|marc(?:a|ar)|marque|introdu(?:ce|zca|cir)|escrib(?:e|a|ir)|met(?:e|a|er)|eleg[íi]|elijo|"
    r"set|put|use[ds]?|using|enter|type|chose|choose|pick(?:ed)?)\s"
    r"(?:(?:el|la|los|como|siempre|the)\s){0,2}"
    r"(?:[\"'«“`](?P<q>[^\s\"'»”`]{4,64})[\"'»”`]|(?P<v>[^\s\"'«»“”`]{4,64}))"
    r"\s(?:como|de|as|for)\s(?:(?:la|el|mi|tu|su|nuestra|the|your|my|our|a|una|nueva|new|código)\s){0,2}$",
    re.IGNORECASE,
)
_PASSWORD = re.compile(
    r"contrase|passw|passphrase|passcode|pwd|senha|palabra de paso", re.IGNORECASE
)
_CODE = re.compile(r"pin|clave", re.IGNORECASE)
_NO_KEY = re.compile(
    r"(?:col(?:umn|umna)?|campo|field|tabla|table|valor|value|windows|office|word|excel|python|html|utf|base)-?_?\d+|"
    r"[A-Za-z]+_?id\d*|id_?\w*|[A-Z]+(?:_[A-Z0-9]+)+",
    re.IGNORECASE,
)
_NO_PIN = re.compile(r"[A-Z]{1,4}\d{1,4}|[A-Z][a-z]{2,}\d{1,2}")
_PRIMARY = re.compile(
    r"\w*\s(?:primari|for[áa]ne|extern|principal|candidat|compuest|de (?:b[úu]squeda|ordenaci))",
    re.IGNORECASE,
)


def put_before(text: str, place: int) -> tuple[int, int] | None:
    """What somebody is told to use as the password whose label begins at `place`."""
    found = _PUT.search(text, max(0, place - _BEFORE), place)
    if found is None:
        return None
    group = "q" if found.group("q") else "v"
    value = found.group(group).rstrip(".,;:")
    start = found.start(group)
    label = text[place : place + 16]
    if is_placeholder(value) or says_what_passwords_are(value) or _NO_KEY.fullmatch(value):
        return None
    letters, digits = any(map(str.isalpha, value)), any(map(str.isdigit, value))
    signs = any(not c.isalnum() for c in value)
    if _PASSWORD.match(label):
        good = (letters and (digits or signs) and len(value) >= 6) or (
            value.isdigit() and len(value) <= 12
        )
        good = good or group == "q"
    elif _CODE.match(label) and not (_PRIMARY.match(text, place) or _NO_PIN.fullmatch(value)):
        good = value.isdigit() or (letters and digits and len(value) >= 6)
    else:
        return None
    return (start, start + len(value)) if good else None


_WORDS = r"(?:[a-záéíóúñ]{3,10}[ \t\n]{1,3}){11,23}[a-záéíóúñ]{3,10}"
_SAID = {
    "card": re.compile(r"\bcv[vc]2?\b[^\d\n]{1,12}(?P<v>\d{3,4})(?![\w.,]*\d)", re.IGNORECASE),
    "seed": re.compile(
        r"(?:(?:seed|recovery|mnemonic) phrase|frase (?:semilla|de recuperaci[óo]n)|mnemonic)[\"'*`]{0,2}\s?"
        rf"(?:[:=]|es:?\s|is:?\s)\s{{0,3}}[\"'«`]?(?P<v>{_WORDS})(?!\w)",
        re.IGNORECASE,
    ),
    "credential": re.compile(
        r"(?:credenciales|credentials|usuario y (?:contraseña|clave)|user(?:name)? and password)[^\n:]{0,40}:\s{0,3}"
        r"[^\s/:|,;]{2,40}\s{0,2}[/:|,]\s{0,2}(?P<v>[^\s/|,;]{5,64})",
        re.IGNORECASE,
    ),
    "wifi": re.compile(
        r"\bwi-?fi\s(?:(?:de|del|en) [\w ]{2,24}?\s)?(?:es|is)\s(?P<v>(?=[^\s,;]*[A-Za-zñÑ]{3})(?=[^\s,;]*\d)[^\s,;.]{8,40})",
        re.IGNORECASE,
    ),
}
_NEEDS = {"card": ("cvv", "cvc"), "seed": ("seed phrase", "recovery phrase", "mnemonic", "frase semilla", "frase de recuper"),
          "credential": ("redencial", "redential", "usuario y c", "and password"), "wifi": ("wifi", "wi-fi")}  # fmt: skip


def said_in(text: str, lower: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Where phrases of wallets, a user's name with its password, and networks' keys are."""
    for name, signs in _NEEDS.items():
        if not any(lower.find(sign, start, end) >= 0 for sign in signs):
            continue
        for found in _SAID[name].finditer(text, start, end):
            value = found.group("v").rstrip(".,;:)")
            digits = any(map(str.isdigit, value)) or any(not c.isalnum() for c in value)
            if not is_placeholder(value) and (name == "seed" or digits):
                yield found.start("v"), found.start("v") + len(value)


_LEAST_WORDS = 4
_NOT_IN_PHRASES = frozenset(
    "debe deben para como este esta esto tiene tener está estar sobre entre desde hasta cuando donde pero todos todas "  # noqa: SIM905
    "your with from this that must have when where will should would enter type please choose confirm repeat used "
    "introduzca introduce escriba escribe repita confirme elija cambie usuario caracteres letras characters letters".split()
)


def is_passphrase(value: str) -> bool:
    """`correct horse battery staple`: four words or more in small letters, and no sentence."""
    words = value.split(" ")
    if len(words) < _LEAST_WORDS or not all(
        w.isalpha() and w.islower() and len(w) > 3 for w in words
    ):
        return False
    return _NOT_IN_PHRASES.isdisjoint(words) and sum(map(says_what_passwords_are, words)) < 2
