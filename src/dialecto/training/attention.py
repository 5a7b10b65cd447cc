"""Attention for training on CPUs, plugged into transformers' models by name.

For the short contexts of small models, three plain matrix products in bf16 are faster than
torch's CPU flash kernel, whose backward takes twice the time (measured: 175 against 213 ms
for a step of 2,048 tokens). Other devices use SDPA.
"""

from __future__ import annotations

from typing import Any

import torch

EXPLICIT = "dialecto_explicit"
LONGEST_EXPLICIT = 1024  # beyond, the scores (context squared) outgrow the cache


def explicit_attention(
    _module: Any,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None,
    scaling: float | None = None,
    dropout: float = 0.0,
    **_options: Any,
) -> tuple[torch.Tensor, None]:
    """query (rows, heads, length, width), key and value (rows, kv heads, length, width).

    Without a mask the attention is causal, as in SDPA's decoder path.
    """
    groups = query.shape[1] // key.shape[1]
    if groups > 1:
        key, value = key.repeat_interleave(groups, 1), value.repeat_interleave(groups, 1)
    scale = scaling if scaling is not None else query.shape[-1] ** -0.5
    scores = torch.matmul(query * scale, key.transpose(2, 3))
    if attention_mask is None:
        length = query.shape[2]
        later = torch.ones(length, length, dtype=torch.bool, device=query.device).triu(1)
        scores = scores.masked_fill(later, torch.finfo(scores.dtype).min)
    else:
        scores = scores + attention_mask
    weights = torch.softmax(scores, dim=-1).to(value.dtype)
    if dropout:  # transformers passes 0 outside training
        weights = torch.nn.functional.dropout(weights, dropout)
    return torch.matmul(weights, value).transpose(1, 2).contiguous(), None


def use_for_training(model: Any, device: torch.device, context: int) -> None:
    """Choose the attention that trains fastest on this device."""
    if device.type == "cpu" and context <= LONGEST_EXPLICIT:
        from transformers import AttentionInterface

        AttentionInterface.register(EXPLICIT, explicit_attention)
        model.set_attn_implementation(EXPLICIT)
    else:
        model.set_attn_implementation("sdpa")


def segment_mask(segments: torch.Tensor, dtype: torch.dtype) -> torch.Tensor:
    """Additive mask (rows, 1, length, length) from segments (rows, length).

    A position sees itself and earlier positions of its own segment. Padding (segment 0) sees
    itself, so that no row of the softmax is empty.
    """
    length = segments.shape[1]
    same = segments[:, :, None] == segments[:, None, :]
    causal = torch.ones(length, length, dtype=torch.bool, device=segments.device).tril()
    seen = (same & causal)[:, None]
    mask = torch.zeros(seen.shape, dtype=dtype, device=segments.device)
    return mask.masked_fill_(~seen, torch.finfo(dtype).min)


def segment_positions(segments: torch.Tensor) -> torch.Tensor:
    """Place of each position within its segment, from 0; segments (rows, length)."""
    length = segments.shape[1]
    place = torch.arange(length, device=segments.device).expand_as(segments)
    begins = torch.ones_like(segments, dtype=torch.bool)
    begins[:, 1:] = segments[:, 1:] != segments[:, :-1]
    return place - torch.where(begins, place, 0).cummax(dim=1).values
