"""The directory of a zip archive, read entry by entry as it stands on disk.

The standard library's reader keeps an object for each entry in memory, a gigabyte for two million.
Written from PKWARE's APPNOTE 6.3.10. Members that overlap share their bytes and exist only in zip
bombs (Fifield, "A better zip bomb", 2019).
"""

from __future__ import annotations

import struct
import zlib
from array import array
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

from dialecto.corpus.extract.piece import Unreadable

_END = struct.Struct("<4s4H2LH")
_END64 = struct.Struct("<4sQ2H2L4Q")
_LOCATOR64 = struct.Struct("<4sLQL")
_ENTRY = struct.Struct("<4s6H3L5H2L")
LOCAL = struct.Struct("<4s5H3L2H")  # a member's own header, before its data
FULL = 0xFFFFFFFF
ENCRYPTED, DESCRIPTOR, UTF8 = 0x1, 0x8, 0x800
_BLOCK = 1 << 18


@dataclass(frozen=True)
class Entry:
    name: str
    flags: int
    method: int
    crc: int
    packed: int
    size: int
    offset: int  # of its header in the file
    mode: int  # Unix file type and permissions, 0 when not given

    @property
    def encrypted(self) -> bool:
        return bool(self.flags & ENCRYPTED)


@dataclass(frozen=True)
class Directory:
    offset: int
    end: int
    count: int
    shift: int  # bytes that stand before the archive (a self-extractor)


def find_directory(file: BinaryIO, size: int) -> Directory | None:
    """Where the archive's directory is; None when it has none (cut off)."""
    tail_size = min(size, 65_557)
    file.seek(size - tail_size)
    tail = file.read(tail_size)
    found = tail.rfind(b"PK\x05\x06")
    if found < 0 or len(tail) - found < _END.size:
        return None
    end = size - tail_size + found
    _, disk, _, _, count, length, offset, _ = _END.unpack_from(tail, found)
    if FULL in (length, offset) or count == 0xFFFF:
        file.seek(max(end - _LOCATOR64.size, 0))
        locator = file.read(_LOCATOR64.size)
        if locator[:4] == b"PK\x06\x07":
            place = _LOCATOR64.unpack(locator)[2]
            file.seek(min(place, size))
            record = file.read(_END64.size)
            if len(record) == _END64.size and record[:4] == b"PK\x06\x06":
                *_, count, length, offset = _END64.unpack(record)
                end = place
    if disk not in (0, 0xFFFF):
        raise Unreadable("unsupported_format", "one part of a zip archive in several files")
    shift = end - length - offset
    if shift < 0 or offset + shift > size:
        return None
    return Directory(offset + shift, end, count, shift)


def entries(file: BinaryIO, where: Directory) -> Iterator[Entry]:
    """The directory's entries; ends where they stop making sense."""
    position = where.offset
    while position + _ENTRY.size <= where.end:
        file.seek(position)
        block = file.read(min(_BLOCK, where.end - position))
        at = 0
        while at + _ENTRY.size <= len(block):
            fields = _ENTRY.unpack_from(block, at)
            if fields[0] != b"PK\x01\x02":
                return
            total = _ENTRY.size + sum(fields[10:13])
            if at + total > len(block):
                break
            yield _entry(fields, block[at + _ENTRY.size : at + total], where.shift)
            at += total
        if at == 0:
            return
        position += at


def _entry(fields: tuple[Any, ...], rest: bytes, shift: int) -> Entry:
    made_by, flags, method, crc = fields[1], fields[3], fields[4], fields[7]
    packed, size, name_size, extra_size = fields[8:12]
    offset = fields[16]
    extra = rest[name_size : name_size + extra_size]
    values = {"size": size, "packed": packed, "offset": offset}
    for kind, data in extras(extra):
        if kind == 1:  # zip64: the full values of those fields that are all ones, in this order
            wide = list(struct.unpack(f"<{len(data) // 8}Q", data[: len(data) // 8 * 8]))
            for key, value in values.items():
                if value == FULL and wide:
                    values[key] = wide.pop(0)
    mode = fields[15] >> 16 if made_by >> 8 == 3 else 0
    name = member_name(rest[:name_size], flags, extra)
    offset = values["offset"] + shift
    return Entry(name, flags, method, crc, values["packed"], values["size"], offset, mode)


def extras(extra: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at + 4 <= len(extra):
        kind, length = struct.unpack_from("<HH", extra, at)
        yield kind, extra[at + 4 : at + 4 + length]
        at += 4 + length


def member_name(raw: bytes, flags: int, extra: bytes) -> str:
    """A member's name: UTF-8 when marked or valid, else the DOS code page of old Windows."""
    for kind, data in extras(extra):
        if (
            kind == 0x7075
            and len(data) > 5
            and zlib.crc32(raw) == int.from_bytes(data[1:5], "little")
        ):
            raw, flags = data[5:], flags | UTF8
    try:
        name = raw.decode("utf-8")
    except UnicodeDecodeError:
        name = raw.decode("utf-8", "replace") if flags & UTF8 else raw.decode("cp437")
    return name.split("\0")[0].replace("\\", "/") if "/" not in name else name.split("\0")[0]


def overlaps(file: BinaryIO, where: Directory) -> frozenset[int]:
    """Numbers of entries whose bytes reach into another member's."""
    starts, ends = array("Q"), array("Q")
    for entry in entries(file, where):
        starts.append(entry.offset)
        # Its header is at least as long as this; the name stands in the directory too.
        ends.append(entry.offset + LOCAL.size + len(entry.name) + entry.packed)
    if all(ends[n] <= starts[n + 1] for n in range(len(starts) - 1)):
        return frozenset()  # as every program writes them: one after another
    order = sorted(starts)
    found = set()
    for number, (start, end) in enumerate(zip(starts, ends, strict=True)):
        after = bisect_right(order, start)
        twice = after >= 2 and order[after - 2] == start
        if twice or (after < len(order) and order[after] < end):
            found.add(number)
    return frozenset(found)
