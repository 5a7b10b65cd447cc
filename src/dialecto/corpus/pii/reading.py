"""The words, numbers and signs of a text: read once, used by whoever looks for something in it.

Most of what is looked for begins with a word, and the same words come again and again: so what
is to be known of a word is asked once and remembered, and a text is then read word by word as
fast as words can be looked up.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from operator import sub
from typing import TypeVar

TOKEN = re.compile(r"[^\W\d_]+|\d+|[^\w\s]|_")
_PIECE = re.compile(rf"\s*(?:{TOKEN.pattern})")
_MOST_WORDS = 65_536

Value = TypeVar("Value")


class PerWord(dict[str, Value]):
    """What `of` says of each word met so far; begun afresh when there are too many."""

    def __init__(self, of: Callable[[str], Value]) -> None:
        self._of = of

    def __missing__(self, word: str) -> Value:
        if len(self) >= _MOST_WORDS:
            self.clear()
        value = self[word] = self._of(word)
        return value

    def each(self, words: Iterable[str]) -> list[Value]:
        return list(map(self.__getitem__, words))


@dataclass(frozen=True, slots=True)
class Reading:
    """Runs of letters, runs of digits and single signs, and where each begins in the text."""

    words: list[str]
    starts: list[int]

    def between(self, start: int, end: int) -> slice:
        """The words that begin in that part of the text."""
        return slice(bisect_left(self.starts, start), bisect_left(self.starts, end))


@lru_cache(maxsize=1)
def read(text: str) -> Reading:
    """The words of a text; asked again for the same text, the same reading."""
    # Without the space at its end, which a search for what follows it would read again and again.
    pieces = _PIECE.findall(text.rstrip())
    words = list(map(str.lstrip, pieces))
    return Reading(words, list(map(sub, accumulate(map(len, pieces)), map(len, words))))
