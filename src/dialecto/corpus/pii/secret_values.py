# ruff: noqa: E501 - an expression or a list is clearer in one piece
"""Whether what stands behind a label (`contraseña:`, `"api_key": `) is a secret."""

from __future__ import annotations

import re
from dataclasses import dataclass

from dialecto.corpus.pii.plain_passwords import (
    is_common_password,
    is_plain_password,
    says_what_passwords_are,
)
from dialecto.corpus.pii.secret_forms import is_placeholder
from dialecto.corpus.pii.secret_prose import is_passphrase


@dataclass(frozen=True)
class Value:
    """What stands behind a label, and whether it is a secret."""

    start: int
    end: int
    is_secret: bool


def quoted_group(match: re.Match[str]) -> str:
    """The group of a label's value that stands in quotation marks, if it does."""
    return next((g for g in ("dq", "sq", "bq", "aq", "cq") if match.group(g) is not None), "")


_CUT = re.compile(r"[,&](?=[\w.-]+=)|\)(?=.)|[<>{}\[\]](?=.)|\\[nrt\"]|,(?=\S*[\"':])")
_CODE = re.compile(
    r"(?:self|this|os|sys|env|process|config|settings|args|options|params|request|req|data|row|"
    r"ctx|app|conf|cfg|opts|user|secrets|ENV|System|Environment)[.\[]\S*|[A-Za-z_]\w*\(.*|"
    r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+|\w+\[.*|@[A-Za-z_]\w*|:[A-Za-z_]\w*|[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+|"
    r"\w+->.*|https?://.*|/[\w./-]*|\w+(?:_\w+)+(?<!\d)|0x[0-9a-fA-F]{1,8}"
)


def value_of(match: re.Match[str]) -> Value | None:
    """Where the value of a label lies, and whether it is a secret."""
    group = quoted_group(match)
    strong = match.group("strong") is not None
    sign = match.group("sign").strip().lower()
    start, end = match.span(group or "v")
    value = match.group(group or "v")
    if not group:
        if cut := _CUT.search(value):
            value = value[: cut.start()]
        value = value.rstrip(".,:)]}*_\\/>")
        end = start + len(value)
    if not value or is_placeholder(value.strip("*_\\ ")):
        return None
    if not strong and (_is_plain_text(value) or _OF_A_TABLE.search(match.group("between"))):
        return None
    beside = not sign and not group  # "contraseña admin123"
    assigned = (
        sign[:1] in (":", "=", "→", "-", "v") or sign in (">", "by") or (not sign and not beside)
    )
    between = match.group("between").split()
    if beside and (not strong or (between[-1:] and between[-1].lower() in _OF_SOMETHING)):
        return None  # "contraseña de Office365"
    if not strong and match.string[max(0, match.start() - 9) : match.start()].lower().endswith(
        ("palabra ", "palabras ")
    ):
        return None  # keywords
    if group:
        good = _quoted_is_secret(value, strong=strong, assigned=assigned)
        if strong and not good and sign.startswith(_IS):
            good = len(value) >= 4 and " " not in value and not says_what_passwords_are(value)
    elif _CODE.fullmatch(value):
        good = False
    else:
        good = _bare_is_secret(value, strong=strong, assigned=assigned)
        said = assigned or sign.startswith(("es", "era"))
        if not good and said and (match.group("weak") or "").lower() in ("clave", "claves"):
            good = _is_password(value, short=not _OPENS_DOORS.isdisjoint(between))
        if not good and strong and (sign[:1] in (":", "=") or sign.endswith(":")):
            good = not match.group("next") and is_plain_password(match, value)
            good = good or (sign == ":" and is_common_password(value))
            good = good or (sign == "=" and _is_connection(match))
        if not good and strong and sign.startswith(_IS):
            good = _is_named_so(match, value)
    return Value(start, end, good)


_IS = ("es", "is", "era", "was", "ser")
_OF_SOMETHING = frozenset(("de", "del", "in", "for", "of", "para", "en", "con", "with"))
_OPENS_DOORS = frozenset(
    "alarma caja puerta portal acceso tarjeta móvil movil garaje cajero candado wifi trastero".split()  # noqa: SIM905
)
_CONNECTION = re.compile(
    r"(?:server|data source|host|user id|uid|user)\s?=[^\n]*;\s?$", re.IGNORECASE
)
_ENDS = re.compile(r"\s*(?:[.,;)\n]|$|y\s|and\s)")


def _is_connection(match: re.Match[str]) -> bool:
    """Whether the label is one of a database's connection: `Server=...;User ID=...;Password=`."""
    text, place = match.string, match.start()
    return (
        _CONNECTION.search(text, max(0, text.rfind("\n", 0, place) + 1, place - 200), place)
        is not None
    )


def _is_named_so(match: re.Match[str], value: str) -> bool:
    """`la contraseña es Mariposa.`: a capital within a sentence, and nothing behind it."""
    if not value[:1].isupper() or not value[1:].islower() or not value.isalpha() or len(value) < 4:
        return False
    if says_what_passwords_are(value) or not match.group("strong").lower().startswith(
        ("contra", "passw")
    ):
        return False
    return _ENDS.match(match.string, match.start("v") + len(value)) is not None


# The keys of databases and of dictionaries.
_OF_A_TABLE = re.compile(
    r"extern|primari|for[áa]ne|principal|candidat|compuest|[úu]nic|subrogad|ajen|partici|registro|"
    r"[íi]ndice|elector|catastral|bancaria|pa[íi]s|producto|art[íi]culo|foreign|primary|partition|column|tabla|table|valor|value",
    re.IGNORECASE,
)


def _is_plain_text(value: str) -> bool:
    return " " in value.strip()


def _kinds(value: str) -> tuple[bool, bool, bool]:
    """Whether there are letters, digits and other signs."""
    return (
        any(c.isalpha() for c in value),
        any(c.isdigit() for c in value),
        any(not c.isalnum() for c in value),
    )


def _quoted_is_secret(value: str, *, strong: bool, assigned: bool) -> bool:
    letters, digits, signs = _kinds(value)
    if strong and assigned:
        if " " in value:  # a phrase; sentences of a form ("Enter your password") are none
            mixed = letters and digits and len(value) >= 8 and not value.endswith((".", ":", "?"))
            return mixed or is_passphrase(value)
        return (
            len(value) >= 4 and (digits or signs or len(value) >= 5) and not _CODE.fullmatch(value)
        )
    if strong:
        return letters and digits and len(value) >= 6 and " " not in value
    return _looks_random(value) and not _CODE.fullmatch(value)


def _bare_is_secret(value: str, *, strong: bool, assigned: bool) -> bool:
    letters, digits, signs = _kinds(value)
    if strong and assigned:
        if value.isdigit():
            return 4 <= len(value) <= 12
        return len(value) >= 5 and digits and letters and (len(value) >= 6 or signs)
    if strong:
        return (letters and digits and len(value) >= 6) or bool(re.fullmatch(r"\d{4,12}", value))
    if not assigned:
        return letters and digits and signs and len(value) >= 6 and _looks_random(value)
    return _looks_random(value)


_NUMBERED = re.compile(
    r"(?:valor|value|clave|key|campo|field|columna|column|tabla|table|fila|row|datos?|data|item|"
    r"elemento|nombre|name|id|tipo|type|parte?|art|n[úu]mero|grupo|usuario|user)[_-]?\d+",
    re.IGNORECASE,
)


def _is_password(value: str, *, short: bool) -> bool:
    """What follows `clave:` and is no name with a number, as the keys of tables have. `short`: of
    alarms and safes, which have four digits.
    """
    if value.isdigit():
        return (4 if short else 6) <= len(value) <= 12
    letters, digits, _ = _kinds(value)
    return letters and digits and len(value) >= 6 and not _NUMBERED.fullmatch(value)


_DIMENSION = re.compile(r"\d+[.,]?\d*\s?[A-Za-z%]{1,5}|[A-Za-z]{1,12}[-_.]?\d{1,5}|[\d.,:/-]+")


def _looks_random(value: str) -> bool:
    """Letters with digits or signs among them, and no size, version, path or dotted name."""
    letters, digits, signs = _kinds(value)
    if not letters or not digits or len(value) < 6:
        return False
    if _NUMBERED.fullmatch(value) or (_DIMENSION.fullmatch(value) and len(value) < 8):
        return False
    if value.startswith(("/", "\\", "./", "#", "--")) or "://" in value:
        return False
    return len(value) >= 8 or signs or value.lower() != value
