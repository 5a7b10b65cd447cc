"""Zip archives: each member unpacked alone and bounded, by the directory or without one.

An archive that was cut off has lost its directory, which stands at the end; it is read by the
headers that precede the members (PKWARE's APPNOTE 6.3.10).
"""

from __future__ import annotations

import io
import stat
import struct
import zlib
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any, BinaryIO, cast

from dialecto.corpus.extract.codecs import Unpacked
from dialecto.corpus.extract.content import Content, of_stream
from dialecto.corpus.extract.piece import CutOff, Piece, Unreadable
from dialecto.corpus.extract.visit import Container, Visit, allowance, unsafe
from dialecto.corpus.extract.zip_directory import (
    DESCRIPTOR,
    FULL,
    LOCAL,
    Directory,
    Entry,
    entries,
    extras,
    find_directory,
    member_name,
    overlaps,
)

_CODECS = {8: "deflate", 12: "bzip2", 93: "zstd", 95: "xz"}
_BLOCK = 1 << 18


def extract_zip(content: Content, visit: Visit) -> Iterator[Piece]:
    """The documents of all members, in the archive's order."""
    with content.seekable() as file:
        container = Container(visit)
        size = file.seek(0, io.SEEK_END)
        if not size:
            raise Unreadable("empty", "the file has no bytes")
        directory = find_directory(file, size)
        if directory is None:
            yield from _withoutfind_directory(file, size, container)
        else:
            yield from _withfind_directory(file, directory, container)
        if not container.found:
            raise Unreadable("no_text", "the archive holds no documents")


def _withfind_directory(file: BinaryIO, where: Directory, container: Container) -> Iterator[Piece]:
    overlapping = overlaps(file, where)
    number = -1
    for number, entry in enumerate(entries(file, where)):
        if entry.name.endswith("/"):
            continue
        refusal = _refusal(entry)
        if not refusal and number in overlapping:
            refusal = ("archive_bomb", "it shares its bytes with another member")
        if refusal:
            if not container.visit.leaves_out(entry.name) or refusal[0] == "path_traversal":
                yield container.refuse(entry.name, *refusal)
            continue
        yield from container.member(entry.name, partial(_load, file, entry, container), entry.size)
    if number + 1 < where.count:
        detail = f"the archive's directory breaks off after {number + 1} members"
        raise Unreadable("truncated", detail)


def _refusal(entry: Entry) -> tuple[str, str] | None:
    """Why a member is not read, from what the directory says of it."""
    reason = unsafe(entry.name)
    if reason:
        return "path_traversal", reason
    kind = stat.S_IFMT(entry.mode)
    if kind and kind not in (stat.S_IFREG, stat.S_IFDIR):
        return "path_traversal", "a link or device, not a file"
    if entry.encrypted:
        return "encrypted", "the member asks for a password"
    if entry.method and entry.method not in (*_CODECS, 14):
        return "unsupported_format", f"zip compression method {entry.method}"
    if entry.size > allowance(entry.packed):
        return "archive_bomb", f"{entry.packed:,} bytes that unpack to {entry.size:,}"
    return None


def _load(file: BinaryIO, entry: Entry, container: Container) -> Content:
    file.seek(entry.offset)
    header = file.read(LOCAL.size)
    if len(header) < LOCAL.size or header[:4] != b"PK\x03\x04":
        raise Unreadable("malformed", "no member where the archive's directory says")
    name_size, extra_size = LOCAL.unpack(header)[9:]
    file.seek(entry.offset + LOCAL.size + name_size + extra_size)
    stream = _member(_Slice(file, entry.packed), entry.method, container.visit, entry.packed)
    return _checked(stream, entry)


def _member(packed: Any, method: int, visit: Visit, size: int) -> BinaryIO:
    """The unpacked stream of a member of `size` packed bytes."""
    bound = _Bound(visit, size)
    if method == 0:
        return cast("BinaryIO", _Metered(packed, bound))
    if method == 14:
        return cast("BinaryIO", _Metered(_lzma(packed), bound))
    return cast("BinaryIO", Unpacked(packed, _CODECS[method], bound, single=True))


def _checked(stream: BinaryIO, entry: Entry) -> Content:
    """The member's content, whole: its length and checksum are what the directory says."""
    summed = _Summed(stream)
    content = of_stream(entry.name, cast("BinaryIO", summed))
    if summed.size != entry.size or summed.crc != entry.crc:
        content.close()
        raise Unreadable("malformed", "its checksum is wrong: the member is spoilt")
    return content


