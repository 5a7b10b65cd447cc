"""From a file to the documents in it: one table of extractors by file name extension.

An extractor yields pieces or raises Unreadable; it never returns an empty text as success.
To read one more format, write a function and name it in `EXTRACTORS`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from dialecto.corpus.decode import is_text
from dialecto.corpus.extract.html import extract_html
from dialecto.corpus.extract.mail import extract_eml, extract_mbox
from dialecto.corpus.extract.markdown import extract_markdown
from dialecto.corpus.extract.office import extract_office
from dialecto.corpus.extract.piece import Piece, Unreadable
from dialecto.corpus.extract.tables import extract_csv, extract_json, extract_jsonl
from dialecto.corpus.extract.text import (
    extract_notebook,
    extract_po,
    extract_rst,
    extract_text,
    extract_xml,
)

__all__ = ["EXTRACTORS", "Piece", "Unreadable", "extract"]

Extractor = Callable[[Path], Iterator[Piece]]

EXTRACTORS: dict[str, Extractor] = {
    **dict.fromkeys((".txt", ".text", ".log", ".tex"), extract_text),
    **dict.fromkeys((".md", ".markdown", ".mdx", ".qmd"), extract_markdown),
    **dict.fromkeys((".html", ".htm", ".xhtml", ".shtml"), extract_html),
    **dict.fromkeys((".csv", ".tsv"), extract_csv),
    **dict.fromkeys((".jsonl", ".ndjson"), extract_jsonl),
    **dict.fromkeys((".po", ".pot"), extract_po),
    **dict.fromkeys((".xml", ".rss", ".atom"), extract_xml),
    **dict.fromkeys(
        (
            *(".docx", ".pdf", ".pptx", ".xlsx", ".odt", ".ods", ".odp", ".epub", ".rtf"),
            *(".doc", ".ppt", ".xls", ".msg"),
        ),
        extract_office,
    ),
    ".rst": extract_rst,
    ".json": extract_json,
    ".ipynb": extract_notebook,
    ".eml": extract_eml,
    ".mbox": extract_mbox,
}
# Text, but for machines: what a folder of pages carries along.
_NOT_DOCUMENTS = frozenset((".css", ".js", ".mjs", ".map", ".svg", ".min", ".lock"))
_SNIFF = 65536


def extract(path: Path) -> Iterator[Piece]:
    """The documents in a file. Raises Unreadable; any other error is the file's doing too."""
    suffix = path.suffix.lower()
    extractor = EXTRACTORS.get(suffix)
    if extractor is None:
        if suffix in _NOT_DOCUMENTS or not _looks_like_text(path):
            raise Unreadable("unsupported_format", f"no extractor for '{suffix or path.name}'")
        extractor = extract_text
    yield from extractor(path)


def _looks_like_text(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            head = file.read(_SNIFF)
    except OSError as error:
        raise Unreadable("unreadable", error.strerror or str(error)) from error
    if not head:
        raise Unreadable("empty", "the file has no bytes")
    return is_text(head)
