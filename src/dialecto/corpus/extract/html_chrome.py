"""What of a page is navigation and the like: told by tags, roles, names and the share of links."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

_CHROME_TAGS = frozenset(("nav", "footer", "aside", "menu", "form", "header"))
_CHROME_ROLES = frozenset(
    (
        "navigation",
        "banner",
        "contentinfo",
        "search",
        "complementary",
        "menu",
        "menubar",
        "toolbar",
        "dialog",
    )
)
_CHROME_NAMES = frozenset(
    (
        "nav",
        "navbar",
        "navigation",
        "navegacion",
        "menu",
        "menubar",
        "breadcrumb",
        "breadcrumbs",
        "migas",
        "sidebar",
        "footer",
        "pie",
        "cookie",
        "cookies",
        "consent",
        "banner",
        "pagination",
        "pager",
        "share",
        "sharing",
        "social",
        "newsletter",
        "advert",
        "advertisement",
        "ads",
        "skip",
        "skiplink",
        "hidden",
        "toc",
    )
)
_NAME_PARTS = re.compile(r"[^a-z]+")


def text_length(element: Any) -> int:
    """Characters of text in an element, without white space around its pieces."""
    return sum(map(len, map(str.strip, element.itertext())))


def is_chrome(element: Any, tag: str, total: int) -> bool:
    """Whether an element is navigation or the like and not the page's substance."""
    if tag in ("body", "main", "article", "html", "pre", "code"):
        return False
    suspect = tag in _CHROME_TAGS or element.get("role", "").lower() in _CHROME_ROLES
    if tag == "header" and suspect:  # a page's or an article's title is not chrome
        suspect = element.find(".//h1") is None and element.find(".//nav") is not None
    if not suspect:
        names = f"{element.get('class', '')} {element.get('id', '')}".lower()
        suspect = _names_chrome(names)
    if not suspect and tag in ("ul", "ol", "div", "p", "table", "center"):
        suspect = _mostly_links(element)
    if not suspect and (element.get("hidden") is not None or element.get("aria-hidden") == "true"):
        suspect = True
    return suspect and text_length(element) < 0.5 * total


@lru_cache(maxsize=10_000)  # the pages of a site share their names
def _names_chrome(names: str) -> bool:
    return not _CHROME_NAMES.isdisjoint(_NAME_PARTS.split(names))


def _mostly_links(element: Any) -> bool:
    """At least three short links and hardly anything else."""
    links = list(element.iter("a")) if len(element) else []
    if len(links) < 3:
        return False
    linked = sum(text_length(link) for link in links)
    return linked >= 0.85 * text_length(element) and linked < 40 * len(links)
