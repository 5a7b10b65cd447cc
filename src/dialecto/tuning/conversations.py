"""Conversations as training examples: loss on the answers only.

The tokens are those that the chat template gives at use, so the model meets in use what it
was tuned on. What people wrote is encoded as plain text: a message that spells `<|im_end|>`
out does not end its turn.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from dialecto.tokenizer.train import IM_END, IM_START
from dialecto.training.pieces import Example

Messages = Sequence[dict[str, str]]


def conversation_example(messages: Messages, tokenizer: Any) -> Example:
    """Tokens of a conversation; only an assistant's words and the end of its turn count."""
    backend = tokenizer.backend_tokenizer
    start, end = (tokenizer.convert_tokens_to_ids(token) for token in (IM_START, IM_END))
    tokens: list[int] = []
    counts: list[bool] = []
    for message in messages:
        answer = message["role"] == "assistant"
        head = [start, *_plain(backend, message["role"] + "\n")]
        words = [*_plain(backend, message["content"]), end]
        tail = _plain(backend, "\n")
        tokens += [*head, *words, *tail]
        counts += [False] * len(head) + [answer] * len(words) + [False] * len(tail)
    return Example(np.array(tokens, dtype=np.int64), np.array(counts, dtype=np.bool_))


def conversation_examples(
    conversations: Iterable[Messages], tokenizer: Any, context: int
) -> list[Example]:
    """Examples that fit the context: a longer conversation loses its oldest turns."""
    examples = []
    for messages in conversations:
        kept = list(messages)
        example = conversation_example(kept, tokenizer)
        while len(example.tokens) > context + 1 and len(kept) > 2:
            system = kept[:1] if kept[0]["role"] == "system" else []
            kept = [*system, *kept[len(system) + 1 :]]
            example = conversation_example(kept, tokenizer)
        if example.counts.any():
            examples.append(example)
    return examples


def _plain(backend: Any, text: str) -> list[int]:
    backend.encode_special_tokens = True
    try:
        ids: list[int] = backend.encode(text, add_special_tokens=False).ids
        return ids
    finally:
        backend.encode_special_tokens = False
