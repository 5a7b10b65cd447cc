"""Office files, e-books and PDF through xberg: text in Markdown, nothing rendered or fetched.

Pages that are only pictures give no text; without optical recognition they are named as such
rather than passed over.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Callable, Coroutine, Iterator
from functools import cache
from typing import Any

from dialecto.corpus.extract.content import Content
from dialecto.corpus.extract.markdown import plain_prose
from dialecto.corpus.extract.pdf_text import mend_pages
from dialecto.corpus.extract.piece import Piece, Unreadable
from dialecto.corpus.extract.slides import speaker_notes, with_notes

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
# xberg's own limit leaves its thread running, so the worker's, which ends the process, is shorter.
_SECONDS, _SECONDS_PER_MEGABYTE = 40, 6
_TAIL = 4096  # bytes at the end in which a whole PDF says that it ends
_SWELL, _LARGEST = 100, 500_000_000  # unpacked size: times the packed one; bytes
# As the reader writes comments and notes.
_COMMENT = re.compile(r"^\[\^cmt\d{1,9}\]:[^\n]*(?:\n[ \t]+\S[^\n]*)*\n?", re.MULTILINE)
_COMMENT_MARK = re.compile(r"\[(?:\^cmt|cmt:)\d{1,9}\]")
_NOTE = re.compile(r"^(\[\^\w{1,20}\]:)[ \t]*\n?[ \t]+", re.MULTILINE)
_RAISED = re.compile(r"\^(\[\^\w{1,20}\])\^")
_TWICE = re.compile(r"(\[\^\w{1,20}\])\1+")  # in its place and at the paragraph's end
_LONE_MARK = re.compile(r"^\[\^\w{1,20}\]\n+", re.MULTILINE)
_PLACEHOLDER = "\ufffc"


@cache
def _config(form: str = "markdown", megabytes: int = 0) -> Any:
    import xberg

    return xberg.ExtractionConfig(
        use_cache=False,
        disable_ocr=True,
        enable_quality_processing=False,
        extraction_timeout_secs=_SECONDS + _SECONDS_PER_MEGABYTE * megabytes,
        max_concurrent_extractions=1,
        output_format=form,
        escape_markdown=False,
        max_archive_depth=1,
        pages=xberg.PageConfig(extract_pages=True),
        # What repeats is judged here, where it is counted.
        content_filter=xberg.ContentFilterConfig(
            include_headers=True, include_footers=True, strip_repeating_text=False
        ),
        concurrency=xberg.ConcurrencyConfig(max_threads=1),
    )


def extract_office(content: Content) -> Iterator[Piece]:
    """One document for one file."""
    data = checked(content)
    results = read_with_xberg(data, content.suffix)
    text = "\n\n".join(str(document.content) for document in results)
    notes = speaker_notes(data) if content.suffix == ".pptx" else []
    if any(notes):
        text = with_notes(_pages(results), notes)
    text = readable(with_footnotes(text))
    if not text.strip():
        raise Unreadable("no_text", "no words in the file")
    yield Piece(text)


def extract_pdf(content: Content) -> Iterator[Piece]:
    """One document for one file; its pages are put together by `pdf_text`."""
    data = checked(content)
    documents = read_with_xberg(data, ".pdf")
    pages = _pages(documents)
    fields = _filled_in(documents)
    if not fields and not any(page.strip() for page in pages):
        raise Unreadable("scanned", "its pages are pictures: no text without optical recognition")
    plain = _pages(read_with_xberg(data, ".pdf", "plain"))
    mended = mend_pages([readable(page) for page in pages], plain)
    pictures = sum(not page.strip() for page in pages)
    changes = (*mended.changes, *((f"pages_without_text:{pictures}",) if pictures else ()))
    yield Piece("\n\n".join(part for part in (mended.text, fields) if part), changes=changes)


def _pages(documents: list[Any]) -> list[str]:
    return [str(page.content) for document in documents for page in (document.pages or [document])]


def _filled_in(documents: list[Any]) -> str:
    """What people wrote into a form's fields, one `name: value` for each."""
    return "\n".join(
        f"{field.full_name}: {field.value}"
        for document in documents
        for field in (document.form_fields or ())
        if field.value and str(field.value).lower() not in ("off", "false")
    )


def with_footnotes(text: str) -> str:
    """Footnotes and endnotes as `[^1]` and `[^1]: text`; reviewers' comments are no part of it."""
    if "[^" not in text and "[cmt:" not in text:
        return text
    text = _COMMENT_MARK.sub("", _COMMENT.sub("", text))
    text = _RAISED.sub(r"\1", _NOTE.sub(r"\1 ", text))
    return _LONE_MARK.sub("", _TWICE.sub(r"\1", text))


def readable(text: str) -> str:
    """Markdown as the reader gives it, without marks that say nothing."""
    return plain_prose(text.replace(_PLACEHOLDER, "").replace("**", ""))


def checked(content: Content) -> bytes:
    """The file's bytes, when they are whole and what their name says."""
    data = content.read()
    suffix = content.suffix
    signatures = _SIGNATURES.get(suffix, ())
    if signatures and not any(mark in data[:1024] for mark in signatures):
        raise Unreadable("malformed", f"not a {suffix} file: its first bytes say otherwise")
    _check_whole(data, suffix)
    return data


def read_with_xberg(data: bytes, suffix: str, form: str = "markdown") -> list[Any]:
    """The documents that xberg finds. Raises Unreadable with its reason."""
    import xberg

    config = _config(form, len(data) // 1_000_000)
    request = xberg.ExtractInput(kind="bytes", bytes=data, filename=f"file{suffix}")
    try:
        found = _wait_for(lambda: xberg.extract(request, config))
    except Exception as error:  # the binding raises RuntimeError and others of its own
        raise _refusal(str(error)) from error
    if found.errors:
        raise _refusal(str(getattr(found.errors[0], "message", found.errors[0])))
    return list(found.results)


def _wait_for(start: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
    """The result of a coroutine, also where a loop runs already, as in a notebook."""

    import asyncio
    from concurrent.futures import ThreadPoolExecutor

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
                raise Unreadable("archive_bomb", f"{len(data):,} bytes that unpack to {size:,}")
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
    if "timed out" in lowered:
        return Unreadable("timeout", "reading it took too long")
    if "unsupported" in lowered:
        return Unreadable("unsupported_format", message[:200])
    return Unreadable("malformed", message[:200])
