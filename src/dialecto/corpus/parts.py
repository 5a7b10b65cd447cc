"""Cuts very long documents at paragraph ends, so that one book can be trained and tested on.

A document that holds more than a tenth of the corpus (a book that is the whole corpus, a
dump) cannot be given to one split: it is cut into some thirty parts of 2 to 32 KB, each of
which goes to a split by itself. Any other document over 1 MB is cut into parts of about that
size, so that no row of a shard is larger than memory likes, and its parts stay together.
"""

from __future__ import annotations

from collections.abc import Iterator

SPREAD_SHARE = 0.1
SPREAD_BYTES = 16_000  # a shorter document is not worth cutting
_PARTS = 30
_SMALLEST, _LARGEST = 2_000, 32_000
ROW_CHARACTERS = 1_000_000


def is_spread(size: int, corpus: int) -> bool:
    """Whether a document of `size` bytes is cut and shared out among the splits."""
    return size > SPREAD_BYTES and size > SPREAD_SHARE * corpus


def part_size(size: int, corpus: int) -> int:
    """Characters of one part of a document; 0 when it stays whole."""
    if is_spread(size, corpus):
        return max(_SMALLEST, min(_LARGEST, size // _PARTS))
    return ROW_CHARACTERS if size > ROW_CHARACTERS else 0


def cut(text: str, size: int) -> Iterator[str]:
    """Parts of about `size` characters; joined they are the text, and none is empty.

    Cuts at the last blank line in the second half of a part, else at a line end, else at a
    space, else where it must.
    """
    start = 0
    while len(text) - start > size + size // 2:
        end = start + size
        for mark in ("\n\n", "\n", " "):
            found = text.rfind(mark, start + size // 2, end)
            if found > 0:
                end = found + len(mark)
                break
        yield text[start:end]
        start = end
    if start < len(text):
        yield text[start:]
