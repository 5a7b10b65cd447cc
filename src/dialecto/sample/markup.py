"""Marks inside generated text that remember what was planted where.

A planted value travels through sentences, layouts and file formats wrapped in characters of
Unicode's private use area; when a file's text is final, `unmark` takes the marks out and
returns the exact character offsets. No format needs to know how many characters come before.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_OPEN, _MIDDLE, _CLOSE = "\ue000", "\ue001", "\ue002"
_MARK = re.compile(f"{_OPEN}([^{_MIDDLE}]*){_MIDDLE}([^{_CLOSE}]*){_CLOSE}")


@dataclass(frozen=True)
class Planted:
    """Something planted: `kind` is pii, fact or canary; offsets in characters, end exclusive."""

    kind: str
    name: str
    country: str
    text: str
    start: int
    end: int


def mark(kind: str, name: str, text: str, country: str = "") -> str:
    """Wrap a value. Marks do not nest; `name` is the entity's type, or the fact's id."""
    return f"{_OPEN}{kind}|{name}|{country}{_MIDDLE}{text}{_CLOSE}"


def pii(name: str, text: str, country: str) -> str:
    return mark("pii", name, text, country)


def unmark(marked: str) -> tuple[str, list[Planted]]:
    """The text without marks, and what was planted in it, in order of appearance."""
    parts: list[str] = []
    planted: list[Planted] = []
    position = length = 0
    for match in _MARK.finditer(marked):
        before = marked[position : match.start()]
        kind, name, country = match[1].split("|")
        start = length + len(before)
        length = start + len(match[2])
        parts += (before, match[2])
        planted.append(Planted(kind, name, country, match[2], start, length))
        position = match.end()
    parts.append(marked[position:])
    return "".join(parts), planted


def plain(marked: str) -> str:
    """The text without marks."""
    return _MARK.sub(r"\2", marked) if _OPEN in marked else marked


def split_marked(marked: str) -> list[tuple[str, bool]]:
    """Pieces of a marked text, each with whether it is a whole mark."""
    pieces: list[tuple[str, bool]] = []
    position = 0
    for match in _MARK.finditer(marked):
        pieces += ((marked[position : match.start()], False), (match[0], True))
        position = match.end()
    pieces.append((marked[position:], False))
    return pieces


def map_marked(marked: str, change: dict[int, str]) -> str:
    """Translate characters of the plain text and of the values, leaving the marks' labels."""
    return _MARK.sub(
        lambda m: f"{_OPEN}{m[1]}{_MIDDLE}{m[2].translate(change)}{_CLOSE}",
        "".join(p if marked_ else p.translate(change) for p, marked_ in split_marked(marked)),
    )


def capitalise(marked: str) -> str:
    """The first letter in upper case, be it inside a mark or not."""
    start = marked.index(_MIDDLE) + 1 if marked.startswith(_OPEN) else 0
    while start < len(marked) and marked[start] in "¿¡«(":
        start += 1
    return marked[:start] + marked[start : start + 1].upper() + marked[start + 1 :]
