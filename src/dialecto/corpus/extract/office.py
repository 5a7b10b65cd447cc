"""Office files, e-books and PDF through xberg: text in Markdown, nothing rendered or fetched.

Pages that are only pictures give no text; without optical recognition they are named as such
rather than passed over.
"""

from __future__ import annotations

import asyncio
import io
import zipfile
import zlib
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any

from dialecto.corpus.extract.content import Content
from dialecto.corpus.extract.markdown import plain_prose
from dialecto.corpus.extract.piece import Piece, Unreadable

# What a file begins with when it is what its name says.
_SIGNATURES = {
    ".pdf": (b"%PDF",),
    **dict.fromkeys(
        (".docx", ".pptx", ".xlsx", ".odt", ".ods", ".odp", ".epub"), (b"PK\x03\x04", b"PK\x05\x06")
    ),
    **dict.fromkeys((".doc", ".xls", ".ppt", ".msg"), (b"\xd0\xcf\x11\xe0",)),
    ".rtf": (b"{\\rtf",),
}
# What every archive of its kind holds.
_INSIDE = {
    ".docx": "word/",
    ".pptx": "ppt/",
    ".xlsx": "xl/",
    ".epub": "META-INF/container.xml",
    **dict.fromkeys((".odt", ".ods", ".odp"), "content.xml"),
}
_SECONDS = 25  # xberg's own limit, under the worker's
_TAIL = 4096  # bytes at the end in which a whole PDF says that it ends
_SWELL, _LARGEST = 100, 500_000_000  # unpacked size: times the packed one; bytes
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


def extract_office(content: Content) -> Iterator[Piece]:
    """One document for one file."""
    import xberg

    data = content.read()
    suffix = content.suffix
    signatures = _SIGNATURES.get(suffix, ())
    if signatures and not any(mark in data[:1024] for mark in signatures):
        raise Unreadable("malformed", f"not a {suffix} file: its first bytes say otherwise")
    _check_whole(data, suffix)
    request = xberg.ExtractInput(kind="bytes", bytes=data, filename=f"file{suffix}")
    try:
        found = _wait_for(lambda: xberg.extract(request, _config()))
    except Exception as error:  # the binding raises RuntimeError and others of its own
        raise _refusal(str(error)) from error
    if found.errors:
        raise _refusal(str(getattr(found.errors[0], "message", found.errors[0])))
    text = "\n\n".join(str(document.content) for document in found.results)
    text = plain_prose(text.replace(_PLACEHOLDER, "").replace("**", ""))
    if not text.strip():
        raise Unreadable("no_text", "no text: the pages may be pictures (scanned)")
    yield Piece(text)


def _wait_for(start: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
    """The result of a coroutine, also where a loop runs already, as in a notebook."""

    async def waited() -> Any:
        return await start()

    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(waited())
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(lambda: asyncio.run(waited())).result()


def _check_whole(data: bytes, suffix: str) -> None:
    """Refuses files cut short, spoilt archives and archives that swell.

    xberg mends what it can; half a contract would then pass for a whole one.
    """
    if suffix == ".pdf" and b"%%EOF" not in data[-_TAIL:]:
        raise Unreadable("malformed", "the end of the file is missing (cut short)")
    if suffix == ".rtf" and not data.rstrip(b"\0\r\n\t ").endswith(b"}"):
        raise Unreadable("malformed", "the end of the file is missing (cut short)")
    if b"PK\x03\x04" not in _SIGNATURES.get(suffix, ()):
        return
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            size = sum(entry.file_size for entry in archive.infolist())
            if size > max(_SWELL * len(data), 10_000_000) or size > _LARGEST:
                raise Unreadable("too_large", f"it unpacks to {size:,} bytes")
            spoilt = archive.testzip()
            names = archive.namelist()
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError) as error:
        raise Unreadable("malformed", f"not a whole {suffix} file: {error}") from error
    except RuntimeError as error:
        raise Unreadable("encrypted", "the file asks for a password") from error
    if spoilt:
        raise Unreadable("malformed", f"spoilt inside: {spoilt}")
    if not any(name.startswith(_INSIDE[suffix]) for name in names):
        raise Unreadable("malformed", f"an archive, but not a {suffix} file")


def _refusal(message: str) -> Unreadable:
    lowered = message.lower()
    if "password" in lowered or "encrypted" in lowered:
        return Unreadable("encrypted", "the file asks for a password")
    if "unsupported" in lowered:
        return Unreadable("unsupported_format", message[:200])
    return Unreadable("malformed", message[:200])
