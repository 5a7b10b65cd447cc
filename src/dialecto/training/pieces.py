"""Documents as training rows: every token is predicted exactly once per epoch.

A document longer than the context is *split*, never cropped: each further piece begins with
the last token of the one before, so that no prediction is lost at the seam. Pieces are packed
into rows by best fit; a mask keeps the pieces of a row from seeing each other.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

IGNORED = -100  # target of a position without loss, as in torch's cross-entropy
Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Example:
    """Tokens in a row and, for each, whether predicting it counts. The first never does."""

    tokens: Array
    counts: npt.NDArray[np.bool_]


class Piece(NamedTuple):
    """A part of an example that fits a row: inputs tokens[start:end], targets one further.

    There are as many at once as an epoch has: a tuple takes half the time and memory of a class.
    """

    example: int
    start: int
    end: int

    @property
    def length(self) -> int:
        return self.end - self.start


@dataclass(frozen=True)
class Batch:
    """Rows of `context` positions.

    inputs, targets: (rows, context) int64; targets are IGNORED where there is no loss.
    segments: (rows, context) int32; a position sees none but its own segment. Segment 0 is padding.
    decoder_inputs, decoder_segments: (rows, answers) of an encoder-decoder, whose targets are the
    decoder's. `read`: tokens of text in the rows, where not each of them is predicted once.
    """

    inputs: npt.NDArray[np.int64]
    targets: npt.NDArray[np.int64]
    segments: npt.NDArray[np.int32]
    decoder_inputs: npt.NDArray[np.int64] | None = None
    decoder_segments: npt.NDArray[np.int32] | None = None
    read: int | None = None

    @property
    def predictions(self) -> int:
        return int((self.targets != IGNORED).sum())

    @property
    def tokens(self) -> int:
        """Tokens of text that the batch lets the model see."""
        return self.predictions if self.read is None else self.read

    def arrays(self, rows: slice | npt.NDArray[np.intp]) -> dict[str, Array]:
        """The arrays of some rows, by name."""
        names = ("inputs", "targets", "segments", "decoder_inputs", "decoder_segments")
        found = ((name, getattr(self, name)) for name in names)
        return {name: array[rows] for name, array in found if array is not None}


@dataclass(frozen=True)
class Row:
    """Pieces that share a row, and its place in the order of training: what is drawn at random
    for a row depends on (seed, epoch, number) and nothing else."""

    epoch: int
    number: int
    pieces: list[Piece]


def document_example(tokens: Array, end_of_text: int) -> Example:
    """A document (which begins with end-of-text) followed by the end-of-text that closes it."""
    closed = np.append(tokens, np.asarray([end_of_text], dtype=tokens.dtype))
    counts = np.ones(len(closed), dtype=np.bool_)
    counts[0] = False
    return Example(closed, counts)


def cut(length: int, context: int, example: int, first: int | None = None) -> list[Piece]:
    """Pieces of an example of `length` tokens; predictions 1..length-1 fall once each.

    `first` is the length of the first piece; other epochs cut elsewhere, so that the model
    sees each token with different context.
    """
    pieces = []
    start, last = 0, length - 1
    size = min(first or context, context)
    while start < last:
        end = min(start + size, last)
        pieces.append(Piece(example, start, end))
        start, size = end, context
    return pieces


def pack(
    pieces: list[Piece], context: int, size: Callable[[Piece], int] = lambda piece: piece.length
) -> list[list[Piece]]:
    """Best-fit-decreasing: rows whose pieces fill `context` positions as well as they can.

    size: positions that a piece takes, at most `context`.

    Rows by the room they have left are found through one integer used as a bit set, so each
    piece costs O(1).
    """
    rows: list[list[Piece]] = []
    rows_with_room: list[list[int]] = [[] for _ in range(context + 1)]
    rooms = 0
    for piece in sorted(pieces, key=lambda p: (-size(p), p.example, p.start)):
        needed = size(piece)
        fitting = rooms >> needed
        if fitting:
            room = needed + ((fitting & -fitting).bit_length() - 1)
            row = rows_with_room[room].pop()
            if not rows_with_room[room]:
                rooms &= ~(1 << room)
        else:
            room, row = context, len(rows)
            rows.append([])
        rows[row].append(piece)
        left = room - needed
        if left:
            rows_with_room[left].append(row)
            rooms |= 1 << left
    return rows


def make_batch(rows: list[list[Piece]], examples: Examples, context: int, pad: int) -> Batch:
    """The arrays of some rows."""
    inputs = np.full((len(rows), context), pad, dtype=np.int64)
    targets = np.full((len(rows), context), IGNORED, dtype=np.int64)
    segments = np.zeros((len(rows), context), dtype=np.int32)
    for r, row in enumerate(rows):
        at = 0
        for number, piece in enumerate(row, start=1):
            example = examples[piece.example]
            span = slice(at, at + piece.length)
            inputs[r, span] = example.tokens[piece.start : piece.end]
            wanted = example.tokens[piece.start + 1 : piece.end + 1]
            counted = example.counts[piece.start + 1 : piece.end + 1]
            targets[r, span] = np.where(counted, wanted, IGNORED)
            segments[r, span] = number
            at += piece.length
    return Batch(inputs, targets, segments)


class Examples:
    """A list of examples read lazily: documents stay in their memory map until used.

    words: for each document, where words begin (needed by `Masked` alone).
    """

    def __init__(
        self,
        documents: Iterable[Array],
        end_of_text: int,
        words: Sequence[npt.NDArray[np.bool_]] = (),
    ) -> None:
        self.documents = list(documents)
        self.words = words
        self.end_of_text = end_of_text
        self.made: dict[int, Example] = {}

    def __len__(self) -> int:
        return len(self.documents)

    def __getitem__(self, index: int) -> Example:
        return self.made.get(index) or document_example(self.documents[index], self.end_of_text)

    def length(self, index: int) -> int:
        made = self.made.get(index)
        return len(made.tokens) if made else len(self.documents[index]) + 1

    @classmethod
    def of(cls, examples: Iterable[Example], end_of_text: int) -> Examples:
        """Ready-made examples, as in tuning."""
        kept = list(examples)
        result = cls([example.tokens for example in kept], end_of_text)
        result.made = dict(enumerate(kept))
        return result


class Objective(Protocol):
    """What a model learns from documents: how they are cut, and what a row asks of it."""

    def cut(
        self, examples: Examples, index: int, context: int, first: int | None
    ) -> list[Piece]: ...

    def size(self, piece: Piece) -> int: ...

    def batch(self, rows: list[Row], examples: Examples, context: int, pad: int) -> Batch: ...


class Causal:
    """To predict each next token."""

    def cut(self, examples: Examples, index: int, context: int, first: int | None) -> list[Piece]:
        return cut(examples.length(index), context, index, first)

    def size(self, piece: Piece) -> int:
        return piece.length

    def batch(self, rows: list[Row], examples: Examples, context: int, pad: int) -> Batch:
        return make_batch([row.pieces for row in rows], examples, context, pad)


CAUSAL = Causal()


@dataclass
class Position:
    """Where in the data a run is: enough to go on without reading what came before."""

    epoch: int = 0
    row: int = 0


class RowStream:
    """An endless, seeded stream of batches over the examples, epoch after epoch."""

    def __init__(
        self,
        examples: Examples,
        *,
        context: int,
        rows: int,
        pad: int,
        seed: int,
        objective: Objective = CAUSAL,
    ) -> None:
        self.examples, self.objective = examples, objective
        self.context, self.rows, self.pad, self.seed = context, rows, pad, seed
        self.position = Position()
        self._epoch = -1
        self._order: list[list[Piece]] = []

    def rows_of_epoch(self, epoch: int) -> list[list[Piece]]:
        """All rows of an epoch in the order in which it is trained on."""
        random = np.random.default_rng([self.seed, epoch])
        pieces: list[Piece] = []
        for index in range(len(self.examples)):
            length = self.examples.length(index)
            first = None
            if epoch and length - 1 > self.context:
                first = int(random.integers(self.context // 2, self.context + 1))
            pieces += self.objective.cut(self.examples, index, self.context, first)
        packed = pack(pieces, self.context, self.objective.size)
        return [packed[i] for i in random.permutation(len(packed))]

    def facts(self) -> dict[str, Any]:
        """What the rows are made of: two streams with the same facts give the same batches.

        The digest is of the documents' lengths and of some tokens of a thousand documents;
        whether files of an artefact were touched is asked elsewhere.
        """
        lengths = np.array([self.examples.length(i) for i in range(len(self.examples))])
        digest = hashlib.sha256(lengths.astype("<i8").tobytes())
        for index in range(0, len(lengths), max(len(lengths) // 1000, 1)):
            digest.update(np.asarray(self.examples[index].tokens[:64]).astype("<i8").tobytes())
        return {
            "documents": len(lengths),
            "tokens": int(lengths.sum()),
            "text": digest.hexdigest()[:16],
            "context": self.context,
            "seed": self.seed,
        }

    def __iter__(self) -> Iterator[Batch]:
        return self

    def __next__(self) -> Batch:
        wanted: list[Row] = []
        while len(wanted) < self.rows:
            if self.position.epoch != self._epoch:
                self._order = []  # the last epoch's, before there is another
                self._order = self.rows_of_epoch(self.position.epoch)
                self._epoch = self.position.epoch
                if not self._order:
                    raise ValueError("there is nothing to train on: no example has two tokens")
            at = self.position
            take = self._order[at.row : at.row + self.rows - len(wanted)]
            wanted += [Row(at.epoch, at.row + i, pieces) for i, pieces in enumerate(take)]
            self.position = Position(at.epoch, at.row + len(take))
            if self.position.row >= len(self._order):
                self.position = Position(self.position.epoch + 1, 0)
        return self.objective.batch(wanted, self.examples, self.context, self.pad)
