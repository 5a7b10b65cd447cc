"""An HTTP answer as an archive of the web keeps it: its headers, and its body as the site wrote it.

Written for answers that real archives hold: headers with bare line feeds, bodies declared as
chunked or compressed that are not.
"""

from __future__ import annotations

import io
import re
import zlib
from dataclasses import dataclass

from dialecto.corpus.extract.codecs import Unpacked, unpacked
from dialecto.corpus.extract.content import LARGEST_FILE
from dialecto.corpus.extract.piece import Unreadable
from dialecto.corpus.extract.visit import allowance

_END_OF_HEAD = re.compile(rb"\r?\n\r?\n")
_STATUS = re.compile(rb"^HTTP/\d(?:\.\d)? +(\d{3})")
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w.:-]{2,40})", re.IGNORECASE)
_CHUNK = re.compile(rb"\s*([0-9a-fA-F]{1,8})[^\r\n]{0,200}\r?\n")


@dataclass(frozen=True)
class Answer:
    """Status code (0 when there is none), headers in order, and the body as transferred."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def header(self, name: str) -> str:
        """The first header of that name, or nothing."""
        return next((value for key, value in self.headers if key.lower() == name), "")

    def by_name(self) -> dict[str, list[str]]:
        """All values of each header, names in small letters."""
        found: dict[str, list[str]] = {}
        for name, value in self.headers:
            found.setdefault(name.lower(), []).append(value)
        return found

    @property
    def media_type(self) -> str:
        return self.header("content-type").partition(";")[0].strip().lower()

    @property
    def charset(self) -> str:
        found = _CHARSET.search(self.header("content-type"))
        return found.group(1) if found else ""


def parse_answer(block: bytes) -> Answer:
    """Splits an answer; one without a status line is all body."""
    status = _STATUS.match(block)
    if not status:
        return Answer(0, (), block)
    end = _END_OF_HEAD.search(block)
    head, body = (block[: end.start()], block[end.end() :]) if end else (block, b"")
    headers = []
    for line in head.splitlines()[1:]:
        name, colon, value = line.partition(b":")
        if colon:
            headers.append((_text(name), _text(value)))
    return Answer(int(status.group(1)), tuple(headers), body)


def _text(raw: bytes) -> str:
    try:
        return raw.decode("utf-8").strip()
    except UnicodeDecodeError:
        return raw.decode("latin-1").strip()


def dechunked(body: bytes) -> bytes:
    """The body without the lengths of its chunks; as it is when it has none."""
    parts: list[bytes] = []
    at = 0
    while True:
        found = _CHUNK.match(body, at)
        if not found:
            break
        size = int(found.group(1), 16)
        at = found.end()
        if not size:
            return b"".join(parts)
        parts.append(body[at : at + size])
        at += size
        if at > len(body):
            break
    # No last chunk: it was cut, or never was chunked.
    return b"".join(parts) if parts and not body[at:].strip() else body


def decoded_body(body: bytes, encodings: str) -> bytes:
    """The body with its content encodings undone. Raises Unreadable for spoilt or unknown ones."""
    for encoding in reversed([name.strip().lower() for name in encodings.split(",")]):
        if encoding in ("", "identity", "utf-8"):
            continue
        body = _undone(body, encoding)
    return body


def _undone(body: bytes, encoding: str) -> bytes:
    if not body:
        return body
    limit = min(allowance(len(body)), LARGEST_FILE)
    if encoding in ("gzip", "x-gzip"):
        if not body.startswith(b"\x1f\x8b"):
            return body  # as many crawlers store it: unpacked under the old header
        stream = unpacked(io.BytesIO(body), "gzip")
    elif encoding == "deflate":
        return _inflated(body, limit)
    elif encoding == "zstd":
        if not body.startswith(b"\x28\xb5\x2f\xfd"):
            return body
        stream = unpacked(io.BytesIO(body), "zstd")
    elif encoding == "br":
        return _brotli(body, limit)
    else:
        raise Unreadable("unsupported_format", f"content encoding '{encoding[:40]}'")
    with stream:
        data = stream.read(limit + 1)
    if len(data) > limit:
        raise Unreadable("archive_bomb", "the body unpacks to far more than it takes up")
    return data


def _inflated(body: bytes, limit: int) -> bytes:
    """`deflate` is zlib by the book and raw in the wild; some bodies are neither."""
    for codec in ("zlib", "deflate"):
        try:
            with Unpacked(io.BytesIO(body), codec, single=True) as stream:
                data = io.BufferedReader(stream).read(limit + 1)
        except (Unreadable, zlib.error):
            continue
        if len(data) > limit:
            raise Unreadable("archive_bomb", "the body unpacks to far more than it takes up")
        return data
    return body


def _brotli(body: bytes, limit: int) -> bytes:
    from fastwarc.stream_io import BrotliReader

    try:
        data = BrotliReader(io.BytesIO(body)).read(limit + 1)
    except Exception:  # Brotli has no mark to know it by: not Brotli after all
        return body
    if len(data) > limit:
        raise Unreadable("archive_bomb", "the body unpacks to far more than it takes up")
    return data
