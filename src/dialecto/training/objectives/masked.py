"""Masked language modelling: whole words are hidden, and found again from both sides.

As in BERT with whole-word masking [arXiv 1810.04805, section 3.1; google-research/bert,
create_pretraining_data.py]: words are drawn until their tokens are so many; of those tokens 80% are
replaced by the mask, 10% by a random token, 10% stay. There is no next-sentence task: it does not
help [arXiv 1907.11692]. A document too long for the context is cut between words, and each piece
stands between [CLS] and [SEP].
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from dialecto.training.pieces import IGNORED, Array, Batch, Examples, Piece, Row

# Share of tokens that are asked for: BERT's, and ModernBERT's [arXiv 2412.13663, section 2.2].
RATES = {"bert": 0.15, "modernbert": 0.30}
MASKED, RANDOM = 0.8, 0.1  # of those asked for; the rest stays as it is
_ROUND = 2  # positions that [CLS] and [SEP] take in each piece
Words = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Masked:
    """To find masked words. mask, begin, end: the tokens [MASK], [CLS] and [SEP].

    plain: tokens that may stand in for another, the special ones left out. Examples must know
    where words begin (`Examples.words`).
    """

    mask: int
    begin: int
    end: int
    plain: Array
    rate: float
    seed: int
    masked: float = MASKED
    random: float = RANDOM

    def held_out(self) -> Masked:
        """As it is measured: always the same words, 15% of tokens, all of them hidden."""
        return replace(self, rate=RATES["bert"], seed=0, masked=1.0, random=0.0)

    def cut(self, examples: Examples, index: int, context: int, first: int | None) -> list[Piece]:
        """Pieces of a document's tokens, each in exactly one; the end-of-text before it left out.

        A piece ends between two words unless one word alone is longer than a row.
        """
        room = context - _ROUND
        length = len(examples.documents[index])
        if length - 1 <= room:
            return [Piece(index, 1, length)] if length > 1 else []
        begins = examples.words[index]
        pieces, start, size = [], 1, min(first or room, room)
        while start < length:
            end = min(start + size, length)
            if end < length and not begins[end]:
                before = np.flatnonzero(begins[start + 1 : end])
                end = start + 1 + int(before[-1]) if len(before) else end
            pieces.append(Piece(index, start, end))
            start, size = end, room
        return pieces

    def size(self, piece: Piece) -> int:
        return piece.length + _ROUND

    def batch(self, rows: list[Row], examples: Examples, context: int, pad: int) -> Batch:
        inputs = np.full((len(rows), context), pad, dtype=np.int64)
        targets = np.full((len(rows), context), IGNORED, dtype=np.int64)
        segments = np.zeros((len(rows), context), dtype=np.int32)
        read = 0
        for r, row in enumerate(rows):
            random = np.random.default_rng([self.seed, row.epoch, row.number])
            at = 0
            for number, piece in enumerate(row.pieces, start=1):
                tokens = examples.documents[piece.example][piece.start : piece.end]
                begins = examples.words[piece.example][piece.start : piece.end]
                shown, wanted = self._hide(tokens.astype(np.int64), begins, random)
                span = slice(at + 1, at + 1 + piece.length)
                inputs[r, at], inputs[r, span.stop] = self.begin, self.end
                inputs[r, span], targets[r, span] = shown, wanted
                segments[r, at : span.stop + 1] = number
                at += self.size(piece)
                read += piece.length
        return Batch(inputs, targets, segments, read=read)

    def _hide(
        self, tokens: Array, begins: Words, random: np.random.Generator
    ) -> tuple[Array, Array]:
        """(what the model is shown, what is asked of it), both as long as `tokens`."""
        chosen = choose_words(begins, self.rate, random)
        draws = random.random(len(chosen))
        others = self.plain[random.integers(0, len(self.plain), len(chosen))]
        shown, wanted = tokens.copy(), np.full(len(tokens), IGNORED, dtype=np.int64)
        wanted[chosen] = tokens[chosen]
        shown[chosen] = np.where(
            draws < self.masked,
            self.mask,
            np.where(draws < self.masked + self.random, others, tokens[chosen]),
        )
        return shown, wanted


def choose_words(begins: Words, rate: float, random: np.random.Generator) -> Array:
    """Places of the tokens of whole words, drawn until they are `rate` of all, at least a word.

    begins: whether each token begins a word; the first does in any case. A word that would make
    them more than that is passed over for the next one.
    """
    first = np.flatnonzero(begins)
    if not len(first) or first[0] != 0:
        first = np.concatenate([[0], first])
    lengths = np.diff(np.append(first, len(begins)))
    room = max(round(rate * len(begins)), 1)
    order = random.permutation(len(first))
    kept = []
    for word in order:
        if lengths[word] <= room:
            kept.append(word)
            room -= lengths[word]
            if not room:
                break
    words = np.sort(np.array(kept or [order[np.argmin(lengths[order])]]))
    return np.concatenate([np.arange(first[w], first[w] + lengths[w]) for w in words])
