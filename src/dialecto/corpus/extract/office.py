"""Office files, e-books and PDF through xberg: text in Markdown, nothing rendered or fetched.

Pages that are only pictures give no text; without optical recognition they are named as such
rather than passed over.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from dialecto.corpus.extract.markdown import plain_prose
from dialecto.corpus.extract.piece import Piece, Unreadable, read_bytes

# What a file begins with when it is what its name says.
_SIGNATURES = {
    ".pdf": (b"%PDF",),
    **dict.fromkeys(
        (".docx", ".pptx", ".xlsx", ".odt", ".ods", ".odp", ".epub"), (b"PK\x03\x04", b"PK\x05\x06")
    ),
    **dict.fromkeys((".doc", ".xls", ".ppt", ".msg"), (b"\xd0\xcf\x11\xe0",)),
    ".rtf": (b"{\\rtf",),
}
_SECONDS = 25  # xberg's own limit, under the worker's
_PLACEHOLDER = "\ufffc"


@cache
def _config() -> Any:
    import xberg

    return xberg.ExtractionConfig(
        use_cache=False,
        disable_ocr=True,
        enable_quality_processing=False,
        extraction_timeout_secs=_SECONDS,
        max_concurrent_extractions=1,
        output_format="markdown",
        escape_markdown=False,
        max_archive_depth=1,
        concurrency=xberg.ConcurrencyConfig(max_threads=1),
    )


def extract_office(path: Path) -> Iterator[Piece]:
    """One document for one file."""
    import xberg

    data = read_bytes(path)
    suffix = path.suffix.lower()
    signatures = _SIGNATURES.get(suffix, ())
    if signatures and not any(mark in data[:1024] for mark in signatures):
        raise Unreadable("malformed", f"not a {suffix} file: its first bytes say otherwise")
    request = xberg.ExtractInput(kind="bytes", bytes=data, filename=f"file{suffix}")
    try:
        found = asyncio.run(xberg.extract(request, _config()))
    except Exception as error:  # the binding raises RuntimeError and others of its own
        raise _refusal(str(error)) from error
    if found.errors:
        raise _refusal(str(getattr(found.errors[0], "message", found.errors[0])))
    text = "\n\n".join(str(document.content) for document in found.results)
    text = plain_prose(text.replace(_PLACEHOLDER, "").replace("**", ""))
    if not text.strip():
        raise Unreadable("no_text", "no text: the pages may be pictures (scanned)")
    yield Piece(text)


def _refusal(message: str) -> Unreadable:
    lowered = message.lower()
    if "password" in lowered or "encrypted" in lowered:
        return Unreadable("encrypted", "the file asks for a password")
    if "unsupported" in lowered:
        return Unreadable("unsupported_format", message[:200])
    return Unreadable("malformed", message[:200])
