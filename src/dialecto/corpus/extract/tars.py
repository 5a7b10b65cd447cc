"""Tar archives, read once from front to back, one member in memory or in a nameless file."""

from __future__ import annotations

import tarfile
from collections.abc import Iterator
from typing import Any, BinaryIO, cast

from dialecto.corpus.extract.content import Content, of_stream
from dialecto.corpus.extract.piece import CutOff, Piece, Unreadable
from dialecto.corpus.extract.visit import Container, Visit, unsafe

_BLOCK = 1 << 18
_LARGEST_HEADER = 1 << 20  # bytes of long names and attributes of one member
_HEADERS = (
    tarfile.XHDTYPE,
    tarfile.XGLTYPE,
    tarfile.SOLARIS_XHDTYPE,
    tarfile.GNUTYPE_LONGNAME,
    tarfile.GNUTYPE_LONGLINK,
)


def extract_tar(content: Content, visit: Visit) -> Iterator[Piece]:
    """The documents of all members, in the archive's order."""
    with content.open() as stream:
        container = Container(visit)
        if content.size == 0:
            raise Unreadable("empty", "the file has no bytes")
        source = _Source(stream)
        try:
            # Not closed by itself: it owns nothing but the stream, which is.
            archive = tarfile.TarFile.open(
                fileobj=cast("Any", source), mode="r|", bufsize=_BLOCK, tarinfo=_Header
            )
        except (tarfile.TarError, EOFError, ValueError, OverflowError) as error:
            source.check()
            raise Unreadable("malformed", f"not a tar archive: {error}") from error
        while True:
            member = _next(archive, source, container)
            if member is None:
                break
            # The list would hold every member that has passed.
            archive.members = []  # type: ignore[attr-defined]
            if not member.isdir():
                yield from _member(archive, source, member, container)
        if not container.found:
            raise Unreadable("no_text", "the archive holds no documents")


def _next(
    archive: tarfile.TarFile, source: _Source, container: Container
) -> tarfile.TarInfo | None:
    try:
        member = archive.next()
    except (tarfile.TarError, EOFError, ValueError, OverflowError) as error:
        source.check()
        raise CutOff(f"the archive breaks off after {container.found} members: {error}") from error
    source.check()
    if member is None and not source.ended_well:
        raise CutOff(f"the archive is cut short after {container.found} members")
    return member


def _member(
    archive: tarfile.TarFile, source: _Source, member: tarfile.TarInfo, container: Container
) -> Iterator[Piece]:
    reason = unsafe(member.name)
    if not reason and not member.isreg():
        reason = "a link or device, not a file"
    if reason:
        if not container.visit.leaves_out(member.name):
            yield container.refuse(member.name, "path_traversal", reason)
        return
    if member.size > container.visit.left:
        detail = f"it unpacks to {member.size:,} bytes, far more than it takes up"
        yield container.refuse(member.name, "archive_bomb", detail)
        return
    yield from container.member(member.name, lambda: _load(archive, source, member), member.size)


def _load(archive: tarfile.TarFile, source: _Source, member: tarfile.TarInfo) -> Content:
    stream = archive.extractfile(member)
    if stream is None:
        raise Unreadable("malformed", "the archive holds no data for it")
    try:
        content = of_stream(member.name, cast("BinaryIO", stream))
    except (tarfile.TarError, EOFError, OSError) as error:
        source.check()
        raise CutOff(f"the archive is cut short in this member: {error}") from error
    if content.size < member.size:
        content.close()
        source.check()
        raise CutOff("the archive is cut short in this member")
    return content


class _Header(tarfile.TarInfo):
    """A header that does not ask for more memory than names take."""

    def _proc_member(self, archive: tarfile.TarFile) -> tarfile.TarInfo:
        if self.type in _HEADERS and self.size > _LARGEST_HEADER:
            raise tarfile.ReadError("a header asks for too much memory")
        found: tarfile.TarInfo = super()._proc_member(archive)  # type: ignore[misc]
        return found


class _Source:
    """The stream under an archive; remembers how it failed, which tarfile hides."""

    def __init__(self, stream: BinaryIO) -> None:
        self._read = getattr(stream, "read1", stream.read)
        self._error: Unreadable | None = None
        self._tail = b""

    def read(self, size: int) -> bytes:
        try:
            # What was read before an error must not be lost with it.
            data: bytes = self._read(size)
        except Unreadable as error:
            self._error = error
            return b""
        self._tail = (self._tail + data)[-1024:]
        return data

    def check(self) -> None:
        """Raises what ended the stream, if anything did."""
        if self._error is not None:
            if self._error.reason == "truncated":
                raise CutOff(self._error.detail) from self._error
            raise self._error

    @property
    def ended_well(self) -> bool:
        """An archive ends with two blocks of zeros; many writers are content with one."""
        return not self._tail[-512:].strip(b"\0")
