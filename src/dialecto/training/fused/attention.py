"""Softmax attention under an additive mask as three products, with their own gradients."""

from __future__ import annotations

from typing import Any

import torch
from torch.autograd.function import once_differentiable


class _Attention(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any,
        query: torch.Tensor,
        key: torch.Tensor,
        value: torch.Tensor,
        mask: torch.Tensor,
        scale: float,
    ) -> torch.Tensor:
        rows, heads, length, width = query.shape
        q, k, v = (x.reshape(rows * heads, length, width) for x in (query, key, value))
        scores = torch.baddbmm(mask, q, k.transpose(1, 2), alpha=scale)
        weights = torch.softmax(scores, -1)
        ctx.save_for_backward(q, k, v, weights)
        ctx.scale, ctx.shape = scale, query.shape
        found = query.new_empty(rows, length, heads, width)
        found.transpose(1, 2).copy_(torch.bmm(weights, v).view(query.shape))
        return found.view(rows, length, heads * width)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *grads: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        q, k, v, weights = ctx.saved_tensors
        rows, heads, length, width = ctx.shape
        upstream = grads[0].view(rows, length, heads, width).transpose(1, 2)
        upstream = upstream.reshape(rows * heads, length, width)
        value_grad = torch.bmm(weights.transpose(1, 2), upstream)
        towards = torch.bmm(upstream, v.transpose(1, 2))
        scores = torch._softmax_backward_data(towards, weights, -1, weights.dtype)
        scores *= ctx.scale
        query_grad = torch.bmm(scores, k)
        key_grad = torch.bmm(scores.transpose(1, 2), q)
        return *(x.view(ctx.shape) for x in (query_grad, key_grad, value_grad)), None, None


def masked_attention(
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    mask: torch.Tensor,
    scale: float,
) -> torch.Tensor:
    """query, key, value (rows, heads, length, width), mask (rows * heads, length, length) of
    their dtype, added to the scaled scores -> (rows, length, heads * width)."""
    apply: Any = _Attention.apply
    found: torch.Tensor = apply(query, key, value, mask, scale)
    return found
