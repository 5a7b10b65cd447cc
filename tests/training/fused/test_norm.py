"""Norms and rotation beside transformers' own, and their gradients beside finite differences."""

from __future__ import annotations

import pytest
import torch
from transformers.models.qwen3.modeling_qwen3 import Qwen3RMSNorm, apply_rotary_pos_emb

from dialecto.training.fused.norm import norm_and_rotate, rms_norm

ROWS, LENGTH, HEADS, WIDTH, EPSILON = 2, 3, 2, 8, 1e-6


def angles(dtype: torch.dtype) -> tuple[torch.Tensor, torch.Tensor]:
    turns = torch.outer(torch.arange(LENGTH), 10.0 ** -torch.arange(WIDTH // 2)).to(dtype)
    both = torch.cat([turns, turns], -1)[None]
    return both.cos(), both.sin()


def random(*shape: int, seed: int = 0, dtype: torch.dtype = torch.float32) -> torch.Tensor:
    made = torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    return made.to(dtype).requires_grad_()


def test_a_norm_equals_transformers() -> None:
    x, norm = random(ROWS, LENGTH, WIDTH), Qwen3RMSNorm(WIDTH, EPSILON)
    torch.nn.init.uniform_(norm.weight, 0.5, 2)
    upstream = random(ROWS, LENGTH, WIDTH, seed=1).detach()
    expected = torch.autograd.grad(norm(x), (x, norm.weight), upstream)
    found = rms_norm(x, norm.weight, EPSILON, torch.float32)
    torch.testing.assert_close(found, norm(x))
    torch.testing.assert_close(torch.autograd.grad(found, (x, norm.weight), upstream), expected)


@pytest.mark.parametrize("normed", [True, False])
def test_norm_and_rotation_equal_transformers(normed: bool) -> None:
    x, norm = random(ROWS, LENGTH, HEADS, WIDTH), Qwen3RMSNorm(WIDTH, EPSILON)
    torch.nn.init.uniform_(norm.weight, 0.5, 2)
    upstream = random(ROWS, HEADS, LENGTH, WIDTH, seed=1).detach()
    cosine, sine = angles(torch.float32)
    inputs = (x, norm.weight) if normed else (x,)
    heads = (norm(x) if normed else x).transpose(1, 2)
    plain = apply_rotary_pos_emb(heads, heads, cosine, sine)[0]
    expected = torch.autograd.grad(plain, inputs, upstream)
    half = sine[:, :, None, : WIDTH // 2]
    weight = norm.weight if normed else None
    found = norm_and_rotate(x, weight, EPSILON, cosine[:, :, None], half)
    torch.testing.assert_close(found, plain)
    torch.testing.assert_close(torch.autograd.grad(found, inputs, upstream), expected)


def test_gradients_equal_finite_differences() -> None:
    double = torch.float64
    x, weight = random(ROWS, LENGTH, HEADS, WIDTH, dtype=double), random(WIDTH, dtype=double)
    cosine, sine = angles(double)
    half = sine[:, :, None, : WIDTH // 2]
    assert torch.autograd.gradcheck(lambda a, b: rms_norm(a, b, EPSILON, double), (x, weight))
    assert torch.autograd.gradcheck(
        lambda a, b: norm_and_rotate(a, b, EPSILON, cosine[:, :, None], half), (x, weight)
    )