def _lzma(packed: Any) -> Any:
    """Method 14: LZMA with a small header of zip's own, as the standard library reads it."""
    import zipfile

    class Stream(io.RawIOBase):
        def __init__(self) -> None:
            self.decoder = zipfile.LZMADecompressor()  # type: ignore[attr-defined]

        def read(self, _size: int | None = -1) -> bytes:
            while not self.decoder.eof:
                data = packed.read(1 << 12)
                if not data:
                    raise Unreadable("malformed", "the LZMA data is cut short")
                found: bytes = self.decoder.decompress(data)
                if found:
                    return found
            return b""

    return Stream()


class _Bound:
    """Meters a member: its own swelling and the whole file's."""

    def __init__(self, visit: Visit, packed: int) -> None:
        self._visit, self._left = visit, allowance(packed)

    def __call__(self, count: int) -> None:
        self._left -= count
        if self._left < 0:
            raise Unreadable("archive_bomb", "it unpacks to far more than it takes up")
        self._visit.unpacked(count)


class _Slice(io.RawIOBase):
    """The next `size` bytes of a file."""

    def __init__(self, file: BinaryIO, size: int) -> None:
        self._file, self._left = file, size

    def read(self, size: int | None = -1) -> bytes:
        wanted = self._left if size is None or size < 0 else min(size, self._left)
        data = self._file.read(min(wanted, _BLOCK))
        self._left -= len(data)
        return data


class _Metered(io.RawIOBase):
    """A stream of stored bytes, metered."""

    def __init__(self, stream: Any, meter: _Bound) -> None:
        self._stream, self._meter = stream, meter

    def read(self, size: int | None = -1) -> bytes:
        data: bytes = self._stream.read(size)
        self._meter(len(data))
        return data


class _Summed(io.RawIOBase):
    """Counts and sums what passes."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream, self.crc, self.size = stream, 0, 0

    def read(self, size: int | None = -1) -> bytes:
        data = self._stream.read(-1 if size is None else size) or b""
        self.crc = zlib.crc32(data, self.crc)
        self.size += len(data)
        return data


def _withoutfind_directory(file: BinaryIO, size: int, container: Container) -> Iterator[Piece]:
    """An archive that was cut off: the members that stand whole before the cut."""
    position = 0
    while True:
        file.seek(position)
        header = file.read(LOCAL.size)
        if header[:4] != b"PK\x03\x04" or len(header) < LOCAL.size:
            break
        _, _, flags, method, _, _, crc, packed, plain, name_size, extra_size = LOCAL.unpack(header)
        rest = file.read(name_size + extra_size)
        name, extra = member_name(rest[:name_size], flags, b""), rest[name_size:]
        for kind, data in extras(extra):
            if kind == 1 and FULL in (packed, plain) and len(data) >= 16:
                plain, packed = struct.unpack_from("<QQ", data)
        start = position + LOCAL.size + len(rest)
        streamed = bool(flags & DESCRIPTOR) and not packed
        entry = Entry(name, flags, method, crc, packed, plain, position, 0)
        if streamed:
            packed = _streamed_size(file, start, entry, container.visit)
            if packed < 0:
                break
            entry = _described(file, start, packed, entry)
        elif start + packed > size:
            break
        position = start + packed
        if streamed:
            position = _after_descriptor(file, position)
        if name.endswith("/"):
            continue
        refusal = _refusal(entry)
        if refusal:
            yield container.refuse(name, *refusal)
            continue
        yield from container.member(name, partial(_load, file, entry, container), entry.size)
    if not container.found and position == 0:
        raise Unreadable("malformed", "not a zip archive, or cut short in its first member")
    detail = f"the archive is cut short after {container.found} members"
    raise CutOff(detail)


def _streamed_size(file: BinaryIO, start: int, entry: Entry, visit: Visit) -> int:
    """Packed size of a member whose header does not tell it; -1 when it cannot be known."""
    if entry.method not in _CODECS or entry.encrypted:
        return -1
    file.seek(start)
    stream = Unpacked(file, _CODECS[entry.method], visit.unpacked, single=True)
    try:
        while stream.read(_BLOCK):
            pass
    except Unreadable:
        return -1
    return stream.packed_bytes - len(stream.unused)


def _described(file: BinaryIO, start: int, packed: int, entry: Entry) -> Entry:
    """The entry with the size and checksum that stand after its data."""
    file.seek(start + packed)
    data = file.read(16)
    if data[:4] == b"PK\x07\x08":
        data = data[4:]
    crc, _, size = struct.unpack_from("<LLL", data.ljust(12, b"\0"))
    return replace(entry, crc=crc, packed=packed, size=size)


def _after_descriptor(file: BinaryIO, position: int) -> int:
    """Where the next header is, after a descriptor of one of its four forms."""
    file.seek(position)
    data = file.read(32)
    for length in (16, 12, 24, 20):
        if data[length : length + 2] == b"PK" or len(data) <= length:
            return position + length
    return position + 16
