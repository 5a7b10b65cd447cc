"""Rows hold every prediction of every document once per epoch, and never mix documents."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from dialecto.training.pieces import IGNORED, Examples, Position, RowStream, cut, pack
from tests.training.tiny import CONTEXT, END, PAD, tiny_documents, tiny_stream


@given(st.integers(0, 500), st.integers(1, 64), st.integers(1, 64))
def test_cut_predicts_each_token_once(length: int, context: int, first: int) -> None:
    pieces = cut(length, context, 0, first)
    predicted = [t for p in pieces for t in range(p.start + 1, p.end + 1)]
    assert predicted == list(range(1, length))
    assert all(0 < p.length <= context for p in pieces)


@given(st.lists(st.integers(1, 40), max_size=80))
def test_pack_keeps_every_piece_and_never_overfills(lengths: list[int]) -> None:
    pieces = [p for i, n in enumerate(lengths) for p in cut(n + 1, 40, i)]
    rows = pack(pieces, 40)
    assert Counter(p for row in rows for p in row) == Counter(pieces)
    assert all(0 < sum(p.length for p in row) <= 40 for row in rows)
    # Best fit: no two rows could have been one.
    fills = sorted(sum(p.length for p in row) for row in rows)
    assert len(fills) < 2 or fills[0] + fills[1] > 40


def predictions(stream: RowStream, epoch: int) -> Counter[tuple[int, ...]]:
    """(position's input, target) pairs of one epoch, read through batches."""
    stream.position = Position(epoch, 0)
    found: Counter[tuple[int, ...]] = Counter()
    while stream.position.epoch == epoch:
        batch = next(stream)
        kept = batch.targets != IGNORED
        found.update(zip(batch.inputs[kept].tolist(), batch.targets[kept].tolist(), strict=True))
    return found


def test_an_epoch_predicts_every_token_and_every_documents_end() -> None:
    expected: Counter[tuple[int, ...]] = Counter()
    for document in tiny_documents():
        closed = [*document.tolist(), END]
        expected.update(pairwise(closed))
    # One row a batch, so that an epoch ends exactly where a batch does.
    for epoch in (0, 1, 5):
        assert predictions(tiny_stream(rows=1), epoch) == expected


def test_the_order_follows_from_the_seed_and_changes_with_the_epoch() -> None:
    def first(seed: int, epoch: int) -> Any:
        stream = tiny_stream(seed=seed)
        stream.position = Position(epoch, 0)
        return next(stream).inputs

    assert np.array_equal(first(1, 0), first(1, 0))
    assert not np.array_equal(first(1, 0), first(2, 0))
    assert not np.array_equal(first(1, 0), first(1, 1))


def test_going_on_from_a_position_gives_the_next_batches() -> None:
    whole = tiny_stream()
    batches = [next(whole) for _ in range(25)]
    assert whole.position.epoch == 1
    for stop in (1, 7, 13, 24):
        first = tiny_stream()
        for _ in range(stop):
            next(first)
        again = tiny_stream()
        again.position = Position(first.position.epoch, first.position.row)
        assert np.array_equal(next(again).inputs, batches[stop].inputs)


def test_segments_separate_documents_and_padding_has_no_targets() -> None:
    batch = next(
        RowStream(Examples(tiny_documents(), END), context=CONTEXT, rows=40, pad=PAD, seed=1)
    )
    padding = batch.segments == 0
    assert (batch.targets[padding] == IGNORED).all()
    assert (batch.inputs[padding] == PAD).all()
    assert batch.segments.max() > 1
