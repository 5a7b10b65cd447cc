"""What an extractor yields, and how it says that it cannot read a file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from dialecto.corpus.decode import NotText, decode

# A file read whole takes several times its size in memory; JSON Lines are read by the line.
LARGEST_FILE = 200_000_000


@dataclass(frozen=True)
class Piece:
    """One document found in a file.

    ``record`` tells the documents of one file apart (a line's number) and is empty when the
    file is the document. A ``problem`` is the reason why this piece, though found, could not
    be read; ``detail`` says it in words.
    """

    text: str
    record: str = ""
    changes: tuple[str, ...] = ()
    problem: str = ""
    detail: str = ""


class Unreadable(ValueError):
    """A file gives no text: `reason` is a stable word, `detail` is for people."""

    def __init__(self, reason: str, detail: str = "") -> None:
        self.reason, self.detail = reason, detail
        super().__init__(f"{reason}: {detail}" if detail else reason)


def read_bytes(path: Path) -> bytes:
    """The file's content; Unreadable when there is none or it may not be opened."""
    try:
        size = path.stat().st_size
        if size > LARGEST_FILE:
            raise Unreadable(
                "too_large", f"{size:,} bytes in one file: split it, or write it as JSON Lines"
            )
        data = path.read_bytes()
    except OSError as error:
        raise Unreadable("unreadable", error.strerror or str(error)) from error
    if not data:
        raise Unreadable("empty", "the file has no bytes")
    return data


def decoded(data: bytes, declared: str = "") -> tuple[str, tuple[str, ...]]:
    """Text and the change worth recording: an encoding other than UTF-8."""
    try:
        text, encoding = decode(data, declared)
    except NotText as error:
        raise Unreadable("binary", str(error)) from error
    changed = () if encoding in ("utf-8", "utf-8-sig") else (f"encoding:{encoding}",)
    return text, changed
