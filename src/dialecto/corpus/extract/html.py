"""HTML to Markdown-like text: headings, lists, tables and code kept, page chrome left out.

A walk over the tree that lxml recovers from any markup. What is navigation is told by tags,
roles, class names and by the share of link text, but nothing that holds most of a page's
text is ever taken for chrome, so that a page made of one list of links or wrapped in one
form keeps its text. When the walk finds nothing, trafilatura is asked, then all text counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from dialecto.corpus.extract.content import Content
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
_BLOCKS = frozenset(
    (
        "address",
        "article",
        "blockquote",
        "body",
        "center",
        "dd",
        "details",
        "div",
        "dl",
        "dt",
        "fieldset",
        "figcaption",
        "figure",
        "footer",
        "form",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hr",
        "html",
        "li",
        "main",
        "nav",
        "ol",
        "p",
        "pre",
        "section",
        "summary",
        "table",
        "tbody",
        "td",
        "tfoot",
        "th",
        "thead",
        "tr",
        "ul",
        "caption",
        "aside",
    )
)
_HEADINGS = {f"h{level}": "#" * level for level in range(1, 7)}
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
    total = _text_length(root)
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


def _text_length(element: Any) -> int:
    return sum(map(len, map(str.strip, element.itertext())))


def _is_chrome(element: Any, tag: str, total: int) -> bool:
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
    return suspect and _text_length(element) < 0.5 * total


@lru_cache(maxsize=10_000)  # the pages of a site share their names
def _names_chrome(names: str) -> bool:
    return not _CHROME_NAMES.isdisjoint(_NAME_PARTS.split(names))


def _mostly_links(element: Any) -> bool:
    """At least three short links and hardly anything else."""
    links = list(element.iter("a")) if len(element) else []
    if len(links) < 3:
        return False
    linked = sum(_text_length(link) for link in links)
    return linked >= 0.85 * _text_length(element) and linked < 40 * len(links)


def _walk(root: Any, total: int) -> str:
    """Text of the tree in reading order."""
    from lxml import etree

    out = _Writer()
    walker = etree.iterwalk(root, events=("start", "end"))
    skipped = None
    for event, element in walker:
        tag = element.tag if isinstance(element.tag, str) else ""
        if event == "start":
            if (
                tag in _NO_TEXT
                or not tag
                or (element is not root and _is_chrome(element, tag, total))
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


class _Writer:
    """Collects blocks: paragraphs, headings, list items, table rows, code."""

    def __init__(self) -> None:
        self.blocks: list[str] = []
        self.line: list[str] = []
        self.prefix = ""
        self.pre = 0
        self.lists: list[str] = []
        self.row: list[str] | None = None
        self.rows = 0

    def text(self, text: str) -> None:
        # Other white space goes when a block is written.
        self.line.append(text if self.pre else text.replace("\n", " "))

    def open(self, tag: str) -> None:
        if tag == "br":
            self.line.append("\n")
        elif tag == "code" and not self.pre:
            self.line.append("`")
        if tag not in _BLOCKS or self.pre:
            if tag == "pre":
                self.pre += 1
            return
        if tag in ("td", "th") or (self.row is not None and tag not in ("table", "tr", "pre")):
            self.line.append(" ")
            return
        self._flush()
        if tag == "pre":
            self.pre += 1
        elif tag in ("ul", "ol"):
            self.lists.append(tag)
        elif tag == "li":
            self.prefix = "  " * max(len(self.lists) - 1, 0) + "- "
        elif tag in _HEADINGS:
            self.prefix = _HEADINGS[tag] + " "
        elif tag == "tr":
            self.row = []
        elif tag == "table":
            self.rows = 0

    def close(self, tag: str) -> None:
        if tag == "code" and not self.pre:
            self.line.append("`")
        if tag == "pre":
            self.pre = max(self.pre - 1, 0)
            if not self.pre:
                self._flush_code()
            return
        if tag not in _BLOCKS or self.pre:
            return
        if tag in ("td", "th"):
            cell = _WHITE.sub(" ", "".join(self.line)).strip()
            self.line = []
            if self.row is None:
                self.row = []
            self.row.append(cell)
        elif tag == "tr":
            self._flush_row()
        elif self.row is not None and tag != "table":
            self.line.append(" ")
        else:
            self._flush()
            if tag in ("ul", "ol") and self.lists:
                self.lists.pop()

    def _flush(self) -> None:
        if self.row is not None:
            self._flush_row()
        text = "".join(self.line)
        self.line = []
        lines = [" ".join(part.split()) for part in text.split("\n")]
        joined = "\n".join(line for line in lines if line)
        if joined and joined != "``":
            self.blocks.append(self.prefix + joined)
            self.prefix = ""
        elif not self.prefix.strip().startswith("-"):
            self.prefix = ""

    def _flush_row(self) -> None:
        cells = list(self.row or [])
        rest = " ".join("".join(self.line).split())
        self.line, self.row = [], None
        if rest:
            cells.append(rest)
        if any(cells):
            row = "| " + " | ".join(cells) + " |" if len(cells) > 1 else cells[0]
            self.blocks.append(row)

    def _flush_code(self) -> None:
        code = "".join(self.line).strip("\n")
        self.line = []
        if not code.strip():
            return
        # Whole books stand in <pre>: long and with hardly any of code's punctuation.
        prose = len(code) > 300 and sum(map(code.count, "{};=<>$()")) < 0.01 * len(code)
        self.blocks.append(code.rstrip() if prose else f"```\n{code.rstrip()}\n```")

    def result(self) -> str:
        self._flush()
        return join_blocks(self.blocks)


def join_blocks(blocks: list[str]) -> str:
    """Blocks parted by a blank line, rows of a table and items of a list by a line end."""
    out: list[str] = []
    previous = ""
    for block in blocks:
        kind = "|" if block.startswith("| ") else "-" if block.lstrip().startswith("- ") else ""
        if out:
            out.append("\n" if kind and kind == previous else "\n\n")
        out.append(block)
        previous = kind
    return "".join(out)
