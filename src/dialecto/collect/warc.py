"""A crawl's pages in WARC files (ISO 28500), each record whole or cut off when it is reopened."""

from __future__ import annotations

import io
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

FILE_BYTES = 64_000_000  # a new file from here on: the corpus stage reads files side by side
# What a stored body no longer is (it was unpacked), and what nobody needs to keep.
_DROPPED = frozenset({"content-encoding", "transfer-encoding", "content-length", "set-cookie"})


@dataclass(frozen=True)
class Page:
    """An answer: its address, status and headers as they came, its body unpacked."""

    url: str
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    ip: str = ""


class PageStore:
    """Appends pages to `pages-NNNNN.warc.gz`, and finds those that are there by address."""

    def __init__(self, folder: Path, software: str) -> None:
        self.folder, self.software = folder, software
        self.places: dict[str, tuple[int, int]] = {}
        self.number = 0
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for path in sorted(folder.glob("pages-*.warc.gz")):
            self.number = int(path.name[6:11])
            _cut_off_what_is_broken(path)
            for url, offset in _responses(path):
                self.places[url] = (self.number, offset)

    def __contains__(self, url: str) -> bool:
        return url in self.places

    def __len__(self) -> int:
        return len(self.places)

    def path(self, number: int) -> Path:
        return self.folder / f"pages-{number:05d}.warc.gz"

    def add(self, page: Page) -> None:
        """Append a page. Pages that are there stay as they are."""
        if page.url in self.places:
            return
        path = self.path(self.number)
        if path.exists() and path.stat().st_size >= FILE_BYTES:
            self.number += 1
            path = self.path(self.number)
        if not path.exists():
            self._append(path, _information(self.software))
        self.places[page.url] = (self.number, self._append(path, _response(page)))

    def get(self, url: str) -> Page:
        """A page that was stored before."""
        from fastwarc.warc import ArchiveIterator

        number, offset = self.places[url]
        with self.path(number).open("rb") as file:
            file.seek(offset)
            record = next(iter(ArchiveIterator(file)))
            headers = tuple(record.http_headers.to_tuples())
            status = record.http_headers.status_code or 0
            return Page(url, status, headers, record.reader.read())

    @staticmethod
    def _append(path: Path, data: bytes) -> int:
        """Returns where the record begins."""
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(descriptor, "ab") as file:
            offset = file.tell()
            try:
                file.write(data)
                file.flush()
            except OSError:  # the disk is full: nothing may follow half a record
                os.truncate(path, offset)
                raise
        return offset


def _information(software: str) -> bytes:
    from fastwarc.warc import WarcRecord, WarcRecordType

    record = WarcRecord()
    record.init_headers(WarcRecordType.warcinfo)
    record.headers["Content-Type"] = "application/warc-fields"
    record.set_bytes_content(f"software: {software}\r\nformat: WARC File Format 1.1\r\n".encode())
    return _packed(record)


def _response(page: Page) -> bytes:
    from fastwarc.warc import WarcRecord, WarcRecordType

    lines = [f"HTTP/1.1 {page.status} {'OK' if page.status == 200 else ''}".rstrip()]
    lines += [f"{name}: {_one_line(v)}" for name, v in page.headers if name.lower() not in _DROPPED]
    lines.append(f"Content-Length: {len(page.body)}")
    head = "\r\n".join(lines).encode("latin-1", "replace") + b"\r\n\r\n"  # bytes as they came
    record = WarcRecord()
    record.init_headers(WarcRecordType.response)
    record.headers["WARC-Target-URI"] = page.url
    record.headers["WARC-Date"] = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    record.headers["Content-Type"] = "application/http; msgtype=response"
    if page.ip:
        record.headers["WARC-IP-Address"] = page.ip
    record.is_http = True
    record.set_bytes_content(head + page.body)
    return _packed(record)


def _one_line(value: str) -> str:
    return " ".join(value.split())


def _packed(record: Any) -> bytes:
    from fastwarc.stream_io import GzipWriter

    data = io.BytesIO()
    with GzipWriter(data, compression_level=6) as writer:
        record.write(writer, checksum_data=True)
        writer.finish()
        writer.flush()
        return data.getvalue()


def _cut_off_what_is_broken(path: Path) -> None:
    """A kill can leave half a record at the end: gzip members are counted, not trusted."""
    whole = 0
    with path.open("rb") as file:
        for end in _member_ends(file):
            whole = end
    if whole < path.stat().st_size:
        os.truncate(path, whole)
    if whole == 0:
        path.unlink()


def _member_ends(file: io.BufferedReader) -> Iterator[int]:
    """Where each whole gzip member ends."""
    import zlib

    at, pending = 0, b""
    while True:
        decoder = zlib.decompressobj(wbits=31)
        try:
            while not decoder.eof:
                chunk = pending or file.read(1 << 16)
                if not chunk:
                    return
                pending = b""
                at += len(chunk)
                decoder.decompress(chunk)
        except zlib.error:
            return
        pending = decoder.unused_data
        at -= len(pending)
        yield at


def _responses(path: Path) -> Iterable[tuple[str, int]]:
    """(address, offset) of the pages in a file."""
    from fastwarc.warc import ArchiveIterator, WarcRecordType

    if not path.exists():
        return
    with path.open("rb") as file:
        for record in ArchiveIterator(file, record_types=WarcRecordType.response, parse_http=False):
            url = record.headers.get("WARC-Target-URI")
            if url:
                yield url, record.stream_pos
