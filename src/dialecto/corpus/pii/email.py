"""E-mail addresses, and user names of networks and systems."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dialecto.corpus.pii.accounts import names_a_person
from dialecto.corpus.pii.entity import Entity
from dialecto.corpus.pii.recogniser import Recogniser

# From the @ outwards: a text has few of them, so everything else costs nothing.
_LOCAL = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]+$")
_DOMAIN = re.compile(
    r"(?:\[\d{1,3}(?:\.\d{1,3}){3}\]|[^\W_](?:[\w-]*[^\W_])?(?:\.[^\W_](?:[\w-]*[^\W_])?)+)"
)
_HANDLE = re.compile(r"[A-Za-z_][\w.]{1,29}(?<![.])")
_SOCIAL = re.compile(
    r"twitter|instagram|tiktok|telegram|mastodon|linkedin|usuari[oa]\b|perfil|handle\b|follow|"
    r"s[íi]gue|redes sociales|github|facebook|youtube|bluesky"
)


def find_at_signs(text: str, start: int, end: int) -> Iterator[Entity]:
    """Addresses (`ana@example.org`), or handles (`@ana`) beside a word of social networks."""
    at = text.find("@", start, end)
    while at >= 0:
        domain = _DOMAIN.match(text, at + 1)
        local = _LOCAL.search(text, max(0, at - 64), at)
        if domain and local:
            begin = local.start() + len(local.group()) - len(local.group().lstrip(".'`*|/=?{}&"))
            begin = max(begin, *(text.rfind(sign, begin, at) + 1 for sign in "/?=&"))
            if begin < at and re.search(r"[a-zA-Z\]]$", domain.group()):
                value = text[begin : domain.end()]
                yield Entity(begin, domain.end(), "EMAIL", value, 0.99, "email")
        elif not local and (handle := _HANDLE.match(text, at + 1)):
            before = text[max(0, at - 40) : at].lower()
            after = text[handle.end() : handle.end() + 8].lstrip()
            code = after[:1] in {"=", "(", ";", "+"} or (at > 0 and text[at - 1] not in " \n\t(:,")
            social = _SOCIAL.search(before) or names_a_person(handle.group())
            if social and not code and "=" not in before:
                name = text[at : handle.end()]
                yield Entity(at, handle.end(), "USERNAME", name, 0.8, "handle")
        at = text.find("@", at + 1, end)


_USER = re.compile(
    r"(?i:\b(?:usuari[oa]|user(?:\s?name)?|login|nick(?:name)?|alias de usuario|"
    r"user\s?id|nombre de usuari[oa]))(?:\*\*)?\s*(?:[:=](?:\*\*)?|\bes\b|\bis\b)\s*[\"'«`]?"
    r"(?P<v>@?[a-zA-Z][\w.-]{2,30}(?<![.-]))(?![\w@(<])"
)
_PLAIN_WORD = re.compile(
    r"(?:[A-Z]+[a-z]*)+[A-Z]*|[a-záéíóúñü]+|[A-ZÁÉÍÓÚÑ][a-záéíóúñü]+|[A-Z_]+|[a-z]+(?:[A-Z][a-z]+)+"
)


_USER_HINTS = ("usuari", "user", "login", "nick")


def around(
    shape: re.Pattern[str], text: str, start: int, end: int, hints: tuple[str, ...]
) -> Iterator[re.Match[str]]:
    """Matches that begin at one of these plain strings, in any case; finding those is fast."""
    lower = text.lower()
    if len(lower) != len(text):  # a letter whose lower case is longer: positions would be off
        yield from shape.finditer(text, start, end)
        return
    places = set()
    for hint in hints:
        at = lower.find(hint, start, end)
        while at >= 0:
            places.add(at)
            at = lower.find(hint, at + 1, end)
    done = start
    for at in sorted(places):
        if at >= done and (match := shape.match(text, at, end)):
            yield match
            done = match.end()


def find_user_names(text: str, start: int, end: int) -> Iterator[Entity]:
    """What follows `usuario:` or `user:` when it looks like an account: digits, dots, marks."""
    for match in around(_USER, text, start, end, _USER_HINTS):
        value = match.group("v")
        if _PLAIN_WORD.fullmatch(value):
            continue
        yield Entity(match.start("v"), match.end("v"), "USERNAME", value, 0.8, "username")


_ACCOUNT_FORM = re.compile(r"(?<![\w@./-])[a-z]{2,}(?:[._-]?[a-z]+)*\d{1,4}(?![\w@/-]|\.\w)")
_ACCOUNT_WORD = re.compile(
    r"(?:cuenta|usuari[oa]|user ?name|account|login)(?!\w)(?:[^.!?\n]|(?<=\b\w)\.){0,72}$"
)


def find_accounts(text: str, start: int, end: int) -> Iterator[Entity]:
    """`jgil10`, `ana.ruiz82`: letters and then digits, in a sentence about an account."""
    for match in _ACCOUNT_FORM.finditer(text, start, end):
        if len(match.group()) >= 5 and _ACCOUNT_WORD.search(
            text[max(0, match.start() - 88) : match.start()].lower()
        ):
            yield Entity(*match.span(), "USERNAME", match.group(), 0.7, "account")


_SSH_USER = re.compile(
    r"(?:for(?: invalid user)?|user[= ]|invalid user) (?P<v>[a-z][\w.-]{1,31}) from (?=\S*\d)"
)


def find_log_users(text: str, start: int, end: int) -> Iterator[Entity]:
    """Accounts in the log lines of `sshd` and its like: `for ana from 10.1.2.3`."""
    if " from " not in text:
        return
    for match in _SSH_USER.finditer(text, start, end):
        if match.group("v") not in {"root", "invalid", "user"}:
            yield Entity(
                match.start("v"), match.end("v"), "USERNAME", match.group("v"), 0.8, "log_user"
            )


_ACCOUNT_CUES = frozenset(("cuenta", "usuario", "usuaria", "user", "username", "account", "login"))

RECOGNISERS = (
    Recogniser("email", ("EMAIL", "USERNAME"), find_at_signs),
    Recogniser("username", ("USERNAME",), find_user_names),
    Recogniser("account", ("USERNAME",), find_accounts, digits=1, cues=_ACCOUNT_CUES),
    Recogniser("log_user", ("USERNAME",), find_log_users),
)
