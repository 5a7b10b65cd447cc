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

from dialecto.corpus.pii.entity import Entity, without_overlaps
from dialecto.corpus.pii.recogniser import Recogniser
from dialecto.corpus.pii.secret_forms import PRIVATE_KEY, UNHINTED, Form
from dialecto.corpus.pii.secret_hints import secrets_in
from dialecto.corpus.pii.secret_prose import put_before, said_in
from dialecto.corpus.pii.secret_tables import table_secrets
from dialecto.corpus.pii.secret_values import quoted_group, value_of

_LABELS = {
    # By themselves they say that what follows is a secret.
    "strong": (
        r"contrase(?:ñ|n|&ntilde;)as?|contrasenyas?|contrasinal|pasahitza|palavra-passe|palabra de paso|senhas?|"
        r"pass(?:words?|wd|phrase|code)|pwd|pass(?![a-z])|pin(?![a-z])|puk(?![a-z])|cv[vc]2?(?![a-z])|"
        r"verificaci[óo]n(?<=digo de verificaci.n)|verification code|"
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
    r"(?P<sign>\s{0,3}(?:[:=]{1,2}>?|:=|→|->)|\s+value\s?=\s?(?=['\"])|\s+(?:a|por|ser[áa])(?=\s+\S*\d)|\s+(?:es|is|was|era|ser[íi]?a)(?:\s?:)?(?:\s(?:el|la)(?=\s\d))?|\s{0,3}\||(?<=[\w\"'])>|(?=\s['\"])|"
    r",\s?(?=['\"])|\s*\n\s{0,16}value\s?:|(?-i:(?<=PIN|PUK)|(?<=digo pin))[ ](?=\d{4,8}(?![\w.,]*\d))|"
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
    *("puk", "cvv", "cvc", "verificaci", "verification code"),
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
    if labelled:
        yield from _labelled(text, start, end)


def _labelled(text: str, start: int, end: int) -> Iterator[Entity]:
    """Behind a label, before it, below it in a table, and in what sentences say."""
    lower = text.lower()
    if len(lower) != len(text):  # a letter whose lower case is longer: positions would be off
        lower = text
    for label in _labels(text, lower, start, end):
        value = value_of(label)
        if value and value.is_secret:
            yield _secret(text, value.start, value.end, "secret.labelled", 0.994)
    for place in _places(lower, start, end):
        if before := put_before(text, place):
            yield _secret(text, *before, "secret.said", 0.993)
        for cell in table_secrets(text, place, end):
            yield _secret(text, *cell, "secret.column", 0.993)
    for said in said_in(text, lower, start, end):
        yield _secret(text, *said, "secret.said", 0.993)


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


def _places(lower: str, start: int, end: int) -> list[int]:
    """Where words of labels begin."""
    places = set()
    for hint in _HINTS:
        at = lower.find(hint, start, end)
        while at >= 0:
            places.add(at)
            at = lower.find(hint, at + 1, end)
    return sorted(places)


def _labels(text: str, lower: str, start: int, end: int) -> Iterator[re.Match[str]]:
    done = start
    for place in _places(lower, start, end):
        if place < done:
            continue
        begin = place
        if before := _STARTS.search(text, max(done, place - 16), place):
            begin = before.start()
        for at in dict.fromkeys((begin, place)):
            match = _LABEL.match(text, at, end)
            if match and _stands_alone(text, at, match):
                yield match
                done = match.end() if quoted_group(match) else match.start("v")
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


RECOGNISERS = (Recogniser("secret", ("SECRET",), find_secrets),)
