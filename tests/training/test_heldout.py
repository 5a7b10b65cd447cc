"""Bits per byte of whole documents against a direct computation."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st

from dialecto.tokenizer.train import as_fast_tokenizer, train_bpe
from dialecto.training.heldout import HeldOut, _windows, bits_per_byte, token_bits
from dialecto.training.pieces import IGNORED
from tests.training.tiny import CONTEXT, tiny_documents, tiny_model


@given(st.integers(1, 300), st.integers(2, 40))
def test_windows_score_every_token_once_with_enough_context(length: int, context: int) -> None:
    document = np.arange(length)
    scored = []
    for inputs, targets in _windows(document, context):
        assert len(inputs) == len(targets) <= context
        at = np.flatnonzero(targets != IGNORED)
        assert (targets[at] == inputs[at] + 1).all()
        scored += targets[at].tolist()
        if inputs[0] > 0:
            assert at[0] >= min(context // 2, context - 1)
    assert scored == list(range(1, length))


def test_short_documents_cost_what_transformers_says() -> None:
    model = tiny_model(random_outputs=True)
    documents = [d[:CONTEXT] for d in tiny_documents()]
    ours = token_bits(model, documents, context=CONTEXT, rows=5)
    model.set_attn_implementation("eager")
    nats = 0.0
    for document in documents:
        ids = torch.from_numpy(document.astype(np.int64))[None]
        with torch.no_grad():
            logits = model(ids[:, :-1]).logits[0]
        nats += F.cross_entropy(logits, ids[0, 1:], reduction="sum").item()
    assert ours == pytest.approx(nats / math.log(2), rel=1e-5)


def test_bits_are_per_byte_of_text_whatever_the_vocabulary() -> None:
    texts = ["Año nuevo, vida nueva. " * 20, "corto"]
    tokenizer = as_fast_tokenizer(train_bpe(texts, vocabulary=300), [])
    model = tiny_model()
    model.resize_token_embeddings(len(tokenizer), mean_resizing=False)
    with torch.no_grad():
        model.get_output_embeddings().weight.zero_()  # uniform over the vocabulary
    held = bits_per_byte(model, tokenizer, texts, context=CONTEXT)
    assert held.bytes == sum(len(t.encode()) for t in texts)
    assert held.documents == 2
    assert held.bits == pytest.approx(held.tokens * math.log2(len(tokenizer)), rel=1e-5)
    assert held.perplexity == pytest.approx(len(tokenizer), rel=1e-4)


def test_nothing_costs_nothing() -> None:
    assert HeldOut(0.0, 0, 0, 0).bpb == 0.0
