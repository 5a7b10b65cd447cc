"""ARC, in which the Internet Archive kept the web from 1996 until WARC came.

A record is a line (address, IP, date, type, length; version 2 has more in between) and the answer.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from functools import partial
from typing import BinaryIO

from dialecto.corpus.extract.content import Content
from dialecto.corpus.extract.piece import Piece, Unreadable
from dialecto.corpus.extract.visit import Container, Visit
from dialecto.corpus.extract.warc import Record, document, pass_over, read_block, summary

_LONGEST_LINE = 1 << 13
_ARC_HEADER = re.compile(
    rb"^([a-z][a-z0-9+.-]{1,20}:\S.*?) (\S+) (\d{8,18}) ([^ ]+)(?: .+)? (-?\w+)$", re.I
)


def extract_arc(content: Content, visit: Visit) -> Iterator[Piece]:
    """The documents of an ARC file, version 1 or 2 (Internet Archive, 1996)."""
    skipped: Counter[str] = Counter()
    container = Container(visit)
    with content.open() as stream:
        if not stream.readline(_LONGEST_LINE).startswith(b"filedesc:"):
            raise Unreadable("malformed", "not an ARC file: it does not begin with `filedesc:`")
        for header, address, media_type, length in _arc_headers(stream):
            if length < 0:
                detail = f"its length is missing: {header[-60:]!r}"
                yield container.refuse(address, "malformed", detail)
                continue
            load = partial(_record, stream, address, media_type, length)
            yield from document(
                container, address, load, partial(pass_over, stream, length), skipped
            )
    if not container.found and not skipped:
        raise Unreadable("no_text", "no documents in the archive")
    yield from summary(skipped)


def _arc_headers(stream: BinaryIO) -> Iterator[tuple[bytes, str, str, int]]:
    """(line, address, media type, length or -1) of each record; lines between are passed over."""
    while line := stream.readline(_LONGEST_LINE):
        found = _ARC_HEADER.match(line.strip(b"\r\n"))
        if found:
            address, _, _, kind, length = (
                part.decode("utf-8", "replace") for part in found.groups()
            )
            yield line.strip(), address, kind, int(length) if length.isdecimal() else -1


def _record(stream: BinaryIO, address: str, media_type: str, length: int) -> Record:
    data = read_block(stream, length)
    return Record(address, data, data.startswith(b"HTTP/"), media_type)
