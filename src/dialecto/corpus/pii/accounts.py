"""User names: in logs, settings, paths of home folders and addresses of profiles.

Whether a plain word is somebody's account is told from the lists of names: `jlopez` and
`maria.ruiz` are, `admin` and `guide` are not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from dialecto.corpus.pii.entity import Entity
from dialecto.corpus.pii.gazetteer import fold, gazetteer, word_set
from dialecto.corpus.pii.recogniser import Recogniser, at_cues

_PART = re.compile(r"[a-zñ]+")
_PERSON = frozenset("fms")


def _listed(word: str, letters: frozenset[str]) -> bool:
    known = gazetteer().letters.get(word, frozenset())
    return len(word) > 2 and bool(known & letters) and word not in word_set("common_words")


@lru_cache(maxsize=8192)
def names_a_person(value: str) -> bool:
    """`maria.ruiz`, `jlopez`, `juanperez92`: made of names that the lists know."""
    for part in _PART.findall(fold(value)):
        if _listed(part, _PERSON):
            return True
        if len(part) > 5 and _listed(part[1:], frozenset("s")):
            return True
        if any(
            _listed(part[:at], frozenset("fm")) and _listed(part[at:], frozenset("s"))
            for at in range(3, len(part) - 2)
        ):
            return True
    return False


_NOBODY = frozenset(
    (
        *("user", "users", "username", "usuario", "usuarios", "admin", "administrador", "root"),
        *("administrator", "public", "default", "guest", "invitado", "shared", "ubuntu", "runner"),
        *("me", "you", "tu", "su", "name", "nombre", "test", "demo", "all", "app", "www", "git"),
        *("node", "vagrant", "debian", "pi", "jovyan", "docker", "user1", "usuario1", "anonymous"),
        *("null", "none", "true", "false", "string", "admin1", "defaultuser", "linuxbrew"),
    )
)
_SAID = re.compile(
    r"(?:usuari[oa]|user(?:[ _-]?(?:name|id))?|login|nick(?:name)?|uid|usr|uname|owner)"
    r"(?P<sign>\s*[\"']?\s*[:=]>?\s*|\s+(?:es|is|for|de)\s+|\s+)[\"'«`]?"
    r"(?P<v>@?[A-Za-z][\w.-]{2,30}(?<![.-]))(?![\w@(<\\]|/\w)(?P<did>[\"']?,?\s(?:logged|signed|from|"
    r"has|failed|started|inici|acced|entr|conect|cerr|ha\s|se\s))?",
    re.IGNORECASE,
)


def said_at(text: str, place: int) -> Iterator[Entity]:
    """`user=jlopez`, `"username": "maria.ruiz"`, `User jdoe42 logged in`."""
    if place and (text[place - 1].isalnum() or text[place - 1] in "@/-"):
        return
    match = _SAID.match(text, place)
    if match is None:
        return
    value = match.group("v")
    plain = value.lstrip("@").lower()
    signed = match.group("sign").strip(" \"'")[-1:] in (":", "=", ">")
    numbered = any(map(str.isdigit, plain)) and plain[-1].isdigit()
    acts = bool(match.group("did")) and numbered
    if plain in _NOBODY or not (acts or names_a_person(plain)):
        return
    if not signed and not acts and (value[0].isupper() or (plain.isalpha() and len(plain) < 5)):
        return  # `usuario de Madrid`, `user Ana`
    yield Entity(*match.span("v"), "USERNAME", value, 0.78, "account.said")


_HOME = re.compile(
    r"(?:home|Users|Usuarios)(?P<sign>[/\\]{1,2})(?P<v>[A-Za-z][\w.-]{1,30})(?=[/\\])"
)


def home_at(text: str, place: int) -> Iterator[Entity]:
    r"""`/home/jlopez/notes`, `C:\Users\jlopez\Desktop`."""
    if text[place - 1 : place] not in ("/", "\\"):
        return
    match = _HOME.match(text, place)
    if match and match.group("v").lower() not in _NOBODY:
        yield Entity(*match.span("v"), "USERNAME", match.group("v"), 0.8, "account.home")


_PROFILE = re.compile(
    r"(?:(?P<sure>linkedin\.com/in/|facebook\.com/profile\.php\?id=)|"
    r"(?:(?:twitter|facebook|instagram|github|gitlab|tiktok|youtube|medium|threads|x|pinterest)\.(?:com|net)|t\.me|"
    r"bsky\.app/profile)/@?)(?P<v>[\w.%-]{3,60}(?<![.-]))(?P<more>/\w)?"
)
_PAGES = frozenset(
    (
        *("share", "sharer", "intent", "search", "explore", "watch", "login", "home", "about", "p"),
        *("groups", "pages", "events", "hashtag", "settings", "features", "pricing", "reel", "pub"),
    )
)
_SEGMENT = re.compile(
    r"(?:users?|usuarios?|profiles?|perfil(?:es)?|members?|people|author|autor|u)/"
    r"(?P<v>[A-Za-z][\w.-]{2,40}(?<![.-]))(?=[/?#&\s\"'<>).,]|$)"
)


def profile_at(text: str, place: int) -> Iterator[Entity]:
    """The part of an address on the web that names somebody: `twitter.com/juanperez`."""
    match = _PROFILE.match(text, place)
    if (
        match
        and match.group("v").lower() not in _PAGES
        and (match.group("sure") or (not match.group("more") and names_a_person(match.group("v"))))
    ):
        yield Entity(*match.span("v"), "USERNAME", match.group("v"), 0.85, "account.profile")


def segment_at(text: str, place: int) -> Iterator[Entity]:
    """`/usuarios/jlopez` within an address."""
    match = _SEGMENT.match(text, place) if text[place - 1 : place] == "/" else None
    if match and match.group("v").lower() not in _NOBODY and names_a_person(match.group("v")):
        yield Entity(*match.span("v"), "USERNAME", match.group("v"), 0.8, "account.profile")


_SPELT = re.compile(
    r"\s?[\[({<]?(?:at|arroba)[\])}>]?\s?[A-Za-z0-9-]+"
    r"(?:(?:\.|\s?[\[({]?\b(?:dot|punto)\b[\])}]?\s?)[A-Za-z0-9-]+){1,3}",
    re.IGNORECASE,
)
_CLOSED = tuple(f"{word}{sign}" for word in ("at", "arroba") for sign in "])}>")
_LOCAL = re.compile(r"[A-Za-z0-9][\w.+-]{0,40}\s?[\[({<]?$")


def spelt_at(text: str, place: int) -> Iterator[Entity]:
    """`ana [at] example.org`, `ana arroba ejemplo punto es`."""
    bracketed = text[place - 1 : place] in tuple("[({<")
    if not bracketed and text[place : place + 2].lower() == "at":
        return
    begin = place - 1 if bracketed else place
    closed = text[place : place + 9].lower().startswith(_CLOSED)
    if bracketed and not closed:
        return
    local = _LOCAL.search(text, max(0, begin - 42), begin)
    domain = _SPELT.match(text, begin)
    if local and domain and local.group().strip():
        start, stop = local.start(), domain.end()
        yield Entity(start, stop, "EMAIL", text[start:stop], 0.9, "email.spelt")


_SITES = frozenset(
    (
        *("linkedin", "facebook", "twitter", "instagram", "github", "gitlab", "tiktok", "youtube"),
        *("medium", "threads", "x", "pinterest", "t", "bsky"),
    )
)
_SEGMENTS = frozenset(
    (
        *("user", "users", "usuario", "usuarios", "profile", "profiles", "perfil", "perfiles"),
        *("member", "members", "people", "author", "autor", "u"),
    )
)
_LABELS = frozenset(
    (
        *("usuario", "usuaria", "user", "username", "userid", "login", "nick", "nickname", "uid"),
        *("usr", "uname", "owner"),
    )
)

RECOGNISERS: tuple[Recogniser, ...] = (
    at_cues("account.said", ("USERNAME",), said_at, _LABELS),
    at_cues("account.home", ("USERNAME",), home_at, frozenset(("home", "users", "usuarios"))),
    at_cues("account.profile", ("USERNAME",), profile_at, _SITES),
    at_cues("account.segment", ("USERNAME",), segment_at, _SEGMENTS),
    at_cues("email.spelt", ("EMAIL",), spelt_at, frozenset(("at", "arroba"))),
)
