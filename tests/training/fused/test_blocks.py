"""A model with fused blocks is the same model."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from dialecto.models.architecture import build_config, build_model
from dialecto.models.shape import default_shape
from dialecto.training.fused.attention import masked_attention
from dialecto.training.fused.blocks import FAMILIES, use_fused, use_plain
from dialecto.training.step import batch_loss
from tests.training.tiny import CONTEXT, END, PAD, VOCABULARY, tiny_model, tiny_stream


def gradients(model: Any, precision: str) -> tuple[float, list[torch.Tensor]]:
    batch = next(tiny_stream(rows=4))
    names = ("inputs", "targets", "segments")
    rows = [torch.from_numpy(getattr(batch, name)) for name in names]
    model.zero_grad()
    objective, nats, _ = batch_loss(model, *rows, precision=precision)
    objective.backward()
    return float(nats), [p.grad.clone() for p in model.parameters()]


@pytest.mark.parametrize("architecture", FAMILIES)
@pytest.mark.parametrize(("precision", "near"), [("fp32", 1e-5), ("bf16", 3e-2)])
def test_loss_and_gradients_are_those_of_the_plain_blocks(
    architecture: str, precision: str, near: float
) -> None:
    model = tiny_model(random_outputs=True, architecture=architecture, width=64)
    nats, fused = gradients(model, precision)
    assert "forward" in vars(model.base_model.layers[0].self_attn)
    use_plain(model)
    expected, plain = gradients(model, precision)
    assert nats == pytest.approx(expected, rel=near / 10)
    for ours, theirs in zip(fused, plain, strict=True):
        assert float((ours - theirs).norm()) <= near * float(theirs.norm())


def test_shared_key_heads_and_no_norm_of_queries() -> None:
    shape = default_shape(1, 64, VOCABULARY, CONTEXT, "llama")
    config = build_config(shape, end_of_text=END, pad=PAD)
    config.num_attention_heads, config.num_key_value_heads, config.head_dim = 4, 2, 16
    model = build_model(config, seed=0)
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.ndim >= 2:
                parameter.normal_(0, 0.2)
    model.set_attn_implementation("eager")
    _, plain = gradients(model, "fp32")
    use_fused(model)
    _, fused = gradients(model, "fp32")
    torch.testing.assert_close(fused, plain, atol=1e-4, rtol=1e-4)


def test_writing_with_a_cache_is_as_without() -> None:
    model = tiny_model(random_outputs=True).eval()
    start = torch.tensor([[5, 9, 23, 41]])
    options = {"max_new_tokens": 8, "do_sample": False, "pad_token_id": PAD}
    cached = model.generate(start, **options, use_cache=True)
    assert torch.equal(cached, model.generate(start, **options, use_cache=False))
    use_plain(model)
    assert torch.equal(cached, model.generate(start, **options, use_cache=True))


def test_gradients_of_attention_equal_finite_differences() -> None:
    random = torch.Generator().manual_seed(0)
    query, key, value = (
        torch.randn(2, 2, 3, 4, generator=random, dtype=torch.float64).requires_grad_()
        for _ in range(3)
    )
    mask = torch.zeros(3, 3, dtype=torch.float64).masked_fill(
        torch.ones(3, 3, dtype=torch.bool).triu(1), torch.finfo(torch.float64).min
    )
    assert torch.autograd.gradcheck(
        lambda q, k, v: masked_attention(q, k, v, mask.expand(4, 3, 3), 0.5), (query, key, value)
    )
