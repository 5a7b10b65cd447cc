"""Wikitext to readable text: what an article says, without the machinery around it.

Templates, references, tables, pictures and categories go; links leave their text, headings become
Markdown's, code stays code. One pass over the marks with a stack, so that nesting costs nothing.
"""

from __future__ import annotations

import html
import re
from collections.abc import Collection

_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_REFERENCE = re.compile(
    r"<(ref|gallery|timeline|score|imagemap|templatestyles|references|hiero|graph|mapframe|maplink"
    r"|inputbox|categorytree|ce|chem)\b[^<>]{0,2000}?(?:/>|>.*?(?:</\1\s*>|\Z))",
    re.DOTALL | re.IGNORECASE,
)
_CODE = re.compile(
    r"<(syntaxhighlight|source|pre)\b[^<>]{0,500}>(.*?)(?:</\1\s*>|\Z)", re.DOTALL | re.IGNORECASE
)
_AS_IS = re.compile(
    r"<(nowiki|math)\b[^<>]{0,200}(?:/>|>(.*?)(?:</\1\s*>|\Z))", re.DOTALL | re.IGNORECASE
)
_MARK = re.compile(r"\{\{|\}\}|\[\[|\]\]|^[ :]{0,20}\{\||^\s{0,20}\|\}(?!\})", re.MULTILINE)
_WEB_LINK = re.compile(
    r"\[(?:https?:|ftp:|mailto:|//)[^\s\]]{1,2000}(?:[ \t]{1,3}([^\]\n]{0,1000}))?\]"
)
_TAG = re.compile(r"</?[a-zA-Z][a-zA-Z0-9]{0,20}\b[^<>]{0,1000}>")
_BREAK = re.compile(r"<br\b[^<>]{0,100}>|</(?:p|div|li|tr|blockquote)\s*>", re.IGNORECASE)
_QUOTES = re.compile(r"'{2,5}")
_HEADING = re.compile(r"^(={1,6})\s*(.+?)\s*\1\s*$")
_MAGIC = re.compile(r"__[A-ZÁÉÍÓÚÑ]{3,30}__")
_EMPTY_PARENTHESES = re.compile(r"\s?\((?:[\s,;:·/-]|&nbsp;)*\)")
_HALF_PARENTHESES = re.compile(r"\((?:[,;:·]\s*)+")
_LANGUAGE = re.compile(r"^[a-z]{2,3}(?:-[a-z]{2,10}){0,2}$")
_LIST = re.compile(r"^([*#:;]+)\s*")
_KEPT = re.compile("\ue000(\\d+)\ue001")
FILES = frozenset(("file", "image", "media", "archivo", "imagen", "fitxer", "ficheiro", "fitxategi",
                   "arquivo", "imatge", "imaxe", "irudi", "fichier", "datei"))  # fmt: skip
CATEGORIES = frozenset(("category", "categoría", "categoria", "kategoria", "catégorie"))
_REDIRECT = re.compile(r"^\s*#\s*[A-ZÁÉÍÓÚÑ]{4,20}\s*:?\s*\[\[", re.IGNORECASE)


def is_redirect(text: str) -> bool:
    """`#REDIRECT [[...]]` in any language."""
    return bool(_REDIRECT.match(text))


def wikitext_to_text(text: str, dropped: Collection[str] = ()) -> str:
    """An article's readable text. `dropped`: more names of namespaces whose links go."""
    kept: list[str] = []

    def keep(content: str) -> str:
        kept.append(content)
        return f"\ue000{len(kept) - 1}\ue001"

    text = text.replace("\ue000", "").replace("\ue001", "")
    text = _COMMENT.sub("", text) if "<!--" in text else text
    if "<" in text:
        text = _CODE.sub(
            lambda m: keep(f"\n```\n{html.unescape(m.group(2)).strip(chr(10))}\n```\n"), text
        )
        text = _AS_IS.sub(lambda m: keep(m.group(2) or ""), text)
        text = _REFERENCE.sub("", text)
    text = _without_marks(text, FILES | CATEGORIES | frozenset(map(str.lower, dropped)))
    text = _WEB_LINK.sub(lambda m: m.group(1) or "", text) if "[" in text else text
    if "<" in text:
        text = _BREAK.sub("\n", text)
        text = _TAG.sub("", text)
    text = _QUOTES.sub("", text)
    text = _MAGIC.sub("", text) if "__" in text else text
    text = html.unescape(text) if "&" in text else text
    if "(" in text:
        text = _HALF_PARENTHESES.sub("(", _EMPTY_PARENTHESES.sub("", text))
    text = "\n".join(_without_empty_sections([_line(line) for line in text.split("\n")]))
    text = _KEPT.sub(lambda m: kept[int(m.group(1))], text)
    return re.sub(r"\n{3,}", "\n\n", text).strip()


def _without_marks(text: str, dropped: Collection[str]) -> str:
    """Templates and tables gone, links by their text. Marks without a partner are taken away."""
    stack: list[tuple[str, list[str]]] = [("", [])]
    at = 0
    for mark in _MARK.finditer(text):
        stack[-1][1].append(text[at : mark.start()])
        at = mark.end()
        sign = mark.group().strip(" :\n\t\r")
        if sign in ("{{", "[[", "{|"):
            stack.append((sign, []))
            continue
        opener = {"}}": "{{", "]]": "[[", "|}": "{|"}[sign]
        if all(kind != opener for kind, _ in stack):
            continue
        while stack[-1][0] != opener:  # opened within and never closed: plain text
            _, parts = stack.pop()
            stack[-1][1].extend(parts)
        _, parts = stack.pop()
        if sign == "]]":
            stack[-1][1].append(_link("".join(parts), dropped))
    stack[-1][1].append(text[at:])
    # What was never closed would swallow the rest of the article: it is kept.
    return "".join("".join(parts) for _, parts in stack)


def _link(content: str, dropped: Collection[str]) -> str:
    target, bar, text = content.partition("|")
    space, colon, _ = target.strip().partition(":")
    if colon and space:
        name = space.strip().lower()
        if name in dropped or (_LANGUAGE.match(name) and not bar):
            return ""
    if bar:
        return text.rpartition("|")[2] if text.strip() else target.split(":")[-1]
    return target.strip().removeprefix(":").partition("#")[0] or target.strip().lstrip("#:")


def _line(line: str) -> str:
    heading = _HEADING.match(line) if line.startswith("=") else None
    if heading:
        return f"{'#' * max(len(heading.group(1)), 2)} {heading.group(2)}"
    marks = _LIST.match(line)
    if marks:
        signs, rest = marks.group(1), line[marks.end() :].strip()
        if not rest:
            return ""
        if signs[-1] in "*#":
            depth = sum(sign in "*#" for sign in signs) - 1
            return f"{'  ' * depth}- {rest}"
        return rest
    if set(line) == {"-"} and len(line) >= 4:
        return ""
    return line.strip() if line.startswith(" ") else line.rstrip()


def _without_empty_sections(lines: list[str]) -> list[str]:
    """Without headings under which nothing is left, as of references and external links."""
    out: list[str] = []
    level = 0  # of the last heading still to come, seen from the end
    filled = False
    for line in reversed(lines):
        if line.startswith("#"):
            own = len(line) - len(line.lstrip("#"))
            if not filled and not (level and level > own):
                continue
            level, filled = own, False
        elif line.strip():
            filled, level = True, 0
        out.append(line)
    return out[::-1]
