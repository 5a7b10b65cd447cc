"""Archives of the web in WARC, as Common Crawl's segments and its extracted texts (WET) are.

Each answer that is a document becomes one, with the path `file.warc.gz!/<address>`. Its digest is
verified when the record has one; a page that asks not to be used (`collect.optout`) is left out.
What is no document (requests, revisits, errors, pictures) is counted in one row, `:skipped`.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import PurePosixPath
from typing import BinaryIO
from urllib.parse import urlsplit

from dialecto.collect.optout import opt_out
from dialecto.corpus.extract.codecs import SpoiltMember
from dialecto.corpus.extract.content import LARGEST_FILE, Content, of_bytes, too_large
from dialecto.corpus.extract.http import Answer, dechunked, decoded_body, parse_answer
from dialecto.corpus.extract.piece import CutOff, Piece, Unreadable
from dialecto.corpus.extract.visit import Container, Visit

# What a document's media type is read as.
_READ_AS = {
    **dict.fromkeys(("text/html", "application/xhtml+xml"), ".html"),
    "text/plain": ".txt",
    **dict.fromkeys(("text/markdown", "text/x-markdown"), ".md"),
    **dict.fromkeys(("application/xml", "text/xml", "application/rss+xml"), ".xml"),
    **dict.fromkeys(("application/atom+xml", "application/rdf+xml"), ".xml"),
    **dict.fromkeys(("application/json", "application/ld+json"), ".json"),
    **dict.fromkeys(("application/x-ndjson", "application/jsonl"), ".jsonl"),
    "text/csv": ".csv",
    "text/tab-separated-values": ".tsv",
    "application/pdf": ".pdf",
    "application/epub+zip": ".epub",
    **dict.fromkeys(("application/rtf", "text/rtf"), ".rtf"),
    "application/msword": ".doc",
    "application/vnd.ms-excel": ".xls",
    "application/vnd.ms-powerpoint": ".ppt",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ".xlsx",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": ".pptx",
    "application/vnd.oasis.opendocument.text": ".odt",
    "message/rfc822": ".eml",
}
# Media types that say nothing: the address decides, then the first bytes.
_VAGUE = frozenset(("", "application/octet-stream", "binary/octet-stream", "application/unknown",
                    "unk", "no-type", "text/*"))  # fmt: skip
_DOCUMENT_ENDINGS = frozenset(_READ_AS.values()) | {".htm", ".rst", ".log", ".ods", ".odp"}
_MARKUP = re.compile(
    rb"\s*(?:<!--.{0,500}?-->\s*)?<(?:!doctype\s+html|html|head|body)\b", re.I | re.S
)
_DOCUMENTS = ("response", "resource", "conversion")
_LONGEST_LINE, _MOST_HEADERS = 1 << 16, 200
_HEAD = 200_000  # bytes of a page in which its head stands
_DIGESTS = frozenset(("md5", "sha1", "sha256", "sha512"))


@dataclass(frozen=True)
class Record:
    """A record's bytes and what the archive says of them."""

    address: str
    block: bytes
    is_http: bool
    media_type: str = ""
    digests: tuple[tuple[str, str], ...] = ()  # (block or payload, algorithm:value)


def extract_warc(content: Content, visit: Visit) -> Iterator[Piece]:
    """The documents of a WARC file (ISO 28500). What is no record is passed over."""
    skipped: Counter[str] = Counter()
    container = Container(visit)
    number = 0
    with content.open() as stream:
        while True:
            try:
                headers = _next_headers(stream)
                if headers is None:
                    break
                number += 1
                kind, address, length = _essentials(headers)
                wanted = kind in _DOCUMENTS and not _of_the_crawl(address)
                if not wanted:
                    pass_over(stream, length)
            except SpoiltMember as error:  # what follows can be read
                number += 1
                yield container.refuse("record", error.reason, error.detail)
                continue
            except Unreadable as error:  # of the stream below
                yield from summary(skipped)
                if not number:
                    raise
                raise CutOff(f"it breaks off after {number} records: {error.detail}") from error
            if not wanted:
                if kind != "warcinfo":  # what wrote the archive: nobody misses it
                    skipped[kind or "unnamed"] += 1
                continue
            if length < 0:
                yield container.refuse(address or "record", "malformed", "its length is missing")
                continue
            load = partial(_record, stream, headers, address, length)
            try:
                yield from document(
                    container, address, load, partial(pass_over, stream, length), skipped
                )
            except CutOff:
                yield from summary(skipped)
                raise
    if not number:
        raise Unreadable("malformed", "not a WARC file: no record in it")
    yield from summary(skipped)


def _next_headers(stream: BinaryIO) -> dict[str, str] | None:
    """The next record's headers, by name in small letters; None at the end."""
    while line := stream.readline(_LONGEST_LINE):
        if line.startswith(b"WARC/"):
            break
    else:
        return None
    headers: dict[str, str] = {}
    while (line := stream.readline(_LONGEST_LINE)).strip() and len(headers) < _MOST_HEADERS:
        name, colon, value = line.decode("utf-8", "replace").partition(":")
        if colon:
            headers.setdefault(name.strip().lower(), value.strip())
    return headers


def _essentials(headers: dict[str, str]) -> tuple[str, str, int]:
    """Kind, address and length of a record; the length is -1 when it is not told."""
    length = headers.get("content-length", "")
    return (
        headers.get("warc-type", "").lower(),
        headers.get("warc-target-uri", "").strip("<> "),
        int(length) if length.isascii() and length.isdecimal() and len(length) < 16 else -1,
    )


