"""A walk through one input file and all that is inside it, under limits that hold for the whole.

The limits are against archives made to exhaust the machine: how much may be unpacked from so
many bytes, how many members, how deep. Each member is a unit of the worker crew, so that one
that hangs or kills its worker costs only itself. Paths: `archive.zip!/inner/page.html`, nested
`a.zip!/b.tar.gz!/c.jsonl:17`; a second member of the same name is `page.html#2`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from dialecto.corpus.extract.content import Content
from dialecto.corpus.extract.piece import CutOff, Piece, Unreadable, failure
from dialecto.runtime.walk import excluded

# begin(member, megabytes): the unit's number within the file; returns why it was lost, or "".
Begin = Callable[[int, float], str]
Extract = Callable[[Content, "Visit"], Iterator[Piece]]

RATIO = 200  # unpacked to packed; text packs 3 to 30 times, zeros 1,000 times
SMALL = 20_000_000  # bytes that anything may unpack to
DEEPEST = 3  # an archive in an archive in an archive
MOST_MEMBERS = 2_000_000
_RENEW = 4_000_000  # unpacked bytes after which a unit gets more time
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_DRIVE = re.compile(r"^[A-Za-z]:")


def allowance(packed: int) -> int:
    """How many bytes may come out of so many packed ones: never more than a disk can take."""
    return max(SMALL, min(RATIO * packed, 20 * packed + 4_000_000_000))


class Visit:
    """Limits, counters and the crew's clock while one input file is read."""

    def __init__(
        self,
        extract: Extract,
        packed: int,
        begin: Begin = lambda _number, _megabytes: "",
        exclude: Sequence[str] = (),
    ) -> None:
        self.extract, self.exclude = extract, exclude
        self._begin = begin
        self._left = allowance(packed)
        self._members = 0
        self.current: tuple[int, float] = (0, packed / 1e6)
        self._since = 0
        self._way: list[str] = []  # containers we are inside of

    @property
    def left(self) -> int:
        """Bytes that may still be unpacked."""
        return self._left

    def unpacked(self, count: int) -> None:
        """Notes unpacked bytes. Raises Unreadable beyond what the whole file may unpack to."""
        self._left -= count
        if self._left < 0:
            raise Unreadable(
                "archive_bomb", "it unpacks to far more than it takes up; reading stopped"
            )
        self._since += count
        if self._since > _RENEW:
            self._since = 0
            self._begin(*self.current)

    def unit(self, megabytes: float) -> str:
        """Begins the next unit; returns why it was lost in an earlier attempt, or ""."""
        self._members += 1
        if self._members > MOST_MEMBERS:
            raise Unreadable("archive_bomb", f"more than {MOST_MEMBERS:,} members")
        self.current, self._since = (self._members, megabytes), 0
        return self._begin(*self.current)

    def resume(self, unit: tuple[int, float]) -> None:
        """Goes back to the unit in which another one stood: what fails now is not its fault."""
        self.current, self._since = unit, 0
        self._begin(*unit)

    def inside(self, name: str, pieces: Iterator[Piece]) -> Iterator[Piece]:
        """What a container's reader yields, one level deeper."""
        if len(self._way) >= DEEPEST:
            raise Unreadable("archive_bomb", f"archives nested more than {DEEPEST} deep")
        self._way.append(name)
        try:
            yield from pieces
        finally:
            self._way.pop()

    def leaves_out(self, name: str) -> bool:
        """Whether a member is hidden, as a file would be, or excluded by the recipe."""
        parts = name.split("/") if "://" not in name else [""]  # an address hides nothing
        if any(part.startswith(".") and part != ".." for part in parts if part != "."):
            return True
        if parts[0] == "__MACOSX":
            return True
        return bool(self.exclude) and (
            excluded(name, self.exclude) or excluded("/".join([*self._way, name]), self.exclude)
        )


class Container:
    """The members of one container: their names made unique, their failures their own."""

    def __init__(self, visit: Visit) -> None:
        self.visit = visit
        self._seen: dict[int, int] = {}
        self.found = 0

    def place(self, name: str) -> str:
        """`!/name`, unique in this container."""
        shown = _CONTROL.sub("\ufffd", name)[:1000] or "member"
        key = hash(shown)
        number = self._seen[key] = self._seen.get(key, 0) + 1
        return f"!/{shown}" if number == 1 else self.place(f"{shown}#{number}")

    def refuse(self, name: str, reason: str, detail: str) -> Piece:
        """The piece for a member that is not read at all."""
        self.found += 1
        return Piece("", problem=reason, detail=detail, inside=self.place(name))

    def forget(self) -> None:
        """The last member was no document after all."""
        self.found -= 1

    def member(
        self,
        name: str,
        load: Callable[[], Content],
        size: int,
        extract: Extract | None = None,
    ) -> Iterator[Piece]:
        """The documents of a member of about `size` bytes; what goes wrong is its own affair.

        Raises CutOff, after the member's piece, when nothing can follow it.
        """
        if self.visit.leaves_out(name):
            return
        place = self.place(name)
        self.found += 1
        own = self.visit.current
        lost = self.visit.unit(max(size, 0) / 1e6)
        if lost:
            self.visit.current = own
            how = "took too long" if lost == "timeout" else "crashed"
            yield Piece("", problem=lost, detail=f"reading it {how}", inside=place)
            return
        try:
            content = load()
            try:
                for piece in self._read(content, extract or self.visit.extract):
                    yield replace(piece, inside=place + piece.inside)
            finally:
                content.close()
        except BaseException as error:
            why = failure(error)
            yield Piece("", problem=why.reason, detail=why.detail, inside=place)
            if isinstance(why, CutOff):
                raise why from error
        finally:
            self.visit.resume(own)

    def _read(self, content: Content, extract: Extract) -> Iterator[Piece]:
        """What is in a member; a last piece says what went wrong."""
        try:
            yield from extract(content, self.visit)
        except BaseException as error:
            why = failure(error)
            yield Piece("", problem=why.reason, detail=why.detail)


def unsafe(name: str) -> str:
    """Why a member's name may not be followed, in words; empty when it may."""
    plain = name.replace("\\", "/")
    if plain.startswith("/") or _DRIVE.match(plain):
        return "its name is an absolute path"
    if ".." in plain.split("/"):
        return "its name leads out of the archive"
    return ""
