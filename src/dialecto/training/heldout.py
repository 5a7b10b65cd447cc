"""Held-out bits per byte: the number that any two language models can be compared by.

Loss per token depends on the vocabulary; bits per UTF-8 byte of text does not. Documents are
measured whole: one longer than the context is read through windows that overlap by half, and
each token is scored once, with at least half a context before it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np
import torch

from dialecto.tokenizer.shards import Tokens, encode_texts
from dialecto.training.loss import summed_loss
from dialecto.training.pieces import IGNORED
from dialecto.training.precision import autocast


@dataclass(frozen=True)
class HeldOut:
    """What reading some documents cost a model."""

    bits: float
    bytes: int
    tokens: int
    documents: int

    @property
    def bpb(self) -> float:
        """Bits per UTF-8 byte of text."""
        return self.bits / max(self.bytes, 1)

    @property
    def perplexity(self) -> float:
        """Per token."""
        return float(2.0 ** min(self.bits / max(self.tokens, 1), 1000.0))


def bits_per_byte(
    model: Any,
    tokenizer: Any,
    texts: Iterable[str],
    *,
    context: int | None = None,
    rows: int = 16,
    precision: str = "fp32",
) -> HeldOut:
    """Bits a model needs for whole texts. The end-of-text tokens are read, not counted.

    model: a causal decoder; tokenizer: its `PreTrainedTokenizerFast`; rows: windows at once.
    """
    context = context or int(model.config.max_position_embeddings)
    bits, size, tokens, documents = 0.0, 0, 0, 0
    for batch in _batches(texts, 256):
        encoded = encode_texts(tokenizer.backend_tokenizer, batch)
        bits += token_bits(model, encoded, context=context, rows=rows, precision=precision)
        size += sum(len(text.encode()) for text in batch)
        tokens += sum(len(document) - 1 for document in encoded)
        documents += len(batch)
    return HeldOut(bits, size, tokens, documents)


@torch.no_grad()
def token_bits(
    model: Any,
    documents: Iterable[Tokens],
    *,
    context: int,
    rows: int = 16,
    precision: str = "fp32",
) -> float:
    """Total bits of documents that each begin with end-of-text."""
    was_training = model.training
    model.eval()
    windows = [window for document in documents for window in _windows(document, context)]
    windows.sort(key=lambda w: -len(w[0]))  # rows of like length waste no padding
    device = model.get_input_embeddings().weight.device
    nats = 0.0
    for start in range(0, len(windows), rows):
        some = windows[start : start + rows]
        width = len(some[0][0])
        inputs = np.zeros((len(some), width), dtype=np.int64)
        targets = np.full((len(some), width), IGNORED, dtype=np.int64)
        for row, (tokens, wanted) in enumerate(some):
            inputs[row, : len(tokens)] = tokens
            targets[row, : len(wanted)] = wanted
        with autocast(device, precision):
            # Padding stands at the end, where causal attention never looks from a real token.
            hidden = model.base_model(
                input_ids=torch.from_numpy(inputs).to(device), use_cache=False
            ).last_hidden_state
            head = model.get_output_embeddings().weight
            nats += float(summed_loss(hidden, head, torch.from_numpy(targets).to(device)))
    model.train(was_training)
    return nats / math.log(2)


def _windows(document: Tokens, context: int) -> Iterator[tuple[Tokens, Any]]:
    """(inputs, targets): each token after the first is the target of exactly one window."""
    scored = 1  # the next token to be scored
    start = 0
    while scored < len(document):
        end = min(start + context, len(document) - 1)
        targets = np.asarray(document[start + 1 : end + 1], dtype=np.int64).copy()
        targets[: scored - start - 1] = IGNORED
        yield document[start:end], targets
        scored = end + 1
        start = max(end - context // 2, start + 1)


def _batches(texts: Iterable[str], size: int) -> Iterator[list[str]]:
    iterator = iter(texts)
    while batch := list(islice(iterator, size)):
        yield batch
