"""Attention that can repeat from the first step on.

To repeat what followed a word earlier in a text, a model needs a head that looks at the token
before, whatever it is, and in a later block an *induction head*, which finds where the token
before was the one read now [Olsson et al., arXiv 2209.11895]. A first block with random weights
has nothing that all tokens share, so it cannot look at a place, and models with little time spend
most of it until a second block can. Here both heads are there when training begins. They are
ordinary weights, which training is free to change, in a model that is as any other of its class.
That structured attention at the start helps where data is little is known [Trockman and Kolter,
arXiv 2305.09828].
"""

from __future__ import annotations

import math
from typing import Any

import torch

CONSTANT = 4.0  # of the dimension that all tokens share; the others' deviation is 0.8
KEPT = 0.1  # share of random weights that stays where others are written
SEEN = 0.65  # of the previous token's value that the first head reads, the rest being neighbours'


def has_induction(config: Any) -> bool:
    """Whether a model of this configuration can: a decoder with rotary positions."""
    return config.model_type in ("qwen3", "llama", "qwen3_moe") and config.head_dim >= 8


@torch.no_grad()
def add_induction(model: Any, deviation: float, generator: torch.Generator) -> None:
    """Changes weights that were just drawn with embeddings of this deviation."""
    config = model.config
    blocks = [layer.self_attn for layer in model.get_decoder().layers]
    embeddings = model.get_input_embeddings().weight
    embeddings[:, 0] = CONSTANT
    _look_back(blocks[0], config, deviation)
    if len(blocks) > 1:
        _match(blocks, embeddings, config, generator)


def _look_back(attention: Any, config: Any, deviation: float) -> None:
    """Head h of the first block sees the token h + 1 places before; half of the heads do.

    A pair of dimensions of a head is turned by its frequency times a token's place [arXiv
    2104.09864], so queries turned back by some places meet keys that are all alike best at that
    distance, the more sharply the higher the frequencies: the highest are used, a sixteenth of
    the head's dimensions. The score there is the root of the head's width, the most that normed
    queries and keys can have, and about three quarters of that one place further.
    """
    width, half = config.head_dim, config.head_dim // 2
    shared = CONSTANT / math.sqrt(deviation**2 + CONSTANT**2 / config.hidden_size)  # once normed
    pairs = min(max(width // 16, 2), half)
    turns = config.rope_parameters["rope_theta"] ** (-torch.arange(pairs) * 2.0 / width)
    length = math.sqrt(width / pairs) / shared
    group = config.num_attention_heads // config.num_key_value_heads
    for head in range((config.num_attention_heads + 1) // 2):
        query = attention.q_proj.weight[head * width : (head + 1) * width]
        query.mul_(KEPT)[:, 0] = 0.0
        query[:pairs, 0] = length * torch.cos(turns * (head + 1))
        query[half : half + pairs, 0] = -length * torch.sin(turns * (head + 1))
        if head % group == 0:
            key = attention.k_proj.weight[head // group * width :][:width]
            key.mul_(KEPT)[:, 0] = 0.0
            key[:pairs, 0] = length


def _match(blocks: list[Any], embeddings: Any, config: Any, generator: torch.Generator) -> None:
    """The first head of the second block sees tokens whose predecessor is the token read now.

    The first block's first head writes some random directions of the token that it sees into
    dimensions that embeddings leave nearly free; there the second block's keys read them, and its
    queries read the same directions of their own token. Of a head's dimensions those are used that
    turn least with distance.
    """
    width, half, size = config.head_dim, config.head_dim // 2, config.hidden_size
    count = min(width // 2, size // 4) // 2 * 2
    free = torch.arange(size - count, size)
    slow = torch.cat(
        [torch.arange(half - count // 2, half), torch.arange(width - count // 2, width)]
    )
    embeddings[:, free] *= KEPT
    directions = torch.zeros(count, size)
    drawn = torch.randn(size - count - 1, count, generator=generator)
    directions[:, 1 : size - count] = torch.linalg.qr(drawn).Q.T
    first, second = blocks[0], blocks[1]
    first.v_proj.weight[:count] = directions
    first.o_proj.weight[free, :count] = torch.eye(count)
    length = math.sqrt(width / (SEEN * count))
    for matrix, wanted in (
        (second.q_proj.weight, directions),
        (second.k_proj.weight, torch.eye(size)[free]),
    ):
        matrix[:width] *= KEPT
        matrix[slow] = length * wanted
