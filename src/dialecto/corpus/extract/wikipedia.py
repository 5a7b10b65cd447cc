"""Dumps of Wikipedia and other MediaWikis: one article, one document, however large the dump.

Of the export format (mediawiki.org/xml/export-0.11) the articles of namespace 0 are read, the
last revision of each, with the path `dump.xml.bz2:<page number>`. Redirects and pages of other
kinds are counted in one row, `:skipped`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from dialecto.corpus.extract.content import Content
from dialecto.corpus.extract.piece import CutOff, Piece, Unreadable
from dialecto.corpus.extract.visit import Visit
from dialecto.corpus.extract.wikitext import is_redirect, wikitext_to_text

_RENEW = 200  # pages after which the crew's clock starts anew
_OWN_SPACES = ("6", "14")  # files and categories, in the wiki's own language


def is_dump(head: bytes) -> bool:
    """Whether an XML file begins as a MediaWiki export does."""
    return b"<mediawiki" in head[:4096]


def extract_wikipedia(content: Content, visit: Visit) -> Iterator[Piece]:
    """The articles of a dump. What stands before a cut is read."""
    from lxml import etree

    skipped: Counter[str] = Counter()
    spaces: list[str] = []
    pages = highest = 0
    last: tuple[str, str] = ("", "")  # a page's last revision: its text and content model
    with content.open() as stream:
        walker = etree.iterparse(
            stream,
            events=("end",),
            tag=[f"{{*}}{name}" for name in ("namespace", "revision", "page")],
            resolve_entities=False,
            load_dtd=False,
            no_network=True,
            huge_tree=False,
        )
        try:
            for _, element in walker:
                name = etree.QName(element).localname
                if name == "namespace":
                    if element.get("key") in _OWN_SPACES and element.text:
                        spaces.append(element.text)
                    continue
                if name == "revision":
                    last = (_text(element, "text"), _text(element, "model"))
                    _forget(element)
                    continue
                pages += 1
                if pages % _RENEW == 0:
                    visit.resume(visit.current)
                kind, piece = _article(element, *last, spaces)
                last = ("", "")
                _forget(element)
                if kind:
                    skipped[kind] += 1
                elif piece:
                    # A dump goes by rising numbers; one that does not may have one twice.
                    own = int(piece.record)
                    record = piece.record if own > highest else f"{own}#{pages}"
                    highest = max(highest, own)
                    yield replace(piece, record=record)
        except etree.XMLSyntaxError as error:
            yield from _summary(skipped)
            if not pages:
                raise Unreadable("malformed", f"XML: {error}") from error
            raise CutOff(f"the dump breaks off after {pages:,} pages: {error}") from error
        except Unreadable as error:  # of the stream below
            yield from _summary(skipped)
            raise CutOff(f"the dump breaks off after {pages:,} pages: {error.detail}") from error
    if not pages:
        raise Unreadable("no_text", "the dump has no pages")
    yield from _summary(skipped)


def _article(page: Any, text: str, model: str, spaces: list[str]) -> tuple[str, Piece | None]:
    """(kind, nothing) of a page that is no article, or its piece."""
    if _text(page, "ns") not in ("", "0"):
        return "page of another kind", None
    if page.find("{*}redirect") is not None or is_redirect(text):
        return "redirect", None
    if model not in ("", "wikitext"):
        return f"page in {model}"[:60], None
    number = _text(page, "id")
    number = number if number.isascii() and number.isdecimal() and len(number) < 16 else "0"
    body = wikitext_to_text(text, spaces)
    if not body:
        return "", Piece("", number, problem="no_text", detail="nothing but templates")
    return "", Piece(f"# {_text(page, 'title')}\n\n{body}", number)


def _text(element: Any, name: str) -> str:
    return str(element.findtext(f"{{*}}{name}") or "")


def _forget(element: Any) -> None:
    """Frees an element that has been read, and those before it."""
    element.clear()
    parent = element.getparent()
    if parent is not None:
        while (before := element.getprevious()) is not None and before.tag == element.tag:
            parent.remove(before)


def _summary(skipped: Counter[str]) -> Iterator[Piece]:
    if skipped:
        detail = ", ".join(f"{kind}: {number:,}" for kind, number in sorted(skipped.items()))
        yield Piece("", "skipped", problem="skipped", detail=detail)
