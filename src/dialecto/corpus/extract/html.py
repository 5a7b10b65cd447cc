"""HTML to Markdown-like text: headings, lists, tables and code kept, page chrome left out.

A walk over the tree that lxml recovers from any markup. What is navigation is told by tags,
roles, class names and by the share of link text, but nothing that holds most of a page's
text is ever taken for chrome, so that a page made of one list of links or wrapped in one
form keeps its text. When the walk finds nothing, trafilatura is asked, then all text counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from dialecto.corpus.extract.content import Content
from dialecto.corpus.extract.html_blocks import Writer
from dialecto.corpus.extract.html_chrome import is_chrome, text_length
from dialecto.corpus.extract.piece import Piece, Unreadable, decoded

_CHARSET = re.compile(
    rb"<meta[^>]{0,200}?charset\s{0,5}=\s{0,5}[\"']?([A-Za-z0-9_.:-]{2,40})", re.I
)

_NO_TEXT = frozenset(
    (
        "script",
        "style",
        "noscript",
        "template",
        "iframe",
        "svg",
        "canvas",
        "object",
        "embed",
        "head",
        "audio",
        "video",
        "map",
        "button",
        "select",
        "option",
        "input",
        "textarea",
        "datalist",
        "dialog",
    )
)
_WHITE = re.compile(r"\s+")


def extract_html(content: Content) -> Iterator[Piece]:
    """One document for one page."""
    data = content.read()
    named = _CHARSET.search(data[:4096])
    declared = content.charset or (named.group(1).decode() if named else "")
    text, changes = decoded(data, declared)
    body = html_to_text(text)
    if not body.strip():
        raise Unreadable("no_text", "the page holds no text")
    yield Piece(body, changes=changes)


def html_to_text(markup: str) -> str:
    """The readable text of a page; empty when there is none."""
    from lxml import etree

    # Not lxml.html: its elements are objects of Python, made anew at every touch.
    parser = etree.HTMLParser(
        encoding="utf-8", remove_comments=True, remove_pis=True, huge_tree=True
    )
    try:
        tree = etree.fromstring(markup.encode("utf-8", "replace"), parser=parser)
    except (etree.LxmlError, ValueError):
        return ""
    if tree is None:
        return ""
    body = tree.find("body")
    root = body if body is not None else tree
    total = text_length(root)
    text = _walk(root, total)
    if total and not text.strip():
        text = _trafilatura(markup) or _all_text(root)
    title = tree.findtext(".//title") or ""
    title = _WHITE.sub(" ", title).strip()
    if title and text and not text.startswith("# ") and "\n# " not in text:
        text = f"# {title}\n\n{text}"
    return text


def _trafilatura(markup: str) -> str:
    try:
        import trafilatura
    except ImportError:
        return ""
    found = trafilatura.extract(markup, favor_recall=True, include_comments=False)
    return found or ""


def _all_text(root: Any) -> str:
    from lxml import etree

    etree.strip_elements(root, *_NO_TEXT, with_tail=False)
    return "".join(root.itertext())


def _walk(root: Any, total: int) -> str:
    """Text of the tree in reading order."""
    from lxml import etree

    out = Writer()
    walker = etree.iterwalk(root, events=("start", "end"))
    skipped = None
    for event, element in walker:
        tag = element.tag if isinstance(element.tag, str) else ""
        if event == "start":
            if (
                tag in _NO_TEXT
                or not tag
                or (element is not root and is_chrome(element, tag, total))
            ):
                skipped = element
                walker.skip_subtree()
                continue
            out.open(tag)
            if element.text:
                out.text(element.text)
        else:
            if element is skipped:
                skipped = None
            else:
                out.close(tag)
            if element.tail and element is not root:
                out.text(element.tail)
    return out.result()