def pass_over(stream: BinaryIO, length: int) -> None:
    """Skips a record's bytes. Raises CutOff when they are not all there."""
    while length > 0:
        data = stream.read(min(length, 1 << 20))
        if not data:
            raise CutOff(f"{length:,} bytes of a record are missing")
        length -= len(data)


def _of_the_crawl(address: str) -> bool:
    return address.startswith(("metadata:", "dns:", "whois:", "filedesc:", "warcinfo:"))


def _record(stream: BinaryIO, headers: dict[str, str], address: str, length: int) -> Record:
    kind = headers.get("content-type", "")
    digests = tuple(
        (part, value)
        for part in ("block", "payload")
        if (value := headers.get(f"warc-{part}-digest"))
    )
    data = read_block(stream, length)
    return Record(address, data, kind.lower().startswith("application/http"), kind, digests)


def read_block(stream: BinaryIO, length: int) -> bytes:
    """A record's bytes. Raises CutOff when they are not all there."""
    try:
        if length > LARGEST_FILE:
            pass_over(stream, length)
            raise too_large(length)
        data = stream.read(length)
    except Unreadable as error:
        if error.reason == "too_large" or isinstance(error, SpoiltMember):
            raise
        raise CutOff(f"the archive is cut short in this record: {error.detail}") from error
    if len(data) < length:
        raise CutOff(f"the archive is cut short in this record: {len(data)} of {length} bytes")
    return data


def summary(skipped: Counter[str]) -> Iterator[Piece]:
    if skipped:
        detail = ", ".join(f"{kind}: {number:,}" for kind, number in sorted(skipped.items()))
        yield Piece("", "skipped", problem="skipped", detail=detail)


class _NoDocument(Exception):
    """A record that is not a document; the message says what it is."""


def document(
    container: Container,
    address: str,
    load: Callable[[], Record],
    pass_over: Callable[[], None],
    skipped: Counter[str],
) -> Iterator[Piece]:
    """A record's piece, or a note of why it is no document; the stream stands behind it then."""
    kind = ""
    left = True

    def loaded() -> Content:
        nonlocal kind, left
        left = False
        try:
            return _content(load())
        except _NoDocument as reason:
            kind = str(reason)
            return of_bytes("none.txt", b"")

    for piece in container.member(address or "record", loaded, 0):
        if not kind:
            yield piece
    if left:  # excluded by the recipe, or lost in an earlier attempt
        pass_over()
    if kind:
        container.forget()
        skipped[kind] += 1


def _content(record: Record) -> Content:
    if record.is_http:
        answer = parse_answer(record.block)
        if answer.status and not 200 <= answer.status < 300:
            raise _NoDocument(f"answer {answer.status}")
        if not answer.media_type and "application/http" not in record.media_type:
            kind = ("Content-Type", record.media_type)  # ARC's own line tells it too
            answer = replace(answer, headers=(*answer.headers, kind))
    else:
        answer = Answer(0, (("Content-Type", record.media_type),), record.block)
    chunked = "chunked" in answer.header("transfer-encoding").lower()
    body = dechunked(answer.body) if chunked else answer.body
    _verify(record, answer.body, body)
    suffix = _suffix(answer, record.address)
    body = decoded_body(body, answer.header("content-encoding"))
    suffix = suffix or (".html" if _MARKUP.match(body) else "")
    if not suffix:
        raise _NoDocument(f"type {answer.media_type or 'unknown'}"[:60])
    refusal = opt_out(answer.by_name(), body[:_HEAD].decode("latin-1") if suffix == ".html" else "")
    if refusal:
        raise Unreadable("opt_out", refusal)
    if not body:
        raise _NoDocument("answer without a body")
    return replace(of_bytes(f"page{suffix}", body), charset=answer.charset)


def _suffix(answer: Answer, address: str) -> str:
    """What to read a body as; empty when only its first bytes can tell."""
    kind = answer.media_type
    if kind in _READ_AS:
        ending = _READ_AS[kind]
        # Many servers send Markdown, tables and pages as plain text.
        return _ending(address) or ending if ending == ".txt" else ending
    if kind in _VAGUE:
        return _ending(address)
    if kind.startswith("text/") and kind not in ("text/css", "text/javascript"):
        return _ending(address) or ".txt"
    raise _NoDocument(f"type {kind}"[:60])


def _ending(address: str) -> str:
    try:
        suffix = PurePosixPath(urlsplit(address).path).suffix.lower()
    except ValueError:
        return ""
    return suffix if suffix in _DOCUMENT_ENDINGS else ""


def _verify(record: Record, transferred: bytes, body: bytes) -> None:
    """Raises Unreadable when a digest that the record has is not that of its bytes.

    Archives differ in whether a payload's digest is of its chunks or of what they carry.
    """
    for part, digest in record.digests:
        algorithm, _, value = digest.strip().partition(":")
        algorithm = algorithm.lower().replace("-", "")
        if algorithm not in _DIGESTS or not value:
            continue
        candidates = [record.block] if part == "block" else [transferred, body]
        if not any(_is_digest(value, algorithm, data) for data in candidates):
            raise Unreadable("digest_mismatch", f"its {part} is not what was archived")


def _is_digest(value: str, algorithm: str, data: bytes) -> bool:
    """Whether it is the data's digest in base 32, base 16 or base 64."""
    own = hashlib.new(algorithm, data, usedforsecurity=False).digest()
    plain = value.strip().rstrip("=")
    return (
        plain.upper() == base64.b32encode(own).decode().rstrip("=")
        or plain.lower() == own.hex()
        or plain.translate({45: 43, 95: 47}) == base64.b64encode(own).decode().rstrip("=")
    )
