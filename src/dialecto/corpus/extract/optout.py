"""Whether a web page asks not to be used: robots directives and reservations of text mining.

`X-Robots-Tag` and `<meta name="robots">` with `noindex`, `none` or `noai`; `tdm-reservation: 1` in
a header or a meta element (W3C TDM Reservation Protocol; article 4(3) of Directive 2019/790).
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_META = re.compile(rb"<meta\b([^>]{0,2000})>", re.IGNORECASE)
_ATTRIBUTE = re.compile(
    rb"""([a-z-]+)\s*=\s*(?:"([^"]{0,1000})"|'([^']{0,1000})'|([^\s"'>]{1,1000}))""", re.IGNORECASE
)
_HEAD = 200_000  # bytes of a page in which its head stands
_REFUSALS = frozenset(("noindex", "none", "noai"))
# `otherbot: noindex` is for that robot alone; these words before a colon are directives.
_WITH_VALUE = ("unavailable_after", "max-snippet", "max-image-preview", "max-video-preview")


def opted_out(headers: Iterable[tuple[str, str]], page: bytes) -> str:
    """What asks not to be used, in words; empty when nothing does. `page` is HTML, or empty."""
    for name, value in headers:
        lowered = name.strip().lower()
        if lowered == "x-robots-tag" and _robots(value):
            return f"header {name}: {value.strip()}"[:200]
        if lowered == "tdm-reservation" and value.strip() == "1":
            return "header tdm-reservation: 1"
    for found in _META.finditer(page, 0, _HEAD):
        attributes = {
            match.group(1).lower(): (match.group(2) or match.group(3) or match.group(4) or b"")
            for match in _ATTRIBUTE.finditer(found.group(1))
        }
        name = attributes.get(b"name", b"").strip().lower().decode("latin-1")
        content = attributes.get(b"content", b"").decode("latin-1")
        if name == "robots" and _robots(content):
            return f"meta robots: {content.strip()}"[:200]
        if name == "tdm-reservation" and content.strip() == "1":
            return "meta tdm-reservation: 1"
    return ""


def _robots(value: str) -> bool:
    head, colon, _ = value.partition(":")
    if colon and "," not in head and head.strip().lower() not in _WITH_VALUE:
        return False  # for one robot by name, and not for all
    return not _REFUSALS.isdisjoint(word.strip() for word in value.lower().split(","))
