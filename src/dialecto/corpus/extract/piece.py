"""What an extractor yields, and how it says that it cannot read a file."""

from __future__ import annotations

from dataclasses import dataclass

from dialecto.corpus.decode import NotText, decode


@dataclass(frozen=True)
class Piece:
    """One document found in a file.

    ``inside`` is the way to it through containers (`!/inner/page.html`), ``record`` tells the
    documents of one file apart (a line's number); both are empty when the file is the document.
    A ``problem`` is the reason why this piece, though found, could not be read; ``detail`` says
    it in words. ``threads`` are keys of the conversation that it is part of, ``year`` is its
    date's (0: unknown); see `extract/context.py`.
    """

    text: str
    record: str = ""
    changes: tuple[str, ...] = ()
    problem: str = ""
    detail: str = ""
    inside: str = ""
    threads: tuple[str, ...] = ()
    year: int = 0

    @property
    def place(self) -> str:
        """What follows the file's path in the document's: `!/inner/list.jsonl:17`."""
        return f"{self.inside}:{self.record}" if self.record else self.inside


class Unreadable(ValueError):
    """A file gives no text: `reason` is a stable word, `detail` is for people."""

    def __init__(self, reason: str, detail: str = "") -> None:
        self.reason, self.detail = reason, detail
        super().__init__(f"{reason}: {detail}" if detail else reason)


class CutOff(Unreadable):
    """A container ends in the middle of a member: nothing more can be read from it."""

    def __init__(self, detail: str) -> None:
        super().__init__("truncated", detail)


def failure(error: BaseException) -> Unreadable:
    """What any error of a parser means for the document: broken files raise anything.

    Raises the error again when it is not the document's doing. A panic of a native library is no
    `Exception`.
    """
    if isinstance(error, Unreadable):
        return error
    if isinstance(error, MemoryError):
        return Unreadable("too_large", "reading it takes more memory than a worker may use")
    panic = type(error).__name__ == "PanicException"
    if not panic and not isinstance(error, Exception):
        raise error
    return Unreadable("malformed", f"{type(error).__name__}: {error}"[:300])


def decoded(data: bytes, declared: str = "") -> tuple[str, tuple[str, ...]]:
    """Text and the change worth recording: an encoding other than UTF-8."""
    try:
        text, encoding = decode(data, declared)
    except NotText as error:
        raise Unreadable("binary", str(error)) from error
    changed = () if encoding in ("utf-8", "utf-8-sig") else (f"encoding:{encoding}",)
    return text, changed
