"""Attention for training, plugged into transformers' models by name.

`explicit`: for the short contexts of small models on CPUs, three plain matrix products in bf16
are faster than torch's CPU flash kernel, whose backward takes twice the time (measured: 175
against 213 ms for a step of 2,048 tokens). `sdpa`: torch's kernels, with a mask. `flex`:
FlexAttention, which skips the blocks that the documents' mask leaves empty; on accelerators
only, as on CPUs it has no backward pass.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import torch
import torch.nn.functional as F

from dialecto.runtime import DialectoError
from dialecto.training.fused.blocks import use_fused, use_plain

if TYPE_CHECKING:
    from torch.nn.attention.flex_attention import BlockMask

EXPLICIT, FLEX = "dialecto_explicit", "dialecto_flex"
NAMES = {"explicit": EXPLICIT, "flex": FLEX, "sdpa": "sdpa"}
LONGEST_EXPLICIT = 1024  # beyond, the scores (context squared) outgrow the cache


def explicit_attention(
    _module: Any,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None,
    scaling: float | None = None,
    dropout: float = 0.0,
    position_bias: torch.Tensor | None = None,
    **_options: Any,
) -> tuple[torch.Tensor, None]:
    """query (rows, heads, length, width), key and value (rows, kv heads, length, width).

    Without a mask the attention is causal, as in SDPA's decoder path. position_bias: added to the
    scores, as T5 learns it.
    """
    groups = query.shape[1] // key.shape[1]
    if groups > 1:
        key, value = key.repeat_interleave(groups, 1), value.repeat_interleave(groups, 1)
    scale = scaling if scaling is not None else query.shape[-1] ** -0.5
    scores = torch.matmul(query * scale, key.transpose(2, 3))
    if position_bias is not None:
        scores = scores + position_bias
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


def flex_attention(
    _module: Any,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: BlockMask | None,
    scaling: float | None = None,
    **_options: Any,
) -> tuple[torch.Tensor, None]:
    """As `explicit_attention`, with a block mask and without dropout."""
    grouped = query.shape[1] != key.shape[1]
    if attention_mask is None:
        found = F.scaled_dot_product_attention(
            query, key, value, is_causal=True, scale=scaling, enable_gqa=grouped
        )
    else:
        found = _flex(query.is_cuda)(
            query, key, value, block_mask=attention_mask, scale=scaling, enable_gqa=grouped
        )
    return found.transpose(1, 2).contiguous(), None


def _flex(on_accelerator: bool) -> Any:
    """FlexAttention is fast only compiled; inside a compiled model it is so already."""
    from torch.nn.attention.flex_attention import flex_attention as plain

    return _compiled_flex() if on_accelerator and not torch.compiler.is_compiling() else plain


@cache
def _compiled_flex() -> Any:
    from torch.nn.attention.flex_attention import flex_attention as plain

    return torch.compile(plain)


def use_for_training(
    model: Any, device: torch.device, context: int, attention: str = "auto"
) -> None:
    """Set the attention of training. `auto` is what trains fastest on this kind of device as far
    as it is known without a trial (`training.attention_trial`)."""
    from transformers import AttentionInterface

    if attention == "auto":
        attention = default_attention(device, context)
    if attention == "flex" and device.type == "cpu":
        raise DialectoError(
            "`attention: flex` is for accelerators: on a processor FlexAttention cannot train. "
            "Leave `attention: auto` in the recipe"
        )
    AttentionInterface.register(EXPLICIT, explicit_attention)
    AttentionInterface.register(FLEX, flex_attention)
    model.set_attn_implementation(NAMES[attention])
    (use_fused if attention == "explicit" and device.type == "cpu" else use_plain)(model)


def default_attention(device: torch.device, context: int) -> str:
    return "explicit" if device.type == "cpu" and context <= LONGEST_EXPLICIT else "sdpa"


def training_mask(model: Any, segments: torch.Tensor, dtype: torch.dtype) -> Any:
    """The mask of the documents in a batch, as the model's attention wants it."""
    if model.config._attn_implementation == FLEX:
        return segment_blocks(segments)
    return segment_mask(segments, dtype)


def segment_blocks(segments: torch.Tensor) -> BlockMask:
    """FlexAttention's mask from segments (rows, length): what `segment_mask` lets be seen."""
    from torch.nn.attention.flex_attention import create_block_mask

    def seen(
        row: torch.Tensor, _head: torch.Tensor, to: torch.Tensor, past: torch.Tensor
    ) -> torch.Tensor:
        return (past <= to) & (segments[row, to] == segments[row, past])

    rows, length = segments.shape
    return create_block_mask(seen, rows, None, length, length, device=str(segments.device))


def segment_mask(
    segments: torch.Tensor,
    dtype: torch.dtype,
    *,
    keys: torch.Tensor | None = None,
    causal: bool = True,
    window: int | None = None,
) -> torch.Tensor:
    """Additive mask (rows, 1, length, keys' length) from segments (rows, length).

    A position sees its own segment: if causal, itself and what comes before; within `window`
    positions to each side if one is given. keys: segments of what is looked at, where that is not
    the row itself. Padding (segment 0) sees padding, so that no row of the softmax is empty.
    """
    length = segments.shape[1]
    seen = segments[:, :, None] == (segments if keys is None else keys)[:, None, :]
    if causal:
        seen &= torch.ones(length, length, dtype=torch.bool, device=segments.device).tril()
    if window is not None:
        place = torch.arange(length, device=segments.device)
        seen &= (place[:, None] - place[None, :]).abs() <= window
    seen = seen[:, None]
    mask = torch.zeros(seen.shape, dtype=dtype, device=segments.device)
    return mask.masked_fill_(~seen, torch.finfo(dtype).min)


def segment_positions(segments: torch.Tensor) -> torch.Tensor:
    """Place of each position within its segment, from 0; segments (rows, length)."""
    length = segments.shape[1]
    place = torch.arange(length, device=segments.device).expand_as(segments)
    begins = torch.ones_like(segments, dtype=torch.bool)
    begins[:, 1:] = segments[:, 1:] != segments[:, :-1]
    return place - torch.where(begins, place, 0).cummax(dim=1).values
