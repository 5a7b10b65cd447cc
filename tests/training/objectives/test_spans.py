"""Spans are cut out as in T5, and nothing is lost."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialecto.training.objectives.spans import Spans, longest, noise_mask, noise_of
from dialecto.training.pieces import IGNORED, Examples, Row
from tests.training.tiny import CONTEXT, END, PAD, tiny_documents, tiny_stream

SENTINELS = tuple(range(1000, 1100))


def spans(seed: int = 7) -> Spans:
    return Spans(SENTINELS, END, PAD, seed)


def restored(shown: list[int], answer: list[int]) -> list[int]:
    """The text again, from the corrupted one and the answer."""
    parts: dict[int, list[int]] = {}
    for token in answer[:-1]:
        if token in SENTINELS:
            parts[token] = []
            last = token
        else:
            parts[last].append(token)
    assert list(parts) == list(SENTINELS[: len(parts)])
    return [t for token in shown[:-1] for t in parts.get(token, [token])]


@given(st.integers(1, 400), st.integers(0, 2**32))
def test_noise_is_as_much_as_its_length_says(length: int, seed: int) -> None:
    noise, count = noise_of(length)
    mask = noise_mask(length, np.random.default_rng(seed))
    assert len(mask) == length
    assert mask.sum() == noise
    assert (np.diff(mask.astype(int), prepend=0) == 1).sum() == count


def test_a_seventh_of_the_text_is_cut_out_in_spans_of_three() -> None:
    noise, count = noise_of(568)  # T5's rows: 568 tokens become 512 and 114
    assert noise / 568 == pytest.approx(0.15, abs=0.001)
    assert noise / count == pytest.approx(3.0, abs=0.05)
    assert longest(512, 100) == 568
    assert noise + count + 1 == 114


def test_what_transformers_calls_the_answer_is_ours() -> None:
    """The example of T5's documentation, by our own hands."""
    text = np.arange(200, 209)
    shown, answer = spans()._corrupt(text, np.random.default_rng(0))
    assert restored(shown.tolist(), answer.tolist()) == text.tolist()
    assert shown[-1] == answer[-1] == END
    assert answer[0] == SENTINELS[0]


@pytest.mark.parametrize("epoch", [0, 1])
def test_every_token_is_in_the_text_or_in_the_answer(epoch: int) -> None:
    documents = tiny_documents()
    stream = tiny_stream(architecture="t5")
    objective = spans()
    seen = []
    for number, pieces in enumerate(stream.rows_of_epoch(epoch)):
        batch = objective.batch([Row(epoch, number, pieces)], stream.examples, CONTEXT, PAD)
        assert batch.decoder_inputs is not None
        assert batch.decoder_segments is not None
        for segment, piece in enumerate(pieces, start=1):
            shown = batch.inputs[0][batch.segments[0] == segment].tolist()
            there = batch.decoder_segments[0] == segment
            answer = batch.targets[0][there].tolist()
            assert batch.decoder_inputs[0][there].tolist() == [PAD, *answer[:-1]]
            text = documents[piece.example][piece.start : piece.end].tolist()
            assert restored(shown, answer) == text
            seen += [(piece.example, at) for at in range(piece.start, piece.end)]
        assert (batch.targets[0][batch.decoder_segments[0] == 0] == IGNORED).all()
        assert batch.tokens == sum(piece.length for piece in pieces)
    assert sorted(seen) == [(i, at) for i, d in enumerate(documents) for at in range(1, len(d))]


def test_the_longest_piece_fits_and_one_more_does_not() -> None:
    for context, sentinels in ((24, 100), (128, 100), (512, 10), (4096, 100)):
        room = longest(context, sentinels)
        examples = Examples([np.arange(room + 2)], END)
        objective = Spans(SENTINELS[:sentinels], END, PAD, 0)
        pieces = objective.cut(examples, 0, context, None)
        assert [piece.length for piece in pieces] == [room, 1]
        assert objective.size(pieces[0]) <= context
        assert noise_of(room)[1] <= sentinels
