# ruff: noqa: E501 - an expression or a list is clearer in one piece
"""Secrets: API keys, tokens, private keys and passwords. They are removed whatever the recipe says.

Two ways to be one. By form: issuers give their keys a prefix so that scanners can find them. By
label: what follows `contraseña:`, `clave =`, `"api_key": ` or `IDENTIFIED BY`, unless it is a
placeholder (`****`, `<your-password>`, `${PASSWORD}`) or an ordinary word. Entropy alone is no
ground: technical texts are full of hashes and identifiers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from dialecto.corpus.pii.entity import Entity, without_overlaps
from dialecto.corpus.pii.plain_passwords import is_plain_password
from dialecto.corpus.pii.recogniser import Recogniser
from dialecto.corpus.pii.secret_forms import PRIVATE_KEY, UNHINTED, Form, is_placeholder
from dialecto.corpus.pii.secret_hints import secrets_in

_LABELS = {
    # By themselves they say that what follows is a secret.
    "strong": (
        r"contrase(?:ñ|n|&ntilde;)as?|contrasenyas?|contrasinal|pasahitza|palavra-passe|palabra de paso|senhas?|"
        r"pass(?:words?|wd|phrase|code)|pwd|pass(?![a-z])|pin(?![a-z])|"
        r"clave(?: (?:de (?:acceso|usuario|paso|firma|red)|secreta|privada|(?:del? )?wi-?fi))|"
        r"identified by"
    ),
    # They have other meanings: a table's key, a token of a grammar.
    "weak": (
        r"claves?|api[ _-]?keys?|(?:access|secret|account|auth|private|encryption|signing|shared"
        r"[ _-]?access)[ _-]?keys?|(?:client|app|consumer|webhook)?[ _-]?secret(?:[ _-]?access"
        r"[ _-]?key|[ _-]?key|[ _-]?id|o)?|(?:access|auth|refresh|bearer|id|api|bot|session|"
        r"deploy)?[ _-]?token(?: de acceso)?"
    ),
}
_LABEL = re.compile(
    rf"(?:(?P<strong>{_LABELS['strong']})|(?P<weak>{_LABELS['weak']}))"
    r"(?:[_-](?:base|prod|dev|test|live))?(?:[_-]?\d{1,2}(?!\d))?"
    r"(?P<between>(?: (?:de |del |de la |para |for |of )?[^\W\d_]{2,14}){0,3}?)"
    r"[\"'`*_)\]]{0,4}"
    r"(?P<sign>\s{0,3}(?:[:=]{1,2}>?|:=|→|->)|\s+value\s?=\s?(?=['\"])|\s+(?:a|por|ser[áa])(?=\s+\S*\d)|\s+(?:es|is|was|era)(?:\s?:)?|\s{0,3}\||(?<=\w)>|(?=\s['\"])|"
    r"(?<=by)\s|(?<=BY)\s|[ ](?=[^\s\d]*[^\W\d_]\S*\d))"
    r"[*_]{0,3}[ \t]{0,4}(?P<next>\|?\n[ \t]{0,8}(?=\S*[^\W\d_]))?(?:(?i:N)(?='))?"
    r"(?:\"(?P<dq>[^\"\n]{1,128})\"|'(?P<sq>[^'\n]{1,128})'|`(?P<bq>[^`\n]{1,128})`"
    r"|«(?P<aq>[^»\n]{1,128})»|“(?P<cq>[^”\n]{1,128})”|(?P<v>[^\s\"'`;«»“”|]{4,128}))",
    re.IGNORECASE,
)
# Searched for as plain strings first: the expression with all of its labels is slow.
_HINTS = (
    *(
        "contrase",
        "contrasinal",
        "pasahitza",
        "palavra-passe",
        "palabra de paso",
        "senha",
        "passw",
        "passphrase",
    ),
    *("passcode", "pwd", "pass", "pin", "clave", "key", "secret", "token"),
    "identified by",
)
_STARTS = re.compile(
    r"(?:(?:access|secret|account|auth|private|encryption|signing|shared[ _-]?access|api|client|app|"
    r"consumer|webhook|refresh|bearer|id|bot|session|deploy)[ _-]?)$",
    re.IGNORECASE,
)


def find_secrets(text: str, start: int, end: int) -> Iterator[Entity]:
    """Secrets by form and by label."""
    forms, labelled = secrets_in(text)
    for form in forms:
        for hint in form.hints:
            at = text.find(hint, start, end)
            while at >= 0:
                after = at + len(hint)
                if found := _form_around(form, text, max(start, at - form.before), at, end):
                    group = "v" if "v" in form.shape.groupindex else 0
                    if form.accept(found.group(group)):
                        yield _secret(text, *found.span(group), f"secret.{form.name}", 0.999)
                    after = max(after, found.end())
                at = text.find(hint, after, end)
    if "PRIVATE" in text or "Private-Lines" in text:
        for found in PRIVATE_KEY.finditer(text, start, end):
            yield _secret(text, *found.span(), "secret.private_key", 1.0)
    for found in UNHINTED.finditer(text, start, end):
        yield _secret(text, *found.span(), "secret.key", 0.99)
    for label in _labels(text, start, end) if labelled else ():
        value = _value_of(label)
        if value and value.is_secret:
            yield _secret(text, value.start, value.end, "secret.labelled", 0.994)


def _form_around(form: Form, text: str, first: int, at: int, end: int) -> re.Match[str] | None:
    """The form that begins between `first` and its hint; a search would run on to the text's end."""
    for begin in range(first, at + 1):
        if found := form.shape.match(text, begin, end):
            return found
    return None


