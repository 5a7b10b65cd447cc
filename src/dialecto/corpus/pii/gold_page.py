"""An annotated page, and what all formats of annotations share: reading, labels, offsets."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path

from dialecto.corpus.pii.entity import Entity
from dialecto.runtime.errors import DialectoError

NOT_PERSONAL = "-"
BOM = "\ufeff"


@dataclass(frozen=True)
class GoldDocument:
    """A text and the entities that people marked in it, in order."""

    name: str
    text: str
    entities: tuple[Entity, ...]


@dataclass(frozen=True)
class Mark:
    """What somebody marked: `said` is the marked text as the file repeats it, if it does."""

    start: int
    end: int
    label: str
    where: str
    said: str = ""


def text_of(path: Path) -> str:
    """UTF-8, or UTF-16 with a byte order mark. Raises DialectoError for anything else."""
    raw = path.read_bytes()
    encoding = "utf-16" if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8"
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise DialectoError(
            f"{path}:{line}: not UTF-8 at byte {error.start}. Save annotated texts as UTF-8."
        ) from None


def page(name: str, text: str, marks: Iterable[Mark], table: Mapping[str, str]) -> GoldDocument:
    """A page of a text and its marks.

    Raises DialectoError for a mark outside of the text, or on another text than it says.
    """
    entities = [_entity(text, mark, table) for mark in marks]
    personal = (e for e in entities if e.type != NOT_PERSONAL)
    return GoldDocument(name, text, tuple(sorted(personal, key=lambda e: (e.start, e.end))))


def type_of(label: str, table: Mapping[str, str]) -> str:
    """Our type for a label; one that no table knows becomes a type of its own."""
    plain = label.upper().strip()
    return table.get(plain) or re.sub(r"\W+", "_", plain).strip("_")


def _entity(text: str, mark: Mark, table: Mapping[str, str]) -> Entity:
    start, end = mark.start, mark.end
    if mark.said and not _same(text[start:end], mark.said) and not text.isascii():
        # Tools that run in a browser count an emoji as two.
        start, end = _from_utf16(text, start), _from_utf16(text, end)
    if not 0 <= start < end <= len(text):
        raise DialectoError(
            f"{mark.where}: span {mark.start}-{mark.end} lies outside of a text of {len(text)} "
            "characters."
        )
    if mark.said and not _same(text[start:end], mark.said):
        raise DialectoError(
            f"{mark.where}: span {mark.start}-{mark.end} is {text[start:end]!r} in the text, not "
            f"{mark.said!r}: the text was changed, or counted in another way."
        )
    return Entity(start, end, type_of(mark.label, table), text[start:end], 1.0, "gold")


def _same(there: str, said: str) -> bool:
    return there == said or there.split() == said.split()


def _from_utf16(text: str, offset: int) -> int:
    ends = list(accumulate(2 if ord(letter) > 0xFFFF else 1 for letter in text))
    return bisect_left(ends, offset) + 1 if offset > 0 else 0
