"""Markdown to plain Markdown: what is written for a site generator goes, text and code stay.

Front matter (its title is kept), include directives, comments, anchors and other tags,
entities and link targets are removed; headings, lists, tables and code are kept as they are.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

from dialecto.corpus.extract.content import Content
from dialecto.corpus.extract.context import year_of
from dialecto.corpus.extract.piece import Piece, Unreadable, decoded

_FENCE = re.compile(r"^[ >\t]{0,12}(?:[-*+][ \t]{1,4}|\d{1,3}\.[ \t]{1,4})?(`{3,}|~{3,})")
_TITLE = re.compile(r"^title\s*:\s*(.{1,300})$", re.MULTILINE)
_DATE = re.compile(
    r"^(?:ms\.)?(?:date|lastmod|updated|published|fecha)\s*[:=](.{1,60})$", re.MULTILINE
)
# Each alternative begins with a plain character: that is what makes it fast.
_DIRECTIVE = re.compile(
    r"\[!(?:INCLUDE|include|code|CODE)[\w+-]{0,30}\s{0,3}"
    r"(?:\[[^\]\n]{0,200}\]\s{0,3}(?:\([^)\n]{0,400}\))?\s{0,3}\]?|[^\]\[\n]{0,300}\])"
    r"|:::(?:[a-z][^:\n]{0,300}:::|(?<=^:::).{0,300}$)"
    r"|\{%[^%\n]{0,300}%\}|\{\{[<%]?[^}\n]{0,300}[%>]?\}\}|\{:[^}\n]{0,200}\}",
    re.MULTILINE,
)
_IMAGE = re.compile(r"!\[([^\]\n]{0,300})\]\((?:[^()\n]|\([^()\n]{0,200}\)){0,600}\)")
_LINK = re.compile(
    r"(?<!!)\[((?:[^\[\]\n]|\[[^\[\]\n]{0,200}\]){1,400})\]"
    r"\((?:[^()\n]|\([^()\n]{0,200}\)){0,600}\)"
)
# `[^1]` marks a footnote, which is text: only links and their targets go.
_REFERENCE_LINK = re.compile(r"\[(?!\^)([^\[\]\n]{1,300})\]\[(?!\^)[^\[\]\n]{0,200}\]")
_DEFINITION = re.compile(r"^ {0,3}\[(?!\^)[^\]\n]{1,200}\]:\s+\S+.{0,300}$", re.MULTILINE)
# HTML's tags only: `<table_name>` in a manual is a placeholder, not markup.
_TAG = re.compile(
    r"</?(?:a|abbr|b|big|blockquote|br|center|cite|code|dd|del|details|div|dl|dt|em|figcaption|"
    r"figure|font|h[1-6]|hr|i|iframe|img|ins|kbd|li|mark|ol|p|pre|q|s|samp|section|small|span|"
    r"strike|strong|sub|summary|sup|table|tbody|td|tfoot|th|thead|token|tr|tt|u|ul|var|video)"
    r"(?:\s[^<>]{0,600})?/?>",
    re.IGNORECASE,
)
_BREAK = re.compile(r"<br\s?/?>|</(?:p|div|li|tr|h[1-6])\s?>", re.IGNORECASE)
_ESCAPED = re.compile(r"\\([\\_*#<>\[\]|~`.!+-])")
_SPLIT_CODE = re.compile(r"(`[^`\n]{1,400}`)")
_ANGLE_URL = re.compile(r"<(https?://[^\s<>]{1,500})>")


def extract_markdown(content: Content) -> Iterator[Piece]:
    """One document for one file."""
    text, changes = decoded(content.read())
    plain = markdown_to_text(text)
    if not plain.strip():
        raise Unreadable("no_text", "nothing but front matter, directives or markup")
    yield Piece(plain, changes=changes, year=_front_matter_year(text))


def _front_matter_year(text: str) -> int:
    """The year of `date:` (or `ms.date:`, `lastmod:`...) in the front matter; 0 without one."""
    end = text.find("\n---", 3) if text.lstrip("\ufeff").startswith("---") else -1
    return year_of(_DATE.findall(text[: min(end, 20_000)])) if end > 0 else 0


def markdown_to_text(text: str) -> str:
    """The text without what serves only the site generator."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").lstrip("\ufeff")
    title, text = _front_matter(text)
    prose: list[str] = []
    out: list[str] = []
    fence = ""
    for line in text.split("\n"):
        mark = _FENCE.match(line)
        if fence:
            out.append(line)
            if mark and mark.group(1).startswith(fence):
                fence = ""
        elif mark:
            out.append(plain_prose("\n".join(prose)))
            prose = []
            fence = mark.group(1)
            out.append(line)
        else:
            prose.append(line)
    out.append(plain_prose("\n".join(prose)))
    body = "\n".join(out).strip("\n")
    if title and body.strip() and not re.search(r"^# \S", body, re.MULTILINE):
        body = f"# {title}\n\n{body}"
    return body


def _front_matter(text: str) -> tuple[str, str]:
    """The title that YAML front matter gives, and the text after it."""
    for mark in ("---\n", "+++\n"):
        if not text.startswith(mark):
            continue
        end = text.find("\n" + mark.strip(), len(mark) - 1)
        if 0 <= end < 20_000:
            head = text[len(mark) : end + 1]
            if ":" not in head and "=" not in head:
                return "", text  # a horizontal rule, not front matter
            rest = text.find("\n", end + 1)
            found = _TITLE.search(head)
            title = found.group(1).strip().strip("\"'") if found else ""
            return title.split(" | ")[0], text[rest + 1 :] if rest >= 0 else ""
    return "", text


def _without_comments(text: str) -> str:
    """A pattern would look for each comment's end anew, to the end of the text."""
    parts: list[str] = []
    at = 0
    while (start := text.find("<!--", at)) >= 0 and (end := text.find("-->", start + 4)) >= 0:
        parts.append(text[at:start])
        at = end + 3
    return "".join((*parts, text[at:]))


def plain_prose(text: str) -> str:
    """Text outside code blocks; inline code is left alone."""
    text = _without_comments(text) if "<!--" in text else text
    text = _DIRECTIVE.sub("", text)
    text = _DEFINITION.sub("", text)
    parts = _SPLIT_CODE.split(text) if "`" in text else [text]
    for index in range(0, len(parts), 2):
        part = parts[index]
        if "](" in part:
            part = _IMAGE.sub(r"\1", part)
            part = _LINK.sub(r"\1", part)
        if "][" in part:
            part = _REFERENCE_LINK.sub(r"\1", part)
        if "<" in part:
            part = _ANGLE_URL.sub(r"\1", part)
            part = _BREAK.sub("\n" if "|" not in part else " ", part)
            part = _TAG.sub("", part)
        if "&" in part:
            part = html.unescape(part)
        parts[index] = _ESCAPED.sub(r"\1", part)
    return "".join(parts)
