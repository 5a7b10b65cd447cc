"""Encodes many texts: a word met before is looked up instead of split again.

Finding the words is most of what encoding costs, and the words of a corpus repeat. For vocabularies
that split words as ours do (`train.byte_words`), Python's own regular expressions find them, in
texts of letters on which they surely agree with the tokenizer's; each word's tokens are kept as
bytes, so that a text is one join. Other texts, and other vocabularies, go to the tokenizer.
"""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Callable
from itertools import chain
from typing import Any

import numpy as np
import numpy.typing as npt
from tokenizers import Tokenizer, models

from dialecto.tokenizer.train import END_OF_TEXT, byte_letters, byte_words

Tokens = npt.NDArray[np.integer[Any]]
Encode = Callable[[list[str]], list[Tokens]]
# From this many processors on, the tokenizer on all of them is faster than the table on one.
_MANY = 5
_TABLE = 300_000  # words kept: some 60 MB
# Latin letters with their marks, general punctuation, currencies, arrows: settled since long, so
# that every version of Unicode says the same of them. Rarer ones make a text go the other way.
_SETTLED = [*range(0x250), *range(0x2010, 0x2060), *range(0x20A0, 0x20B0), *range(0x2190, 0x2200)]
_WHITE = "\t\n\v\f\r \x85\xa0\u2028\u2029\u202f\u205f"


def _class(*kinds: str) -> str:
    """The settled letters of some general categories, for a set of a regular expression."""
    found = (c for c in _SETTLED if unicodedata.category(chr(c))[0] in kinds)
    return "".join(f"\\u{c:04x}" for c in found)


def _words() -> re.Pattern[str]:
    """`train`'s pattern in the words of `re`."""
    letter, mark, number = _class("L"), _class("M"), _class("N")
    white = "".join(f"\\u{ord(c):04x}" for c in _WHITE)
    return re.compile(
        rf"[^\r\n{letter}{number}]?[{letter}{mark}]+|[{number}]{{1,3}}"
        rf"| ?[^{white}{letter}{mark}{number}]+[\r\n]*|[{white}]*[\r\n]+"
        rf"|[{white}]+(?![^{white}])|[{white}]+"
    )


def text_encoder(tokenizer: Tokenizer, plain: Encode, processors: int | None = None) -> Encode:
    """What gives the same as `plain`, which asks the tokenizer, the fastest way on this machine.

    processors: how many there are, if not those of this process.
    """
    processors = processors or len(os.sched_getaffinity(0))
    if processors >= _MANY or not _splits_as_ours(tokenizer):
        return plain
    return _by_table(tokenizer, plain)


def _splits_as_ours(tokenizer: Tokenizer) -> bool:
    ours = Tokenizer(models.BPE())
    ours.pre_tokenizer = byte_words()
    return (
        tokenizer.normalizer is None
        and tokenizer.pre_tokenizer is not None
        and tokenizer.pre_tokenizer.__getstate__() == ours.pre_tokenizer.__getstate__()
        and all(token.special for token in tokenizer.get_added_tokens_decoder().values())
    )


class _Table(dict[str, bytes]):
    """Words and their tokens (uint32). A word that is not there is split and put there."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        super().__init__()
        self._model = tokenizer.model
        self._letters = byte_letters()

    def __missing__(self, word: str) -> bytes:
        spelled = "".join(map(self._letters.__getitem__, word.encode()))
        tokens = [token.id for token in self._model.tokenize(spelled)]
        found = np.array(tokens, dtype=np.uint32).tobytes()
        if len(self) >= _TABLE:
            self.clear()
        self[word] = found
        return found


def _by_table(tokenizer: Tokenizer, plain: Encode) -> Encode:
    words = _words().findall
    settled = "".join(f"\\u{c:04x}" for c in _SETTLED)
    unsettled = re.compile(f"[^{settled}]").search
    table = _Table(tokenizer)
    end = np.array([tokenizer.token_to_id(END_OF_TEXT)], dtype=np.uint32).tobytes()

    def encode(texts: list[str]) -> list[Tokens]:
        others = [text for text in texts if unsettled(text)]
        encoded = iter(plain(others) if others else ())
        return [
            next(encoded)
            if unsettled(text)
            else np.frombuffer(
                b"".join(chain((end,), map(table.__getitem__, words(text)))), dtype=np.uint32
            )
            for text in texts
        ]

    return encode
