"""The bytes that an extractor reads, wherever they are: a file, a member of an archive, memory.

Nothing that a container holds is ever written under its own name: what is too large for memory
goes to a nameless temporary file, which the system removes with the process.
"""

from __future__ import annotations

import io
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from tempfile import SpooledTemporaryFile
from typing import BinaryIO, cast

from dialecto.corpus.extract.piece import Unreadable

# A file read whole takes several times its size in memory; record formats are streamed.
LARGEST_FILE = 200_000_000
IN_MEMORY = 8_000_000


@dataclass(frozen=True)
class Content:
    """A name, whose ending tells the format, and how to open a fresh stream of its bytes.

    ``size`` is in bytes, -1 when it is not known before reading. ``path`` is set for a file.
    ``charset`` is what the web server said of it. ``close`` gives back what the content holds.
    """

    name: str
    opener: Callable[[], BinaryIO]
    size: int = -1
    path: Path | None = None
    charset: str = ""
    close: Callable[[], None] = lambda: None

    @property
    def suffix(self) -> str:
        return PurePosixPath(self.name).suffix.lower()

    def open(self) -> BinaryIO:
        """A stream from the first byte. Raises Unreadable when it may not be opened."""
        try:
            return self.opener()
        except OSError as error:
            raise Unreadable("unreadable", error.strerror or str(error)) from error

    def head(self, size: int) -> bytes:
        """The first bytes."""
        with self.open() as stream:
            return stream.read(size)

    def read(self) -> bytes:
        """All bytes; Unreadable when there are none, or too many to hold in memory."""
        if self.size > LARGEST_FILE:
            raise too_large(self.size)
        try:
            with self.open() as stream:
                data = stream.read(LARGEST_FILE + 1)
        except OSError as error:
            raise Unreadable("unreadable", error.strerror or str(error)) from error
        if len(data) > LARGEST_FILE:
            raise too_large(len(data))
        if not data:
            raise Unreadable("empty", "the file has no bytes")
        return data

    def seekable(self) -> BinaryIO:
        """A stream that can be read in any order."""
        stream = self.open()
        if stream.seekable():
            return stream
        with stream:
            return spool(stream)


def too_large(size: int) -> Unreadable:
    return Unreadable(
        "too_large", f"{size:,} bytes in one file: split it, or write it as JSON Lines"
    )


def of_path(path: Path) -> Content:
    """A file on disk. Raises Unreadable when it cannot be looked at."""
    try:
        size = path.stat().st_size
    except OSError as error:
        raise Unreadable("unreadable", error.strerror or str(error)) from error
    return Content(path.name, lambda: path.open("rb"), size, path)


def of_bytes(name: str, data: bytes) -> Content:
    """Bytes in memory."""
    return Content(name, lambda: io.BytesIO(data), len(data))


def spool(stream: BinaryIO) -> BinaryIO:
    """A copy of the rest of a stream, in memory when small, else in a nameless file."""
    copy = SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 - the caller closes it
    try:
        shutil.copyfileobj(stream, copy, 1 << 18)
    except BaseException:
        copy.close()
        raise
    copy.seek(0)
    return cast("BinaryIO", copy)


def of_stream(name: str, stream: BinaryIO) -> Content:
    """A copy of a stream that can be opened again and again while this content lives."""
    copy = spool(stream)
    size = copy.seek(0, io.SEEK_END)

    def again() -> BinaryIO:
        copy.seek(0)
        return cast("BinaryIO", _Kept(copy))

    return Content(name, again, size, close=copy.close)


class _Kept(io.RawIOBase):
    """A view of a stream that its readers cannot close."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return self._stream.seek(offset, whence)

    def tell(self) -> int:
        return self._stream.tell()

    def read(self, size: int | None = -1) -> bytes:
        return self._stream.read(-1 if size is None else size)

    def readinto(self, buffer: object) -> int:
        view = memoryview(buffer).cast("B")  # type: ignore[arg-type]
        data = self._stream.read(len(view))
        view[: len(data)] = data
        return len(data)

    def readline(self, size: int | None = -1) -> bytes:
        return self._stream.readline(-1 if size is None else size)
