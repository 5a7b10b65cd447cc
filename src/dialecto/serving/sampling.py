"""The choice of the next token from a model's logits."""

from __future__ import annotations

import torch

from dialecto.serving.engine import Sampling


def choose(
    logits: torch.Tensor,  # (vocabulary,)
    sampling: Sampling,
    temperature: float,
    context: torch.Tensor,  # (tokens,) prompt and answer so far
    answer: torch.Tensor,  # (tokens,) answer so far
    generator: torch.Generator,
) -> int:
    """One token. Temperature 0 takes the likeliest; ties go to the lowest number."""
    logits = logits.float()
    if sampling.repetition_penalty != 1.0:
        penalty = sampling.repetition_penalty
        seen = context.bincount(minlength=len(logits)) > 0
        logits = torch.where(
            seen, torch.where(logits > 0, logits / penalty, logits * penalty), logits
        )
    if sampling.frequency_penalty or sampling.presence_penalty:
        counts = answer.bincount(minlength=len(logits))
        logits = logits - sampling.frequency_penalty * counts
        logits = logits - sampling.presence_penalty * (counts > 0)
    if temperature <= 0:
        return int(logits.argmax())
    # Subtracting the largest first: a tiny temperature must sharpen, never overflow.
    probabilities = ((logits - logits.max()) / temperature).softmax(dim=-1)
    if sampling.top_p < 1:
        probabilities = _nucleus(probabilities, sampling.top_p)
    return int(torch.multinomial(probabilities, 1, generator=generator))


def _nucleus(probabilities: torch.Tensor, top_p: float) -> torch.Tensor:
    """Zero outside the smallest set of likeliest tokens whose sum reaches `top_p`."""
    ordered, order = probabilities.sort(descending=True, stable=True)
    before = ordered.cumsum(dim=-1) - ordered
    outside = before >= top_p
    outside[0] = False  # the likeliest always stays, also for top_p 0
    return probabilities.index_fill(0, order[outside], 0.0)
