"""Plain text, reStructuredText, gettext catalogues, XML and notebooks."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from dialecto.corpus.extract.content import Content
from dialecto.corpus.extract.piece import Piece, Unreadable, decoded
from dialecto.corpus.extract.visit import Visit
from dialecto.corpus.extract.wikipedia import extract_wikipedia, is_dump

_RST_ROLE = re.compile(r":[a-zA-Z:+-]{1,40}:`([^`<\n]{1,300})(?:<[^>\n]{0,300}>)?`")
_RST_LINK = re.compile(r"`([^`<\n]{1,300}?)\s{0,3}<[^>\n]{1,500}>`__?")
_RST_NOISE = re.compile(
    r"^\s{0,40}(?:\.\. (?:_[^\n]*:|\|[^\n]*|(?:toctree|index|only|include|highlight|module|"
    r"currentmodule|contents|meta|image|sectionauthor|moduleauthor|versionchanged)::[^\n]*)"
    r"|:(?:maxdepth|caption|hidden|glob|name|alt|width|align|ref|class|linenos|local):[^\n]*)$",
    re.MULTILINE,
)
_PO_STRING = re.compile(r'"((?:[^"\\]|\\.)*)"')
_PO_ESCAPES = {"n": "\n", "t": "\t", '"': '"', "\\": "\\"}
_PO_ESCAPE = re.compile(r"\\(.)")


def extract_text(content: Content) -> Iterator[Piece]:
    """The file as it is."""
    text, changes = decoded(content.read(), content.charset)
    if not text.strip():
        raise Unreadable("no_text", "nothing but white space")
    if text[:200].lstrip().lower().startswith(("<!doctype html", "<html")):
        from dialecto.corpus.extract.html import html_to_text

        text = html_to_text(text)
    yield Piece(text, changes=changes)


def extract_rst(content: Content) -> Iterator[Piece]:
    """Roles and links become their text, directives for the builder go."""
    text, changes = decoded(content.read())
    yield Piece(rst_to_text(text), changes=changes)


def rst_to_text(text: str) -> str:
    """reStructuredText without what serves only its builder."""
    text = _RST_NOISE.sub("", text)
    text = _RST_LINK.sub(r"\1", text)
    text = _RST_ROLE.sub(lambda found: found.group(1).strip().lstrip("~!"), text)
    return text.replace("``", "`")


def extract_po(content: Content) -> Iterator[Piece]:
    """A catalogue's translations in order; untranslated and fuzzy messages are left out."""
    text, changes = decoded(content.read())
    paragraphs: list[str] = []
    for entry in re.split(r"\n[ \t\r]*\n", text.replace("\r\n", "\n")):
        if re.search(r"^#,.*\bfuzzy\b", entry, re.MULTILINE) or "\n#~ " in f"\n{entry}":
            continue
        fields = _po_fields(entry)
        if fields.get("msgid"):  # the first entry, with an empty msgid, is the header
            paragraphs += [
                value.strip()
                for key, value in fields.items()
                if key.startswith("msgstr") and value.strip()
            ]
    if not paragraphs:
        raise Unreadable("no_text", "no translated message in the catalogue")
    yield Piece(rst_to_text("\n\n".join(paragraphs)), changes=changes)


def _po_fields(entry: str) -> dict[str, str]:
    fields: dict[str, str] = {}
    current = ""
    for line in entry.split("\n"):
        line = line.strip()
        if line.startswith("#") or not line:
            continue
        if not line.startswith('"'):
            current = line.split(maxsplit=1)[0]
            fields.setdefault(current, "")
        found = _PO_STRING.search(line)
        if found and current:
            fields[current] += _PO_ESCAPE.sub(
                lambda match: _PO_ESCAPES.get(match.group(1), match.group(1)), found.group(1)
            )
    return fields


def extract_xml(content: Content, visit: Visit) -> Iterator[Piece]:
    """The text of an XML document's elements, one line for each; entities are not fetched.

    A dump of a wiki gives its articles.
    """
    if is_dump(content.head(4096)):
        yield from extract_wikipedia(content, visit)
    else:
        yield from _elements(content)


def _elements(content: Content) -> Iterator[Piece]:
    from lxml import etree

    data = content.read()
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, recover=True, huge_tree=False
    )
    try:
        root = etree.fromstring(data, parser=parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise Unreadable("malformed", f"XML: {error}") from error
    if root is None:
        raise Unreadable("malformed", "not XML")
    lines = []
    for element in root.iter():
        for text in (element.text if isinstance(element.tag, str) else None, element.tail):
            if text and text.strip():
                lines.append(_without_markup(text))
    text = "\n".join(line for line in lines if line)
    if not text.strip():
        raise Unreadable("no_text", "no text between the tags")
    yield Piece(text)


def _without_markup(text: str) -> str:
    """Feeds carry whole HTML pages as the text of an element."""
    if re.search(r"</(?:p|div|a|li|span|h\d)>", text):
        from dialecto.corpus.extract.html import html_to_text

        return html_to_text(text)
    return " ".join(text.split())


def extract_notebook(content: Content) -> Iterator[Piece]:
    """A notebook's cells: Markdown as it is, code fenced; outputs are left out."""
    text, changes = decoded(content.read())
    try:
        notebook = json.loads(text)
        blocks = [_cell(cell) for cell in notebook["cells"]]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise Unreadable("malformed", f"not a notebook: {error}") from error
    body = "\n\n".join(block for block in blocks if block)
    if not body:
        raise Unreadable("no_text", "the notebook has no cells with text")
    yield Piece(body, changes=changes)


def _cell(cell: dict[str, Any]) -> str:
    from dialecto.corpus.extract.markdown import markdown_to_text

    source = cell["source"] if isinstance(cell["source"], str) else "".join(cell["source"])
    if not source.strip():
        return ""
    return f"```\n{source}\n```" if cell["cell_type"] == "code" else markdown_to_text(source)
