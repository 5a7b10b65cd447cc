"""From a file to the documents in it: tables of extractors by file name extension.

An extractor yields pieces or raises Unreadable; it never returns an empty text as success.
To read one more format, write a function and name it in `EXTRACTORS`; a container, whose members
are documents of any format, goes into `CONTAINERS`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from dialecto.corpus.decode import is_text
from dialecto.corpus.extract.arc import extract_arc
from dialecto.corpus.extract.codecs import SUFFIXES, unpacked
from dialecto.corpus.extract.content import Content, of_path
from dialecto.corpus.extract.html import extract_html
from dialecto.corpus.extract.mail import extract_eml, extract_mbox
from dialecto.corpus.extract.markdown import extract_markdown
from dialecto.corpus.extract.office import extract_office, extract_pdf
from dialecto.corpus.extract.parquet import extract_parquet
from dialecto.corpus.extract.piece import Piece, Unreadable
from dialecto.corpus.extract.tables import extract_csv, extract_json, extract_jsonl
from dialecto.corpus.extract.tars import extract_tar
from dialecto.corpus.extract.text import (
    extract_notebook,
    extract_po,
    extract_rst,
    extract_text,
    extract_xml,
)
from dialecto.corpus.extract.visit import Begin, Visit
from dialecto.corpus.extract.warc import extract_warc
from dialecto.corpus.extract.zips import extract_zip

__all__ = [
    "CONTAINERS",
    "EXTRACTORS",
    "STREAMED",
    "Piece",
    "Unreadable",
    "extract",
    "extract_content",
]

Extractor = Callable[[Content], Iterator[Piece]]
ContainerReader = Callable[[Content, Visit], Iterator[Piece]]

EXTRACTORS: dict[str, Extractor] = {
    **dict.fromkeys((".txt", ".text", ".log", ".tex"), extract_text),
    **dict.fromkeys((".md", ".markdown", ".mdx", ".qmd"), extract_markdown),
    **dict.fromkeys((".html", ".htm", ".xhtml", ".shtml"), extract_html),
    **dict.fromkeys((".csv", ".tsv"), extract_csv),
    **dict.fromkeys((".jsonl", ".ndjson"), extract_jsonl),
    **dict.fromkeys((".po", ".pot"), extract_po),
    **dict.fromkeys(
        (
            *(".docx", ".pptx", ".xlsx", ".odt", ".ods", ".odp", ".epub", ".rtf"),
            *(".doc", ".ppt", ".xls", ".msg"),
        ),
        extract_office,
    ),
    ".pdf": extract_pdf,
    ".rst": extract_rst,
    ".json": extract_json,
    ".ipynb": extract_notebook,
}
CONTAINERS: dict[str, ContainerReader] = {
    ".zip": extract_zip,
    ".tar": extract_tar,
    ".warc": extract_warc,
    ".arc": extract_arc,
    ".eml": extract_eml,
    ".mbox": extract_mbox,
}
# One document for each row or article, under the walk's limits.
STREAMED: dict[str, ContainerReader] = {
    **dict.fromkeys((".xml", ".rss", ".atom"), extract_xml),
    **dict.fromkeys((".parquet", ".pq"), extract_parquet),
}
_SHORT = {".tgz": ".tar.gz", ".tbz2": ".tar.bz2", ".tbz": ".tar.bz2", ".txz": ".tar.xz",
          ".tzst": ".tar.zst"}  # fmt: skip
# Text, but for machines: what a folder of pages carries along.
_NOT_DOCUMENTS = frozenset((".css", ".js", ".mjs", ".map", ".svg", ".min", ".lock"))
_SNIFF = 65536
_NOT_TEXT = (
    *(b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"RIFF", b"OggS", b"ID3", b"\x7fELF", b"MZ\x90"),
    *(b"PK\x03\x04", b"7z\xbc\xaf\x27\x1c", b"Rar!\x1a", b"\xd0\xcf\x11\xe0"),
)
_MARKS = (
    (b"%PDF-", ".pdf"),
    (b"{\\rtf", ".rtf"),
    (b"WARC/", ".warc"),
    (b"filedesc://", ".arc"),
    (b"\x1f\x8b", ".gz"),
    (b"BZh", ".bz2"),
    (b"\xfd7zXZ\x00", ".xz"),
    (b"\x28\xb5\x2f\xfd", ".zst"),
)


def extract(
    path: Path, begin: Begin = lambda _number, _megabytes: "", exclude: Sequence[str] = ()
) -> Iterator[Piece]:
    """The documents in a file. Raises Unreadable; any other error is the file's doing too.

    `begin(number, megabytes)` hears of each member of a container before it is read, and
    returns why it must be passed over ("timeout", "crashed") or "". `exclude` holds patterns for
    members that are left out.
    """
    content = of_path(path)
    yield from extract_content(content, Visit(extract_content, content.size, begin, exclude))


def extract_content(content: Content, visit: Visit) -> Iterator[Piece]:
    """The documents in some bytes, by their name's ending; one at least, or Unreadable."""
    empty = True
    for piece in _extract(content, visit):
        empty = False
        yield piece
    if empty:
        raise Unreadable("no_text", "no documents in it")


def _extract(content: Content, visit: Visit) -> Iterator[Piece]:
    name = content.name.lower()
    for short, long in _SHORT.items():
        if name.endswith(short):
            name = name.removesuffix(short) + long
    suffix = PurePosixPath(name).suffix
    if suffix in SUFFIXES:
        yield from _compressed(content, name.removesuffix(suffix), SUFFIXES[suffix], visit)
        return
    if suffix in CONTAINERS:
        yield from visit.inside(content.name, CONTAINERS[suffix](content, visit))
        return
    if suffix in STREAMED:
        yield from STREAMED[suffix](content, visit)
        return
    extractor = EXTRACTORS.get(suffix)
    if extractor is None:
        yield from _unknown(content, suffix, visit)
        return
    yield from extractor(content)


def _unknown(content: Content, suffix: str, visit: Visit) -> Iterator[Piece]:
    """What a name does not tell, the first bytes may: a kind of file, or plain text."""
    head = content.head(_SNIFF)
    if not head:
        raise Unreadable("empty", "the file has no bytes")
    name = PurePosixPath(content.name).name
    for mark, ending in _MARKS:
        if head.startswith(mark):
            yield from extract_content(replace(content, name=name + ending), visit)
            return
    if suffix in _NOT_DOCUMENTS or head.startswith(_NOT_TEXT) or not is_text(head):
        raise Unreadable("unsupported_format", f"no extractor for '{suffix or name}'")
    yield from extract_text(content)


def _compressed(content: Content, name: str, codec: str, visit: Visit) -> Iterator[Piece]:
    """The documents of one compressed file: its path is theirs."""
    if PurePosixPath(name).suffix in SUFFIXES:
        raise Unreadable("archive_bomb", "compressed more than once")
    records = name.endswith(".warc")  # each in a member of its own

    def opened() -> BinaryIO:
        return unpacked(content.open(), codec, visit.unpacked, members=records)

    inner = Content(PurePosixPath(name).name, opened)
    yield from extract_content(inner, visit)
