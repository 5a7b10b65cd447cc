"""RMSNorm [arXiv 1910.07467] and rotary positions [arXiv 2104.09864], with their own gradients.

Composed of plain operations, as in transformers, one norm of 2,048 positions by 256 takes eight
passes forward and some twenty backward, more time than the matrix product that follows it.
"""

from __future__ import annotations

from typing import Any

import torch
from torch.autograd.function import once_differentiable


class _RmsNorm(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, x: torch.Tensor, weight: torch.Tensor, epsilon: float, dtype: torch.dtype
    ) -> torch.Tensor:
        wide = _wide(x)
        scale = _scale(wide, epsilon)
        ctx.save_for_backward(x, weight, scale)
        return (wide * scale).mul_(weight).to(dtype)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *grads: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        x, weight, scale = ctx.saved_tensors
        normed = _wide(x) * scale
        into, weight_grad = _back(_wide(grads[0]), normed, weight, scale)
        return into.to(x.dtype), weight_grad, None, None


class _NormAndRotate(torch.autograd.Function):
    """(rows, length, heads, width) -> (rows, heads, length, width): normed, then rotated."""

    @staticmethod
    def forward(
        ctx: Any,
        x: torch.Tensor,
        weight: torch.Tensor | None,
        epsilon: float,
        cosine: torch.Tensor,
        sine: torch.Tensor,
    ) -> torch.Tensor:
        wide, scale = _wide(x), None
        if weight is not None:
            scale = _scale(wide, epsilon)
            wide = (wide * scale).mul_(weight)
        ctx.save_for_backward(x, weight, scale, cosine, sine)
        turned = _turn(wide, cosine, sine)
        found = torch.empty_like(turned.transpose(1, 2), dtype=x.dtype, memory_format=_PLAIN)
        return found.copy_(turned.transpose(1, 2))

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *grads: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        x, weight, scale, cosine, sine = ctx.saved_tensors
        upstream = torch.empty(x.shape, dtype=_wide(x[:0]).dtype, device=x.device)
        into, weight_grad = _turn(upstream.copy_(grads[0].transpose(1, 2)), cosine, -sine), None
        if weight is not None:
            into, weight_grad = _back(into, _wide(x) * scale, weight, scale)
        return into.to(x.dtype), weight_grad, None, None, None


_PLAIN = torch.contiguous_format


def _wide(x: torch.Tensor) -> torch.Tensor:
    """At least float32, in which all is computed."""
    return x.to(torch.promote_types(x.dtype, torch.float32))


def _scale(x: torch.Tensor, epsilon: float) -> torch.Tensor:
    """1 / sqrt(mean of squares + epsilon) over the last dimension, which is kept as 1."""
    length: torch.Tensor = torch.linalg.vector_norm(x, dim=-1, keepdim=True)
    return length.square_().div_(x.shape[-1]).add_(epsilon).rsqrt_()


def _back(
    upstream: torch.Tensor, normed: torch.Tensor, weight: torch.Tensor, scale: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """Gradients of x and weight in weight * x * scale(x), with normed = x * scale(x)."""
    width = normed.shape[-1]
    weighted = upstream * normed
    weight_grad = weighted.view(-1, width).sum(0)
    along = torch.matmul(weighted, weight[:, None]).div_(-width)
    into = (upstream * weight).addcmul_(normed, along).mul_(scale)
    return into, weight_grad


def _turn(x: torch.Tensor, cosine: torch.Tensor, sine: torch.Tensor) -> torch.Tensor:
    """x (rows, length, heads, width) rotated; shapes as in `norm_and_rotate`."""
    half = x.shape[-1] // 2
    turned = x * cosine
    turned[..., :half].addcmul_(x[..., half:], sine, value=-1)
    turned[..., half:].addcmul_(x[..., :half], sine)
    return turned


def rms_norm(
    x: torch.Tensor, weight: torch.Tensor, epsilon: float, dtype: torch.dtype
) -> torch.Tensor:
    """weight * x / sqrt(mean(x^2) + epsilon) over the last dimension, computed in float32."""
    apply: Any = _RmsNorm.apply
    found: torch.Tensor = apply(x, weight, epsilon, dtype)
    return found


def norm_and_rotate(
    x: torch.Tensor,
    weight: torch.Tensor | None,
    epsilon: float,
    cosine: torch.Tensor,
    sine: torch.Tensor,
) -> torch.Tensor:
    """Queries or keys (rows, length, heads, width) -> (rows, heads, length, width).

    Normed over the width if there is a weight for it, then rotated. cosine: (rows or 1, length,
    1, width), each angle once for either half; sine: (rows or 1, length, 1, width / 2); float32.
    """
    apply: Any = _NormAndRotate.apply
    found: torch.Tensor = apply(x, weight, epsilon, cosine, sine)
    return found
