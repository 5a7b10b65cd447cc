"""Span corruption: spans of text are cut out, and an encoder-decoder writes them.

As T5 does it [arXiv 1910.10683, section 3.1.4; t5.data.preprocessors.random_spans_noise_mask]: 15%
of the tokens in spans of 3 in the mean. In the text each span is replaced by a sentinel of its
own; the answer is each sentinel followed by what it stands for, and the end-of-text. Lengths depend
on a piece's length alone, so rows are packed before anything is drawn.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import numpy.typing as npt

from dialecto.training.pieces import IGNORED, Array, Batch, Examples, Piece, Row

RATE, SPAN = 0.15, 3.0
_ALIGNED = 8  # answers' width is a multiple of it


@dataclass(frozen=True)
class Spans:
    """To write what was cut out. sentinels: their tokens, in order; end: the end-of-text.

    start: the token that begins an answer, which in T5 is the padding.
    """

    sentinels: tuple[int, ...]
    end: int
    start: int
    seed: int

    def held_out(self) -> Spans:
        """As it is measured: always the same spans."""
        return replace(self, seed=0)

    def cut(self, examples: Examples, index: int, context: int, first: int | None) -> list[Piece]:
        """Pieces of a document's tokens, each in exactly one; its end-of-text left out."""
        room = longest(context, len(self.sentinels))
        length = len(examples.documents[index])
        pieces, start, size = [], 1, min(first or room, room)
        while start < length:
            end = min(start + size, length)
            pieces.append(Piece(index, start, end))
            start, size = end, room
        return pieces

    def size(self, piece: Piece) -> int:
        noise, spans = noise_of(piece.length)
        return piece.length - noise + spans + 1

    def batch(self, rows: list[Row], examples: Examples, context: int, pad: int) -> Batch:
        answers = [sum(sum(noise_of(piece.length)) + 1 for piece in row.pieces) for row in rows]
        width = -(-max(answers) // _ALIGNED) * _ALIGNED
        inputs = np.full((len(rows), context), pad, dtype=np.int64)
        segments = np.zeros((len(rows), context), dtype=np.int32)
        decoder_inputs = np.full((len(rows), width), pad, dtype=np.int64)
        decoder_segments = np.zeros((len(rows), width), dtype=np.int32)
        targets = np.full((len(rows), width), IGNORED, dtype=np.int64)
        read = 0
        for r, row in enumerate(rows):
            random = np.random.default_rng([self.seed, row.epoch, row.number])
            at = said = 0
            for number, piece in enumerate(row.pieces, start=1):
                tokens = examples.documents[piece.example][piece.start : piece.end]
                shown, answer = self._corrupt(tokens.astype(np.int64), random)
                here = slice(at, at + len(shown))
                inputs[r, here], segments[r, here] = shown, number
                there = slice(said, said + len(answer))
                targets[r, there], decoder_segments[r, there] = answer, number
                decoder_inputs[r, said] = self.start
                decoder_inputs[r, said + 1 : there.stop] = answer[:-1]
                at, said = here.stop, there.stop
                read += piece.length
        return Batch(inputs, targets, segments, decoder_inputs, decoder_segments, read)

    def _corrupt(self, tokens: Array, random: np.random.Generator) -> tuple[Array, Array]:
        """(the text with sentinels, the answer), both closed by end-of-text."""
        noise = noise_mask(len(tokens), random)
        before = np.concatenate([[False], noise[:-1]])
        begins = noise & ~before
        sentinel = np.array(self.sentinels)[np.cumsum(begins) - 1]
        shown = np.where(begins, sentinel, tokens)[~noise | begins]
        # Before the first token of each span its sentinel is put.
        answer = np.insert(tokens[noise], np.flatnonzero(begins[noise]), sentinel[begins])
        return np.append(shown, self.end), np.append(answer, self.end)


def noise_of(length: int) -> tuple[int, int]:
    """(tokens cut out, spans) of a text of so many tokens. A single token is cut out whole."""
    if length == 1:
        return 1, 1
    noise = min(max(round(length * RATE), 1), length - 1)
    return noise, min(max(round(noise / SPAN), 1), length - noise)


def noise_mask(length: int, random: np.random.Generator) -> npt.NDArray[np.bool_]:
    """Which tokens are cut out. Kept spans and cut ones alternate, a kept one first."""
    noise, spans = noise_of(length)
    if length == 1:
        return np.ones(1, dtype=np.bool_)
    kept, cut = _split(length - noise, spans, random), _split(noise, spans, random)
    lengths = np.stack([kept, cut], axis=1).reshape(-1)
    return np.repeat(np.tile([False, True], spans), lengths)


def _split(items: int, parts: int, random: np.random.Generator) -> Array:
    """Lengths of `parts` parts with at least one of the items each, all splits alike likely."""
    borders = np.sort(random.permutation(items - 1)[: parts - 1]) + 1
    return np.diff(np.concatenate([[0], borders, [items]]))


@cache
def longest(context: int, sentinels: int) -> int:
    """Tokens of the longest piece that fits a row of `context` with so many sentinels."""

    def fits(length: int) -> bool:
        noise, spans = noise_of(length)
        return length - noise + spans + 1 <= context and spans <= sentinels

    # The corrupted text is shorter than the text beyond a few tokens, by a tenth at most.
    lengths = range(1, context * 2)
    return max(length for length in lengths if fits(length))
