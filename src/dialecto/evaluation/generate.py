"""Many prompts answered at once: left-padded batches over a key-value cache.

`transformers`' own `generate` draws from the process' global random numbers; here each prompt
has its own generator, so that a sample depends on the seed and not on its neighbours.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any

import torch

ROWS = 64


@torch.inference_mode()
def generate(
    model: Any,
    prompts: Sequence[Sequence[int]],
    *,
    stop: Collection[int],
    limit: int,
    temperature: float = 0.0,
    seed: int = 0,
    rows: int = ROWS,
    advance: Callable[[int], None] = lambda _rows: None,
) -> list[list[int]]:
    """New tokens for each prompt, in the prompts' order, without the token that ended it.

    prompts: tokens, none empty; stop: tokens that end an answer; limit: most new tokens;
    temperature 0 takes the likeliest token; rows: prompts in one batch.
    A prompt too long for the model's context loses its beginning.
    """
    model.eval()
    room = max(int(model.config.max_position_embeddings) - limit, 1)
    kept = [list(prompt)[-room:] for prompt in prompts]
    if not all(kept):
        raise ValueError("an empty prompt cannot be continued")
    # Prompts of like length share a batch: little padding.
    order = sorted(range(len(kept)), key=lambda i: (len(kept[i]), i))
    answers: list[list[int]] = [[] for _ in kept]
    for start in range(0, len(order), rows):
        some = order[start : start + rows]
        draws = [torch.Generator().manual_seed(seed * 1_000_003 + i) for i in some]
        batch = _batch(model, [kept[i] for i in some], set(stop), limit, temperature, draws)
        for index, answer in zip(some, batch, strict=True):
            answers[index] = answer
        advance(len(some))
    return answers


def _batch(
    model: Any,
    prompts: list[list[int]],
    stop: set[int],
    limit: int,
    temperature: float,
    draws: list[torch.Generator],
) -> list[list[int]]:
    device = model.get_input_embeddings().weight.device
    width = max(len(prompt) for prompt in prompts)
    tokens = torch.zeros((len(prompts), width), dtype=torch.long)
    mask = torch.zeros((len(prompts), width), dtype=torch.long)
    for row, prompt in enumerate(prompts):
        tokens[row, width - len(prompt) :] = torch.tensor(prompt)
        mask[row, width - len(prompt) :] = 1
    tokens, mask = tokens.to(device), mask.to(device)
    positions = (mask.cumsum(1) - 1).clamp(min=0)
    answers: list[list[int]] = [[] for _ in prompts]
    alive = list(range(len(prompts)))  # the prompt in each row of the batch
    cache = None
    for step in range(limit):
        output = model(
            input_ids=tokens,
            attention_mask=mask,
            position_ids=positions,
            past_key_values=cache,
            use_cache=True,
            logits_to_keep=1,
        )
        cache = output.past_key_values
        chosen = _choose(output.logits[:, -1].float(), temperature, [draws[i] for i in alive])
        stays = [row for row, token in enumerate(chosen) if token not in stop]
        for row in stays:
            answers[alive[row]].append(chosen[row])
        if not stays or step == limit - 1:
            break
        if len(stays) < len(alive):  # an answer that ended costs nothing more
            kept = torch.tensor(stays, device=device)
            cache.batch_select_indices(kept)
            mask, positions = mask[kept], positions[kept]
            alive = [alive[row] for row in stays]
        tokens = torch.tensor([[chosen[row]] for row in stays], device=device)
        mask = torch.cat([mask, mask.new_ones((len(stays), 1))], dim=1)
        positions = positions[:, -1:] + 1
    return answers


def _choose(logits: torch.Tensor, temperature: float, draws: list[torch.Generator]) -> list[int]:
    """One token for each row of logits (rows, vocabulary)."""
    if temperature <= 0:
        greedy: list[int] = logits.argmax(dim=1).tolist()
        return greedy
    shares = torch.softmax(logits / temperature, dim=1).cpu()
    return [
        int(torch.multinomial(share, 1, generator=draw))
        for share, draw in zip(shares, draws, strict=True)
    ]
