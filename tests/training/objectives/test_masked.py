"""Whole words are masked, by the published shares, and every token is seen."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialecto.training.objectives.masked import Masked, choose_words
from dialecto.training.pieces import IGNORED, Examples, Row
from tests.training.tiny import CONTEXT, END, PAD, tiny_documents, tiny_stream, tiny_words

MASK, BEGIN = 1, 2


def masked(rate: float = 0.15, seed: int = 7) -> Masked:
    return Masked(MASK, BEGIN, END, np.arange(4, 97), rate, seed)


@given(st.lists(st.booleans(), min_size=1, max_size=80), st.integers(0, 2**32))
def test_masking_never_splits_a_word(flags: list[bool], seed: int) -> None:
    begins = np.array(flags)
    chosen = set(choose_words(begins, 0.15, np.random.default_rng(seed)).tolist())
    words = np.cumsum(begins | (np.arange(len(begins)) == 0))
    for word in np.unique(words):
        places = set(np.flatnonzero(words == word).tolist())
        assert places <= chosen or not places & chosen
    lengths = np.bincount(words)[1:]
    assert 1 <= len(chosen) <= max(round(0.15 * len(begins)), lengths.min())


def test_as_many_tokens_are_asked_for_as_published_and_shown_as_published() -> None:
    random = np.random.default_rng(5)
    document = np.concatenate([[END], random.integers(4, 97, 60_000)])
    begins = random.random(len(document)) < 0.6
    examples = Examples([document], END, [begins])
    for rate in (0.15, 0.30):
        objective = masked(rate)
        pieces = objective.cut(examples, 0, 512, None)
        rows = [Row(0, number, [piece]) for number, piece in enumerate(pieces)]
        batch = objective.batch(rows, examples, 512, PAD)
        asked = batch.targets != IGNORED
        assert asked.sum() == pytest.approx(rate * 60_000, rel=0.01)
        shown, wanted = batch.inputs[asked], batch.targets[asked]
        assert (shown == MASK).mean() == pytest.approx(0.8, abs=0.02)
        assert (shown == wanted).mean() == pytest.approx(0.1, abs=0.015)
        assert set(shown[(shown != MASK) & (shown != wanted)]) <= set(range(4, 97))
        hidden = objective.held_out().batch(rows, examples, 512, PAD)
        asked = hidden.targets != IGNORED
        assert (hidden.inputs[asked] == MASK).all()
        assert asked.sum() == pytest.approx(0.15 * 60_000, rel=0.01)


@pytest.mark.parametrize("epoch", [0, 1, 4])
def test_every_token_of_every_document_is_seen_once_in_an_epoch(epoch: int) -> None:
    documents = tiny_documents()
    words = tiny_words(documents)
    stream = tiny_stream(architecture="bert")
    seen = []
    for number, pieces in enumerate(stream.rows_of_epoch(epoch)):
        assert sum(stream.objective.size(piece) for piece in pieces) <= CONTEXT
        seen += [(p.example, at) for p in pieces for at in range(p.start, p.end)]
        row = stream.objective.batch([Row(epoch, number, pieces)], stream.examples, CONTEXT, PAD)
        shown = np.where(row.targets != IGNORED, row.targets, row.inputs)[0]
        for segment, piece in enumerate(pieces, start=1):
            there = shown[row.segments[0] == segment]
            text = documents[piece.example][piece.start : piece.end]
            assert there.tolist() == [BEGIN, *text, END]
            ends = piece.end == len(documents[piece.example]) or words[piece.example][piece.end]
            longer = np.diff(np.flatnonzero(words[piece.example])).max(initial=0) > CONTEXT - 2
            assert ends or longer
    everything = [(i, at) for i, d in enumerate(documents) for at in range(1, len(d))]
    assert sorted(seen) == everything


def test_masks_depend_on_seed_epoch_and_row_and_nothing_else() -> None:
    one, two = tiny_stream(architecture="bert"), tiny_stream(architecture="bert")
    for _ in range(40):
        first, second = next(one), next(two)
        assert np.array_equal(first.inputs, second.inputs)
        assert np.array_equal(first.targets, second.targets)
    later = tiny_stream(architecture="bert")
    later.position = one.position  # as after a resume: what came before was never read
    assert np.array_equal(next(later).inputs, next(one).inputs)
    other = tiny_stream(architecture="bert", seed=8)
    assert not np.array_equal(next(other).targets, next(tiny_stream(architecture="bert")).targets)


def test_a_document_is_masked_otherwise_in_another_epoch() -> None:
    documents = [d[:20] for d in tiny_documents()]
    examples = Examples(documents, END, tiny_words(documents))
    objective = masked()
    piece = objective.cut(examples, 3, CONTEXT, None)[0]
    rows = [objective.batch([Row(e, 0, [piece])], examples, CONTEXT, PAD) for e in range(6)]
    assert any((a.targets != b.targets).any() for a, b in pairwise(rows))
