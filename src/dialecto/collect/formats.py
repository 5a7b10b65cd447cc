"""The kinds of documents that a crawl keeps, by content type and by the ending of an address."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePosixPath
from urllib.parse import urlsplit

# format -> (content types, endings)
FORMATS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "html": (("text/html", "application/xhtml+xml"), ("html", "htm", "xhtml")),
    "txt": (("text/plain",), ("txt",)),
    "md": (("text/markdown", "text/x-markdown"), ("md", "markdown")),
    "pdf": (("application/pdf", "application/x-pdf"), ("pdf",)),
    "docx": (
        ("application/vnd.openxmlformats-officedocument.wordprocessingml.document",),
        ("docx",),
    ),
    "pptx": (
        ("application/vnd.openxmlformats-officedocument.presentationml.presentation",),
        ("pptx",),
    ),
    "xlsx": (("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",), ("xlsx",)),
    "odt": (("application/vnd.oasis.opendocument.text",), ("odt",)),
    "epub": (("application/epub+zip",), ("epub",)),
    "rtf": (("application/rtf", "text/rtf"), ("rtf",)),
    "csv": (("text/csv",), ("csv",)),
    "json": (("application/json",), ("json", "jsonl")),
    "xml": (("application/xml", "text/xml", "application/rss+xml"), ("xml",)),
}
_TYPES = {kind: name for name, (kinds, _) in FORMATS.items() for kind in kinds}
_ENDINGS = {ending: name for name, (_, endings) in FORMATS.items() for ending in endings}
# Servers say these when they do not know: the address' ending tells.
_UNKNOWN = frozenset({"", "application/octet-stream", "binary/octet-stream", "text/plain"})


def format_of(content_type: str, url: str) -> str:
    """The format's name, or "" for another."""
    kind = content_type.partition(";")[0].strip().lower()
    ending = PurePosixPath(urlsplit(url).path).suffix.lstrip(".").lower()
    if kind in _UNKNOWN and ending in _ENDINGS:
        return _ENDINGS[ending]
    return _TYPES.get(kind, "")


def unwanted_endings(known: Sequence[str], wanted: Sequence[str]) -> list[str]:
    """Of the known endings of files, those that no wanted format has."""
    kept = {ending for name in wanted for ending in FORMATS[name][1]}
    return [ending for ending in (*known, *_ENDINGS) if ending not in kept]