def secret_entities(text: str) -> list[Entity]:
    """The secrets of a text in order, without overlaps: all that is looked for with `pii` off."""
    return without_overlaps(find_secrets(text, 0, len(text)))


def _secret(text: str, start: int, end: int, name: str, score: float) -> Entity:
    return Entity(start, end, "SECRET", text[start:end], score, name)


def _labels(text: str, start: int, end: int) -> Iterator[re.Match[str]]:
    lower = text.lower()
    if len(lower) != len(text):  # a letter whose lower case is longer: positions would be off
        lower = text
    places = set()
    for hint in _HINTS:
        at = lower.find(hint, start, end)
        while at >= 0:
            places.add(at)
            at = lower.find(hint, at + 1, end)
    done = start
    for place in sorted(places):
        if place < done:
            continue
        begin = place
        if before := _STARTS.search(text, max(done, place - 16), place):
            begin = before.start()
        for at in dict.fromkeys((begin, place)):
            match = _LABEL.match(text, at, end)
            if match and _stands_alone(text, at, match):
                yield match
                done = match.end() if _quoted(match) else match.start("v")
                break


def _stands_alone(text: str, at: int, match: re.Match[str]) -> bool:
    """`DB_PASSWORD`, `userToken` and `mypassword` are labels; `monkey`, `spin` and `bypass` are none."""
    if at == 0:
        return True
    before, first = text[at - 1], text[at]
    if not before.isalnum():
        return True
    if before.islower() and first.isupper():
        return not text[max(0, at - 9) : at].endswith(("Public", "public", "PublicKey"))
    return match.group()[:5].lower() in ("passw", "contr") or before.isdigit()


@dataclass(frozen=True)
class _Value:
    start: int
    end: int
    is_secret: bool


def _quoted(match: re.Match[str]) -> str:
    return next((g for g in ("dq", "sq", "bq", "aq", "cq") if match.group(g) is not None), "")


_CUT = re.compile(r"[,&](?=[\w.-]+=)|\)(?=.)|[<>{}\[\]](?=.)|\\[nrt\"]|,(?=\S*[\"':])")
_CODE = re.compile(
    r"(?:self|this|os|sys|env|process|config|settings|args|options|params|request|req|data|row|"
    r"ctx|app|conf|cfg|opts|user|secrets|ENV|System|Environment)[.\[]\S*|[A-Za-z_]\w*\(.*|"
    r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+|\w+\[.*|@[A-Za-z_]\w*|:[A-Za-z_]\w*|[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+|"
    r"\w+->.*|https?://.*|/[\w./-]*|\w+(?:_\w+)+(?<!\d)|0x[0-9a-fA-F]{1,8}"
)


def _value_of(match: re.Match[str]) -> _Value | None:
    """Where the value of a label lies, and whether it is a secret."""
    group = _quoted(match)
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
    if beside and not strong:
        return None
    if group:
        good = _quoted_is_secret(value, strong=strong, assigned=assigned)
    elif _CODE.fullmatch(value):
        good = False
    else:
        good = _bare_is_secret(value, strong=strong, assigned=assigned)
        said = assigned or sign in ("es", "era")
        if not good and said and (match.group("weak") or "").lower() in ("clave", "claves"):
            good = _is_password(value)
        if not good and strong and sign[:1] in (":", "=") and not match.group("next"):
            good = is_plain_password(match, value)
    return _Value(start, end, good)


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
            return letters and digits and len(value) >= 8 and not value.endswith((".", ":", "?"))
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


def _is_password(value: str) -> bool:
    """What follows `clave:` and is no name with a number, as the keys of tables have."""
    if value.isdigit():
        return 6 <= len(value) <= 12
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


RECOGNISERS = (Recogniser("secret", ("SECRET",), find_secrets),)
