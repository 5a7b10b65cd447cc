"""Streams of compressed bytes, unpacked as they are read and never by more than they may."""

from __future__ import annotations

import bz2
import io
import lzma
import zlib
from collections.abc import Callable
from typing import Any, BinaryIO, cast

from dialecto.corpus.extract.piece import Unreadable

_CHUNK = 1 << 16
_OUT = 1 << 18
_LARGEST_WINDOW = 1 << 30  # bytes that zstd or xz may ask for
# zstd has no way to bound one call's output; 128 KB per 4 bytes in is the most there can be.
_ZSTD_CHUNK = 1 << 11

_MEMBER = b"\x1f\x8b\x08"  # a gzip member's first bytes (RFC 1952)

Meter = Callable[[int], None]  # told of every so many bytes unpacked; may raise Unreadable


def _zstd() -> Any:
    import zstandard

    return zstandard.ZstdDecompressor(max_window_size=_LARGEST_WINDOW).decompressobj()


CODECS: dict[str, Callable[[], Any]] = {
    "gzip": lambda: zlib.decompressobj(31),
    "deflate": lambda: zlib.decompressobj(-15),
    "zlib": zlib.decompressobj,
    "bzip2": bz2.BZ2Decompressor,
    "xz": lambda: lzma.LZMADecompressor(memlimit=_LARGEST_WINDOW),
    "zstd": _zstd,
}
SUFFIXES = {
    **dict.fromkeys((".gz", ".gzip"), "gzip"),
    ".bz2": "bzip2",
    **dict.fromkeys((".xz", ".lzma"), "xz"),
    **dict.fromkeys((".zst", ".zstd"), "zstd"),
}
_MAGIC = {
    "gzip": b"\x1f\x8b",
    "bzip2": b"BZh",
    "xz": b"\xfd7zXZ\x00",
    "zstd": b"\x28\xb5\x2f\xfd",
}


class SpoiltMember(Unreadable):
    """A member of a gzip file is spoilt; whoever reads on gets what the next one holds."""

    def __init__(self, detail: str) -> None:
        super().__init__("malformed", detail)


class Unpacked(io.RawIOBase):
    """What a compressed stream holds, all of its frames; raises Unreadable where it is broken.

    `single` reads one frame and leaves `unused` what follows it. `members` is for files of many
    gzip members that stand for themselves, as web archives are: SpoiltMember is raised at one that
    is broken, if another follows.
    """

    def __init__(
        self,
        packed: BinaryIO,
        codec: str,
        meter: Meter | None = None,
        single: bool = False,
        members: bool = False,
    ) -> None:
        self._members = members and codec == "gzip"
        self._packed, self._codec, self._meter, self._single = packed, codec, meter, single
        self._decoder = CODECS[codec]()
        self._chunk = _ZSTD_CHUNK if codec == "zstd" else _CHUNK
        self._bounded = codec != "zstd"
        self._input = b""
        self._output = memoryview(b"")
        self._ended = self._any = False
        self.packed_bytes = 0
        self.unused = b""

    def readable(self) -> bool:
        return True

    def close(self) -> None:
        if not self.closed and not self._single:
            self._packed.close()
        super().close()

    def readinto(self, buffer: Any) -> int:
        view = memoryview(buffer).cast("B")
        while not self._output and not self._ended:
            self._output = memoryview(self._more())
        count = min(len(view), len(self._output))
        view[:count] = self._output[:count]
        self._output = self._output[count:]
        return count

    def _more(self) -> bytes:
        """The next unpacked bytes, perhaps none yet; sets `_ended` at the end."""
        decoder = self._decoder
        try:
            if decoder.eof:
                return self._next_frame()
            if not self._input and getattr(decoder, "needs_input", True):
                self._input = self._packed.read(self._chunk)
                self.packed_bytes += len(self._input)
                if not self._input:
                    return self._last()
            if self._bounded:
                data = bytes(decoder.decompress(self._input, _OUT))
                self._input = getattr(decoder, "unconsumed_tail", b"")
            else:
                data = bytes(decoder.decompress(self._input))
                self._input = b""
        except Exception as error:  # each library has errors of its own
            if isinstance(error, Unreadable) and error.reason != "malformed":
                raise
            spoilt = f"spoilt {self._codec} data: {error}"
            detail = error.detail if isinstance(error, Unreadable) else spoilt
            if self._members and self._find_member():
                raise SpoiltMember(detail) from error
            raise Unreadable("malformed", detail) from error
        if data and self._meter:
            self._meter(len(data))
        return data

    def _find_member(self) -> bool:
        """Goes to where the next member seems to begin, if one does."""
        data = self._input
        while (at := data.find(_MEMBER, 1)) < 0:
            more = self._packed.read(self._chunk)
            self.packed_bytes += len(more)
            if not more:
                return False
            data = b"\0" + data[-2:] + more
        self._input, self._decoder = data[at:], CODECS[self._codec]()
        return True

    def _last(self) -> bytes:
        """What the decoder still holds when there is nothing more to feed it."""
        data = bytes(self._decoder.decompress(b""))
        if not data and not self._decoder.eof:
            raise Unreadable("truncated", f"the {self._codec} data is cut short")
        return data

    def _next_frame(self) -> bytes:
        """Begins the frame after this one, if there is one."""
        rest = bytes(self._decoder.unused_data)
        if self._single:
            self.unused, self._ended = rest, True
            return b""
        if not rest:
            rest = self._packed.read(self._chunk)
            self.packed_bytes += len(rest)
        while rest and not rest.strip(b"\0"):  # padding between or after frames
            rest = self._packed.read(self._chunk)
            self.packed_bytes += len(rest)
        if not rest:
            self._ended = True
            return b""
        rest = rest.lstrip(b"\0") if self._codec != "zstd" else rest
        if len(rest) < 8:
            rest += self._packed.read(self._chunk)
        if not _begins(rest, self._codec):
            self._input = rest
            raise Unreadable("malformed", f"something else follows the {self._codec} data")
        self._decoder = CODECS[self._codec]()
        self._input = rest
        return b""


def _begins(data: bytes, codec: str) -> bool:
    if codec == "zstd" and data[1:4] == b"\x2a\x4d\x18" and 0x50 <= data[0] <= 0x5F:
        return True  # a skippable frame
    return data.startswith(_MAGIC.get(codec, b""))


def unpacked(
    packed: BinaryIO, codec: str, meter: Meter | None = None, members: bool = False
) -> BinaryIO:
    """A buffered stream of what `packed` holds. Raises Unreadable when it is not of that kind.

    members: go on after a spoilt one, as `Unpacked` does.
    """
    head = packed.read(8)
    if not _begins(head, codec) and not (codec == "xz" and head.startswith(b"\x5d\x00\x00")):
        packed.close()
        if not head:
            raise Unreadable("empty", "the file has no bytes")
        raise Unreadable("malformed", f"not {codec} data: its first bytes say otherwise")
    rest = cast("BinaryIO", _Rejoined(head, packed))
    return io.BufferedReader(Unpacked(rest, codec, meter, members=members), _OUT)


class _Rejoined(io.RawIOBase):
    """A stream whose first bytes were looked at."""

    def __init__(self, head: bytes, rest: BinaryIO) -> None:
        self._head, self._rest = head, rest

    def read(self, size: int | None = -1) -> bytes:
        if self._head:
            head, self._head = self._head, b""
            return head
        return self._rest.read(-1 if size is None else size)

    def close(self) -> None:
        self._rest.close()
        super().close()
