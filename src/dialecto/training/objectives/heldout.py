"""How well hidden words and cut-out spans are found in held-out documents.

Always the same words and spans, whatever the recipe's seed, so that runs can be compared. The loss
is per token of the vocabulary: models with another tokenizer cannot be compared by it, and it is
not bits per byte, for each token is asked for with the rest of the text in view.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from dialecto.training.loss import summed_loss
from dialecto.training.objectives.masked import Masked
from dialecto.training.objectives.spans import Spans
from dialecto.training.objectives.states import target_states
from dialecto.training.pieces import Batch, Examples, Row, pack
from dialecto.training.precision import autocast

_CHUNK = 512  # positions whose logits are in memory at once


@dataclass(frozen=True)
class Filled:
    """Tokens that were asked for, what they cost together, and how many were found first."""

    nats: float
    asked: int
    right: int

    @property
    def loss(self) -> float:
        """Nats for each token asked for."""
        return self.nats / max(self.asked, 1)

    @property
    def perplexity(self) -> float:
        return math.exp(min(self.loss, 700.0))

    @property
    def accuracy(self) -> float:
        """Share of tokens that the model thinks likeliest where they stood."""
        return self.right / max(self.asked, 1)


def held_out_batches(
    objective: Masked | Spans,
    examples: Examples,
    *,
    chosen: Sequence[int],
    context: int,
    pad: int,
    rows: int = 16,
) -> Iterator[Batch]:
    """The documents `chosen`, whole, with what `objective.held_out()` hides of them."""
    fixed = objective.held_out()
    pieces = [piece for index in chosen for piece in fixed.cut(examples, index, context, None)]
    packed = pack(pieces, context, fixed.size)
    numbered = [Row(0, number, row) for number, row in enumerate(packed)]
    for start in range(0, len(numbered), rows):
        yield fixed.batch(numbered[start : start + rows], examples, context, pad)


@torch.no_grad()
def fill(
    model: Any,
    batches: Iterator[Batch],
    *,
    precision: str = "fp32",
    advance: Callable[[], None] = lambda: None,
) -> Filled:
    """What the model makes of the batches."""
    was_training = model.training
    model.eval()
    device = model.get_input_embeddings().weight.device
    nats, asked, right = 0.0, 0, 0
    for batch in batches:
        tensors = {
            name: torch.from_numpy(array).to(device)
            for name, array in batch.arrays(slice(None)).items()
        }
        states, head, targets = target_states(model, **tensors, precision=precision)
        with autocast(device, precision):
            nats += float(summed_loss(states, head, targets))
            for start in range(0, len(targets), _CHUNK):
                part = slice(start, start + _CHUNK)
                likeliest = (states[part] @ head.T.to(states.dtype)).argmax(1)
                right += int((likeliest == targets[part]).sum())
        asked += len(targets)
        advance()
    model.train(was_training)
    return Filled(nats, asked, right)
