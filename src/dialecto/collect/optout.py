"""Whether a page asks not to be indexed, mined or trained on, in the ways pages say so.

Robots rules in headers and meta elements (noindex, none, noai), and the TDM Reservation Protocol
(W3C community group's report, 2024): the header, the meta element and
`/.well-known/tdmrep.json`. robots.txt is left to the crawler's own parser.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

AGENT = "dialecto"
TDM_FILE = "/.well-known/tdmrep.json"
_HEAD = 200_000  # characters in which meta elements are looked for
_META = re.compile(r"<meta\b[^>]{0,2000}>", re.IGNORECASE)
_ATTRIBUTE = re.compile(
    r"""([\w-]{1,40})\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""", re.IGNORECASE
)
# Directives that take a value are no names of crawlers.
_VALUED = frozenset({"max-snippet", "max-image-preview", "max-video-preview", "unavailable_after"})


def opt_out(headers: Mapping[str, Iterable[str]], html: str = "") -> str:
    """Why a page may not be used: `noindex`, `noai`, `tdm_reservation`, or "" when it may.

    `headers`: names in small letters, all values of each. `html`: the page's text, if it is HTML.
    """
    tokens = {t for value in headers.get("x-robots-tag", ()) for t in robots_header(value)}
    metas = list(meta_elements(html))
    for name, content in metas:
        if name in ("robots", AGENT):
            tokens |= _tokens(content)
    if tokens & {"noai", "noml"}:
        return "noai"
    if tokens & {"noindex", "none"}:
        return "noindex"
    reserved = [value.strip() for value in headers.get("tdm-reservation", ())]
    reserved += [content.strip() for name, content in metas if name == "tdm-reservation"]
    return "tdm_reservation" if "1" in reserved else ""


def no_follow(headers: Mapping[str, Iterable[str]], html: str = "") -> bool:
    """Whether the links of a page are not to be followed."""
    tokens = {t for value in headers.get("x-robots-tag", ()) for t in robots_header(value)}
    for name, content in meta_elements(html):
        if name in ("robots", AGENT):
            tokens |= _tokens(content)
    return bool(tokens & {"nofollow", "none"})


def robots_header(value: str) -> set[str]:
    """The directives of an X-Robots-Tag that are for everybody or for us.

    `googlebot: noindex, nofollow` is for another crawler up to the next name.
    """
    found: set[str] = set()
    ours = True
    for part in value.lower().split(","):
        name, colon, rest = part.partition(":")
        if colon and name.strip() not in _VALUED:
            ours = name.strip() in (AGENT, "*")
            part = rest
        if ours:
            found |= _tokens(part)
    return found


def _tokens(text: str) -> set[str]:
    return {token for token in re.split(r"[\s,;]+", text.lower()) if token}


def meta_elements(html: str) -> Iterable[tuple[str, str]]:
    """(name, content) of the meta elements at the beginning of a page, names in small letters."""
    for element in _META.findall(html[:_HEAD]):
        attributes = {
            name.lower(): double or single or bare
            for name, double, single, bare in _ATTRIBUTE.findall(element)
        }
        if attributes.get("name"):
            yield attributes["name"].strip().lower(), attributes.get("content", "")


def tdm_rules(body: bytes) -> list[tuple[str, bool]]:
    """(path pattern, reserved) of a tdmrep.json; nothing for what is not one."""
    try:
        rules: Any = json.loads(body.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return []
    found = []
    for rule in rules if isinstance(rules, list) else []:
        location = rule.get("location") if isinstance(rule, dict) else None
        if isinstance(location, str):
            found.append((location, str(rule.get("tdm-reservation")).strip() == "1"))
    return found


def tdm_reserved(rules: list[tuple[str, bool]], url: str) -> bool:
    """Whether the rule with the longest matching pattern reserves the address; of two equally
    long ones the reservation counts. Patterns are those of robots.txt: `*` and a final `$`."""
    parts = urlsplit(url)
    path = unquote(parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    matching = [(len(pattern), reserved) for pattern, reserved in rules if _matches(pattern, path)]
    return max(matching)[1] if matching else False


def _matches(pattern: str, path: str) -> bool:
    """Without regular expressions: a hostile pattern must not cost time."""
    pattern = unquote(pattern if pattern.startswith(("/", "*")) else f"/{pattern}")
    to_the_end = pattern.endswith("$")
    first, *pieces = pattern.removesuffix("$").split("*")
    if not path.startswith(first):
        return False
    at = len(first)
    for index, piece in enumerate(pieces):
        if to_the_end and index == len(pieces) - 1:
            return len(path) - len(piece) >= at and path.endswith(piece)
        at = path.find(piece, at)
        if at < 0:
            return False
        at += len(piece)
    return not to_the_end or at == len(path)
